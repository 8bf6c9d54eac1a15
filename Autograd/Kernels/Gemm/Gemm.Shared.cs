using System.Numerics;

namespace MiniTorch.Kernels;

/// <summary>
/// The sharing out among threads. A product is cut along m or n only, and how each element is computed is decided before, by the whole
/// product: so the bits are those of one thread.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Multiplications that are worth a thread's while: 1 µs. With twice as many, two threads gained 1.6-fold at 96³ instead of 1.9-fold.</summary>
    private const long Grain = 1 << 16;

    /// <summary>
    /// Multiplications from which a product is shared out: 128³, 38 µs. With operands that stay where they are, 64³ already gains 1.7-fold;
    /// in training they are fresh in the caller's cache, and fetching them can take longer than the product (see <see cref="Team"/>).
    /// </summary>
    private const long Least = 1 << 21;

    /// <summary>Parts at most: enough for many threads, and few enough to be large.</summary>
    private const int MostParts = 64;

    /// <summary>
    /// The same product for every matrix of a batch, as <see cref="Run"/>; <paramref name="aStep"/>, <paramref name="bStep"/> and
    /// <paramref name="cStep"/> are elements from a matrix to the next, 0 for one that all share.
    /// </summary>
    public static void RunBatch<T>(
        int batch, int m, int n, int k, ReadOnlySpan<T> a, int aStep, int aRow, int aCol, ReadOnlySpan<T> b, int bStep, int bRow, int bCol,
        Span<T> c, int cStep, int cRow, bool accumulate, ReadOnlySpan<T> bias = default)
        where T : unmanaged, INumberBase<T>
    {
        var work = Math.Max((long)m * n * k, 1);
        var each = work >= Least ? Math.Max(batch, 1) : (int)Math.Clamp(2 * Grain / work, 1, int.MaxValue);
        Team.Run(batch, each, new Batch<T>(m, n, k, a, aStep, aRow, aCol, b, bStep, bRow, bCol, c, cStep, cRow, accumulate, bias));
    }

    private readonly ref struct Batch<T>(
        int m, int n, int k, ReadOnlySpan<T> a, int aStep, int aRow, int aCol, ReadOnlySpan<T> b, int bStep, int bRow, int bCol,
        Span<T> c, int cStep, int cRow, bool accumulate, ReadOnlySpan<T> bias) : IRange
        where T : unmanaged, INumberBase<T>
    {
        private readonly ReadOnlySpan<T> a = a, b = b, bias = bias;
        private readonly Span<T> c = c;

        public void Run(int start, int count)
        {
            for (var i = start; i < start + count; i++)
                Gemm.Run(m, n, k, a[(i * aStep)..], aRow, aCol, b[(i * bStep)..], bRow, bCol, c[(i * cStep)..], cRow, accumulate, bias);
        }
    }

    /// <summary>Runs one of the ways to compute a product over bands of rows or of columns of C.</summary>
    private static void Share<L, V, T>(in Product<T> p, delegate*<in Product<T>, void> way, bool byRows)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var work = (long)p.M * p.N * p.K;
        if (work < Least)
        {
            way(p);
            return;
        }
        var step = byRows ? L.TileRows : L.Count;
        var parts = Math.Min((int)Math.Min(work / Grain, MostParts), CeilingDivide(byRows ? p.M : p.N, step));
        Team.Run(parts, new Bands<T>(p, way, byRows, step, parts));
    }

    private readonly struct Bands<T>(Product<T> whole, delegate*<in Product<T>, void> way, bool byRows, int step, int parts) : IChunks
        where T : unmanaged
    {
        public void Run(int chunk)
        {
            var lines = byRows ? whole.M : whole.N;
            long steps = CeilingDivide(lines, step);
            int start = (int)(steps * chunk / parts) * step, end = Math.Min((int)(steps * (chunk + 1) / parts) * step, lines);
            var part = byRows ? whole.Rows(start, end - start) : whole.Columns(start, end - start);
            way(part);
        }
    }
}
