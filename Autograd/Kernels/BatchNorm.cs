using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>Where the elements of a channel lie in a dense block [<c>N</c>, <c>Channels</c>, <c>Size</c>]: in N planes of Size neighbours.</summary>
internal readonly record struct Planes(int N, int Channels, int Size)
{
    /// <summary>The elements of one channel.</summary>
    internal int PerChannel => N * Size;

    /// <summary>Planes shorter than a few registers would be slow one by one.</summary>
    internal bool AreShort => Size <= 16;

    /// <summary>The neighbours of all channels.</summary>
    internal int Columns => Channels * Size;

    internal ReadOnlySpan<T> Of<T>(ReadOnlySpan<T> x, int n, int channel) => x.Slice((n * Channels + channel) * Size, Size);

    internal Span<T> Of<T>(Span<T> x, int n, int channel) => x.Slice((n * Channels + channel) * Size, Size);
}

/// <summary>
/// Batch normalisation, and its derivative, channel by channel: what the statistics have read is normalised while it is still in the cache.
/// The sums are those of <see cref="LayerNorm"/>, a plane taking the part of a row. Short planes are taken side by side, as columns.
/// </summary>
internal static partial class BatchNorm
{
    private const int Sample = 32;                          // elements that tell about where a channel lies

    /// <summary>y = z·γ + β with z = (x − μ)·ρ, ρ = 1/√(σ² + ε), for each channel; γ and β may be empty. Also μ and the biased σ².</summary>
    [MethodImpl(Compile.Kernel)]
    internal static void Train<T>(
        Planes at, ReadOnlySpan<T> x, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, double ε, Span<T> y, Span<RowStatistics<T>> statistics, Span<double> mean, Span<double> variance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (at.AreShort)
        {
            TrainColumns(at, x, γ, β, ε, y, statistics, mean, variance);
            return;
        }
        for (int c = 0; c < at.Channels; c++)
        {
            (mean[c], variance[c]) = Moments(at, x, c);
            statistics[c] = RowStatistics<T>.Of(mean[c], variance[c], ε);
            Normalize(at, x, statistics[c], γ, β, y, c);
        }
    }

    /// <summary>The same with a mean and a variance that are given.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static void Evaluate<T>(
        Planes at, ReadOnlySpan<T> x, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, double ε, Span<T> y, Span<RowStatistics<T>> statistics, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (at.AreShort)
        {
            EvaluateColumns(at, x, γ, β, ε, y, statistics, mean, variance);
            return;
        }
        for (int c = 0; c < at.Channels; c++)
        {
            statistics[c] = RowStatistics<T>.Of(mean[c], variance[c], ε);
            Normalize(at, x, statistics[c], γ, β, y, c);
        }
    }

    /// <summary>
    /// From dy the gradients of x, and, unless they are empty, of γ and β: dγ = Σ dy·z, dβ = Σ dy, and dx = γρ·(dy − mean(dy) − z·mean(dy·z)),
    /// or γρ·dy where the statistics were given.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    internal static void Backward<T>(
        Planes at, ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<RowStatistics<T>> statistics, ReadOnlySpan<T> γ, bool training, Span<T> dx, Span<T> dγ, Span<T> dβ)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (at.AreShort)
        {
            BackwardColumns(at, dy, x, statistics, γ, training, dx, dγ, dβ);
            return;
        }
        for (int c = 0; c < at.Channels; c++)
        {
            var row = statistics[c];
            double Σg = 0, Σgz = 0;
            for (int n = 0; n < at.N; n++)
            {
                var (g, gz) = LayerNorm.Sums(at.Of(x, n, c), at.Of(dy, n, c), row, []);
                (Σg, Σgz) = (Σg + g, Σgz + gz);
            }
            if (!dγ.IsEmpty) dγ[c] = T.CreateTruncating(Σgz);
            if (!dβ.IsEmpty) dβ[c] = T.CreateTruncating(Σg);

            var (a, k, o) = Slopes(row, γ, c, training, Σg / at.PerChannel, Σgz / at.PerChannel);
            for (int n = 0; n < at.N; n++) Combine(at.Of(dy, n, c), at.Of(x, n, c), a, k, o, row.Centre, at.Of(dx, n, c));
        }
    }

    /// <summary>z is linear in x, and so is y: the a and b of y = (x − centre)·a + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T A, T B) Line<T>(RowStatistics<T> row, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double scale = Scale(γ, channel), shift = double.CreateTruncating(row.Shift) * scale + (β.IsEmpty ? 0 : double.CreateTruncating(β[channel]));
        return (T.CreateTruncating(double.CreateTruncating(row.Rstd) * scale), T.CreateTruncating(shift));
    }

    /// <summary>So is dx in dy and x: the a, k and o of dx = a·dy + k·(x − centre) + o.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T A, T K, T O) Slopes<T>(RowStatistics<T> row, ReadOnlySpan<T> γ, int channel, bool training, double meanG, double meanGz)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double ρ = double.CreateTruncating(row.Rstd), a = ρ * Scale(γ, channel), k = 0, o = 0;
        if (training)
        {
            k = -a * ρ * meanGz;
            o = -a * (double.CreateTruncating(row.Shift) * meanGz + meanG);
        }
        return (T.CreateTruncating(a), T.CreateTruncating(k), T.CreateTruncating(o));
    }

    private static double Scale<T>(ReadOnlySpan<T> γ, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
        => γ.IsEmpty ? 1 : double.CreateTruncating(γ[channel]);

    private static (double Mean, double Variance) Moments<T>(Planes at, ReadOnlySpan<T> x, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sample = at.Of(x, 0, channel)[..Math.Min(at.Size, Sample)];
        T near = TensorPrimitives.Sum(sample) * T.CreateTruncating(1.0 / sample.Length);
        double Σd = 0, Σd2 = 0;
        for (int n = 0; n < at.N; n++)
        {
            var (d, d2) = LayerNorm.Moments(at.Of(x, n, channel), near);
            (Σd, Σd2) = (Σd + d, Σd2 + d2);
        }
        return FromMoments(near, Σd, Σd2, at.PerChannel);
    }

    /// <summary>Mean and variance of n elements by the sums of d and d², with d = x − near.</summary>
    private static (double Mean, double Variance) FromMoments<T>(T near, double Σd, double Σd2, int n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double δ = Σd / n;
        return (double.CreateTruncating(near) + δ, Math.Max(0, Σd2 / n - δ * δ));
    }

    private static void Normalize<T>(Planes at, ReadOnlySpan<T> x, RowStatistics<T> row, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, Span<T> y, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (a, b) = Line(row, γ, β, channel);
        for (int n = 0; n < at.N; n++) Stretch(at.Of(x, n, channel), row.Centre, a, b, at.Of(y, n, channel));
    }

    /// <summary>y = (x − centre)·a + b.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Stretch<T>(ReadOnlySpan<T> planeX, T centre, T a, T b, Span<T> planeY)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(planeX), y = ref MemoryMarshal.GetReference(planeY);
        Vector<T> vμ = new(centre), va = new(a), vb = new(b);
        int i = 0;
        for (; i <= planeY.Length - Vector<T>.Count; i += Vector<T>.Count)
            Fused.MultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)i) - vμ, va, vb).StoreUnsafe(ref y, (nuint)i);
        for (; i < planeY.Length; i++) Unsafe.Add(ref y, i) = Fused.MultiplyAdd(Unsafe.Add(ref x, i) - centre, a, b);
    }

    /// <summary>dx = a·dy + k·(x − centre) + o.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Combine<T>(ReadOnlySpan<T> planeDy, ReadOnlySpan<T> planeX, T a, T k, T o, T centre, Span<T> planeDx)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T dy = ref MemoryMarshal.GetReference(planeDy), x = ref MemoryMarshal.GetReference(planeX), dx = ref MemoryMarshal.GetReference(planeDx);
        Vector<T> va = new(a), vk = new(k), vo = new(o), vμ = new(centre);
        int i = 0;
        for (; i <= planeDx.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var linear = Fused.MultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)i) - vμ, vk, vo);
            Fused.MultiplyAdd(Vector.LoadUnsafe(ref dy, (nuint)i), va, linear).StoreUnsafe(ref dx, (nuint)i);
        }
        for (; i < planeDx.Length; i++)
        {
            T linear = Fused.MultiplyAdd(Unsafe.Add(ref x, i) - centre, k, o);
            Unsafe.Add(ref dx, i) = Fused.MultiplyAdd(Unsafe.Add(ref dy, i), a, linear);
        }
    }
}
