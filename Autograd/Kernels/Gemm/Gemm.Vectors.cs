using System.Buffers;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Products in which one side is a few vectors. Every element of the big matrix is used once or a few times, so the time is that of reading
/// it: nothing here packs it, and both kernels read it in long contiguous runs.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Up to this many short lines, dot products beat transposing the other matrix for the micro-kernels.</summary>
    private const int FewLines = 5;

    /// <summary>Lines taken together, so that several sums are in flight and one element of the other side serves them all.</summary>
    private const int LineGroup = 4;

    /// <summary>Lines of numbers that lie next to each other along k: the rows of A, or the columns of B.</summary>
    private readonly struct Lines<T>(T* start, nint stride, int count, nint outStride)
        where T : unmanaged
    {
        public readonly T* Start = start;
        public readonly nint Stride = stride;
        public readonly int Count = count;

        /// <summary>Elements of C from the result of one line to that of the next.</summary>
        public readonly nint OutStride = outStride;
    }

    /// <summary>
    /// C as dot products of the rows of A and the columns of B, where both are contiguous (or B so small that gathering its columns is
    /// nothing) and one side has <see cref="FewLines"/> at most. False if that does not hold.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryMultiplyDots<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        if (p.ACol != 1 || (p.N > FewLines && (p.M > FewLines || p.BRow != 1))) return false;

        var rows = new Lines<T>(p.A, p.ARow, p.M, p.CRow);
        if (p.BRow == 1)
        {
            var columns = new Lines<T>(p.B, p.BCol, p.N, 1);
            if (p.M < p.N) MultiplyLines<L, V, T>(p, columns, rows, 1, p.InitRow);
            else MultiplyLines<L, V, T>(p, rows, columns, p.InitRow, 1);
            return true;
        }

        if (p.K < L.Count || p.M < LineGroup) return false;
        var buffer = ArrayPool<byte>.Shared.Rent(p.N * p.K * sizeof(T) + Alignment);
        fixed (byte* raw = buffer)
        {
            var gathered = Align<T>(raw);
            CopyTransposed(p.B, p.BRow, p.BCol, p.K, p.N, gathered);
            MultiplyLines<L, V, T>(p, rows, new Lines<T>(gathered, p.K, p.N, 1), p.InitRow, 1);
        }
        ArrayPool<byte>.Shared.Return(buffer);
        return true;
    }

    /// <summary>Every pair of a line of <paramref name="many"/> and one of <paramref name="few"/>, in groups of 4 by 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyLines<L, V, T>(in Product<T> p, in Lines<T> many, in Lines<T> few, nint manyInit, nint fewInit)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var sums = stackalloc T[2 * LineGroup];
        for (var i = 0; i < many.Count; i += LineGroup)
        {
            var lines = Math.Min(LineGroup, many.Count - i);
            var line = many.Start + i * many.Stride;
            for (var j = 0; j < few.Count; j += 2)
            {
                var pair = few.Count - j > 1;
                var other = few.Start + j * few.Stride;
                if (pair) Dot4x2<L, V, T>(p.K, line, many.Stride, lines - 1, other, other + few.Stride, sums);
                else Dot4x1<L, V, T>(p.K, line, many.Stride, lines - 1, other, sums);

                for (var f = 0; f <= (pair ? 1 : 0); f++)
                {
                    var c = p.C + i * many.OutStride + (j + f) * few.OutStride;
                    var init = p.Init + i * manyInit + (j + f) * fewInit;
                    for (var l = 0; l < lines; l++)
                        c[l * many.OutStride] = p.Init == null ? sums[4 * f + l] : L.Add(init[l * manyInit], sums[4 * f + l]);
                }
            }
        }
    }

    /// <summary>
    /// Four lines times one. The last register is masked. Of fewer than four lines the last is repeated: <paramref name="last"/> is its
    /// index.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot4x1<L, V, T>(int k, T* a, nint stride, int last, T* x, T* sums)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        T* b = a + Math.Min(1, last) * stride, c = a + Math.Min(2, last) * stride, d = a + Math.Min(3, last) * stride;
        V xa = default, xb = default, xc = default, xd = default;
        nint i = 0;
        for (; i <= k - L.Count; i += L.Count)
        {
            var v = L.Load(x + i);
            xa = L.MultiplyAdd(v, L.Load(a + i), xa);
            xb = L.MultiplyAdd(v, L.Load(b + i), xb);
            xc = L.MultiplyAdd(v, L.Load(c + i), xc);
            xd = L.MultiplyAdd(v, L.Load(d + i), xd);
        }
        if (i < k)
        {
            var mask = L.Mask(k - (int)i);
            var v = L.Load(x + i, mask);
            xa = L.MultiplyAdd(v, L.Load(a + i, mask), xa);
            xb = L.MultiplyAdd(v, L.Load(b + i, mask), xb);
            xc = L.MultiplyAdd(v, L.Load(c + i, mask), xc);
            xd = L.MultiplyAdd(v, L.Load(d + i, mask), xd);
        }
        L.StoreSums(sums, xa, xb, xc, xd);
    }

    /// <summary>Four lines times two: each element loaded serves twice or four times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot4x2<L, V, T>(int k, T* a, nint stride, int last, T* x, T* y, T* sums)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        T* b = a + Math.Min(1, last) * stride, c = a + Math.Min(2, last) * stride, d = a + Math.Min(3, last) * stride;
        V xa = default, xb = default, xc = default, xd = default, ya = default, yb = default, yc = default, yd = default, u;
        nint i = 0;
        for (; i <= k - L.Count; i += L.Count)
        {
            V v = L.Load(x + i), w = L.Load(y + i);
            u = L.Load(a + i); xa = L.MultiplyAdd(v, u, xa); ya = L.MultiplyAdd(w, u, ya);
            u = L.Load(b + i); xb = L.MultiplyAdd(v, u, xb); yb = L.MultiplyAdd(w, u, yb);
            u = L.Load(c + i); xc = L.MultiplyAdd(v, u, xc); yc = L.MultiplyAdd(w, u, yc);
            u = L.Load(d + i); xd = L.MultiplyAdd(v, u, xd); yd = L.MultiplyAdd(w, u, yd);
        }
        if (i < k)
        {
            var mask = L.Mask(k - (int)i);
            V v = L.Load(x + i, mask), w = L.Load(y + i, mask);
            u = L.Load(a + i, mask); xa = L.MultiplyAdd(v, u, xa); ya = L.MultiplyAdd(w, u, ya);
            u = L.Load(b + i, mask); xb = L.MultiplyAdd(v, u, xb); yb = L.MultiplyAdd(w, u, yb);
            u = L.Load(c + i, mask); xc = L.MultiplyAdd(v, u, xc); yc = L.MultiplyAdd(w, u, yc);
            u = L.Load(d + i, mask); xd = L.MultiplyAdd(v, u, xd); yd = L.MultiplyAdd(w, u, yd);
        }
        L.StoreSums(sums, xa, xb, xc, xd);
        L.StoreSums(sums + LineGroup, ya, yb, yc, yd);
    }

    /// <summary>
    /// A row times a row-major matrix, wider than a tile: eight rows of B at a time are scaled and added to C, which stays in L1. The chain
    /// of each element is that of the micro-kernels. A tile would read B in narrow strips, which the prefetcher does not follow.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRow<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        T* a = p.A, b = p.B, c = p.C;
        nint n = p.N, whole = n - n % L.Count, step = p.ACol, row = p.BRow;
        var mask = L.Mask((int)(n - whole));
        var length = (uint)(n * sizeof(T));
        if (p.Init == null) Unsafe.InitBlockUnaligned(c, 0, length);
        else if (p.Init != c) Unsafe.CopyBlockUnaligned(c, p.Init, length);

        var k = p.K;
        for (; k >= 8; k -= 8)
        {
            V x0 = L.Broadcast(*a), x1 = L.Broadcast(a[step]), x2 = L.Broadcast(a[2 * step]), x3 = L.Broadcast(a[3 * step]);
            T* a4 = a + 4 * step, b0 = b, b3 = b + 3 * row, b6 = b + 6 * row;
            V x4 = L.Broadcast(*a4), x5 = L.Broadcast(a4[step]), x6 = L.Broadcast(a4[2 * step]), x7 = L.Broadcast(a4[3 * step]);
            for (nint j = 0; j < whole; j += L.Count)
            {
                var y = L.Load(c + j);
                y = L.MultiplyAdd(x0, L.Load(b0), y);
                y = L.MultiplyAdd(x1, L.Load(b0 + row), y);
                y = L.MultiplyAdd(x2, L.Load(b0 + 2 * row), y);
                y = L.MultiplyAdd(x3, L.Load(b3), y);
                y = L.MultiplyAdd(x4, L.Load(b3 + row), y);
                y = L.MultiplyAdd(x5, L.Load(b3 + 2 * row), y);
                y = L.MultiplyAdd(x6, L.Load(b6), y);
                y = L.MultiplyAdd(x7, L.Load(b6 + row), y);
                L.Store(c + j, y);
                b0 += L.Count; b3 += L.Count; b6 += L.Count;
            }
            if (whole != n)
            {
                var y = L.Load(c + whole, mask);
                y = L.MultiplyAdd(x0, L.Load(b0, mask), y);
                y = L.MultiplyAdd(x1, L.Load(b0 + row, mask), y);
                y = L.MultiplyAdd(x2, L.Load(b0 + 2 * row, mask), y);
                y = L.MultiplyAdd(x3, L.Load(b3, mask), y);
                y = L.MultiplyAdd(x4, L.Load(b3 + row, mask), y);
                y = L.MultiplyAdd(x5, L.Load(b3 + 2 * row, mask), y);
                y = L.MultiplyAdd(x6, L.Load(b6, mask), y);
                y = L.MultiplyAdd(x7, L.Load(b6 + row, mask), y);
                L.Store(c + whole, y, mask);
            }
            a += 8 * step;
            b += 8 * row;
        }
        for (; k > 0; k--)
        {
            var x = L.Broadcast(*a);
            for (nint j = 0; j < whole; j += L.Count) L.Store(c + j, L.MultiplyAdd(x, L.Load(b + j), L.Load(c + j)));
            if (whole != n) L.Store(c + whole, L.MultiplyAdd(x, L.Load(b + whole, mask), L.Load(c + whole, mask)), mask);
            a += step;
            b += row;
        }
    }
}
