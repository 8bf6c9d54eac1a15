using System.Text.Json;
using System.Text.Json.Serialization;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// The schedulers against PyTorch's sequences, and what every one of them must do: Goldens/generate_optim.py has rows of arguments for each. Those
/// that PyTorch lacks stand in that file too: made of what it has, or as a formula of the paper.
/// </summary>
public class SchedulerTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly JsonSerializerOptions Readable = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static readonly Dictionary<string, Golden> Goldens = new[] { "schedulers", "schedulers_more" }.ToDictionary(
        file => file, file => JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", file + ".json")), Options)!);

    private static readonly double[] Metrics = Goldens["schedulers_more"].Metrics!;

    public static TheoryData<string, int, string> Cases()
    {
        var rows = new TheoryData<string, int, string>();
        foreach (var (file, golden) in Goldens)
            foreach (var (i, c) in golden.Cases.Index())
                rows.Add(file, i, $"{c.Scheduler} {c.Args}{(c.Change is null ? "" : ", changed from outside")}{(c.Epochs is null ? "" : ", by epochs")}");
        return rows;
    }

    [Fact]
    public void Every_scheduler_has_a_golden()
        => Make.All<Scheduler>().Select(type => type.Name).ShouldBeSubsetOf(Goldens.Values.SelectMany(golden => golden.Cases).Select(c => c.Scheduler));

    [Theory, MemberData(nameof(Cases))]
    public void Equals_PyTorch_for_200_steps(string file, int index, string _)
    {
        var c = Goldens[file].Cases[index];
        var (opt, scheduler) = New(file, c);
        for (int t = 0; t <= 200; t++)
        {
            if (t > 0) Step(scheduler, c, t);
            for (int group = 0; group < 2; group++)
            {
                ShouldBeClose(opt.ParamGroups[group].Lr, c.Lr[group][t], $"the rate of group {group} at step {t}");
                scheduler.GetLastLr()[group].ShouldBe(opt.ParamGroups[group].Lr);
                ShouldBeClose(opt.ParamGroups[group].Momentum, c.Momentum?[group][t] ?? 0.9, $"the momentum of group {group} at step {t}");
            }
            Change(opt, c, t);
        }
        if (c.Epochs is null) scheduler.LastEpoch.ShouldBe(200);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Preview_touches_nothing_and_equals_what_follows(string file, int index, string _)
    {
        var c = Goldens[file].Cases[index];
        var (opt, scheduler) = New(file, c);
        for (int t = 0; t <= 40; t++)
        {
            if (t > 0) Step(scheduler, c, t);
            string before = Seen(opt, scheduler);
            double[][] preview = Preview(scheduler, t, 60);
            Seen(opt, scheduler).ShouldBe(before);

            var (otherOpt, other) = New(file, c);
            for (int s = 1; s <= t; s++) Step(other, c, s);
            foreach (var (s, rates) in preview.Index())
            {
                if (other is ReduceLROnPlateau plateau) plateau.Step(Metrics[t + s]);
                else ((LRScheduler)other).Step();
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
            Change(opt, c, t);
            var (resumedOpt, resumed) = New(file, c);
            resumedOpt.LoadStateDict(opt.StateDict());
            resumed.LoadStateDict(scheduler.StateDict());
            Seen(resumedOpt, resumed).ShouldBe(Seen(opt, scheduler));
            int left = Math.Min(20, 200 - t);
            Preview(resumed, t, left).ShouldBe(Preview(scheduler, t, left));

            Step(scheduler, c, t + 1);
            Step(resumed, c, t + 1);
            Seen(resumedOpt, resumed).ShouldBe(Seen(opt, scheduler));
        }
    }

    /// <summary>With the optimizer's state and the number of the epoch alone.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void Resuming_by_epoch_equals_the_uninterrupted_run(string file, int index, string _)
    {
        var c = Goldens[file].Cases[index];
        bool forgetsChanges = c.Scheduler is "CosineAnnealingLR" or "SequentialLR" or "WarmupLR";
        if (c.Scheduler is "ReduceLROnPlateau" or "ChainedScheduler" || c.Epochs is not null || (forgetsChanges && c.Change is not null)) return;
        var (opt, scheduler) = New(file, c);
        for (int t = 0; t < 200; t++)
        {
            if (t > 0) Step(scheduler, c, t);
            Change(opt, c, t);

            var resumedOpt = NewOptimizer(file);
            resumedOpt.LoadStateDict(opt.StateDict());
            var resumed = MakeScheduler.Of(resumedOpt, c.Scheduler, JsonSerializer.SerializeToElement(
                c.Args.EnumerateObject().ToDictionary(item => item.Name, item => item.Value).Append(new("last_epoch", JsonSerializer.SerializeToElement(t))).ToDictionary()));
            resumed.LastEpoch.ShouldBe(t + 1);
            foreach (var (actual, expected) in resumed.GetLastLr().Zip(Preview(scheduler, t, 1)[0]))
                ShouldBeClose(actual, expected, $"the rate after resuming at step {t}", tolerance: 1e-12);          // a closed form against up to 200 roundings
        }
    }

    private static SGD NewOptimizer(string file)
        => new([.. Goldens[file].BaseLrs.Select(lr => new SGD.Group { Params = [Torch.Zeros(1)], Lr = lr })], lr: 1, momentum: 0.9);

    private static (SGD, Scheduler) New(string file, Case c)
    {
        var opt = NewOptimizer(file);
        return (opt, MakeScheduler.Of(opt, c.Scheduler, c.Args));
    }

    private static void Step(Scheduler scheduler, Case c, int t)
    {
        if (scheduler is ReduceLROnPlateau plateau) plateau.Step(Metrics[t - 1]);
        else if (c.Epochs?[t - 1] is { } epoch) ((CosineAnnealingWarmRestarts)scheduler).Step(epoch);
        else ((LRScheduler)scheduler).Step();
    }

    private static double[][] Preview(Scheduler scheduler, int t, int steps)
        => scheduler is ReduceLROnPlateau plateau ? plateau.Preview(Metrics[t..(t + steps)]) : ((LRScheduler)scheduler).Preview(steps);

    private static void ShouldBeClose(double actual, double expected, string what, double tolerance = 1e-13)
    {
        if (!(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected))) Assert.Fail($"{what} is {actual:R}, expected {expected:R}");
    }

    private static void Change(SGD opt, Case c, int t)
    {
        if (c.Change is null || !c.Change.TryGetValue(t, out double[]? rates)) return;
        foreach (var (group, lr) in opt.ParamGroups.Zip(rates)) group.Lr = lr;
    }

    /// <summary>Everything there is to see, as text.</summary>
    private static string Seen(Optimizer opt, Scheduler scheduler)
        => JsonSerializer.Serialize((object[])[opt.StateDict().ParamGroups, scheduler.StateDict(), scheduler.GetLastLr(), scheduler.LastEpoch], Readable);

    private sealed record Golden(double[] BaseLrs, double[]? Metrics, Case[] Cases);

    private sealed record Case(string Scheduler, JsonElement Args, Dictionary<int, double[]>? Change, double[][] Lr, double[][]? Momentum, double?[]? Epochs);
}
