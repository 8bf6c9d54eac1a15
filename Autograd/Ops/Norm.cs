using System.Runtime.CompilerServices;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>
    /// The p-norm of all elements, or over one dimension: (Σ|x|ᵖ)^(1/p); p = ∞ the largest |x|, −∞ the smallest, 0 the number that are not 0.
    /// At 0 the gradient is 0.
    /// </summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or the dimension is out of range.</exception>
    [OverloadResolutionPriority(1)]
    public Tensor Norm(double p = 2, int? dim = null, bool keepdim = false) => dim is { } d ? Norm(p, [d], keepdim) : Norm(p, [], keepdim);

    /// <summary>The p-norm over several dimensions, all of their elements in one row.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or a dimension is out of range or named twice.</exception>
    public Tensor Norm(double p = 2, ReadOnlySpan<int> dim = default, bool keepdim = false)
    {
        if (!DType.IsFloat()) throw Errors.DType("Norm", DType, "a floating-point dtype");
        var mask = Reduction.Mask(dim, Ndim, "Norm");
        Tensor y;
        using (GradMode.Off())
        {
            if (double.IsInfinity(p) && Reduction.Folded(Shape, mask) == 0 && p < 0)
                throw new ArgumentException($"Norm: a tensor of shape {Shape} has no smallest element.");
            y = p switch
            {
                0 => Reduction.Fold<Sum.Fold>(Ne(0).To(DType), mask, keepdim),
                1 => Reduction.Fold<Sum.Fold>(Abs(), mask, keepdim),
                2 => Reduction.Fold<Sum.Fold>(Square(), mask, keepdim).Sqrt(),
                double.PositiveInfinity => Reduction.Folded(Shape, mask) == 0
                    ? new Tensor(Reduction.Left(Shape, mask, keepdim), DType, zero: true)
                    : Reduction.Fold<Amax.Fold>(Abs(), mask, keepdim),
                double.NegativeInfinity => Reduction.Fold<Amin.Fold>(Abs(), mask, keepdim),
                _ => Reduction.Fold<Sum.Fold>(Abs().Pow(p), mask, keepdim).Pow(1 / p),
            };
        }
        return Recording(this) ? y.Record(new Norm(this, y, mask, p)) : y;
    }
}

internal sealed class Norm : Node
{
    private readonly Dims mask;
    private readonly double p;

    internal Norm(Tensor x, Tensor y, Dims mask, double p)
        : base(x)
    {
        (this.mask, this.p) = (mask, p);
        Save(x);
        Save(y);
    }

    // y = (Σ|x|ᵖ)^(1/p)   ⇒   dx = dy · sign x · (|x| / y)ᵖ⁻¹, and 0 where y = 0
    protected override Grads Backward(Tensor dy)
    {
        var x = A;
        var y = B.Kept(x.Shape, mask);
        dy = dy.Kept(x.Shape, mask);
        switch (p)
        {
            case 0:
                return [null];                                                      // a count has no slope: no gradient at all, as in PyTorch
            case 1:
                return dy * x.Sign();
            case 2:
                return x * (dy / y).MaskedFill(y.Eq(0), 0);
            case double.PositiveInfinity or double.NegativeInfinity:                // the elements that attain it share evenly
                var attained = x.Abs().Eq(y).LogicalOr(x.Isnan().LogicalAnd(y.Isnan())).To(dy.DType);
                return dy * (x.Sign() * attained / Reduction.Fold<Sum.Fold>(attained, mask, keepdim: true));
            case < 1:
                return (x.Sign() * x.Abs().Pow(p - 1)).MaskedFill(x.Eq(0), 0) * dy * y.Pow(1 - p);
            default:
                return x.Sign() * x.Abs().Pow(p - 1) * (dy / y.Pow(p - 1)).MaskedFill(y.Eq(0), 0);
        }
    }
}
