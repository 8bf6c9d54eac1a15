using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Products so small that choosing among the ways to compute them, and packing for those, would take longer than the arithmetic.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Steps of the inner loop up to which a product is small: with so many, the other ways are as fast.</summary>
    private const int SmallSteps = 24;

    /// <summary>Rows of C that are computed together. From so many on, a B whose rows are not contiguous is worth copying, if it is small, too.</summary>
    private const int SmallRows = 4, SmallCopy = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSmall<T>(in Product<T> p)
        where T : unmanaged =>
        (long)CeilingDivide(p.M, SmallRows) * CeilingDivide(p.N, Alignment / sizeof(T)) * p.K <= SmallSteps
        && (p.BCol == 1 || (p.M >= SmallRows && p.N * p.K <= SmallCopy));

    /// <summary>
    /// Four rows of C at a time, a register of columns at a time; the chain of each element is that of the micro-kernels. Where fewer rows
    /// are left, the last is repeated.
    /// </summary>
    [SkipLocalsInit, MethodImpl(Compile.Kernel)]
    private static void MultiplySmall<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var copy = stackalloc T[SmallCopy];
        T* b = p.B;
        nint n = p.N, k = p.K, step = p.ACol, bRow = p.BRow;
        if (p.BCol != 1)
        {
            var bCol = p.BCol;
            var y = copy;
            for (nint l = 0; l < k; l++, b += bRow)
                for (nint j = 0; j < n; j++) *y++ = b[j * bCol];
            b = copy;
            bRow = n;
        }
        for (nint j = 0; j < n; j += L.Count)
        {
            var mask = L.Mask((int)Math.Min(n - j, L.Count));
            T* a0 = p.A, c0 = p.C + j, i0 = p.Init + j;
            for (var left = p.M; left > 0; left -= SmallRows)
            {
                nint second = left > 1 ? 1 : 0, third = left > 2 ? 1 : 0, fourth = left > 3 ? 1 : 0;
                T* a1 = a0 + second * p.ARow, a2 = a1 + third * p.ARow, a3 = a2 + fourth * p.ARow, y = b + j;
                T* c1 = c0 + second * p.CRow, c2 = c1 + third * p.CRow, c3 = c2 + fourth * p.CRow;
                V x0 = default, x1 = default, x2 = default, x3 = default;
                if (p.Init != null)
                {
                    T* i1 = i0 + second * p.InitRow, i2 = i1 + third * p.InitRow, i3 = i2 + fourth * p.InitRow;
                    (x0, x1, x2, x3) = (L.Load(i0, mask), L.Load(i1, mask), L.Load(i2, mask), L.Load(i3, mask));
                    i0 = i3 + p.InitRow;
                }
                for (nint l = 0, at = 0; l < k; l++, at += step, y += bRow)
                {
                    var row = L.Load(y, mask);
                    x0 = L.MultiplyAdd(L.Broadcast(a0[at]), row, x0);
                    x1 = L.MultiplyAdd(L.Broadcast(a1[at]), row, x1);
                    x2 = L.MultiplyAdd(L.Broadcast(a2[at]), row, x2);
                    x3 = L.MultiplyAdd(L.Broadcast(a3[at]), row, x3);
                }
                L.Store(c0, x0, mask);
                L.Store(c1, x1, mask);
                L.Store(c2, x2, mask);
                L.Store(c3, x3, mask);
                a0 = a3 + p.ARow;
                c0 = c3 + p.CRow;
            }
        }
    }
}
