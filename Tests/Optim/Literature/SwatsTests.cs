using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>The switch from Adam to SGD; that both phases are the paper's, <see cref="PaperTests"/> says.</summary>
[Collection(Seeded.Name)]
public class SwatsTests
{
    private readonly Tensor w = Torch.Tensor([1.0, -2, 4], DType.Float64, requiresGrad: true), b = Torch.Tensor([0.5], DType.Float64, requiresGrad: true);

    /// <summary>Under a constant gradient Adam's steps are −lr · sign g, and γ is lr · n / Σ|g| at every step.</summary>
    [Fact]
    public void Switches_once_the_rate_has_settled()
    {
        var opt = new SWATS([w], lr: 0.1, eps: 0);
        var group = opt.ParamGroups[0];
        Step(opt, [1, -2, 3]);
        group.Switched.ShouldBeFalse();                                                // never at the first step
        Step(opt, [1, -2, 3]);
        (group.Switched, group.Lr).ShouldBe((true, 0.1));
        group.SgdLr.ShouldBe(0.1 * 3 / 6, 1e-14);
        opt.StateDict().ParamGroups[0]["sgd_lr"].ShouldBe(group.SgdLr);

        double[] before = w.ToArray<double>();
        Step(opt, [1, -2, 3]);
        (w.ToArray<double>()[2] - before[2]).ShouldBe(-0.1 * 0.05 * 3, 1e-14);          // −(1 − β₁)Λv, and v begins at 0
        opt.State[w].ExpAvg.ShouldBeNull();
        opt.StateDict().State[0].Keys.ShouldBe(["step", "momentum_buffer"]);

        group.Lr *= 0.5;                                                               // a schedule acts on SGD too
        before = w.ToArray<double>();
        Step(opt, [1, -2, 3]);
        (w.ToArray<double>()[2] - before[2]).ShouldBe(-0.1 * 0.025 * (0.9 * 3 + 3), 1e-14);
    }

    [Fact]
    public void Parameters_of_a_group_switch_together_and_groups_alone()
    {
        var together = new SWATS([w, b], lr: 0.1, eps: 0);
        for (int step = 0; step < 2; step++)
        {
            b.Grad = Torch.Tensor([6.0], DType.Float64);
            Step(together, [1, -2, 3]);
        }
        together.ParamGroups[0].SgdLr.ShouldBe(0.1 * 4 / 12, 1e-14);

        var apart = new SWATS([new() { Params = [w] }, new() { Params = [b] }], lr: 0.1, eps: 0);
        for (int step = 0; step < 2; step++)
        {
            b.Grad = Torch.Tensor([step == 0 ? 6.0 : 1], DType.Float64);
            Step(apart, [1, -2, 3]);
        }
        apart.ParamGroups.Select(group => group.Switched).ShouldBe([true, false]);
    }

    /// <summary>Where momentum still climbs, pᵀg is positive and γ negative: SGD with such a rate would climb for good.</summary>
    [Fact]
    public void Never_switches_to_a_rate_that_climbs()
    {
        var opt = new SWATS([b], lr: 0.1, switchTolerance: 1e6);
        var rates = new List<double>();
        foreach (double g in (double[])[-1000, 1e-3, 1e-3])
        {
            b.Grad = Torch.Tensor([g], DType.Float64);
            opt.Step();
            rates.Add((double)opt.StateDict().ParamGroups[0]["average_lr"]!);
        }
        rates[2].ShouldBeLessThan(0);
        opt.ParamGroups[0].Switched.ShouldBeFalse();
    }

    /// <summary>pᵀp and pᵀg are sums over a million terms, shared out among threads: the estimate has the same bits for any number of them.</summary>
    [Fact]
    public void The_estimate_does_not_depend_on_the_threads()
    {
        int before = Torch.GetNumThreads();
        try
        {
            double[] estimates = [.. new[] { 1, 2, 3, 5 }.Select(threads =>
            {
                Torch.SetNumThreads(threads);
                var x = Torch.Linspace(-1, 1, (1 << 20) + 7).RequiresGrad_();
                var opt = new SWATS([x]);
                for (int step = 0; step < 2; step++)
                {
                    x.Grad = (x.Detach() * 7 + step).Sin();
                    opt.Step();
                }
                return (double)opt.StateDict().ParamGroups[0]["average_lr"]!;
            })];
            estimates.Distinct().ShouldHaveSingleItem().ShouldBeGreaterThan(0);
        }
        finally
        {
            Torch.SetNumThreads(before);
        }
    }

    /// <summary>Saved and loaded at any step, before, at and after the switch: the rest of the way is the same, bit for bit.</summary>
    [Fact]
    public void Goes_on_from_any_step()
    {
        double[][] gradients = [.. Enumerable.Range(0, 14).Select(k => new[] { 1 + 0.3 * Math.Sin(k), -2, 3 + 0.5 * Math.Cos(k) })];
        var opt = new SWATS([w], lr: 0.1, switchTolerance: 2e-4);
        var saved = new List<(OptimizerStateDict State, double[] W, bool Switched)>();
        foreach (double[] g in gradients)
        {
            saved.Add((Copy(opt), w.ToArray<double>(), opt.ParamGroups[0].Switched));
            Step(opt, g);
        }
        saved.Select(s => s.Switched).Distinct().ShouldBe([false, true]);

        double[] end = w.ToArray<double>();
        for (int k = 0; k < gradients.Length; k++)
        {
            using (Torch.NoGrad()) w.Copy_(Torch.FromArray<double>(saved[k].W));
            var other = new SWATS([w], lr: 3);
            Step(other, [1, 1, 1]);
            using (Torch.NoGrad()) w.Copy_(Torch.FromArray<double>(saved[k].W));
            other.LoadStateDict(saved[k].State);
            foreach (double[] g in gradients[k..]) Step(other, g);
            w.ToArray<double>().ShouldBe(end);
        }
    }

    [Fact]
    public void Explains_both_phases()
    {
        var opt = new SWATS([w], lr: 0.1, eps: 0) { RecordSteps = true };
        Step(opt, [1, -2, 3]);
        opt.Explain(w, 2).ShouldBe("""
            SWATS, parameter 0 ([3]), weight [2]   (lr = 0.1, β₁ = 0.9, β₂ = 0.999, ε = 0, t = 1)
            g = 3
            m = β₁·m + (1 − β₁)·g = 0.9·0 + 0.1·3 = 0.3
            a = β₂·a + (1 − β₂)·g² = 0.999·0 + 0.001·3² = 0.009
            p = −lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ)·(m / (√a + ε)) = −0.0316228·(0.3 / (√0.009 + 0)) = −0.1
            θ = θ + p = 4 + (−0.1) = 3.9
            """, StringCompareShould.IgnoreLineEndings);
        Step(opt, [1, -2, 3]);
        Step(opt, [1, -2, 3]);
        opt.Explain(w, 2).ShouldBe("""
            SWATS, parameter 0 ([3]), weight [2]   (lr = 0.1, β₁ = 0.9, Λ = 0.05)
            g = 3
            v = β₁·v + g = 0.9·0 + 3 = 3
            θ = θ − (1 − β₁)·Λ·v = 3.8 − 0.005·3 = 3.785
            """, StringCompareShould.IgnoreLineEndings);
    }

    /// <summary>The state dict with tensors of its own: those in it are the optimizer's, and go on changing.</summary>
    private static OptimizerStateDict Copy(Optimizer opt)
    {
        var state = opt.StateDict();
        foreach (var entry in state.State.Values)
            foreach (var (key, value) in entry.ToArray()) entry[key] = ((Tensor)value!).Clone();
        return state;
    }

    private void Step(Optimizer opt, double[] gradient)
    {
        w.Grad = Torch.FromArray<double>(gradient);
        opt.Step();
    }
}
