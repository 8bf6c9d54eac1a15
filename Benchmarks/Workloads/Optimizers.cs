using MiniTorch.Optim;
using static MiniTorch.Benchmarks.Data;

namespace MiniTorch.Benchmarks;

/// <summary>The step of an optimizer alone, with a gradient that stays; and one that evaluates the loss itself.</summary>
internal static class Optimizers
{
    internal static IEnumerable<Workload> All =>
    [
        Large("sgd", p => new SGD(p, lr: 1e-3)),
        Large("sgd_momentum", p => new SGD(p, lr: 1e-3, momentum: 0.9)),
        Large("adam", p => new Adam(p, lr: 1e-3)),
        Large("adamw", p => new AdamW(p, lr: 1e-3, weightDecay: 0.01)),
        Large("rmsprop", p => new RMSprop(p, lr: 1e-3)),
        Large("adagrad", p => new Adagrad(p, lr: 1e-3)),
        Large("nadam", p => new NAdam(p, lr: 1e-3)),
        Large("radam", p => new RAdam(p, lr: 1e-3)),
        new("optim_step_adamw_200x4096", _ => Many()) { Checked = [1, 3] },
        new("lbfgs_rosenbrock_100", _ => Valley()) { Checked = [1] },
    ];

    /// <summary>One parameter of 1,048,576 numbers.</summary>
    private static Workload Large(string name, Func<Tensor[], Optimizer> make)
        => new($"optim_step_{name}_1m", _ =>
        {
            var p = Leaf(U(1, [1 << 20], -1, 1), U(2, [1 << 20], -1, 1));
            return Stepping(make([p]), p);
        })
        { Checked = [1, 3] };

    /// <summary>200 parameters of 64 × 64.</summary>
    private static Func<Tensor> Many()
    {
        Tensor[] p = [.. Enumerable.Range(0, 200).Select(k => Leaf(U(10 + (ulong)k, [64, 64], -1, 1), U(300 + (ulong)k, [64, 64], -1, 1)))];
        return Stepping(new AdamW(p, lr: 1e-3, weightDecay: 0.01), p[0]);
    }

    /// <summary>L-BFGS with a line search, from its start: one step of at most 20 iterations on Rosenbrock's valley in 100 dimensions.</summary>
    private static Func<Tensor> Valley()
    {
        var start = Torch.FromArray<double>([.. Enumerable.Range(0, 50).SelectMany(_ => (double[])[-1.2, 1])]);
        return () =>
        {
            var x = start.Clone().RequiresGrad_();
            var optimizer = new LBFGS([x], lr: 1, maxIter: 20, historySize: 10, lineSearchFn: "strong_wolfe");
            optimizer.Step(() =>
            {
                optimizer.ZeroGrad();
                Tensor next = x[1..], here = x[..^1];
                var f = (100 * (next - here.Square()).Square() + (1 - here).Square()).Sum();
                f.Backward();
                return f;
            });
            return x;
        };
    }

    private static Tensor Leaf(Tensor values, Tensor gradient)
    {
        values.RequiresGrad_().Grad = gradient;
        return values;
    }

    private static Func<Tensor> Stepping(Optimizer optimizer, Tensor p) => () =>
    {
        optimizer.Step();
        return p;
    };
}
