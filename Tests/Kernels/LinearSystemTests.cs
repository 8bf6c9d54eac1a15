using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>Linear equations, against multiplication.</summary>
public class LinearSystemTests
{
    [Fact]
    public void The_solution_satisfies_the_equations()
    {
        var random = new Random(1);
        for (int n = 1; n <= 40; n++)
        {
            using var memory = new GuardedMemory((n * n + n) * sizeof(double));
            double[] a = Numbers(random, n * n), x = Numbers(random, n);
            for (int i = 0; i < n; i += 3) a[i * n + i] = 0;                     // not to be solved without exchanging rows
            if (n == 1) a[0] = 2;
            double[] b = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => a[i * n + j] * x[j]))];
            var both = memory.Last<double>(n * n + n);
            a.CopyTo(both);
            b.CopyTo(both[(n * n)..]);
            LinearSystem.Solve(both[..(n * n)], both[(n * n)..], 1e-14).ShouldBeNull();
            for (int i = 0; i < n; i++) both[n * n + i].ShouldBe(x[i], 1e-9);
        }
    }

    /// <summary>A matrix with a row that others add up to has no pivot in its last column.</summary>
    [Fact]
    public void A_singular_matrix_is_noticed()
    {
        var random = new Random(2);
        for (int n = 2; n <= 12; n++)
        {
            double[] a = Numbers(random, n * n);
            for (int j = 0; j < n; j++) a[(n - 1) * n + j] = Enumerable.Range(0, n - 1).Sum(i => a[i * n + j]);
            LinearSystem.Solve(a, new double[n], 1e-12)!.Value.Column.ShouldBe(n - 1);
        }
        LinearSystem.Solve([1, 2, 3, double.NaN], new double[2], 0)!.Value.Column.ShouldBe(1);
        LinearSystem.Solve([double.PositiveInfinity], new double[1], 0)!.Value.Column.ShouldBe(0);
        LinearSystem.Solve([0], new double[1], 0).ShouldBe((0, 0.0));
    }

    private static double[] Numbers(Random random, int n) => [.. Enumerable.Range(0, n).Select(_ => 2 * random.NextDouble() - 1)];
}
