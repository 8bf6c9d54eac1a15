using System.Collections;
using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// The sizes of a tensor's dimensions, outermost first: <c>[2, 3]</c> has two rows of three. The empty shape <c>[]</c> is a
/// single value (0-dim). Immutable; written as a collection expression, <c>Shape s = [2, 3]</c>.
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly partial struct Shape : IReadOnlyList<int>, IEquatable<Shape>
{
    private static readonly int[]?[] Matrices = new int[]?[128];        // met lately, each in the place that its sizes say
    private readonly int[]? dims;

    internal Shape(int[] dims) => this.dims = dims;

    /// <summary>The shape with these sizes (the builder behind <c>[2, 3]</c>).</summary>
    public static Shape Create(ReadOnlySpan<int> dims) => dims.Length switch
    {
        0 => default,
        2 => Matrix(dims[0], dims[1]),
        _ => new(dims.ToArray()),
    };

    /// <summary>The shape of a matrix. Layers ask for the same few again and again: those cost no memory, and are seen to be equal at a glance.</summary>
    private static Shape Matrix(int rows, int columns)
    {
        ref int[]? met = ref Matrices[(uint)(rows * 31 + columns) % (uint)Matrices.Length];
        var known = met;                                                    // read once: another thread may meet another shape
        return new(known is not null && known[0] == rows && known[1] == columns ? known : met = [rows, columns]);
    }

    /// <summary>A shape from an array of sizes, which is copied.</summary>
    public static implicit operator Shape(int[] dims) => Create(dims);

    /// <summary>The number of dimensions, PyTorch's <c>len(x.shape)</c>.</summary>
    public int Length => dims is null ? 0 : dims.Length;

    /// <summary>The same as <see cref="Length"/>.</summary>
    public int Count => Length;

    /// <summary>The size of one dimension; <c>shape[^1]</c> is the last. For PyTorch's negative numbers see <c>Tensor.Size</c>.</summary>
    public int this[int index] => Span[index];

    /// <summary>The sizes as a span.</summary>
    public ReadOnlySpan<int> Span => dims;

    /// <summary>The number of elements: the product of the sizes, 1 for the empty shape. What a long cannot hold is its largest value.</summary>
    public long Numel()
    {
        long n = 1;
        foreach (int d in Span) n = Times(n, d);
        return n;
    }

    /// <summary>A product of sizes that stays at the largest value instead of wrapping round to a shape that seems to fit.</summary>
    internal static long Times(long n, int size) => Math.BigMul(n, size, out long low) == low >> 63 ? low : long.MaxValue;

    /// <summary>True when both have the same sizes in the same order.</summary>
    public bool Equals(Shape other) => ReferenceEquals(dims, other.dims) || Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int d in Span) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>True when both have the same sizes in the same order.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>True when some size differs.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes as a new array.</summary>
    public int[] ToArray() => Span.ToArray();

    /// <summary>The sizes in brackets: <c>[2, 3]</c>.</summary>
    public override string ToString() => Text(Span);

    /// <summary>The sizes, outermost first.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(dims ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static string Text(ReadOnlySpan<int> dims) => $"[{string.Join(", ", dims.ToArray())}]";

    /// <summary>A dimension counted as PyTorch does (−1 is the last), or an error that names the op.</summary>
    internal static int Dim(int dim, int rank, string op)
    {
        int range = Math.Max(rank, 1);                                     // a 0-dim tensor accepts 0 and −1
        if (dim < -range || dim >= range)
            throw new ArgumentOutOfRangeException(nameof(dim), dim,
                $"{op}: dim {dim} is out of range for {rank} dimension{(rank == 1 ? "" : "s")}: expected {-range} to {range - 1}.");
        return dim < 0 ? dim + range : dim;
    }

    /// <summary>The row-major strides of these sizes.</summary>
    internal static int[] Strides(ReadOnlySpan<int> dims)
    {
        var strides = new int[dims.Length];
        for (int i = dims.Length - 1, s = 1; i >= 0; i--)
        {
            strides[i] = s;
            s *= Math.Max(dims[i], 1);
        }
        return strides;
    }

    /// <summary>The common shape of two operands, aligned at the right; sizes of 1 stretch.</summary>
    internal static Shape Broadcast(Shape a, Shape b, string op)
    {
        if (a.Equals(b) || b.Length == 0) return a;
        if (a.Length == 0) return b;
        var y = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= y.Length; i++)
        {
            int p = i <= a.Length ? a[^i] : 1, q = i <= b.Length ? b[^i] : 1;
            if (p != q && p != 1 && q != 1) throw Errors.Broadcast(op, a, b, y.Length - i, p, q);
            y[^i] = p == 1 ? q : p;
        }
        return y.AsSpan().SequenceEqual(a.Span) ? a : y.AsSpan().SequenceEqual(b.Span) ? b : new(y);
    }

    /// <summary>True when a tensor of this shape can be stretched to <paramref name="target"/>.</summary>
    internal bool BroadcastsTo(Shape target)
    {
        if (target.Span.EndsWith(Span)) return true;
        if (Length > target.Length) return false;
        for (int i = 1; i <= Length; i++)
            if (this[^i] != target[^i] && this[^i] != 1) return false;
        return true;
    }
}
