using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

internal static unsafe partial class Convolution
{
    /// <summary>What a product costs beside its multiplications, in multiplications: it is written, read again and added.</summary>
    private const int CostOfProduct = 12;

    /// <summary>Bytes of products that are made at a time: they stay in the L1 cache until they are added.</summary>
    private const int ProductBytes = 24 * 1024;

    /// <summary>
    /// band[offset[k] + p] += Σₒ w[o, k]·dy[o, p]: a product of matrices whose rows, one to each tap, are added to the band, shifted as the
    /// tap is. Or, where that is less work, the convolution of dy with the weights turned round.
    /// </summary>
    private readonly struct InputPass : IPass
    {
        static void IPass.Run<L, V, T>(in Factors<T> f)
        {
            int groups = f.Shape.Batch * f.Shape.Groups;
            if (PrefersTurned(f.Shape)) Turned<L, V, T>(f);
            else Team.Run(groups, Grain(f.Shape, groups), new Groups<L, V, T>(f));
        }

        /// <summary>Of stride 1, dx is a convolution of dy, padded so far that also the windows at the border are whole.</summary>
        private static ConvolutionShape Turn(in ConvolutionShape s)
        {
            return new(s.Batch, s.Groups, s.Outputs, s.Channels, Of(s.Y), Of(s.X));
            static Axis Of(Axis a) => new(a.Output, a.Kernel, 1, a.Reach - a.Padding, a.Dilation, a.Size);
        }

        private static bool PrefersTurned(in ConvolutionShape s)
        {
            if (s.Y.Stride != 1 || s.X.Stride != 1) return false;
            long turned = (long)s.Y.Size * (s.X.Size + s.X.Reach) * s.Outputs;
            return turned < (long)s.Y.Output * (s.X.Output + s.X.Reach) * (s.Outputs + CostOfProduct);
        }

        private static void Turned<L, V, T>(in Factors<T> f)
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>
        {
            var s = f.Shape;
            int window = s.Y.Kernel * s.X.Kernel;
            using var turned = new Scratch<T>(s.WeightCount);
            for (int group = 0; group < s.Groups; group++)
                for (int channel = 0; channel < s.Channels; channel++)
                    for (int output = 0; output < s.Outputs; output++)
                    {
                        T* from = f.WeightOf(group) + ((nint)output * s.Channels + channel) * window;
                        T* to = turned.Start + (((nint)group * s.Channels + channel) * s.Outputs + output) * window;
                        for (int k = 0; k < window; k++) to[k] = from[window - 1 - k];
                    }
            Run<ForwardPass, L, V, T>(new(Turn(s), f.Y, turned.Start, f.X, null));
        }

        private static void Run<TPass, L, V, T>(in Factors<T> f)
            where TPass : IPass
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T> => TPass.Run<L, V, T>(f);

        /// <summary>Some of the groups of all images.</summary>
        private readonly struct Groups<L, V, T>(Factors<T> f) : IRange
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>
        {
            [MethodImpl(Compile.Kernel)]
            void IRange.Run(int first, int number)
            {
                var s = f.Shape;
                var layout = new Band(s, s.Y.Output);
                int row = (layout.Positions(s.Y.Output) + L.Count - 1) / L.Count * L.Count, window = s.Y.Kernel * s.X.Kernel;
                int together = Math.Clamp(ProductBytes / sizeof(T) / (window * row), 1, s.Channels);        // channels at a time
                using var wide = new Scratch<T>((long)s.Outputs * row);
                using var products = new Scratch<T>((long)together * window * row);
                using var band = new Scratch<T>((long)together * layout.ChannelSize + L.Count);
                using var offsets = new Scratch<nint>(together * window);
                layout.Offsets(offsets.Start, together);
                wide.Span.Clear();                                  // junk is 0, wherever it is added

                for (int i = first; i < first + number; i++)
                {
                    int image = i / s.Groups, group = i % s.Groups;
                    T* dx = f.InputOf(image, group);
                    new Span<T>(dx, s.Channels * s.InputPlane).Clear();     // what no window sees
                    AddJunk<L, V, T>(f.OutputOf(image, group), s, s.Y.Output, layout.Pitch, wide.Start, row);
                    for (int channel = 0; channel < s.Channels; channel += together)
                    {
                        int channels = Math.Min(together, s.Channels - channel), taps = channels * window;
                        var w = new ReadOnlySpan<T>(f.WeightOf(group), s.Outputs * s.Taps)[(channel * window)..];
                        Gemm.Run(taps, row, s.Outputs, w, 1, s.Taps, wide.Span, row, 1, products.Span, row, accumulate: false);
                        band.Span.Clear();
                        for (int k = 0; k < taps; k++) Add<L, V, T>(products.Start + (nint)k * row, band.Start + offsets.Start[k], row);
                        layout.Drain(band.Start, channels, dx + (nint)channel * s.InputPlane);
                    }
                }
            }
        }

        [MethodImpl(Compile.Kernel)]
        private static void Add<L, V, T>(T* x, T* y, int n)
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>
        {
            V one = L.Broadcast(T.One);
            for (int i = 0; i < n; i += L.Count) L.Store(y + i, L.MultiplyAdd(one, L.Load(x + i), L.Load(y + i)));
        }
    }
}
