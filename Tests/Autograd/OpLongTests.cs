using Shouldly;

namespace MiniTorch.Tests;

/// <summary>
/// The goldens are small; kernels take a vector register at a time only when there is enough. So: the same results where the runs are long.
/// </summary>
public class OpLongTests
{
    private const int Repeats = 67;             // with 2 to 24 elements: whole registers and a tail

    public static TheoryData<string> PointwiseRows => [.. OpTable.Pointwise.Keys];

    public static TheoryData<int> Lengths => [1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 127, 128, 129, 500, 1024, 1025, 5000];

    /// <summary>Inputs one under the other give results one under the other.</summary>
    [Theory, MemberData(nameof(PointwiseRows))]
    public void A_long_run_equals_its_parts(string name)
    {
        var row = GoldenRow.Ops[name];
        foreach (var golden in row.Cases)
        {
            Tensor[] x = [.. golden.Inputs.Select(input => Repeated(input.Tensor, golden.Outputs[0].Shape.Length).RequiresGrad_(input.RequiresGrad))];
            var y = OpTable.All[name].Run(x).ShouldHaveSingleItem();
            for (int i = 0; i < Repeats; i++) golden.Outputs[0].ShouldBe(y[i], $"{name}, part {i}");

            if (golden.Dy[0] is not { } dy) continue;
            y.Backward(Repeated(golden.Outputs[0].Of(dy), golden.Outputs[0].Shape.Length));
            for (int k = 0; k < x.Length; k++)
                for (int i = 0; i < Repeats && x[k].Grad is not null; i++)
                    golden.Inputs[k].ShouldBe(x[k].Grad![i].Reshape(golden.Inputs[k].Shape), golden.Grads[k]!, $"{name}, gradient {k}, part {i}");
        }
    }

    private static Tensor Repeated(Tensor x, int rank)
    {
        int[] full = [.. Enumerable.Repeat(1, rank - x.Ndim), .. x.Shape];
        return x.Detach().Reshape(full).Expand([Repeats, .. full]).Contiguous();
    }

    [Theory, MemberData(nameof(Lengths))]
    public void Folds_of_rows_and_columns_equal_those_of_a_loop(int n)
    {
        var draw = new Random(n);
        double[] data = [.. Enumerable.Range(0, Rows * n * Columns).Select(_ => draw.NextDouble() * 2 - 1)];
        int nan = draw.Next(n);
        foreach (var dtype in new[] { DType.Float64, DType.Float32 })
        {
            var x = Torch.FromArray<double>(data, [Rows, n, Columns]).To(dtype);
            var holed = x.Clone();
            holed[1, nan, 2] = double.NaN;
            foreach (var columns in new[] { x, holed })
            {
                var rows = columns.MT.Contiguous().MT;
                double tolerance = dtype == DType.Float64 ? 1e-13 * n : 1e-6 * Math.Sqrt(n);
                foreach (var layout in new[] { columns, rows })
                {
                    Compare(layout.Sum(1), x: columns, 0, static (a, b) => a + b, tolerance);
                    Compare(layout.Amax(1), x: columns, double.NegativeInfinity, Math.Max, 0);
                    Compare(layout.Amin(1), x: columns, double.PositiveInfinity, Math.Min, 0);
                    if (columns == holed) layout.Argmax(1)[1, 2].Item<int>().ShouldBe(nan);
                }
            }
        }
    }

    private const int Rows = 3, Columns = 19;

    private static void Compare(Tensor y, Tensor x, double start, Func<double, double, double> fold, double tolerance)
    {
        double[] ours = y.ToArray<double>(), data = x.ToArray<double>();
        int n = x.Size(1);
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Columns; j++)
            {
                double expected = start, actual = ours[i * Columns + j];
                for (int k = 0; k < n; k++) expected = fold(expected, data[(i * n + k) * Columns + j]);
                (actual.Equals(expected) || Math.Abs(actual - expected) <= tolerance).ShouldBeTrue($"[{i}, {j}]: {actual} instead of {expected}");
            }
    }
}
