using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>When training stops, which weights remain, and how the rates decay before.</summary>
public class EarlyStoppingTests
{
    private sealed class Point : Module
    {
        internal Parameter W { get; } = new(Torch.Zeros(1));

        [Buffer] internal Tensor Seen { get; } = Torch.Zeros(1);
    }

    private static void Set(Point model, double value)
    {
        using var noGrad = Torch.NoGrad();
        model.W.Fill_(value);
        model.Seen.Fill_(value);
    }

    /// <summary>The number of the step at which it stops, −1 if it does not.</summary>
    private static int StopsAt(EarlyStopping stopping, params double[] metrics) => Array.FindIndex(metrics, metric => stopping.Step(metric));

    // ---- when ---------------------------------------------------------------------------------------------------------------

    [Theory]
    [InlineData(1, 0, "min", new[] { 3.0, 2, 2 }, 2)]                                     // equal is not better
    [InlineData(2, 0, "min", new[] { 3.0, 4, 2, 5, 1, 6, 6 }, 6)]                         // each improvement starts the count anew
    [InlineData(2, 0, "min", new[] { 3.0, 4, 2, 5, 1 }, -1)]
    [InlineData(2, 0, "max", new[] { 3.0, 4, 2, 5, 1, 6, 6, 6 }, 7)]
    [InlineData(1, 0.5, "min", new[] { 3.0, 2.4, 2.0 }, 2)]                               // better by 0.4 only
    [InlineData(2, 0.5, "min", new[] { 3.0, 2.6, 2.3, 2.0 }, -1)]                         // compared with the best, not with the step before
    [InlineData(1, 0.5, "max", new[] { 3.0, 3.6, 4.0 }, 2)]
    [InlineData(2, 0, "min", new[] { 3.0, double.NaN, double.NaN }, 2)]                   // NaN never improves
    [InlineData(2, 0, "min", new[] { double.NaN, double.NaN }, 1)]
    [InlineData(2, 0, "min", new[] { double.NaN, 5, double.NaN, 4, 4, 4 }, 5)]            // and is no best either
    [InlineData(1, 0, "max", new[] { double.NegativeInfinity, 5.0, double.NaN }, 2)]
    public void It_stops_after_as_many_steps_without_improvement(int patience, double minDelta, string mode, double[] metrics, int at)
        => StopsAt(new EarlyStopping(patience, minDelta, mode), metrics).ShouldBe(at);

    [Fact]
    public void It_tells_where_it_is_and_stays_stopped()
    {
        var stopping = new EarlyStopping(patience: 2);
        stopping.Best.ShouldBeNull();
        StopsAt(stopping, 5, 3, 4).ShouldBe(-1);
        (stopping.Best, stopping.BestStep, stopping.Steps, stopping.BadSteps, stopping.Stopped).ShouldBe((3, 1, 3, 1, false));
        stopping.Step(4).ShouldBeTrue();
        stopping.Step(0).ShouldBeTrue();
        (stopping.Best, stopping.Steps, stopping.Stopped).ShouldBe((3, 4, true));
    }

    // ---- which weights ------------------------------------------------------------------------------------------------------

    [Theory, InlineData(true, 1), InlineData(false, 4)]
    public void The_model_gets_its_best_weights_and_buffers(bool restore, float expected)
    {
        var (model, stopping) = (new Point(), new EarlyStopping(patience: 3, restoreBestWeights: restore));
        double[] metrics = [9, 1, 2, 3, 4];
        for (int i = 0; i < metrics.Length; i++)
        {
            Set(model, i);
            stopping.Step(metrics[i], model).ShouldBe(i == 4);
            if (i < 4) model.W.Item<float>().ShouldBe(i);
        }
        (model.W.Item<float>(), model.Seen.Item<float>()).ShouldBe((expected, expected));
        model.W.RequiresGrad.ShouldBeTrue();
    }

    [Fact]
    public void Best_weights_can_be_loaded_at_any_time()
    {
        var (model, stopping) = (new Point(), new EarlyStopping());
        Should.Throw<InvalidOperationException>(() => stopping.LoadBest(model)).Message.ShouldStartWith("EarlyStopping: no weights were kept.  Pass the model to Step");
        Set(model, 7);
        stopping.Step(1, model);
        Set(model, 8);
        stopping.Step(2, model);
        stopping.LoadBest(model);
        model.W.Item<float>().ShouldBe(7);
    }

    // ---- decays ----------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Each_time_the_patience_runs_out_it_goes_back_and_lowers_the_rates()
    {
        var model = new Point();
        var opt = new SGD(model.Parameters(), lr: 1, momentum: 0.5);
        var stopping = new EarlyStopping(patience: 2, optimizer: opt, factor: 0.1, decays: 2);

        Next(5).ShouldBe((false, -1, 1, 1));
        Next(4).ShouldBe((false, -2.5, 1.5, 1));
        opt.ParamGroups[0].Lr = 0.5;                                                        // a change of yours persists
        Next(6).ShouldBe((false, -3.375, 1.75, 0.5));
        Next(6).ShouldBe((false, -2.5, 1.5, 0.05));
        stopping.Decayed.ShouldBe(1);

        Next(4).ShouldBe((false, -2.5875, 1.75, 0.05));
        Next(3).ShouldBe((false, -2.68125, 1.875, 0.05));
        Next(3);
        Next(double.NaN).ShouldBe((false, -2.68125, 1.875, 0.005));
        stopping.Decayed.ShouldBe(2);

        Next(4);
        Next(4).ShouldBe((true, -2.68125, 1.96875, 0.005));           // only the weights go back in the end
        stopping.Best.ShouldBe(3);

        (bool, double, double, double) Next(double metric)
        {
            model.W.Grad = Torch.Ones(1);
            opt.Step();
            bool stop = stopping.Step(metric, model);
            return (stop, Math.Round(model.W.Item(), 5), opt.State[model.W].MomentumBuffer!.Item(), Math.Round(opt.ParamGroups[0].Lr, 10));
        }
    }

    [Fact]
    public void On_noisy_descent_decays_end_lower_than_stopping_at_once()
    {
        double Distance(int decays)
        {
            var (model, draw) = (new Point(), new Random(4));
            Set(model, 10);
            var opt = new SGD(model.Parameters(), lr: 0.5);
            var stopping = new EarlyStopping(patience: 8, optimizer: opt, decays: decays);
            do
            {
                model.W.Grad = (model.W.Detach() + (draw.NextDouble() * 4 - 2)).Detach();
                opt.Step();
            }
            while (!stopping.Step(Math.Abs(model.W.Item()), model) && stopping.Steps < 10_000);
            stopping.Stopped.ShouldBeTrue();
            Math.Abs(model.W.Item()).ShouldBe(stopping.Best!.Value);
            return stopping.Best.Value;
        }
        Distance(3).ShouldBeLessThan(Distance(0) / 2);
    }

    // ---- state dicts -----------------------------------------------------------------------------------------------------------

    [Fact]
    public void Resumed_at_any_step_it_does_the_same()
    {
        double[] metrics = [double.NaN, 5, 6, 4, 7, 7, 3, 8, 8, 2, 9, 9, 9, 9];
        string[] uninterrupted = Run(-1);
        uninterrupted[^1].ShouldStartWith("True");
        for (int resume = 0; resume < metrics.Length; resume++) Run(resume).ShouldBe(uninterrupted, $"resumed after {resume}");

        string[] Run(int resumeAfter)
        {
            var (model, opt, stopping) = Make();
            var log = new List<string>();
            for (int i = 0; i < metrics.Length; i++)
            {
                model.W.Grad = Torch.Ones(1) * (i + 1);
                opt.Step();
                bool stop = stopping.Step(metrics[i], model);
                log.Add($"{stop} {model.W.Item():R} {opt.ParamGroups[0].Lr:R} {stopping.Best} {stopping.BestStep} {stopping.Steps} {stopping.BadSteps} {stopping.Decayed}");
                if (i != resumeAfter) continue;
                var (model2, opt2, stopping2) = Make();
                stopping2.Step(-100, model2);                                               // must be forgotten
                model2.LoadStateDict(model.StateDict());
                opt2.LoadStateDict(opt.StateDict());
                stopping2.LoadStateDict(stopping.StateDict());
                (model, opt, stopping) = (model2, opt2, stopping2);
            }
            return [.. log];
        }

        static (Point, SGD, EarlyStopping) Make()
        {
            var model = new Point();
            var opt = new SGD(model.Parameters(), lr: 0.1, momentum: 0.9);
            return (model, opt, new(patience: 2, optimizer: opt, factor: 0.5, decays: 2));
        }
    }

    [Fact]
    public void A_state_dict_that_does_not_fit_changes_nothing()
    {
        var (model, stopping) = (new Point(), new EarlyStopping());
        stopping.Step(3, model);
        stopping.StateDict().Keys.ShouldBe(["best", "best_step", "steps", "bad_steps", "decayed", "stopped", "best_weights.seen", "best_weights.w"], ignoreOrder: true);
        Refused(static s => s.Remove("steps")).ShouldStartWith("EarlyStopping.LoadStateDict: the state dict has no `steps`");
        Refused(static s => s["best"] = "good").ShouldContain("`best` is good (String), which does not fit");
        Refused(static s => s["best_weights.w"] = 5).ShouldStartWith("EarlyStopping.LoadStateDict: the state dict: `best_weights.w` is 5, expected a tensor.");

        string Refused(Action<IDictionary<string, object?>> spoil)
        {
            var saved = stopping.StateDict();
            saved["best_step"] = 77;
            spoil(saved);
            string message = Should.Throw<ArgumentException>(() => stopping.LoadStateDict(saved)).Message;
            (stopping.Best, stopping.BestStep).ShouldBe((3, 0));
            return message;
        }
    }

    // ---- errors ------------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Errors_name_argument_range_and_value()
    {
        var opt = new SGD([Torch.Zeros([1], requiresGrad: true)]);
        Error(static () => new EarlyStopping(patience: 0)).ShouldStartWith("EarlyStopping: patience must be at least 1, got 0.");
        Error(static () => new EarlyStopping(minDelta: -1)).ShouldStartWith("EarlyStopping: minDelta must be finite and not negative, got -1.");
        Error(static () => new EarlyStopping(mode: "auto")).ShouldStartWith("EarlyStopping: mode must be \"min\" or \"max\", got \"auto\".");
        Error(() => new EarlyStopping(optimizer: opt, factor: 1, decays: 1)).ShouldStartWith("EarlyStopping: factor must be in (0, 1), got 1.");
        Error(() => new EarlyStopping(optimizer: opt, decays: -1)).ShouldStartWith("EarlyStopping: decays must not be negative, got -1.");
        Error(static () => new EarlyStopping(decays: 3)).ShouldStartWith("EarlyStopping: decays is 3, but there is no optimizer whose rates could decay.");
        Error(() => new EarlyStopping(optimizer: opt, decays: 3).Step(1)).ShouldStartWith("EarlyStopping: to go back to the best weights before the rates decay, Step needs the model.");

        static string Error(Func<object> f) => Should.Throw<ArgumentException>(f).Message;
    }
}
