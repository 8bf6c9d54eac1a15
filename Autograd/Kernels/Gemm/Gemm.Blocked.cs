using System.Buffers;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Blocks for the caches, tiles for the registers. The sizes were measured (Zen 4: 32 kB L1, 1 MB L2, 32 MB L3); each of them may be off by
/// a factor of one and a half without much harm.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>
    /// B may stay where it is, or be packed in one piece, up to this many bytes: it then lives in the L2 cache while the rows of A pass by.
    /// </summary>
    private const int UnblockedBytes = 1_250_000;

    /// <summary>
    /// The k up to which a large column-major A stays where it is. A tile uses half a cache line of it per k, each far
    /// from the next: these lines must stay in L1 until the next tile has used the rest.
    /// </summary>
    private const int ColumnMajorDepth = 512;

    /// <summary>Up to this many rows of A, a larger row-major B is still not packed but read in slabs of <see cref="SlabBytes"/>.</summary>
    private const int FewRows = 96;

    /// <inheritdoc cref="FewRows"/>
    private const int SlabBytes = 128 * 1024;

    /// <summary>Rows of B in a packed block. The rows of A under one tile, 8 of this length, just fill L1.</summary>
    private const int DepthBlock = 1024;

    /// <summary>Columns of B in a packed block, which then lives in L3. A multiple of every panel width: 48, 24, 16, 12, 8, 4.</summary>
    private const int ColumnBlock = 2064;

    /// <summary>Rows of A in a block. Where A has to be transposed into a buffer, that takes at most 400 kB of L2, and uses whole cache lines.</summary>
    private const int RowBlock = 96, LeastRows = 16;

    private const int Alignment = 64;                       // a cache line, and the widest register

    internal static void Multiply<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        if (IsSmall(p))
        {
            MultiplySmall<L, V, T>(p);
            return;
        }
        var deep = p.ACol != 1 && p.K > ColumnMajorDepth && p.BytesOfA > UnblockedBytes;
        var small = p.BytesOfB <= UnblockedBytes && !deep;
        var byRows = p.M > 8 * p.N;
        var inPlace = p.BCol == 1 && !MustPack<L, V, T>(p);
        if (PrefersDots<L, V, T>(p))
            Share<L, V, T>(p, &MultiplyDots<L, V, T>, byRows: p.M > p.N);
        else if (inPlace && p.M == 1 && p.N > L.TileVectors * L.Count)
            Share<L, V, T>(p, &MultiplyRow<L, V, T>, byRows: false);
        else if (inPlace && small)
            Share<L, V, T>(p, &MultiplyTiles<L, V, T>, byRows: p.M >= p.N || p.M >= 4 * L.TileRows);
        else if (inPlace && p.M <= FewRows)
            Share<L, V, T>(p, &MultiplySlabs<L, V, T>, byRows: false);
        else if (small && (!byRows || (long)p.M * p.N * p.K < Least))                  // cut by rows, every part would pack B anew
            Share<L, V, T>(p, &MultiplyPacked<L, V, T>, byRows);
        else
            MultiplyBlocked<L, V, T>(p);
    }

    /// <summary>
    /// A row-major B that is better copied: its ragged edge is dear to load, or its row stride is a multiple of 1 kB, so that panels as
    /// narrow as a cache line would fall on the same few sets of the cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MustPack<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged =>
        (!L.CheapMasks && p.N % L.Count != 0)
        || (L.TileVectors * L.Count * sizeof(T) <= 64 && p.M > L.TileRows && p.K > 32
            && p.BRow * sizeof(T) % 1024 == 0 && p.BRow != 0);

    /// <summary>Columns of a panel of B: of an n that needs several panels, all get about the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PanelWidth<L, V, T>(int n)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var vectors = CeilingDivide(n, L.Count);
        return (vectors <= L.TileVectors ? vectors : CeilingDivide(vectors, CeilingDivide(vectors, L.TileVectors))) * L.Count;
    }

    /// <summary>
    /// Few rows times a large row-major B: packing it would not pay, but tiles that run down all of k would read it in narrow strips, a
    /// page per row, which no prefetcher follows. So a slab of rows of B at a time.
    /// </summary>
    private static void MultiplySlabs<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var width = PanelWidth<L, V, T>(p.N);
        var depth = Math.Max(8, SlabBytes / sizeof(T) / p.N);
        for (var l = 0; l < p.K; l += depth) MultiplyTiles<L, V, T>(p.Depth(l, Math.Min(depth, p.K - l)), width, width);
    }

    /// <summary>B packed whole, A read in place.</summary>
    private static void MultiplyPacked<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var width = PanelWidth<L, V, T>(p.N);
        var buffer = ArrayPool<byte>.Shared.Rent(CeilingDivide(p.N, width) * width * p.K * sizeof(T) + Alignment);
        fixed (byte* raw = buffer)
        {
            var packed = p;
            PackB(ref packed, width, Align<T>(raw));
            MultiplyTiles<L, V, T>(packed, width, (nint)width * p.K);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>
    /// The outer loops of Goto's algorithm, for what outgrows L2. A packed block of B serves all rows: the team packs its panels, then
    /// shares out the rows.
    /// </summary>
    private static void MultiplyBlocked<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var width = p.N > ColumnBlock ? L.TileVectors * L.Count : PanelWidth<L, V, T>(p.N);
        var columns = Math.Min(CeilingDivide(p.N, width) * width, ColumnBlock);
        var depth = CeilingDivide(p.K, CeilingDivide(p.K, DepthBlock));
        var rows = Math.Clamp(CeilingDivide(p.M, MostParts * LeastRows) * LeastRows, LeastRows, RowBlock);
        var buffer = ArrayPool<byte>.Shared.Rent(depth * columns * sizeof(T) + Alignment);
        fixed (byte* raw = buffer)
        {
            for (var j = 0; j < p.N; j += columns)
            {
                var strip = p.Columns(j, Math.Min(columns, p.N - j));
                for (var l = 0; l < p.K; l += depth)
                {
                    var block = strip.Depth(l, Math.Min(depth, p.K - l));
                    PackB(ref block, width, Align<T>(raw), shared: true);
                    Team.Run(CeilingDivide(p.M, rows), new RowBlocks<L, V, T>(block, rows, width));
                }
            }
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>
    /// Rows of A times a packed block of B. An A whose rows are not contiguous is transposed first: in place, a tile would use a part of
    /// each cache line, and often meet the same few cache sets over and over.
    /// </summary>
    private readonly struct RowBlocks<L, V, T>(Product<T> whole, int rows, int width) : IChunks
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        public void Run(int chunk)
        {
            var p = whole.Rows(chunk * rows, Math.Min(rows, whole.M - chunk * rows));
            if (p.ACol == 1)
            {
                MultiplyTiles<L, V, T>(p, width, (nint)width * p.K);
                return;
            }
            var stride = p.K + Alignment / sizeof(T);       // never a large power of two
            var buffer = ArrayPool<byte>.Shared.Rent(p.M * stride * sizeof(T) + Alignment);
            fixed (byte* raw = buffer)
            {
                Transpose(p.A, p.ARow, p.ACol, p.M, p.K, Align<T>(raw), stride);
                p.A = Align<T>(raw);
                (p.ARow, p.ACol) = (stride, 1);
                MultiplyTiles<L, V, T>(p, width, (nint)width * p.K);
            }
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>B in place: its panels are simply side by side.</summary>
    private static void MultiplyTiles<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var width = PanelWidth<L, V, T>(p.N);
        MultiplyTiles<L, V, T>(p, width, width);
    }

    /// <summary>
    /// One kernel call per tile. B lies in panels of <paramref name="width"/> columns, <paramref name="panelStride"/> elements apart. The
    /// rows of A under a tile stay in L1 while all of B passes by; with the loops the other way round it was 5 to 10 % slower.
    /// </summary>
    private static void MultiplyTiles<L, V, T>(in Product<T> p, int width, nint panelStride)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var edge = p.N % L.Count;                           // lanes in use in the last register of a row; 0 if all are
        var vectors = width / L.Count;
        var lastColumn = p.N <= width ? 0 : (p.N - 1) / width * width;
        var lastVectors = CeilingDivide(p.N - lastColumn, L.Count);

        // All tiles about as high: 8 + 8 + 1 rows would take the time of three full tiles, 6 + 6 + 5 that of two.
        var tiles = CeilingDivide(p.M, L.TileRows);
        var (height, higher) = tiles == 1 ? (p.M, 0) : Math.DivRem(p.M, tiles);
        T* a = p.A, c = p.C, init = p.Init;
        for (var tile = 0; tile < tiles; tile++)
        {
            var rows = tile < higher ? height + 1 : height;
            var b = p.B;
            var start = init;
            if (lastColumn > 0)
            {
                var kernel = MicroKernels<L, V, T, WholeEdge>.For(rows, vectors);
                for (var j = 0; j < lastColumn; j += width)
                {
                    kernel(p.K, a, p.ARow, p.ACol, b, p.BRow, c + j, p.CRow, start, p.InitRow, 0);
                    b += panelStride;
                    if (start != null) start += width;
                }
            }
            var last = edge == 0
                ? MicroKernels<L, V, T, WholeEdge>.For(rows, lastVectors)
                : MicroKernels<L, V, T, RaggedEdge>.For(rows, lastVectors);
            last(p.K, a, p.ARow, p.ACol, b, p.BRow, c + lastColumn, p.CRow, start, p.InitRow, edge);

            a += rows * p.ARow;
            c += rows * p.CRow;
            if (init != null) init += rows * p.InitRow;
        }
    }

    private static T* Align<T>(byte* p)
        where T : unmanaged => (T*)(((nint)p + Alignment - 1) & -Alignment);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CeilingDivide(int x, int y) => (int)(((uint)x + (uint)y - 1) / (uint)y);
}
