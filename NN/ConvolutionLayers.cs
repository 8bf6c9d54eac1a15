namespace MiniTorch.NN;

/// <summary>What the convolutions have in common: sizes, weight and bias.</summary>
public abstract class ConvNd : Module<Tensor, Tensor>
{
    private readonly bool transposed;

    private protected ConvNd(
        int inChannels, int outChannels, Shape kernelSize, Shape stride, Shape padding, bool same, Shape dilation,
        int groups, bool bias, string paddingMode, DType? dtype, Shape? outputPadding = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inChannels);
        ArgumentOutOfRangeException.ThrowIfNegative(outChannels);
        if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0)
            throw new ArgumentException($"{TypeName()}: {inChannels} input channels and {outChannels} output channels do not fall into {groups} groups.", nameof(groups));
        if (paddingMode is not ("zeros" or "reflect" or "replicate" or "circular"))
            throw new ArgumentException($"{TypeName()}: paddingMode is \"zeros\", \"reflect\", \"replicate\" or \"circular\", got \"{paddingMode}\".", nameof(paddingMode));
        if (same && stride.Any(static s => s != 1))
            throw new ArgumentException($"{TypeName()}: padding \"same\" keeps the size, a stride does not.  Give the padding in numbers.", nameof(stride));
        (InChannels, OutChannels, KernelSize, Stride, PaddingSize, Same, Dilation, Groups, PaddingMode) = (inChannels, outChannels, kernelSize, stride, padding, same, dilation, groups, paddingMode);
        (transposed, OutputPadding) = (outputPadding is not null, outputPadding ?? [.. stride.Select(static _ => 0)]);
        Weight = new(Torch.Empty(transposed ? [inChannels, outChannels / groups, .. kernelSize] : [outChannels, inChannels / groups, .. kernelSize], dtype));
        Bias = bias ? new(Torch.Empty([outChannels], dtype)) : null;
        ResetParameters();
    }

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; }

    /// <summary>Channels of the output.</summary>
    public int OutChannels { get; }

    /// <summary>The size of the window.</summary>
    public Shape KernelSize { get; }

    /// <summary>Elements from a window to the next.</summary>
    public Shape Stride { get; }

    /// <summary>Elements from a tap of the kernel to the next.</summary>
    public Shape Dilation { get; }

    /// <summary>Into how many groups the channels fall.</summary>
    public int Groups { get; }

    /// <summary>What the padding consists of: <c>"zeros"</c>, <c>"reflect"</c>, <c>"replicate"</c> or <c>"circular"</c>.</summary>
    public string PaddingMode { get; }

    /// <summary>One kernel per output channel, <c>[out, in/groups, k…]</c>; of a transposed convolution <c>[in, out/groups, k…]</c>.</summary>
    public Parameter Weight { get; set; }

    /// <summary>b: <c>[out]</c>; null without bias.</summary>
    public Parameter? Bias { get; set; }

    private protected Shape PaddingSize { get; }

    private protected bool Same { get; }

    private protected Shape OutputPadding { get; }

    /// <summary>Draws the parameters anew: uniform on ±1/√fan_in, fan_in being the number of weights behind one output.</summary>
    public void ResetParameters()
    {
        Init.KaimingUniform_(Weight, a: Math.Sqrt(5));
        if (Bias is null || Weight.Numel() == 0) return;
        double bound = 1 / Math.Sqrt(Weight.Numel() / Weight.Shape[0]);
        Init.Uniform_(Bias, -bound, bound);
    }

    /// <inheritdoc/>
    public override string ExtraRepr()
    {
        var text = new System.Text.StringBuilder($"{InChannels}, {OutChannels}, kernel_size={Tuple(KernelSize)}, stride={Tuple(Stride)}");
        if (Same) text.Append(", padding=same");
        else if (PaddingSize.Any(static p => p != 0)) text.Append($", padding={Tuple(PaddingSize)}");
        if (Dilation.Any(static d => d != 1)) text.Append($", dilation={Tuple(Dilation)}");
        if (OutputPadding.Any(static p => p != 0)) text.Append($", output_padding={Tuple(OutputPadding)}");
        if (Groups != 1) text.Append($", groups={Groups}");
        if (Bias is null) text.Append(", bias=False");
        if (PaddingMode != "zeros") text.Append($", padding_mode={PaddingMode}");
        return text.ToString();

        static string Tuple(Shape sizes) => sizes.Length == 1 ? $"({sizes[0]},)" : $"({string.Join(", ", sizes)})";
    }

    /// <summary>The input with the padding that is not of zeros, which a convolution cannot make up itself.</summary>
    private protected Tensor Padded(Tensor x)
    {
        var pad = new List<int>();
        for (int i = KernelSize.Length - 1; i >= 0; i--)
        {
            int total = Same ? Dilation[i] * (KernelSize[i] - 1) : 2 * PaddingSize[i];
            pad.AddRange([total / 2, total - total / 2]);
        }
        return Functional.Pad(x, [.. pad], PaddingMode);
    }
}

/// <summary>A convolution of sequences, <see cref="Functional.Conv1d"/> with weights: <c>[n, in, l] → [n, out, l′]</c>.</summary>
public class Conv1d : ConvNd
{
    private readonly Padding padding;

    /// <summary>A layer with weight and bias drawn uniformly from ±1/√(in/groups · k).</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">The length of the window.</param>
    /// <param name="stride">Elements from a window to the next.</param>
    /// <param name="padding">Elements put on both sides; or <c>"same"</c> or <c>"valid"</c>.</param>
    /// <param name="dilation">Elements from a tap of the kernel to the next.</param>
    /// <param name="groups">Into how many groups the channels fall.</param>
    /// <param name="bias">False for no bias.</param>
    /// <param name="paddingMode"><c>"zeros"</c>, <c>"reflect"</c>, <c>"replicate"</c> or <c>"circular"</c>.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels, or an unknown mode.</exception>
    public Conv1d(
        int inChannels, int outChannels, int kernelSize, int stride = 1, Padding padding = default, int dilation = 1,
        int groups = 1, bool bias = true, string paddingMode = "zeros", DType? dtype = null)
        : base(inChannels, outChannels, [kernelSize], [stride], [padding.Amount.X], padding.Word is not null, [dilation], groups, bias, paddingMode, dtype)
        => this.padding = padding;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => PaddingMode == "zeros"
        ? Functional.Conv1d(x, Weight, Bias, Stride[0], padding, Dilation[0], Groups)
        : Functional.Conv1d(Padded(x), Weight, Bias, Stride[0], 0, Dilation[0], Groups);
}

/// <summary>A convolution of images, <see cref="Functional.Conv2d"/> with weights: <c>[n, in, h, w] → [n, out, h′, w′]</c>.</summary>
public class Conv2d : ConvNd
{
    private readonly Padding padding;

    /// <summary>A layer with weight and bias drawn uniformly from ±1/√(in/groups · kh · kw).</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">The size of the window: <c>3</c> or <c>(3, 5)</c>.</param>
    /// <param name="stride">Elements from a window to the next; by default 1.</param>
    /// <param name="padding">Elements put on both sides; or <c>"same"</c> or <c>"valid"</c>.</param>
    /// <param name="dilation">Elements from a tap of the kernel to the next; by default 1.</param>
    /// <param name="groups">Into how many groups the channels fall.</param>
    /// <param name="bias">False for no bias.</param>
    /// <param name="paddingMode"><c>"zeros"</c>, <c>"reflect"</c>, <c>"replicate"</c> or <c>"circular"</c>.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels, or an unknown mode.</exception>
    public Conv2d(
        int inChannels, int outChannels, Pair kernelSize, Pair? stride = null, Padding padding = default, Pair? dilation = null,
        int groups = 1, bool bias = true, string paddingMode = "zeros", DType? dtype = null)
        : base(inChannels, outChannels, kernelSize.Both, (stride ?? 1).Both, padding.Amount.Both, padding.Word is not null, (dilation ?? 1).Both, groups, bias, paddingMode, dtype)
        => this.padding = padding;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => PaddingMode == "zeros"
        ? Functional.Conv2d(x, Weight, Bias, (Stride[0], Stride[1]), padding, (Dilation[0], Dilation[1]), Groups)
        : Functional.Conv2d(Padded(x), Weight, Bias, (Stride[0], Stride[1]), 0, (Dilation[0], Dilation[1]), Groups);
}

/// <summary>A transposed convolution of sequences, <see cref="Functional.ConvTranspose1d"/> with weights: <c>[n, in, l] → [n, out, l′]</c>.</summary>
/// <param name="inChannels">Channels of the input.</param>
/// <param name="outChannels">Channels of the output.</param>
/// <param name="kernelSize">The length of the window.</param>
/// <param name="stride">Elements of the output from a kernel to the next.</param>
/// <param name="padding">How much is cut off on both sides.</param>
/// <param name="outputPadding">Elements added at the end.</param>
/// <param name="groups">Into how many groups the channels fall.</param>
/// <param name="bias">False for no bias.</param>
/// <param name="dilation">Elements from a tap of the kernel to the next.</param>
/// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
/// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
public class ConvTranspose1d(
    int inChannels, int outChannels, int kernelSize, int stride = 1, int padding = 0, int outputPadding = 0,
    int groups = 1, bool bias = true, int dilation = 1, DType? dtype = null)
    : ConvNd(inChannels, outChannels, [kernelSize], [stride], [padding], false, [dilation], groups, bias, "zeros", dtype, [outputPadding])
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
        => Functional.ConvTranspose1d(x, Weight, Bias, Stride[0], PaddingSize[0], OutputPadding[0], Groups, Dilation[0]);
}

/// <summary>A transposed convolution of images, <see cref="Functional.ConvTranspose2d"/> with weights: <c>[n, in, h, w] → [n, out, h′, w′]</c>.</summary>
/// <param name="inChannels">Channels of the input.</param>
/// <param name="outChannels">Channels of the output.</param>
/// <param name="kernelSize">The size of the window: <c>3</c> or <c>(3, 5)</c>.</param>
/// <param name="stride">Elements of the output from a kernel to the next; by default 1.</param>
/// <param name="padding">How much is cut off on both sides; by default 0.</param>
/// <param name="outputPadding">Elements added at the end; by default 0.</param>
/// <param name="groups">Into how many groups the channels fall.</param>
/// <param name="bias">False for no bias.</param>
/// <param name="dilation">Elements from a tap of the kernel to the next; by default 1.</param>
/// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
/// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
public class ConvTranspose2d(
    int inChannels, int outChannels, Pair kernelSize, Pair? stride = null, Pair? padding = null, Pair? outputPadding = null,
    int groups = 1, bool bias = true, Pair? dilation = null, DType? dtype = null)
    : ConvNd(inChannels, outChannels, kernelSize.Both, (stride ?? 1).Both, (padding ?? 0).Both, false, (dilation ?? 1).Both, groups, bias, "zeros", dtype, (outputPadding ?? 0).Both)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.ConvTranspose2d(
        x, Weight, Bias, (Stride[0], Stride[1]), (PaddingSize[0], PaddingSize[1]), (OutputPadding[0], OutputPadding[1]), Groups, (Dilation[0], Dilation[1]));
}
