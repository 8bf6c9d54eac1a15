using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>The mean of each window: <c>[n, c, l] → [n, c, l′]</c>, or <c>[c, l] → [c, l′]</c>.</summary>
    /// <param name="input">Sequences with channels; a float dtype.</param>
    /// <param name="kernelSize">The length of the window.</param>
    /// <param name="stride">Elements from a window to the next; by default the window's length.</param>
    /// <param name="padding">Zeros on both sides, at most half of the window's length.</param>
    /// <param name="ceilMode">True for a last window that sticks out at the end.</param>
    /// <param name="countIncludePad">Whether the zeros count in the mean.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AvgPool1d(Tensor input, int kernelSize, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true)
    {
        var windows = SlidingWindows("AvgPool1d", 1, input, (1, kernelSize), (1, stride ?? kernelSize), (0, padding), 1, ceilMode, countIncludePad);
        return Ops.AvgPool.Of(input.Unsqueeze(-2), windows, 0).Squeeze(-2);
    }

    /// <summary>The mean of each window: <c>[n, c, h, w] → [n, c, h′, w′]</c>, or <c>[c, h, w] → [c, h′, w′]</c>.</summary>
    /// <param name="input">Images with channels; a float dtype.</param>
    /// <param name="kernelSize">The size of the window: <c>2</c> or <c>(2, 3)</c>.</param>
    /// <param name="stride">Elements from a window to the next; by default the window's size.</param>
    /// <param name="padding">Zeros on both sides, at most half of the window's size; by default 0.</param>
    /// <param name="ceilMode">True for a last window that sticks out at the end.</param>
    /// <param name="countIncludePad">Whether the zeros count in the mean.</param>
    /// <param name="divisorOverride">What the sums are divided by, instead of the number of elements.</param>
    /// <exception cref="ArgumentException">The sizes do not fit, or the divisor is 0.</exception>
    public static Tensor AvgPool2d(
        Tensor input, Pair kernelSize, Pair? stride = null, Pair? padding = null, bool ceilMode = false, bool countIncludePad = true, int? divisorOverride = null)
    {
        if (divisorOverride == 0) throw new ArgumentException("AvgPool2d: the divisor must not be 0.", nameof(divisorOverride));
        return Ops.AvgPool.Of(input, SlidingWindows("AvgPool2d", 2, input, kernelSize, stride ?? kernelSize, padding ?? 0, 1, ceilMode, countIncludePad), divisorOverride ?? 0);
    }

    /// <summary>The means of <paramref name="outputSize"/> windows that together cover the input: <c>[n, c, l] → [n, c, outputSize]</c>.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdaptiveAvgPool1d(Tensor input, int outputSize)
        => Ops.AvgPool.Of(input.Unsqueeze(-2), AdaptiveWindows("AdaptiveAvgPool1d", 1, input, (1, outputSize)), 0).Squeeze(-2);

    /// <summary>The means of windows that together cover the input: <c>[n, c, h, w] → [n, c, outputSize, outputSize]</c>.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdaptiveAvgPool2d(Tensor input, int outputSize) => AdaptiveAvgPool2d(input, (outputSize, outputSize));

    /// <summary>The means of windows that together cover the input: <c>[n, c, h, w] → [n, c, y, x]</c>; null keeps a size.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Tensor AdaptiveAvgPool2d(Tensor input, (int? Y, int? X) outputSize)
        => Ops.AvgPool.Of(input, AdaptiveWindows("AdaptiveAvgPool2d", 2, input, outputSize), 0);
}

internal static partial class Ops
{
    internal sealed class AvgPool : Node
    {
        private readonly Shape shape;
        private readonly Functional.PoolingWindows windows;
        private readonly int divisor;

        internal static Tensor Of(Tensor x, Functional.PoolingWindows windows, int divisor)
        {
            var y = new Tensor([.. x.Shape.Span[..^2], windows.Rows.Length, windows.Columns.Length], x.DType);
            Tensor dense = x.Detach().Contiguous(), scratch = new([x.Shape[^1]], x.DType);
            if (y.Count > 0) Dispatch.Floats(x.DType, new Kernel(dense, windows, divisor, y, scratch), dense, y, scratch);
            return Tensor.Recording(x) ? y.Record(new AvgPool(x, windows, divisor)) : y;
        }

        private readonly struct Kernel(Tensor x, Functional.PoolingWindows windows, int divisor, Tensor y, Tensor scratch) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.AvgPool.Forward(
                x.Flat<T>(), x.Shape[^2], x.Shape[^1], windows.Rows, windows.Columns, divisor, y.Flat<T>(), scratch.Flat<T>());
        }

        private AvgPool(Tensor x, Functional.PoolingWindows windows, int divisor)
            : base(x) => (shape, this.windows, this.divisor) = (x.Shape, windows, divisor);

        // y = Σ x over the window / size   ⇒   dx = Σ dy / size over the windows that see it
        protected override Grads Backward(Tensor dy) => AvgPoolInput.Of(dy, shape, windows, divisor);
    }

    internal sealed class AvgPoolInput : Node
    {
        private readonly Functional.PoolingWindows windows;
        private readonly int divisor;

        internal static Tensor Of(Tensor dy, Shape shape, Functional.PoolingWindows windows, int divisor)
        {
            var dx = new Tensor(shape, dy.DType);
            Tensor dense = dy.Detach().Contiguous(), scratch = new([shape[^1]], dy.DType);
            Dispatch.Floats(dy.DType, new Kernel(dense, windows, divisor, dx, scratch), dense, dx, scratch);
            return Tensor.Recording(dy) ? dx.Record(new AvgPoolInput(dy, windows, divisor)) : dx;
        }

        private readonly struct Kernel(Tensor dy, Functional.PoolingWindows windows, int divisor, Tensor dx, Tensor scratch) : IFloatKernel
        {
            void IFloatKernel.Run<T>() => Kernels.AvgPool.Backward(
                dy.Flat<T>(), dx.Shape[^2], dx.Shape[^1], windows.Rows, windows.Columns, divisor, dx.Flat<T>(), scratch.Flat<T>());
        }

        private AvgPoolInput(Tensor dy, Functional.PoolingWindows windows, int divisor)
            : base(dy) => (this.windows, this.divisor) = (windows, divisor);

        // x = Aᵀ·y, A being the averages above   ⇒   dy = A·dx
        protected override Grads Backward(Tensor dx) => AvgPool.Of(dx, windows, divisor);
    }
}

/// <summary>The mean of each window: <see cref="Functional.AvgPool1d"/>.</summary>
/// <param name="kernelSize">The length of the window.</param>
/// <param name="stride">Elements from a window to the next; by default the window's length.</param>
/// <param name="padding">Zeros on both sides.</param>
/// <param name="ceilMode">True for a last window that sticks out at the end.</param>
/// <param name="countIncludePad">Whether the zeros count in the mean.</param>
public class AvgPool1d(int kernelSize, int? stride = null, int padding = 0, bool ceilMode = false, bool countIncludePad = true) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"kernel_size=({kernelSize},), stride=({stride ?? kernelSize},), padding=({padding},)";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.AvgPool1d(x, kernelSize, stride, padding, ceilMode, countIncludePad);
}

/// <summary>The mean of each window: <see cref="Functional.AvgPool2d"/>.</summary>
/// <param name="kernelSize">The size of the window: <c>2</c> or <c>(2, 3)</c>.</param>
/// <param name="stride">Elements from a window to the next; by default the window's size.</param>
/// <param name="padding">Zeros on both sides; by default 0.</param>
/// <param name="ceilMode">True for a last window that sticks out at the end.</param>
/// <param name="countIncludePad">Whether the zeros count in the mean.</param>
/// <param name="divisorOverride">What the sums are divided by, instead of the number of elements.</param>
public class AvgPool2d(
    Pair kernelSize, Pair? stride = null, Pair? padding = null, bool ceilMode = false, bool countIncludePad = true, int? divisorOverride = null) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"kernel_size={kernelSize}, stride={stride ?? kernelSize}, padding={padding ?? 0}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.AvgPool2d(x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
}

/// <summary>The means of so many windows: <see cref="Functional.AdaptiveAvgPool1d"/>.</summary>
/// <param name="outputSize">The number of windows.</param>
public class AdaptiveAvgPool1d(int outputSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"output_size={outputSize}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.AdaptiveAvgPool1d(x, outputSize);
}

/// <summary>The means of so many windows: <see cref="Functional.AdaptiveAvgPool2d(Tensor, int)"/>.</summary>
public class AdaptiveAvgPool2d : Module<Tensor, Tensor>
{
    private readonly (int? Y, int? X) outputSize;
    private readonly string text;

    /// <summary>As many rows as columns.</summary>
    public AdaptiveAvgPool2d(int outputSize) => (this.outputSize, text) = ((outputSize, outputSize), $"{outputSize}");

    /// <summary>So many rows and columns; null keeps a size.</summary>
    public AdaptiveAvgPool2d((int? Y, int? X) outputSize) => (this.outputSize, text) = (outputSize, $"({outputSize.Y?.ToString() ?? "None"}, {outputSize.X?.ToString() ?? "None"})");

    /// <inheritdoc/>
    public override string ExtraRepr() => $"output_size={text}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.AdaptiveAvgPool2d(x, outputSize);
}
