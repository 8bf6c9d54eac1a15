using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>−x, element by element.</summary>
    /// <exception cref="ArgumentException">The dtype is Bool.</exception>
    public Tensor Neg()
    {
        if (DType == DType.Bool) throw Errors.DType("Neg", DType, "numbers (for truth values use LogicalNot)");
        var y = Pointwise.Unary<Neg.Kernel>(this);
        return Recording(this) ? y.Record(new Neg(this)) : y;
    }

    /// <inheritdoc cref="Neg"/>
    public Tensor Neg_() => WriteDirectly<Neg.Kernel>(Change.Neg_) ? this : Become(Before(false, Change.Neg_).Neg(), Change.Neg_);

    /// <summary>|x|, element by element; slope 0 at 0.</summary>
    public Tensor Abs()
    {
        var y = Pointwise.Unary<Abs.Kernel>(this);
        return Recording(this) ? y.Record(new Abs(this)) : y;
    }

    /// <inheritdoc cref="Abs"/>
    public Tensor Abs_() => WriteDirectly<Abs.Kernel>(Change.Abs_) ? this : Become(Before(RequiresGrad, Change.Abs_).Abs(), Change.Abs_);

    /// <summary>−1, 0 or 1 by the sign of x; 0 for NaN.</summary>
    public Tensor Sign()
    {
        var y = Pointwise.Unary<Sign.Kernel>(this);
        return Recording(this) ? y.Record(new Sign(this)) : y;
    }

    /// <inheritdoc cref="Sign"/>
    public Tensor Sign_() => WriteDirectly<Sign.Kernel>(Change.Sign_) ? this : Become(Before(false, Change.Sign_).Sign(), Change.Sign_);
}

internal sealed class Neg(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => -x;

        static T IUnary.One<T, TSelf>(T x) => -x;
    }

    // y = −x   ⇒   dx = −dy
    protected override Grads Backward(Tensor dy) => -dy;
}

internal sealed class Abs : Node
{
    internal readonly struct Kernel : IUnary
    {
        // Not for integers: of the smallest there is no positive, and .NET throws or not by the processor. PyTorch wraps, as −x does.
        static Vector<T> IUnary.Many<T>(Vector<T> x)
            => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? Vector.Abs(x) : Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), -x, x);
    }

    internal Abs(Tensor x)
        : base(x) => Save(x);

    // y = |x|   ⇒   dx = dy ⊙ sign x
    protected override Grads Backward(Tensor dy) => dy * A.Sign();
}

internal sealed class Sign(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => T.IsPositive(x) && !T.IsZero(x) && !T.IsNaN(x) ? T.One : T.IsNegative(x) && !T.IsZero(x) && !T.IsNaN(x) ? -T.One : T.Zero;
    }

    // y = sign x, a step   ⇒   dx = 0
    protected override Grads Backward(Tensor dy) => dy.ZerosLike();
}
