using System.Diagnostics;
using System.Globalization;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>One of the two that are compared: a process that makes one workload, and runs and times it when asked to.</summary>
internal sealed class Side : IDisposable
{
    private const double Block = 0.05, Undisturbed = 0.97;
    private const int Attempts = 5;

    private readonly Process process;
    private readonly long started = Stopwatch.GetTimestamp();
    private double secondsPerStep;

    internal Side(string[] command, int? core) => process = Start(command, core);

    /// <summary>Seconds from the start of the process to the end of the first step; the steps done a second after the start; seconds per step in the first second of steps.</summary>
    internal (double FirstStep, long Early, double Mean) Begin()
    {
        var answer = Ask($"begin {started * (1_000_000_000 / Stopwatch.Frequency)}");
        secondsPerStep = answer[2];
        return (answer[0], (long)answer[1], answer[2]);
    }

    /// <summary>Seconds per step over a time. A block in which another process held the core is measured again, if it does not go on like that.</summary>
    internal double Measure(double seconds = Block)
    {
        long n = Math.Max(1, (long)Math.Round(seconds / secondsPerStep));
        for (int attempt = 1; ; attempt++)
        {
            var answer = Ask($"time {n}");
            if (answer[1] >= Undisturbed * answer[0] || attempt == Attempts) return secondsPerStep = answer[0] / n;
        }
    }

    /// <summary>The median of three blocks; of one if a step is long.</summary>
    internal double Median()
    {
        double[] blocks = new double[secondsPerStep < 0.3 ? 3 : 1];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = Measure();
        return Statistics.Median(blocks);
    }

    internal double[] Check(int[] at, bool float64 = false) => Ask($"check{(float64 ? "64" : "")} {string.Join(' ', at)}");

    /// <summary>The largest resident set so far, in MiB.</summary>
    internal double PeakMemory() => Ask("memory")[0] / 1024;

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(5000)) process.Kill();
        process.Dispose();
    }

    private double[] Ask(string command)
    {
        process.StandardInput.WriteLine(command);
        process.StandardInput.Flush();
        string? answer = process.StandardOutput.ReadLine();
        return answer is null
            ? throw new InvalidOperationException($"`{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}` ended at `{command}`.")
            : Array.ConvertAll(answer.Split(' '), x => double.Parse(x, CultureInfo.InvariantCulture));
    }

    /// <summary>A process on one core and with one thread per library, whichever side it is.</summary>
    internal static Process Start(string[] command, int? core)
    {
        if (core is { } c) command = ["taskset", "-c", $"{c}", .. command];
        var info = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string library in new[] { "OPENBLAS", "OMP", "MKL" }) info.Environment[$"{library}_NUM_THREADS"] = "1";
        info.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        return Process.Start(info)!;
    }
}
