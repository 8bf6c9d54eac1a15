using System.Runtime.InteropServices;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>
    /// Every channel brought to mean 0 and variance 1 over the batch, then scaled and shifted, (x − μ)/√(σ² + ε)·γ + β:
    /// <c>[n, c, …], [c], [c], [c], [c] → [n, c, …]</c> (Ioffe and Szegedy 2015, arXiv:1502.03167, Algorithm 1). In training μ and σ² are those
    /// of the batch, and the running ones move towards them; else they are the running ones.
    /// </summary>
    /// <remarks>The batch is normalised with its biased variance; the running variance takes up the unbiased one, as in PyTorch.</remarks>
    /// <param name="input">The channels are dimension 1.</param>
    /// <param name="runningMean">[c]: changed in place in training; null to keep none, which only training can do without.</param>
    /// <param name="runningVar">[c]: likewise.</param>
    /// <param name="weight">γ, [c]; null for none.</param>
    /// <param name="bias">β, [c]; null for none.</param>
    /// <param name="training">Take the statistics from the batch.</param>
    /// <param name="momentum">The share of the batch in the new running statistics.</param>
    /// <param name="eps">ε, which is added to the variance.</param>
    /// <exception cref="ArgumentException">
    /// Fewer than two dimensions, a vector of another length or dtype, no running statistics without training, or, in training, one value per channel.
    /// </exception>
    public static Tensor BatchNorm(
        Tensor input, Tensor? runningMean, Tensor? runningVar, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckBatchNorm(input, runningMean, runningVar, weight, bias, training);
        if (weight is null && bias is not null)
            return BatchNorm(input, runningMean, runningVar, null, null, training, momentum, eps) + bias.Reshape(Ops.BatchNorm.PerChannel(input));

        var run = new Ops.BatchNorm.Forward(input, weight, bias, training ? null : (runningMean!, runningVar!), eps);
        if (training && input.Count > 0)
        {
            double unbiased = (double)run.At.PerChannel / (run.At.PerChannel - 1);
            Follow(runningMean, run.Mean, momentum);
            Follow(runningVar, run.Variance * unbiased, momentum);
        }
        Tensor[] inputs = weight is null ? [input] : bias is null ? [input, weight] : [input, weight, bias];
        return Tensor.Recording(inputs) ? run.Y.Record(new Ops.BatchNorm(inputs, run, training, eps)) : run.Y;

        // Computed in double and rounded once, also where the running statistics are float32.
        static void Follow(Tensor? running, Tensor batch, double momentum)
        {
            using (GradMode.Off()) running?.Copy_(running.Double() * (1 - momentum) + batch * momentum);
        }
    }

    private static void CheckBatchNorm(Tensor x, Tensor? runningMean, Tensor? runningVar, Tensor? weight, Tensor? bias, bool training)
    {
        if (!x.DType.IsFloat()) throw Errors.DType("BatchNorm", x.DType, "a floating-point input");
        if (x.Ndim < 2) throw new ArgumentException($"BatchNorm: an input has at least two dimensions [n, c], got shape {x.Shape}.", nameof(x));
        if (!training && (runningMean is null || runningVar is null))
            throw new ArgumentException("BatchNorm: without training, runningMean and runningVar are needed.  Pass both, or training: true to take the statistics of the batch.", nameof(runningMean));
        if (training && x.Count > 0 && x.Count == x.Shape[1])
            throw new ArgumentException($"BatchNorm: training needs more than one value per channel, an input of shape {x.Shape} has one.  Use a larger batch, or Eval() for the running statistics.", nameof(x));
        Check(runningMean, "runningMean");
        Check(runningVar, "runningVar");
        Check(weight, "weight");
        Check(bias, "bias");

        void Check(Tensor? p, string name)
        {
            if (p is null) return;
            if (p.Ndim != 1 || p.Shape[0] != x.Shape[1])
                throw new ArgumentException($"BatchNorm: {name} must have a value for each of the {x.Shape[1]} channels of the input {x.Shape}, got shape {p.Shape}.", name);
            if (p.DType != x.DType)
                throw new ArgumentException($"BatchNorm: input {x.DType} and {name} {p.DType} differ in dtype.  Convert the input with .To(DType.{p.DType}), or the module with .To(DType.{x.DType}).", name);
        }
    }
}

internal static partial class Ops
{
    internal sealed class BatchNorm : Node
    {
        private readonly bool training;
        private readonly double ε;

        internal BatchNorm(Tensor[] inputs, Forward run, bool training, double ε)
            : base(inputs)
        {
            (this.training, this.ε) = (training, ε);
            Save(inputs[0]);
            Save(run.Statistics);
            Save(inputs.Length > 1 ? inputs[1] : null);
        }

        private Tensor? Weight => EdgeCount > 1 ? C : null;

        /// <summary>The shape [1, c, 1, …], in which a value per channel broadcasts.</summary>
        internal static Shape PerChannel(Tensor x) => [.. Enumerable.Range(0, x.Ndim).Select(d => d == 1 ? x.Shape[1] : 1)];

        private static Planes PlanesOf(Tensor x) => new(x.Shape[0], x.Shape[1], x.Count / (x.Shape[0] * x.Shape[1]));

        /// <summary>y, and what normalises each channel.</summary>
        internal readonly struct Forward : IFloatKernel
        {
            private readonly Tensor x;
            private readonly Tensor? γ, β;
            private readonly bool training;
            private readonly double ε;

            internal Forward(Tensor input, Tensor? weight, Tensor? bias, (Tensor Mean, Tensor Variance)? given, double eps)
            {
                using var off = GradMode.Off();
                (γ, β, ε, training) = (weight?.Detach().Contiguous(), bias?.Detach().Contiguous(), eps, given is null);
                Statistics = new([input.Shape[1], RowStatistics<double>.Size], input.DType, zero: true);
                if (input.Count == 0)
                {
                    x = Y = input.Clone();
                    Mean = Variance = Statistics;
                    return;
                }
                (x, At) = (input.Detach().Contiguous(), PlanesOf(input));
                Y = new(x.Shape, x.DType);
                Mean = given is null ? new([At.Channels], DType.Float64) : given.Value.Mean.Detach().Double().Contiguous();
                Variance = given is null ? new([At.Channels], DType.Float64) : given.Value.Variance.Detach().Double().Contiguous();
                Dispatch.Floats(x.DType, this, this);
            }

            internal Planes At { get; }

            internal Tensor Y { get; }

            internal Tensor Statistics { get; }

            internal Tensor Mean { get; }

            /// <summary>The biased variance.</summary>
            internal Tensor Variance { get; }

            void IFloatKernel.Run<T>()
            {
                ReadOnlySpan<T> w = γ is null ? [] : γ.Flat<T>(), b = β is null ? [] : β.Flat<T>();
                if (training) Kernels.BatchNorm.Train(At, x.Flat<T>(), w, b, ε, Y.Flat<T>(), Rows<T>(Statistics), Mean.Flat<double>(), Variance.Flat<double>());
                else Kernels.BatchNorm.Evaluate(At, x.Flat<T>(), w, b, ε, Y.Flat<T>(), Rows<T>(Statistics), Mean.Flat<double>(), Variance.Flat<double>());
            }
        }

        private static Span<RowStatistics<T>> Rows<T>(Tensor statistics)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
            => MemoryMarshal.Cast<T, RowStatistics<T>>(statistics.Flat<T>());

        // y = z·γ + β,  z = (x − μ)·ρ   ⇒   dx = ρ·(g − ḡ − z·mean(g·z)) with g = dy·γ,   dγ = Σ dy·z,   dβ = Σ dy;   with running statistics dx = ρ·g
        protected override Grads Backward(Tensor dy)
        {
            if (!GradMode.Enabled) return InOnePass(dy);
            int[] dims = [.. Enumerable.Range(0, dy.Ndim).Where(static d => d != 1)];
            var each = PerChannel(dy);
            var (z, ρ) = training ? Normalized(A, dims, ε) : Scaled(A, B, each);
            var g = Weight is { } γ ? dy * γ.Reshape(each) : dy;
            var dx = training ? ρ * (g - g.Mean(dims, keepdim: true) - z * (g * z).Mean(dims, keepdim: true)) : ρ * g;
            return EdgeCount switch { 1 => dx, 2 => [dx, (dy * z).Sum(dims)], _ => [dx, (dy * z).Sum(dims), dy.Sum(dims)] };
        }

        /// <summary>z and ρ by ordinary ops, with their history.</summary>
        private static (Tensor Z, Tensor Rstd) Normalized(Tensor x, int[] dims, double ε)
        {
            var centred = x - x.Mean(dims, keepdim: true);
            var ρ = (centred.Square().Mean(dims, keepdim: true) + ε).Rsqrt();
            return (centred * ρ, ρ);
        }

        /// <summary>z and ρ where the statistics were given: z is linear in x.</summary>
        private static (Tensor Z, Tensor Rstd) Scaled(Tensor x, Tensor statistics, Shape each)
        {
            var (centre, ρ, shift) = (statistics.Select(1, 0).Reshape(each), statistics.Select(1, 1).Reshape(each), statistics.Select(1, 2).Reshape(each));
            return ((x - centre) * ρ + shift, ρ);
        }

        private Grads InOnePass(Tensor dy)
        {
            bool empty = dy.Count == 0;
            int channels = dy.Shape[1];
            Tensor? dγ = NeedsB ? new([channels], dy.DType, zero: empty) : null, dβ = NeedsC ? new([channels], dy.DType, zero: empty) : null;
            var dx = dy;                                                     // if empty
            if (!empty)
            {
                var x = A.Contiguous();
                dx = new(x.Shape, x.DType);
                var run = new Gradients(PlanesOf(x), dy.Contiguous(), x, B, Weight?.Contiguous(), training, dx, dγ, dβ);
                Dispatch.Floats(x.DType, run, run);
            }
            return EdgeCount switch { 1 => dx, 2 => [dx, dγ], _ => [dx, dγ, dβ] };
        }

        private readonly struct Gradients(Planes at, Tensor dy, Tensor x, Tensor statistics, Tensor? γ, bool training, Tensor dx, Tensor? dγ, Tensor? dβ) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.BatchNorm.Backward(
                at, dy.Flat<T>(), x.Flat<T>(), Rows<T>(statistics), γ is null ? [] : γ.Flat<T>(), training,
                dx.Flat<T>(), dγ is null ? [] : dγ.Flat<T>(), dβ is null ? [] : dβ.Flat<T>());
        }
    }
}

/// <summary>
/// Normalises channels to mean 0 and variance 1 over the batch, with a learnt scale and shift per channel; in evaluation by running
/// statistics that training gathered: <see cref="Functional.BatchNorm"/>. What <see cref="BatchNorm1d"/>, <see cref="BatchNorm2d"/> and
/// <see cref="BatchNorm3d"/> have in common.
/// </summary>
public abstract class BatchNorm : Module<Tensor, Tensor>
{
    private protected BatchNorm(int numFeatures, double eps, double? momentum, bool affine, bool trackRunningStats, DType? dtype)
    {
        if (numFeatures < 0) throw new ArgumentOutOfRangeException(nameof(numFeatures), $"{TypeName()}: numFeatures must not be negative, got {numFeatures}.");
        (NumFeatures, Eps, Momentum, Affine, TrackRunningStats) = (numFeatures, eps, momentum, affine, trackRunningStats);
        Shape each = [numFeatures];
        if (affine) (Weight, Bias) = (new(Torch.Empty(each, dtype)), new(Torch.Empty(each, dtype)));
        if (trackRunningStats) (RunningMean, RunningVar, NumBatchesTracked) = (Torch.Empty(each, dtype), Torch.Empty(each, dtype), Torch.Zeros([], DType.Int64));
        ResetParameters();
    }

    /// <summary>c: the number of channels.</summary>
    public int NumFeatures { get; }

    /// <summary>What is added to the variance.</summary>
    public double Eps { get; }

    /// <summary>The share of the batch in the new running statistics; null for the average over all batches so far.</summary>
    public double? Momentum { get; set; }

    /// <summary>True when there are weight and bias.</summary>
    public bool Affine { get; }

    /// <summary>True when there are running statistics. Without, evaluation takes those of the batch too.</summary>
    public bool TrackRunningStats { get; }

    /// <summary>γ, [c]; null without.</summary>
    public Parameter? Weight { get; set; }

    /// <summary>β, [c]; null without.</summary>
    public Parameter? Bias { get; set; }

    /// <summary>The running mean, [c]; null without.</summary>
    [Buffer]
    public Tensor? RunningMean { get; set; }

    /// <summary>The running unbiased variance, [c]; null without.</summary>
    [Buffer]
    public Tensor? RunningVar { get; set; }

    /// <summary>How many batches the running statistics have seen, 0-dim Int64; null without.</summary>
    [Buffer]
    public Tensor? NumBatchesTracked { get; set; }

    /// <summary>Sets the running mean to 0, the running variance to 1, and forgets the batches.</summary>
    public void ResetRunningStats()
    {
        using var off = GradMode.Off();
        RunningMean?.Zero_();
        RunningVar?.Fill_(1);
        NumBatchesTracked?.Zero_();
    }

    /// <summary>Sets the weight to 1, the bias to 0, and resets the running statistics.</summary>
    public void ResetParameters()
    {
        ResetRunningStats();
        if (Weight is not null) Init.Ones_(Weight);
        if (Bias is not null) Init.Zeros_(Bias);
    }

    /// <inheritdoc/>
    public override string ExtraRepr()
        => $"{NumFeatures}, eps={Repr(Eps)}, momentum={(Momentum is { } m ? Repr(m) : "None")}, affine={Repr(Affine)}, track_running_stats={Repr(TrackRunningStats)}";

    /// <summary>The shapes that are taken, for the message about others; null when <paramref name="ndim"/> dimensions are right.</summary>
    private protected abstract string? Misfit(int ndim);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (Misfit(x.Ndim) is { } expected) throw new ArgumentException($"{TypeName()}: expected an input of shape {expected}, got {x.Shape}.", nameof(x));
        bool track = Training && NumBatchesTracked is not null;
        double share = Momentum ?? (track ? 1.0 / (NumBatchesTracked!.Item<long>() + 1) : 0);
        bool batch = Training || RunningMean is null && RunningVar is null;
        var y = Functional.BatchNorm(x, RunningMean, RunningVar, Weight, Bias, batch, share, Eps);
        if (track) NumBatchesTracked!.Add_(1);
        return y;
    }
}

/// <summary>Batch normalisation of <c>[n, c]</c> or <c>[n, c, l]</c>: <see cref="BatchNorm"/>.</summary>
/// <param name="numFeatures">c: the number of channels.</param>
/// <param name="eps">What is added to the variance.</param>
/// <param name="momentum">The share of the batch in the new running statistics; null for the average over all batches so far.</param>
/// <param name="affine">False for neither weight nor bias.</param>
/// <param name="trackRunningStats">False to keep no running statistics, and to take those of the batch in evaluation too.</param>
/// <param name="dtype">The dtype of parameters and statistics; by default the default dtype.</param>
public class BatchNorm1d(int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true, DType? dtype = null)
    : BatchNorm(numFeatures, eps, momentum, affine, trackRunningStats, dtype)
{
    private protected override string? Misfit(int ndim) => ndim is 2 or 3 ? null : "[n, c] or [n, c, l]";
}

/// <summary>Batch normalisation of <c>[n, c, h, w]</c>: <see cref="BatchNorm"/>.</summary>
/// <inheritdoc cref="BatchNorm1d(int, double, double?, bool, bool, DType?)"/>
public class BatchNorm2d(int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true, DType? dtype = null)
    : BatchNorm(numFeatures, eps, momentum, affine, trackRunningStats, dtype)
{
    private protected override string? Misfit(int ndim) => ndim == 4 ? null : "[n, c, h, w]";
}

/// <summary>Batch normalisation of <c>[n, c, d, h, w]</c>: <see cref="BatchNorm"/>.</summary>
/// <inheritdoc cref="BatchNorm1d(int, double, double?, bool, bool, DType?)"/>
public class BatchNorm3d(int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true, DType? dtype = null)
    : BatchNorm(numFeatures, eps, momentum, affine, trackRunningStats, dtype)
{
    private protected override string? Misfit(int ndim) => ndim == 5 ? null : "[n, c, d, h, w]";
}
