using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// The forms in which textbooks write momentum, Nesterov's method and AMSGrad, beside PyTorch's: the same sequences as long as the rate stays the same.
/// </summary>
public class TextbookTests
{
    private const double Rate = 3e-4, Ρ = 0.9;

    public static TheoryData<string> Problems() => ["Rosenbrock", "quadratic"];

    /// <summary>w ← w − αg, and nothing else.</summary>
    [Theory, MemberData(nameof(Problems))]
    public void Plain_descent(string problem)
        => Run(problem, p => new SGD([p], lr: Rate), (w, slope) => Minus(w, Times(Rate, slope(w))));

    /// <summary>v ← ρv − αg;  w ← w + v.  With PyTorch's buffer, v = −αb.</summary>
    [Theory, MemberData(nameof(Problems))]
    public void Momentum_in_velocity_form(string problem)
    {
        double[] v = new double[8];
        SGD? opt = null;
        var (θ, _) = Run(problem, p => opt = new SGD([p], lr: Rate, momentum: Ρ), (w, slope) =>
        {
            v = Minus(Times(Ρ, v), Times(Rate, slope(w)));
            return Plus(w, v);
        });
        Transcript.ShouldBeClose(Times(-Rate, opt!.State[θ].MomentumBuffer!.ToArray<double>()), v, 1e-12, "−αb");
    }

    /// <summary>
    /// v ← ρv − α∇f(w + ρv);  w ← w + v: the gradient is taken where the velocity leads. PyTorch keeps θ = w + ρv instead of w, so that it is
    /// taken at θ itself.
    /// </summary>
    [Theory, MemberData(nameof(Problems))]
    public void Nesterov_looking_ahead(string problem)
    {
        double[] v = new double[8], w = [];
        Run(problem, p => new SGD([p], lr: Rate, momentum: Ρ, nesterov: true), (θ, slope) =>
        {
            if (w.Length == 0) w = θ;                                                    // v = 0: both begin at one point
            v = Minus(Times(Ρ, v), Times(Rate, slope(Plus(w, Times(Ρ, v)))));
            w = Plus(w, v);
            return Plus(w, Times(Ρ, v));
        });
    }

    /// <summary>The same after the change of variables: v′ ← ρv − αg;  θ ← θ − ρv + (1 + ρ)v′.</summary>
    [Theory, MemberData(nameof(Problems))]
    public void Nesterov_rewritten(string problem)
    {
        double[] v = new double[8];
        Run(problem, p => new SGD([p], lr: Rate, momentum: Ρ, nesterov: true), (θ, slope) =>
        {
            double[] before = v;
            v = Minus(Times(Ρ, v), Times(Rate, slope(θ)));
            return Plus(Minus(θ, Times(Ρ, before)), Times(1 + Ρ, v));
        });
    }

    /// <summary>When the rate falls from α to α′, the velocity is still as long as α made it, and PyTorch's step is (α′ / α) of that.</summary>
    [Fact]
    public void The_forms_differ_when_the_rate_changes()
    {
        var θ = Torch.FromArray<double>(Start("quadratic")).RequiresGrad_();
        var opt = new SGD([θ], lr: Rate, momentum: Ρ);
        double[] w = Start("quadratic"), v = new double[w.Length];
        for (int t = 0; t < 30; t++) Both(Rate);
        Transcript.ShouldBeClose(θ.ToArray<double>(), w, 1e-12, "as long as the rate is the same");

        double[] longer = Times(Ρ * (1 - 0.1), v);                                       // ρv − (α′ / α) ρv
        opt.ParamGroups[0].Lr = 0.1 * Rate;
        Both(0.1 * Rate);
        Transcript.ShouldBeClose(Minus(w, θ.ToArray<double>()), longer, 1e-12, "the velocity that is left");
        Norm(longer).ShouldBeGreaterThan(1e-3);

        void Both(double α)
        {
            θ.Grad = Torch.FromArray(Slope("quadratic")(θ.ToArray<double>()));
            v = Minus(Times(Ρ, v), Times(α, Slope("quadratic")(w)));
            w = Plus(w, v);
            opt.Step();
        }
    }

    /// <summary>Nesterov too: θ = w + ρv holds no longer once the rate has changed.</summary>
    [Fact]
    public void The_forms_of_Nesterov_differ_when_the_rate_changes()
    {
        var slope = Slope("quadratic");
        var θ = Torch.FromArray<double>(Start("quadratic")).RequiresGrad_();
        var opt = new SGD([θ], lr: Rate, momentum: Ρ, nesterov: true);
        double[] w = Start("quadratic"), v = new double[w.Length];
        for (int t = 0; t < 30; t++) Both(Rate);
        Transcript.ShouldBeClose(θ.ToArray<double>(), Plus(w, Times(Ρ, v)), 1e-12, "as long as the rate is the same");

        double[] longer = Times(Ρ * Ρ * (1 - 0.1), v);                                   // θ − w − ρv: of ρv in v, ρ times
        opt.ParamGroups[0].Lr = 0.1 * Rate;
        Both(0.1 * Rate);
        Transcript.ShouldBeClose(Minus(Plus(w, Times(Ρ, v)), θ.ToArray<double>()), longer, 1e-12, "the velocity that is left");
        Norm(longer).ShouldBeGreaterThan(1e-3);

        void Both(double α)
        {
            θ.Grad = Torch.FromArray(slope(θ.ToArray<double>()));
            v = Minus(Times(Ρ, v), Times(α, slope(Plus(w, Times(Ρ, v)))));
            w = Plus(w, v);
            opt.Step();
        }
    }

    /// <summary>
    /// The example of Reddi, Kale and Kumar (Theorem 1): on [−1, 1] the slope is C at every third step and −1 at the others, so the best point is −1. With β₁ = 0 and β₂ = 1 / (1 + C²)
    /// Adam forgets the rare large slope by the time it needs it, and ends at +1; AMSGrad divides by the largest v ever, and ends at −1.
    /// </summary>
    [Theory, InlineData(false, 1), InlineData(true, -1)]
    public void AMSGrad_mends_where_Adam_goes_the_wrong_way(bool amsgrad, double end)
    {
        const double C = 10;
        var x = Torch.Tensor([0.0], DType.Float64, requiresGrad: true);
        var opt = new Adam([x], betas: (0, 1 / (1 + C * C)), eps: 0, amsgrad: amsgrad);
        for (int t = 1; t <= 3000; t++)
        {
            opt.ParamGroups[0].Lr = 0.5 / Math.Sqrt(t);
            x.Grad = Torch.Tensor([t % 3 == 1 ? C : -1], DType.Float64);
            opt.Step();
            using (Torch.NoGrad()) x.Clamp_(-1.0, 1.0);
        }
        x[0].Item().ShouldBe(end, 0.05);
    }

    // ---- helpers -------------------------------------------------------------------------------------------------------------

    private static double[] Start(string problem) => [.. Of(problem).Start.SelectMany(x => x)];

    private static Func<double[], double[]> Slope(string problem) => Of(problem).Slope;

    private static Transcript.Problem Of(string problem) => problem == "quadratic" ? Transcript.Quadratic : Transcript.Rosenbrock;

    /// <summary>Goes both ways for 60 steps: the optimizer's, and that of a formula from point to point.</summary>
    private static (Tensor, double[]) Run(string problem, Func<Tensor, SGD> make, Func<double[], Func<double[], double[]>, double[]> formula)
    {
        double[] w = Start(problem);
        var θ = Torch.FromArray<double>([.. w]).RequiresGrad_();
        var opt = make(θ);
        for (int t = 0; t < Transcript.Steps; t++)
        {
            θ.Grad = Torch.FromArray(Slope(problem)(θ.ToArray<double>()));
            opt.Step();
            w = formula(w, Slope(problem));
            Transcript.ShouldBeClose(θ.ToArray<double>(), w, 1e-12, $"step {t}");
        }
        return (θ, w);
    }

    private static double[] Plus(double[] a, double[] b) => [.. a.Zip(b, (a, b) => a + b)];

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (a, b) => a - b)];

    private static double[] Times(double k, double[] a) => [.. a.Select(x => k * x)];

    private static double Norm(double[] a) => Math.Sqrt(a.Sum(x => x * x));
}
