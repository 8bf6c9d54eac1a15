using System.Numerics;
using System.Runtime.Intrinsics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The logistic function 1 / (1 + e⁻ˣ).</summary>
    public Tensor Sigmoid()
    {
        var y = Pointwise.Real<Sigmoid.Kernel>(this);
        return Recording(this) ? y.Record(new Sigmoid(this, y)) : y;
    }

    /// <inheritdoc cref="Sigmoid"/>
    public Tensor Sigmoid_() => WriteDirectly<Sigmoid.Kernel>(Change.Sigmoid_) ? this : Become(Before(false, Change.Sigmoid_).Sigmoid(), Change.Sigmoid_);

    /// <summary>The error function 2/√π ∫₀ˣ e^(−t²) dt.</summary>
    public Tensor Erf()
    {
        var y = Pointwise.Real<Erf.Kernel>(this);
        return Recording(this) ? y.Record(new Erf(this)) : y;
    }

    /// <inheritdoc cref="Erf"/>
    public Tensor Erf_() => WriteDirectly<Erf.Kernel>(Change.Erf_) ? this : Become(Before(RequiresGrad, Change.Erf_).Erf(), Change.Erf_);
}

internal sealed class Sigmoid : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Sigmoid(x);

        static bool IUnary.Wide => VectorMath.HasWide;

        static Vector512<float> IUnary.Sixteen(Vector512<float> x) => VectorMath.Sigmoid(x);
    }

    internal Sigmoid(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = σ(x)   ⇒   dx = dy ⊙ y ⊙ (1 − y)
    protected override Grads Backward(Tensor dy) => GradMode.Enabled ? dy * (A * (1 - A)) : Pointwise.Binary<Slope>(dy, A, "Sigmoid");

    /// <summary>The same in one pass, where it is not itself to be differentiated.</summary>
    private readonly struct Slope : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> dy, Vector<T> y) => dy * (y * (Vector<T>.One - y));
    }
}

internal sealed class Erf : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Erf(x);
    }

    internal Erf(Tensor x)
        : base(x) => Save(x);

    // y = erf x   ⇒   dx = dy ⊙ 2/√π · e^(−x²)
    protected override Grads Backward(Tensor dy) => dy * (2 / double.Sqrt(double.Pi)) * (-(A * A)).Exp();
}
