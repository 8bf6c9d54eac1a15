using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Whole training steps and passes: what a user waits for.</summary>
internal static class Workloads
{
    internal static Workload[] All =>
    [
        new("autograd_chain_scalar_1000", _ => Chain(tensors: false)),
        new("autograd_chain_tensor_1000", _ => Chain(tensors: true)),
        new("xor_mlp", _ => XorMlp()),
        new("tiny_mlp", _ => TinyMlp()),
        new("micrograd_moons", _ => Moons()),
        new("mnist_linear", _ => MnistLinear()),
        new("mnist_mlp_b64", check => MnistMlp(64, check)),
        new("mnist_mlp_b512", check => MnistMlp(512, check)),
        new("mnist_mlp_infer_b1", _ => MnistInference(1)),
        new("double_backward", _ => GradientPenalty()),
        .. KernelWorkloads.All,
        new("lstm_char", _ => RecurrentWorkloads.LstmChar()),
        new("lenet", _ => LeNet.Step()),
        .. ModelWorkloads.All,
    ];

    /// <summary>0.5 · 1.01 + 0.01, tanh, and so on, 1,000 ops, forward and backward.</summary>
    private static Func<Tensor> Chain(bool tensors)
    {
        Tensor x = Tensor(0.5, requiresGrad: true), a = Tensor(1.01, requiresGrad: true), b = Tensor(0.01, requiresGrad: true);
        return () =>
        {
            x.Grad = a.Grad = b.Grad = null;
            var y = x;
            for (int i = 0; i < 1000; i++)
                y = (i % 3) switch { 0 => tensors ? y * a : y * 1.01, 1 => tensors ? y + b : y + 0.01, _ => y.Tanh() };
            y.Backward();
            return y;
        };
    }

    private static Func<Tensor> XorMlp()
    {
        Tensor x = Tensor(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), y = Tensor(new double[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        var model = FanIn(new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1), new Sigmoid()));
        var optimizer = new SGD(model.Parameters(), lr: 0.1, momentum: 0.9);
        return Training(optimizer, () => F.BinaryCrossEntropy(model.Call(x), y));
    }

    private static Func<Tensor> TinyMlp()
    {
        var x = U(1, [32, 2], -1, 1);
        var y = ((3 * x[.., 0..1]).Sin() * x[.., 1..2]).Contiguous();
        var model = FanIn(new Sequential(new Linear(2, 16), new Tanh(), new Linear(16, 16), new Tanh(), new Linear(16, 1)));
        var optimizer = new Adam(model.Parameters(), lr: 1e-3);
        return Training(optimizer, () => F.MseLoss(model.Call(x), y));
    }

    /// <summary>The micrograd demo: 100 points, 2-16-16-1 tanh, max-margin loss with a penalty, steps by hand.</summary>
    private static Func<Tensor> Moons()
    {
        var t = Arange(50, DType.Float64) * (3.141592653589793 / 49);
        var x = Cat([Stack([t.Cos(), t.Sin()], 1), Stack([1 - t.Cos(), 0.5 - t.Sin()], 1)]).Float() + U(1, [100, 2], -.17, .17);
        var y = Cat([-Ones(50, 1), Ones(50, 1)]);
        Shape[] shapes = [[2, 16], [16], [16, 16], [16], [16, 1], [1]];
        double[] scales = [Math.Pow(2, -.5), 0, .25, 0, .25, 0];
        Tensor[] p = [.. shapes.Select((shape, k) => U(1000 + (ulong)k, shape, -scales[k], scales[k]).Detach().RequiresGrad_())];
        return () =>
        {
            foreach (var q in p) q.Grad = null;
            var h = (x.Matmul(p[0]) + p[1]).Tanh();
            h = (h.Matmul(p[2]) + p[3]).Tanh();
            var score = h.Matmul(p[4]) + p[5];
            var loss = (1 - y * score).Relu().Mean();
            Tensor size = 0;
            foreach (var q in p) size = size + (q * q).Sum();
            loss = loss + 1e-4 * size;
            loss.Backward();
            using (NoGrad())
                foreach (var q in p) q.Sub_(q.Grad!, alpha: 0.5);
            return loss;
        };
    }

    private static Func<Tensor> MnistLinear()
    {
        Tensor x = U(1, [128, 784]), y = K(2, [128], 10);
        var model = FanIn(new Linear(784, 10));
        var optimizer = new SGD(model.Parameters(), lr: 0.1);
        return Training(optimizer, () => F.CrossEntropy(model.Call(x), y));
    }

    private static Func<Tensor> MnistMlp(int batch, bool check)
    {
        Tensor x = U(1, [batch, 784]), y = K(2, [batch], 10);
        var model = Mlp(check ? 0 : 0.2);
        var optimizer = new Adam(model.Parameters(), lr: 1e-3);
        return Training(optimizer, () => F.CrossEntropy(model.Call(x), y));
    }

    private static Func<Tensor> MnistInference(int batch)
    {
        var x = U(1, [batch, 784]);
        var model = Mlp(0.2);
        model.Eval();
        return () =>
        {
            using (NoGrad()) return model.Call(x).Sum();
        };
    }

    private static Sequential Mlp(double p) => FanIn(new Sequential(
        new Linear(784, 256), new ReLU(), new Dropout(p), new Linear(256, 128), new ReLU(), new Dropout(p), new Linear(128, 10)));

    /// <summary>A critic's step of WGAN-GP: the loss contains a gradient, so the backward pass goes through a backward pass.</summary>
    private static Func<Tensor> GradientPenalty()
    {
        Tensor real = U(1, [64, 64], -1, 1), fake = U(2, [64, 64], -1, 1), e = U(3, [64, 1]);
        var model = FanIn(new Sequential(new Linear(64, 32), new Tanh(), new Linear(32, 1)));
        var optimizer = new Adam(model.Parameters(), lr: 1e-4, betas: (0, 0.9));
        return Training(optimizer, () =>
        {
            var mixed = (e * real + (1 - e) * fake).RequiresGrad_();
            var g = Grad(model.Call(mixed).Sum(), mixed, createGraph: true);
            var penalty = (g.Norm(2, dim: 1) - 1).Square().Mean();
            return model.Call(fake).Mean() - model.Call(real).Mean() + 10 * penalty;
        });
    }

    private static Func<Tensor> Training(Optimizer optimizer, Func<Tensor> lossOf) => () =>
    {
        optimizer.ZeroGrad();
        var loss = lossOf();
        loss.Backward();
        optimizer.Step();
        return loss;
    };
}
