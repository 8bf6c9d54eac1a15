namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>x·Wᵀ + b: <c>[…, in], [out, in], [out] → […, out]</c>.</summary>
    /// <param name="input">Rows of features; any number of dimensions in front.</param>
    /// <param name="weight">One row per output feature.</param>
    /// <param name="bias">One number per output feature; null for none.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the dtypes differ.</exception>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null)
    {
        CheckLinear(input, weight, bias);
        var y = MatrixProduct.Run(Ops.Linear.Rows(input.Ndim == 2 ? input : input.Detach()), weight, transposeB: true, bias: bias);
        if (input.Ndim != 2) y = new Tensor(y.Storage, [.. input.Shape.Span[..^1], weight.Shape[0]], y.DType, null, 0);
        bool recording = bias is null ? Tensor.Recording(input, weight) : Tensor.Recording(input, weight, bias);
        if (!recording) return y;
        return y.Record(bias is null ? new Ops.Linear(input, weight) : new Ops.Linear(input, weight, bias));
    }

    private static void CheckLinear(Tensor x, Tensor w, Tensor? b)
    {
        if (w.Ndim != 2) throw new ArgumentException($"Linear: the weight is a matrix [out, in], got shape {w.Shape}.", nameof(w));
        if (x.Ndim == 0 || x.Shape[^1] != w.Shape[1])
        {
            string hint = x.Ndim > 2 && x.Numel() == (long)x.Shape[0] * w.Shape[1] ? $"  Did you mean x.Flatten(1)?  [{x.Shape[0]}, {w.Shape[1]}] → [{x.Shape[0]}, {w.Shape[0]}]"
                : x.Ndim > 1 && x.Shape[^2] == w.Shape[1] ? "  Did you mean x.Transpose(-1, -2)?" : "";
            throw new ArgumentException($"Linear: an input of shape {x.Shape} does not fit {w.Shape[1]} input features: its last dimension must be {w.Shape[1]}.{hint}", nameof(x));
        }
        if (b is not null && (b.Ndim != 1 || b.Shape[0] != w.Shape[0]))
            throw new ArgumentException($"Linear: the bias must have shape [{w.Shape[0]}], one number per row of the weight {w.Shape}, got {b.Shape}.", nameof(b));
        if (x.DType != w.DType || b is not null && b.DType != w.DType)
            throw new ArgumentException($"Linear: input {x.DType}, weight {w.DType}{(b is null ? "" : $" and bias {b.DType}")} differ in dtype.  Convert the input with .To(DType.{w.DType}){(x.DType.IsFloat() ? $", or the module with .To(DType.{x.DType})" : "")}.", nameof(x));
    }
}

internal static partial class Ops
{
    internal sealed class Linear : Node
    {
        internal Linear(Tensor x, Tensor w)
            : base(x, w) => Save(x, w);

        internal Linear(Tensor x, Tensor w, Tensor b)
            : base(x, w, b) => Save(x, w);

        private void Save(Tensor x, Tensor w)
        {
            Save(w.RequiresGrad ? x : null);
            Save(x.RequiresGrad ? w : null);
        }

        // y = x·Wᵀ + b   ⇒   dx = dy·W,   dW = dyᵀ·x,   db = Σ dy over the rows (summed by the engine, as b was broadcast)
        protected override Grads Backward(Tensor dy)
        {
            var dx = NeedsA ? dy.Ndim == 2 ? dy.Product(B) : dy.Matmul(B) : null;
            var dw = NeedsB ? Rows(dy).TMm(Rows(A)) : null;
            return EdgeCount == 2 ? [dx, dw] : [dx, dw, dy];
        }

        /// <summary>All dimensions but the last folded into one: a matrix of rows.</summary>
        internal static Tensor Rows(Tensor x)
        {
            if (x.Ndim == 2) return x;
            int rows = 1;
            foreach (int d in x.Shape.Span[..^1]) rows *= d;
            return x.Reshape([rows, x.Shape[^1]]);
        }
    }
}

/// <summary>A fully connected layer, y = x·Wᵀ + b: <c>[…, in] → […, out]</c>.</summary>
public class Linear : Module<Tensor, Tensor>
{
    /// <summary>A layer with weight and bias drawn uniformly from ±1/√in.</summary>
    /// <param name="inFeatures">The size of each input row.</param>
    /// <param name="outFeatures">The size of each output row.</param>
    /// <param name="bias">False for y = x·Wᵀ.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative size.</exception>
    public Linear(int inFeatures, int outFeatures, bool bias = true, DType? dtype = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inFeatures);
        ArgumentOutOfRangeException.ThrowIfNegative(outFeatures);
        (InFeatures, OutFeatures) = (inFeatures, outFeatures);
        Weight = new(Torch.Empty([outFeatures, inFeatures], dtype));
        Bias = bias ? new(Torch.Empty([outFeatures], dtype)) : null;
        ResetParameters();
    }

    /// <summary>The size of each input row.</summary>
    public int InFeatures { get; }

    /// <summary>The size of each output row.</summary>
    public int OutFeatures { get; }

    /// <summary>W: <c>[out, in]</c>.</summary>
    public Parameter Weight { get; set; }

    /// <summary>b: <c>[out]</c>; null without bias.</summary>
    public Parameter? Bias { get; set; }

    /// <summary>Draws the parameters anew.</summary>
    public void ResetParameters()
    {
        Init.KaimingUniform_(Weight, a: Math.Sqrt(5));              // U(±1/√in)
        if (Bias is null) return;
        double bound = InFeatures > 0 ? 1 / Math.Sqrt(InFeatures) : 0;
        Init.Uniform_(Bias, -bound, bound);
    }

    /// <inheritdoc/>
    public override string ExtraRepr() => $"in_features={InFeatures}, out_features={OutFeatures}, bias={Bias is not null}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Linear(x, Weight, Bias);
}
