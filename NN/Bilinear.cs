namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>x₁ᵀ·Wₖ·x₂ + bₖ for every output feature k: <c>[…, in1], […, in2], [out, in1, in2], [out] → […, out]</c>.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor Bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias = null)
    {
        if (weight.Ndim != 3) throw new ArgumentException($"Bilinear: the weight has shape [out, in1, in2], got {weight.Shape}.", nameof(weight));
        int outputs = weight.Shape[0], in1 = weight.Shape[1], in2 = weight.Shape[2];
        if (input1.Ndim == 0 || input1.Shape[^1] != in1 || input2.Ndim == 0 || input2.Shape[^1] != in2 || !input1.Shape.Span[..^1].SequenceEqual(input2.Shape.Span[..^1]))
            throw new ArgumentException($"Bilinear: inputs {input1.Shape} and {input2.Shape} do not fit a weight [out, in1, in2] of shape {weight.Shape}: expected […, {in1}] and […, {in2}].", nameof(input1));
        var w = weight.Permute(0, 2, 1).Reshape(outputs * in2, in1);
        var y = (Linear(input1, w).Unflatten(-1, [outputs, in2]) * input2.Unsqueeze(-2)).Sum(-1);
        return bias is null ? y : y + bias;
    }
}

/// <summary>A layer of two inputs, x₁ᵀ·W·x₂ + b: <c>[…, in1], […, in2] → […, out]</c>.</summary>
public class Bilinear : Module<Tensor, Tensor, Tensor>
{
    private readonly int in1, in2, outputs;

    /// <summary>A layer with weight and bias drawn uniformly from ±1/√in1.</summary>
    /// <param name="in1Features">The size of each row of the first input.</param>
    /// <param name="in2Features">The size of each row of the second input.</param>
    /// <param name="outFeatures">The size of each output row.</param>
    /// <param name="bias">False for no bias.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    public Bilinear(int in1Features, int in2Features, int outFeatures, bool bias = true, DType? dtype = null)
    {
        (in1, in2, outputs) = (in1Features, in2Features, outFeatures);
        Weight = new(Torch.Empty([outFeatures, in1Features, in2Features], dtype));
        Bias = bias ? new(Torch.Empty([outFeatures], dtype)) : null;
        ResetParameters();
    }

    /// <summary>W: <c>[out, in1, in2]</c>.</summary>
    public Parameter Weight { get; set; }

    /// <summary>b: <c>[out]</c>; null without bias.</summary>
    public Parameter? Bias { get; set; }

    /// <summary>Draws the parameters anew.</summary>
    public void ResetParameters()
    {
        double bound = 1 / Math.Sqrt(in1);
        Init.Uniform_(Weight, -bound, bound);
        if (Bias is not null) Init.Uniform_(Bias, -bound, bound);
    }

    /// <inheritdoc/>
    public override string ExtraRepr() => $"in1_features={in1}, in2_features={in2}, out_features={outputs}, bias={Bias is not null}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x1, Tensor x2) => Functional.Bilinear(x1, x2, Weight, Bias);
}
