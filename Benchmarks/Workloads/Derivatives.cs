using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Derivatives of derivatives, and gradients checked against differences.</summary>
internal static class Derivatives
{
    internal static IEnumerable<Workload> All =>
    [
        new("double_backward", _ => GradientPenalty()),
        new("gradcheck_mlp", CheckedMlp) { Checked = [1] },
        new("hessian_small", _ => Hessian()) { Checked = [1] },
    ];

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

    /// <summary>All 171 numbers of a small network, by central differences.</summary>
    private static Func<Tensor> CheckedMlp(bool check)
    {
        Tensor x = U(1, [8, 4], -1, 1, DType.Float64), target = U(2, [8, 3], -1, 1, DType.Float64);
        Shape[] shapes = [[8, 4], [8], [8, 8], [8], [3, 8], [3]];
        Tensor[] p = [.. shapes.Select(shape => Empty(shape, DType.Float64))];
        Fill(p, .5, .5, Math.Pow(8, -.5), Math.Pow(8, -.5), Math.Pow(8, -.5), Math.Pow(8, -.5));
        Tensor[] inputs = [.. p.Prepend(x).Select(q => q.RequiresGrad_())];
        return () =>
        {
            Autograd.Gradcheck(Loss, inputs, eps: 1e-6, atol: 1e-4, rtol: 1e-3);
            return check ? Loss(inputs) : x;
        };

        Tensor Loss(Tensor[] v)
        {
            var h = F.Linear(v[0], v[1], v[2]).Tanh();
            h = F.Linear(h, v[3], v[4]).Tanh();
            return (F.Linear(h, v[5], v[6]) - target).Square().Mean();
        }
    }

    /// <summary>The 20 × 20 second derivatives of a network of 20 weights, one backward pass through the gradient per row.</summary>
    private static Func<Tensor> Hessian()
    {
        Tensor weights = U(1000, [20], -1, 1).RequiresGrad_(), x = U(1, [16, 2], -1, 1), target = U(2, [16], -1, 1);
        return () =>
        {
            var h = F.Linear(x, weights[..10].View(5, 2), weights[10..15]).Tanh();
            var loss = (h.Matmul(weights[15..]) - target).Square().Mean();
            var gradient = Grad(loss, weights, createGraph: true);
            var rows = new Tensor[20];
            for (int i = 0; i < rows.Length; i++) rows[i] = Grad(gradient[i], weights, retainGraph: true);
            return Stack(rows);
        };
    }
}
