using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>Sum, element by element: <c>a + alpha·b</c>, broadcast. Bool + Bool is "or".</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Add(Tensor other, Scalar? alpha = null)
    {
        if (alpha is { } factor) other = Scaled(this, other, factor, "Add");
        var y = DType == DType.Bool && other.DType == DType.Bool
            ? Pointwise.Binary<Maximum.Kernel>(this, other, "Add")
            : Pointwise.Binary<Add.Kernel>(this, other, "Add");
        return Recording(this, other) ? y.Record(new Add(this, other)) : y;
    }

    /// <summary>Sum with a number.</summary>
    public Tensor Add(Scalar other)
    {
        if (DType == DType.Bool) return Add(Number(other));
        var y = Pointwise.WithNumber<Add.Kernel>(this, other);
        return Recording(this) ? y.Record(new AddNumber(this)) : y;
    }

    /// <summary>Adds in place; see <see cref="Add(Tensor, Scalar?)"/>.</summary>
    public Tensor Add_(Tensor other, Scalar? alpha = null)
    {
        if (alpha is { } factor)
        {
            if (AddDirectly(other, factor, 1, Change.Add_)) return this;
            other = Scaled(this, other, factor, "Add_");
        }
        return WriteDirectly<Add.Kernel>(other, Change.Add_) ? this : Become(Add(other), Change.Add_);
    }

    /// <inheritdoc cref="Add_(Tensor, Scalar?)"/>
    public Tensor Add_(Scalar other) => WriteDirectly<Add.Kernel>(other, Change.Add_) ? this : Become(Add(other), Change.Add_);

    /// <summary>Difference, element by element: <c>a − alpha·b</c>, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast, or a dtype is Bool.</exception>
    public Tensor Sub(Tensor other, Scalar? alpha = null)
    {
        if (DType == DType.Bool || other.DType == DType.Bool) throw Errors.DType("Sub", DType.Bool, "numbers (for truth values use LogicalXor)");
        if (alpha is { } factor) other = Scaled(this, other, factor, "Sub");
        var y = Pointwise.Binary<Sub.Kernel>(this, other, "Sub");
        return Recording(this, other) ? y.Record(new Sub(this, other)) : y;
    }

    /// <summary>Difference with a number.</summary>
    /// <exception cref="ArgumentException">The dtype is Bool, or the number a truth value.</exception>
    public Tensor Sub(Scalar other)
    {
        if (DType == DType.Bool || other.Kind == DType.Bool) throw Errors.DType("Sub", DType.Bool, "numbers (for truth values use LogicalXor)");
        var y = Pointwise.WithNumber<Sub.Kernel>(this, other);
        return Recording(this) ? y.Record(new SubNumber(this)) : y;
    }

    /// <summary>A number minus this tensor.</summary>
    internal Tensor Rsub(Scalar number)
    {
        if (DType == DType.Bool) return Number(number).Sub(this);
        var y = Pointwise.WithNumber<RsubNumber.Kernel>(this, number);
        return Recording(this) ? y.Record(new RsubNumber(this)) : y;
    }

    /// <summary>Subtracts in place; see <see cref="Sub(Tensor, Scalar?)"/>.</summary>
    public Tensor Sub_(Tensor other, Scalar? alpha = null)
    {
        if (alpha is { } factor)
        {
            if (AddDirectly(other, factor, -1, Change.Sub_)) return this;
            other = Scaled(this, other, factor, "Sub_");
        }
        return WriteDirectly<Sub.Kernel>(other, Change.Sub_) ? this : Become(Sub(other), Change.Sub_);
    }

    /// <inheritdoc cref="Sub_(Tensor, Scalar?)"/>
    public Tensor Sub_(Scalar other) => other.Kind != DType.Bool && WriteDirectly<Sub.Kernel>(other, Change.Sub_) ? this : Become(Sub(other), Change.Sub_);

    /// <summary>a ← a ± alpha·b in one pass, where there is nothing to record.</summary>
    private bool AddDirectly(Tensor other, Scalar alpha, int sign, Change change)
    {
        if (!IsDirect(other) || !DType.IsFloat()) return false;
        CheckInPlace(change);
        Pointwise.Run<Add.Scaled>(this, other, Torch.Number(sign * alpha.ToDouble(), DType), this);
        Storage.Changed(change);
        return true;
    }

    private static Tensor Scaled(Tensor a, Tensor b, Scalar alpha, string op)
    {
        if (alpha.IsFloat && !a.DType.IsFloat() && !b.DType.IsFloat())
            throw new ArgumentException($"{op}: alpha {alpha} is no integer, but the tensors hold {a.DType} and {b.DType}.", nameof(alpha));
        if (alpha.ToDouble() == 1) return b;
        return a.DType == DType.Bool && b.DType == DType.Bool ? b.Mul(alpha).To(DType.Bool) : b.Mul(alpha);
    }

    /// <summary>Adds a gradient to this one, whose memory is the engine's to change.</summary>
    internal void AddInto(Tensor dx)
    {
        Pointwise.Run<Add.Kernel>(this, dx, this);
        Storage.Changed(Change.Add_);
    }
}

internal sealed class Add(Tensor a, Tensor b) : Node(a, b)
{
    internal readonly struct Scaled : ITernary
    {
        static Vector<T> ITernary.Many<T>(Vector<T> a, Vector<T> b, Vector<T> alpha) => a + alpha * b;
    }

    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a + b;

        static T IBinary.One<T, TSelf>(T a, T b) => a + b;
    }

    // y = a + b   ⇒   da = dy,   db = dy
    protected override Grads Backward(Tensor dy) => [dy, dy];
}

internal sealed class AddNumber(Tensor x) : Node(x)
{
    /// <summary>The same op as with a tensor, and so the same name.</summary>
    public override string Name => nameof(Add);

    // y = x + c   ⇒   dx = dy
    protected override Grads Backward(Tensor dy) => dy;
}

internal sealed class Sub(Tensor a, Tensor b) : Node(a, b)
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a - b;

        static T IBinary.One<T, TSelf>(T a, T b) => a - b;
    }

    // y = a − b   ⇒   da = dy,   db = −dy
    protected override Grads Backward(Tensor dy) => [dy, NeedsB ? dy.Neg() : null];
}

internal sealed class SubNumber(Tensor x) : Node(x)
{
    /// <summary>The same op as with a tensor, and so the same name.</summary>
    public override string Name => nameof(Sub);

    // y = x − c   ⇒   dx = dy
    protected override Grads Backward(Tensor dy) => dy;
}

internal sealed class RsubNumber(Tensor x) : Node(x)
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> x, Vector<T> c) => c - x;

        static T IBinary.One<T, TSelf>(T x, T c) => c - x;
    }

    /// <summary>The same op as with a tensor, and so the same name.</summary>
    public override string Name => nameof(Sub);

    // y = c − x   ⇒   dx = −dy
    protected override Grads Backward(Tensor dy) => -dy;
}
