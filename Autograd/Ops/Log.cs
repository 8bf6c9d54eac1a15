using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The natural logarithm, element by element; −∞ at 0, NaN below.</summary>
    public Tensor Log()
    {
        var y = Pointwise.Real<Log.Kernel>(this);
        return Recording(this) ? y.Record(new Log(this)) : y;
    }

    /// <inheritdoc cref="Log"/>
    public Tensor Log_() => WriteDirectly<Log.Kernel>(Change.Log_) ? this : Become(Before(RequiresGrad, Change.Log_).Log(), Change.Log_);

    /// <summary>ln(1 + x), exact near 0.</summary>
    public Tensor Log1p()
    {
        var y = Pointwise.Real<Log1p.Kernel>(this);
        return Recording(this) ? y.Record(new Log1p(this)) : y;
    }

    /// <inheritdoc cref="Log1p"/>
    public Tensor Log1p_() => WriteDirectly<Log1p.Kernel>(Change.Log1p_) ? this : Become(Before(RequiresGrad, Change.Log1p_).Log1p(), Change.Log1p_);

    /// <summary>The logarithm to base 2.</summary>
    public Tensor Log2()
    {
        var y = Pointwise.Real<Log2.Kernel>(this);
        return Recording(this) ? y.Record(new Log2(this)) : y;
    }

    /// <inheritdoc cref="Log2"/>
    public Tensor Log2_() => WriteDirectly<Log2.Kernel>(Change.Log2_) ? this : Become(Before(RequiresGrad, Change.Log2_).Log2(), Change.Log2_);
}

internal sealed class Log : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Log(x);
    }

    internal Log(Tensor x)
        : base(x) => Save(x);

    // y = ln x   ⇒   dx = dy / x
    protected override Grads Backward(Tensor dy) => dy / A;
}

internal sealed class Log1p : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Log1p(x);
    }

    internal Log1p(Tensor x)
        : base(x) => Save(x);

    // y = ln(1 + x)   ⇒   dx = dy / (1 + x)
    protected override Grads Backward(Tensor dy) => dy / (A + 1);
}

internal sealed class Log2 : Node
{
    internal readonly struct Kernel : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Log2(x);
    }

    internal Log2(Tensor x)
        : base(x) => Save(x);

    // y = log₂ x   ⇒   dx = dy / (x ln 2)
    protected override Grads Backward(Tensor dy) => dy / (A * double.Log(2));
}
