using System.Numerics;
using System.Runtime.Intrinsics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>eˣ, element by element.</summary>
    public Tensor Exp()
    {
        var y = Pointwise.Real<Exp.Kernel>(this);
        return Recording(this) ? y.Record(new Exp(this, y)) : y;
    }

    /// <inheritdoc cref="Exp"/>
    public Tensor Exp_() => WriteDirectly<Exp.Kernel>(Change.Exp_) ? this : Become(Before(false, Change.Exp_).Exp(), Change.Exp_);

    /// <summary>eˣ − 1, exact near 0.</summary>
    public Tensor Expm1()
    {
        var y = Pointwise.Real<Expm1.Kernel>(this);
        return Recording(this) ? y.Record(new Expm1(this, y)) : y;
    }

    /// <inheritdoc cref="Expm1"/>
    public Tensor Expm1_() => WriteDirectly<Expm1.Kernel>(Change.Expm1_) ? this : Become(Before(false, Change.Expm1_).Expm1(), Change.Expm1_);
}

internal sealed class Exp : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Exp(x);

        static bool IUnary.Wide => VectorMath.HasWide;

        static Vector512<float> IUnary.Sixteen(Vector512<float> x) => VectorMath.Exp(x);
    }

    internal Exp(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = eˣ   ⇒   dx = dy ⊙ y
    protected override Grads Backward(Tensor dy) => dy * A;
}

internal sealed class Expm1 : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Expm1(x);
    }

    internal Expm1(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = eˣ − 1   ⇒   dx = dy ⊙ (y + 1)
    protected override Grads Backward(Tensor dy) => dy * (A + 1);
}
