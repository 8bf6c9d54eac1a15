using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>From a to b by a weight: <c>a + w·(b − a)</c>, element by element, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast, or the dtypes differ.</exception>
    public Tensor Lerp(Tensor end, Tensor weight)
    {
        if (end.DType != DType || weight.DType != DType && !weight.Wrapped || !DType.IsFloat())
            throw new ArgumentException($"Lerp: expected one floating-point dtype, got {DType}, {end.DType} and {weight.DType}.");
        var y = Pointwise.Ternary<Lerp.Kernel>(this, end, weight.To(DType), "Lerp");
        return Recording(this, end, weight) ? y.Record(new Lerp(this, end, weight)) : y;
    }

    /// <inheritdoc cref="Lerp(Tensor, Tensor)"/>
    public Tensor Lerp(Tensor end, double weight) => Lerp(end, Torch.Number(weight, DType));

    /// <inheritdoc cref="Lerp(Tensor, Tensor)"/>
    public Tensor Lerp_(Tensor end, Tensor weight) => Become(Before(weight.RequiresGrad, Change.Lerp_).Lerp(end, weight), Change.Lerp_);

    /// <inheritdoc cref="Lerp(Tensor, Tensor)"/>
    public Tensor Lerp_(Tensor end, double weight) => Become(Lerp(end, weight), Change.Lerp_);

    /// <summary>x + value · a ⊙ b, broadcast.</summary>
    public Tensor Addcmul(Tensor tensor1, Tensor tensor2, double value = 1) => Add(value == 1 ? tensor1 * tensor2 : tensor1 * tensor2 * value);

    /// <inheritdoc cref="Addcmul"/>
    public Tensor Addcmul_(Tensor tensor1, Tensor tensor2, double value = 1) => Become(Addcmul(tensor1, tensor2, value), Change.Addcmul_);

    /// <summary>x + value · a / b, broadcast.</summary>
    public Tensor Addcdiv(Tensor tensor1, Tensor tensor2, double value = 1) => Add(value == 1 ? tensor1 / tensor2 : tensor1 / tensor2 * value);

    /// <inheritdoc cref="Addcdiv"/>
    public Tensor Addcdiv_(Tensor tensor1, Tensor tensor2, double value = 1) => Become(Addcdiv(tensor1, tensor2, value), Change.Addcdiv_);
}

internal sealed class Lerp : Node
{
    internal readonly struct Kernel : ITernary
    {
        // From the nearer end, so that w = 1 gives b exactly.
        static Vector<T> ITernary.Many<T>(Vector<T> a, Vector<T> b, Vector<T> w)
        {
            var half = new Vector<T>(T.One / (T.One + T.One));
            return Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(w), half), a + w * (b - a), b - (b - a) * (Vector<T>.One - w));
        }
    }

    internal Lerp(Tensor a, Tensor b, Tensor w)
        : base(a, b, w)
    {
        Save(w.RequiresGrad ? a : null);
        Save(w.RequiresGrad ? b : null);
        Save(w);
    }

    // y = a + w(b − a)   ⇒   da = dy ⊙ (1 − w),   db = dy ⊙ w,   dw = dy ⊙ (b − a)
    protected override Grads Backward(Tensor dy)
        => [NeedsA ? dy * (1 - C) : null, NeedsB ? dy * C : null, NeedsC ? dy * (B - A) : null];
}
