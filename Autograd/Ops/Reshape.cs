namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The same elements in row-major order under another shape; one size may be −1, to be worked out. A view where the layout allows, else a copy.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(params Shape shape)
    {
        shape = Resolve(shape, "Reshape");
        return ViewStrides(shape) is { } s ? Viewed(shape, s) : Contiguous().Viewed(shape, MiniTorch.Shape.Strides(shape.Span));
    }

    /// <summary>The same elements in row-major order under another shape, always as a view; one size may be −1.</summary>
    /// <exception cref="ArgumentException">The number of elements differs, or the layout of this tensor has no such view.</exception>
    public Tensor View(params Shape shape)
    {
        shape = Resolve(shape, "View");
        return ViewStrides(shape) is { } s ? Viewed(shape, s) : throw new ArgumentException(
            $"View: the elements of this {Shape} tensor (strides {MiniTorch.Shape.Text(Strides)}) do not lie so that {shape} is a view of them.  Use Reshape, which copies where it must.", nameof(shape));
    }

    /// <summary>As <see cref="View(Shape)"/>, with the shape of another tensor.</summary>
    public Tensor ViewAs(Tensor other) => View(other.Shape);

    /// <summary>As <see cref="Reshape"/>, with the shape of another tensor.</summary>
    public Tensor ReshapeAs(Tensor other) => Reshape(other.Shape);

    /// <summary>The dimensions from <paramref name="startDim"/> to <paramref name="endDim"/> joined into one: <c>[n, c, h, w]</c> → <c>[n, c·h·w]</c> with <c>Flatten(1)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is out of range, or the end lies before the start.</exception>
    public Tensor Flatten(int startDim = 0, int endDim = -1)
    {
        int start = MiniTorch.Shape.Dim(startDim, Ndim, "Flatten"), end = MiniTorch.Shape.Dim(endDim, Ndim, "Flatten");
        if (end < start) throw new ArgumentOutOfRangeException(nameof(endDim), endDim, $"Flatten: endDim {endDim} lies before startDim {startDim} in {Shape}.");
        if (Ndim == 0) return Reshape(1);
        if (start == end) return this;
        int joined = 1;
        for (int i = start; i <= end; i++) joined *= Shape[i];
        return Reshape([.. Shape.Span[..start], joined, .. Shape.Span[(end + 1)..]]);
    }

    /// <summary>One dimension split into several; one size may be −1.</summary>
    /// <exception cref="ArgumentException">The sizes do not multiply to that of the dimension.</exception>
    public Tensor Unflatten(int dim, Shape sizes)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Unflatten");
        var split = MiniTorch.Shape.Resolve(sizes, Shape[dim], "Unflatten", Shape);
        return Reshape([.. Shape.Span[..dim], .. split.Span, .. Shape.Span[(dim + 1)..]]);
    }

    /// <summary>Without the dimensions of size 1.</summary>
    public Tensor Squeeze()
    {
        List<int> sizes = [], steps = [];
        for (int i = 0; i < Ndim; i++)
        {
            if (Shape[i] == 1) continue;
            sizes.Add(Shape[i]);
            steps.Add(Strides[i]);
        }
        return Viewed(sizes.ToArray(), [.. steps]);
    }

    /// <summary>Without one dimension, if its size is 1; else as it is.</summary>
    public Tensor Squeeze(int dim)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Squeeze");
        if (Ndim == 0 || Shape[dim] != 1) return Viewed(Shape, Strides);
        return Viewed([.. Shape.Span[..dim], .. Shape.Span[(dim + 1)..]], [.. Strides[..dim], .. Strides[(dim + 1)..]]);
    }

    /// <summary>With a new dimension of size 1 in front of dimension <paramref name="dim"/>; −1 appends it.</summary>
    public Tensor Unsqueeze(int dim)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim + 1, "Unsqueeze");
        int step = dim < Ndim ? Shape[dim] * Strides[dim] : 1;
        return Viewed([.. Shape.Span[..dim], 1, .. Shape.Span[dim..]], [.. Strides[..dim], step, .. Strides[dim..]]);
    }

    private Tensor Viewed(Shape shape, ReadOnlySpan<int> strides)
    {
        var y = View(shape, strides, Offset);
        return Recording(this) ? y.Record(new Reshape(this)) : y;
    }

    private Shape Resolve(Shape shape, string op) => MiniTorch.Shape.Resolve(shape, Count, op, Shape);

    /// <summary>The strides under which a shape is a view of these elements, null when there are none.</summary>
    private int[]? ViewStrides(Shape shape)
    {
        if (OwnStrides is not { } strides || Count == 0) return MiniTorch.Shape.Strides(shape.Span);

        // The old dimensions fall into blocks that are dense in themselves; each must be filled exactly by some of the new ones.
        var result = new int[shape.Length];
        int at = shape.Length - 1;
        int block = 1, step = Ndim == 0 ? 1 : strides[^1];
        for (int i = Ndim - 1; i >= 0; i--)
        {
            block *= Shape[i];
            bool ends = i == 0 || Shape[i - 1] != 1 && strides[i - 1] != block * step;
            if (!ends) continue;
            int filled = 1;
            while (at >= 0 && (filled < block || shape[at] == 1))
            {
                result[at] = filled * step;
                filled *= shape[at--];
            }
            if (filled != block) return null;
            if (i > 0) (block, step) = (1, strides[i - 1]);
        }
        return at < 0 ? result : null;
    }
}

public readonly partial struct Shape
{
    /// <summary>A shape in which one size may be −1, for a given number of elements.</summary>
    internal static Shape Resolve(Shape shape, int count, string op, Shape from)
    {
        int unknown = -1;
        long known = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == -1 && unknown >= 0) throw new ArgumentException($"{op}: only one size in {shape} may be -1.", nameof(shape));
            if (shape[i] == -1) unknown = i;
            else if (shape[i] < 0) throw new ArgumentException($"{op}: the size {shape[i]} in {shape} is negative.", nameof(shape));
            else known = Times(known, shape[i]);
        }
        if (unknown < 0 && known == count) return shape;
        if (unknown < 0 || (known == 0 ? count != 0 : count % known != 0))
            throw new ArgumentException($"{op}: {from} has {count} elements, which do not fill {shape} ({(unknown < 0 ? $"{known} elements" : $"a multiple of {known}")}).", nameof(shape));
        if (known == 0) throw new ArgumentException($"{op}: in {shape} the size -1 could be anything, as there are no elements.", nameof(shape));
        var sizes = shape.ToArray();
        sizes[unknown] = (int)(count / known);
        return new(sizes);
    }
}

internal sealed class Reshape(Tensor x) : Node(x)
{
    private readonly Shape shape = x.Shape;

    // y = x under another shape   ⇒   dx = dy under x's
    protected override Grads Backward(Tensor dy) => dy.Reshape(shape);
}
