using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>
    /// A window slides along each example and sums products with the weight: <c>[n, in, l], [out, in/groups, k] → [n, out, l′]</c> with
    /// l′ = ⌊(l + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1; or one example, <c>[in, l] → [out, l′]</c>.
    /// </summary>
    /// <param name="input">Examples with channels; a float dtype.</param>
    /// <param name="weight">One kernel per output channel, over the input channels of its group.</param>
    /// <param name="bias">One number per output channel, <c>[out]</c>; null for none.</param>
    /// <param name="stride">Elements from a window to the next.</param>
    /// <param name="padding">Zeros on both sides; or <c>"same"</c> or <c>"valid"</c>.</param>
    /// <param name="dilation">Elements from a tap of the kernel to the next.</param>
    /// <param name="groups">Into how many groups the channels fall, each with its own outputs.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the dtypes differ.</exception>
    public static Tensor Conv1d(Tensor input, Tensor weight, Tensor? bias = null, int stride = 1, Padding padding = default, int dilation = 1, int groups = 1)
    {
        if (padding.Amount.Y != padding.Amount.X) throw new ArgumentException($"Conv1d: there is one dimension to pad, got padding {padding}.", nameof(padding));
        return Convolve("Conv1d", input, weight, bias, [stride], [padding.Amount.X], padding.Word is not null, [dilation], groups);
    }

    /// <summary>
    /// A window slides over each image and sums products with the weight: <c>[n, in, h, w], [out, in/groups, kh, kw] → [n, out, h′, w′]</c> with
    /// h′ = ⌊(h + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1, and w′ alike; or one image, <c>[in, h, w] → [out, h′, w′]</c>.
    /// </summary>
    /// <param name="input">Images with channels; a float dtype.</param>
    /// <param name="weight">One kernel per output channel, over the input channels of its group.</param>
    /// <param name="bias">One number per output channel, <c>[out]</c>; null for none.</param>
    /// <param name="stride">Elements from a window to the next; by default 1.</param>
    /// <param name="padding">Zeros on both sides; or <c>"same"</c> or <c>"valid"</c>.</param>
    /// <param name="dilation">Elements from a tap of the kernel to the next; by default 1.</param>
    /// <param name="groups">Into how many groups the channels fall, each with its own outputs.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the dtypes differ.</exception>
    public static Tensor Conv2d(Tensor input, Tensor weight, Tensor? bias = null, Pair? stride = null, Padding padding = default, Pair? dilation = null, int groups = 1)
    {
        Pair s = stride ?? 1, p = padding.Amount, d = dilation ?? 1;
        return Convolve("Conv2d", input, weight, bias, [s.Y, s.X], [p.Y, p.X], padding.Word is not null, [d.Y, d.X], groups);
    }

    private static Tensor Convolve(
        string op, Tensor input, Tensor weight, Tensor? bias, ReadOnlySpan<int> stride, ReadOnlySpan<int> padding, bool same, ReadOnlySpan<int> dilation, int groups)
    {
        int dims = stride.Length;
        CheckChannels(op, dims, input, weight, bias, groups, transposed: false);
        CheckSteps(op, stride, padding, dilation);
        var (x, w) = (input, weight);
        if (same) (x, padding) = PadSame(op, x, w.Shape.Span[^dims..], stride, dilation);

        bool single = x.Ndim == dims + 1;
        if (single) x = x.Unsqueeze(0);
        if (dims == 1) (x, w) = (x.Unsqueeze(-2), w.Unsqueeze(-2));
        var columns = Axis.Of(x.Shape[3], w.Shape[3], stride[^1], padding[^1], dilation[^1]);
        var rows = dims == 1 ? Axis.Of(1, 1, 1, 0, 1) : Axis.Of(x.Shape[2], w.Shape[2], stride[0], padding[0], dilation[0]);
        if (rows.Output < 1 || columns.Output < 1)
        {
            throw new ArgumentException(
                $"{op}: a kernel of {Sizes(w.Shape.Span[^dims..])}{(dilation.ContainsAnyExcept(1) ? $" with dilation {Sizes(dilation)}" : "")} is larger than an input of {Sizes(input.Shape.Span[^dims..])} " +
                $"padded by {Sizes(padding)}.  Pad more, or pool less before.", nameof(input));
        }

        var y = Ops.Convolution.Of(x, w, bias, new(x.Shape[0], groups, w.Shape[1], w.Shape[0] / groups, rows, columns));
        if (dims == 1) y = y.Squeeze(-2);
        return single ? y.Squeeze(0) : y;
    }

    /// <summary>As much padding as keeps the size. An odd amount puts the additional zero at the end: the convolution pads both sides alike, so that one is put there before.</summary>
    private static (Tensor Input, int[] Padding) PadSame(string op, Tensor x, ReadOnlySpan<int> kernel, ReadOnlySpan<int> stride, ReadOnlySpan<int> dilation)
    {
        if (stride.ContainsAnyExcept(1)) throw new ArgumentException($"{op}: padding \"same\" keeps the size, stride {Sizes(stride)} does not.  Give the padding in numbers.", nameof(stride));
        int[] padding = new int[kernel.Length], odd = new int[2 * kernel.Length];
        for (int i = 0; i < kernel.Length; i++)
        {
            int total = dilation[i] * (kernel[i] - 1);
            padding[i] = total / 2;
            odd[2 * (kernel.Length - 1 - i) + 1] = total % 2;               // the list of Pad begins with the last dimension
        }
        return (odd.AsSpan().ContainsAnyExcept(0) ? Pad(x, odd) : x, padding);
    }

    private static string Sizes(ReadOnlySpan<int> sizes) => string.Join("×", sizes.ToArray());

    private static void CheckSteps(string op, ReadOnlySpan<int> stride, ReadOnlySpan<int> padding, ReadOnlySpan<int> dilation)
    {
        foreach (int s in stride)
            if (s < 1) throw new ArgumentOutOfRangeException(nameof(stride), s, $"{op}: a stride is at least 1, got {s}.");
        foreach (int p in padding)
            if (p < 0) throw new ArgumentOutOfRangeException(nameof(padding), p, $"{op}: a padding is not negative, got {p}.  F.Pad crops.");
        foreach (int d in dilation)
            if (d < 1) throw new ArgumentOutOfRangeException(nameof(dilation), d, $"{op}: a dilation is at least 1, got {d}.");
    }

    private static void CheckChannels(string op, int dims, Tensor x, Tensor w, Tensor? bias, int groups, bool transposed)
    {
        ArgumentNullException.ThrowIfNull(x, "input");
        ArgumentNullException.ThrowIfNull(w, "weight");
        string layout = dims == 1 ? "l" : "h, w", kernel = dims == 1 ? "k" : "kh, kw";
        if (w.Ndim != dims + 2 || w.Numel() == 0)
            throw new ArgumentException($"{op}: the weight has shape [{(transposed ? "in, out/groups" : "out, in/groups")}, {kernel}], got {w.Shape}.", "weight");
        if (groups < 1 || w.Shape[0] % groups != 0)
            throw new ArgumentException($"{op}: the {w.Shape[0]} {(transposed ? "input" : "output")} channels of the weight {w.Shape} do not fall into {groups} groups.", nameof(groups));
        var (channels, outputs) = transposed ? (w.Shape[0], w.Shape[1] * groups) : (w.Shape[1] * groups, w.Shape[0]);

        if (x.Ndim != dims + 2 && x.Ndim != dims + 1)
            throw new ArgumentException($"{op}: expected an input [n, {channels}, {layout}] (or [{channels}, {layout}] for one), got shape {x.Shape}.{RankHint(dims, x, channels)}", "input");
        if (x.Shape[^(dims + 1)] != channels)
        {
            throw new ArgumentException(
                $"{op}: an input of shape {x.Shape} has {x.Shape[^(dims + 1)]} channels, but a weight of shape {w.Shape}{(groups == 1 ? "" : $" with {groups} groups")} takes {channels}.{ChannelHint(dims, x, channels)}", "input");
        }
        if (bias is not null && (bias.Ndim != 1 || bias.Shape[0] != outputs))
            throw new ArgumentException($"{op}: the bias must have shape [{outputs}], one number per output channel of the weight {w.Shape}, got {bias.Shape}.", nameof(bias));
        if (!w.DType.IsFloat()) throw Errors.DType(op, w.DType, "floating-point tensors");
        if (x.DType != w.DType || bias is not null && bias.DType != w.DType)
            throw new ArgumentException($"{op}: input {x.DType}, weight {w.DType}{(bias is null ? "" : $" and bias {bias.DType}")} differ in dtype.  Convert the input with .To(DType.{w.DType}){(x.DType.IsFloat() ? $", or the module with .To(DType.{x.DType})" : "")}.", "input");
    }

    private static string RankHint(int dims, Tensor x, int channels)
    {
        if (x.Ndim != 2 || dims != 2 || x.Shape[1] % channels != 0) return "";
        int side = (int)Math.Sqrt(x.Shape[1] / channels);
        string image = side * side * channels == x.Shape[1] ? $"{side}, {side}" : "h, w";
        return $"  Are these flattened images?  Give them their shape back: x.Unflatten(1, [{channels}, {image}]).";
    }

    private static string ChannelHint(int dims, Tensor x, int channels)
    {
        if (channels == 1 && x.Ndim == dims + 1) return $"  For a batch of {x.Shape[0]} without a channel dimension: x.Unsqueeze(1).";
        if (x.Shape[^1] != channels) return "";
        string order = string.Join(", ", x.Ndim == dims + 2 ? dims == 2 ? [0, 3, 1, 2] : [0, 2, 1] : dims == 2 ? [2, 0, 1] : (int[])[1, 0]);
        return $"  Channels come before the {(dims == 1 ? "length" : "height and width")}: x.Permute({order}).";
    }
}

/// <remarks>
/// Convolution is one sum of products, y[k] += x[i]·w[j] over some triples (i, j, k). Of the three factors each can be asked for: y, dx from dy
/// and w, dw from x and dy. So each of the three ops below has the other two as its derivatives.
/// </remarks>
internal static partial class Ops
{
    internal sealed class Convolution : Node
    {
        private readonly ConvolutionShape shape;

        internal static Tensor Of(Tensor x, Tensor w, Tensor? bias, in ConvolutionShape s)
        {
            var y = new Tensor([s.Batch, s.Groups * s.Outputs, s.Y.Output, s.X.Output], x.DType);
            Tensor dense = x.Detach().Contiguous(), weight = w.Detach().Contiguous();
            var b = bias?.Detach().Contiguous();
            Dispatch.Floats(y.DType, new Kernel(dense, weight, b, y, s), dense, weight, b, y);
            bool recording = bias is null ? Tensor.Recording(x, w) : Tensor.Recording(x, w, bias);
            if (!recording) return y;
            return y.Record(bias is null ? new Convolution(x, w, s) : new Convolution(x, w, bias, s));
        }

        private readonly struct Kernel(Tensor x, Tensor w, Tensor? b, Tensor y, ConvolutionShape s) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.Convolution.Forward(s, x.Flat<T>(), w.Flat<T>(), b is null ? default(ReadOnlySpan<T>) : b.Flat<T>(), y.Flat<T>());
        }

        private Convolution(Tensor x, Tensor w, in ConvolutionShape s)
            : base(x, w)
        {
            shape = s;
            Save(x, w);
        }

        private Convolution(Tensor x, Tensor w, Tensor b, in ConvolutionShape s)
            : base(x, w, b)
        {
            shape = s;
            Save(x, w);
        }

        private void Save(Tensor x, Tensor w)
        {
            Save(w.RequiresGrad ? x : null);
            Save(x.RequiresGrad ? w : null);
        }

        // y[k] = b + Σ x[i]·w[j]   ⇒   dx[i] = Σ dy[k]·w[j],   dw[j] = Σ x[i]·dy[k],   db = Σ dy over images and positions
        protected override Grads Backward(Tensor dy)
        {
            var dx = NeedsA ? ConvolutionInput.Of(dy, B, shape) : null;
            var dw = NeedsB ? ConvolutionWeight.Of(A, dy, shape) : null;
            return EdgeCount == 2 ? [dx, dw] : [dx, dw, NeedsC ? dy.Sum([2, 3]).Sum(0) : null];
        }
    }

    internal sealed class ConvolutionInput : Node
    {
        private readonly ConvolutionShape shape;

        internal static Tensor Of(Tensor dy, Tensor w, in ConvolutionShape s)
        {
            var dx = new Tensor([s.Batch, s.Groups * s.Channels, s.Y.Size, s.X.Size], dy.DType);
            Tensor dense = dy.Detach().Contiguous(), weight = w.Detach().Contiguous();
            Dispatch.Floats(dx.DType, new Kernel(dense, weight, dx, s), dense, weight, dx);
            return Tensor.Recording(dy, w) ? dx.Record(new ConvolutionInput(dy, w, s)) : dx;
        }

        private readonly struct Kernel(Tensor dy, Tensor w, Tensor dx, ConvolutionShape s) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.Convolution.Input(s, dy.Flat<T>(), w.Flat<T>(), dx.Flat<T>());
        }

        private ConvolutionInput(Tensor dy, Tensor w, in ConvolutionShape s)
            : base(dy, w)
        {
            shape = s;
            Save(w.RequiresGrad ? dy : null);
            Save(dy.RequiresGrad ? w : null);
        }

        // x[i] = Σ y[k]·w[j]   ⇒   dy[k] = Σ dx[i]·w[j],   dw[j] = Σ dx[i]·y[k]
        protected override Grads Backward(Tensor dx) =>
            [NeedsA ? Convolution.Of(dx, B, null, shape) : null, NeedsB ? ConvolutionWeight.Of(dx, A, shape) : null];
    }

    internal sealed class ConvolutionWeight : Node
    {
        private readonly ConvolutionShape shape;

        internal static Tensor Of(Tensor x, Tensor dy, in ConvolutionShape s)
        {
            var dw = new Tensor([s.Groups * s.Outputs, s.Channels, s.Y.Kernel, s.X.Kernel], x.DType);
            Tensor dense = x.Detach().Contiguous(), other = dy.Detach().Contiguous();
            Dispatch.Floats(dw.DType, new Kernel(dense, other, dw, s), dense, other, dw);
            return Tensor.Recording(x, dy) ? dw.Record(new ConvolutionWeight(x, dy, s)) : dw;
        }

        private readonly struct Kernel(Tensor x, Tensor dy, Tensor dw, ConvolutionShape s) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.Convolution.Weight(s, x.Flat<T>(), dy.Flat<T>(), dw.Flat<T>());
        }

        private ConvolutionWeight(Tensor x, Tensor dy, in ConvolutionShape s)
            : base(x, dy)
        {
            shape = s;
            Save(dy.RequiresGrad ? x : null);
            Save(x.RequiresGrad ? dy : null);
        }

        // w[j] = Σ x[i]·y[k]   ⇒   dx[i] = Σ y[k]·dw[j],   dy[k] = Σ x[i]·dw[j]
        protected override Grads Backward(Tensor dw) =>
            [NeedsA ? ConvolutionInput.Of(B, dw, shape) : null, NeedsB ? Convolution.Of(A, dw, null, shape) : null];
    }
}
