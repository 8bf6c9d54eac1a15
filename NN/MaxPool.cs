using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>The largest element of each window: <c>[n, c, l] → [n, c, l′]</c>, or <c>[c, l] → [c, l′]</c>. Of equal ones the first gets the gradient.</summary>
    /// <param name="input">Sequences with channels; a float dtype.</param>
    /// <param name="kernelSize">The length of the window.</param>
    /// <param name="stride">Elements from a window to the next; by default the window's length.</param>
    /// <param name="padding">How far windows may stick out on both sides, at most half of their length. Nothing there is ever the largest.</param>
    /// <param name="dilation">Elements from one of the window to the next.</param>
    /// <param name="ceilMode">True for a last window that sticks out at the end.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor MaxPool1d(Tensor input, int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false)
        => MaxPool1dWithIndices(input, kernelSize, stride, padding, dilation, ceilMode).Values;

    /// <summary>As <see cref="MaxPool1d"/>, with the index along the input of each largest element.</summary>
    /// <inheritdoc cref="MaxPool1d"/>
    public static ValuesIndices MaxPool1dWithIndices(Tensor input, int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false)
    {
        var windows = SlidingWindows("MaxPool1d", 1, input, (1, kernelSize), (1, stride ?? kernelSize), (0, padding), (1, dilation), ceilMode);
        var (values, indices) = Ops.MaxPool.Of(input.Unsqueeze(-2), windows);
        return new(values.Squeeze(-2), indices.Squeeze(-2));
    }

    /// <summary>The largest element of each window: <c>[n, c, h, w] → [n, c, h′, w′]</c>, or <c>[c, h, w] → [c, h′, w′]</c>. Of equal ones the first gets the gradient.</summary>
    /// <param name="input">Images with channels; a float dtype.</param>
    /// <param name="kernelSize">The size of the window: <c>2</c> or <c>(2, 3)</c>.</param>
    /// <param name="stride">Elements from a window to the next; by default the window's size.</param>
    /// <param name="padding">How far windows may stick out on both sides, at most half of their size; by default 0. Nothing there is ever the largest.</param>
    /// <param name="dilation">Elements from one of the window to the next; by default 1.</param>
    /// <param name="ceilMode">True for a last window that sticks out at the end.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor MaxPool2d(Tensor input, Pair kernelSize, Pair? stride = null, Pair? padding = null, Pair? dilation = null, bool ceilMode = false)
        => MaxPool2dWithIndices(input, kernelSize, stride, padding, dilation, ceilMode).Values;

    /// <summary>As <see cref="MaxPool2d"/>, with the index of each largest element in its plane: row · w + column.</summary>
    /// <inheritdoc cref="MaxPool2d"/>
    public static ValuesIndices MaxPool2dWithIndices(Tensor input, Pair kernelSize, Pair? stride = null, Pair? padding = null, Pair? dilation = null, bool ceilMode = false)
        => Ops.MaxPool.Of(input, SlidingWindows("MaxPool2d", 2, input, kernelSize, stride ?? kernelSize, padding ?? 0, dilation ?? 1, ceilMode));

    /// <summary>The largest elements of <paramref name="outputSize"/> windows that together cover the input: <c>[n, c, l] → [n, c, outputSize]</c>.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdaptiveMaxPool1d(Tensor input, int outputSize)
        => Ops.MaxPool.Of(input.Unsqueeze(-2), AdaptiveWindows("AdaptiveMaxPool1d", 1, input, (1, outputSize))).Values.Squeeze(-2);

    /// <summary>The largest elements of windows that together cover the input: <c>[n, c, h, w] → [n, c, outputSize, outputSize]</c>.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdaptiveMaxPool2d(Tensor input, int outputSize) => AdaptiveMaxPool2d(input, (outputSize, outputSize));

    /// <summary>The largest elements of windows that together cover the input: <c>[n, c, h, w] → [n, c, y, x]</c>; null keeps a size.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdaptiveMaxPool2d(Tensor input, (int? Y, int? X) outputSize)
        => Ops.MaxPool.Of(input, AdaptiveWindows("AdaptiveMaxPool2d", 2, input, outputSize)).Values;

    /// <summary>What each row and each column of the output of a pooling covers; and how the windows slide over the columns, if all are of one size.</summary>
    internal readonly record struct PoolingWindows(Window[] Rows, Window[] Columns, Axis? Sliding = null);

    private static PoolingWindows SlidingWindows(
        string op, int dims, Tensor input, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceilMode, bool countPadding = false)
    {
        CheckPooled(op, dims, input);
        CheckSteps(op, [stride.Y, stride.X], [padding.Y, padding.X], [dilation.Y, dilation.X]);
        if (kernel.Y < 1 || kernel.X < 1) throw new ArgumentOutOfRangeException("kernelSize", kernel.ToString(), $"{op}: a window has at least one element, got {kernel}.");
        if (padding.Y > kernel.Y / 2 || padding.X > kernel.X / 2)
            throw new ArgumentException($"{op}: a padding of at most half of the window, got padding {(dims == 1 ? padding.X : padding)} with a window of {(dims == 1 ? kernel.X : kernel)}.", nameof(padding));

        int height = dims == 1 ? 1 : input.Shape[^2], width = input.Shape[^1];
        var rows = Window.Sliding(height, kernel.Y, stride.Y, padding.Y, dilation.Y, ceilMode, countPadding);
        var columns = Window.Sliding(width, kernel.X, stride.X, padding.X, dilation.X, ceilMode, countPadding);
        if (rows.Length == 0 || columns.Length == 0)
        {
            string size = dims == 1 ? $"{width}" : $"{height}×{width}", window = dims == 1 ? $"{kernel.X}" : $"{kernel.Y}×{kernel.X}";
            throw new ArgumentException($"{op}: a window of {window} does not fit into an input of {size}, shape {input.Shape}.  Pool less before, or use AdaptiveAvgPool{dims}d.", nameof(input));
        }
        if (rows.Concat(columns).Any(static w => w.Start >= w.End))
            throw new ArgumentException($"{op}: with a window of {kernel}, padding {padding} and dilation {dilation}, some windows meet nothing of an input of shape {input.Shape}.  Pad or dilate less.", nameof(input));
        return new(rows, columns, new Axis(width, kernel.X, stride.X, padding.X, dilation.X, columns.Length));
    }

    private static PoolingWindows AdaptiveWindows(string op, int dims, Tensor input, (int? Y, int? X) outputSize)
    {
        CheckPooled(op, dims, input);
        int height = dims == 1 ? 1 : input.Shape[^2], width = input.Shape[^1], y = outputSize.Y ?? height, x = outputSize.X ?? width;
        if (y < 0 || x < 0) throw new ArgumentOutOfRangeException(nameof(outputSize), $"{op}: an output size is not negative, got {outputSize}.");
        return new(Window.Adaptive(height, y), Window.Adaptive(width, x));
    }

    private static void CheckPooled(string op, int dims, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        string layout = dims == 1 ? "l" : "h, w";
        if (input.Ndim != dims + 1 && input.Ndim != dims + 2)
            throw new ArgumentException($"{op}: expected an input [n, c, {layout}] (or [c, {layout}] for one), got shape {input.Shape}.{(input.Ndim == dims ? "  For a single channel: x.Unsqueeze(0)." : "")}", nameof(input));
        if (!input.DType.IsFloat()) throw Errors.DType(op, input.DType, "a floating-point input");
        if (input.Shape.Span[^(dims + 1)..].Contains(0)) throw new ArgumentException($"{op}: an input of shape {input.Shape} has nothing to pool.", nameof(input));
    }
}

internal static partial class Ops
{
    internal sealed class MaxPool : Node
    {
        private readonly Shape shape;

        internal static ValuesIndices Of(Tensor x, Functional.PoolingWindows windows)
        {
            Shape shape = [.. x.Shape.Span[..^2], windows.Rows.Length, windows.Columns.Length];
            Tensor y = new(shape, x.DType), index = new(shape, DType.Int64), dense = x.Detach().Contiguous();
            if (y.Count > 0) Dispatch.Floats(x.DType, new Kernel(dense, windows, y, index), dense, y, index);
            return new(Tensor.Recording(x) ? y.Record(new MaxPool(x, index)) : y, index);
        }

        private readonly struct Kernel(Tensor x, Functional.PoolingWindows windows, Tensor y, Tensor index) : IFloatKernel
        {
            void IFloatKernel.Run<T>()
            {
                int height = x.Shape[^2], width = x.Shape[^1];
                if (windows.Sliding is { } columns && height * width <= Kernels.MaxPool.LargestPlane) Kernels.MaxPool.Sliding(x.Flat<T>(), height, width, windows.Rows, columns, y.Flat<T>(), index.Flat<long>());
                else Kernels.MaxPool.Any(x.Flat<T>(), height, width, windows.Rows, windows.Columns, y.Flat<T>(), index.Flat<long>());
            }
        }

        private MaxPool(Tensor x, Tensor index)
            : base(x)
        {
            shape = x.Shape;
            Save(index);
        }

        // y[k] = x[i], i = index[k]   ⇒   dx[i] = Σ dy[k] over the k with i = index[k]
        protected override Grads Backward(Tensor dy) => MaxPoolInput.Of(dy, A, shape);
    }

    internal sealed class MaxPoolInput : Node
    {
        internal static Tensor Of(Tensor dy, Tensor index, Shape shape)
        {
            Tensor dx = new(shape, dy.DType), dense = dy.Detach().Contiguous();
            Dispatch.Floats(dy.DType, new Kernel(dense, index, dx), dense, index, dx);
            return Tensor.Recording(dy) ? dx.Record(new MaxPoolInput(dy, index)) : dx;
        }

        private readonly struct Kernel(Tensor dy, Tensor index, Tensor dx) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.MaxPool.Backward(
                dy.Flat<T>(), index.Flat<long>(), dx.Shape[^2] * dx.Shape[^1], Math.Max(dy.Shape[^2] * dy.Shape[^1], 1), dx.Flat<T>());
        }

        private MaxPoolInput(Tensor dy, Tensor index)
            : base(dy) => Save(index);

        // x[i] = Σ y[k] over the k with i = index[k]   ⇒   dy[k] = dx[index[k]]
        protected override Grads Backward(Tensor dx) => dx.Flatten(-2).Gather(-1, A.Flatten(-2)).Reshape(A.Shape);
    }
}

/// <summary>The largest element of each window: <see cref="Functional.MaxPool1d"/>.</summary>
/// <param name="kernelSize">The length of the window.</param>
/// <param name="stride">Elements from a window to the next; by default the window's length.</param>
/// <param name="padding">How far windows may stick out on both sides.</param>
/// <param name="dilation">Elements from one of the window to the next.</param>
/// <param name="ceilMode">True for a last window that sticks out at the end.</param>
/// <remarks>For the indices too, PyTorch's <c>return_indices</c>, see <see cref="Functional.MaxPool1dWithIndices"/>.</remarks>
public class MaxPool1d(int kernelSize, int? stride = null, int padding = 0, int dilation = 1, bool ceilMode = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"kernel_size={kernelSize}, stride={stride ?? kernelSize}, padding={padding}, dilation={dilation}, ceil_mode={ceilMode}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.MaxPool1d(x, kernelSize, stride, padding, dilation, ceilMode);
}

/// <summary>The largest element of each window: <see cref="Functional.MaxPool2d"/>.</summary>
/// <param name="kernelSize">The size of the window: <c>2</c> or <c>(2, 3)</c>.</param>
/// <param name="stride">Elements from a window to the next; by default the window's size.</param>
/// <param name="padding">How far windows may stick out on both sides; by default 0.</param>
/// <param name="dilation">Elements from one of the window to the next; by default 1.</param>
/// <param name="ceilMode">True for a last window that sticks out at the end.</param>
/// <remarks>For the indices too, PyTorch's <c>return_indices</c>, see <see cref="Functional.MaxPool2dWithIndices"/>.</remarks>
public class MaxPool2d(Pair kernelSize, Pair? stride = null, Pair? padding = null, Pair? dilation = null, bool ceilMode = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"kernel_size={kernelSize}, stride={stride ?? kernelSize}, padding={padding ?? 0}, dilation={dilation ?? 1}, ceil_mode={ceilMode}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.MaxPool2d(x, kernelSize, stride, padding, dilation, ceilMode);
}

/// <summary>The largest elements of so many windows: <see cref="Functional.AdaptiveMaxPool1d"/>.</summary>
/// <param name="outputSize">The number of windows.</param>
public class AdaptiveMaxPool1d(int outputSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"output_size={outputSize}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.AdaptiveMaxPool1d(x, outputSize);
}

/// <summary>The largest elements of so many windows: <see cref="Functional.AdaptiveMaxPool2d(Tensor, int)"/>.</summary>
public class AdaptiveMaxPool2d : Module<Tensor, Tensor>
{
    private readonly (int? Y, int? X) outputSize;
    private readonly string text;

    /// <summary>As many rows as columns.</summary>
    public AdaptiveMaxPool2d(int outputSize) => (this.outputSize, text) = ((outputSize, outputSize), $"{outputSize}");

    /// <summary>So many rows and columns; null keeps a size.</summary>
    public AdaptiveMaxPool2d((int? Y, int? X) outputSize) => (this.outputSize, text) = (outputSize, $"({outputSize.Y?.ToString() ?? "None"}, {outputSize.X?.ToString() ?? "None"})");

    /// <inheritdoc/>
    public override string ExtraRepr() => $"output_size={text}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.AdaptiveMaxPool2d(x, outputSize);
}
