using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>From the start of a process to the first trained step of a small published program, against <c>import torch</c> without any step.</summary>
internal static class StartUp
{
    internal static Row Measure(Machine machine, int rounds)
    {
        string[] ours = [Path.Combine(AppContext.BaseDirectory, "StartUp", "StartUp")], its = [machine.Python, "-c", "import torch; print(0, flush=True)"];
        Environment.SetEnvironmentVariable("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        (_, _) = (Milliseconds(ours), Milliseconds(its));                     // the files come from the disk once
        return Row.Of("startup", "ms", [.. Enumerable.Range(0, rounds).Select(_ => (Milliseconds(ours), Milliseconds(its)))]);

        double Milliseconds(string[] command)
        {
            var clock = Stopwatch.StartNew();
            using var process = Side.Start(command, machine.Core);
            if (process.StandardOutput.ReadLine() is null) throw new InvalidOperationException($"`{string.Join(' ', command)}` printed nothing.");
            double milliseconds = clock.Elapsed.TotalMilliseconds;
            process.WaitForExit();
            return milliseconds;
        }
    }
}
