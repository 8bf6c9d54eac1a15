using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    private const int Leaf = 128;                       // registers of a row, or rows, that one loop folds; more are halved
    private const int Wide = 256;                       // columns that are folded together: their partial results stay in the first cache

    /// <summary>Folds n neighbours into one.</summary>
    [MethodImpl(Compile.Kernel)]
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
        return n >= width ? Registers<TFold, T>(ref x, n) : Singles<TFold, T>(TFold.Neutral<T>(), ref x, n);
    }

    [MethodImpl(Compile.Kernel)]
    private static T Registers<TFold, T>(ref T x, int n)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        int width = Vector<T>.Count, i = width;
        var s0 = Vector.LoadUnsafe(ref x);
        if (n >= 8 * width)
        {
            Vector<T> s1 = At(ref x, 1), s2 = At(ref x, 2), s3 = At(ref x, 3), s4 = At(ref x, 4), s5 = At(ref x, 5), s6 = At(ref x, 6), s7 = At(ref x, 7);
            for (i = 8 * width; i <= n - 8 * width; i += 8 * width)
            {
                ref T next = ref Unsafe.Add(ref x, i);
                s0 = TFold.Many(s0, At(ref next, 0));
                s1 = TFold.Many(s1, At(ref next, 1));
                s2 = TFold.Many(s2, At(ref next, 2));
                s3 = TFold.Many(s3, At(ref next, 3));
                s4 = TFold.Many(s4, At(ref next, 4));
                s5 = TFold.Many(s5, At(ref next, 5));
                s6 = TFold.Many(s6, At(ref next, 6));
                s7 = TFold.Many(s7, At(ref next, 7));
            }
            s0 = TFold.Many(TFold.Many(TFold.Many(s0, s1), TFold.Many(s2, s3)), TFold.Many(TFold.Many(s4, s5), TFold.Many(s6, s7)));
        }
        for (; i <= n - width; i += width) s0 = TFold.Many(s0, Vector.LoadUnsafe(ref x, (nuint)i));
        return Singles<TFold, T>(Lanes<TFold, T>(s0), ref Unsafe.Add(ref x, i), n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> At<T>(ref T x, int register)
        where T : unmanaged
        => Vector.LoadUnsafe(ref x, (nuint)(register * Vector<T>.Count));

    /// <summary>Folds the lanes of a register: the upper half onto the lower, until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Lanes<TFold, T>(Vector<T> s)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>
    {
        int left = Vector<T>.Count;
        if (Vector256.IsHardwareAccelerated && Vector<byte>.Count == Vector256<byte>.Count)
        {
            s = TFold.Many(s, Vector256.Shuffle(s.AsVector256().AsInt64(), Vector256.Create(2, 3, 0, 1)).As<long, T>().AsVector());
            s = TFold.Many(s, Vector256.Shuffle(s.AsVector256().AsInt64(), Vector256.Create(1, 0, 3, 2)).As<long, T>().AsVector());
            left /= 4;
        }
        ref T lane = ref Unsafe.As<Vector<T>, T>(ref s);
        for (int half = left / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++) Unsafe.Add(ref lane, i) = TFold.One(Unsafe.Add(ref lane, i), Unsafe.Add(ref lane, i + half));
        return lane;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Singles<TFold, T>(T y, ref T x, int n)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < n; i++) y = TFold.One(y, Unsafe.Add(ref x, i));
        return y;
    }

    /// <summary>Where a long row is cut in two.</summary>
    private static int Half<T>(int n) => Math.Max(n / 2 / (Leaf * Vector<T>.Count), 1) * Leaf * Vector<T>.Count;

    /// <summary>Folds the rows of an [n, m] block into one row y of m elements.</summary>
    internal static void Columns<TFold, T>(ref T x, int n, int m, ref T y)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        if (n == 0)
        {
            for (int j = 0; j < m; j++) Unsafe.Add(ref y, j) = TFold.Neutral<T>();
        }
        else if (m > 0 && m < Vector<T>.Count && n >= 2 * Vector<T>.Count) Narrow<TFold, T>(ref x, n, m, ref y);
        else
            for (int j = 0; j < m; j += Wide)
                Tree<TFold, T>(ref Unsafe.Add(ref x, j), n, m, Math.Min(Wide, m - j), ref Unsafe.Add(ref y, j));
    }

    /// <summary>Rows shorter than a register are taken several at a time, as one that is wide enough; its parts are folded at the end.</summary>
    private static void Narrow<TFold, T>(ref T x, int n, int m, ref T y)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        int joined = Vector<T>.Count, left = n % joined;
        Span<T> parts = stackalloc T[joined * m];
        Columns<TFold, T>(ref x, n / joined, joined * m, ref parts[0]);
        Rows<TFold, T>(ref parts[0], joined, m, m, ref y);
        ref T rest = ref Unsafe.Add(ref x, (nint)(n - left) * m);
        for (int r = 0; r < left; r++)
            for (int j = 0; j < m; j++) Unsafe.Add(ref y, j) = TFold.One(Unsafe.Add(ref y, j), Unsafe.Add(ref rest, r * m + j));
    }

    private static void Tree<TFold, T>(ref T x, int n, int stride, int m, ref T y)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        if (n <= Leaf)
        {
            Rows<TFold, T>(ref x, n, stride, m, ref y);
            return;
        }
        Span<T> two = stackalloc T[2 * m];
        Tree<TFold, T>(ref x, n / 2, stride, m, ref two[0]);
        Tree<TFold, T>(ref Unsafe.Add(ref x, (nint)(n / 2) * stride), n - n / 2, stride, m, ref two[m]);
        Rows<TFold, T>(ref two[0], 2, m, m, ref y);
    }

    /// <summary>A few rows, four at a time.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Rows<TFold, T>(ref T x, int n, int stride, int m, ref T y)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        nuint s = (nuint)stride, s2 = 2 * s, s3 = 3 * s, whole = (nuint)(m - m % Vector<T>.Count);
        for (int r = 0; r < n;)
        {
            nuint i = 0;
            if (n - r >= 4)
            {
                for (; i < whole; i += (nuint)Vector<T>.Count)
                {
                    var four = TFold.Many(
                        TFold.Many(Vector.LoadUnsafe(ref x, i), Vector.LoadUnsafe(ref x, i + s)),
                        TFold.Many(Vector.LoadUnsafe(ref x, i + s2), Vector.LoadUnsafe(ref x, i + s3)));
                    (r == 0 ? four : TFold.Many(Vector.LoadUnsafe(ref y, i), four)).StoreUnsafe(ref y, i);
                }
                for (; i < (nuint)m; i++)
                {
                    T four = TFold.One(TFold.One(Unsafe.Add(ref x, i), Unsafe.Add(ref x, i + s)), TFold.One(Unsafe.Add(ref x, i + s2), Unsafe.Add(ref x, i + s3)));
                    Unsafe.Add(ref y, i) = r == 0 ? four : TFold.One(Unsafe.Add(ref y, i), four);
                }
                r += 4;
                x = ref Unsafe.Add(ref x, 4 * s);
                continue;
            }
            for (; i < whole; i += (nuint)Vector<T>.Count)
                (r == 0 ? Vector.LoadUnsafe(ref x, i) : TFold.Many(Vector.LoadUnsafe(ref y, i), Vector.LoadUnsafe(ref x, i))).StoreUnsafe(ref y, i);
            for (; i < (nuint)m; i++) Unsafe.Add(ref y, i) = r == 0 ? Unsafe.Add(ref x, i) : TFold.One(Unsafe.Add(ref y, i), Unsafe.Add(ref x, i));
            r++;
            x = ref Unsafe.Add(ref x, s);
        }
    }
}
