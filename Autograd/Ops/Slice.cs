namespace MiniTorch;

public partial class Tensor
{
    /// <summary>One index of a dimension, which disappears; a view. Negative indices count from the end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension or the index is out of range.</exception>
    public Tensor Select(int dim, int index)
    {
        if (Ndim == 0) throw new ArgumentOutOfRangeException(nameof(dim), "Select: a 0-dim tensor has no dimension to index.  Use Item<T>() to read it.");
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Select");
        int n = Shape[dim];
        if (index < -n || index >= n)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"Select: index {index} is out of range for dimension {dim} of {Shape}, which has size {n}.");
        if (index < 0) index += n;
        var y = View([.. Shape.Span[..dim], .. Shape.Span[(dim + 1)..]], [.. Strides[..dim], .. Strides[(dim + 1)..]], Offset + index * Strides[dim]);
        return Recording(this) ? y.Record(new Select(this, dim, index)) : y;
    }

    /// <summary><paramref name="length"/> neighbours of a dimension, from <paramref name="start"/> on; a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension or the stretch is out of range.</exception>
    public Tensor Narrow(int dim, int start, int length)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Narrow");
        int n = Ndim == 0 ? 0 : Shape[dim];
        if (start < -n || start > n) throw new ArgumentOutOfRangeException(nameof(start), start, $"Narrow: start {start} is out of range for dimension {dim} of {Shape}.");
        if (start < 0) start += n;
        if (length < 0 || length > n - start)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"Narrow: {length} elements from {start} on do not lie in dimension {dim} of {Shape}, which has size {n}.");
        return SliceView(dim, start, length, 1);
    }

    /// <summary>A slice of one dimension, as Python's <c>start:end:step</c>: bounds clamp, negative ones count from the end; a view.</summary>
    /// <exception cref="ArgumentException">The step is not positive.</exception>
    internal Tensor Sliced(int dim, int? start, int? end, int step)
    {
        if (step <= 0) throw new ArgumentOutOfRangeException(nameof(step), step, $"Slice: the step must be positive, got {step}.  Use Flip to reverse.");
        int n = Shape[dim];
        int from = Clamped(start ?? 0, n), to = Math.Max(Clamped(end ?? n, n), from);
        return SliceView(dim, from, to == from ? 0 : (to - from - 1) / step + 1, step);

        static int Clamped(int i, int n) => Math.Clamp(i < 0 ? i + n : i, 0, n);
    }

    private Tensor SliceView(int dim, int start, int length, int step)
    {
        int[] sizes = Shape.ToArray(), steps = Strides.ToArray();
        sizes[dim] = length;
        steps[dim] *= step;
        var y = View(sizes, steps, Offset + start * Strides[dim]);
        return Recording(this) ? y.Record(new Slice(this, dim, start, step)) : y;
    }

    /// <summary>Views of <paramref name="splitSize"/> neighbours each; the last may be smaller.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative, or 0 for a dimension that is not empty.</exception>
    public Tensor[] Split(int splitSize, int dim = 0)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Split");
        int n = Size(dim);
        if (splitSize < 0 || splitSize == 0 && n > 0)
            throw new ArgumentOutOfRangeException(nameof(splitSize), splitSize, $"Split: pieces of {splitSize} do not cover dimension {dim} of {Shape}.");
        int count = n == 0 ? 1 : (n - 1) / splitSize + 1;
        var pieces = new Tensor[count];
        for (int i = 0; i < count; i++) pieces[i] = Narrow(dim, i * splitSize, Math.Min(splitSize, n - i * splitSize));
        return pieces;
    }

    /// <summary>Views of the given sizes, one after the other.</summary>
    /// <exception cref="ArgumentException">The sizes do not add up to that of the dimension.</exception>
    public Tensor[] Split(ReadOnlySpan<int> sizes, int dim = 0)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Split");
        int sum = 0;
        foreach (int s in sizes) sum += s;
        if (sum != Size(dim))
            throw new ArgumentException($"Split: the sizes [{string.Join(", ", sizes.ToArray())}] add up to {sum}, but dimension {dim} of {Shape} has size {Size(dim)}.", nameof(sizes));
        var pieces = new Tensor[sizes.Length];
        for (int i = 0, start = 0; i < pieces.Length; start += sizes[i++]) pieces[i] = Narrow(dim, start, sizes[i]);
        return pieces;
    }

    /// <summary>At most <paramref name="chunks"/> views of equal size, but for the last: <c>Chunk(4)</c> of 6 gives 2, 2, 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of chunks is not positive.</exception>
    public Tensor[] Chunk(int chunks, int dim = 0)
    {
        if (chunks <= 0) throw new ArgumentOutOfRangeException(nameof(chunks), chunks, $"Chunk: the number of chunks must be positive, got {chunks}.");
        int n = Size(dim), size = n == 0 ? 0 : (n - 1) / chunks + 1;
        if (size > 0) return Split(size, dim);
        var empty = new int[chunks];
        return Split(empty, dim);
    }

    /// <summary>A view for every index of a dimension, which disappears.</summary>
    public Tensor[] Unbind(int dim = 0)
    {
        var pieces = new Tensor[Size(dim)];
        for (int i = 0; i < pieces.Length; i++) pieces[i] = Select(dim, i);
        return pieces;
    }

    /// <summary>The elements of some dimensions in reverse; a copy.</summary>
    /// <exception cref="ArgumentException">A dimension is out of range or named twice.</exception>
    public Tensor Flip(params ReadOnlySpan<int> dims)
    {
        if (dims.IsEmpty) return Clone();
        var mask = Reduction.Mask(dims, Ndim, "Flip");
        var y = this;
        for (int d = 0; d < Ndim; d++)
            if (mask[d]) y = y.IndexSelect(d, Torch.Arange(Shape[d] - 1, -1, -1));
        return Ndim == 0 ? Clone() : y;
    }

    /// <summary>The elements of a dimension moved on by some places, those that fall off coming back at the other end; a copy.</summary>
    public Tensor Roll(int shifts, int dim)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Roll");
        int n = Ndim == 0 ? 0 : Shape[dim];
        if (n == 0) return Clone();
        int start = ((-shifts % n) + n) % n;
        return Torch.Cat([Narrow(dim, start, n - start), Narrow(dim, 0, start)], dim);
    }

    /// <summary>All elements, in row-major order, moved on by some places.</summary>
    public Tensor Roll(int shifts) => Ndim == 0 ? Clone() : Flatten().Roll(shifts, 0).Reshape(Shape);

    /// <summary>The elements of several dimensions moved on, each by its own number of places.</summary>
    /// <exception cref="ArgumentException">The numbers of shifts and dimensions differ.</exception>
    public Tensor Roll(ReadOnlySpan<int> shifts, ReadOnlySpan<int> dims)
    {
        if (shifts.Length != dims.Length) throw new ArgumentException($"Roll: {shifts.Length} shifts for {dims.Length} dimensions.", nameof(shifts));
        var y = this;
        for (int i = 0; i < dims.Length; i++) y = y.Roll(shifts[i], dims[i]);
        return y;
    }
}

internal sealed class Select(Tensor x, int dim, int index) : Node(x)
{
    private readonly Shape shape = x.Shape;

    // y = x at one index   ⇒   dx = 0, but dy at that index
    protected override Grads Backward(Tensor dy) => Embed.Gradient(Edge(0)!, shape, dy.Unsqueeze(dim), dim, index, 1);
}

internal sealed class Slice(Tensor x, int dim, int start, int step) : Node(x)
{
    private readonly Shape shape = x.Shape;

    // y = x from start on by step   ⇒   dx = 0, but dy there
    protected override Grads Backward(Tensor dy) => Embed.Gradient(Edge(0)!, shape, dy, dim, start, step);
}

/// <summary>Zeros of a larger shape with x in a slice of them: the derivative of taking the slice.</summary>
internal sealed class Embed(Tensor x, int dim, int start, int step) : Node(x)
{
    private readonly int length = x.Size(dim);

    internal static Tensor Into(Shape shape, Tensor x, int dim, int start, int step)
    {
        var y = new Tensor(shape, x.DType, zero: true);
        CopyKernel.Run(x, Place(y, x, dim, start, step));
        return Tensor.Recording(x) ? y.Record(new Embed(x, dim, start, step)) : y;
    }

    /// <summary>
    /// The gradient that dy of a slice is to a whole. The slices of one tensor (a split, the steps of a sequence) share one buffer: where there is
    /// a gradient already, dy is added to its part, and nothing more is to be returned.
    /// </summary>
    internal static Tensor? Gradient(Node whole, Shape shape, Tensor dy, int dim, int start, int step)
    {
        if (Engine.Collected(whole) is not { } sum || sum.DType != dy.DType) return Into(shape, dy, dim, start, step);
        Place(sum, dy, dim, start, step).AddInto(dy);
        return null;
    }

    /// <summary>The slice of y, which is dense, where x belongs.</summary>
    private static Tensor Place(Tensor y, Tensor x, int dim, int start, int step)
    {
        var strides = y.Strides.ToArray();
        int offset = start * strides[dim];
        strides[dim] *= step;
        return new(y.Storage, x.Shape, y.DType, strides, y.Offset + offset);
    }

    // y = 0, but x in a slice   ⇒   dx = dy in that slice
    protected override Grads Backward(Tensor dy) => dy.Sliced(dim, start, length == 0 ? start : start + (length - 1) * step + 1, step);
}
