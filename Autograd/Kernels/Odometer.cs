namespace MiniTorch.Kernels;

/// <summary>
/// Walks up to four strided operands of one shape together. Neighbouring dimensions that are one for every operand are joined, so that
/// the innermost run is as long as the layouts allow. A loop takes one run at a time, or the two innermost dimensions, a block of rows:
/// <code>
/// do Run(o.A, o.Y, o.Length); while (o.Next());
/// do for (int r = 0; r &lt; o.Rows; r++) Run(o.A + r * o.RowA, o.Y + r * o.RowY, o.Length); while (o.NextBlock());
/// </code>
/// A stride of 0 repeats an element (broadcasting).
/// </summary>
internal ref struct Odometer
{
    private const int PerDimension = 6;

    private readonly Span<int> size, index, a, b, c, y;
    private readonly int outer;

    /// <summary>The offsets of the run or block: where each operand's first element is.</summary>
    internal int A, B, C, Y;

    /// <summary>The number of elements in a run.</summary>
    internal readonly int Length;

    /// <summary>The distance between neighbours in a run.</summary>
    internal readonly int StepA, StepB, StepC, StepY;

    /// <summary>The number of runs in a block.</summary>
    internal readonly int Rows;

    /// <summary>The distance between neighbouring runs of a block.</summary>
    internal readonly int RowA, RowB, RowC, RowY;

    /// <summary>How many ints of scratch memory a walk over <paramref name="rank"/> dimensions takes.</summary>
    internal static int Scratch(int rank) => PerDimension * Math.Max(rank, 1);

    /// <summary>
    /// A walk over <paramref name="shape"/>; strides are given per operand for that shape, empty for an operand that is not there.
    /// No run for a shape without elements: check <see cref="Length"/> first.
    /// </summary>
    internal Odometer(Span<int> scratch, ReadOnlySpan<int> shape, ReadOnlySpan<int> sy, ReadOnlySpan<int> sa, ReadOnlySpan<int> sb = default, ReadOnlySpan<int> sc = default)
    {
        int rank = Math.Max(shape.Length, 1);
        size = scratch[..rank];
        index = scratch.Slice(rank, rank);
        a = scratch.Slice(2 * rank, rank);
        b = scratch.Slice(3 * rank, rank);
        c = scratch.Slice(4 * rank, rank);
        y = scratch.Slice(5 * rank, rank);

        int n = 0;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 1) continue;
            int da = sa.IsEmpty ? 0 : sa[i], db = sb.IsEmpty ? 0 : sb[i], dc = sc.IsEmpty ? 0 : sc[i], dy = sy.IsEmpty ? 0 : sy[i];
            bool joins = n > 0 && a[n - 1] == da * shape[i] && b[n - 1] == db * shape[i] && c[n - 1] == dc * shape[i] && y[n - 1] == dy * shape[i];
            if (!joins) size[n++] = shape[i];
            else size[n - 1] *= shape[i];
            (a[n - 1], b[n - 1], c[n - 1], y[n - 1]) = (da, db, dc, dy);
        }
        if (n == 0)
        {
            (size[0], a[0], b[0], c[0], y[0]) = (1, 1, 1, 1, 1);                       // a single element
            n = 1;
        }
        outer = n - 1;
        index[..outer].Clear();
        (Length, StepA, StepB, StepC, StepY) = (size[outer], a[outer], b[outer], c[outer], y[outer]);
        (Rows, RowA, RowB, RowC, RowY) = n > 1 ? (size[n - 2], a[n - 2], b[n - 2], c[n - 2], y[n - 2]) : (1, 0, 0, 0, 0);
        foreach (int s in shape)
            if (s == 0) Length = 0;
    }

    /// <summary>The number of elements.</summary>
    internal long Count
    {
        get
        {
            long n = Length;
            foreach (int s in size[..outer]) n *= s;
            return n;
        }
    }

    /// <summary>The strides of the result but the innermost, taken together with "or": their common powers of two.</summary>
    internal int StridesOfRows
    {
        get
        {
            int all = 0;
            foreach (int stride in y[..outer]) all |= stride;
            return all;
        }
    }

    /// <summary>Moves to the next run; false after the last.</summary>
    internal bool Next() => Advance(outer - 1);

    /// <summary>Moves to the next block; false after the last.</summary>
    internal bool NextBlock() => Advance(outer - 2);

    private bool Advance(int d)
    {
        for (; d >= 0; d--)
        {
            A += a[d];
            B += b[d];
            C += c[d];
            Y += y[d];
            if (++index[d] < size[d]) return true;
            int n = size[d];
            index[d] = 0;
            A -= n * a[d];
            B -= n * b[d];
            C -= n * c[d];
            Y -= n * y[d];
        }
        return false;
    }
}
