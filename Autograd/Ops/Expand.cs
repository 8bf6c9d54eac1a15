namespace MiniTorch;

public partial class Tensor
{
    /// <summary>Sizes of 1 stretched to others without a copy (stride 0), new dimensions in front; −1 keeps a size.</summary>
    /// <exception cref="ArgumentException">A size that is not 1 would change.</exception>
    public Tensor Expand(params Shape shape)
    {
        var sizes = shape.ToArray();
        var steps = new int[sizes.Length];
        int added = sizes.Length - Ndim;
        if (added < 0) throw new ArgumentException($"Expand: {shape} has fewer dimensions than {Shape}.", nameof(shape));
        for (int i = 0; i < sizes.Length; i++)
        {
            int old = i < added ? 1 : Shape[i - added];
            if (sizes[i] == -1 && i < added) throw new ArgumentException($"Expand: -1 in {shape} stands for a new dimension, whose size must be given.", nameof(shape));
            if (sizes[i] == -1) sizes[i] = old;
            if (sizes[i] != old && old != 1 || sizes[i] < 0)
                throw new ArgumentException($"Expand: {Shape} cannot be stretched to {shape}: at dimension {i} the size is {old}, and only a size of 1 stretches.  Use Repeat to tile.", nameof(shape));
            steps[i] = i >= added && sizes[i] == old ? Strides[i - added] : 0;
        }
        var y = View(sizes, steps, Offset);
        return Recording(this) ? y.Record(new Expand(this)) : y;
    }

    /// <summary>As <see cref="Expand"/>, to the shape of another tensor.</summary>
    public Tensor ExpandAs(Tensor other) => Expand(other.Shape);

    /// <summary>As <see cref="Expand"/>.</summary>
    public Tensor BroadcastTo(params Shape shape) => Expand(shape);

    /// <summary>Copies laid side by side: <c>repeats[i]</c> times along dimension i; more counts than dimensions add dimensions in front.</summary>
    /// <exception cref="ArgumentException">Fewer counts than dimensions, or a negative one.</exception>
    public Tensor Repeat(params ReadOnlySpan<int> repeats)
    {
        int added = repeats.Length - Ndim;
        if (added < 0) throw new ArgumentException($"Repeat: {repeats.Length} counts for the {Ndim} dimensions of {Shape}.", nameof(repeats));

        // [n] repeated r times is [r, n] with the r stretched, written out and joined.
        List<int> single = [], stretched = [], joined = [];
        for (int i = 0; i < repeats.Length; i++)
        {
            if (repeats[i] < 0) throw new ArgumentException($"Repeat: the count {repeats[i]} is negative.", nameof(repeats));
            int n = i < added ? 1 : Shape[i - added];
            single.AddRange([1, n]);
            stretched.AddRange([repeats[i], n]);
            joined.Add(repeats[i] * n);
        }
        var y = Reshape(single.ToArray()).Expand(stretched.ToArray()).Reshape(joined.ToArray());
        return ReferenceEquals(y.Storage, Storage) ? y.Clone() : y;
    }

    /// <summary>This tensor summed over what was stretched, back to a shape that broadcasts to its own: the derivative of broadcasting.</summary>
    internal Tensor SumTo(Shape shape)
    {
        int added = Ndim - shape.Length;
        var mask = Dims.First(added);
        for (int i = added; i < Ndim; i++)
            if (shape[i - added] == 1 && Shape[i] != 1) mask = mask.With(i);
        var y = Reduction.Fold<Sum.Fold>(this, mask, shape);
        return Recording(this) ? y.Record(new SumTo(this)) : y;
    }
}

internal sealed class Expand(Tensor x) : Node(x)
{
    // y = x stretched   ⇒   dx = dy summed over what was stretched, which the engine does for every broadcast
    protected override Grads Backward(Tensor dy) => dy;
}

internal sealed class SumTo(Tensor x) : Node(x)
{
    private readonly Shape shape = x.Shape;

    // y = x summed over stretched dimensions   ⇒   dx = dy stretched
    protected override Grads Backward(Tensor dy) => dy.Expand(shape);
}
