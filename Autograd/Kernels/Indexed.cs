using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>Runs of elements that are found through an index; <c>along</c> is the distance between neighbours in the indexed dimension.</summary>
internal static class Indexed
{
    /// <summary>y = x[index].</summary>
    internal static void Gather<T>(ref long index, int stepI, ref T x, int stepX, int along, ref T y, int stepY, int n)
        where T : unmanaged
    {
        if (stepI == 0 && stepX == 1 && stepY == 1)                                     // one index for a whole row
        {
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref x, (nint)index * along), n).CopyTo(MemoryMarshal.CreateSpan(ref y, n));
            return;
        }
        for (int i = 0; i < n; i++)
            Unsafe.Add(ref y, i * stepY) = Unsafe.Add(ref x, i * stepX + (nint)Unsafe.Add(ref index, i * stepI) * along);
    }

    /// <summary>
    /// Whole rows of a table of <paramref name="total"/> elements: y[r] = x[index[r]]. In a table beyond the caches each row is a walk to
    /// memory, so the rows some way ahead are called into the second cache while one is copied: that halves the time.
    /// </summary>
    internal static unsafe void GatherRows<T>(ref long index, int stepI, ref T x, long total, ref T y, int rows, int length)
        where T : unmanaged
    {
        const int CacheLine = 64, Way = 12 << 10, Caches = 4 << 20;                     // bytes: of a line, ahead, and near the core
        int bytes = length * sizeof(T);
        int ahead = Sse.IsSupported && total * sizeof(T) > Caches && bytes > 0 ? Math.Max(1, Way / bytes) : rows;
        for (int r = 0; r < rows; r++)
        {
            if (r + ahead < rows)
            {
                byte* row = (byte*)Unsafe.AsPointer(ref Row(ref index, (r + ahead) * stepI, ref x, length));
                for (int b = 0; b < bytes; b += CacheLine) Sse.Prefetch1(row + b);
            }
            MemoryMarshal.CreateReadOnlySpan(ref Row(ref index, r * stepI, ref x, length), length)
                .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref y, (nint)r * length), length));
        }
    }

    private static ref T Row<T>(ref long index, int i, ref T x, int length) => ref Unsafe.Add(ref x, (nint)Unsafe.Add(ref index, i) * length);

    /// <summary>y[index] = x.</summary>
    internal static void Scatter<T>(ref long index, int stepI, ref T x, int stepX, ref T y, int stepY, int along, int n)
        where T : unmanaged
    {
        for (int i = 0; i < n; i++)
            Unsafe.Add(ref y, i * stepY + (nint)Unsafe.Add(ref index, i * stepI) * along) = Unsafe.Add(ref x, i * stepX);
    }

    /// <summary>y[index] += x; an index that comes twice adds twice.</summary>
    internal static void ScatterAdd<T>(ref long index, int stepI, ref T x, int stepX, ref T y, int stepY, int along, int n)
        where T : unmanaged, INumber<T>
    {
        if (stepI == 0 && stepX == 1 && stepY == 1)                           // one index for a whole row
        {
            var row = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref y, (nint)index * along), n);
            TensorPrimitives.Add(row, MemoryMarshal.CreateReadOnlySpan(ref x, n), row);
            return;
        }
        for (int i = 0; i < n; i++)
            Unsafe.Add(ref y, i * stepY + (nint)Unsafe.Add(ref index, i * stepI) * along) += Unsafe.Add(ref x, i * stepX);
    }
}
