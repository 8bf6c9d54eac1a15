using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Language models over characters with recurrent layers.</summary>
internal static class RecurrentWorkloads
{
    private sealed class CharModel : Module<Tensor, Tensor>
    {
        private readonly Embedding emb = new(65, 64);
        private readonly LSTM lstm = new(64, 128, batchFirst: true);
        private readonly Linear output = new(128, 65);

        protected override Tensor Forward(Tensor tokens) => output.Call(lstm.Call(emb.Call(tokens)).Output);
    }

    /// <summary>32 sequences of 64 characters: embedding, one LSTM layer, a linear layer on all positions; cross entropy, clipping, AdamW.</summary>
    internal static Func<Tensor> LstmChar()
    {
        Tensor x = K(1, [32, 64], 65), y = K(2, [32, 64], 65).Reshape(-1);
        var model = new CharModel();
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
}
