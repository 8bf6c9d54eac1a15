using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Planes that are shorter than a few registers, down to the single element of [n, c], lie side by side in the columns of [N, Channels · Size].
/// What a register holds belongs to neighbouring columns here: sums run down the rows, and each column has its own line y = (x − centre)·a + b.
/// </summary>
internal static partial class BatchNorm
{
    private const int Block = 4;                            // rows that are summed in registers; more, a power of two apart, drive each other out of the cache

    [MethodImpl(Compile.Kernel)]
    private static void TrainColumns<T>(
        Planes at, ReadOnlySpan<T> x, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, double ε, Span<T> y, Span<RowStatistics<T>> statistics, Span<double> mean, Span<double> variance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int columns = at.Columns;
        using Scratch<T> sample = new(columns);
        using Scratch<double> sums = new(2 * columns);
        var near = sample.Span;
        Span<double> Σd = sums.Span[..columns], Σd2 = sums.Span[columns..];
        Near(at, x, near);
        sums.Span.Clear();
        for (int i = 0; i < x.Length; i += Block * columns)
            AddMoments(x.Slice(i, Math.Min(Block * columns, x.Length - i)), near, Σd, Σd2);

        for (int c = 0; c < at.Channels; c++)
        {
            double d = 0, d2 = 0;
            for (int j = c * at.Size; j < (c + 1) * at.Size; j++) (d, d2) = (d + Σd[j], d2 + Σd2[j]);
            (mean[c], variance[c]) = FromMoments(near[c * at.Size], d, d2, at.PerChannel);
        }
        EvaluateColumns(at, x, γ, β, ε, y, statistics, mean, variance);
    }

    [MethodImpl(Compile.Kernel)]
    private static void EvaluateColumns<T>(
        Planes at, ReadOnlySpan<T> x, ReadOnlySpan<T> γ, ReadOnlySpan<T> β, double ε, Span<T> y, Span<RowStatistics<T>> statistics, ReadOnlySpan<double> mean, ReadOnlySpan<double> variance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int columns = at.Columns;
        using Scratch<T> lines = new(3 * columns);
        Span<T> centre = lines.Span[..columns], a = lines.Span[columns..(2 * columns)], b = lines.Span[(2 * columns)..];
        for (int c = 0; c < at.Channels; c++)
        {
            var row = RowStatistics<T>.Of(mean[c], variance[c], ε);
            var (slope, height) = Line(row, γ, β, c);
            for (int j = c * at.Size; j < (c + 1) * at.Size; j++) (centre[j], a[j], b[j]) = (row.Centre, slope, height);
            statistics[c] = row;
        }
        for (int i = 0; i < x.Length; i += columns) StretchRow(x.Slice(i, columns), centre, a, b, y.Slice(i, columns));
    }

    [MethodImpl(Compile.Kernel)]
    private static void BackwardColumns<T>(
        Planes at, ReadOnlySpan<T> dy, ReadOnlySpan<T> x, ReadOnlySpan<RowStatistics<T>> statistics, ReadOnlySpan<T> γ, bool training, Span<T> dx, Span<T> dγ, Span<T> dβ)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int columns = at.Columns;
        using Scratch<T> lines = new(4 * columns);
        using Scratch<double> sums = new(2 * columns);
        Span<T> centre = lines.Span[..columns], a = lines.Span[columns..(2 * columns)], k = lines.Span[(2 * columns)..(3 * columns)], o = lines.Span[(3 * columns)..];
        Span<double> Σg = sums.Span[..columns], Σgd = sums.Span[columns..];
        for (int c = 0; c < at.Channels; c++) centre.Slice(c * at.Size, at.Size).Fill(statistics[c].Centre);
        sums.Span.Clear();
        for (int i = 0; i < x.Length; i += Block * columns)
        {
            int count = Math.Min(Block * columns, x.Length - i);
            AddSums(dy.Slice(i, count), x.Slice(i, count), centre, Σg, Σgd);
        }

        for (int c = 0; c < at.Channels; c++)
        {
            double g = 0, gd = 0;
            for (int j = c * at.Size; j < (c + 1) * at.Size; j++) (g, gd) = (g + Σg[j], gd + Σgd[j]);
            double gz = statistics[c].Normalize(gd, g);
            if (!dγ.IsEmpty) dγ[c] = T.CreateTruncating(gz);
            if (!dβ.IsEmpty) dβ[c] = T.CreateTruncating(g);
            var plane = Slopes(statistics[c], γ, c, training, g / at.PerChannel, gz / at.PerChannel);
            for (int j = c * at.Size; j < (c + 1) * at.Size; j++) (a[j], k[j], o[j]) = plane;
        }
        for (int i = 0; i < x.Length; i += columns) CombineRow(dy.Slice(i, columns), x.Slice(i, columns), a, k, o, centre, dx.Slice(i, columns));
    }

    /// <summary>About the mean of each channel, for all of its columns.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Near<T>(Planes at, ReadOnlySpan<T> x, Span<T> near)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = Math.Min(at.N, Sample);
        T perSample = T.CreateTruncating(1.0 / (rows * at.Size));
        x[..near.Length].CopyTo(near);
        for (int r = 1; r < rows; r++) TensorPrimitives.Add(near, x.Slice(r * near.Length, near.Length), near);
        if (at.Size == 1) TensorPrimitives.Multiply(near, perSample, near);
        else
            for (int j = 0; j < near.Length; j += at.Size) near.Slice(j, at.Size).Fill(TensorPrimitives.Sum<T>(near.Slice(j, at.Size)) * perSample);
    }

    /// <summary>Σd += d and Σd2 += d² with d = x − near, for the rows of a block.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void AddMoments<T>(ReadOnlySpan<T> block, ReadOnlySpan<T> near, Span<double> Σd, Span<double> Σd2)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(block), pμ = ref MemoryMarshal.GetReference(near);
        int columns = near.Length, j = 0;
        for (; j <= columns - Vector<T>.Count; j += Vector<T>.Count)
        {
            Vector<T> μ = Vector.LoadUnsafe(ref pμ, (nuint)j), s = Vector<T>.Zero, q = s;
            for (int i = j; i < block.Length; i += columns)
            {
                var d = Vector.LoadUnsafe(ref x, (nuint)i) - μ;
                s += d;
                q = Fused.MultiplyAdd(d, d, q);
            }
            LayerNorm.Accumulate(s, ref Σd[j]);
            LayerNorm.Accumulate(q, ref Σd2[j]);
        }
        for (; j < columns; j++)
        {
            T s = T.Zero, q = s;
            for (int i = j; i < block.Length; i += columns)
            {
                T d = Unsafe.Add(ref x, i) - near[j];
                s += d;
                q = Fused.MultiplyAdd(d, d, q);
            }
            Σd[j] += double.CreateTruncating(s);
            Σd2[j] += double.CreateTruncating(q);
        }
    }

    /// <summary>Σg += g and Σgd += g·d with g = dy and d = x − centre, for the rows of a block.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void AddSums<T>(ReadOnlySpan<T> blockDy, ReadOnlySpan<T> blockX, ReadOnlySpan<T> centre, Span<double> Σg, Span<double> Σgd)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T dy = ref MemoryMarshal.GetReference(blockDy), x = ref MemoryMarshal.GetReference(blockX), pμ = ref MemoryMarshal.GetReference(centre);
        int columns = centre.Length, j = 0;
        for (; j <= columns - Vector<T>.Count; j += Vector<T>.Count)
        {
            Vector<T> μ = Vector.LoadUnsafe(ref pμ, (nuint)j), s = Vector<T>.Zero, q = s;
            for (int i = j; i < blockX.Length; i += columns)
            {
                var g = Vector.LoadUnsafe(ref dy, (nuint)i);
                s += g;
                q = Fused.MultiplyAdd(g, Vector.LoadUnsafe(ref x, (nuint)i) - μ, q);
            }
            LayerNorm.Accumulate(s, ref Σg[j]);
            LayerNorm.Accumulate(q, ref Σgd[j]);
        }
        for (; j < columns; j++)
        {
            T s = T.Zero, q = s;
            for (int i = j; i < blockX.Length; i += columns)
            {
                T g = Unsafe.Add(ref dy, i);
                s += g;
                q = Fused.MultiplyAdd(g, Unsafe.Add(ref x, i) - centre[j], q);
            }
            Σg[j] += double.CreateTruncating(s);
            Σgd[j] += double.CreateTruncating(q);
        }
    }

    /// <summary>y = (x − centre)·a + b, all by column.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void StretchRow<T>(ReadOnlySpan<T> rowX, ReadOnlySpan<T> centre, ReadOnlySpan<T> slope, ReadOnlySpan<T> height, Span<T> rowY)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T x = ref MemoryMarshal.GetReference(rowX), μ = ref MemoryMarshal.GetReference(centre);
        ref T a = ref MemoryMarshal.GetReference(slope), b = ref MemoryMarshal.GetReference(height), y = ref MemoryMarshal.GetReference(rowY);
        int j = 0;
        for (; j <= rowY.Length - Vector<T>.Count; j += Vector<T>.Count)
        {
            var d = Vector.LoadUnsafe(ref x, (nuint)j) - Vector.LoadUnsafe(ref μ, (nuint)j);
            Fused.MultiplyAdd(d, Vector.LoadUnsafe(ref a, (nuint)j), Vector.LoadUnsafe(ref b, (nuint)j)).StoreUnsafe(ref y, (nuint)j);
        }
        for (; j < rowY.Length; j++) Unsafe.Add(ref y, j) = Fused.MultiplyAdd(Unsafe.Add(ref x, j) - Unsafe.Add(ref μ, j), Unsafe.Add(ref a, j), Unsafe.Add(ref b, j));
    }

    /// <summary>dx = a·dy + k·(x − centre) + o, all by column.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void CombineRow<T>(
        ReadOnlySpan<T> rowDy, ReadOnlySpan<T> rowX, ReadOnlySpan<T> factor, ReadOnlySpan<T> slope, ReadOnlySpan<T> height, ReadOnlySpan<T> centre, Span<T> rowDx)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T dy = ref MemoryMarshal.GetReference(rowDy), x = ref MemoryMarshal.GetReference(rowX), dx = ref MemoryMarshal.GetReference(rowDx);
        ref T a = ref MemoryMarshal.GetReference(factor), k = ref MemoryMarshal.GetReference(slope), o = ref MemoryMarshal.GetReference(height);
        ref T μ = ref MemoryMarshal.GetReference(centre);
        int j = 0;
        for (; j <= rowDx.Length - Vector<T>.Count; j += Vector<T>.Count)
        {
            var d = Vector.LoadUnsafe(ref x, (nuint)j) - Vector.LoadUnsafe(ref μ, (nuint)j);
            var linear = Fused.MultiplyAdd(d, Vector.LoadUnsafe(ref k, (nuint)j), Vector.LoadUnsafe(ref o, (nuint)j));
            Fused.MultiplyAdd(Vector.LoadUnsafe(ref dy, (nuint)j), Vector.LoadUnsafe(ref a, (nuint)j), linear).StoreUnsafe(ref dx, (nuint)j);
        }
        for (; j < rowDx.Length; j++)
        {
            T linear = Fused.MultiplyAdd(Unsafe.Add(ref x, j) - Unsafe.Add(ref μ, j), Unsafe.Add(ref k, j), Unsafe.Add(ref o, j));
            Unsafe.Add(ref dx, j) = Fused.MultiplyAdd(Unsafe.Add(ref dy, j), Unsafe.Add(ref a, j), linear);
        }
    }
}
