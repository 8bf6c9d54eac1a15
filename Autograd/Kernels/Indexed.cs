using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>Runs of elements that are found through an index; <c>along</c> is the distance between neighbours in the indexed dimension.</summary>
internal static class Indexed
{
    /// <summary>y = x[index].</summary>
    internal static void Gather<T>(ref long index, int stepI, ref T x, int stepX, int along, ref T y, int stepY, int n)
        where T : unmanaged
    {
        if (stepI == 0 && stepX == 1 && stepY == 1)                           // one index for a whole row
        {
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref x, (nint)index * along), n)
                .CopyTo(MemoryMarshal.CreateSpan(ref y, n));
            return;
        }
        for (int i = 0; i < n; i++)
            Unsafe.Add(ref y, i * stepY) = Unsafe.Add(ref x, i * stepX + (nint)Unsafe.Add(ref index, i * stepI) * along);
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
