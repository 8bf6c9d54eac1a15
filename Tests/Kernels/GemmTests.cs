using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using MiniTorch.Kernels;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// Every fast path against the definition of the product. Which paths these are depends on the machine: run the tests again with
/// <c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c> and <c>DOTNET_EnableHWIntrinsic=0</c> to see the others.
/// </summary>
/// <remarks>
/// Tolerance: a sum of k products, in any order, differs from the exact one by at most about k·ε·Σ|a·b|. Allowed are
/// (k + 2)·ε·(|init| + Σ|a·b|), the 2 being for the initial value and the last rounding; the expected value is computed in double, and for
/// double itself its own error is within the same bound.
/// </remarks>
public class GemmTests
{
    private static readonly int[] _sizes = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 47, 48, 49, 64, 100, 129];

    /// <summary>Each crosses a limit where another path begins: few rows or columns, slabs, depth, row and column blocks.</summary>
    public static TheoryData<int, int, int> LargeShapes => new()
    {
        { 1, 700, 700 }, { 500, 1, 700 }, { 5, 700, 500 }, { 97, 700, 500 },
        { 97, 2100, 160 }, { 13, 70, 5000 }, { 100, 310, 1030 }, { 700, 5, 900 }, { 200, 40, 1700 }, { 2500, 17, 60 },
    };

    /// <summary>How the caller's matrix lies in memory.</summary>
    private enum Layout
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

    private enum Start
    {
        Zero,
        Accumulate,
        Bias,
    }

    /// <summary>A matrix between guards.</summary>
    private sealed class Matrix<T>
        where T : unmanaged, INumberBase<T>
    {
        public const int Guard = 67;
        public readonly T[] Memory;
        public readonly int Rows, Columns, Row, Column, Length;

        public Matrix(int rows, int columns, Layout layout, T guard, Func<T> element)
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
                for (var j = 0; j < columns; j++) this[i, j] = element();
        }

        public Span<T> Span => Memory.AsSpan(Guard, Length);
        public ref T this[int i, int j] => ref Memory[Guard + i * Row + j * Column];

        /// <summary>Row-major and in double, or the transpose of that.</summary>
        public double[] ToDouble(bool transpose = false)
        {
            var values = new double[Rows * Columns];
            for (var i = 0; i < Rows; i++)
                for (var j = 0; j < Columns; j++) values[transpose ? j * Rows + i : i * Columns + j] = double.CreateChecked(this[i, j]);
            return values;
        }
    }

    private static void Verify<T>(int m, int n, int k, Layout layoutA, Layout layoutB, bool padC, Start start, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T Element() => T.CreateChecked(2 * random.NextDouble() - 1);
        var a = new Matrix<T>(m, k, layoutA, T.NaN, Element);                   // NaN around the inputs: reading it would show
        var b = new Matrix<T>(k, n, layoutB, T.NaN, Element);
        var bias = new Matrix<T>(1, start == Start.Bias ? n : 0, Layout.RowMajor, T.NaN, Element);
        var guard = T.CreateChecked(77);                                        // around the output: writing it would show
        var c = new Matrix<T>(m, n, padC ? Layout.PaddedRows : Layout.RowMajor, guard, start == Start.Accumulate ? Element : () => T.NaN);
        var initial = start == Start.Accumulate ? c.ToDouble() : bias.ToDouble();

        Gemm.Run<T>(m, n, k, a.Span, a.Row, a.Column, b.Span, b.Row, b.Column, c.Span, c.Row, start == Start.Accumulate, bias.Span);

        string What() => $"{typeof(T).Name} [{m}, {k}]·[{k}, {n}] {layoutA} {layoutB} padC={padC} {start}";
        double[] rows = a.ToDouble(), columns = b.ToDouble(transpose: true);
        var ε = double.CreateChecked(T.BitIncrement(T.One) - T.One);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var exact = start switch { Start.Accumulate => initial[i * n + j], Start.Bias => initial[j], _ => 0 };
                var magnitude = Math.Abs(exact);
                for (var l = 0; l < k; l++)
                {
                    var product = rows[i * k + l] * columns[j * k + l];
                    exact += product;
                    magnitude += Math.Abs(product);
                }
                var actual = double.CreateChecked(c[i, j]);
                if (!(Math.Abs(actual - exact) <= (k + 2) * ε * magnitude)) Assert.Fail($"{What()}: C[{i}, {j}] is {actual}, not {exact}");
                c[i, j] = guard;
            }
        }
        if (c.Memory.AsSpan().ContainsAnyExcept(guard)) Assert.Fail($"{What()}: wrote outside C");
    }

    private static void VerifyEveryShape<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        foreach (var m in _sizes)
            foreach (var n in _sizes)
                foreach (var k in _sizes)
                    Verify<T>(m, n, k, (Layout)random.Next(8), (Layout)random.Next(8), random.Next(2) == 0, (Start)random.Next(3), random);
    }

    [Fact]
    public void EveryShapeOfFloats() => VerifyEveryShape<float>(1);

    [Fact]
    public void EveryShapeOfDoubles() => VerifyEveryShape<double>(2);

    /// <summary>The shapes and transposes that layers and their gradients use, each with each start.</summary>
    [Fact]
    public void EveryLayoutAndStart()
    {
        var random = new Random(3);
        (int, int, int)[] shapes = [(100, 1, 16), (16, 16, 100), (32, 16, 16), (1, 100, 20), (20, 100, 1), (17, 10, 33), (3, 70, 40), (50, 2, 31)];
        foreach (var (m, n, k) in shapes)
            foreach (var a in Enum.GetValues<Layout>())
                foreach (var b in Enum.GetValues<Layout>())
                    foreach (var start in Enum.GetValues<Start>())
                    {
                        Verify<float>(m, n, k, a, b, padC: false, start, random);
                        Verify<double>(m, n, k, a, b, padC: true, start, random);
                    }
    }

    [Theory, MemberData(nameof(LargeShapes))]
    public void ShapesBeyondOneBlock(int m, int n, int k)
    {
        var random = new Random(m);
        Verify<float>(m, n, k, Layout.RowMajor, Layout.RowMajor, false, Start.Zero, random);
        Verify<float>(m, n, k, Layout.RowMajor, Layout.Transposed, true, Start.Bias, random);
        Verify<float>(m, n, k, Layout.Transposed, Layout.PaddedRows, false, Start.Accumulate, random);
        Verify<double>(m, n, k, Layout.Strided, Layout.Strided, false, Start.Bias, random);
    }

    /// <summary>The narrower registers too, which a machine with wide ones would never choose.</summary>
    [Fact]
    public unsafe void EveryRegisterWidth()
    {
        var random = new Random(4);
        for (var round = 0; round < 400; round++)
        {
            int m = random.Next(1, 40), n = random.Next(1, 70), k = random.Next(1, 50);
            float Element() => random.Next(-8, 9);                              // small integers: every sum is exact
            var a = new Matrix<float>(m, k, (Layout)random.Next(5), float.NaN, Element);
            var b = new Matrix<float>(k, n, (Layout)random.Next(5), float.NaN, Element);
            float[] expected = new float[m * n], actual = new float[m * n];
            fixed (float* pa = a.Span, pb = b.Span, pExpected = expected, pActual = actual)
            {
                var product = new Product<float>(m, n, k, pa, a.Row, a.Column, pb, b.Row, b.Column, pExpected, n);
                Gemm.Reference(product);
                product.C = pActual;
                Gemm.Multiply<PortableLanes<float>, Vector<float>, float>(product);
                Assert.Equal(expected, actual);
                if (!Fma.IsSupported || !Avx2.IsSupported) continue;
                Array.Clear(actual);
                Gemm.Multiply<Single256, Vector256<float>, float>(product);
                Assert.Equal(expected, actual);
            }
        }
    }

    /// <summary>
    /// With a row-major B every element is one chain of multiply-adds in the order of k, whatever tile, block or slab it falls in: the same
    /// bits as this loop. So it cannot matter how the rows or columns of C are shared out.
    /// </summary>
    [Theory, MemberData(nameof(LargeShapes)), InlineData(3, 50, 20), InlineData(129, 100, 64), InlineData(64, 6, 40)]
    public void EachElementIsOneChain(int m, int n, int k)
    {
        if (n == 1) return;                                                     // a dot product, which sums lane by lane
        var random = new Random(n);
        float Element() => 2 * random.NextSingle() - 1;
        var a = new Matrix<float>(m, k, Layout.Transposed, 0, Element);
        var b = new Matrix<float>(k, n, Layout.RowMajor, 0, Element);
        var c = new Matrix<float>(m, n, Layout.RowMajor, 0, Element);
        var before = (float[])c.Memory.Clone();
        Gemm.Run<float>(m, n, k, a.Span, a.Row, a.Column, b.Span, b.Row, b.Column, c.Span, c.Row, accumulate: true);

        var fused = (Fma.IsSupported && Avx2.IsSupported) || AdvSimd.IsSupported;
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var expected = before[Matrix<float>.Guard + i * n + j];
                for (var l = 0; l < k; l++)
                    expected = fused ? MathF.FusedMultiplyAdd(a[i, l], b[l, j], expected) : a[i, l] * b[l, j] + expected;
                if (c[i, j] != expected) Assert.Fail($"[{m}, {k}]·[{k}, {n}]: C[{i}, {j}] is {c[i, j]:R}, not {expected:R}");
            }
        }
    }

    [Theory, InlineData(9, 20, 12), InlineData(1, 60, 12), InlineData(30, 1, 12)]
    [InlineData(30, 3, 50), InlineData(2, 40, 50), InlineData(100, 310, 1030)]
    public void NotFiniteNumbersStayInTheirRowAndColumn(int m, int n, int k)
    {
        foreach (var layout in new[] { Layout.RowMajor, Layout.Transposed, Layout.Strided })
        {
            var a = new Matrix<float>(m, k, layout, 0, () => 1);
            var b = new Matrix<float>(k, n, layout, 0, () => 1);
            var c = new float[m * n];
            (a[m - 1, k - 1], b[k / 2, n - 1]) = (float.NaN, float.PositiveInfinity);
            Gemm.Run<float>(m, n, k, a.Span, a.Row, a.Column, b.Span, b.Row, b.Column, c, n, accumulate: false);
            for (var i = 0; i < m; i++)
                for (var j = 0; j < n; j++)
                    Assert.Equal(i == m - 1 ? float.NaN : j == n - 1 ? float.PositiveInfinity : k, c[i * n + j]);

            a[m - 1, k - 1] = 1;
            a[0, k / 2] = 0;                                                    // 0·∞ is not skipped
            Gemm.Run<float>(m, n, k, a.Span, a.Row, a.Column, b.Span, b.Row, b.Column, c, n, accumulate: false);
            Assert.Equal(float.NaN, c[n - 1]);
        }
    }

    [Fact]
    public void IntegersWrapAround()
    {
        var bytes = new byte[4];
        Gemm.Run<byte>(2, 2, 2, [1, 2, 3, 4], 2, 1, [100, 1, 100, 2], 2, 1, bytes, 2, accumulate: false);
        Assert.Equal([44, 5, 188, 11], bytes);                                  // 300 and 700 modulo 256

        var ints = new int[] { 10, 20 };
        Gemm.Run<int>(1, 2, 2, [3, -4], 2, 1, [1, 2, 3, 4], 1, 2, ints, 2, accumulate: true);   // B is transposed: [[1, 3], [2, 4]]
        Assert.Equal([10 + 3 - 8, 20 + 9 - 16], ints);

        var longs = new long[2];
        Gemm.Run<long>(2, 1, 1, [long.MaxValue, 5], 1, 1, [2], 1, 1, longs, 1, accumulate: false, bias: [1]);
        Assert.Equal([-1, 11], longs);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        var six = new float[6];
        Assert.Throws<ArgumentException>(() => Gemm.Run<float>(2, 3, 4, six, 4, 1, new float[12], 3, 1, six, 3, false));
        Assert.Throws<ArgumentException>(() => Gemm.Run<float>(2, 3, 2, six, 2, 1, new float[5], 3, 1, six, 3, false));
        Assert.Throws<ArgumentException>(() => Gemm.Run<float>(2, 3, 2, six, 2, 1, six, 3, 1, six, 4, false));
        Assert.Throws<ArgumentException>(() => Gemm.Run<float>(2, 3, 2, six, 2, 1, six, 3, 1, six, 2, false));
        Assert.Throws<ArgumentException>(() => Gemm.Run<float>(2, 3, 2, six, 2, 1, six, 3, 1, new float[6], 3, false, new float[2]));
        Assert.Throws<ArgumentException>(() => Gemm.Run<float>(2, 3, 2, six, 2, 1, six, 3, 1, new float[6], 3, true, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gemm.Run<float>(2, 3, 2, six, -2, 1, six, 3, 1, new float[6], 3, false));
    }

    /// <summary>
    /// Every operand ends where readable memory ends: one register too many would kill the process. (Lanes that are read but not used show
    /// in no result, so nothing else can catch them.)
    /// </summary>
    [Fact]
    public void NothingIsReadBeyondTheEnd()
    {
        using GuardedMemory a = new(1 << 16), b = new(1 << 16), bias = new(1 << 12), c = new(1 << 16);
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            int m = random.Next(1, 40), n = random.Next(1, 70), k = random.Next(1, 60);
            bool ta = random.Next(2) == 0, tb = random.Next(2) == 0;
            Gemm.Run<float>(
                m, n, k, a.Last<float>(m * k), ta ? 1 : k, ta ? m : 1, b.Last<float>(k * n), tb ? 1 : n, tb ? k : 1,
                c.Last<float>(m * n), n, accumulate: false, bias.Last<float>(random.Next(2) * n));
            Gemm.Run<double>(
                m, n, k, a.Last<double>(m * k), ta ? 1 : k, ta ? m : 1, b.Last<double>(k * n), tb ? 1 : n, tb ? k : 1,
                c.Last<double>(m * n), n, accumulate: false, bias.Last<double>(random.Next(2) * n));
        }
    }

    [PythonFact]
    public void MicroKernelsAreWhatTheGeneratorWrites()
    {
        var folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../Autograd/Kernels/Gemm");
        var command = new ProcessStartInfo("python3", "generate_microkernels.py") { WorkingDirectory = folder, RedirectStandardOutput = true };
        using var python = Process.Start(command)!;
        var generated = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        var committed = File.ReadAllText(Path.Combine(folder, "MicroKernels.g.cs"));
        Assert.True(generated == committed, "Run generate_microkernels.py again; see its head.");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    /// <summary>A test that is skipped, and says so, where there is no Python or no source tree.</summary>
    private sealed class PythonFactAttribute : FactAttribute
    {
        public PythonFactAttribute()
        {
            var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            if (!Array.Exists(folders, folder => File.Exists(Path.Combine(folder, "python3")))) Skip = "python3 is not on the path";
            else if (!File.Exists(ThisFile())) Skip = "the source tree is not where the tests were built";
        }
    }
}
