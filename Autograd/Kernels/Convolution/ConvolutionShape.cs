namespace MiniTorch.Kernels;

/// <summary>One dimension of a convolution: window o meets, with its tap k, the element <see cref="At"/>(o, k) of the input.</summary>
/// <param name="Size">Elements of the input.</param>
/// <param name="Kernel">Taps of a window.</param>
/// <param name="Stride">Elements from a window to the next.</param>
/// <param name="Padding">Zeros in front of the input; a negative number skips elements.</param>
/// <param name="Dilation">Elements from a tap to the next.</param>
/// <param name="Output">Windows.</param>
internal readonly record struct Axis(int Size, int Kernel, int Stride, int Padding, int Dilation, int Output)
{
    /// <summary>As many windows as fit into the padded input.</summary>
    internal static Axis Of(int size, int kernel, int stride, int padding, int dilation)
        => new(size, kernel, stride, padding, dilation, (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1);

    /// <summary>The distance from the first tap of a window to the last.</summary>
    internal int Reach => (Kernel - 1) * Dilation;

    /// <summary>May lie outside of the input: there are zeros.</summary>
    internal int At(int window, int tap) => window * Stride - Padding + tap * Dilation;
}

/// <summary>
/// The sizes of a convolution: input <c>[batch, groups · channels, y.Size, x.Size]</c>, weight
/// <c>[groups · outputs, channels, y.Kernel, x.Kernel]</c>, output <c>[batch, groups · outputs, y.Output, x.Output]</c>.
/// </summary>
/// <param name="Batch">Images.</param>
/// <param name="Groups">Groups of channels, each with its own outputs.</param>
/// <param name="Channels">Input channels of one group.</param>
/// <param name="Outputs">Output channels of one group.</param>
/// <param name="Y">The rows.</param>
/// <param name="X">The columns.</param>
internal readonly record struct ConvolutionShape(int Batch, int Groups, int Channels, int Outputs, Axis Y, Axis X)
{
    /// <summary>Terms of the sum behind one output.</summary>
    internal int Taps => Channels * Y.Kernel * X.Kernel;

    /// <summary>Elements of one channel of the input.</summary>
    internal int InputPlane => Y.Size * X.Size;

    /// <summary>Elements of one channel of the output.</summary>
    internal int OutputPlane => Y.Output * X.Output;

    internal long InputCount => (long)Batch * Groups * Channels * InputPlane;

    internal long WeightCount => (long)Groups * Outputs * Taps;

    internal long OutputCount => (long)Batch * Groups * Outputs * OutputPlane;
}
