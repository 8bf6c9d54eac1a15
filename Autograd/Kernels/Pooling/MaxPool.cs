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
        fixed (T* px = x, py = y)
        fixed (long* pIndex = index)
            Team.Run(x.Length / (height * width), Math.Max(Grain / (height * width), 1), new Planes<T>(px, height, width, rows, columns, py, pIndex));
    }

    private const int Grain = 1 << 14;                                  // elements of x: 10 µs

    /// <summary>Some of the planes, which need nothing from the others.</summary>
    private readonly ref struct Planes<T>(T* x, int height, int width, ReadOnlySpan<Window> rows, Axis columns, T* y, long* index) : IRange
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<Window> rows = rows;

        /// <summary>Some rows at a time, as if they were one.</summary>
        [MethodImpl(Compile.Kernel)]
        public void Run(int start, int count)
        {
            int room = Vector<T>.Count, pitch = columns.Output + columns.Reach / columns.Stride, block = Math.Clamp(2048 / width, 1, rows.Length);
            int all = columns.Stride * block * pitch + room;
            using var memory = new Scratch<T>(2 * (block * width + all) + block * pitch + room + width);
            using var places = new Scratch<long>(block * pitch + room);
            var best = new Maxima<T>(memory.Start, memory.Start + block * width);
            var sorted = new Maxima<T>(memory.Start + 2 * block * width, memory.Start + 2 * block * width + all);
            T* tops = memory.Start + 2 * (block * width + all), numbers = tops + block * pitch + room;
            for (int c = 0; c < width; c++) numbers[c] = T.CreateTruncating(c);
            new Span<T>(sorted.Values, all).Fill(T.NegativeInfinity);   // beside the columns there is nothing,
            new Span<T>(sorted.Places, all).Fill(T.PositiveInfinity);   // and −∞ in a column comes before it
            nint output = (nint)start * rows.Length * columns.Output;
            for (int plane = start; plane < start + count; plane++)
                for (int top = 0; top < rows.Length; top += block)
                {
                    var some = rows.Slice(top, Math.Min(block, rows.Length - top));
                    for (int r = 0; r < some.Length; r++) ColumnMaxima(x + (nint)plane * height * width, width, some[r], best.Values + r * width, best.Places + r * width, numbers);
                    Sort(best, width, some.Length, columns, pitch, block * pitch, sorted);
                    WindowMaxima(sorted, columns, some.Length * pitch, block * pitch, tops, places.Start);
                    int dense = pitch == columns.Output ? some.Length : 1;          // rows without anything in between
                    for (int r = 0; r < some.Length; r += dense, output += dense * columns.Output)
                    {
                        new ReadOnlySpan<T>(tops + r * pitch, dense * columns.Output).CopyTo(new(y + output, dense * columns.Output));
                        new ReadOnlySpan<long>(places.Start + r * pitch, dense * columns.Output).CopyTo(new(index + output, dense * columns.Output));
                    }
                }
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
    [MethodImpl(Compile.Kernel)]
    internal static void Backward<T>(ReadOnlySpan<T> dy, ReadOnlySpan<long> index, int plane, int window, Span<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Clear();
        for (; !dy.IsEmpty; dx = dx[plane..])
        {
            var to = dx[..plane];
            var places = index[..window];
            for (int k = 0; k < places.Length; k++) to[(int)places[k]] += dy[k];
            dy = dy[window..];
            index = index[window..];
        }
    }

    /// <summary>The largest element of each column in some rows; <paramref name="numbers"/> are 0, 1, 2 and so on.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void ColumnMaxima<T>(T* x, int width, in Window rows, T* best, T* places, T* numbers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T first = T.CreateTruncating(rows.Start * width), step = T.CreateTruncating(rows.Step * width);
        int c = 0;
        for (; c < width && width >= Vector<T>.Count; c += Vector<T>.Count)
        {
            c = Math.Min(c, width - Vector<T>.Count);                   // the last register overlaps the one before
            Vector<T> top = new(T.NegativeInfinity), at = Vector.Load(numbers + c) + new Vector<T>(first), place = at;
            for (int r = rows.Start; r < rows.End; r += rows.Step, at += new Vector<T>(step))
            {
                var v = Vector.Load(x + r * width + c);
                var larger = Vector.GreaterThan(v, top) | Vector.IsNaN(v);
                top = Vector.ConditionalSelect(larger, v, top);
                place = Vector.ConditionalSelect(larger, at, place);
            }
            top.Store(best + c);
            place.Store(places + c);
        }
        for (; c < width; c++)
        {
            T top = T.NegativeInfinity, at = numbers[c] + first, place = at;
            for (int r = rows.Start; r < rows.End; r += rows.Step, at += step)
                if (x[r * width + c] is var v && (v > top || T.IsNaN(v))) (top, place) = (v, at);
            (best[c], places[c]) = (top, place);
        }
    }

    /// <summary>
    /// Brings the columns of a phase next to each other, the first window's at 0; rows follow each other at a distance of <paramref name="pitch"/>,
    /// phases of <paramref name="phase"/>.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static void Sort<T>(in Maxima<T> best, int width, int rows, in Axis columns, int pitch, int phase, in Maxima<T> sorted)
        where T : unmanaged
    {
        for (int row = 0; row < rows; row++)
        {
            Sort(best.Values + row * width, width, columns, pitch, phase, sorted.Values + row * pitch);
            Sort(best.Places + row * width, width, columns, pitch, phase, sorted.Places + row * pitch);
        }
    }

    [MethodImpl(Compile.Kernel)]
    private static void Sort<T>(T* row, int width, in Axis columns, int pitch, int phase, T* sorted)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) && columns.Stride == 2)
        {
            SortPairs((float*)row, width, columns.Padding, pitch, (float*)sorted, (float*)sorted + phase);
            return;
        }
        for (int remainder = 0; remainder < columns.Stride; remainder++, sorted += phase)
        {
            int c = remainder - columns.Padding, q = 0;
            for (; c < 0; c += columns.Stride) q++;
            for (; q < pitch && c < width; c += columns.Stride, q++) sorted[q] = row[c];
        }
    }

    /// <summary>The most frequent stride: pairs of floats are halves of a longer integer.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void SortPairs(float* row, int width, int padding, int pitch, float* first, float* second)
    {
        int count = Vector<float>.Count, q = (padding + 1) / 2, last = Math.Min(pitch - count, (width - 2 * count + padding) / 2);
        if (padding % 2 == 1) second[q - 1] = row[0];
        if (width >= 2 * count && last >= q)
        {
            for (; ; q += count)
            {
                q = Math.Min(q, last);                                  // the last registers overlap the ones before
                ulong* pairs = (ulong*)(row + 2 * q - padding);
                Vector<ulong> a = Vector.Load(pairs), b = Vector.Load(pairs + count / 2);
                Vector.Narrow(a, b).Store((uint*)first + q);
                Vector.Narrow(a >> 32, b >> 32).Store((uint*)second + q);
                if (q == last) break;
            }
            q += count;
        }
        for (int c = 2 * q - padding; q < pitch && c < width; q++, c += 2)
        {
            first[q] = row[c];
            if (c + 1 < width) second[q] = row[c + 1];
        }
    }

    /// <summary>The largest of the columns of each window, for <paramref name="n"/> windows of several rows.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void WindowMaxima<T>(in Maxima<T> sorted, in Axis columns, int n, int phase, T* y, long* index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int stride = columns.Stride, dilation = columns.Dilation, kernel = columns.Kernel;
        for (int i = 0; i < n; i += Vector<T>.Count)
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
            StorePlaces(place, index + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePlaces<T>(Vector<T> places, long* index)
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
