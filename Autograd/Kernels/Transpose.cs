using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>The transpose of a matrix, in square blocks, so that both sides are read and written in whole cache lines.</summary>
internal static class Transpose
{
    private const int Block = 16;                       // elements a side; 64 bytes of floats are a cache line

    /// <summary>yᵢⱼ = xⱼᵢ: row i of y is column i of x, whose rows are <paramref name="strideX"/> elements apart.</summary>
    internal static void Run<T>(ref T x, int strideX, ref T y, int strideY, int rows, int columns)
        where T : unmanaged
    {
        for (int j = 0; j < columns; j += Block)
        {
            int wide = Math.Min(Block, columns - j);
            for (int i = 0; i < rows; i += Block)
            {
                int high = Math.Min(Block, rows - i);
                ref T from = ref Unsafe.Add(ref x, (nint)j * strideX + i);
                ref T to = ref Unsafe.Add(ref y, (nint)i * strideY + j);
                if (Unsafe.SizeOf<T>() == 4 && Avx.IsSupported && high == Block && wide == Block)
                    for (int q = 0; q < 4; q++)
                        Eight(
                            ref Unsafe.As<T, float>(ref Unsafe.Add(ref from, (nint)(q & 1) * 8 * strideX + (q >> 1) * 8)), strideX,
                            ref Unsafe.As<T, float>(ref Unsafe.Add(ref to, (nint)(q >> 1) * 8 * strideY + (q & 1) * 8)), strideY);
                else Reference(ref from, strideX, ref to, strideY, high, wide);
            }
        }
    }

    /// <summary>The definition, element by element.</summary>
    internal static void Reference<T>(ref T x, int strideX, ref T y, int strideY, int rows, int columns)
        where T : unmanaged
    {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                Unsafe.Add(ref y, (nint)i * strideY + j) = Unsafe.Add(ref x, (nint)j * strideX + i);
    }

    /// <summary>Eight rows of eight floats: neighbours are interleaved three times, over distances 1, 2 and 4.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Eight(ref float x, int strideX, ref float y, int strideY)
    {
        nuint s = (nuint)strideX, t = (nuint)strideY;
        Vector256<float> x0 = Vector256.LoadUnsafe(ref x), x1 = Vector256.LoadUnsafe(ref x, s), x2 = Vector256.LoadUnsafe(ref x, 2 * s), x3 = Vector256.LoadUnsafe(ref x, 3 * s);
        Vector256<float> x4 = Vector256.LoadUnsafe(ref x, 4 * s), x5 = Vector256.LoadUnsafe(ref x, 5 * s), x6 = Vector256.LoadUnsafe(ref x, 6 * s), x7 = Vector256.LoadUnsafe(ref x, 7 * s);

        Vector256<float> a0 = Avx.UnpackLow(x0, x1), a1 = Avx.UnpackHigh(x0, x1), a2 = Avx.UnpackLow(x2, x3), a3 = Avx.UnpackHigh(x2, x3);
        Vector256<float> a4 = Avx.UnpackLow(x4, x5), a5 = Avx.UnpackHigh(x4, x5), a6 = Avx.UnpackLow(x6, x7), a7 = Avx.UnpackHigh(x6, x7);

        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xee), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xee);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xee), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xee);

        Avx.Permute2x128(b0, b4, 0x20).StoreUnsafe(ref y);
        Avx.Permute2x128(b1, b5, 0x20).StoreUnsafe(ref y, t);
        Avx.Permute2x128(b2, b6, 0x20).StoreUnsafe(ref y, 2 * t);
        Avx.Permute2x128(b3, b7, 0x20).StoreUnsafe(ref y, 3 * t);
        Avx.Permute2x128(b0, b4, 0x31).StoreUnsafe(ref y, 4 * t);
        Avx.Permute2x128(b1, b5, 0x31).StoreUnsafe(ref y, 5 * t);
        Avx.Permute2x128(b2, b6, 0x31).StoreUnsafe(ref y, 6 * t);
        Avx.Permute2x128(b3, b7, 0x31).StoreUnsafe(ref y, 7 * t);
    }
}
