using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>
/// Matrix products: <c>C = A·B</c>, <c>C += A·B</c> or <c>C = A·B + bias</c>. The readable meaning is in <c>Gemm.Reference.cs</c>.
/// </summary>
/// <remarks>
/// The way down, each step in its own file:
/// <list type="bullet">
/// <item>here: check the bounds, choose the instruction set;</item>
/// <item><c>Gemm.Blocked.cs</c>: cut the product into blocks that fit the caches and tiles that fit the registers, pack only what
/// must be packed (<c>Gemm.Packing.cs</c>);</item>
/// <item><c>Gemm.Vectors.cs</c>: products in which one side is a few vectors; <c>Gemm.Small.cs</c>: those of a few dozen numbers;</item>
/// <item><c>MicroKernels.g.cs</c>: the loops that do the arithmetic, written for any register by way of <c>Lanes.cs</c>.</item>
/// </list>
/// A block is cut along m and n only, and every element of C is computed whole by one thread in the order of k; so the bits depend on
/// the shape and the instruction set, never on how the rows are shared out.
/// </remarks>
internal static unsafe partial class Gemm
{
    /// <summary>
    /// <c>c[m, n] = a[m, k] · b[k, n]</c>, plus what was in <paramref name="c"/> if <paramref name="accumulate"/>, plus
    /// <paramref name="bias"/> (length n) in every row if it is given. For k = 0 the product is zero.
    /// </summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A and rows of B.</param>
    /// <param name="a">Starts at A's first element.</param>
    /// <param name="aRow">Elements from a row of A to the next; 0 for an expanded dimension.</param>
    /// <param name="aCol">Elements from a column of A to the next. The transpose is the same storage with the two strides swapped.</param>
    /// <param name="b">Starts at B's first element.</param>
    /// <param name="bRow">Elements from a row of B to the next.</param>
    /// <param name="bCol">Elements from a column of B to the next.</param>
    /// <param name="c">Row-major; must not overlap <paramref name="a"/>, <paramref name="b"/> or <paramref name="bias"/>.</param>
    /// <param name="cRow">Elements from a row of C to the next; what lies between the rows is left alone.</param>
    /// <param name="accumulate">Add to C instead of overwriting it; excludes a bias.</param>
    /// <param name="bias">Empty, or a row that is added to every row of the product.</param>
    // The loops that do the arithmetic are optimised at their first call, the drivers here and in the other files like any code: there is much
    // of them for one product, and the packages bring most of it compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Run<T>(
        int m, int n, int k, ReadOnlySpan<T> a, int aRow, int aCol, ReadOnlySpan<T> b, int bRow, int bCol,
        Span<T> c, int cRow, bool accumulate, ReadOnlySpan<T> bias = default)
        where T : unmanaged, INumberBase<T>
    {
        Check(m, n, k, a.Length, aRow, aCol, b.Length, bRow, bCol, c.Length, cRow, accumulate, bias.Length);
        if (m == 0 || n == 0) return;

        fixed (T* pa = a, pb = b, pc = c, pBias = bias)
        {
            var product = new Product<T>(m, n, k, pa, aRow, aCol, pb, bRow, bCol, pc, cRow)
            {
                Init = accumulate ? pc : pBias,             // pBias is null if there is no bias
                InitRow = accumulate ? cRow : 0,
            };
            if (k == 0 || (typeof(T) != typeof(float) && typeof(T) != typeof(double))) Reference(product);
            else if (PrefersTransposed(product)) MultiplyTransposed(product);
            else Multiply(product);
        }
    }

    /// <summary>
    /// Vectors run along the rows of C. Where those are shorter than a register but A is column-major, its columns make the better lanes:
    /// Cᵀ = Bᵀ·Aᵀ.
    /// </summary>
    private static bool PrefersTransposed<T>(in Product<T> p)
        where T : unmanaged =>
        !IsSmall(p) && p.N < p.M && p.ARow == 1 && p.ACol != 1 && p.N * sizeof(T) < 64 && p.M * sizeof(T) >= 32 && p.M < 1 << 24;

    /// <summary>C by way of Cᵀ. A single column with unit stride is its own transpose; otherwise Cᵀ is built aside.</summary>
    private static void MultiplyTransposed<T>(in Product<T> p)
        where T : unmanaged
    {
        var inPlace = p.N == 1 && p.CRow == 1;
        var buffer = inPlace ? [] : ArrayPool<byte>.Shared.Rent(p.M * p.N * sizeof(T) + Alignment);
        fixed (byte* raw = buffer)
        {
            var c = inPlace ? p.C : Align<T>(raw);
            var transposed = new Product<T>(p.N, p.M, p.K, p.B, p.BCol, p.BRow, p.A, p.ACol, p.ARow, c, p.M) { InitRow = p.M };
            if (p.Init != null)
            {
                transposed.Init = c;
                if (p.Init != c) CopyTransposed(p.Init, p.InitRow, 1, p.M, p.N, c);
            }
            Multiply(transposed);
            if (!inPlace) Transpose(c, 1, p.M, p.M, p.N, p.C, p.CRow);
        }
        if (!inPlace) ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Chooses the instruction set. The tests are constants to the JIT, so one branch remains of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<T>(in Product<T> p)
        where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported && p.N > Vector256<T>.Count)
        {
            if (typeof(T) == typeof(float)) Multiply<Single512, Vector512<float>, float>(p.As<float>());
            else Multiply<Double512, Vector512<double>, double>(p.As<double>());
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            if (typeof(T) == typeof(float)) Multiply<Single256, Vector256<float>, float>(p.As<float>());
            else Multiply<Double256, Vector256<double>, double>(p.As<double>());
        }
        else
        {
            if (typeof(T) == typeof(float)) Multiply<PortableLanes<float>, Vector<float>, float>(p.As<float>());
            else Multiply<PortableLanes<double>, Vector<double>, double>(p.As<double>());
        }
    }

    /// <summary>Kernels use raw pointers: nothing that could leave its span may pass here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Check(
        int m, int n, int k, int aLength, int aRow, int aCol, int bLength, int bRow, int bCol, int cLength, int cRow,
        bool accumulate, int bias)
    {
        if ((m | n | k | aRow | aCol | bRow | bCol | cRow) < 0)
            throw new ArgumentOutOfRangeException(nameof(m), $"Gemm: sizes and strides must not be negative, got [{m}, {k}]·[{k}, {n}].");
        if (Extent(m, k, aRow, aCol) > aLength) Fail("A", m, k, aRow, aCol, aLength);
        if (Extent(k, n, bRow, bCol) > bLength) Fail("B", k, n, bRow, bCol, bLength);
        if (Extent(m, n, cRow, 1) > cLength) Fail("C", m, n, cRow, 1, cLength);
        if (m > 1 && cRow < n)
            throw new ArgumentException($"Gemm: rows of C overlap: {n} columns with a row stride of {cRow}.", nameof(cRow));
        if (bias != 0 && (bias != n || accumulate))
            throw new ArgumentException($"Gemm: bias needs {n} elements (got {bias}) and excludes accumulate.", nameof(bias));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static long Extent(int rows, int cols, int row, int col) =>
            rows == 0 || cols == 0 ? 0 : (rows - 1L) * row + (cols - 1L) * col + 1;

        static void Fail(string name, int rows, int cols, int row, int col, int length) =>
            throw new ArgumentException($"Gemm: {name}[{rows}, {cols}] with strides ({row}, {col}) does not fit in {length} elements.");
    }
}
