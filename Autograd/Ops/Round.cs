using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The largest whole number not above x.</summary>
    public Tensor Floor()
    {
        var y = Pointwise.Unary<Floor.Kernel>(this);
        return Recording(this) ? y.Record(new Floor(this)) : y;
    }

    /// <inheritdoc cref="Floor"/>
    public Tensor Floor_() => WriteDirectly<Floor.Kernel>(Change.Floor_) ? this : Become(Before(false, Change.Floor_).Floor(), Change.Floor_);

    /// <summary>The smallest whole number not below x.</summary>
    public Tensor Ceil()
    {
        var y = Pointwise.Unary<Ceil.Kernel>(this);
        return Recording(this) ? y.Record(new Ceil(this)) : y;
    }

    /// <inheritdoc cref="Ceil"/>
    public Tensor Ceil_() => WriteDirectly<Ceil.Kernel>(Change.Ceil_) ? this : Become(Before(false, Change.Ceil_).Ceil(), Change.Ceil_);

    /// <summary>The nearest whole number; halves go to the even one.</summary>
    public Tensor Round()
    {
        var y = Pointwise.Unary<Round.Kernel>(this);
        return Recording(this) ? y.Record(new Round(this)) : y;
    }

    /// <inheritdoc cref="Round"/>
    public Tensor Round_() => WriteDirectly<Round.Kernel>(Change.Round_) ? this : Become(Before(false, Change.Round_).Round(), Change.Round_);

    /// <summary>The whole part of x, towards zero.</summary>
    public Tensor Trunc()
    {
        var y = Pointwise.Unary<Trunc.Kernel>(this);
        return Recording(this) ? y.Record(new Trunc(this)) : y;
    }

    /// <inheritdoc cref="Trunc"/>
    public Tensor Trunc_() => WriteDirectly<Trunc.Kernel>(Change.Trunc_) ? this : Become(Before(false, Change.Trunc_).Trunc(), Change.Trunc_);
}

internal sealed class Floor(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Floor(x);
    }

    // y = ⌊x⌋, a step   ⇒   dx = 0
    protected override Grads Backward(Tensor dy) => dy.ZerosLike();
}

internal sealed class Ceil(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Ceiling(x);
    }

    // y = ⌈x⌉, a step   ⇒   dx = 0
    protected override Grads Backward(Tensor dy) => dy.ZerosLike();
}

internal sealed class Round(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Round(x);
    }

    // y = round x, a step   ⇒   dx = 0
    protected override Grads Backward(Tensor dy) => dy.ZerosLike();
}

internal sealed class Trunc(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Truncate(x);
    }

    // y = trunc x, a step   ⇒   dx = 0
    protected override Grads Backward(Tensor dy) => dy.ZerosLike();
}
