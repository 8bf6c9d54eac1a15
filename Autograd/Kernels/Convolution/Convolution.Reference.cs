using System.Numerics;

namespace MiniTorch.Kernels;

internal static unsafe partial class Convolution
{
    /// <summary>
    /// The definition. A convolution is a sum of products x[i]·w[j] that belong to y[k]; these are the triples (i, j, k). The tests hold every
    /// fast path against it.
    /// </summary>
    internal static IEnumerable<(int X, int W, int Y)> Terms(ConvolutionShape s)
    {
        for (int image = 0; image < s.Batch; image++)
            for (int group = 0; group < s.Groups; group++)
                for (int output = 0; output < s.Outputs; output++)
                    for (int channel = 0; channel < s.Channels; channel++)
                        for (int row = 0; row < s.Y.Output; row++)
                            for (int column = 0; column < s.X.Output; column++)
                                for (int ky = 0; ky < s.Y.Kernel; ky++)
                                    for (int kx = 0; kx < s.X.Kernel; kx++)
                                    {
                                        int y = s.Y.At(row, ky), x = s.X.At(column, kx);
                                        if (y < 0 || y >= s.Y.Size || x < 0 || x >= s.X.Size) continue;
                                        yield return (
                                            (((image * s.Groups + group) * s.Channels + channel) * s.Y.Size + y) * s.X.Size + x,
                                            (((group * s.Outputs + output) * s.Channels + channel) * s.Y.Kernel + ky) * s.X.Kernel + kx,
                                            (((image * s.Groups + group) * s.Outputs + output) * s.Y.Output + row) * s.X.Output + column);
                                    }
    }

    internal static void ForwardReference<T>(in ConvolutionShape s, ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y)
        where T : INumberBase<T>
    {
        for (int k = 0; k < y.Length; k++) y[k] = bias.IsEmpty ? T.Zero : bias[k / s.OutputPlane % (s.Groups * s.Outputs)];
        foreach (var term in Terms(s)) y[term.Y] += x[term.X] * w[term.W];
    }

    internal static void InputReference<T>(in ConvolutionShape s, ReadOnlySpan<T> dy, ReadOnlySpan<T> w, Span<T> dx)
        where T : INumberBase<T>
    {
        dx.Clear();
        foreach (var term in Terms(s)) dx[term.X] += dy[term.Y] * w[term.W];
    }

    internal static void WeightReference<T>(in ConvolutionShape s, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dw)
        where T : INumberBase<T>
    {
        dw.Clear();
        foreach (var term in Terms(s)) dw[term.W] += x[term.X] * dy[term.Y];
    }
}
