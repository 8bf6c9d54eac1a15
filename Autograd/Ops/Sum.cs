using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The sum of all elements; truth values and integers are summed as Int64.</summary>
    public Tensor Sum(DType? dtype = null) => Sum([], false, dtype);

    /// <summary>The sum over one dimension.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor Sum(int dim, bool keepdim = false, DType? dtype = null) => Sum([dim], keepdim, dtype);

    /// <summary>The sum over several dimensions; over all when the list is empty.</summary>
    /// <exception cref="ArgumentException">A dimension is out of range or named twice.</exception>
    public Tensor Sum(ReadOnlySpan<int> dim, bool keepdim = false, DType? dtype = null)
    {
        var x = To(dtype ?? (DType.IsFloat() ? DType : DType.Int64));
        var mask = Reduction.Mask(dim, Ndim, "Sum");
        var y = Reduction.Fold<Sum.Fold>(x, mask, keepdim);
        return Recording(x) ? y.Record(new Sum(x, mask)) : y;
    }

    /// <summary>The mean of all elements.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype.</exception>
    public Tensor Mean(DType? dtype = null) => Mean([], false, dtype);

    /// <summary>The mean over one dimension.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or the dimension is out of range.</exception>
    public Tensor Mean(int dim, bool keepdim = false, DType? dtype = null) => Mean([dim], keepdim, dtype);

    /// <summary>The mean over several dimensions; over all when the list is empty. Of no elements, NaN.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or a dimension is out of range or named twice.</exception>
    public Tensor Mean(ReadOnlySpan<int> dim, bool keepdim = false, DType? dtype = null)
    {
        var x = To(dtype ?? DType);
        if (!x.DType.IsFloat()) throw Errors.DType("Mean", x.DType, "a floating-point dtype");
        var mask = Reduction.Mask(dim, Ndim, "Mean");
        int n = Reduction.Folded(Shape, mask);
        var y = Reduction.Fold<Sum.Fold>(x, mask, keepdim);
        Pointwise.RunWithNumber<Div.Kernel>(y, n);
        return Recording(x) ? y.Record(new Mean(x, mask, n)) : y;
    }

    /// <summary>A reduced tensor with the reduced dimensions back as 1, so that it broadcasts against what it was reduced from.</summary>
    internal Tensor Kept(Shape from, Dims mask) => Reshape(Reduction.Left(from, mask, keepdim: true));

    /// <summary>A reduced tensor stretched to the shape that it was reduced from: each element stands for all that were folded into it.</summary>
    internal Tensor Stretched(Shape from, Dims mask)
    {
        if (Recording(this)) return Kept(from, mask).Expand(from);
        Span<int> steps = stackalloc int[from.Length];
        steps.Clear();
        bool kept = Ndim == from.Length;
        var strides = OwnStrides;
        for (int i = from.Length - 1, at = Ndim - 1, dense = 1; i >= 0; i--)
        {
            if (mask[i] && !kept) continue;
            steps[i] = mask[i] ? 0 : strides is null ? dense : strides[at];
            dense *= Shape[at--];
        }
        return View(from, steps, Offset);
    }
}

internal sealed class Sum(Tensor x, Dims mask) : Node(x)
{
    private readonly Shape shape = x.Shape;

    internal readonly struct Fold : IFold
    {
        static T IFold.Neutral<T>() => T.Zero;

        static T IFold.One<T>(T a, T b) => a + b;

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => a + b;
    }

    // y = Σ x   ⇒   dx = dy for every element summed
    protected override Grads Backward(Tensor dy) => dy.Stretched(shape, mask);
}

internal sealed class Mean(Tensor x, Dims mask, int n) : Node(x)
{
    private readonly Shape shape = x.Shape;

    // y = Σ x / n   ⇒   dx = dy / n for every element summed
    protected override Grads Backward(Tensor dy) => (dy / n).Stretched(shape, mask);
}
