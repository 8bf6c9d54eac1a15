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
}
