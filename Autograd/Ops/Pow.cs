using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>xⁿ, element by element, broadcast. 0⁰ = 1; a negative base with a fractional exponent gives NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Pow(Tensor exponent)
    {
        var y = Pointwise.Binary<Pow.Kernel>(this, exponent, "Pow");
        return Recording(this, exponent) ? y.Record(new Pow(this, exponent, y)) : y;
    }

    /// <summary>xⁿ for one exponent.</summary>
    /// <exception cref="ArgumentException">An integer tensor is raised to a negative integer.</exception>
    public Tensor Pow(Scalar exponent)
    {
        if (!DType.IsFloat() && !exponent.IsFloat && exponent.ToInt64() < 0)
            throw new ArgumentException($"Pow: {DType} values to the power {exponent} are no integers.  Convert with .To(DType.Float32) first.", nameof(exponent));
        var y = exponent.ToDouble() switch
        {
            2 => Pointwise.Unary<Square.Kernel>(To(Promotion.Of(this, exponent))),
            3 => Pointwise.Unary<PowNumber.Cube>(To(Promotion.Of(this, exponent))),
            0.5 => Pointwise.Real<Sqrt.Kernel>(this),
            -0.5 => Pointwise.Real<Rsqrt.Kernel>(this),
            -1 => Pointwise.Real<Reciprocal.Kernel>(this),
            _ => Pointwise.Binary<Pow.Kernel>(this, Number(exponent), "Pow"),
        };
        return Recording(this) ? y.Record(new PowNumber(this, exponent)) : y;
    }

    /// <inheritdoc cref="Pow(Tensor)"/>
    public Tensor Pow_(Tensor exponent) => Become(Before(RequiresGrad || exponent.RequiresGrad, Change.Pow_).Pow(exponent), Change.Pow_);

    /// <inheritdoc cref="Pow(Scalar)"/>
    public Tensor Pow_(Scalar exponent) => Become(Before(RequiresGrad, Change.Pow_).Pow(exponent), Change.Pow_);
}

internal sealed class Pow : Node
{
    internal readonly struct Kernel : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => VectorMath.Pow(a, b);

        static T IBinary.One<T, TSelf>(T a, T b) => VectorMath.Pow(a, b);
    }

    internal Pow(Tensor x, Tensor n, Tensor y)
        : base(x, n)
    {
        Save(x);
        Save(n);
        Save(n.RequiresGrad ? y : null);
    }

    // y = xⁿ   ⇒   dx = dy ⊙ n ⊙ xⁿ⁻¹ (0 where n = 0),   dn = dy ⊙ y ⊙ ln x (0 where x = 0 and n ≥ 0)
    protected override Grads Backward(Tensor dy) =>
    [
        NeedsA ? Torch.Where(B.Eq(0), 0, dy * (B * A.Pow(B - 1))) : null,
        NeedsB ? dy * Torch.Where(A.Eq(0).LogicalAnd(B.Ge(0)), 0, C * A.Log()) : null,
    ];
}

internal sealed class PowNumber : Node
{
    internal readonly struct Cube : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => x * x * x;

        static T IUnary.One<T, TSelf>(T x) => x * x * x;
    }

    private readonly Scalar n;

    internal PowNumber(Tensor x, Scalar n)
        : base(x)
    {
        this.n = n;
        Save(x);
    }

    /// <summary>The same op as with a tensor, and so the same name.</summary>
    public override string Name => nameof(Pow);

    // y = xⁿ   ⇒   dx = dy ⊙ n·xⁿ⁻¹ (0 where n = 0)
    protected override Grads Backward(Tensor dy) => n.ToDouble() switch
    {
        0 => dy.ZerosLike(),
        2 => dy * (A * 2),
        _ => dy * (A.Pow(n.ToDouble() - 1) * n),
    };
}
