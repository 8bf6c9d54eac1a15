using System.Text.Json;
using MiniTorch.Kernels;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Single precision errs by no more than PyTorch's does on the same inputs; both are measured against double precision.</summary>
public class AccuracyTests
{
    public static TheoryData<int, int, double, string, double> Cases
    {
        get
        {
            var data = new TheoryData<int, int, double, string, double>();
            using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "accuracy.json")));
            foreach (var row in golden.RootElement.GetProperty("cases").EnumerateArray())
                foreach (string op in new[] { "softmax", "softmax0", "log_softmax", "cross_entropy" })
                    data.Add(row.GetProperty("rows").GetInt32(), row.GetProperty("classes").GetInt32(), row.GetProperty("range").GetDouble(), op, row.GetProperty(op).GetDouble());
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Is_no_worse_than_PyTorch(int rows, int classes, double range, string op, double allowed)
    {
        var x = Input(rows, classes, range);
        var target = Torch.Arange(rows) * 31 % classes;
        var y = Run(op, x, target).Double();
        (y - Run(op, x.Double(), target)).Abs().Max().Item().ShouldBeLessThanOrEqualTo(allowed);
    }

    /// <summary>The yardstick itself: double precision against the definition, one element at a time.</summary>
    [Fact]
    public void Double_precision_is_right()
    {
        const int rows = 3, classes = 77;
        var x = Input(rows, classes, 10).Double();
        double[] values = x.ToArray<double>(), expected = new double[values.Length];
        for (int r = 0; r < rows; r++) MiniTorch.Kernels.Softmax.Reference(ref values[r * classes], ref expected[r * classes], classes, 1, log: true);
        x.LogSoftmax(1).ToArray<double>().Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-14);
    }

    /// <summary>Beside so large a number the logarithm of the sum is less than a rounding error, and yet it counts: two logits share the probability.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(40)]
    [InlineData(2000)]
    public void Large_logits_keep_the_logarithm(int classes)
    {
        var x = Torch.Zeros(3, classes);
        x[.., ..2] = 1e30;
        foreach (var y in new[] { x.LogSoftmax(1), x.T.Contiguous().LogSoftmax(0).T, x.T.Contiguous().Repeat(1, 7).LogSoftmax(0).T[..3] })
        {
            y[.., ..2].ToArray<double>().ShouldAllBe(v => Math.Abs(v + Math.Log(2)) < 1e-7);
            y[.., 2..].ToArray<float>().ShouldAllBe(v => v == -1e30f);
        }
    }

    /// <summary>The rule of generate_accuracy.py.</summary>
    private static Tensor Input(int rows, int classes, double range)
        => Torch.FromArray<float>([.. Enumerable.Range(0, rows * classes).Select(i => (float)((i * 7919L + 13) % 10007 / 10007.0 * 2 * range - range))], [rows, classes]);

    private static Tensor Run(string op, Tensor x, Tensor target) => op switch
    {
        "softmax" => x.Softmax(1),
        "softmax0" => x.T.Contiguous().Softmax(0),
        "log_softmax" => x.LogSoftmax(1),
        _ => F.CrossEntropy(x, target, reduction: "none"),
    };
}
