using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>What the core can do at most: fused multiply-adds that wait for nothing.</summary>
internal static class Peak
{
    private const int Steps = 1_000_000, Accumulators = 12;

    /// <summary>GFLOP/s in float32, the best of twenty tries.</summary>
    internal static double Gflops()
    {
        double best = double.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            var clock = Stopwatch.StartNew();
            if (Vector512.IsHardwareAccelerated) Run512(Vector512.Create(1f)); else Run256(Vector256.Create(1f));
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return 2e-9 * Accumulators * Steps * (Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count) / best;
    }

    // An accumulator waits four cycles for its last sum; twelve of them keep two units busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<float> Run512(Vector512<float> x)
    {
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Steps; n++)
        {
            (a, b, c) = (Vector512.FusedMultiplyAdd(x, x, a), Vector512.FusedMultiplyAdd(x, x, b), Vector512.FusedMultiplyAdd(x, x, c));
            (d, e, f) = (Vector512.FusedMultiplyAdd(x, x, d), Vector512.FusedMultiplyAdd(x, x, e), Vector512.FusedMultiplyAdd(x, x, f));
            (g, h, i) = (Vector512.FusedMultiplyAdd(x, x, g), Vector512.FusedMultiplyAdd(x, x, h), Vector512.FusedMultiplyAdd(x, x, i));
            (j, k, l) = (Vector512.FusedMultiplyAdd(x, x, j), Vector512.FusedMultiplyAdd(x, x, k), Vector512.FusedMultiplyAdd(x, x, l));
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector256<float> Run256(Vector256<float> x)
    {
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Steps; n++)
        {
            (a, b, c) = (Vector256.FusedMultiplyAdd(x, x, a), Vector256.FusedMultiplyAdd(x, x, b), Vector256.FusedMultiplyAdd(x, x, c));
            (d, e, f) = (Vector256.FusedMultiplyAdd(x, x, d), Vector256.FusedMultiplyAdd(x, x, e), Vector256.FusedMultiplyAdd(x, x, f));
            (g, h, i) = (Vector256.FusedMultiplyAdd(x, x, g), Vector256.FusedMultiplyAdd(x, x, h), Vector256.FusedMultiplyAdd(x, x, i));
            (j, k, l) = (Vector256.FusedMultiplyAdd(x, x, j), Vector256.FusedMultiplyAdd(x, x, k), Vector256.FusedMultiplyAdd(x, x, l));
        }
        return a + b + c + d + e + f + g + h + i + j + k + l;
    }
}
