namespace MiniTorch;

public static partial class Torch
{
    /// <summary><paramref name="a"/> where the condition holds, else <paramref name="b"/>; all three broadcast. The branch not taken gets gradient 0, even where it is NaN.</summary>
    /// <exception cref="ArgumentException">The condition is not Bool, or the shapes do not broadcast.</exception>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b)
    {
        if (condition.DType != DType.Bool) throw Errors.DType("Where", condition.DType, "a Bool condition");
        if (a.DType != b.DType) (a, b) = Promotion.Common(a, b);
        var y = Pointwise.Choose(condition, a, b, "Where");
        return MiniTorch.Tensor.Recording(a, b) ? y.Record(new Where(condition, a, b)) : y;
    }
}

public partial class Tensor
{
    /// <summary>This tensor where the condition holds, else <paramref name="other"/>.</summary>
    public Tensor Where(Tensor condition, Tensor other) => Torch.Where(condition, this, other);

    /// <summary>A copy with a number, converted to this dtype, wherever the mask is set; the mask broadcasts.</summary>
    /// <exception cref="ArgumentException">The mask is not Bool or does not broadcast, or an integer cannot hold the value.</exception>
    public Tensor MaskedFill(Tensor mask, Scalar value)
    {
        if (mask.DType != DType.Bool) throw Errors.DType("MaskedFill", mask.DType, "a Bool mask");
        if (!DType.IsFloat() && !double.IsFinite(value.ToDouble())) throw new ArgumentException($"MaskedFill: {DType} cannot hold {value}.  Convert with .To(DType.Float32) first.", nameof(value));
        var y = Pointwise.Choose(mask, Torch.Number(value, DType), this, "MaskedFill");
        return Recording(this) ? y.Record(new MaskedFill(this, mask)) : y;
    }

    /// <summary>A copy with the value of a 0-dim tensor wherever the mask is set.</summary>
    /// <exception cref="ArgumentException">The value has dimensions; see <see cref="MaskedFill(Tensor, Scalar)"/>.</exception>
    public Tensor MaskedFill(Tensor mask, Tensor value)
    {
        if (value.Ndim != 0) throw new ArgumentException($"MaskedFill: the value must be 0-dim, got shape {value.Shape}.  Use Torch.Where(mask, value, x).", nameof(value));
        return Torch.Where(mask, value.To(DType), this);
    }

    /// <inheritdoc cref="MaskedFill(Tensor, Scalar)"/>
    public Tensor MaskedFill_(Tensor mask, Scalar value) => Become(MaskedFill(mask, value), Change.MaskedFill_);

    /// <inheritdoc cref="MaskedFill(Tensor, Tensor)"/>
    public Tensor MaskedFill_(Tensor mask, Tensor value) => Become(MaskedFill(mask, value), Change.MaskedFill_);
}

internal sealed class Where : Node
{
    internal Where(Tensor condition, Tensor a, Tensor b)
        : base(a, b) => Save(condition);

    // y = c ? a : b   ⇒   da = c ? dy : 0,   db = c ? 0 : dy
    protected override Grads Backward(Tensor dy)
        => [NeedsA ? Torch.Where(A, dy, 0) : null, NeedsB ? dy.MaskedFill(A, 0) : null];
}

internal sealed class MaskedFill : Node
{
    internal MaskedFill(Tensor x, Tensor mask)
        : base(x) => Save(mask);

    // y = x, but a number at the mask   ⇒   dx = dy, but 0 at the mask
    protected override Grads Backward(Tensor dy) => dy.MaskedFill(A, 0);
}
