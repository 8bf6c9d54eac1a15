using System.Runtime.CompilerServices;

namespace MiniTorch.Tests;

/// <summary>Where the sources are, for tests that read them.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    private static string Find([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(Path.GetDirectoryName(thisFile))!;

    /// <summary>With MINITORCH_STRESS set, the whole suite runs with the pool collecting at every allocation.</summary>
    [ModuleInitializer]
    internal static void StressMemoryOnDemand() => Torch.Memory.Stress = Environment.GetEnvironmentVariable("MINITORCH_STRESS") is "1";
}
