using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>Product, element by element, broadcast. Bool · Bool is "and".</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Mul(Tensor other)
    {
        var y = DType == DType.Bool && other.DType == DType.Bool
            ? Pointwise.Binary<Minimum.Kernel>(this, other, "Mul")
            : Pointwise.Binary<Mul.Kernel>(this, other, "Mul");
        return Recording(this, other) ? y.Record(new Mul(this, other)) : y;
    }

    /// <summary>Product with a number.</summary>
    public Tensor Mul(Scalar other)
    {
        var y = Pointwise.WithNumber<Mul.Kernel>(this, other);
        return Recording(this) ? y.Record(new MulNumber(this, other.ToDouble())) : y;
    }

    /// <summary>Multiplies in place.</summary>
    public Tensor Mul_(Tensor other)
        => WriteDirectly<Mul.Kernel>(other, Change.Mul_) ? this : Become(Before(other.RequiresGrad, Change.Mul_).Mul(other), Change.Mul_);

    /// <inheritdoc cref="Mul_(Tensor)"/>
    public Tensor Mul_(Scalar other) => WriteDirectly<Mul.Kernel>(other, Change.Mul_) ? this : Become(Mul(other), Change.Mul_);

    /// <summary>Quotient, element by element, broadcast. Integers divide as numbers of the default floating-point dtype.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Div(Tensor other)
    {
        var y = Pointwise.RealBinary<Div.Kernel>(this, other, "Div");
        return Recording(this, other) ? y.Record(new Div(this, other)) : y;
    }

    /// <summary>Quotient by a number.</summary>
    public Tensor Div(Scalar other)
    {
        var y = Pointwise.WithNumber<Div.Kernel>(this, other, real: true);
        return Recording(this) ? y.Record(new DivNumber(this, other.ToDouble())) : y;
    }

    /// <summary>Quotient rounded to a whole number: <paramref name="roundingMode"/> <c>"trunc"</c> (towards zero) or <c>"floor"</c>; null for the plain quotient.</summary>
    /// <exception cref="ArgumentException">Another rounding mode; integers divided by zero.</exception>
    public Tensor Div(Tensor other, string? roundingMode) => roundingMode switch
    {
        null => Div(other),
        "floor" => FloorDivide(other),
        "trunc" => DType.IsFloat() || other.DType.IsFloat() ? Div(other).Trunc() : Pointwise.Binary<TruncDivideKernel>(this, other.CheckNoZero("Div"), "Div"),
        _ => throw new ArgumentException($"Div: roundingMode is null, \"trunc\" or \"floor\", got \"{roundingMode}\".", nameof(roundingMode)),
    };

    /// <summary>Divides in place.</summary>
    public Tensor Div_(Tensor other)
        => WriteDirectly<Div.Kernel>(other, Change.Div_) ? this : Become(Before(other.RequiresGrad, Change.Div_).Div(other), Change.Div_);

    /// <inheritdoc cref="Div_(Tensor)"/>
    public Tensor Div_(Scalar other) => WriteDirectly<Div.Kernel>(other, Change.Div_) ? this : Become(Div(other), Change.Div_);

    /// <summary>⌊a / b⌋, element by element. The result of a step function: gradients are zero.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast; integers divided by zero.</exception>
    public Tensor FloorDivide(Tensor other)
        => Pointwise.Binary<FloorDivideKernel>(this, DType.IsFloat() || other.DType.IsFloat() ? other : other.CheckNoZero("FloorDivide"), "FloorDivide");

    /// <inheritdoc cref="FloorDivide(Tensor)"/>
    public Tensor FloorDivide(Scalar other) => FloorDivide(Number(other));

    /// <summary>The remainder of a / b with the sign of b (Python's <c>%</c>): a − ⌊a/b⌋·b.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast; integers divided by zero.</exception>
    public Tensor Remainder(Tensor other)
    {
        var y = Pointwise.Binary<Remainder.Kernel>(this, DType.IsFloat() || other.DType.IsFloat() ? other : other.CheckNoZero("Remainder"), "Remainder");
        return Recording(this, other) ? y.Record(new Remainder(this, other)) : y;
    }

    /// <inheritdoc cref="Remainder(Tensor)"/>
    public Tensor Remainder(Scalar other) => Remainder(Number(other));

    /// <summary>The remainder of a / b with the sign of a (C's <c>%</c>): a − trunc(a/b)·b.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast; integers divided by zero.</exception>
    public Tensor Fmod(Tensor other)
    {
        var y = Pointwise.Binary<Fmod.Kernel>(this, DType.IsFloat() || other.DType.IsFloat() ? other : other.CheckNoZero("Fmod"), "Fmod");
        return Recording(this, other) ? y.Record(new Fmod(this, other)) : y;
    }

    /// <inheritdoc cref="Fmod(Tensor)"/>
    public Tensor Fmod(Scalar other) => Fmod(Number(other));

    private Tensor CheckNoZero(string op)
        => Eq(0).Any().Item<bool>() ? throw new ArgumentException($"{op}: an integer is divided by zero.", "other") : this;

    private readonly struct FloorDivideKernel : IScalarBinary
    {
        static T IBinary.One<T, TSelf>(T a, T b) => ScalarMath.FloorDivide(a, b);
    }

    private readonly struct TruncDivideKernel : IScalarBinary
    {
        static T IBinary.One<T, TSelf>(T a, T b) => ScalarMath.Quotient(a, b);
    }
}

internal sealed class Mul : Node
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a * b;

        static T IBinary.One<T, TSelf>(T a, T b) => a * b;
    }

    internal Mul(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(b.RequiresGrad ? a : null);
        Save(a.RequiresGrad ? b : null);
    }

    // y = a ⊙ b   ⇒   da = dy ⊙ b,   db = dy ⊙ a
    protected override Grads Backward(Tensor dy) => [NeedsA ? dy * B : null, NeedsB ? dy * A : null];
}

internal sealed class MulNumber(Tensor x, double c) : Node(x)
{
    /// <summary>The same op as with a tensor, and so the same name.</summary>
    public override string Name => nameof(Mul);

    // y = x·c   ⇒   dx = dy·c
    protected override Grads Backward(Tensor dy) => dy * c;
}

internal sealed class Div : Node
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a / b;

        static T IBinary.One<T, TSelf>(T a, T b) => a / b;
    }

    internal Div(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(b.RequiresGrad ? a : null);
        Save(b);
    }

    // y = a / b   ⇒   da = dy / b,   db = −dy ⊙ (a / b) / b
    protected override Grads Backward(Tensor dy) => [NeedsA ? dy / B : null, NeedsB ? -dy * (A / B / B) : null];
}

internal sealed class DivNumber(Tensor x, double c) : Node(x)
{
    /// <summary>The same op as with a tensor, and so the same name.</summary>
    public override string Name => nameof(Div);

    // y = x / c   ⇒   dx = dy / c
    protected override Grads Backward(Tensor dy) => dy / c;
}

internal sealed class Remainder : Node
{
    internal readonly struct Kernel : IScalarBinary
    {
        static T IBinary.One<T, TSelf>(T a, T b) => ScalarMath.Remainder(a, b);
    }

    internal Remainder(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(b.RequiresGrad ? a : null);
        Save(b.RequiresGrad ? b : null);
    }

    // y = a − ⌊a/b⌋·b   ⇒   da = dy,   db = −dy ⊙ ⌊a/b⌋
    protected override Grads Backward(Tensor dy) => [dy, NeedsB ? -dy * A.FloorDivide(B) : null];
}

internal sealed class Fmod : Node
{
    internal readonly struct Kernel : IScalarBinary
    {
        static T IBinary.One<T, TSelf>(T a, T b) => ScalarMath.Modulo(a, b);
    }

    internal Fmod(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(b.RequiresGrad ? a : null);
        Save(b.RequiresGrad ? b : null);
    }

    // y = a − trunc(a/b)·b   ⇒   da = dy,   db = −dy ⊙ trunc(a/b)
    protected override Grads Backward(Tensor dy) => [dy, NeedsB ? -dy * A.Div(B, "trunc") : null];
}
