using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>A training step of LeNet-5 with rectifiers: two convolutions, three linear layers, batches of 64 images of 28×28.</summary>
internal static class LeNet
{
    internal static IEnumerable<Workload> All => [new("lenet", _ => Step())];

    private static Func<Tensor> Step()
    {
        Tensor x = U(1, [64, 1, 28, 28]), y = K(2, [64], 10);
        var model = FanIn(new Sequential(
            new Conv2d(1, 6, 5, padding: 2), new ReLU(), new MaxPool2d(2),
            new Conv2d(6, 16, 5), new ReLU(), new MaxPool2d(2), new Flatten(),
            new Linear(400, 120), new ReLU(), new Linear(120, 84), new ReLU(), new Linear(84, 10)));
        var optimizer = new SGD(model.Parameters(), lr: 0.01, momentum: 0.9);
        return Training(optimizer, () => F.CrossEntropy(model.Call(x), y));
    }
}
