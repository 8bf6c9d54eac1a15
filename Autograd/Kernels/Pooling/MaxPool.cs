using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>The largest element of each window of planes [height, width], and where it is.</summary>
internal static class MaxPool
{
    /// <summary>
    /// The definition: of equal elements the first in reading order, of NaNs, which are larger than everything, the last, as in PyTorch.
    /// The tests hold the fast path against it.
    /// </summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    internal static void Reference<T>(ReadOnlySpan<T> x, int height, int width, ReadOnlySpan<Window> rows, ReadOnlySpan<Window> columns, Span<T> y, Span<long> index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (; !x.IsEmpty; x = x[(height * width)..])
            foreach (var row in rows)
            {
                for (int i = 0; i < columns.Length; i++)
                {
                    (T best, int at) = (T.NegativeInfinity, Math.Min(row.Start, height - 1) * width + Math.Min(columns[i].Start, width - 1));
                    for (int r = row.Start; r < row.End; r += row.Step)
                        for (int c = columns[i].Start; c < columns[i].End; c += columns[i].Step)
                        {
                            T v = x[r * width + c];
                            if (v > best || T.IsNaN(v)) (best, at) = (v, r * width + c);
                        }
                    (y[i], index[i]) = (best, at);
                }
                y = y[columns.Length..];
                index = index[columns.Length..];
            }
    }

    /// <summary>First the largest of each column, a register of columns at a time, and then the largest of those.</summary>
    /// <param name="x">Planes, one after the other.</param>
    /// <param name="height">Rows of x.</param>
    /// <param name="width">Columns of x.</param>
    /// <param name="rows">What each row of y covers.</param>
    /// <param name="columns">What each column of y covers.</param>
    /// <param name="y">Planes [rows, columns].</param>
    /// <param name="index">For each element of y, where in the plane of x it is.</param>
    /// <param name="scratch">Two rows of x.</param>
    internal static void Forward<T>(
        ReadOnlySpan<T> x, int height, int width, ReadOnlySpan<Window> rows, ReadOnlySpan<Window> columns, Span<T> y, Span<long> index, Span<T> scratch)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> best = scratch[..width], place = scratch.Slice(width, width);
        for (; !x.IsEmpty; x = x[(height * width)..])
            foreach (var row in rows)
            {
                ColumnMaxima(x, width, row, best, place);
                for (int i = 0; i < columns.Length; i++)
                {
                    var column = columns[i];
                    int c = Math.Min(column.Start, width - 1);
                    (T top, T line, int at) = (best[c], place[c], c);
                    for (c += column.Step; c < column.End; c += column.Step)
                    {
                        T v = best[c], r = place[c];
                        if (v > top || (T.IsNaN(v) ? !T.IsNaN(top) || r >= line : v == top && r < line)) (top, line, at) = (v, r, c);
                    }
                    y[i] = column.Start < column.End ? top : T.NegativeInfinity;
                    index[i] = int.CreateTruncating(line) * width + at;
                }
                y = y[columns.Length..];
                index = index[columns.Length..];
            }
    }

    /// <summary>The largest element of each column in some rows, and its row.</summary>
    private static void ColumnMaxima<T>(ReadOnlySpan<T> x, int width, in Window rows, Span<T> best, Span<T> place)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int c = 0;
        for (; c <= width - Vector<T>.Count; c += Vector<T>.Count)
        {
            Vector<T> top = new(T.NegativeInfinity), line = new(T.CreateTruncating(rows.Start));
            for (int r = rows.Start; r < rows.End; r += rows.Step)
            {
                var v = new Vector<T>(x[(r * width + c)..]);
                var larger = Vector.GreaterThan(v, top) | Vector.IsNaN(v);
                top = Vector.ConditionalSelect(larger, v, top);
                line = Vector.ConditionalSelect(larger, new(T.CreateTruncating(r)), line);
            }
            top.CopyTo(best[c..]);
            line.CopyTo(place[c..]);
        }
        for (; c < width; c++)
        {
            (T top, int line) = (T.NegativeInfinity, rows.Start);
            for (int r = rows.Start; r < rows.End; r += rows.Step)
                if (x[r * width + c] is var v && (v > top || T.IsNaN(v))) (top, line) = (v, r);
            (best[c], place[c]) = (top, T.CreateTruncating(line));
        }
    }
}
