using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

internal static unsafe partial class Convolution
{
    /// <summary>y[o, p] = bias[o] + Σₖ w[o, k]·band[offset[k] + p]: a product of matrices, of which the second one is read out of the band.</summary>
    private readonly struct ForwardPass : IPass
    {
        static void IPass.Run<L, V, T>(in Factors<T> f)
        {
            var s = f.Shape;
            using var weights = new Scratch<T>(s.WeightCount);
            using var bias = new Scratch<T>(s.Groups * s.Outputs);
            for (int group = 0; group < s.Groups; group++) PackWeights(s, f.WeightOf(group), L.TileRows, weights.Start + (nint)group * s.Outputs * s.Taps);
            if (f.Bias == null) bias.Span.Clear();
            else new ReadOnlySpan<T>(f.Bias, s.Groups * s.Outputs).CopyTo(bias.Span);

            var layout = Band.Fitting(s, s.Channels, BandBytes / sizeof(T));
            int bands = s.Batch * s.Groups * Tiles(s.Y.Output, layout.Rows);
            Team.Run(bands, Grain(s, bands), new Bands<L, V, T>(f, layout, weights.Start, bias.Start));
        }

        /// <summary>Some of the bands of all images and groups.</summary>
        private readonly struct Bands<L, V, T>(Factors<T> f, Band layout, T* weights, T* bias) : IRange
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged
        {
            [MethodImpl(Compile.Kernel)]
            void IRange.Run(int first, int number)
            {
                var s = f.Shape;
                int step = L.TileVectors * L.Count, bands = Tiles(s.Y.Output, layout.Rows), tiles = Tiles(s.Outputs, L.TileRows);
                int row = (layout.Positions(layout.Rows) + step - 1) / step * step;
                using var band = new Scratch<T>((long)s.Channels * layout.ChannelSize + step);
                using var offsets = new Scratch<nint>(s.Taps);
                using var wide = new Scratch<T>(L.TileRows * row);
                layout.Offsets(offsets.Start, s.Channels);

                for (int i = first; i < first + number; i++)
                {
                    int image = i / bands / s.Groups, group = i / bands % s.Groups, top = i % bands * layout.Rows;
                    int rows = Math.Min(layout.Rows, s.Y.Output - top), positions = layout.Positions(rows);
                    layout.Fill(f.InputOf(image, group), s.Channels, top, rows, band.Start);
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        int start = TileStart(tile, tiles, s.Outputs), count = TileStart(tile + 1, tiles, s.Outputs) - start;
                        int output = group * s.Outputs + start;
                        for (int p = 0; p < positions; p += step)
                        {
                            int vectors = Math.Min(L.TileVectors, (positions - p + L.Count - 1) / L.Count);
                            ConvolutionTiles<L, V, T>.Forward(count, vectors)(
                                s.Taps, weights + (nint)output * s.Taps, band.Start + p, offsets.Start, wide.Start + p, row, bias + output);
                        }
                        DropJunk<L, V, T>(wide.Start, row, layout.Pitch, count, rows, f.OutputOf(image, group) + (nint)start * s.OutputPlane + top * s.X.Output, s);
                    }
                }
            }
        }

        /// <summary>The weights of a tile of outputs side by side, tap after tap.</summary>
        private static void PackWeights<T>(in ConvolutionShape s, T* w, int tileRows, T* packed)
            where T : unmanaged
        {
            int tiles = Tiles(s.Outputs, tileRows);
            for (int tile = 0; tile < tiles; tile++)
            {
                int start = TileStart(tile, tiles, s.Outputs), end = TileStart(tile + 1, tiles, s.Outputs);
                for (int k = 0; k < s.Taps; k++)
                    for (int output = start; output < end; output++) *packed++ = w[(nint)output * s.Taps + k];
            }
        }

        [MethodImpl(Compile.Kernel)]
        private static void DropJunk<L, V, T>(T* wide, int wideRow, int pitch, int outputs, int rows, T* y, in ConvolutionShape s)
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged
        {
            int columns = s.X.Output;
            for (int output = 0; output < outputs; output++, wide += wideRow, y += s.OutputPlane)
                for (int row = 0; row < rows; row++) CopyRow<L, V, T>(wide + row * pitch, y + row * columns, columns);
        }
    }
}
