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
        => Elementwise<Ops.MseLoss.Kernel>(input, target, 0, reduction, static (x, t, _, scale) => new Ops.MseLoss(x, t, scale), "MseLoss");

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
        return Elementwise<Ops.SmoothL1Loss.Kernel>(input, target, beta, reduction, static (x, t, β, scale) => new Ops.SmoothL1Loss(x, t, β, scale), "SmoothL1Loss");
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
        return Elementwise<Ops.HuberLoss.Kernel>(input, target, delta, reduction, static (x, t, δ, scale) => new Ops.HuberLoss(x, t, δ, scale), "HuberLoss");
    }

    /// <summary>
    /// A loss that treats each element by itself: f(x, t, c) for a number c, reduced, as one op. Its node gets x, t, c, and the factor that
    /// each element has in the result.
    /// </summary>
    private static Tensor Elementwise<TOp>(Tensor x, Tensor t, double c, string reduction, Func<Tensor, Tensor, double, double, Node> node, string op)
        where TOp : struct, ITernary
    {
        CheckSameShape(x, t, op);
        if (x.DType != t.DType) (x, t) = Promotion.Common(x, t);
        if (!x.DType.IsFloat()) throw Errors.DType(op, x.DType, "floating-point tensors");
        var y = Reduced(Pointwise.Ternary<TOp>(x, t, Torch.Number(c, x.DType), op), reduction, op);
        return Tensor.Recording(x, t) ? y.Record(node(x, t, c, reduction == "mean" ? 1.0 / x.Numel() : 1)) : y;
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

        private readonly double scale;

        internal MseLoss(Tensor x, Tensor t, double scale)
            : base(x, t)
        {
            this.scale = scale;
            Save(x);
            Save(t);
        }

        // y = scale · Σ (x − t)²   ⇒   dx = dy · 2 · scale · (x − t),   dt = −dx
        protected override Grads Backward(Tensor dy)
        {
            dy = dy * (2 * scale);
            var dx = GradMode.Enabled ? dy * (A - B) : Pointwise.Ternary<Slope>(A, B, dy, "MseLoss");
            return [dx, NeedsB ? -dx : null];
        }

        /// <summary>The same in one pass, where it is not itself to be differentiated.</summary>
        private readonly struct Slope : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> x, Vector<T> t, Vector<T> dy) => dy * (x - t);
        }
    }

    internal sealed class SmoothL1Loss : Node
    {
        private readonly double β, scale;

        internal readonly struct Kernel : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> x, Vector<T> t, Vector<T> β)
            {
                var (d, half) = (Vector.Abs(x - t), Vector<T>.One / (Vector<T>.One + Vector<T>.One));
                return Vector.ConditionalSelect(Vector.LessThan(d, β), half * d * d / β, d - half * β);
            }
        }

        internal SmoothL1Loss(Tensor x, Tensor t, double β, double scale)
            : base(x, t)
        {
            (this.β, this.scale) = (β, scale);
            Save(x);
            Save(t);
        }

        // y = scale · Σ d²/2β or |d| − β/2,  d = x − t   ⇒   dx = dy · scale · clamp(d/β, −1, 1),   dt = −dx
        protected override Grads Backward(Tensor dy)
        {
            var dx = ((A - B) / β).Clamp(-1, 1) * (dy * scale);
            return [dx, NeedsB ? -dx : null];
        }
    }

    internal sealed class HuberLoss : Node
    {
        private readonly double δ, scale;

        internal readonly struct Kernel : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> x, Vector<T> t, Vector<T> δ)
            {
                var (d, half) = (Vector.Abs(x - t), Vector<T>.One / (Vector<T>.One + Vector<T>.One));
                return Vector.ConditionalSelect(Vector.LessThanOrEqual(d, δ), half * d * d, δ * (d - half * δ));
            }
        }

        internal HuberLoss(Tensor x, Tensor t, double δ, double scale)
            : base(x, t)
        {
            (this.δ, this.scale) = (δ, scale);
            Save(x);
            Save(t);
        }

        // y = scale · Σ d²/2 or δ(|d| − δ/2),  d = x − t   ⇒   dx = dy · scale · clamp(d, −δ, δ),   dt = −dx
        protected override Grads Backward(Tensor dy)
        {
            var dx = (A - B).Clamp(-δ, δ) * (dy * scale);
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
