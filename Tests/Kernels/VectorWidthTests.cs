using System.Runtime.Intrinsics;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>The suite runs again with narrower vectors; a misspelt switch would run it with the same ones.</summary>
public class VectorWidthTests
{
    [Fact]
    public void The_switches_of_the_runtime_narrow_the_vectors()
    {
        bool none = Off("EnableHWIntrinsic"), upTo128 = none || Off("EnableAVX2"), upTo256 = upTo128 || Off("EnableAVX512");
        if (upTo256) Vector512.IsHardwareAccelerated.ShouldBeFalse();
        if (upTo128) Vector256.IsHardwareAccelerated.ShouldBeFalse();
        Vector128.IsHardwareAccelerated.ShouldBe(!none);
    }

    private static bool Off(string name) => Environment.GetEnvironmentVariable($"DOTNET_{name}") == "0";
}
