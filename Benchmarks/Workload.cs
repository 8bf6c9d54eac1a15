using System.Diagnostics;

namespace MiniTorch.Benchmarks;

/// <summary>A piece of work that is timed as a whole, and numbers that prove that it does what it says.</summary>
/// <param name="Name">The name, the same as in the PyTorch twin.</param>
/// <param name="Make">Builds everything and returns the step; true asks for no random numbers, for the check.</param>
internal sealed record Workload(string Name, Func<bool, Func<Tensor>> Make)
{
    /// <summary>The steps whose results are compared with PyTorch's. One is enough where a step changes nothing.</summary>
    internal int[] Checked { get; init; } = [1, 10, 50];

    /// <summary>Floating-point operations in a step, where this is how one likes to see its speed.</summary>
    internal double Flops { get; init; }

    /// <summary>Microseconds per step: the median of nine blocks of about 50 ms, after warming up until tiered compilation is done.</summary>
    internal (double Median, double Min, double Max) Measure(double warmUpSeconds)
    {
        var step = Make(false);
        var clock = Stopwatch.StartNew();
        long calls = 0;
        for (; clock.Elapsed.TotalSeconds < warmUpSeconds || calls < 3; calls++) step();
        long few = Math.Max(calls / 100, 1);
        double seconds = Time(step, few) / few;
        long perBlock = Math.Max((long)Math.Round(0.05 / seconds), 1);
        double[] blocks = new double[9];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = Time(step, perBlock) / perBlock * 1e6;
        Array.Sort(blocks);
        return (blocks[4], blocks[0], blocks[^1]);
    }

    /// <summary>A number for what each of these steps of a fresh instance gives back: the loss, or a sum in which every place has its own weight.</summary>
    internal double[] Check(int[] at)
    {
        Torch.ManualSeed(0);
        var step = Make(true);
        List<double> sums = [];
        for (int i = 1; i <= at.Max(); i++)
        {
            var result = step();
            if (at.Contains(i)) sums.Add(result.Detach().Double().ToArray<double>().Index().Sum(y => (1 + y.Index % 97) * y.Item));
        }
        return [.. sums];
    }

    /// <summary>The seconds that n steps take.</summary>
    internal static double Time(Func<Tensor> step, long n)
    {
        var clock = Stopwatch.StartNew();
        for (long i = 0; i < n; i++) step();
        return clock.Elapsed.TotalSeconds;
    }
}
