using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What L-BFGS does beside its equations, which <see cref="LbfgsGoldenTests"/> compares.</summary>
public class LbfgsTests
{
    private readonly Tensor x = Torch.Tensor([-1.2, 1.0], DType.Float64, requiresGrad: true);

    [Fact]
    public void A_line_search_ends_where_the_strong_Wolfe_conditions_hold()
    {
        for (double first = 1e-4; first < 100; first *= 3)
        {
            x.Grad = null;
            var loss = Rosenbrock(x);
            loss.Backward();
            var g = x.Grad!.Clone();
            using var scope = Torch.NoGrad();
            var start = new LinePoint(0, loss.Item(), g, -g.Dot(g).Item());
            var line = new Line(new ParameterVector([x]), -g, Closure(null));
            var found = new StrongWolfe(line, start).Search(first);
            found.Loss.ShouldBeLessThanOrEqualTo(start.Loss + 1e-4 * found.T * start.Slope);
            Math.Abs(found.Slope).ShouldBeLessThanOrEqualTo(-0.9 * start.Slope);
            x.ToArray<double>().ShouldBe([-1.2, 1.0]);
        }
    }

    [Fact]
    public void The_closure_is_asked_for_where_there_is_none()
        => Should.Throw<InvalidOperationException>(new LBFGS([x]).Step).Message.ShouldStartWith("LBFGS: a step evaluates the loss as often as it needs.  Call Step with a closure");

    [Fact]
    public void The_loss_is_asked_for_where_the_closure_has_none()
        => Should.Throw<InvalidOperationException>(() => new LBFGS([x]).Step(() => null!)).Message.ShouldBe("LBFGS: the closure returned null, expected the loss.");

    [Fact]
    public void Two_groups_are_refused()
    {
        var y = Torch.Zeros([2], DType.Float64, requiresGrad: true);
        Should.Throw<ArgumentException>(() => new LBFGS([new LBFGS.Group { Params = [x] }, new LBFGS.Group { Params = [y] }]))
            .Message.ShouldStartWith("LBFGS: there is only one group of parameters");
        var opt = new LBFGS([x]);
        Should.Throw<ArgumentException>(() => opt.AddParamGroup(new() { Params = [y] }));
        opt.ParamGroups.Count.ShouldBe(1);
        Should.Throw<ArgumentException>(() => new LBFGS([x, Torch.Zeros([2], requiresGrad: true)]))
            .Message.ShouldStartWith("LBFGS: parameter 1 ([2]) is Float32, parameter 0 ([2]) is Float64; all must have one dtype");
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Throws(() => new LBFGS([x], lr: -1), "LBFGS: lr must not be negative, got -1.");
        Throws(() => new LBFGS([x], maxIter: 0), "LBFGS: maxIter must be positive, got 0.");
        Throws(() => new LBFGS([x], maxEval: 0), "LBFGS: maxEval must be positive, got 0.");
        Throws(() => new LBFGS([x], toleranceGrad: -1), "LBFGS: toleranceGrad must not be negative, got -1.");
        Throws(() => new LBFGS([x], historySize: 0), "LBFGS: historySize must be positive, got 0.");
        Throws(() => new LBFGS([x], lineSearchFn: "armijo"), "LBFGS: lineSearchFn must be null or \"strong_wolfe\", got \"armijo\".");

        static void Throws(Func<object> make, string message) => Should.Throw<ArgumentOutOfRangeException>(make).Message.ShouldStartWith(message);
    }

    /// <summary>A closure that fails in the middle of a line search leaves the parameters where the line begins.</summary>
    [Fact]
    public void A_closure_that_fails_leaves_the_parameters_alone()
    {
        var opt = new LBFGS([x], lineSearchFn: "strong_wolfe");
        int calls = 0;
        Should.Throw<TimeoutException>(() => opt.Step(() => ++calls == 2 ? throw new TimeoutException() : Closure(opt)()));
        x.ToArray<double>().ShouldBe([-1.2, 1.0]);
    }

    [Fact]
    public void A_gradient_of_another_shape_is_refused_by_name()
    {
        var opt = new LBFGS([x]);
        var y = Torch.Zeros([3], DType.Float64, requiresGrad: true);
        Should.Throw<Exception>(() => opt.Step(() =>
        {
            x.Grad = Torch.Zeros([3], DType.Float64);
            return y.Sum();
        })).Message.ShouldContain("[3]");
        x.ToArray<double>().ShouldBe([-1.2, 1.0]);
    }

    [Fact]
    public void At_a_minimum_one_evaluation_suffices()
    {
        var y = Torch.Ones([2], DType.Float64, requiresGrad: true);
        var opt = new LBFGS([y]);
        int calls = 0;
        opt.Step(() =>
        {
            calls++;
            opt.ZeroGrad();
            var loss = Rosenbrock(y);
            loss.Backward();
            return loss;
        }).Item().ShouldBe(0);
        calls.ShouldBe(1);
        opt.StateDict().State[0].Keys.ShouldBe(["func_evals", "n_iter"]);
        new LBFGS([y]).LoadStateDict(opt.StateDict());
    }

    /// <summary>PyTorch's line search does not know of <c>tolerance_change</c>: it has 1e-9. PyTorch 1.13.1's number of evaluations and result.</summary>
    [Fact]
    public void The_tolerance_of_a_step_is_not_that_of_its_line_searches()
    {
        var opt = new LBFGS([x], lr: 0.1, maxIter: 8, toleranceChange: 0.5, lineSearchFn: "strong_wolfe");
        int calls = 0;
        opt.Step(() =>
        {
            calls++;
            opt.ZeroGrad();
            var loss = (x - Torch.Tensor([0.3, -0.7], DType.Float64)).Abs().Sum() + 0.1 * x.Square().Sum();
            loss.Backward();
            return loss;
        });
        calls.ShouldBe(7);
        x[0].Item().ShouldBe(0.39246047421770347, 1e-12);
        x[1].Item().ShouldBe(-0.5410907815010033, 1e-12);
    }

    /// <summary>Where a component of the first gradient is NaN, the others move: t is 1, as Python's <c>min(1., nan)</c>.</summary>
    [Fact]
    public void A_nan_stays_where_it_is()
    {
        var opt = new LBFGS([x], maxIter: 1);
        opt.Step(() =>
        {
            x.Grad = Torch.Tensor([double.NaN, -2], DType.Float64);
            return Torch.Tensor(1.0, DType.Float64);
        });
        x.ToArray<double>().ShouldBe([double.NaN, 3]);
    }

    [Fact]
    public void A_state_dict_keeps_whether_there_is_a_line_search()
    {
        var plain = new LBFGS([x]).StateDict();
        plain.ParamGroups[0].Keys.ShouldContain("line_search_fn");
        var opt = new LBFGS([x], lineSearchFn: "strong_wolfe");
        opt.LoadStateDict(plain);
        opt.ParamGroups[0].LineSearchFn.ShouldBeNull();
    }

    [Fact]
    public void A_state_of_other_parameters_is_refused()
    {
        var opt = new LBFGS([x], maxIter: 3);
        opt.Step(Closure(opt));
        var y = Torch.Zeros([3], DType.Float64, requiresGrad: true);
        var other = new LBFGS([y]);
        Should.Throw<ArgumentException>(() => other.LoadStateDict(opt.StateDict())).Message.ShouldBe("LBFGS.LoadStateDict: a vector of shape [2] was saved, but the parameters have 3 elements.");
        other.State.ShouldBeEmpty();

        var half = opt.StateDict();
        half.State[0].Remove("ro");
        Should.Throw<ArgumentException>(() => new LBFGS([x]).LoadStateDict(half)).Message.ShouldContain("`ro`");
        var uneven = opt.StateDict();
        uneven.State[0]["ro"] = new double[9];
        Should.Throw<ArgumentException>(() => new LBFGS([x]).LoadStateDict(uneven)).Message.ShouldContain("9 entries");
        var gap = opt.StateDict();
        gap.State[0]["old_dirs"] = new object?[] { null };
        Should.Throw<ArgumentException>(() => new LBFGS([x]).LoadStateDict(gap)).Message.ShouldContain("`old_dirs` is null, expected a tensor");
        var adam = new Adam([x]);
        Should.Throw<ArgumentException>(() => adam.LoadStateDict(opt.StateDict()));
    }

    /// <summary>As PyTorch saves it: numbers as tensors, and a list of α that is not full.</summary>
    [Fact]
    public void A_state_dict_of_PyTorch_is_read()
    {
        var opt = new LBFGS([x], maxIter: 3, historySize: 5);
        opt.Step(Closure(opt));
        var saved = opt.StateDict();
        saved.State[0]["ro"] = ((double[])saved.State[0]["ro"]!).Select(ρ => Torch.Tensor(ρ, DType.Float64)).ToList();
        saved.State[0]["al"] = ((double?[])saved.State[0]["al"]!).Select(α => α is { } value ? (object)Torch.Tensor(value, DType.Float64) : null).ToList();
        saved.State[0]["func_evals"] = (long)(int)saved.State[0]["func_evals"]!;

        var y = x.Detach().Clone().RequiresGrad_();
        var other = new LBFGS([y]);
        other.LoadStateDict(saved);
        opt.Step(Closure(opt));
        other.Step(() =>
        {
            other.ZeroGrad();
            var loss = Rosenbrock(y);
            loss.Backward();
            return loss;
        });
        y.ToArray<double>().ShouldBe(x.ToArray<double>());
    }

    [Fact]
    public void There_is_no_equation_of_one_weight()
    {
        var opt = new LBFGS([x]) { RecordSteps = true };
        opt.Step(Closure(opt));
        Should.Throw<NotSupportedException>(() => opt.Explain(x, 0)).Message.ShouldBe("LBFGS.Explain: LBFGS moves all parameters together; there is no equation of one weight to show.");
    }

    private Func<Tensor> Closure(Optimizer? opt) => () =>
    {
        opt?.ZeroGrad();
        using var scope = Torch.EnableGrad();
        x.Grad = null;
        var loss = Rosenbrock(x);
        loss.Backward();
        return loss;
    };

    private static Tensor Rosenbrock(Tensor x) => (1 - x[0]).Pow(2) + 100 * (x[1] - x[0].Pow(2)).Pow(2);
}
