using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Running folds.</summary>
internal static class Scan
{
    /// <summary>yᵢ = x₀ ∘ … ∘ xᵢ along the middle of a dense block [outer, n, inner].</summary>
    internal static void Run<TFold, T>(ref T x, ref T y, int outer, int n, int inner)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        for (int o = 0; o < outer; o++)
            for (int j = 0; j < inner; j++)
            {
                T sum = TFold.Neutral<T>();
                for (int i = 0; i < n; i++)
                {
                    nint at = ((nint)o * n + i) * inner + j;
                    sum = TFold.One(sum, Unsafe.Add(ref x, at));
                    Unsafe.Add(ref y, at) = sum;
                }
            }
    }
}
