using System.Numerics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>The cells' kernels against the formulas, one unit at a time, on memory that ends where a page begins that nobody may touch.</summary>
public class RecurrentTests
{
    public static TheoryData<int, int> Sizes => new() { { 1, 1 }, { 3, 1 }, { 1, 7 }, { 2, 8 }, { 3, 9 }, { 2, 16 }, { 4, 21 }, { 1, 40 } };

    [Theory, MemberData(nameof(Sizes))]
    public void Lstm(int rows, int size)
    {
        Forward<LstmCell, float>(rows, size, LstmOfOne, 1e-6);
        Forward<LstmCell, double>(rows, size, LstmOfOne, 1e-14);
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Gru(int rows, int size)
    {
        Forward<GruCell, float>(rows, size, GruOfOne, 1e-6);
        Forward<GruCell, double>(rows, size, GruOfOne, 1e-14);
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Elman(int rows, int size)
    {
        Forward<ElmanCell<TanhActivation>, double>(rows, size, static (x, hidden, before) => (Math.Tanh(x[0] + hidden[0]), 0), 1e-14);
        Forward<ElmanCell<ReluActivation>, float>(rows, size, static (x, hidden, before) => (Math.Max(0, x[0] + hidden[0]), 0), 1e-6);
    }

    [Fact]
    public void Relu_keeps_NaN() => float.IsNaN(Recur(float.NaN)).ShouldBeTrue();

    private static float Recur(float x)
    {
        float[] gates = [x], h = new float[1];
        Recurrent.Forward<ElmanCell<ReluActivation>, float>(1, gates, [0], [0], [], h);
        return h[0];
    }

    private static (double H, double Inner) LstmOfOne(double[] x, double[] hidden, double before)
    {
        double i = σ(x[0] + hidden[0]), f = σ(x[1] + hidden[1]), g = Math.Tanh(x[2] + hidden[2]), o = σ(x[3] + hidden[3]), c = f * before + i * g;
        return (o * Math.Tanh(c), c);
    }

    private static (double H, double Inner) GruOfOne(double[] x, double[] hidden, double before)
    {
        double r = σ(x[0] + hidden[0]), z = σ(x[1] + hidden[1]), n = Math.Tanh(x[2] + r * hidden[2]);
        return ((1 - z) * n + z * before, hidden[2]);
    }

    private static double σ(double x) => 1 / (1 + Math.Exp(-x));

    private static void Forward<TCell, T>(int rows, int size, Func<double[], double[], double, (double H, double Inner)> ofOne, double tolerance)
        where TCell : struct, IRecurrentCell
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int gates = GatesOf<TCell>(), inner = InnerOf<TCell>() ? rows * size : 0;
        using GuardedMemory mx = new(1 << 16), mHidden = new(1 << 16), mBefore = new(1 << 16), mInner = new(1 << 16), mh = new(1 << 16);
        Span<T> x = mx.Last<T>(rows * gates * size), hidden = mHidden.Last<T>(rows * gates * size), before = mBefore.Last<T>(rows * size);
        Span<T> noted = mInner.Last<T>(inner), h = mh.Last<T>(rows * size);
        var random = new Random(size);
        foreach (var span in new[] { 0, 1, 2 })
        {
            var target = span switch { 0 => x, 1 => hidden, _ => before };
            for (int i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(4 * random.NextDouble() - 2);
        }
        double[] x0 = Doubles(x), hidden0 = Doubles(hidden), before0 = Doubles(before);

        Recurrent.Forward<TCell, T>(size, x, hidden, before, noted, h);
        for (int row = 0; row < rows; row++)
            for (int unit = 0; unit < size; unit++)
            {
                double[] Of(double[] all) => [.. Enumerable.Range(0, gates).Select(g => all[(row * gates + g) * size + unit])];
                var (expected, expectedInner) = ofOne(Of(x0), Of(hidden0), before0[row * size + unit]);
                double.CreateTruncating(h[row * size + unit]).ShouldBe(expected, tolerance);
                if (inner > 0) double.CreateTruncating(noted[row * size + unit]).ShouldBe(expectedInner, tolerance * 4);
            }

        // backward: only that it stays inside its memory; its numbers are those of the layers' tests
        using GuardedMemory mdy = new(1 << 16), mdh = new(1 << 16), mdc = new(1 << 16), mdx = new(1 << 16), mdHidden = new(1 << 16);
        Recurrent.Backward<TCell, T>(
            size, x, before, noted, mdy.Last<T>(rows * size), mdh.Last<T>(rows * size), mdc.Last<T>(rows * size), mdx.Last<T>(rows * gates * size), mdHidden.Last<T>(rows * gates * size));
    }

    private static int GatesOf<TCell>()
        where TCell : struct, IRecurrentCell
        => TCell.Gates;

    private static bool InnerOf<TCell>()
        where TCell : struct, IRecurrentCell
        => TCell.HasInner;

    private static double[] Doubles<T>(Span<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < y.Length; i++) y[i] = double.CreateTruncating(x[i]);
        return y;
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Rows_are_looked_up_and_summed(int count, int size)
    {
        var random = new Random(count);
        using GuardedMemory mTable = new(1 << 16), my = new(1 << 16);
        Span<float> table = mTable.Last<float>(3 * size), y = my.Last<float>(count * size);
        for (int i = 0; i < table.Length; i++) table[i] = random.NextSingle();
        long[] index = [.. Enumerable.Range(0, count).Select(k => k == 0 ? 2 : random.NextInt64(3))];
        Rows.Gather<float>(table, index, y, size);
        for (int i = 0; i < y.Length; i++) y[i].ShouldBe(table[(int)index[i / size] * size + i % size]);

        float[] expected = table.ToArray();
        for (int i = 0; i < y.Length; i++) expected[(int)index[i / size] * size + i % size] += y[i];
        Rows.Add<float>(y, index, table, size);
        table.ToArray().ShouldBe(expected);
    }
}
