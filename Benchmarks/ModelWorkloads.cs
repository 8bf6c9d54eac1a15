using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Training steps of larger models: a small GPT and a variational autoencoder; and the layer norm inside of the former.</summary>
internal static class ModelWorkloads
{
    internal static Workload[] All =>
    [
        new("vae_mlp", VaeMlp),
        new("gpt_char", _ => GptChar(composed: false)),
        new("gpt_char_composed", _ => GptChar(composed: true)),
        new("reduce_layernorm", _ => LayerNorm()),
    ];

    private static Func<Tensor> LayerNorm()
    {
        Tensor x = U(1, [512, 1024], -2, 2), w = U(3, [1024], .5, 1.5), b = U(4, [1024], -1, 1);
        return () => F.LayerNorm(x, [1024], w, b);
    }

    // ---- the autoencoder of Kingma and Welling 2014 --------------------------------------------------------------------

    private sealed class Vae : Module<Tensor, (Tensor Image, Tensor Mean, Tensor LogVar)>
    {
        private readonly Linear fc1 = new(784, 400), mu = new(400, 20), lv = new(400, 20), fc3 = new(20, 400), fc4 = new(400, 784);

        /// <summary>The noise, instead of fresh one at each call.</summary>
        public Tensor? Noise { get; init; }

        protected override (Tensor, Tensor, Tensor) Forward(Tensor x)
        {
            var h = fc1.Call(x).Relu();
            Tensor mean = mu.Call(h), logVar = lv.Call(h), std = (0.5 * logVar).Exp();
            var z = mean + (Noise ?? Torch.RandnLike(std)) * std;
            return (fc4.Call(fc3.Call(z).Relu()).Sigmoid(), mean, logVar);
        }
    }

    private static Func<Tensor> VaeMlp(bool check)
    {
        var x = U(1, [128, 784]);
        var model = FanIn(new Vae { Noise = check ? U(3, [128, 20], -Math.Sqrt(3), Math.Sqrt(3)) : null });
        var optimizer = new Adam(model.Parameters(), lr: 1e-3);
        return () =>
        {
            optimizer.ZeroGrad();
            var (image, mean, logVar) = model.Call(x);
            var loss = F.BinaryCrossEntropy(image, x, reduction: "sum") - 0.5 * (1 + logVar - mean.Pow(2) - logVar.Exp()).Sum();
            loss.Backward();
            optimizer.Step();
            return loss;
        };
    }

    // ---- a GPT over characters, after nanoGPT ---------------------------------------------------------------------------

    private const int Batch = 12, Length = 64, Vocabulary = 65, Width = 128, Heads = 4, Layers = 4;

    private sealed class Block(bool composed) : Module<Tensor, Tensor>
    {
        private readonly LayerNorm ln1 = new(Width);
        private readonly Linear qkv = new(Width, 3 * Width), proj = new(Width, Width);
        private readonly LayerNorm ln2 = new(Width);
        private readonly Linear fc1 = new(Width, 4 * Width), fc2 = new(4 * Width, Width);
        private readonly Tensor mask = Torch.Ones([Length, Length], DType.Bool).Triu(1);

        protected override Tensor Forward(Tensor x)
        {
            x = x + proj.Call(Attend(qkv.Call(ln1.Call(x)).Split(Width, dim: 2)));
            return x + fc2.Call(F.Gelu(fc1.Call(ln2.Call(x))));
        }

        private Tensor Attend(Tensor[] all)
        {
            Tensor q = Split(all[0]), k = Split(all[1]), v = Split(all[2]);
            var y = composed
                ? (q.Matmul(k.MT) * Math.Pow(Width / Heads, -0.5)).MaskedFill(mask, double.NegativeInfinity).Softmax(-1).Matmul(v)
                : F.ScaledDotProductAttention(q, k, v, isCausal: true);
            return y.Transpose(1, 2).Reshape(Batch, Length, Width);
        }

        private static Tensor Split(Tensor x) => x.View(Batch, Length, Heads, Width / Heads).Transpose(1, 2);
    }

    private sealed class Gpt(bool composed) : Module<Tensor, Tensor>
    {
        private readonly Parameter wte = new(Torch.Empty(Vocabulary, Width)), wpe = new(Torch.Empty(Length, Width));
        private readonly ModuleList<Block> blocks = new([.. Enumerable.Range(0, Layers).Select(_ => new Block(composed))]);
        private readonly LayerNorm lnF = new(Width);
        private readonly Tensor positions = Torch.Arange(Length);

        protected override Tensor Forward(Tensor tokens)
        {
            var x = wte[tokens] + wpe[positions];
            foreach (var block in blocks) x = block.Call(x);
            return F.Linear(lnF.Call(x), wte);
        }
    }

    private static Func<Tensor> GptChar(bool composed)
    {
        Tensor tokens = K(1, [Batch, Length], Vocabulary), targets = K(2, [Batch, Length], Vocabulary).Reshape(-1);
        var model = new Gpt(composed);
        using (Torch.NoGrad())
            foreach (var (k, (name, p)) in model.NamedParameters().Index())
            {
                double scale = 0.02 * Math.Sqrt(3) / (name.EndsWith("proj.weight", StringComparison.Ordinal) || name.EndsWith("fc2.weight", StringComparison.Ordinal) ? Math.Sqrt(8) : 1);
                if (p.Ndim == 2) p.Copy_(U(1000 + (ulong)k, p.Shape, -scale, scale));
                else p.Fill_(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0);
            }
        var parameters = model.Parameters();
        var optimizer = new AdamW(
            [new() { Params = [.. parameters.Where(static p => p.Ndim >= 2)], WeightDecay = 0.1 }, new() { Params = [.. parameters.Where(static p => p.Ndim < 2)], WeightDecay = 0 }],
            lr: 1e-3, betas: (0.9, 0.99));
        return () =>
        {
            optimizer.ZeroGrad();
            var loss = F.CrossEntropy(model.Call(tokens).Reshape(-1, Vocabulary), targets);
            loss.Backward();
            Utils.ClipGradNorm_(parameters, 1.0);
            optimizer.Step();
            return loss;
        };
    }
}
