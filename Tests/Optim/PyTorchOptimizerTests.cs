using System.Globalization;
using System.Text.Json;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What the goldens do not say of PyTorch's element-wise optimizers: refused arguments, infinite gradients, settings that change.</summary>
public class PyTorchOptimizerTests
{
    /// <summary>An argument out of the range that PyTorch accepts, and the message.</summary>
    public static TheoryData<string, string, string> Refused() => new()
    {
        { "NAdam", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "NAdam", """{ "betas": [1.2, 0.9] }""", "betas.Item1 must be in [0, 1), got 1.2." },
        { "NAdam", """{ "betas": [0.9, 1] }""", "betas.Item2 must be in [0, 1), got 1." },
        { "NAdam", """{ "eps": -1 }""", "eps must not be negative, got -1." },
        { "NAdam", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
        { "NAdam", """{ "momentum_decay": -0.5 }""", "momentumDecay must not be negative, got -0.5." },
        { "RAdam", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "RAdam", """{ "betas": [-0.1, 0.9] }""", "betas.Item1 must be in [0, 1), got -0.1." },
        { "RAdam", """{ "betas": [0.9, 1] }""", "betas.Item2 must be in [0, 1), got 1." },
        { "RAdam", """{ "eps": -1 }""", "eps must not be negative, got -1." },
        { "RAdam", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
        { "Adamax", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "Adamax", """{ "betas": [1, 0.9] }""", "betas.Item1 must be in [0, 1), got 1." },
        { "Adamax", """{ "betas": [0.9, -1] }""", "betas.Item2 must be in [0, 1), got -1." },
        { "Adamax", """{ "eps": -1 }""", "eps must not be negative, got -1." },
        { "Adamax", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
        { "Adagrad", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "Adagrad", """{ "lr_decay": -1 }""", "lrDecay must not be negative, got -1." },
        { "Adagrad", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
        { "Adagrad", """{ "initial_accumulator_value": -1 }""", "initialAccumulatorValue must not be negative, got -1." },
        { "Adagrad", """{ "eps": -1 }""", "eps must not be negative, got -1." },
        { "Adadelta", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "Adadelta", """{ "rho": 1.5 }""", "rho must be in [0, 1], got 1.5." },
        { "Adadelta", """{ "rho": -0.5 }""", "rho must be in [0, 1], got -0.5." },
        { "Adadelta", """{ "eps": -1 }""", "eps must not be negative, got -1." },
        { "Adadelta", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
        { "RMSprop", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "RMSprop", """{ "alpha": -0.1 }""", "alpha must not be negative, got -0.1." },
        { "RMSprop", """{ "eps": -1 }""", "eps must not be negative, got -1." },
        { "RMSprop", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
        { "RMSprop", """{ "momentum": -1 }""", "momentum must not be negative, got -1." },
        { "Rprop", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "Rprop", """{ "etas": [0, 1.2] }""", "etas.Item1 must be in (0, 1), got 0." },
        { "Rprop", """{ "etas": [1, 1.2] }""", "etas.Item1 must be in (0, 1), got 1." },
        { "Rprop", """{ "etas": [0.5, 1] }""", "etas.Item2 must be above 1, got 1." },
        { "ASGD", """{ "lr": -1 }""", "lr must not be negative, got -1." },
        { "ASGD", """{ "weight_decay": -1 }""", "weightDecay must not be negative, got -1." },
    };

    [Theory, MemberData(nameof(Refused))]
    public void A_setting_out_of_range_is_refused_by_name(string optimizer, string args, string message)
    {
        var p = Torch.Ones([3], requiresGrad: true);
        var error = Should.Throw<ArgumentOutOfRangeException>(() => Make.Optimizer(optimizer, JsonSerializer.Deserialize<JsonElement>(args), p));
        error.Message.ShouldStartWith($"{optimizer}: {message}");
        error.ParamName.ShouldBe(message.Split(' ', '.')[0]);
    }

    /// <summary>
    /// Where PyTorch 1.13.1 comes to in three steps of ones, but for a first and a last gradient of NaN, ∞, 0 and 10³⁰ (whose square overflows), and for a
    /// weight that is infinite itself.
    /// </summary>
    [Theory]
    [InlineData("NAdam", "{}", "nan nan 1 1 inf 0.99485534")]
    [InlineData("RAdam", "{}", "nan -inf 1 -3.0000002e27 inf 0.99700004")]
    [InlineData("Adamax", "{}", "nan nan 1 0.9940001 inf 0.9940001")]
    [InlineData("Adagrad", "{}", "nan nan 1 1 inf 0.97715545")]
    [InlineData("Adadelta", "{}", "nan nan 1 1 inf 0.99029255")]
    [InlineData("RMSprop", "{}", "nan nan 1 1 inf 0.77108705")]
    [InlineData("RMSprop", """{ "momentum": 0.9 }""", "nan nan 1 1 inf 0.5362878")]
    [InlineData("Rprop", "{}", "0.99 0.9636 1 0.9636 inf 0.9636")]
    [InlineData("ASGD", "{}", "nan -inf 0.99999696 -2.9999945e28 inf 0.96999699")]
    public void Gradients_that_are_not_finite_do_what_they_do_in_PyTorch(string optimizer, string args, string expected)
    {
        var p = Torch.Tensor([1, 1, 1, 1, double.PositiveInfinity, 1], requiresGrad: true);
        var opt = Make.Optimizer(optimizer, JsonSerializer.Deserialize<JsonElement>(args), p);
        for (int step = 0; step < 3; step++)
        {
            p.Grad = Torch.Tensor([step == 1 ? 1 : double.NaN, double.PositiveInfinity, 0, 1e30, 1, 1]);
            opt.Step();
        }
        foreach (var (actual, text) in p.ToArray<double>().Zip(expected.Split(' ')))
        {
            double value = text switch { "nan" => double.NaN, "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.Parse(text, CultureInfo.InvariantCulture) };
            if (double.IsFinite(value)) actual.ShouldBe(value, 1e-6 * Math.Abs(value));
            else actual.ShouldBe(value);
        }
    }

    /// <summary>Where a square or a quotient leaves the range of Float32, and what PyTorch 1.13.1 computes of it does not.</summary>
    [Theory]
    [InlineData("Adadelta", "{}", new[] { 3e18, 3e18, 3e18 }, 0.9902925491333008)]            // ε / s is 1e-42
    [InlineData("Adadelta", """{ "rho": 1 }""", new[] { 1e30, 1e30, 1e30 }, -3.000000196258126e30)]
    [InlineData("RMSprop", """{ "alpha": 1 }""", new[] { 1e-9, 1e30, 1e-9 }, -9.999999616903162e35)]
    public void Large_gradients_do_what_they_do_in_PyTorch(string optimizer, string args, double[] gradients, double expected)
    {
        var p = Torch.Ones([1], requiresGrad: true);
        var opt = Make.Optimizer(optimizer, JsonSerializer.Deserialize<JsonElement>(args), p);
        foreach (double g in gradients)
        {
            p.Grad = Torch.Full([1], g);
            opt.Step();
        }
        p.Item().ShouldBe(expected, 1e-6 * Math.Abs(expected));
    }

    /// <summary>CyclicLR and OneCycleLR take hold of these, as in PyTorch of a group with <c>momentum</c> or <c>betas</c>; β₂ stays.</summary>
    [Theory]
    [InlineData("SGD"), InlineData("RMSprop")]
    [InlineData("Adam"), InlineData("AdamW"), InlineData("NAdam"), InlineData("RAdam"), InlineData("Adamax")]
    [InlineData("Adagrad", false), InlineData("Adadelta", false), InlineData("Rprop", false), InlineData("ASGD", false)]
    public void A_group_with_a_momentum_shows_it(string optimizer, bool has = true)
    {
        var opt = Make.Optimizer(optimizer, Make.NoArguments, Torch.Ones([3], requiresGrad: true));
        (opt.ParamGroups[0] is IHasMomentum).ShouldBe(has);
        if (opt.ParamGroups[0] is not IHasMomentum group) return;
        group.Momentum = 0.625;
        group.Momentum.ShouldBe(0.625);
        var saved = opt.StateDict().ParamGroups[0];
        (saved.TryGetValue("momentum", out object? momentum) ? momentum : saved["betas"]).ShouldBe(momentum is null ? new[] { 0.625, 0.999 } : 0.625);
    }

    /// <summary>Switched on in mid-run, as OneCycleLR does it: the buffers begin with zeros, where PyTorch misses them.</summary>
    [Fact]
    public void RMSprop_gains_a_momentum_and_a_center_later()
    {
        var p = Torch.Zeros([1], DType.Float64, requiresGrad: true);
        var opt = new RMSprop([p], lr: 1, alpha: 0.75, eps: 0);
        p.Grad = Torch.OnesLike(p);
        opt.Step();                                                                       // v = 1/4, θ = −1/√v
        p.Item().ShouldBe(-2, 1e-15);
        opt.State[p].MomentumBuffer.ShouldBeNull();
        opt.ParamGroups[0].Momentum = 0.5;
        opt.ParamGroups[0].Centered = true;
        opt.Step();                                                                       // v = 7/16, m = 1/4, b = 1/√(v − m²)
        opt.State[p].GradAvg!.Item().ShouldBe(0.25, 1e-15);
        opt.State[p].MomentumBuffer!.Item().ShouldBe(1 / Math.Sqrt(0.375), 1e-15);
        p.Item().ShouldBe(-2 - 1 / Math.Sqrt(0.375), 1e-15);
    }

    /// <summary>From step t₀ + 2 on every place counts alike: μ comes from the step before.</summary>
    [Fact]
    public void ASGD_averages_the_places_after_t0()
    {
        var p = Torch.Tensor([3.0, -1], DType.Float64, requiresGrad: true);
        var opt = new ASGD([p], lr: 0.1, t0: 4);
        var places = new List<double[]>();
        for (int step = 1; step <= 12; step++)
        {
            p.Grad = p.Detach() * step;
            opt.Step();
            places.Add(p.ToArray<double>());
            double[] average = opt.State[p].Ax.ToArray<double>();
            var counted = step <= 6 ? [places[^1]] : places[5..];
            for (int i = 0; i < 2; i++) average[i].ShouldBe(counted.Average(place => place[i]), 1e-14);
        }
    }

    [Fact]
    public void Rprop_grows_shrinks_and_rests()
    {
        var p = Torch.Zeros([1], DType.Float64, requiresGrad: true);
        var opt = new Rprop([p], lr: 1, etas: (0.5, 2), stepSizes: (0.5, 3));
        double[] places = [.. ((double[])[1, 1, 1, -1, -1, -7, 9, 0, 9]).Select(g =>
        {
            p.Grad = Torch.FullLike(p, g);
            opt.Step();
            opt.ParamGroups[0].Lr = 77;                                                   // counts only at the start
            return p.Item();
        })];
        // steps 1, 2, 3 (the largest), rest with 1.5, 1.5, 3, rest with 1.5, no slope, 1.5
        places.ShouldBe([-1, -3, -6, -6, -4.5, -1.5, -1.5, -1.5, -3]);
    }

    [Fact]
    public void RAdam_is_momentum_until_it_trusts_the_variance()
    {
        var p = Torch.Zeros([1], DType.Float64, requiresGrad: true);
        var opt = new RAdam([p], lr: 1);
        var moves = new List<double>();
        for (int step = 1; step <= 8; step++)
        {
            double before = p.Item();
            p.Grad = Torch.FullLike(p, 100);
            opt.Step();
            moves.Add(before - p.Item());
        }
        moves[..5].ShouldAllBe(move => Math.Abs(move - 100) < 1e-10);                      // m̂ = g
        moves[5..].ShouldAllBe(move => move > 0 && move < 1);                              // r · g / |g|
        moves[5..].ShouldBeInOrder();
    }

    [Theory]
    [InlineData("NAdam", "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize params")]
    [InlineData("RAdam", "lr betas eps weight_decay maximize decoupled_weight_decay params")]
    [InlineData("Adamax", "lr betas eps weight_decay maximize params")]
    [InlineData("Adagrad", "lr lr_decay eps weight_decay initial_accumulator_value maximize params")]
    [InlineData("Adadelta", "lr rho eps weight_decay maximize params")]
    [InlineData("RMSprop", "lr momentum alpha eps centered weight_decay maximize params")]
    [InlineData("Rprop", "lr etas step_sizes maximize params")]
    [InlineData("ASGD", "lr lambd alpha t0 weight_decay maximize params")]
    public void Settings_are_saved_with_the_keys_of_PyTorch(string optimizer, string keys)
    {
        var opt = Make.Optimizer(optimizer, Make.NoArguments, Torch.Ones([3], requiresGrad: true));
        opt.StateDict().ParamGroups[0].Keys.ShouldBe(keys.Split(' '));
        var p = Torch.Ones([3], requiresGrad: true);
        Make.Optimizer(optimizer, Make.NoArguments, p).LoadStateDict(opt.StateDict());      // of a run that has not begun
    }
}
