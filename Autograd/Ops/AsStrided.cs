using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>Where the elements of a view lie in the storage.</summary>
internal readonly struct Geometry
{
    internal Geometry(Tensor x)
        : this(x.Shape, x.Strides.ToArray(), x.Offset)
    {
    }

    private Geometry(Shape shape, int[] strides, int offset) => (Shape, Strides, Offset) = (shape, strides, offset);

    internal Shape Shape { get; }

    internal int[] Strides { get; }

    internal int Offset { get; }

    /// <summary>The same elements, each once: dimensions that repeat them (stride 0) have size 1.</summary>
    internal Geometry Once()
    {
        var (sizes, strides) = (Shape.ToArray(), Strides);
        for (int i = 0; i < sizes.Length; i++)
            if (strides[i] == 0 && sizes[i] > 1) sizes[i] = 1;
        return new(sizes, strides, Offset);
    }
}

// A change in place through a view v of x is, to autograd, a new x: the old one with the elements of v replaced,
//     x′ = scatter(x, v),
// and every view of x becomes a view of x′. Both are linear, and each is the derivative of the other.

/// <summary>A view of x, by geometry: the history of a view whose tensor was changed in place.</summary>
internal sealed class AsStrided(Tensor x, Geometry whole, Geometry part) : Node(x)
{
    /// <summary>The elements of x, laid out as <paramref name="whole"/>, that belong to <paramref name="part"/>.</summary>
    internal static Tensor Take(Tensor x, Geometry whole, Geometry part)
    {
        var y = View(Laid(x, whole), whole, part).Clone();
        return Tensor.Recording(x) ? y.Record(new AsStrided(x, whole, part)) : y;
    }

    // y = x at part   ⇒   dx = 0 with dy at part, summed where part shows an element more than once
    protected override Grads Backward(Tensor dy)
    {
        var once = part.Once();
        return AsStridedScatter.Put(Torch.Zeros(whole.Shape, dy.DType), once.Shape == part.Shape ? dy : dy.SumTo(once.Shape), whole, once);
    }

    /// <summary>A fresh copy of x with the strides of <paramref name="whole"/>.</summary>
    internal static Tensor Laid(Tensor x, Geometry whole)
    {
        int last = 0;
        for (int i = 0; i < whole.Shape.Length; i++) last += (whole.Shape[i] - 1) * whole.Strides[i];
        var memory = new Tensor([x.Count == 0 ? 0 : last + 1], x.DType, zero: true);
        var y = new Tensor(memory.Storage, whole.Shape, x.DType, whole.Strides, 0);
        CopyKernel.Run(x, y);
        return y;
    }

    /// <summary>The view of a fresh copy that corresponds to <paramref name="part"/>.</summary>
    internal static Tensor View(Tensor laid, Geometry whole, Geometry part)
        => new(laid.Storage, part.Shape, laid.DType, part.Strides, part.Offset - whole.Offset);
}

/// <summary>x with the elements at a view's place replaced by v: the history of a tensor that was changed through a view.</summary>
internal sealed class AsStridedScatter(Tensor x, Tensor v, Geometry whole, Geometry part) : Node(x, v)
{
    /// <summary>x, laid out as <paramref name="whole"/>, with v at <paramref name="part"/>.</summary>
    internal static Tensor Put(Tensor x, Tensor v, Geometry whole, Geometry part)
    {
        var laid = AsStrided.Laid(x, whole);
        CopyKernel.Run(v, AsStrided.View(laid, whole, part));
        var y = laid.Contiguous();
        return Tensor.Recording(x, v) ? y.Record(new AsStridedScatter(x, v, whole, part)) : y;
    }

    // y = x with v at part   ⇒   dx = dy with 0 at part,   dv = dy at part
    protected override Grads Backward(Tensor dy) =>
    [
        NeedsA ? Put(dy, Torch.Zeros(part.Shape, dy.DType), whole, part) : null,
        NeedsB ? AsStrided.Take(dy, whole, part) : null,
    ];
}
