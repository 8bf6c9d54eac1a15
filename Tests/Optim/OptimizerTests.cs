using System.Numerics;
using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>Groups, steps, hooks and messages: what the base of the optimizers promises. See also <see cref="OptimizerStateTests"/>.</summary>
public class OptimizerTests
{
    private readonly Tensor w = Torch.Tensor([1.0, 2, 3], requiresGrad: true), b = Torch.Tensor([0.5], requiresGrad: true);

    // ---- construction and groups -------------------------------------------------------------------------------------------

    [Fact]
    public void A_group_inherits_what_it_does_not_set()
    {
        var opt = new Adam([new() { Params = [w], Lr = 1e-2 }, new() { Params = [b], WeightDecay = 0, Betas = (0.8, 0.9) }], lr: 1e-3, weightDecay: 0.1, amsgrad: true);
        var (first, second) = (opt.ParamGroups[0], opt.ParamGroups[1]);
        (first.Lr, first.WeightDecay, first.Betas, first.Eps, first.Amsgrad).ShouldBe((1e-2, 0.1, (0.9, 0.999), 1e-8, true));
        (second.Lr, second.WeightDecay, second.Betas, second.Eps, second.Amsgrad).ShouldBe((1e-3, 0, (0.8, 0.9), 1e-8, true));
        first.Params.ShouldBe([w]);
    }

    [Fact]
    public void Rates_of_any_optimizer_can_be_changed()
    {
        Optimizer opt = new AdamW([w, b], lr: 0.1);
        foreach (var g in opt.ParamGroups) g.Lr *= 0.1;
        opt.ParamGroups[0].Lr.ShouldBe(0.01, 1e-15);
    }

    [Fact]
    public void AdamW_decays_by_a_hundredth_and_decoupled()
    {
        var group = new AdamW([w]).ParamGroups[0];
        (group.WeightDecay, group.DecoupledWeightDecay).ShouldBe((0.01, true));
    }

    [Fact]
    public void Groups_can_be_added_later()
    {
        var opt = new SGD([w], lr: 0.5, momentum: 0.9);
        opt.AddParamGroup(new() { Params = [b], Lr = 0.25 });
        opt.ParamGroups.Count.ShouldBe(2);
        opt.ParamGroups[1].Momentum.ShouldBe(0.9);
        b.Grad = Torch.Ones(1);
        opt.Step();
        b.Item().ShouldBe(0.25);
    }

    [Fact]
    public void Names_appear_in_the_state_dict()
    {
        var model = new Linear(3, 4);
        var opt = new SGD(model.NamedParameters());
        opt.ParamGroups[0].Names.ShouldBe(["weight", "bias"]);
        opt.ParamGroups[0].Params.ShouldBe(model.Parameters());
        opt.StateDict().ParamGroups[0]["param_names"].ShouldBe(new[] { "weight", "bias" });
        new SGD(model.Parameters()).StateDict().ParamGroups[0].ContainsKey("param_names").ShouldBeFalse();
    }

    [Fact]
    public void Parameters_that_cannot_be_optimized_are_refused_by_name()
    {
        Error(() => new Adam(Array.Empty<Tensor>())).ShouldStartWith("Adam: there are no parameters to optimize.");
        Should.Throw<ArgumentNullException>(() => new Adam((IEnumerable<Tensor>)null!)).ParamName.ShouldBe("params");
        Should.Throw<ArgumentNullException>(() => new Adam((IEnumerable<(string, Parameter)>)null!)).ParamName.ShouldBe("params");
        Should.Throw<ArgumentNullException>(() => new Adam((IEnumerable<Adam.Group>)null!)).ParamName.ShouldBe("params");
        Error(() => new Adam([w, b, w])).ShouldStartWith("Adam: parameter 2 ([3]) is given twice, or belongs to another group already.");
        Error(() => new Adam([new() { Params = [w] }, new() { Params = [w.Named("w")] }])).ShouldStartWith("Adam: parameter 0 (`w`, [3]) is given twice");
        Error(() => new SGD([new() { Params = [w * 2], Names = ["double"] }])).ShouldStartWith("SGD: parameter 0 (`double`, [3]) is no leaf: it is computed by Mul");
        Error(() => new SGD([Torch.Tensor([1, 2])])).ShouldStartWith("SGD: parameter 0 ([2]) holds Int64; only floating-point tensors have gradients.");
        Error(() => new SGD([new() { Params = [w], Names = ["w", "b"] }])).ShouldStartWith("SGD: group 0 has 1 parameters, but 2 names.");

        var opt = new SGD([w]);
        Error(() => opt.AddParamGroup(new() { Params = [b, w] })).ShouldStartWith("SGD: parameter 1 (`w`, [3]) is given twice");
        opt.AddParamGroup(new() { Params = [b] });                                      // b was not left behind by the failure
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        Error(() => new Adam([w], betas: (1.2, 0.9))).ShouldStartWith("Adam: betas.Item1 must be in [0, 1), got 1.2.");
        Error(() => new Adam([w], betas: (0.9, 1))).ShouldStartWith("Adam: betas.Item2 must be in [0, 1), got 1.");
        Error(() => new AdamW([w], lr: -1)).ShouldStartWith("AdamW: lr must not be negative, got -1.");
        Error(() => new Adam([w], eps: double.NaN)).ShouldStartWith("Adam: eps must not be negative, got NaN.");
        Error(() => new AdamW([new() { Params = [w], WeightDecay = -0.5 }])).ShouldStartWith("AdamW: weightDecay must not be negative, got -0.5.");
        Error(() => new SGD([w], momentum: -0.1)).ShouldStartWith("SGD: momentum must not be negative, got -0.1.");
        Error(() => new SGD([w], nesterov: true)).ShouldStartWith("SGD: nesterov needs a momentum, and dampening 0, got 0 and 0.");
        Error(() => new SGD([w], momentum: 0.9, dampening: 0.1, nesterov: true)).ShouldStartWith("SGD: nesterov needs a momentum, and dampening 0, got 0.9 and 0.1.");
        Should.Throw<ArgumentException>(() => new Adam([w], betas: (1.2, 0.9))).ParamName.ShouldBe("betas");
    }

    // ---- steps ---------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Gradients_are_cleared()
    {
        var opt = new SGD([w, b]);
        w.Grad = Torch.Ones(3);
        opt.ZeroGrad(setToNone: false);
        w.Grad.ToArray<float>().ShouldBe([0, 0, 0]);
        b.Grad.ShouldBeNull();
        opt.ZeroGrad();
        w.Grad.ShouldBeNull();
    }

    [Fact]
    public void A_cleared_gradient_has_no_history()
    {
        var opt = new SGD([w]);
        w.Pow(3).Sum().Backward(createGraph: true);
        w.Grad!.RequiresGrad.ShouldBeTrue();
        opt.ZeroGrad(setToNone: false);
        w.Grad!.RequiresGrad.ShouldBeFalse();
    }

    [Fact]
    public void A_closure_is_recorded_and_its_loss_returned()
    {
        var opt = new SGD([w], lr: 0.5);
        using (Torch.NoGrad())
        {
            var loss = opt.Step(() =>
            {
                opt.ZeroGrad();
                var loss = (w * w).Sum();
                loss.Backward();
                return loss;
            });
            loss.Item().ShouldBe(14);
            Torch.IsGradEnabled().ShouldBeFalse();
        }
        w.ToArray<float>().ShouldBe([0, 0, 0]);
    }

    [Fact]
    public void Hooks_run_around_a_step_until_they_are_removed()
    {
        var opt = new SGD([b], lr: 1);
        b.Grad = Torch.Ones(1);
        var seen = new List<string>();
        var pre = opt.RegisterStepPreHook(o => seen.Add($"pre {b.Item()}"));
        HookHandle? post = null;
        post = opt.RegisterStepPostHook(o =>
        {
            o.ShouldBeSameAs(opt);
            seen.Add($"post {b.Item()}");
            post!.Remove();                                                              // a hook may remove itself
        });
        opt.Step();
        opt.Step();
        pre.Dispose();
        opt.Step();
        seen.ShouldBe(["pre 0.5", "post -0.5", "pre -0.5"]);
    }

    [Fact]
    public void A_step_counts_as_a_change_in_place()
    {
        var opt = new SGD([w], lr: 0.1);
        var y = (w * w).Sum();
        w.Grad = Torch.Ones(3);
        opt.Step();
        Should.Throw<InvalidOperationException>(() => y.Backward()).Message.ShouldContain("changed in place by Optimizer");
    }

    [Fact]
    public void A_gradient_that_does_not_fit_is_refused_by_name()
    {
        var opt = new Adam([new() { Params = [w], Names = ["weight"] }]);
        w.GradInternal = Torch.Ones(4);
        Should.Throw<InvalidOperationException>(() => opt.Step()).Message.ShouldBe("Adam: the gradient of parameter 0 (`weight`, [3]) is Float32 [4], expected Float32 [3].");
        w.GradInternal = Torch.Ones(3).Double();
        Should.Throw<InvalidOperationException>(() => opt.Step()).Message.ShouldContain("Float64 [3], expected Float32 [3]");
    }

    [Fact]
    public void A_step_that_is_refused_changes_nothing()
    {
        var opt = new Adam([w, b]);
        w.Grad = Torch.Ones(3);
        b.GradInternal = Torch.Ones(2);
        double[] before = w.ToArray<double>();
        Should.Throw<InvalidOperationException>(() => opt.Step()).Message.ShouldContain("parameter 1");
        w.ToArray<double>().ShouldBe(before);
        opt.State.ShouldBeEmpty();
    }

    [Fact]
    public void An_expanded_parameter_is_refused()
    {
        var x = Torch.Zeros(1).Expand(3).Detach().RequiresGrad_();
        x.Grad = Torch.Ones(3);
        Should.Throw<InvalidOperationException>(() => new SGD([x]).Step()).Message.ShouldContain("Call Clone()");
    }

    /// <summary>0 · ∞ is NaN: without decay an infinite parameter must stay what it is.</summary>
    [Fact]
    public void Without_decay_an_infinite_parameter_stays_infinite()
    {
        foreach (var make in (Func<Tensor, Optimizer>[])[x => new SGD([x], momentum: 0.9), x => new Adam([x]), x => new AdamW([x], weightDecay: 0)])
        {
            var x = Torch.Tensor([double.PositiveInfinity, 1], requiresGrad: true);
            x.Grad = Torch.Ones(2);
            make(x).Step();
            x[0].Item().ShouldBe(double.PositiveInfinity);
        }
    }

    [Fact]
    public void Empty_and_single_parameters_are_fine()
    {
        var (none, one) = (Torch.Zeros([0, 3], requiresGrad: true), Torch.Tensor(2.0, requiresGrad: true));
        var opt = new Adam([none, one], lr: 0.1);
        none.Grad = Torch.Zeros(0, 3);
        one.Grad = Torch.Tensor(1.0);
        opt.Step();
        one.Item().ShouldBe(1.9, 1e-6);
    }

    /// <summary>Algorithm 1 of the paper, element by element and in the same order of operations: the same bits.</summary>
    [Fact]
    public void AdamW_equals_a_scalar_reference()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            const double lr = 0.01, λ = 0.1;
            var (β1, β2, ε) = (T.CreateTruncating(0.9), T.CreateTruncating(0.999), T.CreateTruncating(1e-8));
            var (ω1, ω2) = (T.CreateTruncating(1 - 0.9), T.CreateTruncating(1 - 0.999));
            for (int n = 1; n <= 70; n++)
            {
                T[] θ = Numbers<T>(n, 1), m = new T[n], v = new T[n];
                var x = Torch.FromArray((T[])θ.Clone()).RequiresGrad_();
                var opt = new AdamW([x], lr: lr, weightDecay: λ);
                for (int t = 1; t <= 3; t++)
                {
                    var g = Numbers<T>(n, 5 * t);
                    x.Grad = Torch.FromArray(g);
                    opt.Step();
                    T α = T.CreateTruncating(lr / (1 - Math.Pow(0.9, t))), c = T.CreateTruncating(1 / Math.Sqrt(1 - Math.Pow(0.999, t))), κ = T.CreateTruncating(1 - lr * λ);
                    for (int i = 0; i < n; i++)
                    {
                        θ[i] *= κ;
                        m[i] = β1 * m[i] + ω1 * g[i];
                        v[i] = β2 * v[i] + ω2 * g[i] * g[i];
                        θ[i] -= α * m[i] / (c * T.Sqrt(v[i]) + ε);
                    }
                }
                x.ToArray<T>().ShouldBe(θ);
                opt.State[x].ExpAvg.ToArray<T>().ShouldBe(m);
                opt.State[x].ExpAvgSq.ToArray<T>().ShouldBe(v);
            }
        }

        static T[] Numbers<T>(int n, int seed)
            where T : INumber<T>
            => [.. Enumerable.Range(0, n).Select(i => T.CreateTruncating(Math.Sin(i * seed + 1)))];
    }

    // ---- text ---------------------------------------------------------------------------------------------------------------

    /// <summary>What PyTorch 1.13.1 prints, without <c>capturable</c>, <c>differentiable</c>, <c>foreach</c> and <c>fused</c>, which are of its own.</summary>
    [Fact]
    public void Prints_itself_like_PyTorch()
    {
        Text(new SGD([w], lr: 0.01, momentum: 0.9)).ShouldBe("""
            SGD (
            Parameter Group 0
                dampening: 0
                lr: 0.01
                maximize: False
                momentum: 0.9
                nesterov: False
                weight_decay: 0
            )
            """);
        Text(new LBFGS([w], lineSearchFn: "strong_wolfe")).ShouldBe("""
            LBFGS (
            Parameter Group 0
                history_size: 100
                line_search_fn: strong_wolfe
                lr: 1
                max_eval: 25
                max_iter: 20
                tolerance_change: 1e-09
                tolerance_grad: 1e-07
            )
            """);
        Text(new Rprop([new() { Params = [w] }, new() { Params = [b], Lr = 0.5 }])).ShouldBe("""
            Rprop (
            Parameter Group 0
                etas: (0.5, 1.2)
                lr: 0.01
                maximize: False
                step_sizes: (1e-06, 50)

            Parameter Group 1
                etas: (0.5, 1.2)
                lr: 0.5
                maximize: False
                step_sizes: (1e-06, 50)
            )
            """);
        Text(new LAMB([w])).ShouldContain("    norm_bounds: (0, inf)\n");
        Text(new LBFGS([w])).ShouldContain("    line_search_fn: None\n");
        Text(new Adafactor([new() { Params = [w], Names = ["weight"] }])).ShouldContain("    eps: (None, 0.001)\n    lr: 0.01\n    maximize: False\n    param_names: ['weight']\n");
        Text(new GradientNoise(new AggMo([w], lr: 0.5))).ShouldBe("""
            GradientNoise (
                noise.eta: 0.01
                noise.gamma: 0.55
                noise.step: 0
            ) over AggMo (
            Parameter Group 0
                betas: [0, 0.9, 0.99]
                lr: 0.5
                maximize: False
                weight_decay: 0
            )
            """);

        static string Text(Optimizer opt) => opt.ToString();
    }

    private static string Error(Func<object> make) => Should.Throw<ArgumentException>(make).Message;

    private static string Error(Action action) => Should.Throw<ArgumentException>(action).Message;
}
