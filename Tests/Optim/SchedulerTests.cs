using System.Text.Json;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// The schedulers against PyTorch's sequences, and what every one of them must do: Goldens/generate_optim.py has a row of arguments each.
/// </summary>
public class SchedulerTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Dictionary<string, Golden> Goldens = new[] { "schedulers", "schedulers_more" }.ToDictionary(
        file => file, file => JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", file + ".json")), Options)!);

    private static readonly string[] Known = [.. Make.All<LRScheduler>().Select(type => type.Name)];

    public static TheoryData<string, int, string> Cases()
    {
        var rows = new TheoryData<string, int, string>();
        foreach (var (file, golden) in Goldens)
            foreach (var (i, c) in golden.Cases.Index())
                if (Known.Contains(c.Scheduler)) rows.Add(file, i, $"{c.Scheduler} {c.Args}{(c.Change is null ? "" : ", changed from outside")}");
        return rows;
    }

    [Fact]
    public void Every_scheduler_has_a_golden() => Known.ShouldBeSubsetOf(Goldens.Values.SelectMany(golden => golden.Cases).Select(c => c.Scheduler));

    [Theory, MemberData(nameof(Cases))]
    public void Equals_PyTorch_for_200_steps(string file, int index, string _)
    {
        var c = Goldens[file].Cases[index];
        var (opt, scheduler) = New(file, c);
        for (int t = 0; t <= 200; t++)
        {
            if (t > 0) scheduler.Step();
            for (int group = 0; group < 2; group++)
            {
                ShouldBeClose(opt.ParamGroups[group].Lr, c.Lr[group][t], $"the rate of group {group} at step {t}");
                scheduler.GetLastLr()[group].ShouldBe(opt.ParamGroups[group].Lr);
                ShouldBeClose(opt.ParamGroups[group].Momentum, c.Momentum?[group][t] ?? 0.9, $"the momentum of group {group} at step {t}");
            }
            Change(opt, c, t);
        }
        scheduler.LastEpoch.ShouldBe(200);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Preview_touches_nothing_and_equals_what_follows(string file, int index, string _)
    {
        var c = Goldens[file].Cases[index];
        var (opt, scheduler) = New(file, c);
        for (int t = 0; t <= 40; t++)
        {
            if (t > 0) scheduler.Step();
            var before = Seen(opt, scheduler);
            double[][] preview = scheduler.Preview(60);
            Seen(opt, scheduler).ShouldBe(before);

            var (otherOpt, other) = New(file, c);
            for (int s = 1; s <= t; s++) other.Step();
            foreach (double[] rates in preview)
            {
                other.Step();
                rates.ShouldBe(otherOpt.ParamGroups.Select(group => group.Lr));
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Resuming_at_any_step_equals_the_uninterrupted_run(string file, int index, string _)
    {
        var c = Goldens[file].Cases[index];
        var (opt, scheduler) = New(file, c);
        for (int t = 0; t < 200; t++)
        {
            if (t > 0) scheduler.Step();
            Change(opt, c, t);

            var (resumedOpt, resumed) = New(file, c);
            resumedOpt.LoadStateDict(opt.StateDict());
            resumed.LoadStateDict(scheduler.StateDict());
            Seen(resumedOpt, resumed).ShouldBe(Seen(opt, scheduler));
            resumed.Preview(20).ShouldBe(scheduler.Preview(20));
        }
    }

    [Fact]
    public void A_state_dict_has_the_keys_of_PyTorch()
    {
        var opt = new SGD([Torch.Zeros(1)], lr: 0.1);
        var scheduler = new CosineAnnealingLR(opt, tMax: 10, etaMin: 0.01);
        scheduler.Step();
        var saved = scheduler.StateDict();
        saved.Keys.ShouldBe(["T_max", "eta_min", "base_lrs", "last_epoch", "_step_count", "_last_lr"], ignoreOrder: true);
        saved["base_lrs"].ShouldBe(new[] { 0.1 });
        saved["last_epoch"].ShouldBe(1);
        saved["_step_count"].ShouldBe(2);
    }

    [Fact]
    public void A_state_dict_that_does_not_fit_changes_nothing()
    {
        var opt = new SGD([Torch.Zeros(1)], lr: 0.1);
        var scheduler = new StepLR(opt, stepSize: 3);
        var foreign = new CosineAnnealingLR(new SGD([Torch.Zeros(1)], lr: 7), tMax: 10).StateDict();
        var before = Seen(opt, scheduler);
        Should.Throw<ArgumentException>(() => scheduler.LoadStateDict(foreign)).Message.ShouldContain("StepLR.LoadStateDict: the state dict has no `step_size`");

        var twoGroups = new StepLR(new SGD([new() { Params = [Torch.Zeros(1)] }, new() { Params = [Torch.Zeros(1)] }]), stepSize: 3).StateDict();
        Should.Throw<ArgumentException>(() => scheduler.LoadStateDict(twoGroups)).Message.ShouldStartWith("StepLR.LoadStateDict: `base_lrs` has 2 rates, the optimizer only 1 groups.");
        Seen(opt, scheduler).ShouldBe(before);
    }

    [Fact]
    public void A_group_that_is_added_later_joins()
    {
        var opt = new SGD([Torch.Zeros(1)], lr: 0.1);
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
    public void Resuming_by_epoch_needs_the_initial_rates()
    {
        var opt = new SGD([Torch.Zeros(1)], lr: 0.05);
        Should.Throw<ArgumentException>(() => new CosineAnnealingLR(opt, tMax: 10, lastEpoch: 4)).Message
            .ShouldStartWith("CosineAnnealingLR: group 0 has no InitialLr, from which to resume after epoch 4.");

        opt.ParamGroups[0].InitialLr = 0.1;
        var scheduler = new CosineAnnealingLR(opt, tMax: 10, lastEpoch: 4);
        scheduler.LastEpoch.ShouldBe(5);
        scheduler.GetLastLr()[0].ShouldBe(0.05, 1e-15);                                // half of the way
    }

    [Fact]
    public void Arguments_are_checked()
    {
        var opt = new SGD([Torch.Zeros(1)]);
        Should.Throw<ArgumentOutOfRangeException>(() => new StepLR(opt, stepSize: 0)).Message.ShouldStartWith("StepLR: stepSize must be at least 1, got 0.");
        Should.Throw<ArgumentOutOfRangeException>(() => new CosineAnnealingLR(opt, tMax: 0)).Message.ShouldStartWith("CosineAnnealingLR: tMax must be at least 1, got 0.");
        Should.Throw<ArgumentNullException>(() => new StepLR(null!, stepSize: 1));
    }

    private static (SGD, LRScheduler) New(string file, Case c)
    {
        var opt = new SGD([.. Goldens[file].BaseLrs.Select(lr => new SGD.Group { Params = [Torch.Zeros(1)], Lr = lr })], lr: 1, momentum: 0.9);
        return (opt, Make.Scheduler(c.Scheduler, opt, c.Args));
    }

    private static void ShouldBeClose(double actual, double expected, string what)
    {
        if (!(Math.Abs(actual - expected) <= 1e-13 * Math.Abs(expected))) Assert.Fail($"{what} is {actual:R}, expected {expected:R}");
    }

    private static void Change(SGD opt, Case c, int t)
    {
        if (c.Change is null || !c.Change.TryGetValue(t, out double[]? rates)) return;
        foreach (var (group, lr) in opt.ParamGroups.Zip(rates)) group.Lr = lr;
    }

    /// <summary>Everything there is to see, as text.</summary>
    private static string Seen(Optimizer opt, LRScheduler scheduler) => JsonSerializer.Serialize((object[])[opt.StateDict().ParamGroups, scheduler.StateDict(), scheduler.GetLastLr()]);

    private sealed record Golden(double[] BaseLrs, Case[] Cases);

    private sealed record Case(string Scheduler, JsonElement Args, Dictionary<int, double[]>? Change, double[][] Lr, double[][]? Momentum);
}
