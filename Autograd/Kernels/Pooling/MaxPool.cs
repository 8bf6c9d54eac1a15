using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>The largest element of each window of planes [height, width], and where it is.</summary>
internal static unsafe class MaxPool
{
    /// <summary>
    /// The definition, for windows of any sizes: of equal elements the first in reading order, of NaNs, which are larger than everything, the
    /// last, as in PyTorch. The tests hold the fast path against it.
    /// </summary>
    /// <inheritdoc cref="Sliding" path="/param"/>
    internal static void Any<T>(ReadOnlySpan<T> x, int height, int width, ReadOnlySpan<Window> rows, ReadOnlySpan<Window> columns, Span<T> y, Span<long> index)
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

    /// <summary>
    /// Windows of one size. First the largest of each column of some rows; then, of those, the largest of each window. Both go a register at a
    /// time: the columns are sorted by their phase, the remainder by the stride, so that what neighbouring windows meet with one of their
    /// columns are neighbours.
    /// </summary>
    /// <param name="x">Planes, one after the other, of at most <see cref="LargestPlane"/> elements.</param>
    /// <param name="height">Rows of x.</param>
    /// <param name="width">Columns of x.</param>
    /// <param name="rows">What each row of y covers.</param>
    /// <param name="columns">What each column of y covers.</param>
    /// <param name="y">Planes [rows, columns].</param>
    /// <param name="index">For each element of y, where in the plane of x it is.</param>
    internal static void Sliding<T>(ReadOnlySpan<T> x, int height, int width, ReadOnlySpan<Window> rows, in Axis columns, Span<T> y, Span<long> index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int room = Vector<T>.Count, phase = columns.Output + columns.Reach / columns.Stride + room, all = columns.Stride * phase;
        using var memory = new Scratch<T>(2 * (width + room + all));
        using var indices = new Scratch<long>(columns.Output + room);
        var best = new Maxima<T>(memory.Start, memory.Start + width + room);
        var sorted = new Maxima<T>(memory.Start + 2 * (width + room), memory.Start + 2 * (width + room) + all);
        new Span<T>(sorted.Values, all).Fill(T.NegativeInfinity);       // beside the columns there is nothing,
        new Span<T>(sorted.Places, all).Fill(T.PositiveInfinity);       // and −∞ in a column comes before it
        int planes = x.Length / (height * width);
        fixed (T* px = x)
            for (int plane = 0; plane < planes; plane++)
                foreach (var row in rows)
                {
                    ColumnMaxima(px + (nint)plane * height * width, width, row, best);
                    Sort(best, width, columns, phase, sorted);
                    WindowMaxima(sorted, phase, columns, best.Values, indices.Start);
                    new ReadOnlySpan<T>(best.Values, columns.Output).CopyTo(y);
                    indices.Span[..columns.Output].CopyTo(index);
                    y = y[columns.Output..];
                    index = index[columns.Output..];
                }
    }

    /// <summary>Places are kept as numbers of type T, beside the values in the registers: a float holds integers exactly up to here.</summary>
    internal const int LargestPlane = 1 << 24;

    /// <summary>Largest elements and where they are.</summary>
    private readonly struct Maxima<T>(T* values, T* places)
        where T : unmanaged
    {
        internal readonly T* Values = values, Places = places;
    }

    /// <summary>The transpose: every element of dy goes to where the largest element came from.</summary>
    /// <param name="dy">Planes [rows, columns].</param>
    /// <param name="index">Where in its plane of dx each element belongs.</param>
    /// <param name="plane">Elements of a plane of dx.</param>
    /// <param name="window">Elements of a plane of dy.</param>
    /// <param name="dx">Planes [height, width].</param>
    internal static void Backward<T>(ReadOnlySpan<T> dy, ReadOnlySpan<long> index, int plane, int window, Span<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Clear();
        for (int i = 0; i < dy.Length; i += window, dx = dx[plane..])
            for (int k = i; k < i + window; k++) dx[(int)index[k]] += dy[k];
    }

    /// <summary>The largest element of each column in some rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ColumnMaxima<T>(T* x, int width, in Window rows, in Maxima<T> best)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int c = 0;
        for (; c < width && width >= Vector<T>.Count; c += Vector<T>.Count)
        {
            c = Math.Min(c, width - Vector<T>.Count);                   // the last register overlaps the one before
            Vector<T> top = new(T.NegativeInfinity), place = Place<T>(rows.Start * width + c);
            for (int r = rows.Start; r < rows.End; r += rows.Step)
            {
                var v = Vector.Load(x + r * width + c);
                var larger = Vector.GreaterThan(v, top) | Vector.IsNaN(v);
                top = Vector.ConditionalSelect(larger, v, top);
                place = Vector.ConditionalSelect(larger, Place<T>(r * width + c), place);
            }
            top.Store(best.Values + c);
            place.Store(best.Places + c);
        }
        for (; c < width; c++)
        {
            (T top, int place) = (T.NegativeInfinity, rows.Start * width + c);
            for (int r = rows.Start; r < rows.End; r += rows.Step)
                if (x[r * width + c] is var v && (v > top || T.IsNaN(v))) (top, place) = (v, r * width + c);
            (best.Values[c], best.Places[c]) = (top, T.CreateTruncating(place));
        }
    }

    /// <summary>Neighbouring places.</summary>
    private static Vector<T> Place<T>(int first)
        where T : unmanaged, INumber<T> => new Vector<T>(T.CreateTruncating(first)) + Vector<T>.Indices;

    /// <summary>Brings the columns of a phase next to each other, the first window's at 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort<T>(in Maxima<T> best, int width, in Axis columns, int phase, in Maxima<T> sorted)
        where T : unmanaged
    {
        int stride = columns.Stride;
        for (int remainder = 0; remainder < stride; remainder++)
        {
            T* values = sorted.Values + remainder * phase, places = sorted.Places + remainder * phase;
            int c = remainder - columns.Padding, q = 0;
            for (; c < 0; c += stride) q++;
            for (; q < phase && c < width; c += stride, q++)
            {
                values[q] = best.Values[c];
                places[q] = best.Places[c];
            }
        }
    }

    /// <summary>The largest of the columns of each window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WindowMaxima<T>(in Maxima<T> sorted, int phase, in Axis columns, T* y, long* index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int stride = columns.Stride, dilation = columns.Dilation, kernel = columns.Kernel;
        for (int i = 0; i < columns.Output; i += Vector<T>.Count)
        {
            Vector<T> top = new(T.NegativeInfinity), place = new(T.PositiveInfinity);
            for (int k = 0, remainder = 0, at = i; k < kernel; k++)
            {
                Vector<T> v = Vector.Load(sorted.Values + remainder * phase + at), from = Vector.Load(sorted.Places + remainder * phase + at);
                var wins = Vector.GreaterThan(v, top)
                    | (Vector.Equals(v, top) & Vector.LessThan(from, place))
                    | (Vector.IsNaN(v) & (~Vector.IsNaN(top) | Vector.GreaterThanOrEqual(from, place)));
                top = Vector.ConditionalSelect(wins, v, top);
                place = Vector.ConditionalSelect(wins, from, place);
                for (remainder += dilation; remainder >= stride; remainder -= stride) at++;
            }
            top.Store(y + i);
            Store(place, index + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Vector<T> places, long* index)
    {
        if (typeof(T) == typeof(double))
        {
            Vector.ConvertToInt64(places.As<T, double>()).Store(index);
            return;
        }
        Vector.Widen(Vector.ConvertToInt32(places.As<T, float>()), out var low, out var high);
        low.Store(index);
        high.Store(index + Vector<long>.Count);
    }
}
