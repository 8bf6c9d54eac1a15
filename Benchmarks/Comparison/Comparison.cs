using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>
/// Runs workloads in MiniTorch and in PyTorch, alternately. Each workload gets a fresh process on each side, both on the same core; one waits
/// while the other runs. Both are warmed up alike: until their times stop falling, and at least for <paramref name="warmUp"/> seconds each.
/// </summary>
/// <param name="machine">Where it runs.</param>
/// <param name="rounds">How often each side is measured.</param>
/// <param name="warmUp">Seconds of warm-up of each side.</param>
internal sealed class Comparison(Machine machine, int rounds, double warmUp)
{
    private const double Stretch = 0.25, Still = 0.97;
    private const int Window = 4, Patience = 4;

    /// <summary>The rows as they are measured; says on the way what is being measured.</summary>
    internal IEnumerable<Row> Run(Regex only)
    {
        List<(string Name, Func<Row?> Measure)> all = [.. machine.Common(only).Select(w => (w.Name, (Func<Row?>)(() => Run(w))))];
        Add("startup", () => StartUp.Plain(machine, rounds));
        Add("startup_readytorun", () => StartUp.ReadyToRun(machine, rounds));
        Add("rss_mnist_mlp", () => Memory("rss_mnist_mlp", Workloads.All.Single(w => w.Name == "mnist_mlp_b64")));

        var clock = Stopwatch.StartNew();
        for (int i = 0; i < all.Count; i++)
        {
            Console.Error.WriteLine($"[{clock.Elapsed:mm\\:ss}] {i + 1} of {all.Count}: {all[i].Name}");
            if (all[i].Measure() is { } row) yield return row;
        }

        void Add(string name, Func<Row?> measure)
        {
            if (only.IsMatch(name)) all.Add((name, measure));
        }
    }

    private Row Run(Workload workload)
    {
        using Side ours = machine.Ours(workload.Name);
        var ourFirst = ours.Begin();
        using Side pytorch = machine.PyTorch(workload.Name);
        var itsFirst = pytorch.Begin();

        WarmUp(ours, pytorch);
        var measured = new (double, double)[rounds];
        for (int i = 0; i < rounds; i++)
        {
            if (i % 2 == 0)
            {
                double first = ours.Median();
                measured[i] = (first * 1e6, pytorch.Median() * 1e6);
            }
            else
            {
                double first = pytorch.Median();
                measured[i] = (ours.Median() * 1e6, first * 1e6);
            }
        }
        return Row.Of(workload.Name, "µs", measured) with { First = new(ourFirst, itsFirst), Flops = workload.Flops };
    }

    private void WarmUp(Side ours, Side pytorch)
    {
        List<double> ourTimes = [], itsTimes = [];
        while (!Warm(ourTimes) || !Warm(itsTimes))
        {
            ourTimes.Add(ours.Measure(Stretch));
            itsTimes.Add(pytorch.Measure(Stretch));
        }
    }

    // The best of the last second is not below the best before it; and if the times fall for ever, enough is enough.
    private bool Warm(List<double> times) => times.Count > Window && times.Count * Stretch >= warmUp
        && (times.Count * Stretch >= Patience * warmUp || times[^Window..].Min() >= Still * times[..^Window].Min());

    /// <summary>The largest resident set of a fresh process that does nothing but this workload, until it is warm.</summary>
    private Row Memory(string name, Workload workload)
    {
        var measured = new (double, double)[3];
        for (int i = 0; i < measured.Length; i++)
        {
            using Side ours = machine.Ours(workload.Name), pytorch = machine.PyTorch(workload.Name);
            (_, _) = (ours.Begin(), pytorch.Begin());
            WarmUp(ours, pytorch);
            measured[i] = (ours.PeakMemory(), pytorch.PeakMemory());
        }
        return Row.Of(name, "MiB", measured);
    }
}
