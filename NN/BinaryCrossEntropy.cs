using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>−(t ln p + (1 − t) ln(1 − p)) for probabilities. The logarithms are cut off at −100.</summary>
    /// <param name="input">p, in [0, 1], any shape: the output of a sigmoid. With logits, use <see cref="BinaryCrossEntropyWithLogits"/>.</param>
    /// <param name="target">t, in the same shape, in [0, 1].</param>
    /// <param name="weight">A factor per element, broadcast.</param>
    /// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
    /// <exception cref="ArgumentException">The shapes differ, or p lies outside of [0, 1].</exception>
    public static Tensor BinaryCrossEntropy(Tensor input, Tensor target, Tensor? weight = null, string reduction = "mean")
    {
        CheckSameShape(input, target, "BinaryCrossEntropy");
        var (p, t) = Promotion.Common(Real(input, "BinaryCrossEntropy"), target);
        if (weight is not null) return Reduced(BinaryCrossEntropy(p, t, null, "none") * weight, reduction, "BinaryCrossEntropy");
        var loss = Pointwise.Binary<Ops.BinaryCrossEntropy.Kernel>(p, t, "BinaryCrossEntropy");
        var y = Reduced(loss, reduction, "BinaryCrossEntropy");
        if (double.IsNaN((reduction == "none" ? loss.Sum() : y).Item())) CheckProbabilities(p);            // a logarithm was taken of a negative number
        return Tensor.Recording(p, t) ? y.Record(new Ops.BinaryCrossEntropy(p, t, reduction == "mean" ? 1.0 / p.Numel() : 1)) : y;
    }

    private static void CheckProbabilities(Tensor p)
    {
        using var _ = GradMode.Off();
        if ((p.Lt(0) | p.Gt(1)).Any().Item<bool>())
            throw new ArgumentOutOfRangeException("input", "BinaryCrossEntropy: the input must be probabilities in [0, 1].  Use BinaryCrossEntropyWithLogits for numbers before the sigmoid.");
    }

    /// <summary>−(w·t ln σ(x) + (1 − t) ln(1 − σ(x))) for logits x: sigmoid and cross entropy in one, exact also for large x.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, in the same shape, in [0, 1].</param>
    /// <param name="weight">A factor per element, broadcast.</param>
    /// <param name="reduction"><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</param>
    /// <param name="posWeight">w, broadcast: above 1 finds more of the positives, below 1 raises fewer false alarms.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor input, Tensor target, Tensor? weight = null, string reduction = "mean", Tensor? posWeight = null)
    {
        CheckSameShape(input, target, "BinaryCrossEntropyWithLogits");
        var (x, t) = Promotion.Common(Real(input, "BinaryCrossEntropyWithLogits"), target);
        var log = Logsigmoid(x);
        if (posWeight is not null) log = log * (1 + (posWeight - 1) * t);
        var y = (1 - t) * x - log;                                          // as ln(1 − σ(x)) = ln σ(x) − x
        return Reduced(weight is null ? y : y * weight, reduction, "BinaryCrossEntropyWithLogits");
    }
}

internal static partial class Ops
{
    internal sealed class BinaryCrossEntropy : Node
    {
        private const float Smallest = 1e-12f;              // PyTorch writes it as a float
        private readonly double scale;

        internal readonly struct Kernel : IBinary
        {
            static Vector<T> IBinary.Many<T>(Vector<T> p, Vector<T> t)
            {
                var least = new Vector<T>(T.CreateTruncating(-100));
                return (t - Vector<T>.One) * Vector.Max(VectorMath.Log1p(-p), least) - t * Vector.Max(VectorMath.Log(p), least);
            }
        }

        internal BinaryCrossEntropy(Tensor p, Tensor t, double scale)
            : base(p, t)
        {
            this.scale = scale;
            Save(p);
            Save(t);
        }

        // y = −scale · Σ t ln p + (1 − t) ln(1 − p)   ⇒   dp = dy · scale · (p − t) / max(p(1 − p), 1e-12),   dt = dy · scale · (ln(1 − p) − ln p)
        protected override Grads Backward(Tensor dy)
        {
            dy = dy * scale;
            return
            [
                !NeedsA ? null : GradMode.Enabled ? dy * ((A - B) / (A * (1 - A)).Clamp(min: (double)Smallest)) : Pointwise.Ternary<Slope>(A, B, dy, "BinaryCrossEntropy"),
                NeedsB ? dy * ((-A).Log1p() - A.Log()) : null,
            ];
        }

        /// <summary>The slope in p, in one pass, where it is not itself to be differentiated.</summary>
        private readonly struct Slope : ITernary
        {
            static Vector<T> ITernary.Many<T>(Vector<T> p, Vector<T> t, Vector<T> dy)
                => dy * ((p - t) / Vector.Max(p * (Vector<T>.One - p), new Vector<T>(T.CreateTruncating(Smallest))));
        }
    }
}

/// <summary>The cross entropy of probabilities: <see cref="Functional.BinaryCrossEntropy"/>.</summary>
public class BCELoss : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Functional.BinaryCrossEntropy"/>
    public BCELoss(Tensor? weight = null, string reduction = "mean") => (Weight, Reduction) = (weight, reduction);

    /// <summary>A factor per element, broadcast.</summary>
    [Buffer] public Tensor? Weight { get; set; }

    /// <summary><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</summary>
    public string Reduction { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.BinaryCrossEntropy(input, target, Weight, Reduction);
}

/// <summary>Sigmoid and cross entropy in one: <see cref="Functional.BinaryCrossEntropyWithLogits"/>.</summary>
public class BCEWithLogitsLoss : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Functional.BinaryCrossEntropyWithLogits"/>
    public BCEWithLogitsLoss(Tensor? weight = null, string reduction = "mean", Tensor? posWeight = null) => (Weight, Reduction, PosWeight) = (weight, reduction, posWeight);

    /// <summary>A factor per element, broadcast.</summary>
    [Buffer] public Tensor? Weight { get; set; }

    /// <summary>The factor of the positive targets, broadcast.</summary>
    [Buffer] public Tensor? PosWeight { get; set; }

    /// <summary><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</summary>
    public string Reduction { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.BinaryCrossEntropyWithLogits(input, target, Weight, Reduction, PosWeight);
}
