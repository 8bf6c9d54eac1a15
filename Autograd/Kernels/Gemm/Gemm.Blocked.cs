using System.Buffers;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// B may stay where it is, or be packed in one piece, up to this many bytes: it then lives in the L2 cache while the rows of A pass by.
    /// Packing costs more than it brings until B is well beyond that cache.
    /// </summary>
    private const int UnblockedBytes = 1_250_000;

    /// <summary>Beyond <see cref="UnblockedBytes"/>: a block of A of RowBlock × DepthBlock for L2, of B of DepthBlock × ColumnBlock for L3.</summary>
    private const int RowBlock = 240;

    /// <inheritdoc cref="RowBlock"/>
    private const int DepthBlock = 512;

    /// <inheritdoc cref="RowBlock"/>
    private const int ColumnBlock = 2064;                   // a multiple of every panel width: 48, 24, 16, 8, 4

    /// <summary>Kernels per tile height in the table of <see cref="MicroKernels{L, V, T, E}"/>.</summary>
    private const int Widths = 3;

    private const int Alignment = 64;                       // a cache line, and the widest register

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        if (PrefersDots<L, V, T>(p))
        {
            MultiplyDots<L, V, T>(p);
            return;
        }
        var inPlace = p.BCol == 1 && !MustPack<L, V, T>(p);
        if (inPlace && p.M == 1 && p.N > L.TileVectors * L.Count)
            MultiplyRow<L, V, T>(p);
        else if (inPlace && (p.M <= L.TileRows || (long)p.K * p.N * sizeof(T) <= UnblockedBytes))
            MultiplyTiles<L, V, T>(p, PanelWidth<L, V, T>(p.N));
        else if ((long)p.K * p.N * sizeof(T) <= UnblockedBytes)
            MultiplyPacked<L, V, T>(p);
        else
            MultiplyBlocked<L, V, T>(p);
    }

    /// <summary>
    /// A row-major B that is better copied: its ragged edge is dear to load, or its row stride is a multiple of 1 kB, so that the narrow
    /// panels of AVX2 would fall on the same few sets of the cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MustPack<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged =>
        (!L.CheapMasks && p.N % L.Count != 0)
        || (L.TileVectors * L.Count * sizeof(T) <= 64 && p.BRow * sizeof(T) % 1024 == 0 && p.BRow != 0 && p.M > L.TileRows && p.K > 32);

    /// <summary>Columns of a panel of B: of an n that needs several, all panels get about the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PanelWidth<L, V, T>(int n)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var vectors = CeilingDivide(n, L.Count);
        if (vectors <= L.TileVectors) return vectors * L.Count;
        return CeilingDivide(vectors, CeilingDivide(vectors, L.TileVectors)) * L.Count;
    }

    /// <summary>B packed whole, A read in place.</summary>
    private static void MultiplyPacked<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var width = PanelWidth<L, V, T>(p.N);
        var panels = CeilingDivide(p.N, width);
        var buffer = ArrayPool<byte>.Shared.Rent(panels * width * p.K * sizeof(T) + Alignment);
        fixed (byte* raw = buffer)
        {
            var packed = p;
            packed.B = Align<T>(raw);
            packed.BRow = width;
            PackPanels(p.B, p.BRow, p.BCol, p.K, p.N, packed.B, width);
            MultiplyTiles<L, V, T>(packed, width, (nint)width * p.K);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>
    /// The three outer loops of Goto's algorithm, for what outgrows L2. A step over k continues the chains of the step before: its Init is
    /// C. The packed block of B is shared by all rows, so that the loop over row blocks is where several threads can take part.
    /// </summary>
    private static void MultiplyBlocked<L, V, T>(in Product<T> p)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var width = p.N > ColumnBlock ? L.TileVectors * L.Count : PanelWidth<L, V, T>(p.N);
        var depth = CeilingDivide(p.K, CeilingDivide(p.K, DepthBlock));
        var rows = Math.Min(p.M, RowBlock);
        var columns = Math.Min(CeilingDivide(p.N, width) * width, ColumnBlock);
        var packB = ArrayPool<byte>.Shared.Rent(depth * columns * sizeof(T) + Alignment);
        var packA = ArrayPool<byte>.Shared.Rent(PackedRowsLength(rows, depth) * sizeof(T) + Alignment);
        fixed (byte* rawA = packA, rawB = packB)
        {
            T* a = Align<T>(rawA), b = Align<T>(rawB);
            for (var j = 0; j < p.N; j += columns)
            {
                for (var l = 0; l < p.K; l += depth)
                {
                    var block = p;
                    block.N = Math.Min(columns, p.N - j);
                    block.K = Math.Min(depth, p.K - l);
                    PackPanels(p.B + l * p.BRow + j * p.BCol, p.BRow, p.BCol, block.K, block.N, b, width);
                    block.B = b;
                    block.BRow = width;
                    for (var i = 0; i < p.M; i += rows)
                    {
                        block.M = Math.Min(rows, p.M - i);
                        (block.ARow, block.ACol) = PackRows(p.A + i * p.ARow + l * p.ACol, p.ARow, p.ACol, block.M, block.K, a);
                        block.A = a;
                        block.C = p.C + i * p.CRow + j;
                        block.Init = l > 0 ? block.C : p.Init == null ? null : p.Init + i * p.InitRow + j;
                        block.InitRow = l > 0 ? p.CRow : p.InitRow;
                        MultiplyTiles<L, V, T>(block, width, (nint)width * block.K);
                    }
                }
            }
        }
        ArrayPool<byte>.Shared.Return(packA);
        ArrayPool<byte>.Shared.Return(packB);
    }

    /// <summary>B in place: its panels are simply side by side.</summary>
    private static void MultiplyTiles<L, V, T>(in Product<T> p, int width)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged => MultiplyTiles<L, V, T>(p, width, width);

    /// <summary>
    /// One kernel call per tile. B lies in panels of <paramref name="width"/> columns, <paramref name="panelStride"/> elements apart. A
    /// micro-panel of A stays in L1 while all of B passes by.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTiles<L, V, T>(in Product<T> p, int width, nint panelStride)
        where L : struct, ILanes<V, T>
        where V : unmanaged
        where T : unmanaged
    {
        var edge = p.N % L.Count;
        var wholeKernels = MicroKernels<L, V, T, WholeEdge>.Table;
        var lastKernels = edge == 0 ? wholeKernels : MicroKernels<L, V, T, RaggedEdge>.Table;
        var lastColumn = p.N <= width ? 0 : (p.N - 1) / width * width;
        var vectors = width / L.Count - 1;
        var lastVectors = CeilingDivide(p.N - lastColumn, L.Count) - 1;

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
                var kernel = wholeKernels[rows * Widths + vectors];
                for (var j = 0; j < lastColumn; j += width)
                {
                    kernel(p.K, a, p.ARow, p.ACol, b, p.BRow, c + j, p.CRow, start, p.InitRow, edge);
                    b += panelStride;
                    if (start != null) start += width;
                }
            }
            lastKernels[rows * Widths + lastVectors](p.K, a, p.ARow, p.ACol, b, p.BRow, c + lastColumn, p.CRow, start, p.InitRow, edge);
            a += rows * p.ARow;
            c += rows * p.CRow;
            if (init != null) init += rows * p.InitRow;
        }
    }

    private static T* Align<T>(byte* p)
        where T : unmanaged => (T*)(((nint)p + Alignment - 1) & -Alignment);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CeilingDivide(int x, int y) => (int)((uint)(x + y - 1) / (uint)y);
}
