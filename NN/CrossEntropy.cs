using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>
    /// How surprised a classifier is by the truth: −ln softmax(input) at the target class, or weighted by target probabilities.
    /// Input <c>[n, c]</c>, <c>[c]</c> or <c>[n, c, d…]</c>; target class indices <c>[n]</c>, <c>[]</c> or <c>[n, d…]</c> (Int64), or
    /// probabilities in the input's shape.
    /// </summary>
    /// <param name="input">Logits: any numbers, no softmax before.</param>
    /// <param name="target">Class indices or probabilities.</param>
    /// <param name="weight">A factor per class, <c>[c]</c>.</param>
    /// <param name="ignoreIndex">A class index that does not count, neither in the sum nor in the mean.</param>
    /// <param name="reduction"><c>"mean"</c> (for indices, divided by the sum of the targets' weights; for probabilities, by n), <c>"sum"</c>, or <c>"none"</c>.</param>
    /// <param name="labelSmoothing">The share of the target that is spread evenly over all classes.</param>
    /// <exception cref="ArgumentException">The shapes or dtypes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target index that is no class.</exception>
    public static Tensor CrossEntropy(
        Tensor input, Tensor target, Tensor? weight = null, int ignoreIndex = -100, string reduction = "mean", double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        if (!(labelSmoothing is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, $"CrossEntropy: labelSmoothing must be in [0, 1], got {labelSmoothing}.");
        if (target.Shape == input.Shape && target.DType.IsFloat()) return CrossEntropyOfProbabilities(input, target, weight, reduction, labelSmoothing);

        int dim = CheckClasses(input, target, weight, reduction, "CrossEntropy");
        if (labelSmoothing > 0) return Smoothed(input.LogSoftmax(dim), target, weight, ignoreIndex, reduction, labelSmoothing, dim);

        Tensor logp;
        using (GradMode.Off()) logp = input.LogSoftmax(dim);
        var picked = Picked.From(logp, target, weight, ignoreIndex, dim, "CrossEntropy");
        var y = picked.Reduced(reduction);
        return Tensor.Recording(input) ? y.Record(new Ops.CrossEntropy(input, logp, picked.Index, picked.Scale(reduction), dim)) : y;
    }

    /// <summary>
    /// Minus the log-probability at the target class. Input <c>[n, c]</c>, <c>[c]</c> or <c>[n, c, d…]</c>; target class indices
    /// <c>[n]</c>, <c>[]</c> or <c>[n, d…]</c> (Int64).
    /// </summary>
    /// <param name="input">Log-probabilities, as LogSoftmax gives them.</param>
    /// <param name="target">Class indices.</param>
    /// <param name="weight">A factor per class, <c>[c]</c>.</param>
    /// <param name="ignoreIndex">A class index that does not count, neither in the sum nor in the mean.</param>
    /// <param name="reduction"><c>"mean"</c> (divided by the sum of the targets' weights), <c>"sum"</c>, or <c>"none"</c>.</param>
    /// <exception cref="ArgumentException">The shapes or dtypes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target index that is no class.</exception>
    public static Tensor NllLoss(Tensor input, Tensor target, Tensor? weight = null, int ignoreIndex = -100, string reduction = "mean")
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        int dim = CheckClasses(input, target, weight, reduction, "NllLoss");
        var picked = Picked.From(input.Detach(), target, weight, ignoreIndex, dim, "NllLoss");
        var y = picked.Reduced(reduction);
        return Tensor.Recording(input) ? y.Record(new Ops.NllLoss(input, picked.Index, picked.Scale(reduction), dim)) : y;
    }

    // Σ_c −t_c ln p_c with t smoothed to (1 − ε)t + ε/C; the mean is over the examples.
    private static Tensor CrossEntropyOfProbabilities(Tensor input, Tensor target, Tensor? weight, string reduction, double ε)
    {
        if (input.Ndim == 0) throw new ArgumentException("CrossEntropy: a 0-dim input has no classes; expected [n, c], [c] or [n, c, d…].", nameof(input));
        int dim = input.Ndim == 1 ? 0 : 1;
        CheckWeight(input, weight, dim, "CrossEntropy");
        if (ε > 0) target = target * (1 - ε) + ε / input.Shape[dim];
        var loss = input.LogSoftmax(dim) * target;
        if (weight is not null) loss = loss * PerClass(weight, input.Ndim, dim);
        loss = -loss.Sum(dim);
        return reduction == "mean" && input.Ndim > 1 ? loss.Sum() / input.Numel() * input.Shape[1] : Reduced(loss, reduction, "CrossEntropy");
    }

    // (1 − ε)·nll + ε/C · Σ_c −w_c ln p_c, both divided by the targets' weights for the mean.
    private static Tensor Smoothed(Tensor logp, Tensor target, Tensor? weight, int ignoreIndex, string reduction, double ε, int dim)
    {
        var nll = NllLoss(logp, target, weight, ignoreIndex, reduction);
        var all = -(weight is null ? logp : logp * PerClass(weight, logp.Ndim, dim)).Sum(dim);
        var ignored = target.Eq(ignoreIndex);
        all = all.MaskedFill(ignored, 0);
        if (reduction != "none") all = all.Sum();
        if (reduction == "mean") all = all / Picked.From(logp.Detach(), target, weight, ignoreIndex, dim, "CrossEntropy").Total;
        return nll * (1 - ε) + all * (ε / logp.Shape[dim]);
    }

    private static Tensor PerClass(Tensor weight, int rank, int dim)
    {
        int[] shape = new int[rank];
        Array.Fill(shape, 1);
        shape[dim] = weight.Numel();
        return weight.Reshape(shape);
    }

    /// <summary>Checks shapes and dtypes of a loss over classes; returns the dimension of the classes.</summary>
    private static int CheckClasses(Tensor input, Tensor target, Tensor? weight, string reduction, string op)
    {
        if (reduction is not ("mean" or "sum" or "none")) throw NoReduction(reduction, op, "\"mean\", \"sum\" and \"none\"");
        if (!input.DType.IsFloat()) throw Errors.DType(op, input.DType, "a floating-point input");
        if (input.Ndim == 0) throw new ArgumentException($"{op}: a 0-dim input has no classes; expected [n, c], [c] or [n, c, d…].", nameof(input));
        int dim = input.Ndim == 1 ? 0 : 1;
        Shape expected = [.. input.Shape.Span[..dim], .. input.Shape.Span[(dim + 1)..]];
        if (target.Shape != expected)
        {
            string hint = target.Numel() == expected.Numel() ? $"Did you mean target.Reshape({string.Join(", ", expected)})?"
                : target.Shape == input.Shape ? "Class probabilities must be floating-point: target.To(DType.Float32)." : "The classes are dimension " + dim + " of the input.";
            throw new ArgumentException($"{op}: an input of shape {input.Shape} needs {(op == "NllLoss" ? "" : "class indices of ")}a target of shape {expected}, got {target.Shape}.  {hint}", nameof(target));
        }
        if (target.DType != DType.Int64)
            throw new ArgumentException($"{op}: class indices must be DType.Int64, got {target.DType}.  Convert with target.Long().", nameof(target));
        CheckWeight(input, weight, dim, op);
        return dim;
    }

    private static void CheckWeight(Tensor input, Tensor? weight, int dim, string op)
    {
        if (weight is null) return;
        if (weight.Ndim != 1 || weight.Shape[0] != input.Shape[dim])
            throw new ArgumentException($"{op}: the weight must have one number per class, [{input.Shape[dim]}], got shape {weight.Shape}.", nameof(weight));
        if (weight.DType != input.DType)
            throw new ArgumentException($"{op}: the weight is {weight.DType}, the input {input.DType}.  Convert it with .To(DType.{input.DType}).", nameof(weight));
    }

    /// <summary>What a loss over classes reads at the targets; all in the target's shape.</summary>
    /// <param name="Loss">−w·x at the target, 0 where ignored.</param>
    /// <param name="Weights">w at the target, 0 where ignored.</param>
    /// <param name="Index">The target, 0 where ignored.</param>
    private sealed record Picked(Tensor Loss, Tensor Weights, Tensor Index)
    {
        private Tensor? total;

        internal Tensor Total => total ??= Weights.Sum();

        internal Tensor Reduced(string reduction) => reduction switch
        {
            "mean" => Loss.Sum() / Total,
            "sum" => Loss.Sum(),
            _ => Loss,
        };

        /// <summary>The factor of each example in the result; 0 where ignored, also when all are and the total is 0.</summary>
        internal Tensor Scale(string reduction)
        {
            if (reduction != "mean") return Weights;
            var scale = Weights.NewLike(Weights.DType);
            Dispatch.Floats(scale.DType, new Shares(Weights, Total, scale), Weights, Total, scale);
            return scale;
        }

        internal static Picked From(Tensor x, Tensor target, Tensor? weight, int ignoreIndex, int dim, string op)
        {
            var picked = new Picked(new(target.Shape, x.DType), new(target.Shape, x.DType), new(target.Shape, DType.Int64));
            var (dense, outer, classes, inner) = Reduction.Along(x, dim);
            var (t, w) = (target.Contiguous(), weight?.Detach().Contiguous());
            Dispatch.Floats(x.DType, new Kernel(picked, dense, t, w, outer, classes, inner, ignoreIndex, op), picked, dense, t, w);
            return picked;
        }

        private readonly struct Kernel(Picked y, Tensor x, Tensor target, Tensor? weight, int outer, int classes, int inner, int ignoreIndex, string op) : IFloatKernel
        {
            void IFloatKernel.Run<T>()
            {
                Span<T> loss = y.Loss.Flat<T>(), weights = y.Weights.Flat<T>();
                Span<long> index = y.Index.Flat<long>(), targets = target.Flat<long>();
                ReadOnlySpan<T> factors = weight is null ? default : weight.Flat<T>(), input = x.Flat<T>();
                for (int o = 0, i = 0; o < outer; o++)
                    for (int j = 0; j < inner; j++, i++)
                    {
                        long t = targets[i];
                        bool ignored = t == ignoreIndex;
                        if (!ignored && (ulong)t >= (ulong)classes) throw NoClass(t);
                        index[i] = ignored ? 0 : t;
                        weights[i] = ignored ? T.Zero : weight is null ? T.One : factors[(int)t];
                        loss[i] = ignored ? T.Zero : -weights[i] * input[(o * classes + (int)t) * inner + j];
                    }
            }

            private ArgumentOutOfRangeException NoClass(long t) => new(
                nameof(target), t, $"{op}: target {t} is no class of an input of shape {x.Shape}: expected 0 to {classes - 1}, or the ignored index {ignoreIndex}.");
        }

        // One loop where a quotient, a comparison and a choice would be three kernels: it is in the way of every program's first step.
        private readonly struct Shares(Tensor weights, Tensor total, Tensor y) : IFloatKernel
        {
            void IFloatKernel.Run<T>()
            {
                ReadOnlySpan<T> w = weights.Flat<T>();
                Span<T> s = y.Flat<T>();
                T sum = total.First<T>();
                for (int i = 0; i < w.Length; i++) s[i] = w[i] == T.Zero ? T.Zero : w[i] / sum;
            }
        }
    }
}

internal static partial class Ops
{
    internal sealed class NllLoss : Node
    {
        private readonly Shape shape;
        private readonly int dim;

        internal NllLoss(Tensor x, Tensor t, Tensor scale, int dim)
            : base(x)
        {
            (shape, this.dim) = (x.Shape, dim);
            Save(t);
            Save(scale);
        }

        // y = −Σ s·x[t]   ⇒   dx[t] = −dy·s, and 0 elsewhere
        protected override Grads Backward(Tensor dy)
            => Torch.Zeros(shape, dy.DType).Scatter(dim, A.Unsqueeze(dim), (-dy * B).Unsqueeze(dim));
    }

    internal sealed class CrossEntropy : Node
    {
        private readonly int dim;

        internal CrossEntropy(Tensor x, Tensor logp, Tensor t, Tensor scale, int dim)
            : base(x)
        {
            this.dim = dim;
            Save(logp);
            Save(t);
            Save(scale);
        }

        // y = −Σ s·ln p[t],  p = softmax(x)   ⇒   dx = dy·s·(p − onehot(t))
        protected override Grads Backward(Tensor dy)
        {
            var s = dy * C;
            if (!GradMode.Enabled) return InOnePass(A, B, s);
            var p = MiniTorch.LogSoftmax.Restored(A, Edge(0)!, dim).Exp();               // with its history: p depends on x
            s = s.Unsqueeze(dim);
            return (p * s).ScatterAdd(dim, B.Unsqueeze(dim), -s);
        }

        private Tensor InOnePass(Tensor logp, Tensor t, Tensor s)
        {
            var dx = logp.NewLike(logp.DType);
            var (dense, outer, classes, inner) = Reduction.Along(logp, dim);
            s = s.Contiguous();
            Dispatch.Floats(dx.DType, new Gradient(dense, t, s, dx, outer, classes, inner), dense, t, s, dx);
            return dx;
        }

        private readonly struct Gradient(Tensor logp, Tensor t, Tensor s, Tensor dx, int outer, int classes, int inner) : IFloatKernel
        {
            void IFloatKernel.Run<T>()
            {
                ref T pl = ref logp.First<T>(), ps = ref s.First<T>(), px = ref dx.First<T>();
                ReadOnlySpan<long> targets = t.Flat<long>();
                for (int o = 0, i = 0; o < outer; o++)
                {
                    int block = o * classes * inner;
                    if (inner == 1) Elementwise.Binary<ExpTimes, T>(ref Unsafe.Add(ref pl, block), 1, ref Unsafe.Add(ref ps, o), 0, ref Unsafe.Add(ref px, block), 1, classes);
                    else
                        for (int at = block; at < block + classes * inner; at += inner)
                            Elementwise.Binary<ExpTimes, T>(ref Unsafe.Add(ref pl, at), 1, ref Unsafe.Add(ref ps, o * inner), 1, ref Unsafe.Add(ref px, at), 1, inner);
                    for (int j = 0; j < inner; j++, i++)
                        Unsafe.Add(ref px, block + (int)targets[i] * inner + j) -= Unsafe.Add(ref ps, i);
                }
            }
        }

        private readonly struct ExpTimes : IBinary
        {
            static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => VectorMath.Exp(a) * b;
        }
    }
}

/// <summary>The loss of a classifier, from logits and class indices or probabilities; see <see cref="Functional.CrossEntropy"/>.</summary>
public class CrossEntropyLoss : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Functional.CrossEntropy"/>
    public CrossEntropyLoss(Tensor? weight = null, int ignoreIndex = -100, string reduction = "mean", double labelSmoothing = 0)
        => (Weight, IgnoreIndex, Reduction, LabelSmoothing) = (weight, ignoreIndex, reduction, labelSmoothing);

    /// <summary>A factor per class.</summary>
    [Buffer] public Tensor? Weight { get; set; }

    /// <summary>The class index that does not count.</summary>
    public int IgnoreIndex { get; }

    /// <summary><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</summary>
    public string Reduction { get; }

    /// <summary>The share of the target that is spread evenly over all classes.</summary>
    public double LabelSmoothing { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.CrossEntropy(input, target, Weight, IgnoreIndex, Reduction, LabelSmoothing);
}

/// <summary>Minus the log-probability at the target class; see <see cref="Functional.NllLoss"/>.</summary>
public class NLLLoss : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc cref="Functional.NllLoss"/>
    public NLLLoss(Tensor? weight = null, int ignoreIndex = -100, string reduction = "mean") => (Weight, IgnoreIndex, Reduction) = (weight, ignoreIndex, reduction);

    /// <summary>A factor per class.</summary>
    [Buffer] public Tensor? Weight { get; set; }

    /// <summary>The class index that does not count.</summary>
    public int IgnoreIndex { get; }

    /// <summary><c>"mean"</c>, <c>"sum"</c> or <c>"none"</c>.</summary>
    public string Reduction { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.NllLoss(input, target, Weight, IgnoreIndex, Reduction);
}
