using System.Diagnostics;
using System.Globalization;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>MiniTorch's side of the comparison: runs and times one workload when asked to. pytorch/server.py says what the commands mean.</summary>
internal static class Server
{
    internal static void Run(Workload workload)
    {
        var step = workload.Make(false);
        while (Console.ReadLine() is { } line)
        {
            var (command, numbers) = line.Split(' ') switch { [var name, .. var rest] => (name, Array.ConvertAll(rest, long.Parse)), _ => ("", []) };
            double[] answer = command switch
            {
                "begin" => Begin(step, numbers[0]),
                "time" => Timed(step, numbers[0]),
                "check" => workload.Check(Array.ConvertAll(numbers, n => (int)n)),
                "memory" => [PeakMemory()],
                _ => throw new InvalidDataException($"`{line}` is not a command."),
            };
            Console.WriteLine(string.Join(' ', answer.Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
        }
    }

    private static double[] Begin(Func<Tensor> step, long started)
    {
        double firstStep = 0;
        long early = 0, steps = 0, first = Stopwatch.GetTimestamp(), now;
        do
        {
            step();
            now = Stopwatch.GetTimestamp();
            if (steps++ == 0) firstStep = Seconds(now - started);
            if (Seconds(now - started) < 1) early++;
        }
        while (Seconds(now - first) < 1);
        return [firstStep, early, Seconds(now - first) / steps];
    }

    private static double[] Timed(Func<Tensor> step, long n)
    {
        var processor = Environment.CpuUsage.TotalTime;
        double wall = Workload.Time(step, n);
        return [wall, (Environment.CpuUsage.TotalTime - processor).TotalSeconds];
    }

    // The process's own counter of its largest resident set, which a new program starts from nothing.
    private static long PeakMemory() => OperatingSystem.IsLinux()
        ? long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
        : Process.GetCurrentProcess().PeakWorkingSet64 / 1024;

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;
}
