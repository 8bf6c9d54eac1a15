using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The sine of an angle in radians.</summary>
    public Tensor Sin()
    {
        var y = Pointwise.Real<Sin.Kernel>(this);
        return Recording(this) ? y.Record(new Sin(this)) : y;
    }

    /// <inheritdoc cref="Sin"/>
    public Tensor Sin_() => WriteDirectly<Sin.Kernel>(Change.Sin_) ? this : Become(Before(RequiresGrad, Change.Sin_).Sin(), Change.Sin_);

    /// <summary>The cosine of an angle in radians.</summary>
    public Tensor Cos()
    {
        var y = Pointwise.Real<Cos.Kernel>(this);
        return Recording(this) ? y.Record(new Cos(this)) : y;
    }

    /// <inheritdoc cref="Cos"/>
    public Tensor Cos_() => WriteDirectly<Cos.Kernel>(Change.Cos_) ? this : Become(Before(RequiresGrad, Change.Cos_).Cos(), Change.Cos_);

    /// <summary>The tangent of an angle in radians.</summary>
    public Tensor Tan()
    {
        var y = Pointwise.Real<Tan.Kernel>(this);
        return Recording(this) ? y.Record(new Tan(this, y)) : y;
    }

    /// <inheritdoc cref="Tan"/>
    public Tensor Tan_() => WriteDirectly<Tan.Kernel>(Change.Tan_) ? this : Become(Before(false, Change.Tan_).Tan(), Change.Tan_);

    /// <summary>The angle in [−π/2, π/2] whose sine is x; NaN outside of [−1, 1].</summary>
    public Tensor Asin()
    {
        var y = Pointwise.Real<Asin.Kernel>(this);
        return Recording(this) ? y.Record(new Asin(this)) : y;
    }

    /// <inheritdoc cref="Asin"/>
    public Tensor Asin_() => WriteDirectly<Asin.Kernel>(Change.Asin_) ? this : Become(Before(RequiresGrad, Change.Asin_).Asin(), Change.Asin_);

    /// <summary>The angle in [0, π] whose cosine is x; NaN outside of [−1, 1].</summary>
    public Tensor Acos()
    {
        var y = Pointwise.Real<Acos.Kernel>(this);
        return Recording(this) ? y.Record(new Acos(this)) : y;
    }

    /// <inheritdoc cref="Acos"/>
    public Tensor Acos_() => WriteDirectly<Acos.Kernel>(Change.Acos_) ? this : Become(Before(RequiresGrad, Change.Acos_).Acos(), Change.Acos_);

    /// <summary>The angle in [−π/2, π/2] whose tangent is x.</summary>
    public Tensor Atan()
    {
        var y = Pointwise.Real<Atan.Kernel>(this);
        return Recording(this) ? y.Record(new Atan(this)) : y;
    }

    /// <inheritdoc cref="Atan"/>
    public Tensor Atan_() => WriteDirectly<Atan.Kernel>(Change.Atan_) ? this : Become(Before(RequiresGrad, Change.Atan_).Atan(), Change.Atan_);
}

internal sealed class Sin : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Sin(x);
    }

    internal Sin(Tensor x)
        : base(x) => Save(x);

    // y = sin x   ⇒   dx = dy ⊙ cos x
    protected override Grads Backward(Tensor dy) => dy * A.Cos();
}

internal sealed class Cos : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Cos(x);
    }

    internal Cos(Tensor x)
        : base(x) => Save(x);

    // y = cos x   ⇒   dx = −dy ⊙ sin x
    protected override Grads Backward(Tensor dy) => -dy * A.Sin();
}

internal sealed class Tan : Node
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Tan(x);
    }

    internal Tan(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = tan x   ⇒   dx = dy ⊙ (1 + y²)
    protected override Grads Backward(Tensor dy) => dy * (A * A + 1);
}

internal sealed class Asin : Node
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Asin(x);
    }

    internal Asin(Tensor x)
        : base(x) => Save(x);

    // y = asin x   ⇒   dx = dy / √(1 − x²)
    protected override Grads Backward(Tensor dy) => dy * (1 - A * A).Rsqrt();
}

internal sealed class Acos : Node
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Acos(x);
    }

    internal Acos(Tensor x)
        : base(x) => Save(x);

    // y = acos x   ⇒   dx = −dy / √(1 − x²)
    protected override Grads Backward(Tensor dy) => -dy * (1 - A * A).Rsqrt();
}

internal sealed class Atan : Node
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Atan(x);
    }

    internal Atan(Tensor x)
        : base(x) => Save(x);

    // y = atan x   ⇒   dx = dy / (1 + x²)
    protected override Grads Backward(Tensor dy) => dy / (A * A + 1);
}
