using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>
/// Convolutions and their two derivatives. All three come from one sum of products, y[k] += x[i]·w[j] over the triples of
/// <see cref="Terms"/>, and each asks for one of the three factors:
/// <list type="bullet">
/// <item><see cref="Forward"/>: y from x and w (<c>Convolution.Forward.cs</c>);</item>
/// <item><see cref="Input"/>: dx from dy and w, which is also the transposed convolution (<c>Convolution.Input.cs</c>);</item>
/// <item><see cref="Weight"/>: dw from x and dy (<c>Convolution.Weight.cs</c>).</item>
/// </list>
/// The layout that makes them fast is <see cref="Band"/>; the loops that do the arithmetic are in <c>Tiles.g.cs</c>. How
/// the work is cut into pieces for a team of threads, and so the order of every sum, depends on the shape alone.
/// </summary>
internal static unsafe partial class Convolution
{
    /// <summary>Bytes of a band: with the weights it stays in the L2 cache while all outputs are computed from it.</summary>
    private const int BandBytes = 256 * 1024;

    /// <summary>y[k] = bias + Σ x[i]·w[j]; <paramref name="bias"/> may be empty.</summary>
    internal static void Forward<T>(in ConvolutionShape s, ReadOnlySpan<T> x, ReadOnlySpan<T> w, ReadOnlySpan<T> bias, Span<T> y)
        where T : unmanaged, INumberBase<T>
    {
        Check(s, x.Length, w.Length, y.Length);
        if (!bias.IsEmpty && bias.Length != s.Groups * s.Outputs)
            throw new ArgumentException($"Convolution: a bias of {bias.Length} numbers for {s.Groups * s.Outputs} outputs.", nameof(bias));
        if (y.IsEmpty) return;
        fixed (T* px = x, pw = w, pBias = bias, py = y) Choose<ForwardPass, T>(new(s, px, pw, py, pBias));
    }

    /// <summary>dx[i] = Σ dy[k]·w[j].</summary>
    internal static void Input<T>(in ConvolutionShape s, ReadOnlySpan<T> dy, ReadOnlySpan<T> w, Span<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        Check(s, dx.Length, w.Length, dy.Length);
        if (w.IsEmpty || dy.IsEmpty) dx.Clear();
        else fixed (T* pdy = dy, pw = w, pdx = dx) Choose<InputPass, T>(new(s, pdx, pw, pdy, null));
    }

    /// <summary>dw[j] = Σ x[i]·dy[k].</summary>
    internal static void Weight<T>(in ConvolutionShape s, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dw)
        where T : unmanaged, INumberBase<T>
    {
        Check(s, x.Length, dw.Length, dy.Length);
        if (x.IsEmpty || dy.IsEmpty) dw.Clear();
        else fixed (T* px = x, pdy = dy, pdw = dw) Choose<WeightPass, T>(new(s, px, pdw, pdy, null));
    }

    /// <summary>The factors of the products, in pinned memory. One of x, w and y is to be computed.</summary>
    internal readonly struct Factors<T>(ConvolutionShape shape, T* x, T* w, T* y, T* bias)
        where T : unmanaged
    {
        public readonly ConvolutionShape Shape = shape;
        public readonly T* X = x, W = w, Y = y, Bias = bias;

        /// <summary>A group's share of the input channels of an image.</summary>
        public T* InputOf(int image, int group) => X + ((nint)image * Shape.Groups + group) * Shape.Channels * Shape.InputPlane;

        /// <summary>A group's share of the output channels of an image.</summary>
        public T* OutputOf(int image, int group) => Y + ((nint)image * Shape.Groups + group) * Shape.Outputs * Shape.OutputPlane;

        /// <summary>The weights of a group, one row of taps to each output.</summary>
        public T* WeightOf(int group) => W + (nint)group * Shape.Outputs * Shape.Taps;

        /// <summary>The same factors, for code that has just learnt what T is.</summary>
        public ref Factors<U> As<U>()
            where U : unmanaged => ref Unsafe.As<Factors<T>, Factors<U>>(ref Unsafe.AsRef(in this));
    }

    /// <summary>One of the three computations, for any register.</summary>
    private interface IPass
    {
        static abstract void Run<L, V, T>(in Factors<T> f)
            where L : struct, ILanes<V, T>
            where V : unmanaged
            where T : unmanaged, INumberBase<T>;
    }

    /// <summary>Chooses the instruction set. The tests are constants to the JIT, so one branch remains of them.</summary>
    private static void Choose<TPass, T>(in Factors<T> f)
        where TPass : IPass
        where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            if (typeof(T) == typeof(float)) TPass.Run<Single512, Vector512<float>, float>(f.As<float>());
            else TPass.Run<Double512, Vector512<double>, double>(f.As<double>());
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            if (typeof(T) == typeof(float)) TPass.Run<Single256, Vector256<float>, float>(f.As<float>());
            else TPass.Run<Double256, Vector256<double>, double>(f.As<double>());
        }
        else
        {
            if (typeof(T) == typeof(float)) TPass.Run<PortableLanes<float>, Vector<float>, float>(f.As<float>());
            else TPass.Run<PortableLanes<double>, Vector<double>, double>(f.As<double>());
        }
    }

    /// <summary>
    /// How many pieces, of a number that need nothing from each other, one thread takes at a time: enough to be worth its scratch memory.
    /// </summary>
    private static int Grain(in ConvolutionShape s, int pieces)
        => (int)Math.Clamp(pieces * MultiplicationsPerGrain / Math.Max(s.OutputCount * s.Taps, 1), 1, pieces);

    private const long MultiplicationsPerGrain = 2_000_000;             // 40 µs

    /// <summary>Kernels use raw pointers: nothing that could leave its span may pass here.</summary>
    private static void Check(in ConvolutionShape s, int x, int w, int y)
    {
        if (s.InputCount != x || s.WeightCount != w || s.OutputCount != y)
            throw new ArgumentException($"Convolution: input, weight and output have {x}, {w} and {y} elements, not those of {s}.");
    }

    /// <summary>Copies a row of a few registers: too short for a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow<L, V, T>(T* from, T* to, int n)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        int i = 0;
        for (; i <= n - L.Count; i += L.Count) L.Store(to + i, L.Load(from + i));
        if (L.CheapMasks && i < n)
        {
            V mask = L.Mask(n - i);
            L.Store(to + i, L.Load(from + i, mask), mask);
            return;
        }
        for (; i < n; i++) to[i] = from[i];
    }

    /// <summary>Into how many tiles of at most <paramref name="most"/> a number falls; they are made about the same.</summary>
    private static int Tiles(int n, int most) => (n + most - 1) / most;

    /// <summary>Where tile <paramref name="i"/> begins.</summary>
    private static int TileStart(int i, int tiles, int n) => (int)((long)i * n / tiles);
}
