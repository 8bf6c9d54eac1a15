using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Networks of a few hundred weights.</summary>
internal static class SmallModels
{
    internal static IEnumerable<Workload> All =>
    [
        new("xor_mlp", _ => Xor()),
        new("tiny_mlp", _ => Tiny()),
        new("micrograd_moons", _ => Moons()),
    ];

    private static Func<Tensor> Xor()
    {
        Tensor x = Tensor(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }), y = Tensor(new double[,] { { 0 }, { 1 }, { 1 }, { 0 } });
        var model = FanIn(new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1), new Sigmoid()));
        var optimizer = new SGD(model.Parameters(), lr: 0.1, momentum: 0.9);
        return Training(optimizer, () => F.BinaryCrossEntropy(model.Call(x), y));
    }

    private static Func<Tensor> Tiny()
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
        Tensor[] p = [.. shapes.Select(shape => Empty(shape).RequiresGrad_())];
        Fill(p, Math.Pow(2, -.5), 0, .25, 0, .25, 0);
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
}
