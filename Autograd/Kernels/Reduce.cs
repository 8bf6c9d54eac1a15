using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>An associative operation that folds many elements into one, and its neutral element.</summary>
internal interface IFold
{
    static abstract T Neutral<T>()
        where T : unmanaged, INumber<T>, IMinMaxValue<T>;

    static abstract T One<T>(T a, T b)
        where T : unmanaged, INumber<T>;

    static abstract Vector<T> Many<T>(Vector<T> a, Vector<T> b)
        where T : unmanaged, INumber<T>;
}

/// <summary>
/// Folds over rows or columns of a dense block. The order is a fixed binary tree over the positions (pairwise summation), so the rounding
/// error of a sum grows with log n and the bits do not depend on anything but the shape.
/// </summary>
internal static partial class Reduce
{
    private const int Leaf = 128;                       // elements that one lane-wise loop folds; longer runs are halved

    /// <summary>Folds n neighbours into one.</summary>
    internal static T Row<TFold, T>(ref T x, int n)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        int width = Vector<T>.Count;
        if (n > Leaf * width)
        {
            int half = Half<T>(n);
            return TFold.One(Row<TFold, T>(ref x, half), Row<TFold, T>(ref Unsafe.Add(ref x, half), n - half));
        }
        var y = TFold.Neutral<T>();
        int i = 0;
        if (n >= 4 * width)
        {
            var s0 = Vector.LoadUnsafe(ref x);
            var s1 = Vector.LoadUnsafe(ref x, (nuint)width);
            var s2 = Vector.LoadUnsafe(ref x, (nuint)(2 * width));
            var s3 = Vector.LoadUnsafe(ref x, (nuint)(3 * width));
            for (i = 4 * width; i <= n - 4 * width; i += 4 * width)
            {
                s0 = TFold.Many(s0, Vector.LoadUnsafe(ref x, (nuint)i));
                s1 = TFold.Many(s1, Vector.LoadUnsafe(ref x, (nuint)(i + width)));
                s2 = TFold.Many(s2, Vector.LoadUnsafe(ref x, (nuint)(i + 2 * width)));
                s3 = TFold.Many(s3, Vector.LoadUnsafe(ref x, (nuint)(i + 3 * width)));
            }
            var s = TFold.Many(TFold.Many(s0, s1), TFold.Many(s2, s3));
            for (int lane = 0; lane < width; lane++) y = TFold.One(y, s[lane]);
        }
        for (; i < n; i++) y = TFold.One(y, Unsafe.Add(ref x, i));
        return y;
    }

    /// <summary>Where a long row is cut in two.</summary>
    private static int Half<T>(int n) => Math.Max(n / 2 / (Leaf * Vector<T>.Count), 1) * Leaf * Vector<T>.Count;

    /// <summary>Folds the rows of an [n, m] block into one row y of m elements: column by column, many columns at a time.</summary>
    internal static void Columns<TFold, T>(ref T x, int n, int m, ref T y)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        if (n == 0)
        {
            for (int j = 0; j < m; j++) Unsafe.Add(ref y, j) = TFold.Neutral<T>();
            return;
        }
        int i = 0;
        for (; i <= m - Vector<T>.Count; i += Vector<T>.Count)
            Column<TFold, T>(ref Unsafe.Add(ref x, i), n, m).StoreUnsafe(ref y, (nuint)i);
        for (; i < m; i++)
            Unsafe.Add(ref y, i) = SingleColumn<TFold, T>(ref Unsafe.Add(ref x, i), n, m);
    }

    private static Vector<T> Column<TFold, T>(ref T x, int n, int stride)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        if (n > Leaf)
            return TFold.Many(Column<TFold, T>(ref x, n / 2, stride), Column<TFold, T>(ref Unsafe.Add(ref x, (nint)(n / 2) * stride), n - n / 2, stride));
        var s = Vector.LoadUnsafe(ref x);
        for (int r = 1; r < n; r++) s = TFold.Many(s, Vector.LoadUnsafe(ref Unsafe.Add(ref x, (nint)r * stride)));
        return s;
    }

    private static T SingleColumn<TFold, T>(ref T x, int n, int stride)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        if (n > Leaf)
            return TFold.One(SingleColumn<TFold, T>(ref x, n / 2, stride), SingleColumn<TFold, T>(ref Unsafe.Add(ref x, (nint)(n / 2) * stride), n - n / 2, stride));
        var s = x;
        for (int r = 1; r < n; r++) s = TFold.One(s, Unsafe.Add(ref x, (nint)r * stride));
        return s;
    }
}
