using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>Rows of a table that are found through an index, as in an embedding.</summary>
internal static class Rows
{
    /// <summary>y[k] = table[index[k]].</summary>
    internal static void Gather<T>(ReadOnlySpan<T> table, ReadOnlySpan<long> index, Span<T> y, int size)
        where T : unmanaged
    {
        for (int k = 0; k < index.Length; k++) table.Slice((int)index[k] * size, size).CopyTo(y[(k * size)..]);
    }

    /// <summary>table[index[k]] += x[k], in the order of k.</summary>
    internal static void Add<T>(ReadOnlySpan<T> x, ReadOnlySpan<long> index, Span<T> table, int size)
        where T : unmanaged, INumber<T>
    {
        for (int k = 0; k < index.Length; k++)
        {
            ref T row = ref MemoryMarshal.GetReference(table.Slice((int)index[k] * size, size)), from = ref MemoryMarshal.GetReference(x.Slice(k * size, size));
            int i = 0;
            for (; i <= size - Vector<T>.Count; i += Vector<T>.Count)
                (Vector.LoadUnsafe(ref row, (nuint)i) + Vector.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref row, (nuint)i);
            for (; i < size; i++) Unsafe.Add(ref row, i) += Unsafe.Add(ref from, i);
        }
    }
}
