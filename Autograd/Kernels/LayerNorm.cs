using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>What normalises a row: z = (x − <c>Centre</c>)·<c>Rstd</c> + <c>Shift</c>.</summary>
/// <param name="Centre">The mean, rounded, if it is larger than the deviation; else 0, and the difference x − 0 needs no rounding.</param>
/// <param name="Rstd">ρ = 1/√(σ² + ε).</param>
/// <param name="Shift">What the centre leaves of the mean.</param>
internal readonly record struct RowStatistics<T>(T Centre, T Rstd, T Shift)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How many numbers it is made of.</summary>
    internal const int Size = 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static RowStatistics<T> Of(double mean, double variance, double ε)
    {
        double ρ = 1 / Math.Sqrt(variance + ε);
        T centre = Math.Abs(mean) * ρ > 1 ? T.CreateTruncating(mean) : T.Zero;
        return new(centre, T.CreateTruncating(ρ), T.CreateTruncating((double.CreateTruncating(centre) - mean) * ρ));
    }

    internal T Normalize(T x) => Fused.MultiplyAdd(x - Centre, Rstd, Shift);

    /// <summary>Σ g·z from Σ g·(x − <c>Centre</c>) and Σ g.</summary>
    internal double Normalize(double Σgd, double Σg) => Σgd * double.CreateTruncating(Rstd) + Σg * double.CreateTruncating(Shift);
}

/// <summary>
/// Layer normalisation of the rows of a dense block [rows, n], and its derivative. A row is read again while it is still in the cache, so
/// that memory is passed over once. Sums run in the lanes of registers for a short stretch, and from stretch to stretch in double precision.
/// </summary>
internal static class LayerNorm
{
    private const int Stretch = 16;                         // registers that are summed in single precision
    private const int Block = 4;                            // rows whose gradients of γ and β are summed in registers
    private const int Sample = 32;                          // elements that tell about where a row lies

    /// <summary>y = z ⊙ γ + β with z = (x − μ)·ρ, ρ = 1/√(σ² + ε), for each row; γ and β may both be empty.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, double ε, Span<T> y, Span<RowStatistics<T>> statistics)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = x.Length / statistics.Length;
        double perElement = 1.0 / n;
        for (int r = 0; r < statistics.Length; r++)
        {
            var row = x.Slice(r * n, n);
            T near = Near(row);
            var (d, d2) = Moments(row, near);
            (d, d2) = (d * perElement, d2 * perElement);
            statistics[r] = RowStatistics<T>.Of(double.CreateTruncating(near) + d, d2 - d * d, ε);
            Normalize(row, statistics[r], γ, β, y.Slice(r * n, n));
        }
    }

    /// <summary>The mean of the first elements: about where the row lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Near<T>(ReadOnlySpan<T> row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(row);
        int i = 0, width = Vector<T>.Count, sample = Math.Min(row.Length, Sample);
        var sums = Vector<T>.Zero;
        for (; i <= sample - width; i += width) sums += Vector.LoadUnsafe(ref x, (nuint)i);
        T sum = Vector.Sum(sums);
        for (; i < sample; i++) sum += Unsafe.Add(ref x, i);
        return sum / T.CreateTruncating(sample);
    }

    [MethodImpl(Compile.Kernel)]
    private static void Normalize<T>(ReadOnlySpan<T> rowX, RowStatistics<T> row, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, Span<T> rowY)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(rowX), y = ref MemoryMarshal.GetReference(rowY);
        ref T pγ = ref MemoryMarshal.GetReference(γ), pβ = ref MemoryMarshal.GetReference(β);
        Vector<T> μ = new(row.Centre), ρ = new(row.Rstd), c = new(row.Shift);
        nuint i = 0, width = (nuint)Vector<T>.Count, n = (nuint)rowY.Length, whole = n - n % width;
        if (γ.IsEmpty)
        {
            for (; i < whole; i += width) Fused.MultiplyAdd(Vector.LoadUnsafe(ref x, i) - μ, ρ, c).StoreUnsafe(ref y, i);
            for (; i < n; i++) Unsafe.Add(ref y, i) = row.Normalize(Unsafe.Add(ref x, i));
            return;
        }
        for (; i < whole; i += width)
        {
            var z = Fused.MultiplyAdd(Vector.LoadUnsafe(ref x, i) - μ, ρ, c);
            Fused.MultiplyAdd(z, Vector.LoadUnsafe(ref pγ, i), Vector.LoadUnsafe(ref pβ, i)).StoreUnsafe(ref y, i);
        }
        for (; i < n; i++) Unsafe.Add(ref y, i) = Fused.MultiplyAdd(row.Normalize(Unsafe.Add(ref x, i)), Unsafe.Add(ref pγ, i), Unsafe.Add(ref pβ, i));
    }

    /// <summary>
    /// From dy the gradients of x, and, unless they are empty, of γ and β.
    /// With g = dy ⊙ γ: dx = ρ·(g − ḡ − z·mean(g ⊙ z)), dγ = Σ dy ⊙ z, dβ = Σ dy.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    internal static void Backward<T>(
        ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<RowStatistics<T>> statistics, ReadOnlySpan<T> γ, Span<T> dx, Span<T> dγ, Span<T> dβ)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = x.Length / statistics.Length;
        bool affine = !dγ.IsEmpty || !dβ.IsEmpty;
        using Scratch<double> sums = new(affine ? 2 * n : 0);
        Span<double> Σγ = sums.Span[..(sums.Span.Length / 2)], Σβ = sums.Span[Σγ.Length..];
        sums.Span.Clear();
        for (int first = 0; first < statistics.Length; first += Block)
        {
            var rows = statistics.Slice(first, Math.Min(Block, statistics.Length - first));
            ReadOnlySpan<T> blockX = x.Slice(first * n, rows.Length * n), blockDy = dy.Slice(first * n, rows.Length * n);
            for (int r = 0; r < rows.Length; r++)
            {
                ReadOnlySpan<T> rowX = blockX.Slice(r * n, n), rowDy = blockDy.Slice(r * n, n);
                var (Σg, Σgz) = Sums(rowX, rowDy, rows[r], γ);
                Slope(rowX, rowDy, rows[r], γ, T.CreateTruncating(Σg / n), T.CreateTruncating(Σgz / n), dx.Slice((first + r) * n, n));
            }
            if (affine) AddAffine(blockX, blockDy, rows, Σγ, Σβ);
        }
        if (!dγ.IsEmpty) TensorPrimitives.ConvertTruncating<double, T>(Σγ, dγ);
        if (!dβ.IsEmpty) TensorPrimitives.ConvertTruncating<double, T>(Σβ, dβ);
    }

    /// <summary>dγ += Σ dy ⊙ z and dβ += Σ dy over a block of rows.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void AddAffine<T>(ReadOnlySpan<T> blockX, ReadOnlySpan<T> blockDy, ReadOnlySpan<RowStatistics<T>> rows, Span<double> dγ, Span<double> dβ)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(blockX), dy = ref MemoryMarshal.GetReference(blockDy);
        int n = dγ.Length, j = 0;
        for (; j <= n - Vector<T>.Count; j += Vector<T>.Count)
        {
            Vector<T> sumγ = Vector<T>.Zero, sumβ = Vector<T>.Zero;
            for (int r = 0, i = j; r < rows.Length; r++, i += n)
            {
                var g = Vector.LoadUnsafe(ref dy, (nuint)i);
                var z = Fused.MultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)i) - new Vector<T>(rows[r].Centre), new(rows[r].Rstd), new(rows[r].Shift));
                sumγ = Fused.MultiplyAdd(g, z, sumγ);
                sumβ += g;
            }
            Accumulate(sumγ, ref dγ[j]);
            Accumulate(sumβ, ref dβ[j]);
        }
        for (; j < n; j++)
        {
            T sumγ = T.Zero, sumβ = T.Zero;
            for (int r = 0, i = j; r < rows.Length; r++, i += n)
            {
                sumγ = Fused.MultiplyAdd(Unsafe.Add(ref dy, i), rows[r].Normalize(Unsafe.Add(ref x, i)), sumγ);
                sumβ += Unsafe.Add(ref dy, i);
            }
            dγ[j] += double.CreateTruncating(sumγ);
            dβ[j] += double.CreateTruncating(sumβ);
        }
    }

    /// <summary>Σ g and Σ g ⊙ z of a row, the latter as ρ·Σ g ⊙ (x − centre) + shift·Σ g, which rounds less than every z would be.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static (double G, double GZ) Sums<T>(ReadOnlySpan<T> rowX, ReadOnlySpan<T> rowDy, RowStatistics<T> row, ReadOnlySpan<T> γ)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(rowX), dy = ref MemoryMarshal.GetReference(rowDy), pγ = ref MemoryMarshal.GetReference(γ);
        bool scales = !γ.IsEmpty;
        var μ = new Vector<T>(row.Centre);
        double Σg = 0, Σgd = 0;
        int i = 0, n = rowX.Length;
        while (i <= n - Vector<T>.Count)
        {
            Vector<T> sumG = Vector<T>.Zero, sumGd = Vector<T>.Zero;
            for (int end = Math.Min(n, i + Stretch * Vector<T>.Count) - Vector<T>.Count; i <= end; i += Vector<T>.Count)
            {
                var g = Vector.LoadUnsafe(ref dy, (nuint)i);
                if (scales) g *= Vector.LoadUnsafe(ref pγ, (nuint)i);
                sumG += g;
                sumGd = Fused.MultiplyAdd(g, Vector.LoadUnsafe(ref x, (nuint)i) - μ, sumGd);
            }
            Σg += double.CreateTruncating(Vector.Sum(sumG));
            Σgd += double.CreateTruncating(Vector.Sum(sumGd));
        }
        for (; i < n; i++)
        {
            T g = Unsafe.Add(ref dy, i);
            if (scales) g *= Unsafe.Add(ref pγ, i);
            Σg += double.CreateTruncating(g);
            Σgd += double.CreateTruncating(g * (Unsafe.Add(ref x, i) - row.Centre));
        }
        return (Σg, row.Normalize(Σgd, Σg));
    }

    [MethodImpl(Compile.Kernel)]
    private static void Slope<T>(ReadOnlySpan<T> rowX, ReadOnlySpan<T> rowDy, RowStatistics<T> row, ReadOnlySpan<T> γ, T meanG, T meanGz, Span<T> rowDx)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(rowX), dy = ref MemoryMarshal.GetReference(rowDy);
        ref T pγ = ref MemoryMarshal.GetReference(γ), dx = ref MemoryMarshal.GetReference(rowDx);
        bool scales = !γ.IsEmpty;
        Vector<T> μ = new(row.Centre), ρ = new(row.Rstd), c = new(row.Shift), vg = new(meanG), vgz = new(-meanGz);
        int i = 0;
        for (; i <= rowDx.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var g = Vector.LoadUnsafe(ref dy, (nuint)i);
            var z = Fused.MultiplyAdd(Vector.LoadUnsafe(ref x, (nuint)i) - μ, ρ, c);
            if (scales) g *= Vector.LoadUnsafe(ref pγ, (nuint)i);
            (ρ * Fused.MultiplyAdd(z, vgz, g - vg)).StoreUnsafe(ref dx, (nuint)i);
        }
        for (; i < rowDx.Length; i++)
        {
            T g = Unsafe.Add(ref dy, i), z = row.Normalize(Unsafe.Add(ref x, i));
            if (scales) g *= Unsafe.Add(ref pγ, i);
            Unsafe.Add(ref dx, i) = row.Rstd * Fused.MultiplyAdd(z, -meanGz, g - meanG);
        }
    }

    /// <summary>Σ d and Σ d² of a row, with d = x − near: where near is about the mean, d is small and its sums are precise.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static (double D, double D2) Moments<T>(ReadOnlySpan<T> row, T near)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(row);
        nuint i = 0, width = (nuint)Vector<T>.Count, four = 4 * width, n = (nuint)row.Length, whole = n - n % four;
        var μ = new Vector<T>(near);
        Vector<double> Σ0 = Vector<double>.Zero, Σ1 = Σ0, Σ2 = Σ0, Σ3 = Σ0;
        while (i < whole)
        {
            Vector<T> s0 = Vector<T>.Zero, s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
            for (nuint end = Math.Min(whole, i + Stretch * width); i < end; i += four)
            {
                Vector<T> d0 = Vector.LoadUnsafe(ref x, i) - μ, d1 = Vector.LoadUnsafe(ref x, i + width) - μ;
                Vector<T> d2 = Vector.LoadUnsafe(ref x, i + 2 * width) - μ, d3 = Vector.LoadUnsafe(ref x, i + 3 * width) - μ;
                (s0, s1, s2, s3) = (s0 + d0, s1 + d1, s2 + d2, s3 + d3);
                (q0, q1) = (Fused.MultiplyAdd(d0, d0, q0), Fused.MultiplyAdd(d1, d1, q1));
                (q2, q3) = (Fused.MultiplyAdd(d2, d2, q2), Fused.MultiplyAdd(d3, d3, q3));
            }
            Accumulate(s0 + s1 + (s2 + s3), ref Σ0, ref Σ1);
            Accumulate(q0 + q1 + (q2 + q3), ref Σ2, ref Σ3);
        }
        for (; i + width <= n; i += width)
        {
            var d = Vector.LoadUnsafe(ref x, i) - μ;
            Accumulate(d, ref Σ0, ref Σ1);
            Accumulate(d * d, ref Σ2, ref Σ3);
        }
        double Σd = Vector.Sum(Σ0 + Σ1), Σd2 = Vector.Sum(Σ2 + Σ3);
        for (; i < n; i++)
        {
            double d = double.CreateTruncating(Unsafe.Add(ref x, i) - near);
            Σd += d;
            Σd2 += d * d;
        }
        return (Σd, Σd2);
    }

    /// <summary>The lanes of a register, added to sums in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate<T>(Vector<T> lanes, ref Vector<double> low, ref Vector<double> high)
    {
        if (typeof(T) == typeof(double)) low += lanes.As<T, double>();
        else (low, high) = (low + Vector.WidenLower(lanes.As<T, float>()), high + Vector.WidenUpper(lanes.As<T, float>()));
    }

    /// <summary>The lanes of a register, added to as many sums in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Accumulate<T>(Vector<T> lanes, ref double sums)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector.LoadUnsafe(ref sums) + lanes.As<T, double>()).StoreUnsafe(ref sums);
            return;
        }
        Vector<double> low = Vector.WidenLower(lanes.As<T, float>()), high = Vector.WidenUpper(lanes.As<T, float>());
        (Vector.LoadUnsafe(ref sums) + low).StoreUnsafe(ref sums);
        (Vector.LoadUnsafe(ref sums, (nuint)Vector<double>.Count) + high).StoreUnsafe(ref sums, (nuint)Vector<double>.Count);
    }
}
