namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The variance of all elements: Σ(x − x̄)² / (n − 1), or / n when not <paramref name="unbiased"/>. Of one element, NaN when unbiased.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype.</exception>
    public Tensor Var(bool unbiased = true) => Var([], unbiased);

    /// <summary>The variance over one dimension.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or the dimension is out of range.</exception>
    public Tensor Var(int dim, bool unbiased = true, bool keepdim = false) => Var([dim], unbiased, keepdim);

    /// <summary>The variance over several dimensions; over all when the list is empty.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or a dimension is out of range or named twice.</exception>
    public Tensor Var(ReadOnlySpan<int> dim, bool unbiased = true, bool keepdim = false)
    {
        var mask = Reduction.Mask(dim, Ndim, "Var");
        var y = Variance(mask, unbiased, keepdim, "Var");
        return Recording(this) ? y.Record(new Var(this, mask, unbiased)) : y;
    }

    /// <summary>The standard deviation of all elements, √Var. Of equal elements the gradient is 0.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype.</exception>
    public Tensor Std(bool unbiased = true) => Std([], unbiased);

    /// <summary>The standard deviation over one dimension.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or the dimension is out of range.</exception>
    public Tensor Std(int dim, bool unbiased = true, bool keepdim = false) => Std([dim], unbiased, keepdim);

    /// <summary>The standard deviation over several dimensions; over all when the list is empty.</summary>
    /// <exception cref="ArgumentException">The dtype is no floating-point dtype, or a dimension is out of range or named twice.</exception>
    public Tensor Std(ReadOnlySpan<int> dim, bool unbiased = true, bool keepdim = false)
    {
        var mask = Reduction.Mask(dim, Ndim, "Std");
        var y = Pointwise.Real<Sqrt.Kernel>(Variance(mask, unbiased, keepdim, "Std"));
        return Recording(this) ? y.Record(new Std(this, mask, unbiased, y)) : y;
    }

    private Tensor Variance(Dims mask, bool unbiased, bool keepdim, string op)
    {
        if (!DType.IsFloat()) throw Errors.DType(op, DType, "a floating-point dtype");
        using (GradMode.Off())
        {
            int n = Reduction.Folded(Shape, mask);
            var mean = Reduction.Fold<Sum.Fold>(this, mask, keepdim: true) / n;
            var squares = Reduction.Fold<Sum.Fold>((this - mean).Square(), mask, keepdim);
            return squares / MiniTorch.Var.Divisor(n, unbiased);
        }
    }
}

internal sealed class Var : Node
{
    private readonly Dims mask;
    private readonly bool unbiased;

    internal Var(Tensor x, Dims mask, bool unbiased)
        : base(x)
    {
        (this.mask, this.unbiased) = (mask, unbiased);
        Save(x);
    }

    /// <summary>n − 1 (Bessel's correction) or n; never below 0, so that too few elements give NaN or ∞.</summary>
    internal static double Divisor(int n, bool unbiased) => Math.Max(unbiased ? n - 1 : n, 0);

    // y = Σ(x − x̄)² / m   ⇒   dx = dy · 2/m · (x − x̄)      (the mean's own share cancels, as Σ(x − x̄) = 0)
    protected override Grads Backward(Tensor dy) => dy.Kept(A.Shape, mask) * Slope(A, mask, unbiased);

    internal static Tensor Slope(Tensor x, Dims mask, bool unbiased)
    {
        int n = Reduction.Folded(x.Shape, mask);
        return (x - x.Mean(mask.ToArray(), keepdim: true)) * (2 / Divisor(n, unbiased));
    }

}

internal sealed class Std : Node
{
    private readonly Dims mask;
    private readonly bool unbiased;

    internal Std(Tensor x, Dims mask, bool unbiased, Tensor y)
        : base(x)
    {
        (this.mask, this.unbiased) = (mask, unbiased);
        Save(x);
        Save(y);
    }

    // y = √Var   ⇒   dx = dy / 2y · dVar/dx, and 0 where y = 0
    protected override Grads Backward(Tensor dy)
    {
        var scale = (dy / (B * 2)).MaskedFill(B.Eq(0), 0);
        return scale.Kept(A.Shape, mask) * Var.Slope(A, mask, unbiased);
    }
}
