using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The positive part: max(x, 0). The slope at 0 is 0; NaN stays NaN.</summary>
    /// <exception cref="ArgumentException">The dtype is Bool.</exception>
    public Tensor Relu()
    {
        if (DType == DType.Bool) throw Errors.DType("Relu", DType, "numbers");
        var y = Pointwise.Unary<Relu.Kernel>(this);
        return Recording(this) ? y.Record(new Relu(this, y)) : y;
    }

    /// <inheritdoc cref="Relu"/>
    public Tensor Relu_() => WriteDirectly<Relu.Kernel>(Change.Relu_) ? this : Become(Before(false, Change.Relu_).Relu(), Change.Relu_);
}

internal sealed class Relu : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<T>.Zero), Vector<T>.Zero, x);
    }

    internal Relu(Tensor x, Tensor y)
        : base(x) => Save(y);

    // y = max(x, 0)   ⇒   dx = dy, but 0 where y = 0. (Written with ≤, so that NaN lets dy through.)
    protected override Grads Backward(Tensor dy) => GradMode.Enabled ? dy.MaskedFill(A.Le(0), 0) : Pointwise.Binary<Slope>(dy, A, "Relu");

    /// <summary>The same in one pass, where it is not itself to be differentiated.</summary>
    private readonly struct Slope : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> dy, Vector<T> y) => Vector.ConditionalSelect(Vector.LessThanOrEqual(y, Vector<T>.Zero), Vector<T>.Zero, dy);
    }
}
