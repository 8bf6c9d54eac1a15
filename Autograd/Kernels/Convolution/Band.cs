using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Some rows of an image, laid out so that a convolution becomes a product of matrices of which none has to be built.
/// </summary>
/// <remarks>
/// <para>The rows are padded with zeros to the width <see cref="Pitch"/>, and the outputs are counted with the same pitch: output (row, column) is
/// position p = row·pitch + column. Then tap k of position p meets <c>band[offset[k] + p]</c>, whatever p is, and vectors run over the positions
/// as if there were one long row. The price are the junk positions at the end of every row.</para>
/// <para>A stride s would tear the neighbours apart. So the elements are sorted by their phase, the remainder of row and column by s: within a
/// phase the inputs of neighbouring windows are neighbours again, and a tap is a choice of phase and a shift.</para>
/// </remarks>
internal readonly unsafe struct Band
{
    private readonly ConvolutionShape shape;
    private readonly int plane;                             // elements of one phase of one channel

    /// <param name="shape">The convolution.</param>
    /// <param name="rows">Rows of the output.</param>
    internal Band(in ConvolutionShape shape, int rows)
    {
        this.shape = shape;
        Rows = rows;
        Pitch = Width(shape);
        plane = (rows + shape.Y.Reach / shape.Y.Stride) * Pitch;
    }

    /// <summary>Rows of the output at most.</summary>
    internal int Rows { get; }

    /// <summary>Positions from one row to the next, of the output as of a phase.</summary>
    internal int Pitch { get; }

    /// <summary>Elements of one channel, all phases.</summary>
    internal int ChannelSize => shape.Y.Stride * shape.X.Stride * plane;

    /// <summary>The positions of some rows of outputs, without the junk of the last.</summary>
    internal int Positions(int rows) => (rows - 1) * Pitch + shape.X.Output;

    /// <summary>The band of as many rows as fit into so many elements, all about the same.</summary>
    internal static Band Fitting(in ConvolutionShape shape, int channels, long elements)
    {
        long perRow = (long)channels * shape.Y.Stride * shape.X.Stride * Width(shape);
        int most = (int)Math.Clamp(elements / perRow - shape.Y.Reach / shape.Y.Stride, 1, shape.Y.Output);
        int bands = (shape.Y.Output + most - 1) / most;
        return new(shape, (shape.Y.Output + bands - 1) / bands);
    }

    private static int Width(in ConvolutionShape shape) => shape.X.Output + shape.X.Reach / shape.X.Stride;

    /// <summary>Where each tap of the first position lies, for some channels.</summary>
    internal void Offsets(nint* offset, int channels)
    {
        for (int channel = 0; channel < channels; channel++)
            for (int ky = 0; ky < shape.Y.Kernel; ky++)
                for (int kx = 0; kx < shape.X.Kernel; kx++)
                {
                    var (shiftY, phaseY) = Math.DivRem(ky * shape.Y.Dilation, shape.Y.Stride);
                    var (shiftX, phaseX) = Math.DivRem(kx * shape.X.Dilation, shape.X.Stride);
                    *offset++ = (nint)channel * ChannelSize + (phaseY * shape.X.Stride + phaseX) * plane + shiftY * Pitch + shiftX;
                }
    }

    /// <summary>Copies what the rows of outputs from <paramref name="firstRow"/> on see of some channels of an image.</summary>
    internal void Fill<T>(T* image, int channels, int firstRow, int rows, T* band)
        where T : unmanaged => Visit<Filling, T>(image, channels, firstRow, rows, band);

    /// <summary>The way back: the band's elements to the image, the padding dropped. What no window sees is left alone.</summary>
    internal void Drain<T>(T* band, int channels, T* image)
        where T : unmanaged => Visit<Draining, T>(image, channels, 0, Rows, band);

    private interface ITransfer
    {
        /// <summary>Moves a row of the band, of which the columns from <paramref name="from"/> to <paramref name="to"/> are in the image.</summary>
        static abstract void Row<T>(T* band, int from, int to, int pitch, T* image, int stride)
            where T : unmanaged;
    }

    private readonly struct Filling : ITransfer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void ITransfer.Row<T>(T* band, int from, int to, int pitch, T* image, int stride)
        {
            for (int i = 0; i < from; i++) band[i] = default;
            if (stride == 1) new ReadOnlySpan<T>(image, to - from).CopyTo(new(band + from, to - from));
            else
                for (int i = from; i < to; i++) band[i] = image[(nint)(i - from) * stride];
            for (int i = to; i < pitch; i++) band[i] = default;
        }
    }

    private readonly struct Draining : ITransfer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void ITransfer.Row<T>(T* band, int from, int to, int pitch, T* image, int stride)
        {
            if (stride == 1) new ReadOnlySpan<T>(band + from, to - from).CopyTo(new(image, to - from));
            else
                for (int i = from; i < to; i++) image[(nint)(i - from) * stride] = band[i];
        }
    }

    [MethodImpl(Compile.Kernel)]
    private void Visit<TTransfer, T>(T* image, int channels, int firstRow, int rows, T* band)
        where TTransfer : struct, ITransfer
        where T : unmanaged
    {
        Axis y = shape.Y, x = shape.X;
        int seen = rows + y.Reach / y.Stride;
        for (int channel = 0; channel < channels; channel++, image += shape.InputPlane)
            for (int phaseY = 0; phaseY < y.Stride; phaseY++)
                for (int phaseX = 0; phaseX < x.Stride; phaseX++, band += plane)
                {
                    if (!Meets(y, phaseY) || !Meets(x, phaseX)) continue;
                    // column q of this phase is element q·stride + phase − padding of the image's row
                    int from = Math.Clamp(CeilingDivide(x.Padding - phaseX, x.Stride), 0, Pitch);
                    int to = Math.Clamp(CeilingDivide(x.Size + x.Padding - phaseX, x.Stride), from, Pitch);
                    for (int r = 0; r < seen; r++)
                    {
                        int row = (firstRow + r) * y.Stride + phaseY - y.Padding;
                        if (row < 0 || row >= y.Size) TTransfer.Row(band + r * Pitch, 0, 0, Pitch, image, x.Stride);
                        else TTransfer.Row(band + r * Pitch, from, to, Pitch, image + (nint)row * x.Size + from * x.Stride + phaseX - x.Padding, x.Stride);
                    }
                }
    }

    /// <summary>Whether some tap falls on this phase.</summary>
    private static bool Meets(in Axis axis, int phase)
    {
        for (int k = 0; k < axis.Kernel; k++)
            if (k * axis.Dilation % axis.Stride == phase) return true;
        return false;
    }

    private static int CeilingDivide(int x, int y) => x > 0 ? (x + y - 1) / y : -(-x / y);
}
