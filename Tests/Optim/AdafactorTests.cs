using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What Adafactor does beside its equation, which <see cref="OptimizerGoldenTests"/> compares with a transcription.</summary>
public class AdafactorTests
{
    /// <summary>A vector, a matrix and a stack of matrices: the explanation computes the equation again, and comes out where the step did.</summary>
    [Theory]
    [InlineData(new[] { 6 }, false)]
    [InlineData(new[] { 3, 4 }, true)]
    [InlineData(new[] { 2, 3, 2 }, false)]
    [InlineData(new int[0], true)]
    public void Explains_every_weight_of_every_step(int[] shape, bool maximize)
    {
        foreach (var (dtype, tolerance) in (ReadOnlySpan<(DType, double)>)[(DType.Float32, 1e-5), (DType.Float64, 1e-12)])
        {
            Torch.ManualSeed(1);
            var w = Torch.Randn(shape, dtype).RequiresGrad_();
            var opt = new Adafactor([w], lr: 0.2, beta2Decay: -0.6, eps: (1e-3, 0.5), d: 1.1, weightDecay: 0.1, maximize: maximize) { RecordSteps = true };
            for (int step = 0; step < 4; step++)
            {
                w.Grad = Torch.Randn(shape, dtype);
                opt.Step();
                foreach (int[] index in Indices(shape))
                {
                    var explained = opt.Explained(w, index);
                    explained.Result.ShouldBe(Element(w, index), tolerance);
                    foreach (var (key, value) in explained.After) Element((Tensor)opt.StateDict().State[0][key]!, index).ShouldBe(value, tolerance, key);
                    opt.Explain(w, index).ShouldEndWith($"= {Term.Text(explained.Result)}");
                }
            }
        }
    }

    [Fact]
    public void An_explanation_shows_rows_and_columns()
    {
        var w = Torch.Tensor([[0.5, -1.0], [2.0, 0.25]], DType.Float64, requiresGrad: true);
        var opt = new Adafactor([w]) { RecordSteps = true };
        w.Grad = Torch.Tensor([[1.0, 2.0], [3.0, 4.0]], DType.Float64);
        opt.Step();
        opt.Explain(w, 0, 1).ShouldBe("""
            Adafactor, parameter 0 ([2, 2]), weight [0, 1]   (lr = 0.01, τ = −0.8, ε₂ = 0.001, t = 1, ε₁ = 2.22045e-16, RMS(θ) = 1.15244, RMS(U) = 0.979796, d = 1)
            g = 2
            ω = t^τ = 1
            α = max(ε₂, RMS(θ))·min(lr, 1 / √t) = 0.0115244
            R = (1 − ω)·R + ω·row(g²) = (1 − 1)·0 + 1·2.5 = 2.5
            C = (1 − ω)·C + ω·col(g²) = (1 − 1)·0 + 1·10 = 10
            V = R·C / max(mean(R), ε₁) = 2.5·10 / max(7.5, 2.22045e-16) = 3.33333
            U = g / max(√V, ε₁) = 2 / max(√3.33333, 2.22045e-16) = 1.09545
            θ = θ − α·U / max(1, RMS(U) / d) = −1 − 0.0115244·1.09545 / 1 = −1.01262
            """, StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        var w = Torch.Zeros([2, 3], requiresGrad: true);
        Throws(() => new Adafactor([w], beta2Decay: 0.1), "Adafactor: beta2Decay must not be positive, got 0.1.");
        Throws(() => new Adafactor([w], eps: (-1, 1e-3)), "Adafactor: eps.Item1 must be null or not negative, got -1.");
        Throws(() => new Adafactor([w], eps: (null, -1)), "Adafactor: eps.Item2 must not be negative, got -1.");
        Throws(() => new Adafactor([w], d: 0.5), "Adafactor: d must be at least 1, got 0.5.");
        Throws(() => new Adafactor([w], weightDecay: -1), "Adafactor: weightDecay must not be negative, got -1.");

        static void Throws(Func<object> make, string message) => Should.Throw<ArgumentOutOfRangeException>(make).Message.ShouldStartWith(message);
    }

    /// <summary>An ε₁ that was not given is null in a state dict, as PyTorch has it, and stays so.</summary>
    [Fact]
    public void An_eps_that_is_not_given_survives_a_state_dict()
    {
        var w = Torch.Zeros([2, 3], requiresGrad: true);
        var saved = new Adafactor([w]).StateDict();
        saved.ParamGroups[0]["eps"].ShouldBe(new double?[] { null, 1e-3 });
        var opt = new Adafactor([w], eps: (1e-5, 1e-2));
        opt.LoadStateDict(saved);
        opt.ParamGroups[0].Eps.ShouldBe((null, 1e-3));
        saved.ParamGroups[0]["eps"] = new object?[] { 1e-6, null };
        Should.Throw<ArgumentException>(() => opt.LoadStateDict(saved)).Message.ShouldContain("`eps`");
        opt.ParamGroups[0].Eps.ShouldBe((null, 1e-3));
    }

    /// <summary>A matrix keeps n + m numbers, not n·m; and a state of another shape is refused.</summary>
    [Fact]
    public void A_matrix_keeps_rows_and_columns_only()
    {
        var w = Torch.Zeros([5, 2, 3], requiresGrad: true);
        w.Grad = Torch.Ones(5, 2, 3);
        var opt = new Adafactor([w]);
        opt.Step();
        var state = opt.StateDict().State[0];
        state.Keys.ShouldBe(["step", "row_var", "col_var"]);
        ((Tensor)state["row_var"]!).Shape.ShouldBe([5, 2, 1]);
        ((Tensor)state["col_var"]!).Shape.ShouldBe([5, 1, 3]);
        Should.Throw<ArgumentException>(() => new Adafactor([Torch.Zeros([5, 3, 2], requiresGrad: true)]).LoadStateDict(opt.StateDict())).Message.ShouldContain("`row_var`");
    }

    /// <summary>Python's <c>max(1.0, nan)</c> is 1, so that a NaN in RMS(U) or RMS(θ) does not reach the other weights.</summary>
    [Fact]
    public void A_nan_stays_where_it_is()
    {
        var w = Torch.Tensor([1, 1, double.NaN, 1], requiresGrad: true);
        w.Grad = Torch.Tensor([1, double.NaN, 1, -1]);
        new Adafactor([w]).Step();
        w.ToArray<float>().ShouldBe([0.99999f, float.NaN, float.NaN, 1.00001f]);   // α = ε₂·lr = 1e-5, and U is ±1
    }

    private static double Element(Tensor x, int[] index)
    {
        foreach (int i in index) x = x[x.Size(0) == 1 ? 0 : i];
        return x.Item();
    }

    private static IEnumerable<int[]> Indices(int[] shape)
        => shape.Length == 0 ? [[]] : Enumerable.Range(0, shape[0]).SelectMany(i => Indices(shape[1..]).Select(rest => (int[])[i, .. rest]));
}
