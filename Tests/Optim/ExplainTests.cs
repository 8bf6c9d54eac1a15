using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What an explanation of a step looks like; that its numbers are right, <see cref="OptimizerBatteryTests"/> says.</summary>
public class ExplainTests
{
    private readonly Tensor w = Torch.Tensor([[0.5, -1.0], [2.0, 0.25]], DType.Float64, requiresGrad: true);

    [Fact]
    public void Adam_shows_both_averages_and_their_corrections()
    {
        var opt = new Adam([w], lr: 0.1) { RecordSteps = true };
        Step(opt, -0.004);
        Step(opt, 0.0123);
        opt.Explain(w, 1, 0).ShouldBe("""
            Adam, parameter 0 ([2, 2]), weight [1, 0]   (lr = 0.1, β₁ = 0.9, β₂ = 0.999, ε = 1e-08, t = 2)
            g = 0.0123
            m = β₁·m + (1 − β₁)·g = 0.9·(−0.0004) + 0.1·0.0123 = 0.00087
            v = β₂·v + (1 − β₂)·g² = 0.999·1.6e-08 + 0.001·0.0123² = 1.67274e-07
            m̂ = m / (1 − β₁ᵗ) = 0.00087 / 0.19 = 0.00457895
            v̂ = v / (1 − β₂ᵗ) = 1.67274e-07 / 0.001999 = 8.36788e-05
            θ = θ − lr·m̂ / (√v̂ + ε) = 2.1 − 0.1·0.00457895 / (√8.36788e-05 + 1e-08) = 2.04994
            """, StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public void Momentum_begins_with_the_gradient()
    {
        var opt = new SGD([w], lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.5) { RecordSteps = true };
        Step(opt, -2);
        opt.Explain(w, 0, 1).ShouldBe("""
            SGD, parameter 0 ([2, 2]), weight [0, 1]   (lr = 0.1, λ = 0.5, μ = 0.9)
            g = −2
            g = g + λ·θ = −2 + 0.5·(−1) = −2.5
            b = g = −2.5
            g = g + μ·b = −2.5 + 0.9·(−2.5) = −4.75
            θ = θ − lr·g = −1 − 0.1·(−4.75) = −0.525
            """, StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public void The_settings_are_those_of_the_step()
    {
        var opt = new SGD([w], lr: 0.1) { RecordSteps = true };
        Step(opt, 1);
        opt.ParamGroups[0].Lr = 77;
        w.Grad!.Fill_(99);
        opt.Explain(w, 0, 0).ShouldEndWith("θ = θ − lr·g = 0.5 − 0.1·1 = 0.4");
    }

    [Fact]
    public void What_cannot_be_explained_is_said_so()
    {
        var opt = new SGD([new() { Params = [w], Names = ["weight"] }], lr: 0.1);
        Should.Throw<InvalidOperationException>(() => opt.Explain(w, 0, 0)).Message.ShouldBe("SGD.Explain: steps are not recorded.  Set RecordSteps = true before the step.");
        opt.RecordSteps = true;
        Step(opt, 1);
        w.Grad = null;
        opt.Step();
        Should.Throw<InvalidOperationException>(() => opt.Explain(w, 0, 0)).Message.ShouldStartWith("SGD.Explain: the last step did not change parameter 0 (`weight`, [2, 2])");
        Should.Throw<ArgumentException>(() => opt.Explain(w, 0)).Message.ShouldStartWith("SGD.Explain: parameter 0 (`weight`, [2, 2]) has 2 dimensions, but 1 indices are given.");
        Should.Throw<ArgumentOutOfRangeException>(() => opt.Explain(w, 0, 2)).Message.ShouldStartWith("SGD.Explain: index 2 is out of range for dimension 1 of parameter 0 (`weight`, [2, 2]).");
        Should.Throw<ArgumentException>(() => opt.Explain(Torch.Ones(3), 0)).Message.ShouldStartWith("SGD.Explain: the tensor of shape [3] is no parameter of this optimizer.");
    }

    /// <summary>Formulas keep the parentheses they need, and no others.</summary>
    [Fact]
    public void Terms_show_their_formula()
    {
        Term a = Term.Named("a", 3, setting: false), b = Term.Named("b", -2, setting: false), β = Term.Named("β", 0.5, setting: true), t = Term.Named("t", 2, setting: true);
        Shown((a + b) * a).ShouldBe(("(a + b)·a", "(3 + (−2))·3", 3));
        Shown(a - (b - a)).ShouldBe(("a − (b − a)", "3 − (−2 − 3)", 8));
        Shown(a / (b * a)).ShouldBe(("a / (b·a)", "3 / (−2·3)", -0.5));
        Shown(b / a / a).ShouldBe(("b / a / a", "−2 / 3 / 3", -2.0 / 9));
        Shown(-(a + b)).ShouldBe(("−(a + b)", "−(3 + (−2))", -1));
        Shown(-b).ShouldBe(("−b", "−(−2)", 2));
        Shown(a * -b).ShouldBe(("a·(−b)", "3·(−(−2))", 6));
        Shown(Term.Square(b) + Term.Sqrt(a * a)).ShouldBe(("b² + √(a·a)", "(−2)² + √(3·3)", 7));
        Shown(a * (1 - Term.Pow(β, t))).ShouldBe(("a·(1 − βᵗ)", "3·0.75", 2.25));
        Shown(Term.Max(Term.Abs(b), Term.Min(a, 1)) * Term.Sign(b)).ShouldBe(("max(|b|, min(a, 1))·sign(b)", "max(|−2|, min(3, 1))·sign(−2)", -2));
        Term.Sign(Term.Named("a", double.NaN, setting: false)).Value.ShouldBe(0);
        Shown(a * 1e-7).ShouldBe(("a·1e-07", "3·1e-07", 3e-7));

        static (string, string, double) Shown(Term term) => (term.Symbols, term.Numbers, term.Value);
    }

    private void Step(Optimizer opt, double gradient)
    {
        w.Grad = Torch.FullLike(w, gradient);
        opt.Step();
    }
}
