using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>The state dicts of schedulers: PyTorch's keys, what PyTorch saved, and what does not fit.</summary>
public class SchedulerStateTests
{
    [Fact]
    public void A_state_dict_has_the_keys_of_PyTorch()
    {
        var opt = Sgd(0.1);
        var scheduler = new CosineAnnealingLR(opt, tMax: 10, etaMin: 0.01);
        scheduler.Step();
        var saved = scheduler.StateDict();
        saved.Keys.ShouldBe(["T_max", "eta_min", "base_lrs", "last_epoch", "_step_count", "_last_lr"], ignoreOrder: true);
        saved["base_lrs"].ShouldBe(new[] { 0.1 });
        saved["last_epoch"].ShouldBe(1);
        saved["_step_count"].ShouldBe(2);

        var sequence = new SequentialLR(opt, [new LambdaLR(opt, t => 1), new ExponentialLR(opt, 0.9)], [3]).StateDict();
        sequence.Keys.ShouldBe(["_milestones", "last_epoch", "_last_lr", "_schedulers"], ignoreOrder: true);
        var members = sequence["_schedulers"].ShouldBeAssignableTo<IDictionary<string, object?>[]>()!;
        members[0]["lr_lambdas"].ShouldBe(new object?[] { null });
        members[1]["gamma"].ShouldBe(0.9);
    }

    [Fact]
    public void A_state_dict_that_does_not_fit_changes_nothing()
    {
        var opt = Sgd(0.1);
        var scheduler = new StepLR(opt, stepSize: 3);
        Refused(scheduler, new CosineAnnealingLR(Sgd(7), tMax: 10).StateDict(), "StepLR.LoadStateDict: the state dict has no `step_size`");
        Refused(scheduler, new StepLR(Sgd(1, 2), stepSize: 3).StateDict(), "StepLR.LoadStateDict: `base_lrs` has 2 rates, the optimizer only 1 groups.");
        var wrong = new StepLR(Sgd(7), stepSize: 5).StateDict();
        wrong["step_size"] = 0;
        Refused(scheduler, wrong, "StepLR.LoadStateDict: stepSize must be at least 1, got 0.");

        var sequence = new SequentialLR(opt, [new StepLR(opt, 3), new ExponentialLR(opt, 0.9)], [3]);
        var other = Sgd(0.1);
        Refused(sequence, new SequentialLR(other, [new StepLR(other, 4), new StepLR(other, 4)], [4]).StateDict(),
            "SequentialLR.LoadStateDict: the state dict, `_schedulers[1]`, has no `gamma`", missing: "gamma");
        Refused(sequence, new SequentialLR(other, [new StepLR(other, 4)], []).StateDict(), "SequentialLR.LoadStateDict: milestones must be 1 for 2 schedulers, got [].");
        Refused(new ChainedScheduler([new StepLR(opt, 3)]), new ChainedScheduler([new StepLR(other, 3), new StepLR(other, 4)]).StateDict(),
            "ChainedScheduler.LoadStateDict: the state dict has 2 state dicts in `_schedulers`, expected 1.");
    }

    [Fact]
    public void A_training_begun_in_PyTorch_goes_on()
    {
        // As PyTorch 2 saves them after one step, with keys that mean nothing here.
        var opt = Sgd(0.1);
        Dictionary<string, object?> Saved(params (string Key, object? Value)[] own) => new(
            [KeyValuePair.Create("base_lrs", (object?)new List<object?> { 0.1 }), new("last_epoch", 1L), new("_step_count", 2L), new("_last_lr", new List<object?> { 0.1 }),
             new("_get_lr_called_within_step", false), new("_is_initial", false), new("verbose", false), .. own.Select(item => KeyValuePair.Create(item.Key, item.Value))]);

        Next(new LambdaLR(opt, t => 1.0 / t), Saved(("lr_lambdas", new List<object?> { null })), 0.05);
        Next(new LambdaLR(opt, t => 1.0 / t), Saved(("lr_lambdas", new List<object?> { new Dictionary<string, object?> { ["scale"] = 2 } })), 0.05);
        Next(new StepLR(opt, 9), Saved(("step_size", 2L), ("gamma", 0.5)), 0.05);
        Next(new ConstantLR(opt), Saved(("factor", 0.5), ("total_iters", 2L)), 0.2);
        Next(new LinearLR(opt), Saved(("start_factor", 0.5), ("end_factor", 1.0), ("total_iters", 2L)), 0.1 / 0.75);
        Next(new PolynomialLR(opt), Saved(("total_iters", 3L), ("power", 1L)), 0.05);
        Next(new CosineAnnealingLR(opt, 9), Saved(("T_max", 2L), ("eta_min", 0L)), 0);
        Next(new CosineAnnealingWarmRestarts(opt, 9), Saved(("T_0", 1L), ("T_i", 2L), ("T_mult", 2L), ("T_cur", 0L), ("eta_min", 0L)), 0.05);
        Next(new CyclicLR(opt, 0.5, 0.9), Saved(
            ("max_lrs", new List<object?> { 0.3 }), ("total_size", 8.0), ("step_ratio", 0.5), ("mode", "triangular"), ("gamma", 1.0), ("_scale_fn_custom", null), ("scale_mode", "cycle"),
            ("cycle_momentum", true), ("use_beta1", false), ("base_momentums", new List<object?> { 0.8 }), ("max_momentums", new List<object?> { 0.9 })), 0.2);
        Next(new OneCycleLR(opt, maxLr: 0.5, totalSteps: 10, divFactor: 5), Saved(
            ("total_steps", 20L), ("_schedule_phases", new List<object?>()), ("_anneal_func_type", "linear"), ("cycle_momentum", true), ("use_beta1", false)), 0.1 + 0.4 * 2 / 5);
        Next(new SWALR(opt, swaLr: 0.2), Saved(("anneal_epochs", 2L), ("_anneal_strategy", "linear")), 0.2);

        var sequence = new SequentialLR(opt, [new StepLR(opt, 9), new ExponentialLR(opt, 0.9)], [9]);
        Next(sequence, Saved(("_milestones", new List<object?> { 2L }), ("_schedulers", new List<object?>
        {
            Saved(("step_size", 5L), ("gamma", 0.5)),
            new Dictionary<string, object?>(Saved(("gamma", 0.5))) { ["last_epoch"] = -1L, ["_step_count"] = 1L },
        })), 0.1);
        Next(sequence, null, 0.05);
        Next(new ChainedScheduler([new StepLR(opt, 9)]), Saved(("_schedulers", new List<object?> { Saved(("step_size", 2L), ("gamma", 0.5)) })), 0.05);

        var plateau = new ReduceLROnPlateau(opt);
        plateau.LoadStateDict(Saved(
            ("factor", 0.5), ("default_min_lr", 0L), ("min_lrs", new List<object?> { 0L }), ("patience", 1L), ("cooldown", 0L), ("eps", 1e-8), ("mode", "max"), ("threshold", 1e-4),
            ("threshold_mode", "rel"), ("mode_worse", double.NegativeInfinity), ("best", 3.0), ("cooldown_counter", 0L), ("num_bad_epochs", 1L)));
        plateau.Step(3);
        opt.ParamGroups[0].Lr.ShouldBe(0.05);

        void Next(LRScheduler scheduler, IDictionary<string, object?>? saved, double lr)
        {
            opt.ParamGroups[0].Lr = 0.1;
            if (saved is not null) scheduler.LoadStateDict(saved);
            scheduler.Step();
            opt.ParamGroups[0].Lr.ShouldBe(lr, 1e-15, scheduler.GetType().Name);
            opt.ParamGroups[0].Lr = 0.1;
        }
    }

    [Fact]
    public void Milestones_are_a_count_of_each_or_a_list()
    {
        new MultiStepLR(Sgd(1), [80, 30, 80]).StateDict()["milestones"].ShouldBe(new Dictionary<int, int> { [80] = 2, [30] = 1 });       // PyTorch: Counter({80: 2, 30: 1})
        object[] forms =
        [
            new List<object?> { 80L, 30L, 80L }, new Dictionary<long, long> { [80] = 2, [30] = 1 }, new Dictionary<object, object> { [80] = 2L, [30] = 1.0 },
            new Dictionary<string, object?> { ["80"] = 2, ["30"] = 1 },
        ];
        foreach (object form in forms)
        {
            var scheduler = new MultiStepLR(Sgd(1), [1, 2, 3], gamma: 0.5);
            var saved = scheduler.StateDict();
            saved["milestones"] = form;
            scheduler.LoadStateDict(saved);
            scheduler.Milestones.ShouldBe([30, 80, 80]);
            scheduler.Preview(80)[^1].ShouldBe([0.125]);
        }

        object[] wrong = [new Dictionary<string, int> { ["soon"] = 1 }, new Dictionary<int, int> { [3] = -1 }, new Dictionary<double, int> { [3.5] = 1 }, new[] { 2.5 }, new[] { 1e300 }, "30"];
        foreach (object form in wrong)
        {
            var saved = new MultiStepLR(Sgd(1), []).StateDict();
            saved["milestones"] = form;
            Refused(new MultiStepLR(Sgd(1), [4]), saved, "MultiStepLR.LoadStateDict: the state dict: `milestones` is ");
        }
    }

    [Fact]
    public void A_rate_that_a_schedule_led_below_zero_loads_again()
    {
        SGD opt = Sgd(0.4), other = Sgd(0.4);
        var scheduler = new LinearLR(opt, endFactor: 0, totalIters: 10);
        for (int t = 0; t < 10; t++) scheduler.Step();
        opt.ParamGroups[0].Lr.ShouldBeInRange(-1e-16, -1e-18, "a rounding, as in PyTorch");
        other.LoadStateDict(opt.StateDict());
        other.ParamGroups[0].Lr.ShouldBe(opt.ParamGroups[0].Lr);
    }

    private static void Refused(Scheduler scheduler, IDictionary<string, object?> stateDict, string message, string? missing = null)
    {
        if (missing is not null) ((IDictionary<string, object?>[])stateDict["_schedulers"]!)[1].Remove(missing);
        string before = Text(scheduler.StateDict());
        Should.Throw<ArgumentException>(() => scheduler.LoadStateDict(stateDict)).Message.ShouldStartWith(message);
        Text(scheduler.StateDict()).ShouldBe(before);

        static string Text(IDictionary<string, object?> saved) => System.Text.Json.JsonSerializer.Serialize(saved);
    }

    private static SGD Sgd(params double[] rates) => new([.. rates.Select(lr => new SGD.Group { Params = [Torch.Zeros(1)], Lr = lr })], momentum: 0.9);
}
