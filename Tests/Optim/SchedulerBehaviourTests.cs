using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What schedulers do beside their sequences: closed forms, momentum, groups that come later, wrong arguments.</summary>
public class SchedulerBehaviourTests
{
    // ---- closed forms, and what PyTorch does not do --------------------------------------------------------------------------

    [Fact]
    public void Schedules_have_closed_forms()
    {
        Follows(opt => new StepLR(opt, stepSize: 7, gamma: 0.5), t => Math.Pow(0.5, t / 7));
        Follows(opt => new MultiStepLR(opt, [20, 5, 20], gamma: 0.5), t => t < 5 ? 1 : t < 20 ? 0.5 : 0.125);
        Follows(opt => new ExponentialLR(opt, gamma: 0.9), t => Math.Pow(0.9, t));
        Follows(opt => new ConstantLR(opt, factor: 0.25, totalIters: 10), t => t < 10 ? 0.25 : 1);
        Follows(opt => new LinearLR(opt, startFactor: 0.2, endFactor: 0.7, totalIters: 10), t => 0.2 + 0.5 * Math.Min(t, 10) / 10);
        Follows(opt => new PolynomialLR(opt, totalIters: 30, power: 2), t => Math.Pow(1 - Math.Min(t, 30) / 30.0, 2));
        Follows(opt => new CosineAnnealingLR(opt, tMax: 30), t => (1 + Math.Cos(Math.PI * t / 30)) / 2);
        Follows(opt => new CosineAnnealingWarmRestarts(opt, t0: 10), t => (1 + Math.Cos(Math.PI * (t % 10) / 10)) / 2);
        Follows(opt => new WarmupLR(opt, warmupSteps: 10, after: new ExponentialLR(opt, 0.9), startFactor: 0.1), t => t < 10 ? 0.1 + 0.9 * t / 10 : Math.Pow(0.9, t - 10));
        Follows(opt => new SWALR(opt, swaLr: 0.2, annealEpochs: 10, annealStrategy: "linear"), t => 1 - 0.8 * Math.Min(t, 10) / 10);
    }

    /// <summary>A schedule of one's own, as the documentation of <see cref="RecurrentLR"/> has it.</summary>
    private sealed class InverseTimeLR(Optimizer optimizer, double decay) : RecurrentLR(optimizer)
    {
        protected override double GetLr(int t, double lr, int group) => BaseLrs[group] / (1 + decay * t);
    }

    [Fact]
    public void A_schedule_of_ones_own_can_be_a_part_of_another()
    {
        Follows(opt => new InverseTimeLR(opt, decay: 0.5), t => 1 / (1 + 0.5 * t));
        Follows(opt => new WarmupLR(opt, 10, new InverseTimeLR(opt, decay: 0.5), startFactor: 0.1), t => t < 10 ? 0.1 + 0.9 * t / 10 : 1 / (1 + 0.5 * (t - 10)));
    }

    [Fact]
    public void Degenerate_lengths_have_a_meaning()
    {
        Follows(opt => new ConstantLR(opt, factor: 0.5, totalIters: 0), _ => 1);
        Follows(opt => new ConstantLR(opt, factor: 0, totalIters: 3), t => t < 3 ? 0 : 1);
        Follows(opt => new LinearLR(opt, endFactor: 0.5, totalIters: 0), _ => 0.5);
        Follows(opt => new WarmupLR(opt, warmupSteps: 0, after: new ExponentialLR(opt, 0.9)), t => Math.Pow(0.9, t));
        Follows(opt => new SequentialLR(opt, [new ExponentialLR(opt, 0.9)], []), t => Math.Pow(0.9, t));

        var opt = Sgd(1);
        new OneCycleLR(opt, maxLr: 1, totalSteps: 10, pctStart: 0.1).GetLastLr().ShouldBe([1], 1e-15);         // a rise of no length: PyTorch divides by zero
        new OneCycleLR(opt, maxLr: 1, totalSteps: 10, pctStart: 1).Preview(10)[8..].ShouldBe([[1], [1 / 25.0 / 1e4]]);
    }

    [Fact]
    public void Schedulers_nest()
    {
        Func<int, double> inner = t => Math.Pow(0.9, t) * (t < 5 ? 0.5 : 1);
        Func<Optimizer, LRScheduler> chain = opt => new ChainedScheduler([new ConstantLR(opt, 0.5, 5), new ExponentialLR(opt, 0.9)]);
        Follows(opt => new SequentialLR(opt, [chain(opt), chain(opt)], [10]), t => inner(t < 10 ? t : t - 10));
        Follows(opt => new WarmupLR(opt, 4, new SequentialLR(opt, [chain(opt), chain(opt)], [10]), startFactor: 0.5),
            t => t < 4 ? 0.5 + 0.5 * t / 4 : inner(t < 14 ? t - 4 : t - 14));
        Follows(opt => new ChainedScheduler([chain(opt), chain(opt)]), t => inner(t) * inner(t));
    }

    [Fact]
    public void Warm_restarts_find_the_period_at_its_very_start()
    {
        var scheduler = new CosineAnnealingWarmRestarts(Sgd(1), t0: 2, tMult: 3);
        scheduler.Step(2 * (Math.Pow(3, 5) - 1) / 2);                       // the fifth restart: log₃ 243 is 4.999… in floating point
        scheduler.GetLastLr().ShouldBe([1]);
        scheduler.StateDict()["T_cur"].ShouldBe(0.0);
        scheduler.StateDict()["T_i"].ShouldBe(486L);
        scheduler.Step(0.5);
        scheduler.LastEpoch.ShouldBe(0);
        scheduler.GetLastLr().ShouldBe([(1 + Math.Cos(Math.PI / 4)) / 2], 1e-15);
        scheduler.Step();
        scheduler.GetLastLr().ShouldBe([(1 + Math.Cos(Math.PI * 3 / 4)) / 2], 1e-15);
        Should.Throw<ArgumentOutOfRangeException>(() => scheduler.Step(-1)).Message.ShouldStartWith("CosineAnnealingWarmRestarts: epoch must not be negative, got -1.");
        Should.Throw<ArgumentOutOfRangeException>(() => scheduler.Step(double.NaN));
        scheduler.LastEpoch.ShouldBe(1);
    }

    [Fact]
    public void The_highest_rate_of_Noam_is_at_the_end_of_the_warm_up()
    {
        var scheduler = new NoamLR(Sgd(7, 7), dModel: 512, warmupSteps: 400, factor: [1, 2]);
        double[][] rates = [scheduler.GetLastLr(), .. scheduler.Preview(1000)];
        rates.Select(rate => rate[0]).Index().MaxBy(x => x.Item).ShouldBe((399, 1 / Math.Sqrt(512 * 400.0)), "step 400, which is epoch 399");
        foreach (double[] rate in rates) rate[1].ShouldBe(2 * rate[0], 1e-18);
    }

    // ---- momentum ------------------------------------------------------------------------------------------------------------

    [Fact]
    public void With_Adam_β1_is_cycled_as_the_momentum_of_SGD()
    {
        Func<Optimizer, LRScheduler>[] schedulers =
        [
            opt => new CyclicLR(opt, baseLr: 0.001, maxLr: 0.1, stepSizeUp: 7, mode: "triangular2"),
            opt => new OneCycleLR(opt, maxLr: 0.1, totalSteps: 60),
            opt => new SequentialLR(opt, [new LinearLR(opt), new OneCycleLR(opt, maxLr: 0.1, totalSteps: 60)], [10]),
        ];
        foreach (var make in schedulers)
        {
            var sgd = Sgd(0.1);
            var adam = new Adam([Torch.Zeros(1)], lr: 0.1, betas: (0.5, 0.98));
            var (one, other) = (make(sgd), make(adam));
            for (int t = 0; t < 60; t++)
            {
                adam.ParamGroups[0].Betas.ShouldBe((sgd.ParamGroups[0].Momentum, 0.98));
                adam.ParamGroups[0].Lr.ShouldBe(sgd.ParamGroups[0].Lr);
                one.Step();
                other.Step();
            }
        }
    }

    [Fact]
    public void The_end_of_one_cycle_is_an_error_that_changes_nothing()
    {
        var opt = Sgd(1);
        var scheduler = new ChainedScheduler([new ExponentialLR(opt, 0.9), new OneCycleLR(opt, maxLr: 0.1, totalSteps: 5)]);
        for (int t = 0; t < 5; t++) scheduler.Step();
        var (lr, momentum, before) = (opt.ParamGroups[0].Lr, opt.ParamGroups[0].Momentum, scheduler.Schedulers[0].LastEpoch);
        Should.Throw<InvalidOperationException>(scheduler.Step).Message.ShouldStartWith("OneCycleLR: step 6 is past the end: totalSteps is 5.");
        Should.Throw<InvalidOperationException>(() => scheduler.Preview(1));
        (opt.ParamGroups[0].Lr, opt.ParamGroups[0].Momentum, scheduler.Schedulers[0].LastEpoch).ShouldBe((lr, momentum, before));
    }

    // ---- groups --------------------------------------------------------------------------------------------------------------

    [Fact]
    public void A_group_that_is_added_later_joins()
    {
        var opt = Sgd(0.1);
        var scheduler = new CosineAnnealingLR(opt, tMax: 4, etaMin: 0.02);
        scheduler.Step();
        opt.AddParamGroup(new() { Params = [Torch.Zeros(1)], Lr = 0.5 });
        scheduler.Preview(1)[0].ShouldBe([0.06, 0.02 + 0.48 / (1 + Math.Sqrt(0.5))], 1e-15);      // the new one by the same quotient
        opt.ParamGroups[1].InitialLr.ShouldBeNull();
        scheduler.Step();
        scheduler.BaseLrs.ShouldBe([0.1, 0.5]);
        scheduler.GetLastLr()[1].ShouldBe(opt.ParamGroups[1].Lr);
    }

    [Fact]
    public void A_group_that_is_added_later_takes_the_value_for_all()
    {
        Func<Optimizer, PerGroup<double>, Scheduler>[] schedulers =
        [
            (opt, x) => new CyclicLR(opt, baseLr: x, maxLr: 0.5), (opt, x) => new CyclicLR(opt, baseLr: 0.001, maxLr: 0.5, maxMomentum: x),
            (opt, x) => new OneCycleLR(opt, maxLr: x, totalSteps: 10), (opt, x) => new SWALR(opt, swaLr: x), (opt, x) => new NoamLR(opt, 512, factor: x),
            (opt, x) => new ReduceLROnPlateau(opt, minLr: x),
            (opt, x) => new LambdaLR(opt, t => 0.5),
        ];
        foreach (var make in schedulers)
        {
            var opt = Sgd(0.1);
            var scheduler = make(opt, 0.05);
            opt.AddParamGroup(new() { Params = [Torch.Zeros(1)], Lr = 0.1 });
            opt.ParamGroups[1].Momentum.ShouldBe(0.9);
            if (scheduler is ReduceLROnPlateau plateau) plateau.Step(1);
            else ((LRScheduler)scheduler).Step();
            opt.ParamGroups[1].Lr.ShouldBe(opt.ParamGroups[0].Lr);
            opt.ParamGroups[1].Momentum.ShouldBe(opt.ParamGroups[0].Momentum);
        }

        var each = Sgd(0.1);
        var cyclic = new CyclicLR(each, baseLr: 0.001, maxLr: [0.5]);
        each.AddParamGroup(new() { Params = [Torch.Zeros(1)] });
        Should.Throw<ArgumentOutOfRangeException>(cyclic.Step).Message.ShouldStartWith("CyclicLR: maxLr must be one value, or one for each of the 2 groups, got 1 values.");
        cyclic.LastEpoch.ShouldBe(0);
    }

    [Fact]
    public void A_group_that_is_added_later_joins_all_parts()
    {
        var opt = Sgd(1);
        var scheduler = new WarmupLR(opt, warmupSteps: 4, after: new ChainedScheduler([new ExponentialLR(opt, 0.9), new StepLR(opt, 100)]), startFactor: 0.2);
        scheduler.Step();
        opt.AddParamGroup(new() { Params = [Torch.Zeros(1)], Lr = 0.5 });
        double[][] rates = scheduler.Preview(4);
        rates.Select(rate => rate[0]).ShouldBe([0.6, 0.8, 1, 0.9], 1e-15);
        rates.Select(rate => rate[1]).ShouldBe([0.5 * 0.6 / 0.4, 0.5 * 0.8 / 0.4, 0.5, 0.45], 1e-15);     // its own rate is the one to start from
        foreach (double[] rate in rates)
        {
            scheduler.Step();
            opt.ParamGroups.Select(group => group.Lr).ShouldBe(rate);
        }
    }

    [Fact]
    public void An_argument_is_one_value_or_one_for_each_group()
    {
        new LambdaLR(Sgd(1, 2), [t => 0.5, t => 0.25]).GetLastLr().ShouldBe([0.5, 0.5]);
        new LambdaLR(Sgd(1, 2), t => 0.5).GetLastLr().ShouldBe([0.5, 1]);
        new SWALR(Sgd(1, 2), swaLr: [3, 4], annealEpochs: 0).GetLastLr().ShouldBe([3, 4]);
        new SWALR(Sgd(1, 2), swaLr: 3, annealEpochs: 0).GetLastLr().ShouldBe([3, 3]);
    }

    // ---- plateaus ------------------------------------------------------------------------------------------------------------

    [Fact]
    public void A_plateau_takes_a_tensor_and_never_finds_NaN_better()
    {
        var opt = Sgd(1);
        var scheduler = new ReduceLROnPlateau(opt, patience: 0, factor: 0.5);
        scheduler.Step(Torch.Tensor(2.0));
        scheduler.Best.ShouldBe(2);
        scheduler.Step(double.NaN);
        (scheduler.Best, opt.ParamGroups[0].Lr).ShouldBe((2, 0.5));
        scheduler.Preview(1, 3, 0.5).ShouldBe([[0.5], [0.25], [0.25]]);
        scheduler.LastEpoch.ShouldBe(2);
    }

    [Fact]
    public void A_relative_threshold_of_a_negative_metric_lets_a_worse_one_pass()
    {
        var scheduler = new ReduceLROnPlateau(Sgd(1), patience: 0, threshold: 0.1);
        scheduler.Step(-10);
        scheduler.Step(-9.5);                                               // below −10 · (1 − 0.1) = −9
        scheduler.Best.ShouldBe(-9.5);
    }

    // ---- arguments -----------------------------------------------------------------------------------------------------------

    [Fact]
    public void Resuming_by_epoch_needs_the_initial_rates()
    {
        var opt = Sgd(0.05);
        Should.Throw<ArgumentException>(() => new CosineAnnealingLR(opt, tMax: 10, lastEpoch: 4)).Message
            .ShouldStartWith("CosineAnnealingLR: group 0 has no InitialLr, from which to resume after epoch 4.");

        opt.ParamGroups[0].InitialLr = 0.1;
        var scheduler = new CosineAnnealingLR(opt, tMax: 10, lastEpoch: 4);
        scheduler.LastEpoch.ShouldBe(5);
        scheduler.GetLastLr()[0].ShouldBe(0.05, 1e-15);                                // half of the way
    }

    public static TheoryData<string, Func<Optimizer, object>> Wrong() => new()
    {
        { "StepLR: stepSize must be at least 1, got 0.", opt => new StepLR(opt, stepSize: 0) },
        { "StepLR: gamma must not be negative, got NaN.", opt => new StepLR(opt, stepSize: 1, gamma: double.NaN) },
        { "StepLR: lastEpoch must be at least −1, got -2.", opt => new StepLR(opt, stepSize: 1, lastEpoch: -2) },
        { "MultiStepLR: milestones must not be negative, got -3.", opt => new MultiStepLR(opt, [5, -3]) },
        { "ExponentialLR: gamma must not be negative, got -1.", opt => new ExponentialLR(opt, gamma: -1) },
        { "ConstantLR: factor must be in [0, 1], got 1.5.", opt => new ConstantLR(opt, factor: 1.5) },
        { "ConstantLR: totalIters must not be negative, got -1.", opt => new ConstantLR(opt, totalIters: -1) },
        { "LinearLR: startFactor must be in (0, 1], got 0.", opt => new LinearLR(opt, startFactor: 0) },
        { "LinearLR: endFactor must be in [0, 1], got 2.", opt => new LinearLR(opt, endFactor: 2) },
        { "PolynomialLR: totalIters must be at least 1, got 0.", opt => new PolynomialLR(opt, totalIters: 0) },
        { "CosineAnnealingLR: tMax must be at least 1, got 0.", opt => new CosineAnnealingLR(opt, tMax: 0) },
        { "CosineAnnealingWarmRestarts: t0 must be at least 1, got 0.", opt => new CosineAnnealingWarmRestarts(opt, t0: 0) },
        { "CosineAnnealingWarmRestarts: tMult must be at least 1, got 0.", opt => new CosineAnnealingWarmRestarts(opt, t0: 1, tMult: 0) },
        { "LambdaLR: lrLambda must be one value, or one for each of the 1 groups, got 2 values.", opt => new LambdaLR(opt, [t => 1, t => 2]) },
        { "MultiplicativeLR: lrLambda must be given, got null.", opt => new MultiplicativeLR(opt, (Func<int, double>)null!) },
        { "CyclicLR: stepSizeUp must be at least 1, got 0.", opt => new CyclicLR(opt, 0.1, 0.2, stepSizeUp: 0) },
        { "CyclicLR: stepSizeDown must be at least 1, got 0.", opt => new CyclicLR(opt, 0.1, 0.2, stepSizeDown: 0) },
        { "CyclicLR: mode must be \"triangular\", \"triangular2\" or \"exp_range\", got \"sawtooth\".", opt => new CyclicLR(opt, 0.1, 0.2, mode: "sawtooth") },
        { "CyclicLR: scaleMode must be \"cycle\" or \"iterations\", got \"epoch\".", opt => new CyclicLR(opt, 0.1, 0.2, scaleFn: x => x, scaleMode: "epoch") },
        { "CyclicLR: maxLr must not be negative, got -1.", opt => new CyclicLR(opt, 0.1, -1) },
        { "CyclicLR: baseMomentum must be in [0, 1), got 1.", opt => new CyclicLR(opt, 0.1, 0.2, baseMomentum: 1) },
        { "CyclicLR: baseLr must be one value, or one for each of the 1 groups, got 2 values.", opt => new CyclicLR(opt, [0.1, 0.2], 0.3) },
        { "OneCycleLR: give totalSteps, or both epochs and stepsPerEpoch.", opt => new OneCycleLR(opt, 0.1, epochs: 3) },
        { "OneCycleLR: totalSteps must be at least 1, got 0.", opt => new OneCycleLR(opt, 0.1, totalSteps: 0) },
        { "OneCycleLR: stepsPerEpoch must be at least 1, got -2.", opt => new OneCycleLR(opt, 0.1, epochs: 3, stepsPerEpoch: -2) },
        { "OneCycleLR: epochs · stepsPerEpoch must be at most 2147483647, got 4000000000.", opt => new OneCycleLR(opt, 0.1, epochs: 2000000, stepsPerEpoch: 2000) },
        { "OneCycleLR: pctStart must be in [0, 1], got 1.5.", opt => new OneCycleLR(opt, 0.1, totalSteps: 9, pctStart: 1.5) },
        { "OneCycleLR: annealStrategy must be \"cos\" or \"linear\", got \"exp\".", opt => new OneCycleLR(opt, 0.1, totalSteps: 9, annealStrategy: "exp") },
        { "OneCycleLR: divFactor must be positive, got 0.", opt => new OneCycleLR(opt, 0.1, totalSteps: 9, divFactor: 0) },
        { "SWALR: swaLr must not be negative, got -1.", opt => new SWALR(opt, swaLr: -1) },
        { "SWALR: annealEpochs must not be negative, got -1.", opt => new SWALR(opt, swaLr: 1, annealEpochs: -1) },
        { "SWALR: annealStrategy must be \"cos\" or \"linear\", got \"exp\".", opt => new SWALR(opt, swaLr: 1, annealStrategy: "exp") },
        { "NoamLR: dModel must be at least 1, got 0.", opt => new NoamLR(opt, dModel: 0) },
        { "NoamLR: warmupSteps must be at least 1, got 0.", opt => new NoamLR(opt, dModel: 8, warmupSteps: 0) },
        { "ReduceLROnPlateau: mode must be \"min\" or \"max\", got \"auto\".", opt => new ReduceLROnPlateau(opt, mode: "auto") },
        { "ReduceLROnPlateau: thresholdMode must be \"rel\" or \"abs\", got \"auto\".", opt => new ReduceLROnPlateau(opt, thresholdMode: "auto") },
        { "ReduceLROnPlateau: factor must be in [0, 1), got 1.", opt => new ReduceLROnPlateau(opt, factor: 1) },
        { "ReduceLROnPlateau: patience must not be negative, got -1.", opt => new ReduceLROnPlateau(opt, patience: -1) },
        { "ReduceLROnPlateau: minLr must be one value, or one for each of the 1 groups, got 2 values.", opt => new ReduceLROnPlateau(opt, minLr: [1, 2]) },
        { "WarmupLR: warmupSteps must not be negative, got -1.", opt => new WarmupLR(opt, -1, new StepLR(opt, 3)) },
        { "WarmupLR: startFactor must be in (0, 1], got 0.", opt => new WarmupLR(opt, 5, new StepLR(opt, 3), startFactor: 0) },
        { "WarmupLR: after (StepLR) belongs to another optimizer.", opt => new WarmupLR(opt, 5, new StepLR(Sgd(1), 3)) },
        { "SequentialLR: milestones must be 1 for 2 schedulers, got [3, 4].", opt => new SequentialLR(opt, [new StepLR(opt, 3), new StepLR(opt, 3)], [3, 4]) },
        { "SequentialLR: milestones must be positive and ascending, got [4, 3].", opt => new SequentialLR(opt, [new StepLR(opt, 3), new StepLR(opt, 3), new StepLR(opt, 3)], [4, 3]) },
        { "SequentialLR: milestones must be positive and ascending, got [0].", opt => new SequentialLR(opt, [new StepLR(opt, 3), new StepLR(opt, 3)], [0]) },
        { "SequentialLR: schedulers[1] (StepLR) belongs to another optimizer.", opt => new SequentialLR(opt, [new StepLR(opt, 3), new StepLR(Sgd(1), 3)], [3]) },
        { "SequentialLR: schedulers is empty; give at least one.", opt => new SequentialLR(opt, [], []) },
        { "ChainedScheduler: schedulers[1] (StepLR) belongs to another optimizer.", opt => new ChainedScheduler([new StepLR(opt, 3), new StepLR(Sgd(1), 3)]) },
        { "ChainedScheduler: schedulers[0] (StepLR) belongs to another optimizer.", opt => new ChainedScheduler([new StepLR(opt, 3)], Sgd(1)) },
        { "ChainedScheduler: schedulers[0] is null.", opt => new ChainedScheduler([null!]) },
        { "ChainedScheduler: schedulers[1] (StepLR) is given twice.", opt => new StepLR(opt, 3) is var one ? new ChainedScheduler([one, one]) : one },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Wrong_arguments_are_refused_and_nothing_is_changed(string message, Func<Optimizer, object> make)
    {
        var opt = Sgd(0.3);
        Should.Throw<ArgumentException>(() => make(opt)).Message.ShouldStartWith(message);
        var group = opt.ParamGroups[0];
        (group.Lr, group.Momentum).ShouldBe((0.3, 0.9));
        if (!message.Contains("schedulers", StringComparison.Ordinal) && !message.StartsWith("WarmupLR", StringComparison.Ordinal) && !message.StartsWith("SequentialLR", StringComparison.Ordinal))
            group.InitialLr.ShouldBeNull();
    }

    [Fact]
    public void A_composite_that_cannot_resume_changes_nothing()
    {
        Func<Optimizer, LRScheduler> fails = opt => new LambdaLR(opt, t => t < 3 ? 1 / (1.0 + t) : throw new NotSupportedException());
        Func<Optimizer, LRScheduler, LRScheduler>[] composites =
        [
            (opt, part) => new WarmupLR(opt, 4, part, lastEpoch: 9),
            (opt, part) => new WarmupLR(opt, 0, part, lastEpoch: 9),
            (opt, part) => new SequentialLR(opt, [new StepLR(opt, 2), part], [4], lastEpoch: 9),
            (opt, part) => new SequentialLR(opt, [new ChainedScheduler([new StepLR(opt, 2), part])], [], lastEpoch: 9),
        ];
        foreach (var make in composites)
        {
            var opt = Sgd(0.3);
            var part = fails(opt);
            part.Step();
            opt.ParamGroups[0].Lr = 0.7;
            string before = Text();
            Should.Throw<NotSupportedException>(() => make(opt, part));
            Text().ShouldBe(before);

            string Text() => System.Text.Json.JsonSerializer.Serialize((object[])[opt.StateDict().ParamGroups, part.StateDict()]);
        }
    }

    [Fact]
    public void A_function_that_throws_changes_nothing()
    {
        var opt = Sgd(0.3);
        Should.Throw<NotSupportedException>(() => new LambdaLR(opt, t => throw new NotSupportedException()));
        opt.ParamGroups[0].InitialLr.ShouldBeNull();

        var scheduler = new LambdaLR(opt, t => t < 2 ? 1 : throw new NotSupportedException());
        scheduler.Step();
        Should.Throw<NotSupportedException>(scheduler.Step);
        scheduler.LastEpoch.ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => scheduler.Preview(-1)).Message.ShouldStartWith("LambdaLR.Preview: steps must not be negative, got -1.");
        Should.Throw<ArgumentNullException>(() => new StepLR(null!, stepSize: 1));
        Should.Throw<ArgumentNullException>(() => new MultiStepLR(opt, null!)).ParamName.ShouldBe("milestones");
        Should.Throw<ArgumentNullException>(() => new CyclicLR(null!, 0.1, 0.2));
    }

    private static SGD Sgd(params double[] rates) => new([.. rates.Select(lr => new SGD.Group { Params = [Torch.Zeros(1)], Lr = lr })], momentum: 0.9);

    /// <summary>From the base rate 1, with the start and 40 steps.</summary>
    private static void Follows(Func<Optimizer, LRScheduler> make, Func<int, double> closedForm)
    {
        var scheduler = make(Sgd(1));
        double[] rates = [scheduler.GetLastLr()[0], .. scheduler.Preview(40).Select(rate => rate[0])];
        rates.ShouldBe(Enumerable.Range(0, 41).Select(closedForm), 1e-13, scheduler.GetType().Name);
    }
}
