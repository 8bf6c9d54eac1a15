using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// Every fast path against the definition of the product in double precision. Tolerance: a sum of k products, in any order, differs from
/// the exact one by at most about k·ε·Σ|a·b|; we allow (k + 2)·ε·(|init| + Σ|a·b|), the 2 being for the initial value and the last rounding.
/// </summary>
public class GemmTests
{
    private static readonly int[] _sizes = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 47, 48, 49, 64, 100, 129];

    /// <summary>How the caller's matrix lies in memory.</summary>
    public enum Layout
    {
        RowMajor,
        Transposed,
        PaddedRows,
        PaddedTransposed,
        Strided,                                            // neither stride is 1
        ExpandedRows,                                       // row stride 0: every row is the same memory
        ExpandedColumns,
        Scalar,                                             // both strides 0
    }

    public enum Start
    {
        Zero,
        Accumulate,
        Bias,
    }

    /// <summary>A matrix inside guards: NaN around an input (reading it shows), 77 around an output (writing it shows).</summary>
    private sealed class Matrix<T>
        where T : unmanaged, INumberBase<T>
    {
        private const int Guard = 67;
        public readonly T[] Memory;
        public readonly int Rows, Columns, Row, Column, Length;

        public Matrix(int rows, int columns, Layout layout, Random random, T guard)
        {
            (Rows, Columns) = (rows, columns);
            (Row, Column) = layout switch
            {
                Layout.RowMajor => (columns, 1),
                Layout.Transposed => (1, rows),
                Layout.PaddedRows => (columns + 5, 1),
                Layout.PaddedTransposed => (1, rows + 3),
                Layout.Strided => (2 * columns + 1, 2),
                Layout.ExpandedRows => (0, 1),
                Layout.ExpandedColumns => (1, 0),
                _ => (0, 0),
            };
            Length = rows == 0 || columns == 0 ? 0 : (rows - 1) * Row + (columns - 1) * Column + 1;
            Memory = new T[Length + 2 * Guard];
            Array.Fill(Memory, guard);
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++) this[i, j] = T.CreateChecked(2 * random.NextDouble() - 1);
        }

        public Span<T> Span => Memory.AsSpan(Guard, Length);
        public ref T this[int i, int j] => ref Memory[Guard + i * Row + j * Column];
        public bool Covers(int index)
        {
            var at = index - Guard;
            return at >= 0 && at < Length && at % Row < Columns;
        }
    }

    private static void Verify<T>(int m, int n, int k, Layout layoutA, Layout layoutB, bool padC, Start start, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var guard = T.CreateChecked(77);
        var a = new Matrix<T>(m, k, layoutA, random, T.NaN);
        var b = new Matrix<T>(k, n, layoutB, random, T.NaN);
        var c = new Matrix<T>(m, n, padC ? Layout.PaddedRows : Layout.RowMajor, random, guard);
        var bias = new Matrix<T>(1, start == Start.Bias ? n : 0, Layout.RowMajor, random, T.NaN);
        var before = (T[])c.Memory.Clone();

        Gemm.Run<T>(m, n, k, a.Span, a.Row, a.Column, b.Span, b.Row, b.Column, c.Span, c.Row, start == Start.Accumulate, bias.Span);

        var what = $"{typeof(T).Name} [{m}, {k}]·[{k}, {n}] {layoutA} {layoutB} padC={padC} {start}";
        for (var index = 0; index < c.Memory.Length; index++)
            if (!c.Covers(index)) Assert.True(c.Memory[index] == guard, $"{what}: wrote outside C");

        var ε = double.CreateChecked(T.BitIncrement(T.One) - T.One);
        var rowA = new double[k];
        for (var i = 0; i < m; i++)
        {
            for (var l = 0; l < k; l++) rowA[l] = double.CreateChecked(a[i, l]);
            for (var j = 0; j < n; j++)
            {
                var initial = start switch
                {
                    Start.Accumulate => double.CreateChecked(before[67 + i * c.Row + j]),
                    Start.Bias => double.CreateChecked(bias[0, j]),
                    _ => 0,
                };
                double exact = initial, magnitude = Math.Abs(initial);
                for (var l = 0; l < k; l++)
                {
                    var product = rowA[l] * double.CreateChecked(b[l, j]);
                    exact += product;
                    magnitude += Math.Abs(product);
                }
                var actual = double.CreateChecked(c[i, j]);
                Assert.True(Math.Abs(actual - exact) <= (k + 2) * ε * magnitude, $"{what}: C[{i}, {j}] is {actual}, not {exact}");
            }
        }
    }

    private static void Sample<T>(int seed, int cases)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        for (var i = 0; i < cases; i++)
        {
            Verify<T>(
                _sizes[random.Next(_sizes.Length)], _sizes[random.Next(_sizes.Length)], _sizes[random.Next(_sizes.Length)],
                (Layout)random.Next(8), (Layout)random.Next(8), random.Next(2) == 0, (Start)random.Next(3), random);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void RandomShapesLayoutsAndStarts(int seed)
    {
        Sample<float>(seed, 300);
        Sample<double>(seed, 300);
    }

    /// <summary>Each crosses a blocking limit: rows, depth or columns of a block, with a ragged remainder.</summary>
    [Theory]
    [InlineData(7, 2100, 300)]
    [InlineData(250, 330, 1030)]
    [InlineData(13, 70, 5000)]
    [InlineData(1, 700, 700)]
    [InlineData(500, 1, 700)]
    public void ShapesBeyondOneBlock(int m, int n, int k)
    {
        var random = new Random(m);
        Verify<float>(m, n, k, Layout.RowMajor, Layout.Transposed, true, Start.Bias, random);
        Verify<float>(m, n, k, Layout.Transposed, Layout.PaddedRows, false, Start.Accumulate, random);
        Verify<double>(m, n, k, Layout.Strided, Layout.Strided, false, Start.Zero, random);
    }
}
