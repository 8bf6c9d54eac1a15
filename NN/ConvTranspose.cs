using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>
    /// The convolution turned round: every element of the input paints the kernel into the output,
    /// <c>[n, in, l], [in, out/groups, k] → [n, out, l′]</c> with l′ = (l − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1.
    /// As a matrix it is the transpose of <see cref="Conv1d"/>.
    /// </summary>
    /// <param name="input">Examples with channels, or one example <c>[in, l]</c>.</param>
    /// <param name="weight">One kernel per input channel and output channel of its group.</param>
    /// <param name="bias">One number per output channel, <c>[out]</c>; null for none.</param>
    /// <param name="stride">Elements of the output from a kernel to the next.</param>
    /// <param name="padding">How much is cut off on both sides.</param>
    /// <param name="outputPadding">Elements added at the end, below the stride or the dilation: a strided convolution maps several sizes to one.</param>
    /// <param name="groups">Into how many groups the channels fall.</param>
    /// <param name="dilation">Elements from a tap of the kernel to the next.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the dtypes differ.</exception>
    public static Tensor ConvTranspose1d(
        Tensor input, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int outputPadding = 0, int groups = 1, int dilation = 1)
        => ConvolveTransposed("ConvTranspose1d", input, weight, bias, [stride], [padding], [outputPadding], groups, [dilation]);

    /// <summary>
    /// The convolution turned round: every element of the input paints the kernel into the output,
    /// <c>[n, in, h, w], [in, out/groups, kh, kw] → [n, out, h′, w′]</c> with h′ = (h − 1)·stride − 2·padding + dilation·(kh − 1) + outputPadding + 1.
    /// As a matrix it is the transpose of <see cref="Conv2d"/>.
    /// </summary>
    /// <param name="input">Images with channels, or one image <c>[in, h, w]</c>.</param>
    /// <param name="weight">One kernel per input channel and output channel of its group.</param>
    /// <param name="bias">One number per output channel, <c>[out]</c>; null for none.</param>
    /// <param name="stride">Elements of the output from a kernel to the next; by default 1.</param>
    /// <param name="padding">How much is cut off on both sides; by default 0.</param>
    /// <param name="outputPadding">Elements added at the end, below the stride or the dilation; by default 0.</param>
    /// <param name="groups">Into how many groups the channels fall.</param>
    /// <param name="dilation">Elements from a tap of the kernel to the next; by default 1.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the dtypes differ.</exception>
    public static Tensor ConvTranspose2d(
        Tensor input, Tensor weight, Tensor? bias = null, Pair? stride = null, Pair? padding = null, Pair? outputPadding = null, int groups = 1, Pair? dilation = null)
    {
        Pair s = stride ?? 1, p = padding ?? 0, o = outputPadding ?? 0, d = dilation ?? 1;
        return ConvolveTransposed("ConvTranspose2d", input, weight, bias, [s.Y, s.X], [p.Y, p.X], [o.Y, o.X], groups, [d.Y, d.X]);
    }

    private static Tensor ConvolveTransposed(
        string op, Tensor input, Tensor weight, Tensor? bias, ReadOnlySpan<int> stride, ReadOnlySpan<int> padding, ReadOnlySpan<int> outputPadding, int groups, ReadOnlySpan<int> dilation)
    {
        int dims = stride.Length;
        CheckChannels(op, dims, input, weight, bias, groups, transposed: true);
        CheckSteps(op, stride, padding, dilation);
        for (int i = 0; i < dims; i++)
        {
            if (outputPadding[i] < 0 || outputPadding[i] >= Math.Max(stride[i], dilation[i]))
                throw new ArgumentException($"{op}: the output padding must be smaller than the stride or the dilation, got {outputPadding[i]} with stride {stride[i]} and dilation {dilation[i]}.", nameof(outputPadding));
        }
        var (y, w) = (input, weight);
        bool single = y.Ndim == dims + 1;
        if (single) y = y.Unsqueeze(0);
        if (dims == 1) (y, w) = (y.Unsqueeze(-2), w.Unsqueeze(-2));

        // the input takes the place of a convolution's output
        var columns = Turned(y.Shape[3], w.Shape[3], stride[^1], padding[^1], dilation[^1], outputPadding[^1]);
        var rows = dims == 1 ? Axis.Of(1, 1, 1, 0, 1) : Turned(y.Shape[2], w.Shape[2], stride[0], padding[0], dilation[0], outputPadding[0]);
        if (rows.Size < 1 || columns.Size < 1)
            throw new ArgumentException($"{op}: of an input of {Sizes(input.Shape.Span[^dims..])} nothing is left when padding {Sizes(padding)} is cut off.", nameof(padding));
        var x = Ops.ConvolutionInput.Of(y, w, new(y.Shape[0], groups, w.Shape[1], w.Shape[0] / groups, rows, columns));

        if (dims == 1) x = x.Squeeze(-2);
        if (single) x = x.Squeeze(0);
        return bias is null ? x : x + bias.Reshape([bias.Numel(), .. Enumerable.Repeat(1, dims)]);

        static Axis Turned(int output, int kernel, int stride, int padding, int dilation, int outputPadding)
            => new((output - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1, kernel, stride, padding, dilation, output);
    }
}
