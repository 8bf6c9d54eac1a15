using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>Values and where they were found.</summary>
/// <param name="Values">The values.</param>
/// <param name="Indices">Their indices along the dimension, Int64.</param>
public readonly record struct ValuesIndices(Tensor Values, Tensor Indices)
{
    /// <summary>Both, as PyTorch prints them.</summary>
    public override string ToString() => $"(\nvalues={Values},\nindices={Indices})";
}

public partial class Tensor
{
    /// <summary>The largest element; NaN if there is one. Equal largest elements share the gradient evenly.</summary>
    /// <exception cref="ArgumentException">There are no elements.</exception>
    public Tensor Max() => Extreme<Amax.Fold>([], false, "Max", static (x, y, mask) => new Max(x, y, mask));

    /// <summary>The smallest element; NaN if there is one. Equal smallest elements share the gradient evenly.</summary>
    /// <exception cref="ArgumentException">There are no elements.</exception>
    public Tensor Min() => Extreme<Amin.Fold>([], false, "Min", static (x, y, mask) => new Min(x, y, mask));

    /// <summary>The largest elements over one dimension and their indices; of equal ones the first, which gets the gradient.</summary>
    /// <exception cref="ArgumentException">The dimension is out of range or has no elements.</exception>
    public ValuesIndices Max(int dim, bool keepdim = false) => ExtremeAlong<IsGreater>(dim, keepdim, "Max");

    /// <summary>The smallest elements over one dimension and their indices; of equal ones the first, which gets the gradient.</summary>
    /// <exception cref="ArgumentException">The dimension is out of range or has no elements.</exception>
    public ValuesIndices Min(int dim, bool keepdim = false) => ExtremeAlong<IsLess>(dim, keepdim, "Min");

    /// <summary>The largest elements over some dimensions, all by default; equal ones share the gradient evenly.</summary>
    /// <exception cref="ArgumentException">A dimension is out of range, named twice, or there are no elements.</exception>
    public Tensor Amax(ReadOnlySpan<int> dim = default, bool keepdim = false) => Extreme<Amax.Fold>(dim, keepdim, "Amax", static (x, y, mask) => new Amax(x, y, mask));

    /// <inheritdoc cref="Amax(ReadOnlySpan{int}, bool)"/>
    public Tensor Amax(int dim, bool keepdim = false) => Amax([dim], keepdim);

    /// <summary>The smallest elements over some dimensions, all by default; equal ones share the gradient evenly.</summary>
    /// <exception cref="ArgumentException">A dimension is out of range, named twice, or there are no elements.</exception>
    public Tensor Amin(ReadOnlySpan<int> dim = default, bool keepdim = false) => Extreme<Amin.Fold>(dim, keepdim, "Amin", static (x, y, mask) => new Amin(x, y, mask));

    /// <inheritdoc cref="Amin(ReadOnlySpan{int}, bool)"/>
    public Tensor Amin(int dim, bool keepdim = false) => Amin([dim], keepdim);

    /// <summary>The index of the largest element, in row-major order, or over one dimension; of equal ones the first.</summary>
    /// <exception cref="ArgumentException">The dimension is out of range or there are no elements.</exception>
    public Tensor Argmax(int? dim = null, bool keepdim = false) => ArgExtreme<IsGreater>(dim, keepdim, "Argmax");

    /// <summary>The index of the smallest element, in row-major order, or over one dimension; of equal ones the first.</summary>
    /// <exception cref="ArgumentException">The dimension is out of range or there are no elements.</exception>
    public Tensor Argmin(int? dim = null, bool keepdim = false) => ArgExtreme<IsLess>(dim, keepdim, "Argmin");

    private Tensor Extreme<TFold>(ReadOnlySpan<int> dim, bool keepdim, string op, Func<Tensor, Tensor, Dims, Node> node)
        where TFold : struct, IFold
    {
        var mask = Reduction.Mask(dim, Ndim, op);
        CheckNotEmpty(mask, op);
        var y = Reduction.Fold<TFold>(this, mask, keepdim);
        return Recording(this) ? y.Record(node(this, y, mask)) : y;
    }

    private ValuesIndices ExtremeAlong<TBetter>(int dim, bool keepdim, string op)
        where TBetter : struct, IRelation
    {
        var indices = Along<TBetter>(dim, keepdim: true, op);
        dim = MiniTorch.Shape.Dim(dim, Ndim, op);
        var values = Ndim == 0 ? Clone() : Gather(dim, indices);
        return keepdim || Ndim == 0 ? new(values, indices) : new(values.Squeeze(dim), indices.Squeeze(dim));
    }

    private Tensor ArgExtreme<TBetter>(int? dim, bool keepdim, string op)
        where TBetter : struct, IRelation
    {
        if (dim is { } d) return Along<TBetter>(d, keepdim, op);
        var y = Detach().Reshape(-1).Along<TBetter>(0, keepdim: false, op);
        if (!keepdim) return y;
        var ones = new int[Ndim];
        Array.Fill(ones, 1);
        return y.Reshape(ones);
    }

    private Tensor Along<TBetter>(int dim, bool keepdim, string op)
        where TBetter : struct, IRelation
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, op);
        var mask = Ndim > 0 ? Dims.None.With(dim) : Dims.None;
        CheckNotEmpty(mask, op);
        var (x, outer, n, inner) = Reduction.Along(this, dim);
        var y = new Tensor(Reduction.Left(Shape, mask, keepdim), DType.Int64);
        Dispatch.Numbers(x.DType, new SearchKernel<TBetter>(x, y, outer, n, inner), x, y);
        return y;
    }

    private void CheckNotEmpty(Dims mask, string op)
    {
        if (Reduction.Folded(Shape, mask) == 0)
            throw new ArgumentException($"{op}: a tensor of shape {Shape} has no elements to choose from.");
    }

    private readonly struct SearchKernel<TBetter>(Tensor x, Tensor y, int outer, int n, int inner) : INumberKernel
        where TBetter : struct, IRelation
    {
        void INumberKernel.Run<T>()
            => Search.Run<TBetter, T>(ref x.First<T>(), ref y.First<long>(), outer, n, inner);
    }

    private readonly struct IsGreater : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a > b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.GreaterThan(a, b);
    }

    private readonly struct IsLess : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a < b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.LessThan(a, b);
    }
}

/// <summary>The derivative of a largest (or smallest) value whose equals share the gradient evenly.</summary>
internal abstract class SharedExtreme : Node
{
    private readonly Dims mask;

    private protected SharedExtreme(Tensor x, Tensor y, Dims mask)
        : base(x)
    {
        this.mask = mask;
        Save(x);
        Save(y);
    }

    /// <summary>Where x attains y. NaN counts as attained in the whole-tensor forms only, as in PyTorch.</summary>
    private protected virtual Tensor Attained(Tensor x, Tensor y) => x.Eq(y);

    // y = max x   ⇒   dx = dy / k at the k places where x = y, else 0
    protected override Grads Backward(Tensor dy)
    {
        var attained = Attained(A, B.Kept(A.Shape, mask)).To(dy.DType);
        var share = attained / Reduction.Fold<Sum.Fold>(attained, mask, keepdim: true);
        return dy.Kept(A.Shape, mask) * share;
    }
}

internal sealed class Amax(Tensor x, Tensor y, Dims mask) : SharedExtreme(x, y, mask)
{
    internal readonly struct Fold : IFold
    {
        static T IFold.Neutral<T>() => T.CreateSaturating(double.NegativeInfinity);

        static T IFold.One<T>(T a, T b) => T.Max(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }
}

internal sealed class Amin(Tensor x, Tensor y, Dims mask) : SharedExtreme(x, y, mask)
{
    internal readonly struct Fold : IFold
    {
        static T IFold.Neutral<T>() => T.CreateSaturating(double.PositiveInfinity);

        static T IFold.One<T>(T a, T b) => T.Min(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Min(a, b);
    }
}

internal sealed class Max(Tensor x, Tensor y, Dims mask) : SharedExtreme(x, y, mask)
{
    private protected override Tensor Attained(Tensor x, Tensor y) => x.Eq(y).LogicalOr(x.Isnan().LogicalAnd(y.Isnan()));
}

internal sealed class Min(Tensor x, Tensor y, Dims mask) : SharedExtreme(x, y, mask)
{
    private protected override Tensor Attained(Tensor x, Tensor y) => x.Eq(y).LogicalOr(x.Isnan().LogicalAnd(y.Isnan()));
}
