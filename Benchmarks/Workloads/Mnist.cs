using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Classifiers of images of 28 × 28 pixels.</summary>
internal static class Mnist
{
    internal static IEnumerable<Workload> All =>
    [
        new("mnist_linear", _ => Linear()),
        new("mnist_mlp_b64", check => Mlp(64, check)),
        new("mnist_mlp_b512", check => Mlp(512, check)),
        new("mnist_mlp_infer_b1", _ => Inference(1)) { Checked = [1] },
        new("mnist_mlp_infer_b64", _ => Inference(64)) { Checked = [1] },
    ];

    private static Func<Tensor> Linear()
    {
        Tensor x = U(1, [128, 784]), y = K(2, [128], 10);
        var model = FanIn(new Linear(784, 10));
        var optimizer = new SGD(model.Parameters(), lr: 0.1);
        return Training(optimizer, () => F.CrossEntropy(model.Call(x), y));
    }

    private static Func<Tensor> Mlp(int batch, bool check)
    {
        Tensor x = U(1, [batch, 784]), y = K(2, [batch], 10);
        var model = Mlp(check ? 0 : 0.2);
        var optimizer = new Adam(model.Parameters(), lr: 1e-3);
        return Training(optimizer, () => F.CrossEntropy(model.Call(x), y));
    }

    private static Func<Tensor> Inference(int batch)
    {
        var x = U(1, [batch, 784]);
        var model = Mlp(0.2);
        model.Eval();
        return () =>
        {
            using (NoGrad()) return model.Call(x);
        };
    }

    private static Sequential Mlp(double p) => FanIn(new Sequential(
        new Linear(784, 256), new ReLU(), new Dropout(p), new Linear(256, 128), new ReLU(), new Dropout(p), new Linear(128, 10)));
}
