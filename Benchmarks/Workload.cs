using System.Diagnostics;

namespace MiniTorch.Benchmarks;

/// <summary>A piece of work that is timed as a whole, and numbers that prove that it does what it says.</summary>
/// <param name="Name">The name, the same as in the PyTorch twin.</param>
/// <param name="Make">Builds everything and returns the step; true asks for no random numbers, for the check.</param>
internal sealed record Workload(string Name, Func<bool, Func<Tensor>> Make)
{
    /// <summary>Microseconds per step: the median of nine blocks of about 50 ms, after warming up until tiered compilation is done.</summary>
    internal (double Median, double Min, double Max) Measure(double warmUpSeconds)
    {
        var step = Make(false);
        var clock = Stopwatch.StartNew();
        long calls = 0;
        for (; clock.Elapsed.TotalSeconds < warmUpSeconds || calls < 3; calls++) step();
        double seconds = Time(step, Math.Max(calls / 100, 1));
        long perBlock = Math.Max((long)Math.Round(0.05 / seconds), 1);
        double[] blocks = new double[9];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = Time(step, perBlock) * 1e6;
        Array.Sort(blocks);
        return (blocks[4], blocks[0], blocks[^1]);
    }

    /// <summary>The result of steps 1, 10 and 50 of a fresh instance.</summary>
    internal double[] Check()
    {
        var step = Make(true);
        var results = new double[50];
        for (int i = 0; i < results.Length; i++) results[i] = step().Sum(DType.Float64).Item();
        return [results[0], results[9], results[49]];
    }

    private static double Time(Func<Tensor> step, long n)
    {
        var clock = Stopwatch.StartNew();
        for (long i = 0; i < n; i++) step();
        return clock.Elapsed.TotalSeconds / n;
    }
}

/// <summary>Deterministic data without a library: the counter-based generator splitmix64, the same in the PyTorch twin.</summary>
internal static class Data
{
    /// <summary>Uniform on [a, b), 24 bits per number.</summary>
    internal static Tensor U(ulong seed, Shape shape, double a = 0, double b = 1, DType dtype = DType.Float32)
    {
        var x = new double[shape.Numel()];
        for (int i = 0; i < x.Length; i++) x[i] = (Bits(seed, i) >> 40) * Math.Pow(2, -24);
        return a + (b - a) * Torch.FromArray<double>(x, shape).To(dtype);
    }

    /// <summary>Integers from 0 to n − 1.</summary>
    internal static Tensor K(ulong seed, Shape shape, ulong n)
    {
        var x = new long[shape.Numel()];
        for (int i = 0; i < x.Length; i++) x[i] = (long)((Bits(seed, i) >> 33) % n);
        return Torch.FromArray<long>(x, shape);
    }

    /// <summary>Every weight and bias uniform on ±1/√fan_in.</summary>
    internal static T FanIn<T>(T model)
        where T : NN.Module
    {
        double scale = 1;
        foreach (var (k, p) in model.Parameters().Index())
        {
            if (p.Ndim > 1) scale = Math.Pow(p.Numel() / p.Size(0), -0.5);      // a bias follows its weight
            using (Torch.NoGrad()) p.Copy_(U(1000 + (ulong)k, p.Shape, -scale, scale));
        }
        return model;
    }

    private static ulong Bits(ulong seed, int i)
    {
        ulong z = unchecked(seed * 0xD1342543DE82EF95 + ((ulong)i + 1) * 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
