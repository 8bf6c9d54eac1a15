namespace MiniTorch;

public partial class Tensor
{
    /// <summary>ln Σ eˣ over one dimension, without overflow: the largest element is taken out first.</summary>
    /// <exception cref="ArgumentException">A dimension is out of range.</exception>
    public Tensor Logsumexp(int dim, bool keepdim = false) => Logsumexp([dim], keepdim);

    /// <summary>ln Σ eˣ over several dimensions, without overflow: the largest element is taken out first.</summary>
    /// <exception cref="ArgumentException">A dimension is out of range or named twice.</exception>
    public Tensor Logsumexp(ReadOnlySpan<int> dim, bool keepdim = false)
    {
        var mask = Reduction.Mask(dim, Ndim, "Logsumexp");
        Tensor y;
        using (GradMode.Off())
        {
            var x = AsReal();
            if (Reduction.Folded(Shape, mask) == 0)
            {
                y = Torch.Full(Reduction.Left(Shape, mask, keepdim), double.NegativeInfinity, x.DType);
            }
            else
            {
                var top = Reduction.Fold<Amax.Fold>(x, mask, keepdim: true);
                top = top.MaskedFill(top.Abs().Eq(double.PositiveInfinity), 0);          // ∞ − ∞ would be NaN
                y = (Reduction.Fold<Sum.Fold>((x - top).Exp(), mask, keepdim: true).Log() + top).Reshape(Reduction.Left(Shape, mask, keepdim)).Detach();   // no view: it may be changed in place
            }
        }
        return Recording(this) ? y.Record(new Logsumexp(this, y, mask)) : y;
    }
}

internal sealed class Logsumexp : Node
{
    private readonly Dims mask;

    internal Logsumexp(Tensor x, Tensor y, Dims mask)
        : base(x)
    {
        this.mask = mask;
        Save(x);
        Save(y);
    }

    // y = ln Σ eˣ   ⇒   dx = dy · e^(x − y), the softmax
    protected override Grads Backward(Tensor dy) => dy.Kept(A.Shape, mask) * (A - B.Kept(A.Shape, mask)).Exp();
}
