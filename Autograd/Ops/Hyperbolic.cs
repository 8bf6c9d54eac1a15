using System.Numerics;
using System.Runtime.Intrinsics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The hyperbolic sine, (eˣ − e⁻ˣ)/2.</summary>
    public Tensor Sinh()
    {
        var y = Pointwise.Real<Sinh.Kernel>(this);
        return Recording(this) ? y.Record(new Sinh(this)) : y;
    }

    /// <inheritdoc cref="Sinh"/>
    public Tensor Sinh_() => WriteDirectly<Sinh.Kernel>(Change.Sinh_) ? this : Become(Before(RequiresGrad, Change.Sinh_).Sinh(), Change.Sinh_);

    /// <summary>The hyperbolic cosine, (eˣ + e⁻ˣ)/2.</summary>
    public Tensor Cosh()
    {
        var y = Pointwise.Real<Cosh.Kernel>(this);
        return Recording(this) ? y.Record(new Cosh(this)) : y;
    }

    /// <inheritdoc cref="Cosh"/>
    public Tensor Cosh_() => WriteDirectly<Cosh.Kernel>(Change.Cosh_) ? this : Become(Before(RequiresGrad, Change.Cosh_).Cosh(), Change.Cosh_);

    /// <summary>The hyperbolic tangent, (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ).</summary>
    public Tensor Tanh()
    {
        var y = Pointwise.Real<Tanh.Kernel>(this);
        return Recording(this) ? y.Record(new Tanh(this, y)) : y;
    }

    /// <inheritdoc cref="Tanh"/>
    public Tensor Tanh_() => WriteDirectly<Tanh.Kernel>(Change.Tanh_) ? this : Become(Before(false, Change.Tanh_).Tanh(), Change.Tanh_);
}

internal sealed class Sinh : Node
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Sinh(x);
    }

    internal Sinh(Tensor x)
        : base(x) => Save(x);

    // y = sinh x   ⇒   dx = dy ⊙ cosh x
    protected override Grads Backward(Tensor dy) => dy * A.Cosh();
}

internal sealed class Cosh : Node
{
    internal readonly struct Kernel : IScalarUnary
    {
        static T IUnary.One<T, TSelf>(T x) => ScalarMath.Cosh(x);
    }

    internal Cosh(Tensor x)
        : base(x) => Save(x);

    // y = cosh x   ⇒   dx = dy ⊙ sinh x
    protected override Grads Backward(Tensor dy) => dy * A.Sinh();
}

internal sealed class Tanh : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Tanh(x);

        static bool IUnary.Wide => VectorMath.HasWide;

        static Vector512<float> IUnary.Sixteen(Vector512<float> x) => VectorMath.Tanh(x);
    }

    internal Tanh(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = tanh x   ⇒   dx = dy ⊙ (1 − y²)
    protected override Grads Backward(Tensor dy) => GradMode.Enabled ? dy * (1 - A * A) : Pointwise.Binary<Slope>(dy, A, "Tanh");

    /// <summary>The same in one pass, where it is not itself to be differentiated.</summary>
    private readonly struct Slope : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> dy, Vector<T> y) => dy * (Vector<T>.One - y * y);
    }
}
