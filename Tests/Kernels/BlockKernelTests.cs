using System.Numerics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>The kernels that fold or rescale the middle of a dense block [outer, n, inner], against one element at a time.</summary>
public class BlockKernelTests
{
    private static readonly int[] Sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 33, 64, 100, 127, 129, 260, 300, 1000, 1031, 2100];

    /// <summary>Memory with guards before and after.</summary>
    private static T[] Between<T>(int n, T guard, Func<T> element)
    {
        var memory = new T[n + 80];
        Array.Fill(memory, guard);
        for (int i = 0; i < n; i++) memory[40 + i] = element();
        return memory;
    }

    private static void ForEveryShape(int seed, Action<Random, int, int> check)
    {
        var random = new Random(seed);
        foreach (int n in Sizes)
            foreach (int inner in Sizes)
                if (n * inner < 40_000) check(random, n, inner);
    }

    /// <summary>Small integers: every sum is exact, whatever the order.</summary>
    [Fact]
    public void Sums() => ForEveryShape(1, static (random, n, inner) =>
    {
        var x = Between(n * inner, float.NaN, () => (float)random.Next(-9, 10));
        var y = Between(inner, 77f, () => 77f);
        Reduce.Columns<Sum.Fold, float>(ref x[40], n, inner, ref y[40]);
        var expected = Between(inner, 77f, () => 0f);
        for (int i = 0; i < n * inner; i++) expected[40 + i % inner] += x[40 + i];
        y.ShouldBe(expected, $"[{n}, {inner}]");
        Reduce.Row<Sum.Fold, float>(ref x[40], n * inner).ShouldBe(expected[40..^40].Sum());
    });

    [Fact]
    public void LargestOfDoubles() => ForEveryShape(2, static (random, n, inner) =>
    {
        var x = Between(n * inner, double.PositiveInfinity, () => random.Next(1000) == 0 ? double.NaN : random.NextDouble());
        var y = Between(inner, 77.0, () => 77.0);
        Reduce.Columns<Amax.Fold, double>(ref x[40], n, inner, ref y[40]);
        var expected = Between(inner, 77.0, () => double.NegativeInfinity);
        for (int i = 0; i < n * inner; i++) expected[40 + i % inner] = Math.Max(expected[40 + i % inner], x[40 + i]);
        y.ShouldBe(expected, $"[{n}, {inner}]");
        Reduce.Row<Amax.Fold, double>(ref x[40], n * inner).ShouldBe(expected[40..^40].Aggregate(Math.Max));
    });

    /// <summary>A sum of n floats, each rounded, is off by about log₂ n ulps, not by n.</summary>
    [Fact]
    public void SumsArePairwise()
    {
        var x = new float[1 << 22];
        Array.Fill(x, 0.1f);
        double exact = x.Length * (double)0.1f, ε = Math.Pow(2, -24);
        Math.Abs(Reduce.Row<Sum.Fold, float>(ref x[0], x.Length) / exact - 1).ShouldBeLessThan(300 * ε);
        var y = new float[64];
        Reduce.Columns<Sum.Fold, float>(ref x[0], x.Length / 64, 64, ref y[0]);
        foreach (float v in y) Math.Abs(v / (exact / 64) - 1).ShouldBeLessThan(100 * ε);
    }

    [Fact]
    public void TheFirstOfTheBestOrTheFirstNaN()
    {
        ForEveryShape(3, static (random, n, inner) => CheckSearch(n, inner, () => random.Next(300) == 0 ? float.NaN : random.Next(30), float.PositiveInfinity));
        ForEveryShape(4, static (random, n, inner) => CheckSearch(n, inner, () => random.NextInt64(30), long.MaxValue));
        ForEveryShape(5, static (random, n, inner) => CheckSearch(n, inner, () => (byte)random.Next(256), byte.MaxValue));
    }

    private static void CheckSearch<T>(int n, int inner, Func<T> element, T around)
        where T : unmanaged, INumber<T>
    {
        const int outer = 2;
        var x = Between(outer * n * inner, around, element);
        long[] y = Between(outer * inner, -7L, () => -7L), expected = Between(outer * inner, -7L, () => 0L);
        Search.Run<Above, T>(ref x[40], ref y[40], outer, n, inner);
        for (int o = 0; o < outer; o++)
            for (int j = 0; j < inner; j++) expected[40 + o * inner + j] = Search.Reference<Above, T>(ref x[40 + o * n * inner + j], n, inner);
        y.ShouldBe(expected, $"{typeof(T).Name} [{outer}, {n}, {inner}]");
    }

    /// <summary>Tolerance: x − max x, up to 20, is rounded to half an ulp, 2⁻²⁰ (in double 2⁻⁴⁹), and the exponential hands that on.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Softmax(bool log)
    {
        ForEveryShape(6, (random, n, inner) => CheckSoftmax(n, inner, log, () => 20 * random.NextSingle() - 10, float.NaN, 1.2 * Math.Pow(2, -20)));
        ForEveryShape(7, (random, n, inner) => CheckSoftmax(n, inner, log, () => 20 * random.NextDouble() - 10, double.NaN, 1.2 * Math.Pow(2, -49)));
    }

    private static void CheckSoftmax<T>(int n, int inner, bool log, Func<T> element, T around, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        const int outer = 2;
        T guard = T.CreateChecked(77);
        T[] x = Between(outer * n * inner, around, element), y = Between(outer * n * inner, guard, () => guard);
        MiniTorch.Kernels.Softmax.Run(ref x[40], ref y[40], outer, n, inner, log);
        double[] wide = [.. x.Select(double.CreateChecked)], expected = new double[x.Length];
        for (int o = 0; o < outer; o++)
            for (int j = 0; j < inner; j++)
            {
                int at = 40 + o * n * inner + j;
                MiniTorch.Kernels.Softmax.Reference(ref wide[at], ref expected[at], n, inner, log);
            }
        for (int i = 0; i < y.Length; i++)
        {
            if (i < 40 || i >= y.Length - 40) y[i].ShouldBe(guard);
            else double.CreateChecked(y[i]).ShouldBe(expected[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"{typeof(T).Name} [{outer}, {n}, {inner}] at {i - 40}");
        }
    }

    [Fact]
    public void SoftmaxOfNotFiniteRows()
    {
        foreach (int n in new[] { 3, 8, 21, 70, 1100 })
            foreach (int inner in new[] { 1, 3, 9 })
                foreach (int place in new[] { 0, n / 2, n - 1 })
                {
                    var x = Between(n * inner, 0f, () => 1f);
                    var y = new float[x.Length];
                    for (int j = 0; j < inner; j++) x[40 + place * inner + j] = float.NegativeInfinity;
                    MiniTorch.Kernels.Softmax.Run(ref x[40], ref y[40], 1, n, inner, log: false);
                    for (int i = 0; i < n * inner; i++) y[40 + i].ShouldBe(i / inner == place ? 0 : 1f / (n - 1), 1e-7f);
                    MiniTorch.Kernels.Softmax.Run(ref x[40], ref y[40], 1, n, inner, log: true);
                    for (int i = 0; i < n * inner; i++)
                        if (i / inner == place) y[40 + i].ShouldBe(float.NegativeInfinity);
                        else y[40 + i].ShouldBe(-MathF.Log(n - 1), 1e-6f);
                    foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
                    {
                        x[40 + place * inner] = bad;
                        MiniTorch.Kernels.Softmax.Run(ref x[40], ref y[40], 1, n, inner, log: true);
                        for (int i = 0; i < n; i++) float.IsNaN(y[40 + i * inner]).ShouldBeTrue();
                    }
                }
    }

    private readonly struct Above : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a > b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.GreaterThan(a, b);
    }
}
