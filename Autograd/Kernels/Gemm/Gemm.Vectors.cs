using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniTorch.Kernels;

/// <summary>
/// Products in which one side is a few vectors. Every element of the big matrix is used once or a few times, so the time is that of reading
/// it: nothing here packs it, and both kernels read it in long contiguous runs.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Up to this many lines on one side, dot products beat transposing the other matrix for the micro-kernels.</summary>
    private const int FewLines = 12;

    /// <summary>The same where the columns of B must be gathered first.</summary>
    private const int GatheredLines = 4;

    private const int GatheredDepth = 1 << 16;

    /// <summary>Lines of numbers that are contiguous along k: the rows of A, or the columns of B.</summary>
    private readonly struct Lines<T>(T* start, nint stride, int count, nint cStride, nint initStride)
        where T : unmanaged
    {
        public readonly T* Start = start;
        public readonly nint Stride = stride;
        public readonly int Count = count;

        /// <summary>Elements of C from the result of one line to that of the next, and of Init.</summary>
        public readonly nint CStride = cStride, InitStride = initStride;
    }

    /// <summary>
    /// Whether C is best made of dot products of the rows of A and the columns of B: both are contiguous, or B is so small that gathering
    /// its columns is nothing; and one side is few.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool PrefersDots<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        if (p.ACol != 1) return false;
        if (p.BRow == 1) return p.M <= FewLines || p.N <= FewLines;
        return p.N <= GatheredLines && p.M >= 4 && p.K >= L.Count && p.K <= GatheredDepth;
    }

    private static void MultiplyDots<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        if (p.BRow == 1)
        {
            MultiplyLines<L, V, T>(p, p.B, p.BCol);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(p.N * p.K * sizeof(T) + Alignment);
        fixed (byte* raw = buffer)
        {
            var columns = Align<T>(raw);
            CopyTransposed(p.B, p.BRow, p.BCol, p.K, p.N, columns);
            MultiplyLines<L, V, T>(p, columns, p.K);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>
    /// Every row of A with every column of B, in groups of four by two, or by four where there are registers for it: as few groups as can be,
    /// and if there is a choice the first four are columns, because their sums are then stored side by side.
    /// </summary>
    private static void MultiplyLines<L, V, T>(in Product<T> p, T* b, nint bCol)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var rows = new Lines<T>(p.A, p.ARow, p.M, p.CRow, p.InitRow);
        var columns = new Lines<T>(b, bCol, p.N, 1, 1);
        long groupsByColumns = (long)CeilingDivide(p.N, 4) * CeilingDivide(p.M, 2);
        long groupsByRows = (long)CeilingDivide(p.M, 4) * CeilingDivide(p.N, 2);
        var byColumns = p.N >= 4 && groupsByColumns <= groupsByRows;
        Lines<T> fours = byColumns ? columns : rows, twos = byColumns ? rows : columns;

        // As many lines as stay in L1 while all of the other side passes by; but all in one run, if they need not wait for a second group.
        var most = L.TileRows * L.TileVectors > 16 ? 4 : 2;
        var chunk = twos.Count <= 2 || twos.Count == most ? fours.Count : Math.Max(4, (16384 / sizeof(T) / p.K) & ~3);
        for (var i = 0; i < fours.Count; i += chunk)
        {
            var count = Math.Min(chunk, fours.Count - i);
            var line = fours.Start + i * fours.Stride;
            for (int j = 0, others; j < twos.Count; j += others)
            {
                others = twos.Count - j;
                others = others >= most ? most : Math.Min(others, 2);
                var x = twos.Start + j * twos.Stride;
                var c = p.C + i * fours.CStride + j * twos.CStride;
                var init = p.Init == null ? null : p.Init + i * fours.InitStride + j * twos.InitStride;
                if (others == 4) Dots4x4<L, V, T>(p.K, line, x, count, c, init, fours, twos);
                else if (others == 2) Dots4x2<L, V, T>(p.K, line, x, count, c, init, fours, twos);
                else Dots4x1<L, V, T>(p.K, line, x, count, c, init, fours);
            }
        }
    }

    /// <summary>
    /// Lines, four at a time, with one other. Where fewer than four are left, the last is repeated. The last register of a line is masked.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static void Dots4x1<L, V, T>(nint k, T* a, T* x, int count, T* c, T* init, in Lines<T> fours)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        nint stride = fours.Stride, cStride = fours.CStride, initStride = fours.InitStride;
        var whole = k - (k & (L.Count - 1));
        var mask = L.Mask((int)(k - whole));
        for (; count > 0; count -= 4)
        {
            T* b0 = a, b1 = count > 1 ? b0 + stride : b0, b2 = count > 2 ? b1 + stride : b1, b3 = count > 3 ? b2 + stride : b2;
            V x0 = default, x1 = default, x2 = default, x3 = default;
            nint i = 0;
            for (; i < whole; i += L.Count)
            {
                var u = L.Load(x + i);
                x0 = L.MultiplyAdd(u, L.Load(b0 + i), x0);
                x1 = L.MultiplyAdd(u, L.Load(b1 + i), x1);
                x2 = L.MultiplyAdd(u, L.Load(b2 + i), x2);
                x3 = L.MultiplyAdd(u, L.Load(b3 + i), x3);
            }
            if (i < k)
            {
                var u = L.Load(x + i, mask);
                x0 = L.MultiplyAdd(u, L.Load(b0 + i, mask), x0);
                x1 = L.MultiplyAdd(u, L.Load(b1 + i, mask), x1);
                x2 = L.MultiplyAdd(u, L.Load(b2 + i, mask), x2);
                x3 = L.MultiplyAdd(u, L.Load(b3 + i, mask), x3);
            }
            StoreSums(L.Sums(x0, x1, x2, x3), count, c, cStride, init, initStride);
            a += 4 * stride;
            c += 4 * cStride;
            if (init != null) init += 4 * initStride;
        }
    }

    /// <summary>Lines, four at a time, with two others: every element that is loaded serves two or four times.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Dots4x2<L, V, T>(nint k, T* a, T* x, int count, T* c, T* init, in Lines<T> fours, in Lines<T> twos)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        nint stride = fours.Stride, cStride = fours.CStride, initStride = fours.InitStride;
        var y = x + twos.Stride;
        var whole = k - (k & (L.Count - 1));
        var mask = L.Mask((int)(k - whole));
        for (; count > 0; count -= 4)
        {
            T* b0 = a, b1 = count > 1 ? b0 + stride : b0, b2 = count > 2 ? b1 + stride : b1, b3 = count > 3 ? b2 + stride : b2;
            V x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default, w;
            nint i = 0;
            for (; i < whole; i += L.Count)
            {
                V u = L.Load(x + i), v = L.Load(y + i);
                w = L.Load(b0 + i); x0 = L.MultiplyAdd(u, w, x0); y0 = L.MultiplyAdd(v, w, y0);
                w = L.Load(b1 + i); x1 = L.MultiplyAdd(u, w, x1); y1 = L.MultiplyAdd(v, w, y1);
                w = L.Load(b2 + i); x2 = L.MultiplyAdd(u, w, x2); y2 = L.MultiplyAdd(v, w, y2);
                w = L.Load(b3 + i); x3 = L.MultiplyAdd(u, w, x3); y3 = L.MultiplyAdd(v, w, y3);
            }
            if (i < k)
            {
                V u = L.Load(x + i, mask), v = L.Load(y + i, mask);
                w = L.Load(b0 + i, mask); x0 = L.MultiplyAdd(u, w, x0); y0 = L.MultiplyAdd(v, w, y0);
                w = L.Load(b1 + i, mask); x1 = L.MultiplyAdd(u, w, x1); y1 = L.MultiplyAdd(v, w, y1);
                w = L.Load(b2 + i, mask); x2 = L.MultiplyAdd(u, w, x2); y2 = L.MultiplyAdd(v, w, y2);
                w = L.Load(b3 + i, mask); x3 = L.MultiplyAdd(u, w, x3); y3 = L.MultiplyAdd(v, w, y3);
            }
            Vector256<T> xSums = L.Sums(x0, x1, x2, x3), ySums = L.Sums(y0, y1, y2, y3);
            StoreSums(xSums, count, c, cStride, init, initStride);
            StoreSums(ySums, count, c + twos.CStride, cStride, init == null ? null : init + twos.InitStride, initStride);
            a += 4 * stride;
            c += 4 * cStride;
            if (init != null) init += 4 * initStride;
        }
    }

    /// <summary>
    /// Lines, four at a time, with four others: half a load per multiplication, so that loads which straddle two cache lines, as those of
    /// lines of any length do, keep up with the arithmetic.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static void Dots4x4<L, V, T>(nint k, T* a, T* x, int count, T* c, T* init, in Lines<T> fours, in Lines<T> others)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        nint stride = fours.Stride, cStride = fours.CStride, initStride = fours.InitStride, otherC = others.CStride, otherInit = others.InitStride;
        T* y = x + others.Stride, z = y + others.Stride, t = z + others.Stride;
        var whole = k - (k & (L.Count - 1));
        var mask = L.Mask((int)(k - whole));
        for (; count > 0; count -= 4)
        {
            T* b0 = a, b1 = count > 1 ? b0 + stride : b0, b2 = count > 2 ? b1 + stride : b1, b3 = count > 3 ? b2 + stride : b2;
            V x0 = default, x1 = default, x2 = default, x3 = default, y0 = default, y1 = default, y2 = default, y3 = default;
            V z0 = default, z1 = default, z2 = default, z3 = default, t0 = default, t1 = default, t2 = default, t3 = default, w;
            nint i = 0;
            for (; i < whole; i += L.Count)
            {
                V ux = L.Load(x + i), uy = L.Load(y + i), uz = L.Load(z + i), ut = L.Load(t + i);
                w = L.Load(b0 + i); x0 = L.MultiplyAdd(ux, w, x0); y0 = L.MultiplyAdd(uy, w, y0); z0 = L.MultiplyAdd(uz, w, z0); t0 = L.MultiplyAdd(ut, w, t0);
                w = L.Load(b1 + i); x1 = L.MultiplyAdd(ux, w, x1); y1 = L.MultiplyAdd(uy, w, y1); z1 = L.MultiplyAdd(uz, w, z1); t1 = L.MultiplyAdd(ut, w, t1);
                w = L.Load(b2 + i); x2 = L.MultiplyAdd(ux, w, x2); y2 = L.MultiplyAdd(uy, w, y2); z2 = L.MultiplyAdd(uz, w, z2); t2 = L.MultiplyAdd(ut, w, t2);
                w = L.Load(b3 + i); x3 = L.MultiplyAdd(ux, w, x3); y3 = L.MultiplyAdd(uy, w, y3); z3 = L.MultiplyAdd(uz, w, z3); t3 = L.MultiplyAdd(ut, w, t3);
            }
            if (i < k)
            {
                V ux = L.Load(x + i, mask), uy = L.Load(y + i, mask), uz = L.Load(z + i, mask), ut = L.Load(t + i, mask);
                w = L.Load(b0 + i, mask); x0 = L.MultiplyAdd(ux, w, x0); y0 = L.MultiplyAdd(uy, w, y0); z0 = L.MultiplyAdd(uz, w, z0); t0 = L.MultiplyAdd(ut, w, t0);
                w = L.Load(b1 + i, mask); x1 = L.MultiplyAdd(ux, w, x1); y1 = L.MultiplyAdd(uy, w, y1); z1 = L.MultiplyAdd(uz, w, z1); t1 = L.MultiplyAdd(ut, w, t1);
                w = L.Load(b2 + i, mask); x2 = L.MultiplyAdd(ux, w, x2); y2 = L.MultiplyAdd(uy, w, y2); z2 = L.MultiplyAdd(uz, w, z2); t2 = L.MultiplyAdd(ut, w, t2);
                w = L.Load(b3 + i, mask); x3 = L.MultiplyAdd(ux, w, x3); y3 = L.MultiplyAdd(uy, w, y3); z3 = L.MultiplyAdd(uz, w, z3); t3 = L.MultiplyAdd(ut, w, t3);
            }
            StoreSums(L.Sums(x0, x1, x2, x3), count, c, cStride, init, initStride);
            StoreSums(L.Sums(y0, y1, y2, y3), count, c + otherC, cStride, init == null ? null : init + otherInit, initStride);
            StoreSums(L.Sums(z0, z1, z2, z3), count, c + 2 * otherC, cStride, init == null ? null : init + 2 * otherInit, initStride);
            StoreSums(L.Sums(t0, t1, t2, t3), count, c + 3 * otherC, cStride, init == null ? null : init + 3 * otherInit, initStride);
            a += 4 * stride;
            c += 4 * cStride;
            if (init != null) init += 4 * initStride;
        }
    }

    /// <summary>
    /// The first <paramref name="count"/> of four sums, each plus an element of <paramref name="init"/> unless that is null, go to C.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSums<T>(Vector256<T> sums, int count, T* c, nint stride, T* init, nint initStride)
        where T : unmanaged
    {
        if (init != null)
        {
            var start = Vector256<T>.Zero.WithElement(0, *init);
            if (count > 1) start = start.WithElement(1, init[initStride]);
            if (count > 2) start = start.WithElement(2, init[2 * initStride]);
            if (count > 3) start = start.WithElement(3, init[3 * initStride]);
            sums += start;
        }
        if (stride == 1 && count > 3)
        {
            if (sizeof(T) == 4) sums.GetLower().Store(c);
            else sums.Store(c);
            return;
        }
        c[0] = sums[0];
        if (count > 1) c[stride] = sums[1];
        if (count > 2) c[2 * stride] = sums[2];
        if (count > 3) c[3 * stride] = sums[3];
    }

    /// <summary>
    /// A row times a row-major matrix, wider than a tile: eight rows of B at a time are scaled and added to C, which stays in L1. The chain
    /// of each element is that of the micro-kernels. A tile would read B in narrow strips, which the prefetcher does not follow.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
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
