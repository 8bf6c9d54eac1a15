using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Where the best element is.</summary>
internal static class Search
{
    /// <summary>The index of the first element that no other beats, or of the first NaN.</summary>
    internal static int Best<TBetter, T>(ref T x, int n, int step)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        int best = 0;
        T value = x;
        for (int i = 1; i < n && !T.IsNaN(value); i++)
        {
            T candidate = Unsafe.Add(ref x, (nint)i * step);
            if (!TBetter.Holds(candidate, value) && !T.IsNaN(candidate)) continue;
            (best, value) = (i, candidate);
        }
        return best;
    }

    /// <summary>For every place the index of the last element up to it that none up to it beats; after a NaN, of the last NaN.</summary>
    internal static void BestSoFar<TBetter, T>(ref T x, ref long index, int n, int step)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        for (int i = 0, best = 0; i < n; i++)
        {
            T candidate = Unsafe.Add(ref x, (nint)i * step), value = Unsafe.Add(ref x, (nint)best * step);
            if (T.IsNaN(candidate) || !T.IsNaN(value) && !TBetter.Holds(value, candidate)) best = i;
            Unsafe.Add(ref index, (nint)i * step) = best;
        }
    }
}
