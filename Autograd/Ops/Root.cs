using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>√x, element by element; NaN below 0, slope ∞ at 0.</summary>
    public Tensor Sqrt()
    {
        var y = Pointwise.Real<Sqrt.Kernel>(this);
        return Recording(this) ? y.Record(new Sqrt(this, y)) : y;
    }

    /// <inheritdoc cref="Sqrt"/>
    public Tensor Sqrt_() => WriteDirectly<Sqrt.Kernel>(Change.Sqrt_) ? this : Become(Before(false, Change.Sqrt_).Sqrt(), Change.Sqrt_);

    /// <summary>1/√x, element by element.</summary>
    public Tensor Rsqrt()
    {
        var y = Pointwise.Real<Rsqrt.Kernel>(this);
        return Recording(this) ? y.Record(new Rsqrt(this, y)) : y;
    }

    /// <inheritdoc cref="Rsqrt"/>
    public Tensor Rsqrt_() => WriteDirectly<Rsqrt.Kernel>(Change.Rsqrt_) ? this : Become(Before(false, Change.Rsqrt_).Rsqrt(), Change.Rsqrt_);

    /// <summary>x², element by element; of truth values, as Int64.</summary>
    public Tensor Square()
    {
        var y = Pointwise.Unary<Square.Kernel>(DType == DType.Bool ? To(DType.Int64) : this);
        return Recording(this) ? y.Record(new Square(this)) : y;
    }

    /// <inheritdoc cref="Square"/>
    public Tensor Square_() => WriteDirectly<Square.Kernel>(Change.Square_) ? this : Become(Before(RequiresGrad, Change.Square_).Square(), Change.Square_);

    /// <summary>1/x, element by element.</summary>
    public Tensor Reciprocal()
    {
        var y = Pointwise.Real<Reciprocal.Kernel>(this);
        return Recording(this) ? y.Record(new Reciprocal(this, y)) : y;
    }

    /// <inheritdoc cref="Reciprocal"/>
    public Tensor Reciprocal_() => WriteDirectly<Reciprocal.Kernel>(Change.Reciprocal_) ? this : Become(Before(false, Change.Reciprocal_).Reciprocal(), Change.Reciprocal_);
}

internal sealed class Sqrt : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => Vector.SquareRoot(x);
    }

    internal Sqrt(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = √x   ⇒   dx = dy / 2y
    protected override Grads Backward(Tensor dy) => dy / (A * 2);
}

internal sealed class Rsqrt : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => Vector<T>.One / Vector.SquareRoot(x);
    }

    internal Rsqrt(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = x^(−½)   ⇒   dx = −½ dy ⊙ y³
    protected override Grads Backward(Tensor dy) => dy * -0.5 * A.Pow(3);
}

internal sealed class Square : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => x * x;

        static T IUnary.One<T, TSelf>(T x) => x * x;
    }

    internal Square(Tensor x)
        : base(x) => Save(x);

    // y = x²   ⇒   dx = 2 dy ⊙ x
    protected override Grads Backward(Tensor dy) => dy * 2 * A;
}

internal sealed class Reciprocal : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => Vector<T>.One / x;

        static T IUnary.One<T, TSelf>(T x) => T.One / x;
    }

    internal Reciprocal(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = 1/x   ⇒   dx = −dy ⊙ y²
    protected override Grads Backward(Tensor dy) => -dy * (A * A);
}
