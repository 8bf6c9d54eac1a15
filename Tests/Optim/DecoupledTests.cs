using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>SGDW, Lion and LAMB against transcriptions of their papers, and against what they are special cases of.</summary>
[Collection(Seeded.Name)]
public class DecoupledTests
{
    // ---- SGDW ----------------------------------------------------------------------------------------------------------------

    /// <summary>Algorithm 1 of arXiv:1711.05101, in its velocity form: m ← β₁m + ηαg, θ ← θ − m − ηλ′θ, where ηλ′ is lr · λ.</summary>
    [Theory, InlineData(0), InlineData(0.9)]
    public void SGDW_follows_the_paper(double β1)
    {
        const double α = 4e-4;
        Transcript.Check(
            (a, b) => new SGDW([new() { Params = [a] }, new() { Params = [b], WeightDecay = 3, Lr = α / 2 }], lr: α, momentum: β1, weightDecay: 10),
            () => [Paper(α, 10), Paper(α / 2, 3)]);

        Transcript.Step Paper(double lr, double λ)
        {
            double[] m = new double[8];
            return (θ, g) =>
            {
                if (g is null) return;
                for (int i = 0; i < θ.Length; i++)
                {
                    double before = θ[i];
                    m[i] = β1 * m[i] + lr * g[i];
                    θ[i] = before - m[i] - lr * λ * before;
                }
            };
        }
    }

    /// <summary>Nesterov and dampening as in SGD, the decay as in the paper.</summary>
    [Theory, InlineData(0, true), InlineData(0.4, false)]
    public void SGDW_has_what_SGD_has(double dampening, bool nesterov)
    {
        const double α = 4e-4, μ = 0.8, λ = 10;
        Transcript.Check(
            (a, b) => new SGDW([a, b], lr: α, momentum: μ, dampening: dampening, weightDecay: λ, nesterov: nesterov),
            () => [Step(), Step()]);

        Transcript.Step Step()
        {
            double[]? b = null;
            return (θ, g) =>
            {
                if (g is null) return;
                b = b is null ? [.. g] : [.. b.Zip(g, (b, g) => μ * b + (1 - dampening) * g)];
                for (int i = 0; i < θ.Length; i++) θ[i] -= α * λ * θ[i] + α * (nesterov ? g[i] + μ * b[i] : b[i]);
            };
        }
    }

    [Theory, InlineData(0, false), InlineData(0.9, false), InlineData(0.9, true)]
    public void SGDW_without_decay_is_SGD(double momentum, bool nesterov)
        => Same<float>(
            x => new SGDW([x], lr: 0.1, momentum: momentum, nesterov: nesterov, weightDecay: 0),
            x => new SGD([x], lr: 0.1, momentum: momentum, nesterov: nesterov), 0);

    [Fact]
    public void SGDW_without_momentum_is_SGD_with_a_penalty()
        => Same<double>(x => new SGDW([x], lr: 0.1, weightDecay: 0.3), x => new SGD([x], lr: 0.1, weightDecay: 0.3), 1e-14);

    // ---- Lion ----------------------------------------------------------------------------------------------------------------

    /// <summary>Algorithm 2 of arXiv:2302.06675: update ← interp(g, m, β₁), its sign, the decay, then m ← interp(g, m, β₂).</summary>
    [Theory, InlineData(0.9, 0.99, 0), InlineData(0.5, 0.8, 0.7)]
    public void Lion_follows_the_paper(double β1, double β2, double λ)
    {
        const double η = 3e-3;
        Transcript.Check(
            (a, b) => new Lion([new() { Params = [a] }, new() { Params = [b], Lr = 2 * η, WeightDecay = 0.25 }], lr: η, betas: (β1, β2), weightDecay: λ),
            () => [Paper(η, λ), Paper(2 * η, 0.25)]);

        Transcript.Step Paper(double η, double λ)
        {
            double[] m = new double[8];
            return (θ, g) =>
            {
                if (g is null) return;
                for (int i = 0; i < θ.Length; i++)
                {
                    double update = Math.Sign(Interpolate(g[i], m[i], β1));
                    m[i] = Interpolate(g[i], m[i], β2);
                    θ[i] -= η * (update + λ * θ[i]);
                }
            };
        }

        static double Interpolate(double x, double y, double a) => (1 - a) * x + a * y;
    }

    [Fact]
    public void Lion_moves_by_the_rate_and_not_at_all_where_there_is_no_direction()
    {
        var x = Torch.Tensor([1.0, 1, 1, 1], DType.Float64, requiresGrad: true);
        var opt = new Lion([x], lr: 0.25);
        x.Grad = Torch.Tensor([1e-30, -1e30, 0, double.NaN], DType.Float64);
        opt.Step();
        x.ToArray<double>().ShouldBe([0.75, 1.25, 1, 1]);
        opt.State[x].ExpAvg[3].Item().ShouldBe(double.NaN);
    }

    /// <summary>0 · ∞ is NaN: without decay an infinite parameter must stay what it is.</summary>
    [Fact]
    public void Without_decay_an_infinite_parameter_stays_infinite()
    {
        foreach (var make in (Func<Tensor, Optimizer>[])[x => new SGDW([x], momentum: 0.9, weightDecay: 0), x => new SGDW([x], weightDecay: 0), x => new Lion([x])])
        {
            var x = Torch.Tensor([double.PositiveInfinity, 1], requiresGrad: true);
            x.Grad = Torch.Ones(2);
            make(x).Step();
            x[0].Item().ShouldBe(double.PositiveInfinity);
        }
    }

    [Fact]
    public void Lion_has_the_defaults_of_its_authors()
    {
        var group = new Lion([Torch.Zeros(1)]).ParamGroups[0];
        (group.Lr, group.Betas, group.WeightDecay, group.Maximize).ShouldBe((1e-4, (0.9, 0.99), 0, false));
    }

    // ---- LAMB ----------------------------------------------------------------------------------------------------------------

    [Theory, InlineData(0, 0, double.PositiveInfinity, true), InlineData(0.1, 0, 10, true), InlineData(0.01, 0.5, 1.5, false)]
    public void LAMB_follows_the_paper(double λ, double low, double high, bool correct)
    {
        const double η = 5e-3;
        Transcript.Check(
            (a, b) => new LAMB(
                [new() { Params = [a] }, new() { Params = [b], Lr = 2 * η, Betas = (0.8, 0.95) }], lr: η, weightDecay: λ, normBounds: (low, high), biasCorrection: correct),
            () => [Layer(η, 0.9, 0.999, 1e-6, λ, low, high, correct), Layer(2 * η, 0.8, 0.95, 1e-6, λ, low, high, correct)]);
    }

    /// <summary>Long enough for many blocks and threads, and with a tail.</summary>
    [Theory, InlineData(31), InlineData(3 * 8192 + 5), InlineData(20 * 8192 + 13)]
    public void LAMB_of_a_large_layer_has_the_same_bits_for_any_number_of_threads(int n)
    {
        double[] start = Numbers(n, 1), expected = [.. start];
        int threads = Torch.GetNumThreads();
        double[]? first = null;
        try
        {
            foreach (int count in (int[])[1, 2, 3, 7])
            {
                Torch.SetNumThreads(count);
                var x = Torch.FromArray<double>([.. start]).RequiresGrad_();
                var opt = new LAMB([x], lr: 0.1, weightDecay: 0.01, eps: 0);
                for (int t = 0; t < 3; t++)
                {
                    x.Grad = Torch.FromArray(Numbers(n, 3 + t));
                    opt.Step();
                }
                first ??= x.ToArray<double>();
                x.ToArray<double>().ShouldBe(first);
            }
        }
        finally
        {
            Torch.SetNumThreads(threads);
        }
        var layer = Layer(0.1, 0.9, 0.999, 0, 0.01, 0, double.PositiveInfinity, true);
        for (int t = 0; t < 3; t++) layer(expected, Numbers(n, 3 + t));
        Transcript.ShouldBeClose(first!, expected, 1e-12, $"{n} elements");
    }

    [Fact]
    public void LAMB_takes_any_layout()
    {
        var x = Torch.FromArray(Numbers(42, 1)).Float().Reshape(6, 7).Clone().RequiresGrad_();
        var y = x.Detach().T.Contiguous().T.RequiresGrad_();
        var (forX, forY) = (new LAMB([x], lr: 0.1, weightDecay: 0.1), new LAMB([y], lr: 0.1, weightDecay: 0.1));
        for (int t = 0; t < 4; t++)
        {
            x.Grad = Torch.FromArray(Numbers(42, 2 + t)).Float().Reshape(6, 7);
            y.Grad = x.Grad.T.Contiguous().T;
            forX.Step();
            forY.Step();
        }
        y.IsContiguous().ShouldBeFalse();
        y.ToArray<float>().ShouldBe(x.ToArray<float>());
    }

    /// <summary>A layer of zeros would otherwise never leave 0, and a gradient of zeros would divide by 0.</summary>
    [Fact]
    public void LAMB_takes_a_plain_step_where_a_norm_is_0_or_NaN()
    {
        var (zero, still) = (Torch.Zeros([2], DType.Float64).RequiresGrad_(), Torch.Ones([2], DType.Float64).RequiresGrad_());
        var opt = new LAMB([zero, still], lr: 0.5, eps: 1e-12);
        zero.Grad = Torch.Tensor([3.0, -4], DType.Float64);
        still.Grad = Torch.Zeros([2], DType.Float64);
        opt.Step();
        Transcript.ShouldBeClose(zero.ToArray<double>(), [-0.5, 0.5], 1e-11, "Adam's first step");
        still.ToArray<double>().ShouldBe([1, 1]);

        still.Grad = Torch.Tensor([double.NaN, 0], DType.Float64);
        opt.Step();
        still.ToArray<double>().ShouldBe([double.NaN, 1]);
    }

    [Fact]
    public void A_step_of_LAMB_allocates_nothing()
    {
        var (x, y) = (Torch.Ones([1000], requiresGrad: true), Torch.Ones([3], requiresGrad: true));
        (x.Grad, y.Grad) = (Torch.OnesLike(x), Torch.OnesLike(y));
        var opt = new LAMB([x, y], weightDecay: 0.1);
        for (int i = 0; i < 50; i++) opt.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) opt.Step();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void LAMB_explains_itself_with_the_ratio_of_the_norms()
    {
        foreach (bool correct in (bool[])[true, false])
        {
            var x = Torch.FromArray(Numbers(6, 1)).Reshape(2, 3).Clone().RequiresGrad_();
            var opt = new LAMB([x], lr: 0.1, weightDecay: 0.1, biasCorrection: correct, normBounds: (0, 0.75), maximize: true) { RecordSteps = true };
            for (int t = 0; t < 4; t++)
            {
                x.Grad = Torch.FromArray(Numbers(6, 2 + t)).Reshape(2, 3);
                opt.Step();
                for (int i = 0; i < 6; i++)
                {
                    var explained = opt.Explained(x, [i / 3, i % 3]);
                    explained.Result.ShouldBe(x[i / 3, i % 3].Item(), 1e-13);
                    foreach (var (key, value) in explained.After) ((Tensor)opt.StateDict().State[0][key]!)[i / 3, i % 3].Item().ShouldBe(value, 1e-13, key);
                }
            }
            opt.Explain(x, 1, 2).ShouldContain("θ = θ − lr·r·u = ");
        }
    }

    [Fact]
    public void LAMB_refuses_bounds_that_are_none()
        => Should.Throw<ArgumentException>(() => new LAMB([Torch.Zeros(1)], normBounds: (2, 1))).Message
            .ShouldStartWith("LAMB: normBounds must not be negative, and the first not above the second, got (2, 1).");

    /// <summary>Algorithm 2 of arXiv:1904.00962 for one layer.</summary>
    private static Transcript.Step Layer(double η, double β1, double β2, double ε, double λ, double low, double high, bool correct)
    {
        double[]? m = null, v = null;
        int t = 0;
        return (x, g) =>
        {
            if (g is null) return;
            t++;
            m ??= new double[x.Length];
            v ??= new double[x.Length];
            double[] u = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                m[i] = β1 * m[i] + (1 - β1) * g[i];
                v[i] = β2 * v[i] + (1 - β2) * g[i] * g[i];
                double m̂ = correct ? m[i] / (1 - Math.Pow(β1, t)) : m[i], v̂ = correct ? v[i] / (1 - Math.Pow(β2, t)) : v[i];
                u[i] = m̂ / (Math.Sqrt(v̂) + ε) + λ * x[i];
            }
            double φ = Math.Clamp(Math.Sqrt(x.Sum(x => x * x)), low, high), norm = Math.Sqrt(u.Sum(u => u * u));
            for (int i = 0; i < x.Length; i++) x[i] -= η * φ / norm * u[i];
        };
    }

    // ---- helpers -------------------------------------------------------------------------------------------------------------

    private static double[] Numbers(int n, int seed) => [.. Enumerable.Range(0, n).Select(i => Math.Sin(1.7 * i * seed + seed))];

    /// <summary>Two optimizers go the same way, with the same gradients.</summary>
    private static void Same<T>(Func<Tensor, Optimizer> one, Func<Tensor, Optimizer> other, double tolerance)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        Tensor[] p = [.. Enumerable.Range(0, 2).Select(_ => Torch.FromArray([.. Numbers(21, 1).Select(T.CreateTruncating)]).RequiresGrad_())];
        Optimizer[] both = [one(p[0]), other(p[1])];
        for (int t = 0; t < 10; t++)
        {
            var g = Torch.FromArray([.. Numbers(21, 2 + t).Select(T.CreateTruncating)]);
            foreach (var x in p) x.Grad = g;
            foreach (var opt in both) opt.Step();
        }
        Transcript.ShouldBeClose(p[0].ToArray<double>(), p[1].ToArray<double>(), tolerance, "the parameter");
    }
}
