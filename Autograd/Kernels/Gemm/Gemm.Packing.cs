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
    private static void PackB<T>(ref Product<T> p, int width, T* target, bool shared = false)
        where T : unmanaged
    {
        var panels = CeilingDivide(p.N, width);
        var packing = new Packing<T>(p, width, target);
        if (shared) Team.Run(panels, packing);
        else
            for (var i = 0; i < panels; i++) packing.Run(i);
        p.B = target;
        (p.BRow, p.BCol) = (width, 1);
    }

    private readonly struct Packing<T>(Product<T> p, int width, T* target) : IChunks
        where T : unmanaged
    {
        public void Run(int panel)
        {
            var source = p.B + panel * width * p.BCol;
            var copy = target + (nint)panel * width * p.K;
            var columns = Math.Min(width, p.N - panel * width);
            for (var i = 0; i < p.K && columns < width; i++) new Span<T>(copy + (nint)i * width + columns, width - columns).Clear();
            if (p.BCol == 1) CopyRows(source, p.BRow, p.K, columns, copy, width);
            else Transpose(source, p.BRow, p.BCol, p.K, columns, copy, width, padded: true);
        }
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
    /// Copies a matrix of any strides to contiguous rows. If <paramref name="padded"/>, what lies between the rows of the target may be
    /// overwritten.
    /// </summary>
    private static void Transpose<T>(
        T* source, nint row, nint column, int rows, int columns, T* target, nint targetRow, bool padded = false)
        where T : unmanaged
    {
        var side = typeof(T) == typeof(float) ? 8 : 4;
        if (!Avx.IsSupported || row != 1 || rows < side)
        {
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++) target[i * targetRow + j] = source[i * row + j * column];
            return;
        }

        for (var i = 0; i < rows; i += side)
        {
            if (i > rows - side) i = rows - side;           // the last squares overlap the ones before
            T* from = source + i, to = target + i * targetRow;
            var j = 0;
            for (; j <= columns - side; j += side) TransposeSquare(from + j * column, column, side - 1, to + j, targetRow);
            if (j == columns) continue;
            if (padded && j + side <= targetRow)
                TransposeSquare(from + j * column, column, columns - j - 1, to + j, targetRow);
            else
                for (; j < columns; j++)
                    for (var r = 0; r < side; r++) to[r * targetRow + j] = from[r + j * column];
        }
    }

    /// <summary>
    /// Transposes 8×8 floats or 4×4 doubles. Of fewer source rows, the last is repeated: <paramref name="last"/> is its index.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare<T>(T* source, nint stride, int last, T* target, nint targetStride)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) Transpose8x8((float*)source, stride, last, (float*)target, targetStride);
        else Transpose4x4((double*)source, stride, last, (double*)target, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(double* source, nint stride, int last, double* target, nint targetStride)
    {
        Vector256<double> x0 = Row(0), x1 = Row(1), x2 = Row(2), x3 = Row(3);

        // pairs within the halves of a register, then the halves
        Vector256<double> p0 = Avx.UnpackLow(x0, x1), p1 = Avx.UnpackHigh(x0, x1);
        Vector256<double> p2 = Avx.UnpackLow(x2, x3), p3 = Avx.UnpackHigh(x2, x3);
        Avx.Permute2x128(p0, p2, 0x20).Store(target);
        Avx.Permute2x128(p1, p3, 0x20).Store(target + targetStride);
        Avx.Permute2x128(p0, p2, 0x31).Store(target + 2 * targetStride);
        Avx.Permute2x128(p1, p3, 0x31).Store(target + 3 * targetStride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<double> Row(int i) => Vector256.Load(source + Math.Min(i, last) * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8x8(float* source, nint stride, int last, float* target, nint targetStride)
    {
        Vector256<float> x0 = Row(0), x1 = Row(1), x2 = Row(2), x3 = Row(3), x4 = Row(4), x5 = Row(5), x6 = Row(6), x7 = Row(7);

        // pairs, then fours, within the halves of a register
        Vector256<float> p0 = Avx.UnpackLow(x0, x1), p1 = Avx.UnpackHigh(x0, x1), p2 = Avx.UnpackLow(x2, x3), p3 = Avx.UnpackHigh(x2, x3);
        Vector256<float> p4 = Avx.UnpackLow(x4, x5), p5 = Avx.UnpackHigh(x4, x5), p6 = Avx.UnpackLow(x6, x7), p7 = Avx.UnpackHigh(x6, x7);
        Vector256<float> q0 = Avx.Shuffle(p0, p2, 0x44), q1 = Avx.Shuffle(p0, p2, 0xEE);
        Vector256<float> q2 = Avx.Shuffle(p1, p3, 0x44), q3 = Avx.Shuffle(p1, p3, 0xEE);
        Vector256<float> q4 = Avx.Shuffle(p4, p6, 0x44), q5 = Avx.Shuffle(p4, p6, 0xEE);
        Vector256<float> q6 = Avx.Shuffle(p5, p7, 0x44), q7 = Avx.Shuffle(p5, p7, 0xEE);

        Store(0, q0, q4);
        Store(1, q1, q5);
        Store(2, q2, q6);
        Store(3, q3, q7);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Row(int i) => Vector256.Load(source + Math.Min(i, last) * stride);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Store(int i, Vector256<float> x, Vector256<float> y)       // the lower halves make one row of the target, the upper another
        {
            Avx.Permute2x128(x, y, 0x20).Store(target + i * targetStride);
            Avx.Permute2x128(x, y, 0x31).Store(target + (i + 4) * targetStride);
        }
    }
}
