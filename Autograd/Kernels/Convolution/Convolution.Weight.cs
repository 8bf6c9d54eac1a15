using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

internal static unsafe partial class Convolution
{
    /// <summary>Images whose products are added up in one go. The total is the sum of such parts, in order, whoever computed them.</summary>
    private const int ImagesPerPart = 8;

    /// <summary>Numbers in all parts together: of large weights, a part has more images.</summary>
    private const long PartsSize = 4_000_000;

    /// <summary>Bytes of the rows of dy under one tile, over several images: they stay in the L2 cache while all taps pass by.</summary>
    private const int TileBytes = 64 * 1024;

    /// <summary>dw[o, k] = Σₚ dy[o, p]·band[offset[k] + p], dy being 0 at the junk positions.</summary>
    private readonly struct WeightPass : IPass
    {
        static void IPass.Run<L, V, T>(in Factors<T> f)
        {
            var s = f.Shape;
            int images = (int)Math.Max(ImagesPerPart, s.Batch * s.WeightCount / PartsSize), count = Tiles(s.Batch, images);
            using var parts = new Scratch<T>(count * s.WeightCount);
            Team.Run(count, new Parts<L, V, T>(f, images, parts.Start));
            var sum = new Span<T>(f.W, (int)s.WeightCount);
            parts.Span[..sum.Length].CopyTo(sum);
            for (int part = 1; part < count; part++) TensorPrimitives.Add(sum, parts.Span.Slice(part * sum.Length, sum.Length), sum);
        }

        private readonly struct Parts<L, V, T>(Factors<T> f, int images, T* parts) : IChunks
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>
        {
            void IChunks.Run(int part)
            {
                T* dw = parts + part * f.Shape.WeightCount;
                new Span<T>(dw, (int)f.Shape.WeightCount).Clear();
                Part<L, V, T>(f, dw, part * images, Math.Min((part + 1) * images, f.Shape.Batch));
            }
        }

        /// <summary>Adds the products of some images to <paramref name="dw"/>.</summary>
        [MethodImpl(Compile.Kernel)]
        private static void Part<L, V, T>(in Factors<T> f, T* dw, int first, int end)
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>
        {
            var s = f.Shape;
            var layout = Band.Fitting(s, s.Channels, BandBytes / sizeof(T));
            int row = (layout.Positions(layout.Rows) + L.Count - 1) / L.Count * L.Count;
            int together = Math.Clamp(TileBytes / sizeof(T) / (L.TileRows * row), 1, end - first);
            nint xImage = (nint)s.Channels * layout.ChannelSize, dyImage = (nint)s.Outputs * row;
            using var band = new Scratch<T>(together * xImage + L.Count);
            using var wide = new Scratch<T>(together * dyImage);
            using var offsets = new Scratch<nint>(s.Taps);
            layout.Offsets(offsets.Start, s.Channels);
            band.Span.Clear();                                      // junk is multiplied by 0, and must not be NaN by chance
            wide.Span.Clear();                                      // that 0

            for (int image = first; image < end; image += together)
            {
                int images = Math.Min(together, end - image);
                for (int group = 0; group < s.Groups; group++)
                    for (int top = 0; top < s.Y.Output; top += layout.Rows)
                    {
                        int rows = Math.Min(layout.Rows, s.Y.Output - top);
                        if (rows < layout.Rows) wide.Span.Clear();
                        for (int i = 0; i < images; i++)
                        {
                            layout.Fill(f.InputOf(image + i, group), s.Channels, top, rows, band.Start + i * xImage);
                            AddJunk<L, V, T>(f.OutputOf(image + i, group) + (nint)top * s.X.Output, s, rows, layout.Pitch, wide.Start + i * dyImage, row);
                        }
                        int steps = (layout.Positions(rows) + L.Count - 1) / L.Count;
                        AddTiles<L, V, T>(s, images, steps, band.Start, xImage, offsets.Start, wide.Start, row, dyImage, dw + (nint)group * s.Outputs * s.Taps);
                    }
            }
        }

        [MethodImpl(Compile.Kernel)]
        private static void AddTiles<L, V, T>(
            in ConvolutionShape s, int images, int steps, T* x, nint xImage, nint* offsets, T* dy, int dyRow, nint dyImage, T* dw)
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>
        {
            T* sums = stackalloc T[ConvolutionTiles<L, V, T>.Sums];
            int tiles = Tiles(s.Outputs, L.TileRows);
            for (int tile = 0; tile < tiles; tile++)
            {
                int start = TileStart(tile, tiles, s.Outputs), count = TileStart(tile + 1, tiles, s.Outputs) - start;
                for (int k = 0; k < s.Taps; k += L.TileVectors)
                {
                    int taps = Math.Min(L.TileVectors, s.Taps - k);
                    ConvolutionTiles<L, V, T>.Weight(count, taps)(images, steps, x, xImage, offsets + k, dy + start * dyRow, dyRow, dyImage, sums);
                    for (int i = 0; i < count; i++)
                        for (int j = 0; j < taps; j++) dw[(nint)(start + i) * s.Taps + k + j] += sums[i * taps + j];
                }
            }
        }
    }

    /// <summary>Rows of outputs at the pitch of a band; what lies between them is left alone.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void AddJunk<L, V, T>(T* y, in ConvolutionShape s, int rows, int pitch, T* wide, int wideRow)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        int columns = s.X.Output;
        for (int output = 0; output < s.Outputs; output++, y += s.OutputPlane, wide += wideRow)
            for (int row = 0; row < rows; row++) CopyRow<L, V, T>(y + row * columns, wide + row * pitch, columns);
    }
}
