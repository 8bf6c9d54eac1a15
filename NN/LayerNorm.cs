using System.Runtime.InteropServices;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>
    /// Every row brought to mean 0 and variance 1, then scaled and shifted, (x − μ)/√(σ² + ε) ⊙ γ + β: <c>[…, shape…], [shape…], [shape…] → […, shape…]</c>.
    /// A row is all of the last dimensions that <paramref name="normalizedShape"/> names; σ² is the biased variance (Ba et al. 2016).
    /// </summary>
    /// <param name="input">Any number of dimensions in front of those of a row.</param>
    /// <param name="normalizedShape">The shape of a row.</param>
    /// <param name="weight">γ, in the shape of a row; null for none.</param>
    /// <param name="bias">β, in the shape of a row; null for none.</param>
    /// <param name="eps">ε, which is added to the variance.</param>
    /// <exception cref="ArgumentException">The input does not end in the shape of a row, weight or bias have another one, or the dtypes differ.</exception>
    public static Tensor LayerNorm(Tensor input, Shape normalizedShape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckLayerNorm(input, normalizedShape, weight, bias);
        if (weight is null && bias is not null) return LayerNorm(input, normalizedShape, eps: eps) + bias;
        var run = new Ops.LayerNorm.Forward(input, normalizedShape, weight, bias, eps);
        Tensor[] inputs = weight is null ? [input] : bias is null ? [input, weight] : [input, weight, bias];
        return Tensor.Recording(inputs) ? run.Y.Record(new Ops.LayerNorm(inputs, run, normalizedShape, eps)) : run.Y;
    }

    private static void CheckLayerNorm(Tensor x, Shape row, Tensor? weight, Tensor? bias)
    {
        if (!x.DType.IsFloat()) throw Errors.DType("LayerNorm", x.DType, "a floating-point input");
        if (row.Length == 0) throw new ArgumentException("LayerNorm: normalizedShape must name at least one dimension.", nameof(row));
        if (x.Ndim < row.Length || !x.Shape.Span[^row.Length..].SequenceEqual(row.Span))
            throw new ArgumentException($"LayerNorm: an input of shape {x.Shape} does not end in the normalized shape {row}.", nameof(x));
        CheckAffine(weight, "weight");
        CheckAffine(bias, "bias");

        void CheckAffine(Tensor? p, string name)
        {
            if (p is null) return;
            if (p.Shape != row) throw new ArgumentException($"LayerNorm: the {name} must have the normalized shape {row}, got {p.Shape}.", name);
            if (p.DType != x.DType)
                throw new ArgumentException($"LayerNorm: input {x.DType} and {name} {p.DType} differ in dtype.  Convert the input with .To(DType.{p.DType}), or the module with .To(DType.{x.DType}).", name);
        }
    }
}

internal static partial class Ops
{
    internal sealed class LayerNorm : Node
    {
        private readonly int[] dims;                          // those of a row
        private readonly double ε;

        internal LayerNorm(Tensor[] inputs, Forward run, Shape row, double ε)
            : base(inputs)
        {
            (dims, this.ε) = ([.. Enumerable.Range(-row.Length, row.Length)], ε);
            Save(inputs[0]);
            Save(run.Statistics);
            Save(inputs.Length > 1 ? inputs[1] : null);
        }

        private Tensor? Weight => EdgeCount > 1 ? C : null;

        /// <summary>y, and what normalises each row.</summary>
        internal readonly struct Forward : IFloatKernel
        {
            private readonly Tensor x;
            private readonly Tensor? γ, β;
            private readonly double ε;

            internal Forward(Tensor input, Shape row, Tensor? weight, Tensor? bias, double eps)
            {
                (x, γ, ε) = (input.Detach().Contiguous(), weight?.Detach().Contiguous(), eps);
                β = γ is null ? null : bias?.Detach().Contiguous() ?? γ.ZerosLike();
                Y = new(x.Shape, x.DType);
                Statistics = new([x.Count == 0 ? 0 : x.Count / (int)row.Numel(), RowStatistics<double>.Size], x.DType);
                if (x.Count > 0) Dispatch.Floats(x.DType, this, x, γ, β, this);
            }

            internal Tensor Y { get; }

            internal Tensor Statistics { get; }

            void IFloatKernel.Run<T>()
                => Kernels.LayerNorm.Forward(x.Flat<T>(), γ is null ? [] : γ.Flat<T>(), β is null ? [] : β.Flat<T>(), ε, Y.Flat<T>(), Rows<T>(Statistics));
        }

        private static Span<RowStatistics<T>> Rows<T>(Tensor statistics)
            where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
            => MemoryMarshal.Cast<T, RowStatistics<T>>(statistics.Flat<T>());

        // y = z ⊙ γ + β,  z = (x − μ)·ρ   ⇒   dx = ρ·(g − ḡ − z·mean(g ⊙ z)) with g = dy ⊙ γ,   dγ = Σ dy ⊙ z,   dβ = Σ dy
        protected override Grads Backward(Tensor dy)
        {
            if (!GradMode.Enabled) return InOnePass(dy);
            var (z, ρ) = Normalized(A, dims, ε);
            var g = Weight is { } γ ? dy * γ : dy;
            var dx = ρ * (g - g.Mean(dims, keepdim: true) - z * (g * z).Mean(dims, keepdim: true));
            return EdgeCount switch { 1 => dx, 2 => [dx, dy * z], _ => [dx, dy * z, dy] };       // the engine sums over the rows
        }

        /// <summary>z and ρ by ordinary ops, with their history.</summary>
        private static (Tensor Z, Tensor Rstd) Normalized(Tensor x, int[] dims, double ε)
        {
            var centred = x - x.Mean(dims, keepdim: true);
            var ρ = (centred.Square().Mean(dims, keepdim: true) + ε).Rsqrt();
            return (centred * ρ, ρ);
        }

        private Grads InOnePass(Tensor dy)
        {
            Tensor x = A.Contiguous(), dx = new(x.Shape, x.DType);
            if (x.Count == 0) return EdgeCount switch { 1 => dx, 2 => [dx, dy], _ => [dx, dy, dy] };      // no rows: the engine sums them to zeros
            Shape row = [.. x.Shape.Span[^dims.Length..]];
            Tensor? dγ = NeedsB ? new(row, x.DType) : null, dβ = NeedsC ? new(row, x.DType) : null;
            var run = new Gradients(dy.Contiguous(), x, B, Weight?.Contiguous(), dx, dγ, dβ);
            Dispatch.Floats(x.DType, run, run);
            return EdgeCount switch { 1 => dx, 2 => [dx, dγ], _ => [dx, dγ, dβ] };
        }

        private readonly struct Gradients(Tensor dy, Tensor x, Tensor statistics, Tensor? γ, Tensor dx, Tensor? dγ, Tensor? dβ) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.LayerNorm.Backward(
                dy.Flat<T>(), x.Flat<T>(), Rows<T>(statistics), γ is null ? [] : γ.Flat<T>(),
                dx.Flat<T>(), dγ is null ? [] : dγ.Flat<T>(), dβ is null ? [] : dβ.Flat<T>());
        }
    }
}

/// <summary>Normalises rows to mean 0 and variance 1, with a learnt scale and shift per element: <see cref="Functional.LayerNorm"/>.</summary>
public class LayerNorm : Module<Tensor, Tensor>
{
    /// <summary>A layer with weight 1 and bias 0.</summary>
    /// <param name="normalizedShape">The last dimensions of the input, which make up a row.</param>
    /// <param name="eps">What is added to the variance.</param>
    /// <param name="elementwiseAffine">False for neither weight nor bias.</param>
    /// <param name="bias">False for a weight alone.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentException">No dimension.</exception>
    public LayerNorm(Shape normalizedShape, double eps = 1e-5, bool elementwiseAffine = true, bool bias = true, DType? dtype = null)
    {
        if (normalizedShape.Length == 0) throw new ArgumentException("LayerNorm: normalizedShape must name at least one dimension.", nameof(normalizedShape));
        (NormalizedShape, Eps, ElementwiseAffine) = (normalizedShape, eps, elementwiseAffine);
        Weight = elementwiseAffine ? new(Torch.Empty(normalizedShape, dtype)) : null;
        Bias = elementwiseAffine && bias ? new(Torch.Empty(normalizedShape, dtype)) : null;
        ResetParameters();
    }

    /// <inheritdoc cref="LayerNorm(Shape, double, bool, bool, DType?)"/>
    public LayerNorm(int normalizedShape, double eps = 1e-5, bool elementwiseAffine = true, bool bias = true, DType? dtype = null)
        : this([normalizedShape], eps, elementwiseAffine, bias, dtype)
    {
    }

    /// <summary>The shape of a row.</summary>
    public Shape NormalizedShape { get; }

    /// <summary>What is added to the variance.</summary>
    public double Eps { get; }

    /// <summary>True when there is a weight.</summary>
    public bool ElementwiseAffine { get; }

    /// <summary>γ, in the shape of a row; null without.</summary>
    public Parameter? Weight { get; set; }

    /// <summary>β, in the shape of a row; null without.</summary>
    public Parameter? Bias { get; set; }

    /// <summary>Sets the weight to 1 and the bias to 0.</summary>
    public void ResetParameters()
    {
        if (Weight is not null) Init.Ones_(Weight);
        if (Bias is not null) Init.Zeros_(Bias);
    }

    /// <inheritdoc/>
    public override string ExtraRepr()
        => $"({string.Join(", ", NormalizedShape)}{(NormalizedShape.Length == 1 ? "," : "")}), eps={Repr(Eps)}, elementwise_affine={Repr(ElementwiseAffine)}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.LayerNorm(x, NormalizedShape, Weight, Bias, Eps);
}
