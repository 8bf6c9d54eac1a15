using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// Copies B into panels of <paramref name="width"/> columns, each k rows one after the other, and makes them the product's B. What lies
    /// to the right of B's last column is never used, but kernels may read it: it holds copies of columns, or zeros.
    /// </summary>
    private static void PackB<T>(ref Product<T> p, int width, T* target)
        where T : unmanaged
    {
        var panel = target;
        for (var j = 0; j < p.N; j += width)
        {
            var source = p.B + j * p.BCol;
            var columns = Math.Min(width, p.N - j);
            for (var i = 0; i < p.K && columns < width; i++) new Span<T>(panel + (nint)i * width + columns, width - columns).Clear();
            if (p.BCol == 1) CopyRows(source, p.BRow, p.K, columns, panel, width);
            else Transpose(source, p.BRow, p.BCol, p.K, columns, panel, width, padded: true);
            panel += (nint)width * p.K;
        }
        p.B = target;
        (p.BRow, p.BCol) = (width, 1);
    }

    /// <summary>Copies a matrix of any strides to contiguous columns.</summary>
    private static void CopyTransposed<T>(T* source, nint row, nint column, int rows, int columns, T* target)
        where T : unmanaged
    {
        for (var j = 0; j < columns; j++)
            for (var i = 0; i < rows; i++) *target++ = source[i * row + j * column];
    }

    private static void CopyRows<T>(T* source, nint sourceRow, int rows, int columns, T* target, nint targetRow)
        where T : unmanaged
    {
        for (var i = 0; i < rows; i++)
        {
            new ReadOnlySpan<T>(source, columns).CopyTo(new Span<T>(target, columns));
            source += sourceRow;
            target += targetRow;
        }
    }

    /// <summary>
    /// Copies a matrix of any strides to contiguous rows. If <paramref name="padded"/>, the target's rows are whole registers long, and what
    /// is beyond the last column may be overwritten.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<T>(T* source, nint row, nint column, int rows, int columns, T* target, nint targetRow, bool padded = false)
        where T : unmanaged
    {
        var side = typeof(T) == typeof(float) ? 8 : 4;
        if (!Avx.IsSupported || sizeof(T) < 4 || row != 1 || rows < side)
        {
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++) target[i * targetRow + j] = source[i * row + j * column];
            return;
        }

        for (var i = 0; i < rows; i += side)
        {
            if (i > rows - side) i = rows - side;           // the last squares overlap the ones before
            var j = 0;
            for (; j <= columns - side; j += side) TransposeSquare(source + i + j * column, column, side - 1, target + i * targetRow + j, targetRow);
            if (j == columns) continue;
            if (padded) TransposeSquare(source + i + j * column, column, columns - j - 1, target + i * targetRow + j, targetRow);
            else
            {
                for (; j < columns; j++)
                    for (var r = i; r < i + side; r++) target[r * targetRow + j] = source[r + j * column];
            }
        }
    }

    /// <summary>Transposes 8×8 floats or 4×4 doubles. Of fewer source rows, the last is repeated: <paramref name="last"/> is its index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare<T>(T* source, nint sourceRow, int last, T* target, nint targetRow)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) Transpose8x8((float*)source, sourceRow, last, (float*)target, targetRow);
        else Transpose4x4((double*)source, sourceRow, last, (double*)target, targetRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(double* source, nint sourceRow, int last, double* target, nint targetRow)
    {
        Vector256<double> x0 = Vector256.Load(source), x1 = Vector256.Load(source + Math.Min(1, last) * sourceRow);
        Vector256<double> x2 = Vector256.Load(source + Math.Min(2, last) * sourceRow), x3 = Vector256.Load(source + Math.Min(3, last) * sourceRow);
        Vector256<double> p0 = Avx.UnpackLow(x0, x1), p1 = Avx.UnpackHigh(x0, x1), p2 = Avx.UnpackLow(x2, x3), p3 = Avx.UnpackHigh(x2, x3);
        Avx.Permute2x128(p0, p2, 0x20).Store(target);
        Avx.Permute2x128(p1, p3, 0x20).Store(target + targetRow);
        Avx.Permute2x128(p0, p2, 0x31).Store(target + 2 * targetRow);
        Avx.Permute2x128(p1, p3, 0x31).Store(target + 3 * targetRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8(float* source, nint sourceRow, int last, float* target, nint targetRow)
    {
        Vector256<float> x0 = Vector256.Load(source), x1 = Vector256.Load(source + Math.Min(1, last) * sourceRow);
        Vector256<float> x2 = Vector256.Load(source + Math.Min(2, last) * sourceRow), x3 = Vector256.Load(source + Math.Min(3, last) * sourceRow);
        Vector256<float> x4 = Vector256.Load(source + Math.Min(4, last) * sourceRow), x5 = Vector256.Load(source + Math.Min(5, last) * sourceRow);
        Vector256<float> x6 = Vector256.Load(source + Math.Min(6, last) * sourceRow), x7 = Vector256.Load(source + Math.Min(7, last) * sourceRow);

        // 2×2, then 4×4 within the halves of a register, then the halves
        Vector256<float> p0 = Avx.UnpackLow(x0, x1), p1 = Avx.UnpackHigh(x0, x1), p2 = Avx.UnpackLow(x2, x3), p3 = Avx.UnpackHigh(x2, x3);
        Vector256<float> p4 = Avx.UnpackLow(x4, x5), p5 = Avx.UnpackHigh(x4, x5), p6 = Avx.UnpackLow(x6, x7), p7 = Avx.UnpackHigh(x6, x7);
        Vector256<float> q0 = Avx.Shuffle(p0, p2, 0x44), q1 = Avx.Shuffle(p0, p2, 0xEE), q2 = Avx.Shuffle(p1, p3, 0x44), q3 = Avx.Shuffle(p1, p3, 0xEE);
        Vector256<float> q4 = Avx.Shuffle(p4, p6, 0x44), q5 = Avx.Shuffle(p4, p6, 0xEE), q6 = Avx.Shuffle(p5, p7, 0x44), q7 = Avx.Shuffle(p5, p7, 0xEE);
        var t = target + 4 * targetRow;
        Avx.Permute2x128(q0, q4, 0x20).Store(target);
        Avx.Permute2x128(q1, q5, 0x20).Store(target + targetRow);
        Avx.Permute2x128(q2, q6, 0x20).Store(target + 2 * targetRow);
        Avx.Permute2x128(q3, q7, 0x20).Store(target + 3 * targetRow);
        Avx.Permute2x128(q0, q4, 0x31).Store(t);
        Avx.Permute2x128(q1, q5, 0x31).Store(t + targetRow);
        Avx.Permute2x128(q2, q6, 0x31).Store(t + 2 * targetRow);
        Avx.Permute2x128(q3, q7, 0x31).Store(t + 3 * targetRow);
    }
}
