using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>Lookahead and GradientNoise: against transcriptions, against the optimizers they wrap, and all that they pass on.</summary>
[Collection(Seeded.Name)]
public class WrapperTests
{
    private readonly Tensor w = Torch.Tensor([1.0, -2, 3], DType.Float64, requiresGrad: true), b = Torch.Tensor([0.5], DType.Float64, requiresGrad: true);

    // ---- Lookahead -----------------------------------------------------------------------------------------------------------

    /// <summary>Algorithm 1 of arXiv:1907.08610 over SGD with momentum, which is kept when the weights go back.</summary>
    [Theory, InlineData(5, 0.5), InlineData(6, 0.8), InlineData(1, 0.3)]
    public void Lookahead_follows_the_paper(int k, double α)
    {
        const double lr = 3e-4, μ = 0.9, λ = 0.5;
        Transcript.Check(
            (a, b) => new Lookahead(new SGD([new() { Params = [a] }, new() { Params = [b], Lr = lr / 2, WeightDecay = λ }], lr: lr, momentum: μ), k, α),
            () => [Paper(lr, 0), Paper(lr / 2, λ)]);

        Transcript.Step Paper(double lr, double λ)
        {
            double[] v = new double[8];
            double[]? φ = null;
            int i = 0;
            return (θ, g) =>
            {
                φ ??= [.. θ];
                for (int j = 0; g is not null && j < θ.Length; j++)
                {
                    v[j] = μ * v[j] + g[j] + λ * θ[j];
                    θ[j] -= lr * v[j];
                }
                if (++i % k != 0) return;
                for (int j = 0; j < θ.Length; j++) θ[j] = φ[j] += α * (θ[j] - φ[j]);
            };
        }
    }

    [Fact]
    public void Lookahead_that_follows_all_the_way_is_the_inner_optimizer()
    {
        var (x, y) = (Copy(w), Copy(w));
        Train(new Lookahead(new Adam([x], lr: 0.1), k: 2, alpha: 1), 11, x);
        Train(new Adam([y], lr: 0.1), 11, y);
        x.ToArray<double>().ShouldBe(y.ToArray<double>());
    }

    [Fact]
    public void Slow_weights_begin_where_the_first_step_does()
    {
        var opt = new Lookahead(new SGD([w], lr: 1), k: 2, alpha: 0.25);
        using (Torch.NoGrad()) w.Copy_(Torch.Tensor([10.0, 20, 30]));                    // loaded after construction
        opt.SlowWeights.ShouldBeEmpty();
        w.Grad = Torch.Ones([3], DType.Float64);
        opt.Step();
        (opt.FastSteps, w[0].Item(), opt.SlowWeights[w][0].Item()).ShouldBe((1, 9, 10));
        opt.Step();
        (opt.FastSteps, w[0].Item(), opt.SlowWeights[w][0].Item()).ShouldBe((0, 9.5, 9.5));
    }

    [Fact]
    public void A_group_that_the_inner_optimizer_gets_later_is_looked_after_too()
    {
        var inner = new SGD([w], lr: 1);
        var opt = new Lookahead(inner, k: 2, alpha: 0.5);
        (w.Grad, b.Grad) = (Torch.Ones([3], DType.Float64), Torch.Ones([1], DType.Float64));
        opt.Step();
        inner.AddParamGroup(new() { Params = [b] });
        opt.ParamGroups.Count.ShouldBe(2);
        opt.Step();
        (w[0].Item(), b.Item()).ShouldBe((0, 0));                                        // 1 − 2/2 and 0.5 − 1/2
    }

    [Fact]
    public void A_step_of_Lookahead_allocates_nothing_until_the_weights_meet()
    {
        var opt = new Lookahead(new SGD([w, b], momentum: 0.9), k: 1000);
        (w.Grad, b.Grad) = (Torch.Ones([3], DType.Float64), Torch.Ones([1], DType.Float64));
        for (int i = 0; i < 50; i++) opt.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) opt.Step();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Lookahead_explains_the_step_back()
    {
        var opt = new Lookahead(new SGD([w], lr: 0.5), k: 2, alpha: 0.25) { RecordSteps = true };
        opt.Inner.RecordSteps.ShouldBeTrue();
        w.Grad = Torch.Ones([3], DType.Float64);
        opt.Step();
        opt.Explain(w, 2).ShouldEndWith("θ = θ − lr·g = 3 − 0.5·1 = 2.5");
        opt.Step();
        opt.Explain(w, 2).ShouldBe("""
            SGD, parameter 0 ([3]), weight [2]   (lr = 0.5, α = 0.25)
            g = 1
            θ = θ − lr·g = 2.5 − 0.5·1 = 2
            θ = φ + α·(θ − φ) = 3 + 0.25·(2 − 3) = 2.75
            """, StringCompareShould.IgnoreLineEndings);
        w[2].Item().ShouldBe(2.75);
    }

    // ---- GradientNoise -------------------------------------------------------------------------------------------------------

    /// <summary>arXiv:1511.06807, equation 1: g ← g + N(0, σₜ²) with σₜ² = η / (1 + t)^γ, where t counts the steps from 0, whether a parameter takes part or not.</summary>
    [Fact]
    public void GradientNoise_follows_the_paper()
    {
        const double η = 0.3, γ = 0.55, lr = 3e-4;
        Transcript.Check(
            (a, b) => new GradientNoise(new SGD([new() { Params = [a] }, new() { Params = [b], Lr = lr / 2 }], lr: lr), η, γ, new Generator().ManualSeed(7)),
            () =>
            {
                var draws = new Generator().ManualSeed(7);
                return [Paper(lr, draws), Paper(lr / 2, draws)];
            });

        static Transcript.Step Paper(double lr, Generator draws)
        {
            int t = 0;
            return (θ, g) =>
            {
                double σ = Math.Sqrt(η / Math.Pow(1 + t++, γ));
                if (g is null) return;
                double[] z = Torch.Randn([θ.Length], DType.Float64, generator: draws).ToArray<double>();
                for (int i = 0; i < θ.Length; i++) θ[i] -= lr * (g[i] + σ * z[i]);
            };
        }
    }

    [Fact]
    public void Noise_has_the_variance_that_is_stated()
    {
        var x = Torch.Zeros([200_000], DType.Float64).RequiresGrad_();
        var opt = new GradientNoise(new SGD([x], lr: 1), eta: 0.25, gamma: 2, new Generator().ManualSeed(3));
        x.Grad = Torch.Zeros([200_000], DType.Float64);
        for (int t = 0; t < 4; t++)
        {
            opt.Deviation.ShouldBe(0.5 / (1 + t), 1e-15);                                // lecture notes: c / (1 + t)^δ with c = √η and δ = γ / 2
            using (Torch.NoGrad()) x.Zero_();
            opt.Step();
            double mean = x.Mean().Item(), variance = x.Detach().Square().Mean().Item() - mean * mean, expected = 0.25 / Math.Pow(1 + t, 2);
            mean.ShouldBe(0, 5 * Math.Sqrt(expected / 200_000));
            variance.ShouldBe(expected, 5 * expected * Math.Sqrt(2 / 200_000.0));        // five standard errors each
        }
    }

    [Fact]
    public void Without_variance_it_is_the_inner_optimizer_and_draws_nothing()
    {
        var (x, y) = (Copy(w), Copy(w));
        var generator = new Generator();
        Train(new GradientNoise(new Adam([x], lr: 0.1), eta: 0, generator: generator), 11, x);
        Train(new Adam([y], lr: 0.1), 11, y);
        x.ToArray<double>().ShouldBe(y.ToArray<double>());
        generator.GetState().ShouldBe(new Generator().GetState());
    }

    [Fact]
    public void Nobody_but_the_inner_optimizer_sees_the_noise()
    {
        var opt = new GradientNoise(new SGD([w, b], lr: 1), eta: 1);
        double seen = 0;
        opt.Inner.RegisterStepPreHook(_ => seen = w.Grad![0].Item());
        var gradient = w.Grad = Torch.Ones([3], DType.Float64);
        opt.Step();
        w.Grad.ShouldBeSameAs(gradient);
        w.Grad.ToArray<double>().ShouldBe([1, 1, 1]);
        seen.ShouldNotBe(1);
        w[0].Item().ShouldBe(1 - seen);
        b.Grad.ShouldBeNull();

        double before = w[0].Item();
        opt.Step(() => Backward((w * w).Sum()));                                         // adds to the gradient that was there, without its noise
        w.Grad.ToArray<double>()[0].ShouldBe(1 + 2 * before, 1e-15);

        Should.Throw<InvalidOperationException>(() => opt.Step(() => throw new InvalidOperationException()));
        b.Grad = Torch.Ones([1], DType.Float64);
        b.GradInternal = Torch.Ones([2], DType.Float64);
        Should.Throw<InvalidOperationException>(() => opt.Step()).Message.ShouldStartWith("SGD: the gradient of parameter 1");
        b.GradInternal.ToArray<double>().ShouldBe([1, 1]);
    }

    [Fact]
    public void The_default_generator_is_the_default()
    {
        var opt = new GradientNoise(new SGD([w], lr: 1), eta: 4);
        w.Grad = Torch.Zeros([3], DType.Float64);
        Torch.ManualSeed(5);
        opt.Step();
        Torch.ManualSeed(5);
        var z = Torch.Randn([3], DType.Float64).ToArray<double>();
        w.ToArray<double>().ShouldBe([1 - 2 * z[0], -2 - 2 * z[1], 3 - 2 * z[2]]);
    }

    // ---- what wrappers pass on -------------------------------------------------------------------------------------------------

    [Fact]
    public void Hooks_of_both_run_the_inner_ones_within()
    {
        var inner = new SGD([b], lr: 1);
        var opt = new GradientNoise(new Lookahead(inner, k: 1), eta: 0);
        var seen = new List<string>();
        foreach (var (name, o) in (ReadOnlySpan<(string, Optimizer)>)[("noise", opt), ("lookahead", opt.Inner), ("sgd", inner)])
        {
            o.RegisterStepPreHook(who => seen.Add($"before {name} {ReferenceEquals(who, o)} {b.Item()}"));
            o.RegisterStepPostHook(_ => seen.Add($"after {name} {b.Item()}"));
        }
        var loss = opt.Step(() =>
        {
            seen.Add("closure");
            opt.ZeroGrad();
            return Backward((b * b).Sum());
        });
        loss.Item().ShouldBe(0.25);
        seen.ShouldBe(["before noise True 0.5", "before lookahead True 0.5", "before sgd True 0.5", "closure", "after sgd -0.5", "after lookahead 0", "after noise 0"]);
        opt.ZeroGrad();
        b.Grad.ShouldBeNull();
    }

    [Fact]
    public void Schedulers_work_on_a_wrapper()
    {
        var opt = new Lookahead(new SGD([b], lr: 1), k: 1, alpha: 1);
        var scheduler = new StepLR(opt, stepSize: 1, gamma: 0.5);
        b.Grad = Torch.Ones([1], DType.Float64);
        for (int i = 0; i < 3; i++)
        {
            opt.Step();
            scheduler.Step();
        }
        b.Item().ShouldBe(0.5 - 1.75);
        opt.ParamGroups[0].Lr.ShouldBe(0.125);
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        var inner = new SGD([w]);
        Should.Throw<ArgumentException>(() => new Lookahead(inner, k: 0)).Message.ShouldStartWith("Lookahead: k must be at least 1, got 0.");
        Should.Throw<ArgumentException>(() => new Lookahead(inner, alpha: 0)).Message.ShouldStartWith("Lookahead: alpha must be in (0, 1], got 0.");
        Should.Throw<ArgumentException>(() => new GradientNoise(inner, eta: -1)).Message.ShouldStartWith("GradientNoise: eta must not be negative, got -1.");
        Should.Throw<ArgumentException>(() => new GradientNoise(inner, gamma: double.NaN)).Message.ShouldStartWith("GradientNoise: gamma must not be negative, got NaN.");
        Should.Throw<ArgumentNullException>(() => new Lookahead(null!));
    }

    // ---- state dicts -----------------------------------------------------------------------------------------------------------

    [Fact]
    public void A_state_dict_is_the_inner_one_with_entries_beside()
    {
        var opt = new GradientNoise(new Lookahead(new Lookahead(new Adam([w, b]))), generator: new());
        w.Grad = Torch.Ones([3], DType.Float64);
        opt.Step();
        var saved = opt.StateDict();
        saved.State[0].Keys.ShouldBe(["step", "exp_avg", "exp_avg_sq", "lookahead.slow", "lookahead2.slow"]);
        saved.State[1].Keys.ShouldBe(["lookahead.slow", "lookahead2.slow"]);              // no gradient yet, but slow weights
        saved.ParamGroups[0].Keys.Skip(8).ShouldBe([
            "lookahead.k", "lookahead.alpha", "lookahead.step", "lookahead2.k", "lookahead2.alpha", "lookahead2.step",
            "noise.eta", "noise.gamma", "noise.step", "noise.generator",
        ]);
        ((Tensor)saved.ParamGroups[0]["noise.generator"]!).Shape.ShouldBe([5056]);
        new GradientNoise(new SGD([w])).StateDict().ParamGroups[0].ContainsKey("noise.generator").ShouldBeFalse();
    }

    [Fact]
    public void A_state_dict_carries_settings_and_forgets_what_was_not_remembered()
    {
        var (opt, other) = (new Lookahead(new SGD([w]), k: 7, alpha: 0.75), new Lookahead(new SGD([w]), k: 2));
        w.Grad = Torch.Ones([3], DType.Float64);
        other.Step();
        other.LoadStateDict(opt.StateDict());
        (other.K, other.Alpha, other.FastSteps, other.SlowWeights.Count).ShouldBe((7, 0.75, 0, 0));
    }

    [Fact]
    public void A_state_dict_that_does_not_fit_changes_nothing()
    {
        var opt = new GradientNoise(new Lookahead(new Adam([w, b]), k: 3), eta: 0.5, generator: new());
        (w.Grad, b.Grad) = (Torch.Ones([3], DType.Float64), Torch.Ones([1], DType.Float64));
        opt.Step();
        var lookahead = (Lookahead)opt.Inner;

        Refused(s => s.ParamGroups.Add(s.ParamGroups[0])).ShouldStartWith("GradientNoise.LoadStateDict: 2 parameter groups were saved, this optimizer has 1.");
        Refused(s => s.ParamGroups[0].Remove("noise.eta")).ShouldStartWith("GradientNoise.LoadStateDict: param_groups[0] has no `noise.eta`, only `lr`");
        Refused(s => s.ParamGroups[0]["noise.gamma"] = -1.0).ShouldStartWith("GradientNoise.LoadStateDict: gamma must not be negative, got -1.");
        Refused(s => s.ParamGroups[0].Remove("noise.generator")).ShouldContain("has no `noise.generator`");
        Refused(s => s.ParamGroups[0]["noise.generator"] = Torch.Zeros([7], DType.UInt8)).ShouldContain("`noise.generator` has the shape [7], expected [5056]");
        Refused(s => s.ParamGroups[0]["lookahead.step"] = 3).ShouldStartWith("Lookahead.LoadStateDict: fastSteps must be in [0, 3), got 3.");
        Refused(s => s.ParamGroups[0]["lookahead.alpha"] = 2.0).ShouldStartWith("Lookahead.LoadStateDict: alpha must be in (0, 1], got 2.");
        Refused(s => s.State[1]["lookahead.slow"] = Torch.Ones([3])).ShouldStartWith("Lookahead.LoadStateDict: `lookahead.slow` has the shape [3], its parameter [1].");
        Refused(s => s.State[1]["lookahead3.slow"] = Torch.Ones([1])).ShouldContain("has `lookahead3.slow`, which Adam does not know");
        Refused(s => s.ParamGroups[0].Remove("betas")).ShouldStartWith("Adam.LoadStateDict: param_groups[0] has no `betas`");
        Refused(s => s.ParamGroups[0]["params"] = new[] { 0 }).ShouldStartWith("Adam.LoadStateDict: param_groups[0] has 1 parameters, this optimizer's group 2.");
        Should.Throw<ArgumentException>(() => new Adam([w, b]).LoadStateDict(opt.StateDict())).Message.ShouldContain("has `lookahead.slow`, which Adam does not know");
        Should.Throw<ArgumentException>(() => opt.LoadStateDict(new Adam([w, b]).StateDict())).Message.ShouldContain("has no `noise.eta`");

        string Refused(Action<OptimizerStateDict> spoil)
        {
            var saved = opt.StateDict();
            var draws = saved.ParamGroups[0]["noise.generator"];
            (saved.ParamGroups[0]["noise.eta"], saved.ParamGroups[0]["lookahead.k"], saved.ParamGroups[0]["lr"]) = (77.0, 3, 77.0);
            saved.ParamGroups[0]["noise.generator"] = Torch.FromArray(new Generator().ManualSeed(77).GetState());
            saved.State[0]["lookahead.slow"] = Torch.Full([3], 77);
            spoil(saved);
            string message = Should.Throw<ArgumentException>(() => opt.LoadStateDict(saved)).Message;
            (opt.Eta, opt.Steps, opt.ParamGroups[0].Lr).ShouldBe((0.5, 1, 1e-3));
            (lookahead.K, lookahead.Alpha, lookahead.FastSteps, lookahead.SlowWeights[w][0].Item()).ShouldBe((3, 0.5, 1, 1));
            ((Tensor)opt.StateDict().ParamGroups[0]["noise.generator"]!).ToArray<byte>().ShouldBe(((Tensor)draws!).ToArray<byte>());
            return message;
        }
    }

    // ---- helpers -------------------------------------------------------------------------------------------------------------

    private static Tensor Backward(Tensor loss)
    {
        loss.Backward();
        return loss;
    }

    private static Tensor Copy(Tensor x) => x.Detach().Clone().RequiresGrad_();

    private static void Train(Optimizer opt, int steps, Tensor x)
    {
        for (int i = 0; i < steps; i++)
        {
            opt.ZeroGrad();
            (x.Pow(4).Sum() + x.Sum()).Backward();
            opt.Step();
        }
    }
}
