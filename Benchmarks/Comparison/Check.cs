using System.Text.RegularExpressions;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>Do both sides do the same work? Compares what some steps give back, from the same data and weights and without dropout.</summary>
internal static class Check
{
    private const double First = 1e-4, Later = 1e-2;

    /// <summary>Prints a line per workload; false if one differs.</summary>
    internal static bool Run(Machine machine, Regex only)
    {
        bool same = true;
        foreach (var workload in machine.Common(only))
        {
            using Side ours = machine.Ours(workload.Name), pytorch = machine.PyTorch(workload.Name);
            double[] a = ours.Check(workload.Checked), b = pytorch.Check(workload.Checked);
            double[] apart = Apart(a, b);
            string verdict = Agree(apart) ? "same" : Judge(a, b, pytorch.Check(workload.Checked, float64: true));
            same &= verdict != "DIFFERS";
            string steps = string.Join("  ", workload.Checked.Select((step, i) => $"step {step}: {a[i]:G7} {b[i]:G7} ({apart[i]:E1})"));
            Console.WriteLine($"{workload.Name,-28} {steps}  {verdict}");
        }
        return same;
    }

    // A training that amplifies rounding errors parts from itself too: then PyTorch's run in float64 is the judge.
    private static string Judge(double[] ours, double[] pytorch, double[] exact)
    {
        double[] our = Apart(ours, exact), its = Apart(pytorch, exact);
        return our.Zip(its).All(pair => pair.First <= Math.Max(pair.Second, First)) && our[0] <= First
            ? $"same as float64 as far as float32 goes: ours is off by {our[^1]:E1}, PyTorch's float32 by {its[^1]:E1}"
            : "DIFFERS";
    }

    private static bool Agree(double[] apart) => apart[0] <= First && apart.All(x => x <= Later);

    private static double[] Apart(double[] a, double[] b) => [.. a.Zip(b, (x, y) => Math.Abs(x - y) / Math.Max(Math.Abs(y), 1e-12))];
}
