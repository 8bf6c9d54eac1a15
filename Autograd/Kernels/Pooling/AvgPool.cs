using System.Numerics;
using System.Numerics.Tensors;

namespace MiniTorch.Kernels;

/// <summary>Averages over windows of planes [height, width]. A window is rows × columns, so rows are added up first, whole, and then columns.</summary>
internal static class AvgPool
{
    /// <summary>y = the sum of a window, divided by its size or by <paramref name="divisor"/>.</summary>
    /// <param name="x">Planes, one after the other.</param>
    /// <param name="height">Rows of x.</param>
    /// <param name="width">Columns of x.</param>
    /// <param name="rows">What each row of y covers.</param>
    /// <param name="columns">What each column of y covers.</param>
    /// <param name="divisor">0 for the sizes of the windows.</param>
    /// <param name="y">Planes [rows, columns].</param>
    /// <param name="scratch">One row of x.</param>
    internal static void Forward<T>(
        ReadOnlySpan<T> x, int height, int width, ReadOnlySpan<Window> rows, ReadOnlySpan<Window> columns, int divisor, Span<T> y, Span<T> scratch)
        where T : unmanaged, INumberBase<T>
    {
        for (; !x.IsEmpty; x = x[(height * width)..])
            foreach (var row in rows)
            {
                scratch.Clear();
                for (int r = row.Start; r < row.End; r++) TensorPrimitives.Add(scratch, x.Slice(r * width, width), scratch);
                for (int i = 0; i < columns.Length; i++)
                {
                    var sum = T.Zero;
                    for (int c = columns[i].Start; c < columns[i].End; c++) sum += scratch[c];
                    y[i] = Divided(sum, row, columns[i], divisor);
                }
                y = y[columns.Length..];
            }
    }

    /// <summary>The transpose: every element of a window gets its share of dy.</summary>
    internal static void Backward<T>(
        ReadOnlySpan<T> dy, int height, int width, ReadOnlySpan<Window> rows, ReadOnlySpan<Window> columns, int divisor, Span<T> dx, Span<T> scratch)
        where T : unmanaged, INumberBase<T>
    {
        dx.Clear();
        for (; !dx.IsEmpty; dx = dx[(height * width)..])
            foreach (var row in rows)
            {
                scratch.Clear();
                for (int i = 0; i < columns.Length; i++)
                {
                    T share = Divided(dy[i], row, columns[i], divisor);
                    for (int c = columns[i].Start; c < columns[i].End; c++) scratch[c] += share;
                }
                for (int r = row.Start; r < row.End; r++) TensorPrimitives.Add(scratch, dx.Slice(r * width, width), dx.Slice(r * width, width));
                dy = dy[columns.Length..];
            }
    }

    private static T Divided<T>(T sum, in Window row, in Window column, int divisor)
        where T : INumberBase<T>
    {
        if (row.End <= row.Start || column.End <= column.Start) return T.Zero;          // nothing but padding
        return sum / T.CreateTruncating(divisor != 0 ? divisor : row.Count * column.Count);
    }
}
