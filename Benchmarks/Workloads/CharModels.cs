using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Training steps of two language models over characters: an LSTM, and a small GPT after nanoGPT.</summary>
internal static class CharModels
{
    internal static IEnumerable<Workload> All =>
    [
        new("lstm_char", _ => Lstm()),
        new("gpt_char", _ => Gpt(composed: false)),
        new("gpt_char_composed", _ => Gpt(composed: true)),
    ];

    private sealed class Recurrent : Module<Tensor, Tensor>
    {
        private readonly Embedding emb = new(65, 64);
        private readonly LSTM lstm = new(64, 128, batchFirst: true);
        private readonly Linear output = new(128, 65);

        protected override Tensor Forward(Tensor tokens) => output.Call(lstm.Call(emb.Call(tokens)).Output);
    }

    /// <summary>32 sequences of 64 characters: embedding, one LSTM layer, a linear layer on all positions; cross entropy, clipping, AdamW.</summary>
    private static Func<Tensor> Lstm()
    {
        Tensor x = K(1, [32, 64], 65), y = K(2, [32, 64], 65).Reshape(-1);
        var model = new Recurrent();
        foreach (var (k, p) in model.Parameters().Index())
        {
            double scale = k == 0 ? 1 : Math.Pow(128, -.5);
            using (Torch.NoGrad()) p.Copy_(U(1000 + (ulong)k, p.Shape, -scale, scale));
        }
        var optimizer = new AdamW(model.Parameters(), lr: 1e-3, weightDecay: 0.01);
        return () =>
        {
            optimizer.ZeroGrad();
            var loss = F.CrossEntropy(model.Call(x).View(-1, 65), y);
            loss.Backward();
            Utils.ClipGradNorm_(model.Parameters(), 1.0);
            optimizer.Step();
            return loss;
        };
    }

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

    private sealed class Transformer(bool composed) : Module<Tensor, Tensor>
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

    private static Func<Tensor> Gpt(bool composed)
    {
        Tensor tokens = K(1, [Batch, Length], Vocabulary), targets = K(2, [Batch, Length], Vocabulary).Reshape(-1);
        var model = new Transformer(composed);
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
