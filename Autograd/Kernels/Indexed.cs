using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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

    /// <summary>Whole rows of a table of <paramref name="total"/> elements: y[r] = x[index[r]].</summary>
    internal static unsafe void GatherRows<T>(ref long index, int stepI, ref T x, long total, ref T y, int rows, int length)
        where T : unmanaged
    {
        const int Caches = 4 << 20;                                                     // bytes near the core
        if (Sse.IsSupported && total * sizeof(T) > Caches && length > 0)
        {
            GatherFarRows(ref index, stepI, ref Unsafe.As<T, byte>(ref x), ref Unsafe.As<T, byte>(ref y), rows, length * sizeof(T));
            return;
        }
        for (int r = 0; r < rows; r++)
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref x, (nint)Unsafe.Add(ref index, r * stepI) * length), length)
                .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref y, (nint)r * length), length));
    }

    /// <summary>
    /// The same from a table beyond the caches, where each row is a walk to memory, and before it a walk through the page tables. The pages of
    /// many rows are called at once, so that these walks overlap, and while a row is copied, another a little ahead is called into the cache.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static unsafe void GatherFarRows(ref long index, int stepI, ref byte x, ref byte y, int rows, int bytes)
    {
        const int Page = 4 << 10, Way = 8 << 10, Together = 64, TogetherBytes = 1 << 20;
        int ahead = Math.Max(1, Way / bytes), block = Math.Clamp(TogetherBytes / bytes, 1, Together);
        for (int start = 0; start < rows; start += block)
        {
            int end = Math.Min(start + block, rows);
            for (int r = start; r < end; r++)
            {
                byte* row = Row(ref index, ref x, r);
                for (int b = 0; b < bytes; b += Page) Sse.Prefetch1(row + b);
                Sse.Prefetch1(row + bytes - 1);
            }
            for (int r = start; r < end; r++)
            {
                ref byte from = ref Unsafe.Add(ref x, (nint)Unsafe.Add(ref index, r * stepI) * bytes), to = ref Unsafe.Add(ref y, (nint)r * bytes);
                byte* next = Row(ref index, ref x, Math.Min(r + ahead, end - 1));
                int b = 0;
                for (; b <= bytes - Cache.Line; b += Cache.Line)
                {
                    Sse.Prefetch1(next + b);
                    Vector512.LoadUnsafe(ref from, (nuint)b).StoreUnsafe(ref to, (nuint)b);
                }
                for (; b < bytes; b++) Unsafe.Add(ref to, b) = Unsafe.Add(ref from, b);
            }
        }

        byte* Row(ref long index, ref byte x, int r) => (byte*)Unsafe.AsPointer(ref Unsafe.Add(ref x, (nint)Unsafe.Add(ref index, r * stepI) * bytes));
    }

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
