using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>Newton's method: its digits double, its equation is the one of the textbook, and what it cannot do it says.</summary>
public class NewtonTests
{
    private readonly Tensor x = Torch.Tensor([0.8, 0.7], DType.Float64, requiresGrad: true);

    private static Tensor Rosenbrock(Tensor x) => (1 - x[0]).Pow(2) + 100 * (x[1] - x[0].Pow(2)).Pow(2);

    private static Tensor Saddle(Tensor x) => x[0].Pow(2) - x[1].Pow(2) + x[0] * x[1];

    /// <summary>‖θ − 1‖ is squared by a step, up to a factor: 0.36 → 1e-1 → … → rounding errors.</summary>
    [Fact]
    public void Converges_quadratically()
    {
        var opt = new Newton([x]);
        List<double> errors = [];
        for (int step = 0; step < 7; step++)
        {
            opt.Step(() => Rosenbrock(x));
            errors.Add((x.Detach() - 1).Norm().Item());
        }
        errors[^1].ShouldBeLessThan(1e-14);
        foreach (var (before, after) in errors.Zip(errors.Skip(1)).Where(pair => pair.First is > 1e-7 and < 0.1)) after.ShouldBeLessThan(100 * before * before);
    }

    /// <summary>Several parameters, one transposed, one that needs no gradient and one without any influence: the minimum is a step away.</summary>
    [Fact]
    public void A_quadratic_takes_one_step()
    {
        Torch.ManualSeed(1);
        Tensor a = Torch.Randn([3, 2], DType.Float64).T.RequiresGrad_(), b = Torch.Randn([4], DType.Float64).RequiresGrad_();
        Tensor idle = Torch.Ones([2], DType.Float64).RequiresGrad_(), frozen = Torch.Ones([2], DType.Float64);
        var m = Torch.Randn([10, 10], DType.Float64);
        var h = m.Matmul(m.T) + Torch.Eye(10).To(DType.Float64);
        var t = Torch.Randn([10], DType.Float64);
        var opt = new Newton([a, idle, b, frozen]);
        var loss = opt.Step(() =>
        {
            opt.ZeroGrad();
            var v = Torch.Cat([a.Reshape(-1), b]) - t;
            var loss = v.Dot(h.Matmul(v)) / 2;
            loss.Backward();
            return loss;
        });
        loss.Item().ShouldBeGreaterThan(1);
        (Torch.Cat([a.Detach().Reshape(-1), b.Detach()]) - t).Abs().Max().Item().ShouldBeLessThan(1e-12);
        idle.ToArray<double>().ShouldBe([1, 1]);
        frozen.ToArray<double>().ShouldBe([1, 1]);
    }

    /// <summary>With the derivatives of Rosenbrock's function by hand and Cramer's rule.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(0.5, 0)]
    [InlineData(1, 10)]
    public void Equals_the_equation_by_hand(double lr, double λ)
    {
        var opt = new Newton([x], lr, λ);
        double u = 0.8, v = 0.7;
        for (int step = 0; step < 5; step++)
        {
            double g0 = -2 * (1 - u) - 400 * u * (v - u * u), g1 = 200 * (v - u * u);
            double h00 = 2 - 400 * (v - 3 * u * u) + λ, h01 = -400 * u, h11 = 200 + λ, det = h00 * h11 - h01 * h01;
            (u, v) = (u - lr * (h11 * g0 - h01 * g1) / det, v - lr * (h00 * g1 - h01 * g0) / det);
            opt.Step(() => Rosenbrock(x));
            x[0].Item().ShouldBe(u, 1e-12);
            x[1].Item().ShouldBe(v, 1e-12);
        }
    }

    /// <summary>Newton's method takes any flat point; with enough damping it descends, and goes away from a saddle.</summary>
    [Fact]
    public void Goes_to_a_saddle_unless_damped()
    {
        new Newton([x]).Step(() => Saddle(x));
        x.Detach().Abs().Max().Item().ShouldBeLessThan(1e-15);

        var y = Torch.Tensor([0.8, 0.7], DType.Float64, requiresGrad: true);
        new Newton([y], damping: 3).Step(() => Saddle(y));
        Saddle(y).Item().ShouldBeLessThan(Saddle(Torch.Tensor([0.8, 0.7], DType.Float64)).Item());
        Math.Abs(y[1].Item()).ShouldBeGreaterThan(0.7);
    }

    [Fact]
    public void Backtracking_never_lets_the_loss_rise()
    {
        using (Torch.NoGrad()) x.Copy_(Torch.Tensor([-1.2, 1.0], DType.Float64));
        var opt = new Newton([x], backtracking: true);
        double last = double.PositiveInfinity;
        for (int step = 0; step < 30; step++)
        {
            double loss = opt.Step(() => Rosenbrock(x)).Item();
            loss.ShouldBeLessThanOrEqualTo(last);
            last = loss;
        }
        x.ToArray<double>().ShouldBe([1, 1], 1e-12);
    }

    [Fact]
    public void A_step_that_climbs_is_refused()
    {
        using (Torch.NoGrad()) x.Copy_(Torch.Tensor([0.1, 0.9], DType.Float64));
        var opt = new Newton([x], backtracking: true);
        Should.Throw<InvalidOperationException>(() => opt.Step(() => Saddle(x))).Message.ShouldStartWith("Newton: the step climbs (g·d = ");
        x.ToArray<double>().ShouldBe([0.1, 0.9]);
    }

    [Fact]
    public void A_singular_Hessian_is_refused_unless_damped()
    {
        foreach (var dtype in (DType[])[DType.Float32, DType.Float64])
        {
            var y = Torch.Tensor([0.3, 0.1], dtype, requiresGrad: true);
            Should.Throw<InvalidOperationException>(() => new Newton([y]).Step(() => (0.7 * y[0] + 0.1 * y[1] - 2).Pow(2)))
                .Message.ShouldStartWith("Newton: the Hessian of the 2 parameters is singular: pivot 1 is ");
            Should.Throw<InvalidOperationException>(() => new Newton([y]).Step(() => 3 * y.Sum())).Message.ShouldContain("singular: pivot 0 is 0");
            Should.Throw<InvalidOperationException>(() => new Newton([y]).Step(() => (y - 1).Sqrt().Sum())).Message.ShouldContain("is not finite");
            y.ToArray<float>().ShouldBe([0.3f, 0.1f]);
            new Newton([y], damping: 1).Step(() => 3 * y.Sum());
            y.ToArray<float>().ShouldBe([-2.7f, -2.9f], 1e-6);
        }
    }

    [Fact]
    public void Too_many_parameters_are_refused()
    {
        var many = Torch.Zeros([40, 30], requiresGrad: true);
        Should.Throw<ArgumentOutOfRangeException>(() => new Newton([many])).Message
            .ShouldStartWith("Newton: params must hold at most maxParameters = 1000 numbers, as the Hessian has a row and a column for each, got 1200.");
        new Newton([many], maxParameters: 1200).ParamGroups[0].MaxParameters.ShouldBe(1200);
    }

    [Fact]
    public void What_it_needs_it_asks_for()
    {
        Should.Throw<InvalidOperationException>(new Newton([x]).Step).Message.ShouldStartWith("Newton: a step evaluates the loss as often as it needs.");
        Should.Throw<ArgumentException>(() => new Newton([new Newton.Group { Params = [x] }, new Newton.Group { Params = [Torch.Zeros([1], requiresGrad: true)] }]))
            .Message.ShouldStartWith("Newton: there is only one group of parameters");
        Should.Throw<ArgumentException>(() => new Newton([Torch.Zeros([0], requiresGrad: true)])).Message.ShouldStartWith("Newton: the parameters have no elements to optimize.");
        var y = Torch.Ones([1], requiresGrad: true);
        Should.Throw<InvalidOperationException>(() => new Newton([x]).Step(() => y.Square().Sum())).Message.ShouldBe("Newton: the loss does not depend on any of the parameters.");
        Should.Throw<InvalidOperationException>(() => new Newton([x.Detach()]).Step(() => y.Square().Sum())).Message.ShouldBe("Newton: the loss does not depend on any of the parameters.");
        Should.Throw<ArgumentOutOfRangeException>(() => new Newton([x], damping: -1)).Message.ShouldStartWith("Newton: damping must not be negative, got -1.");
        Should.Throw<NotSupportedException>(() => new Newton([x]).Explain(x, 0)).Message.ShouldStartWith("Newton.Explain: Newton moves all parameters together");
    }

    /// <summary>What <c>Backward</c> in the closure left stays usable for others: graphs are released again as soon as the step is over.</summary>
    [Fact]
    public void Graphs_are_kept_only_during_the_step()
    {
        new Newton([x]).Step(() =>
        {
            var loss = Rosenbrock(x);
            loss.Backward();
            return loss;
        });
        var after = Rosenbrock(x);
        after.Backward();
        Should.Throw<InvalidOperationException>(() => after.Backward()).Message.ShouldContain("already run and released");
    }
}
