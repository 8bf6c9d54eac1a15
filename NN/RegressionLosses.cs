using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>The squared error (x − t)².</summary>
    /// <param name="input">The output of the model, any shape.</param>
    /// <param name="target">The truth, in the same shape.</param>
    /// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
    /// <remarks>PyTorch broadcasts different shapes with a warning. As [n] beside [n, 1] then silently becomes [n, n], this is an error here.</remarks>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MseLoss(Tensor input, Tensor target, string reduction = "mean")
        => Reduced(Elementwise<Ops.MseLoss.Kernel>(input, target, 0, static (x, t, _) => new Ops.MseLoss(x, t), "MseLoss"), reduction, "MseLoss");

    /// <summary>The absolute error |x − t|. The slope at 0 is 0.</summary>
    /// <inheritdoc cref="MseLoss"/>
    public static Tensor L1Loss(Tensor input, Tensor target, string reduction = "mean")
    {
        CheckSameShape(input, target, "L1Loss");
        return Reduced((input - target).Abs(), reduction, "L1Loss");
    }

    /// <summary>Squared near 0, absolute beyond: d²/2β for |d| &lt; β, else |d| − β/2, where d = x − t (Girshick 2015).</summary>
    /// <param name="input">The output of the model, any shape.</param>
    /// <param name="target">The truth, in the same shape.</param>
    /// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
    /// <param name="beta">Where the one turns into the other; 0 for the absolute error.</param>
    /// <inheritdoc cref="MseLoss"/>
    public static Tensor SmoothL1Loss(Tensor input, Tensor target, string reduction = "mean", double beta = 1)
    {
        if (!(beta >= 0)) throw new ArgumentOutOfRangeException(nameof(beta), beta, $"SmoothL1Loss: beta must not be negative, got {beta}.");
        if (beta == 0) return L1Loss(input, target, reduction);
        return Reduced(Elementwise<Ops.SmoothL1Loss.Kernel>(input, target, beta, static (x, t, β) => new Ops.SmoothL1Loss(x, t, β), "SmoothL1Loss"), reduction, "SmoothL1Loss");
    }

    /// <summary>Squared near 0, absolute beyond: d²/2 for |d| ≤ δ, else δ·(|d| − δ/2), where d = x − t (Huber 1964).</summary>
    /// <param name="input">The output of the model, any shape.</param>
    /// <param name="target">The truth, in the same shape.</param>
    /// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
    /// <param name="delta">Where the one turns into the other.</param>
    /// <inheritdoc cref="MseLoss"/>
    public static Tensor HuberLoss(Tensor input, Tensor target, string reduction = "mean", double delta = 1)
    {
        if (!(delta > 0)) throw new ArgumentOutOfRangeException(nameof(delta), delta, $"HuberLoss: delta must be positive, got {delta}.");
        return Reduced(Elementwise<Ops.HuberLoss.Kernel>(input, target, delta, static (x, t, δ) => new Ops.HuberLoss(x, t, δ), "HuberLoss"), reduction, "HuberLoss");
    }

    /// <summary>y = f(x, t, c) for a number c, and the node of that op.</summary>
    private static Tensor Elementwise<TOp>(Tensor x, Tensor t, double c, Func<Tensor, Tensor, double, Node> node, string op)
        where TOp : struct, ITernary
    {
        CheckSameShape(x, t, op);
        if (x.DType != t.DType) (x, t) = Promotion.Common(x, t);
        if (!x.DType.IsFloat()) throw Errors.DType(op, x.DType, "floating-point tensors");
        var y = Pointwise.Ternary<TOp>(x, t, Torch.Number(c, x.DType), op);
        return Tensor.Recording(x, t) ? y.Record(node(x, t, c)) : y;
    }
}

internal static partial class Ops
{
    internal sealed class MseLoss : Node
    {
        internal readonly struct Kernel : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> x, Vector<T> t, Vector<T> _) => (x - t) * (x - t);
        }

        internal MseLoss(Tensor x, Tensor t)
            : base(x, t)
        {
            Save(x);
            Save(t);
        }

        // y = (x − t)²   ⇒   dx = dy ⊙ 2(x − t),   dt = −dx
        protected override Grads Backward(Tensor dy)
        {
            var dx = (A - B) * 2 * dy;
            return [dx, NeedsB ? -dx : null];
        }
    }

    internal sealed class SmoothL1Loss : Node
    {
        private readonly double β;

        internal readonly struct Kernel : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> x, Vector<T> t, Vector<T> β)
            {
                var (d, half) = (Vector.Abs(x - t), Vector<T>.One / (Vector<T>.One + Vector<T>.One));
                return Vector.ConditionalSelect(Vector.LessThan(d, β), half * d * d / β, d - half * β);
            }
        }

        internal SmoothL1Loss(Tensor x, Tensor t, double β)
            : base(x, t)
        {
            this.β = β;
            Save(x);
            Save(t);
        }

        // y = d²/2β or |d| − β/2,  d = x − t   ⇒   dx = dy ⊙ clamp(d/β, −1, 1),   dt = −dx
        protected override Grads Backward(Tensor dy)
        {
            var dx = ((A - B) / β).Clamp(-1, 1) * dy;
            return [dx, NeedsB ? -dx : null];
        }
    }

    internal sealed class HuberLoss : Node
    {
        private readonly double δ;

        internal readonly struct Kernel : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> x, Vector<T> t, Vector<T> δ)
            {
                var (d, half) = (Vector.Abs(x - t), Vector<T>.One / (Vector<T>.One + Vector<T>.One));
                return Vector.ConditionalSelect(Vector.LessThanOrEqual(d, δ), half * d * d, δ * (d - half * δ));
            }
        }

        internal HuberLoss(Tensor x, Tensor t, double δ)
            : base(x, t)
        {
            this.δ = δ;
            Save(x);
            Save(t);
        }

        // y = d²/2 or δ(|d| − δ/2),  d = x − t   ⇒   dx = dy ⊙ clamp(d, −δ, δ),   dt = −dx
        protected override Grads Backward(Tensor dy)
        {
            var dx = (A - B).Clamp(-δ, δ) * dy;
            return [dx, NeedsB ? -dx : null];
        }
    }
}

/// <summary>The squared error: <see cref="Functional.MseLoss"/>.</summary>
/// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
public class MSELoss(string reduction = "mean") : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.MseLoss(input, target, reduction);
}

/// <summary>The absolute error: <see cref="Functional.L1Loss"/>.</summary>
/// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
public class L1Loss(string reduction = "mean") : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.L1Loss(input, target, reduction);
}

/// <summary>Squared near 0, absolute beyond: <see cref="Functional.SmoothL1Loss"/>.</summary>
/// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
/// <param name="beta">Where the one turns into the other.</param>
public class SmoothL1Loss(string reduction = "mean", double beta = 1) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.SmoothL1Loss(input, target, reduction, beta);
}

/// <summary>Squared near 0, absolute beyond: <see cref="Functional.HuberLoss"/>.</summary>
/// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
/// <param name="delta">Where the one turns into the other.</param>
public class HuberLoss(string reduction = "mean", double delta = 1) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.HuberLoss(input, target, reduction, delta);
}
