using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>
/// From the start of a process to the first trained step of a small published program, against <c>import torch</c> without any step. Once
/// published as it is, with the libraries as their packages bring them: native code, where its compiler can be had. Once all of it compiled
/// beforehand, with PublishReadyToRun.
/// </summary>
internal static class StartUp
{
    private static readonly string Project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "StartUp"));

    internal static Row? Plain(Machine machine, int rounds) => Measure("startup", machine, rounds, Publish("plain"));

    internal static Row? ReadyToRun(Machine machine, int rounds) => Measure(
        "startup_readytorun", machine, rounds, Publish("readytorun", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false",
        "-p:PublishReadyToRun=true", "-p:PublishReadyToRunCrossgen2ExtraArgs=--opt-cross-module:*"));

    private static Row? Measure(string name, Machine machine, int rounds, string? program)
    {
        if (program is null)
        {
            Console.Error.WriteLine($"- {name}: left out, since the program could not be published");
            return null;
        }
        string[] ours = [program], its = [machine.Python, "-c", "import torch; print(0, flush=True)"];
        Environment.SetEnvironmentVariable("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        (_, _) = (Milliseconds(ours), Milliseconds(its));                     // the files come from the disk once
        return Row.Of(name, "ms", [.. Enumerable.Range(0, rounds).Select(_ => (Milliseconds(ours), Milliseconds(its)))]);

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

    /// <summary>The published program; null where it cannot be made, for example because the compiler's package is not to be had.</summary>
    private static string? Publish(string folder, params string[] options)
    {
        string output = Path.Combine(AppContext.BaseDirectory, "StartUp", folder);
        using var process = Side.Start(["dotnet", "publish", "-c", "Release", "--nologo", Project, "-o", output, .. options], core: null);
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return Path.Combine(output, "StartUp");
        Console.Error.WriteLine(said);
        return null;
    }
}
