using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>Where the comparison runs: the core, the two programs, and their versions.</summary>
/// <param name="Core">The core that both sides run on, or null where they cannot be pinned.</param>
/// <param name="Python">A Python that has PyTorch.</param>
/// <param name="Versions">PyTorch's version, Python's, and the GFLOP/s of a matrix product of 512 × 512.</param>
internal sealed record Machine(int? Core, string Python, (string PyTorch, string Python, double Gemm) Versions)
{
    private const double SlowBlas = 20;

    private static readonly string ServerOfPyTorch = Path.Combine(AppContext.BaseDirectory, "pytorch", "server.py");

    /// <summary>Debian's reference BLAS is thirty times slower than what everybody runs PyTorch with.</summary>
    internal string? Warning => Versions.Gemm >= SlowBlas ? null : $"""
        !! PyTorch multiplies matrices at {Versions.Gemm:F1} GFLOP/s here: it runs on the slow reference BLAS.
        !! EVERY RATIO IN WHICH MATRICES ARE MULTIPLIED IS FALSE, in our favour.
        !! Install a real one and run this again:  apt-get install libopenblas0-pthread
        """;

    /// <summary>Finds a Python that has PyTorch; null, after saying what to do, where there is none.</summary>
    internal static Machine? Find(string? python, int? core)
    {
        string[] candidates = python is null ? ["/usr/bin/python3", "python3", "python"] : [python];
        core = Pins() ? core ?? Environment.ProcessorCount - 1 : null;
        foreach (string candidate in candidates)
            if (Output([candidate, ServerOfPyTorch, "--about"], core)?.Split(' ') is [var torch, var version, var gemm])
                return new(core, candidate, (torch, version, double.Parse(gemm, CultureInfo.InvariantCulture)));
        Console.Error.WriteLine($"""
            PyTorch was not found, so there is nothing to compare with. Tried: {string.Join(", ", candidates)}.
            On Debian and Ubuntu:  apt-get install python3-torch libopenblas0-pthread
            A Python elsewhere:    compare.sh --python PATH
            MiniTorch alone:       dotnet run -c Release --project Benchmarks -- workloads
            """);
        return null;
    }

    internal Side Ours(string workload) => new(["dotnet", typeof(Machine).Assembly.Location, "serve", workload], Core);

    internal Side PyTorch(string workload) => new([Python, ServerOfPyTorch, workload], Core);

    /// <summary>The workloads that both sides have; says which ones only one of them has.</summary>
    internal Workload[] Common(Regex only)
    {
        string[] its = [.. Output([Python, ServerOfPyTorch, "--list"], Core)!.Split('\n').Where(name => only.IsMatch(name))];
        Workload[] ours = [.. Workloads.All.Where(w => only.IsMatch(w.Name))];
        Say("PyTorch", its.Except(ours.Select(w => w.Name)));
        Say("MiniTorch", ours.Select(w => w.Name).Except(its));
        return [.. ours.Where(w => its.Contains(w.Name))];

        static void Say(string side, IEnumerable<string> names)
        {
            if (names.Any()) Console.Error.WriteLine($"- only {side} has: {string.Join(", ", names)}");
        }
    }

    internal string Describe() => string.Join('\n',
        $"- {Processor()}, {RuntimeInformation.OSDescription}, "
        + (Core is { } core ? $"one thread each, both on core {core}" : "one thread each, NOT pinned to a core (there is no taskset)"),
        $"- {RuntimeInformation.FrameworkDescription}, vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits",
        $"- PyTorch {Versions.PyTorch}, Python {Versions.Python}, matrix product of 512 × 512 at {Versions.Gemm:F0} GFLOP/s");

    private static string Processor() => File.Exists("/proc/cpuinfo")
        && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
        ? line[(line.IndexOf(':') + 2)..]
        : $"{RuntimeInformation.ProcessArchitecture}";

    private static bool Pins() => Output(["taskset", "-c", "0", "true"], null) is not null;

    private static string? Output(string[] command, int? core)
    {
        try
        {
            using var process = Side.Start(command, core);
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
