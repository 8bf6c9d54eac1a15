using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The larger of a and b, element by element, broadcast; NaN wins. Of equals each gets half of the gradient.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Maximum(Tensor other)
    {
        var y = Pointwise.Binary<Maximum.Kernel>(this, other, "Maximum");
        return Recording(this, other) ? y.Record(new Maximum(this, other)) : y;
    }

    /// <summary>The smaller of a and b, element by element, broadcast; NaN wins. Of equals each gets half of the gradient.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Minimum(Tensor other)
    {
        var y = Pointwise.Binary<Minimum.Kernel>(this, other, "Minimum");
        return Recording(this, other) ? y.Record(new Minimum(this, other)) : y;
    }

    /// <summary>x limited to [min, max], either of which may be missing. The slope at the bounds is 1. With min &gt; max, max everywhere.</summary>
    /// <exception cref="ArgumentException">Neither bound is given.</exception>
    [OverloadResolutionPriority(1)]
    public Tensor Clamp(Scalar? min = null, Scalar? max = null)
    {
        if (min is null && max is null) throw new ArgumentException("Clamp: at least one of min and max is needed.");
        var y = this;
        if (min is { } low) y = Pointwise.WithNumber<Maximum.Kernel>(y, low);
        if (max is { } high) y = Pointwise.WithNumber<Minimum.Kernel>(y, high);
        return Recording(this) ? y.Record(new ClampNumbers(this, min, max)) : y;
    }

    /// <inheritdoc cref="Clamp(Scalar?, Scalar?)"/>
    public Tensor Clamp_(Scalar? min = null, Scalar? max = null) => Become(Before(RequiresGrad, Change.Clamp_).Clamp(min, max), Change.Clamp_);

    /// <summary>x limited to [min, max], element by element, broadcast; either may be missing.</summary>
    /// <exception cref="ArgumentException">Neither bound is given, or the shapes do not broadcast.</exception>
    public Tensor Clamp(Tensor? min = null, Tensor? max = null)
    {
        if (min is null && max is null) throw new ArgumentException("Clamp: at least one of min and max is needed.");
        var y = this;
        using (GradMode.Off())
        {
            if (min is not null) y = Pointwise.Binary<Maximum.Kernel>(y, min, "Clamp");
            if (max is not null) y = Pointwise.Binary<Minimum.Kernel>(y, max, "Clamp");
        }
        Tensor low = min ?? this, high = max ?? this;
        return Recording(this, low, high) ? y.Record(new Clamp(this, low, high, min is not null, max is not null)) : y;
    }
}

/// <summary>The derivative of the larger (or smaller) of two: the winner gets it, and equals get half each. With NaN nobody loses, and both get all.</summary>
internal abstract class Contest : Node
{
    private protected Contest(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(a);
        Save(b);
    }

    /// <summary>Where the first loses against the second.</summary>
    private protected abstract Tensor Loses(Tensor a, Tensor b);

    // y = max(a, b)   ⇒   da = dy where a > b, half where a = b, 0 where a < b;   db likewise
    protected override Grads Backward(Tensor dy)
    {
        var shared = Torch.Where(A.Eq(B), dy / 2, dy);
        return [NeedsA ? shared.MaskedFill(Loses(A, B), 0) : null, NeedsB ? shared.MaskedFill(Loses(B, A), 0) : null];
    }
}

internal sealed class Maximum(Tensor a, Tensor b) : Contest(a, b)
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);

        static T IBinary.One<T, TSelf>(T a, T b) => T.Max(a, b);
    }

    private protected override Tensor Loses(Tensor a, Tensor b) => a.Lt(b);
}

internal sealed class Minimum(Tensor a, Tensor b) : Contest(a, b)
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => Vector.Min(a, b);

        static T IBinary.One<T, TSelf>(T a, T b) => T.Min(a, b);
    }

    private protected override Tensor Loses(Tensor a, Tensor b) => a.Gt(b);
}

internal sealed class ClampNumbers : Node
{
    private readonly Scalar? min, max;

    internal ClampNumbers(Tensor x, Scalar? min, Scalar? max)
        : base(x)
    {
        (this.min, this.max) = (min, max);
        Save(x);
    }

    /// <summary>The same op as with tensors, and so the same name.</summary>
    public override string Name => nameof(Clamp);

    // y = min(max(x, l), h)   ⇒   dx = dy where l ≤ x ≤ h
    protected override Grads Backward(Tensor dy)
    {
        var inside = min is { } low ? A.Ge(low) : null;
        if (max is { } high) inside = inside?.LogicalAnd(A.Le(high)) ?? A.Le(high);
        return Torch.Where(inside!, dy, 0);
    }
}

internal sealed class Clamp : Node
{
    private readonly bool hasMin, hasMax;

    internal Clamp(Tensor x, Tensor min, Tensor max, bool hasMin, bool hasMax)
        : base(x, min, max)
    {
        (this.hasMin, this.hasMax) = (hasMin, hasMax);
        Save(x);
        Save(hasMin ? min : null);
        Save(hasMax ? max : null);
    }

    // y = min(max(x, l), h)   ⇒   dx = dy where l ≤ x ≤ h,   dl = dy where x < l ≤ h,   dh = dy where x > h or l > h
    protected override Grads Backward(Tensor dy)
    {
        var below = hasMin ? A.Lt(B) : null;
        var above = hasMax ? A.Gt(C) : null;
        if (!hasMax) return [Torch.Where(A.Ge(B), dy, 0), Torch.Where(below!, dy, 0), null];
        if (!hasMin) return [Torch.Where(A.Le(C), dy, 0), null, Torch.Where(above!, dy, 0)];
        var crossed = B.Gt(C);
        return
        [
            NeedsA ? Torch.Where(A.Ge(B).LogicalAnd(A.Le(C)), dy, 0) : null,
            NeedsB ? Torch.Where(below!.LogicalAnd(crossed.LogicalNot()), dy, 0) : null,
            NeedsC ? Torch.Where(above!.LogicalOr(crossed), dy, 0) : null,
        ];
    }
}
