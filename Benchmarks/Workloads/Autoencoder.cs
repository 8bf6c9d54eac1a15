using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>A training step of a variational autoencoder (Kingma and Welling 2014) on images of 28 × 28 pixels.</summary>
internal static class Autoencoder
{
    internal static IEnumerable<Workload> All => [new("vae_mlp", Step)];

    private sealed class Model : Module<Tensor, (Tensor Image, Tensor Mean, Tensor LogVar)>
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

    private static Func<Tensor> Step(bool check)
    {
        var x = U(1, [128, 784]);
        var model = FanIn(new Model { Noise = check ? U(3, [128, 20], -Math.Sqrt(3), Math.Sqrt(3)) : null });
        var optimizer = new Adam(model.Parameters(), lr: 1e-3);
        return Training(optimizer, () =>
        {
            var (image, mean, logVar) = model.Call(x);
            return F.BinaryCrossEntropy(image, x, reduction: "sum") - 0.5 * (1 + logVar - mean.Pow(2) - logVar.Exp()).Sum();
        });
    }
}
