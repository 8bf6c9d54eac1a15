using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests.Optim;

/// <summary>The learning rate range test: what it measures, what it suggests, and that it leaves no trace.</summary>
[Collection(Seeded.Name)]
public class LRFinderTests
{
    private sealed class Point(params double[] at) : Module
    {
        internal Parameter W { get; } = new(Torch.FromArray<double>(at));
    }

    /// <summary>Descent on ½·λw², which falls if and only if the rate is below 2/λ.</summary>
    private static LRCurve Quadratic(double λ, string sweep = "exp", double startLr = 1e-3, double endLr = 10, int numIter = 200, double smoothing = 0, double divergence = double.PositiveInfinity)
    {
        var model = new Point(1.7);
        var opt = new SGD(model.Parameters());
        return LRFinder.Run(model, opt, Closure, startLr, endLr, numIter, sweep, smoothing, divergence);

        Tensor Closure()
        {
            opt.ZeroGrad();
            var loss = (model.W.Square() * (λ / 2)).Sum();
            loss.Backward();
            return loss;
        }
    }

    [Theory, InlineData(4, "exp"), InlineData(4, "linear"), InlineData(31, "exp"), InlineData(0.9, "linear")]
    public void On_a_quadratic_the_loss_is_least_at_the_first_rate_beyond_the_stability_limit(double λ, string sweep)
    {
        var curve = Quadratic(λ, sweep, endLr: 3 / λ);
        double first = curve.Lrs.First(lr => lr > 2 / λ);
        (curve.MinimumOver10 * 10).ShouldBe(first, 1e-12);
        for (int i = 0; i + 1 < curve.Lrs.Count; i++)
            curve.Losses[i + 1].ShouldBe(curve.Losses[i] * Math.Pow(1 - curve.Lrs[i] * λ, 2), curve.Losses[i] * 1e-9);
        curve.Smoothed.ShouldBe(curve.Losses);
        curve.Diverged.ShouldBeFalse();
    }

    [Fact]
    public void Rates_grow_by_a_factor_or_by_a_difference_from_the_first_to_the_last()
    {
        var exp = Quadratic(1e-3, startLr: 1e-4, endLr: 1, numIter: 9).Lrs;
        exp.ShouldBe([1e-4, 1e-3.Half(), 1e-3, 1e-2.Half(), 1e-2, 1e-1.Half(), 1e-1, 1.0.Half(), 1], 1e-12);
        Quadratic(1e-3, "linear", startLr: 1, endLr: 3, numIter: 5).Lrs.ShouldBe([1, 1.5, 2, 2.5, 3]);
    }

    [Fact]
    public void The_smoothed_loss_is_the_weighted_mean_of_those_so_far()
    {
        var curve = Quadratic(3, endLr: 0.5, numIter: 30, smoothing: 0.8);
        for (int i = 0; i < 30; i++)
        {
            double[] weights = [.. Enumerable.Range(0, i + 1).Select(k => Math.Pow(0.8, i - k))];
            curve.Smoothed[i].ShouldBe(weights.Zip(curve.Losses, static (w, l) => w * l).Sum() / weights.Sum(), 1e-12);
        }
    }

    [Fact]
    public void The_test_ends_when_the_loss_diverges()
    {
        var curve = Quadratic(4, divergence: 3);
        curve.Diverged.ShouldBeTrue();
        for (int i = 0; i < curve.Smoothed.Count; i++)
            (curve.Smoothed[i] > 3 * curve.Smoothed.Take(i + 1).Min()).ShouldBe(i == curve.Smoothed.Count - 1);
        curve.Lrs[^1].ShouldBeInRange(0.5, 1);

        var overflow = Quadratic(4, startLr: 1e3, endLr: 1e9, divergence: double.PositiveInfinity);
        overflow.Diverged.ShouldBeTrue();
        overflow.Losses.ShouldAllBe(static loss => double.IsFinite(loss));
    }

    // ---- no trace --------------------------------------------------------------------------------------------------------

    [Theory, InlineData(false), InlineData(true)]
    public void Everything_is_bit_for_bit_as_before(bool fails)
    {
        Torch.ManualSeed(7);
        var (a, b) = (new Linear(4, 8), new Linear(8, 2));
        var net = new Sequential(a, new BatchNorm1d(8), new Dropout(0.5), b);
        var opt = new Adam([new() { Params = a.Parameters(), Lr = 3e-3 }, new() { Params = [.. net[1].Parameters(), .. b.Parameters()], Betas = (0.5, 0.9) }], lr: 1e-3);
        b.Bias!.RequiresGrad = false;                                                 // has no state
        for (int i = 0; i < 3; i++) opt.Step(Closure);
        net[2].Eval();

        var before = State();
        int calls = 0;
        if (fails)
        {
            Should.Throw<InvalidOperationException>(() => LRFinder.Run(net, opt, () => ++calls == 5 ? throw new InvalidOperationException("no data") : Closure())).Message.ShouldBe("no data");
        }
        else
        {
            var curve = LRFinder.Run(net, opt, Closure, numIter: 20, divergence: double.PositiveInfinity);
            curve.Losses.Distinct().Count().ShouldBe(20);
        }
        var after = State();
        after.Keys.ShouldBe(before.Keys);
        foreach (var (key, value) in before) after[key].ShouldBe(value, key);

        Tensor Closure()
        {
            opt.ZeroGrad();
            var loss = F.MseLoss(net.Call(Torch.Randn(6, 4)), Torch.Randn(6, 2));
            loss.Backward();
            return loss;
        }

        // As text with all digits, so that equal means equal bits.
        Dictionary<string, string> State()
        {
            var state = new Dictionary<string, string> { ["random"] = Convert.ToBase64String(Torch.GetRngState()) };
            foreach (var (name, x) in net.StateDict()) state[name] = Digits(x);
            foreach (var (name, p) in net.NamedParameters()) state[$"grad of {name}"] = p.Grad is { } grad ? Digits(grad) : "none";
            foreach (var (name, m) in net.NamedModules()) state[$"mode of {name}"] = $"{m.Training}";
            var memory = opt.StateDict();
            foreach (var (index, remembered) in memory.State)
                foreach (var (key, value) in remembered) state[$"{index} {key}"] = Digits((Tensor)value!);
            for (int k = 0; k < memory.ParamGroups.Count; k++)
                foreach (var (key, value) in memory.ParamGroups[k]) state[$"group {k} {key}"] = value is Array array ? string.Join(' ', array.Cast<object>()) : $"{value:R}";
            return state;
        }

        static string Digits(Tensor x) => string.Join(' ', x.Double().ToArray<double>().Select(static v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Groups_keep_the_proportions_of_their_rates()
    {
        var model = new Point(1, 1);
        var other = Torch.Zeros([2], requiresGrad: true);
        var opt = new SGD([new() { Params = model.Parameters(), Lr = 0.5 }, new() { Params = [other], Lr = 0.125 }]);
        var seen = new List<(double, double)>();
        LRFinder.Run(model, opt, Closure, 1, 2, numIter: 2);
        seen.ShouldBe([(1, 0.25), (2, 0.5)]);
        other.ToArray<float>().ShouldBe([0, 0]);                                        // no parameter of the model, but the optimizer's
        opt.ParamGroups.Select(static g => g.Lr).ShouldBe([0.5, 0.125]);

        opt.ParamGroups[0].Lr = 0;
        Should.Throw<ArgumentException>(() => LRFinder.Run(model, opt, Closure)).Message.ShouldStartWith("LRFinder: the rate of group 0 is 0, so those of the others have no proportion to it.");

        Tensor Closure()
        {
            seen.Add((opt.ParamGroups[0].Lr, opt.ParamGroups[1].Lr));
            opt.ZeroGrad();
            var loss = model.W.Sum() + other.Sum();
            loss.Backward();
            return loss;
        }
    }

    // ---- suggestions -----------------------------------------------------------------------------------------------------

    [Fact]
    public void Suggestions_are_the_steepest_point_the_middle_of_the_valley_and_a_tenth_of_the_minimum()
    {
        double[] lrs = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000], losses = [10, 9.5, 9.6, 8, 4, 3, 5, 50];
        var curve = new LRCurve(lrs, losses, losses, true);
        curve.Steepest.ShouldBe(1e-1);                                                  // from 8 to 4
        curve.Valley.ShouldBe(1e-1);                                                    // 10, 9.5 (or 9.6), 8, 4, 3: the five up to 3
        curve.MinimumOver10.ShouldBe(1);
    }

    /// <summary>The valley by its definition: of all subsequences, the longest that falls.</summary>
    [Fact]
    public void The_valley_is_the_longest_falling_sequence()
    {
        var draw = new Random(1);
        for (int trial = 0; trial < 50; trial++)
        {
            double[] losses = [.. Enumerable.Range(0, 9).Select(_ => (double)draw.Next(6))], lrs = [.. Enumerable.Range(1, 9).Select(static i => (double)i)];
            var (longest, end) = (0, 0);
            for (int last = 0; last < 9; last++)
                for (int chosen = 1 << last; chosen < 2 << last; chosen++)
                {
                    int[] at = [.. Enumerable.Range(0, last + 1).Where(i => (chosen >> i & 1) == 1)];
                    bool falls = at.Zip(at.Skip(1)).All(pair => losses[pair.Second] < losses[pair.First]);
                    if (falls && at.Length > longest) (longest, end) = (at.Length, last);
                }
            new LRCurve(lrs, losses, losses, false).Valley.ShouldBe(lrs[end - longest / 2]);
        }
    }

    [Fact]
    public void The_beginning_of_a_long_curve_is_left_out()
    {
        double[] lrs = [.. Enumerable.Range(0, 20).Select(static i => Math.Pow(2, i))], losses = [-50, -60, .. Enumerable.Range(2, 18).Select(static i => (i - 12.0) * (i - 12))];
        var curve = new LRCurve(lrs, losses, losses, false);
        (curve.MinimumOver10 * 10).ShouldBe(lrs[12]);
        curve.Steepest.ShouldBe(lrs[2]);
    }

    [Fact]
    public void A_real_model_learns_at_the_suggested_rates()
    {
        Torch.ManualSeed(3);
        Tensor x = Torch.Randn(256, 4), y = (x.Sum(1, keepdim: true) * 0.5).Tanh();
        var net = new Sequential(new Linear(4, 32), new NN.Tanh(), new Linear(32, 1));
        var opt = new SGD(net.Parameters());
        var curve = LRFinder.Run(net, opt, Closure, 1e-4, 100, smoothing: 0.9);
        curve.Diverged.ShouldBeTrue();
        var start = net.StateDict().ToDictionary(static s => s.Key, static s => s.Value.Clone());
        double Trained(double lr)
        {
            net.LoadStateDict(start);
            opt.ParamGroups[0].Lr = lr;
            for (int i = 0; i < 50; i++) opt.Step(Closure);
            return Closure().Item();
        }
        double slow = Trained(1e-4), fast = Trained(curve.Lrs[^1]);
        foreach (double lr in new[] { curve.Steepest, curve.Valley, curve.MinimumOver10 })
        {
            Trained(lr).ShouldBeLessThan(slow / 2);
            (Trained(lr) < fast || double.IsNaN(fast)).ShouldBeTrue();
        }

        Tensor Closure()
        {
            opt.ZeroGrad();
            var loss = F.MseLoss(net.Call(x), y);
            loss.Backward();
            return loss;
        }
    }

    // ---- several seeds ---------------------------------------------------------------------------------------------------

    [Fact]
    public void A_band_has_the_mean_and_the_quantiles_of_its_curves()
    {
        Torch.ManualSeed(11);
        byte[] random = Torch.GetRngState();
        var drawn = new List<double>();
        var band = LRFinder.Band([5, 6, 7], seed =>
        {
            drawn.Add(Torch.Rand(1).Item());
            double height = seed * seed;
            int n = seed == 6 ? 3 : 4;
            double[] losses = [.. new[] { height, height - 1, height + 2, 90 }.Take(n)];
            return new LRCurve([.. new double[] { 1, 2, 4, 8 }.Take(n)], losses, losses, seed == 6);
        });
        Torch.GetRngState().ShouldBe(random);
        Torch.ManualSeed(6);
        drawn[1].ShouldBe(Torch.Rand(1).Item());
        band.Lrs.ShouldBe([1, 2, 4]);
        band.Min.ShouldBe([25, 24, 27]);
        band.Max.ShouldBe([49, 48, 51]);
        band.Quantile(0.5).ShouldBe([36, 35, 38]);
        band.Quantile(0.25).ShouldBe([30.5, 29.5, 32.5]);
        band.Mean.Smoothed.ShouldBe([110 / 3.0, 107 / 3.0, 116 / 3.0], 1e-12);
        (band.Mean.MinimumOver10, band.Mean.Diverged, band.Curves.Count).ShouldBe((0.2, true, 3));
    }

    // ---- errors ------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Errors_name_argument_range_and_value()
    {
        Error(() => Quadratic(1, startLr: 0)).ShouldStartWith("LRFinder: startLr must be positive, got 0.");
        Error(() => Quadratic(1, endLr: 1e-4)).ShouldStartWith("LRFinder: endLr must be above startLr (0.001) and finite, got 0.0001.");
        Error(() => Quadratic(1, numIter: 1)).ShouldStartWith("LRFinder: numIter must be at least 2, got 1.");
        Error(() => Quadratic(1, sweep: "cubic")).ShouldStartWith("LRFinder: sweep must be \"exp\" or \"linear\", got \"cubic\".");
        Error(() => Quadratic(1, smoothing: 1)).ShouldStartWith("LRFinder: smoothing must be in [0, 1), got 1.");
        Error(() => Quadratic(1, divergence: 1)).ShouldStartWith("LRFinder: divergence must be above 1, got 1.");
        Error(() => LRFinder.Band([], static _ => throw new InvalidOperationException())).ShouldStartWith("LRFinder: a band needs at least one seed.");
        Error(() => LRFinder.Band([1, 2], static seed => new LRCurve([seed, 5], [1, 1], [1, 1], false))).ShouldStartWith("LRFinder: the runs of a band must go over the same rates");
        Error(() => LRFinder.Band([1], static seed => new LRCurve([1, 5], [1, 1], [1, 1], false)).Quantile(2)).ShouldStartWith("Quantile: q must be in [0, 1], got 2.");
        Should.Throw<InvalidOperationException>(static () => Quadratic(double.NaN)).Message.ShouldStartWith("LRFinder: the loss is NaN at the first rate, 0.001.");
        Should.Throw<InvalidOperationException>(static () => new LRCurve([1], [1], [1], true).Valley).Message.ShouldStartWith("LRCurve: a curve of 1 points suggests no rate.");

        static string Error(Func<object> f) => Should.Throw<ArgumentException>(f).Message;
    }
}

internal static class Decades
{
    /// <summary>Half a decade down.</summary>
    internal static double Half(this double x) => x / Math.Sqrt(10);
}
