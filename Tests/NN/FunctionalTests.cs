using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Every row of the table of functions, against PyTorch and against differences.</summary>
public class FunctionalTests
{
    private static readonly Dictionary<string, JsonNode> Goldens = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "ops.json")))!["rows"]!
        .AsArray().ToDictionary(static row => (string)row!["name"]!, static row => row!);

    private static readonly string[] Families =
    [
        "linear", "relu", "relu_", "leaky_relu", "gelu", "silu", "elu", "softplus", "hardtanh", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss",
        "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", "nll_loss", "cross_entropy",
    ];

    public static TheoryData<string> Rows => [.. FunctionalTable.All.Keys];

    public static TheoryData<string> SmoothRows => [.. FunctionalTable.All.Keys.Where(static name => !(bool)Goldens[name]["kink"]!)];

    [Fact]
    public void Every_golden_has_a_row() => Goldens.Keys.Where(static name => Families.Contains(name.Split('.')[0])).Except(FunctionalTable.All.Keys).ShouldBeEmpty();

    [Theory, MemberData(nameof(Rows))]
    public void Equals_PyTorch(string name) => Compare(name, static x => x);

    [Theory, MemberData(nameof(Rows))]
    public void Equals_PyTorch_on_strided_inputs(string name) => Compare(name, Strided);

    private static void Compare(string name, Func<Tensor, Tensor> layout)
    {
        foreach (var golden in Goldens[name]["cases"]!.AsArray())
        {
            var x = Inputs(golden!, layout);
            var y = FunctionalTable.All[name].Run(x);
            string what = $"{name}: {Goldens[name]["python"]} of {string.Join(", ", x.Select(static t => $"{t.DType} {t.Shape}"))}";
            var expected = golden!["outputs"]![0]!;
            y.Shape.ToString().ShouldBe(((Shape)Ints(expected["shape"]!)).ToString(), what);
            y.DType.ShouldBe(Type(expected), what);
            Close(y, Numbers(expected["data"]!), what);
            y.RequiresGrad.ShouldBe(golden["dy"]![0] is not null, what);
            if (golden["dy"]![0] is not { } dy) continue;
            y.Backward(layout(Of(Numbers(dy), y.Shape, y.DType)));
            for (int i = 0; i < x.Length; i++)
            {
                if (golden["grads"]![i] is { } grad) Close(x[i].Grad.ShouldNotBeNull($"{what}, gradient {i}"), Numbers(grad), $"{what}, gradient {i}");
                else x[i].Grad.ShouldBeNull(what);
            }
        }
    }

    [Theory, MemberData(nameof(SmoothRows))]
    public void Gradients_equal_differences(string name)
    {
        foreach (var golden in Goldens[name]["cases"]!.AsArray())
        {
            var x = Inputs(golden!, static x => x);
            if (x[0].DType == DType.Float64) Check(FunctionalTable.All[name].Run, x);
        }
    }

    [Theory, MemberData(nameof(SmoothRows))]
    public void Gradients_of_gradients_equal_differences(string name)
    {
        foreach (var golden in Goldens[name]["cases"]!.AsArray())
        {
            var x = Inputs(golden!, static x => x);
            if (x[0].DType != DType.Float64) continue;
            var shape = FunctionalTable.All[name].Run(x).Shape;
            var dy = ((Torch.Arange((int)shape.Numel()).To(DType.Float64) * 0.53).Cos().Reshape(shape) + 1.5).RequiresGrad_();
            for (int wanted = 0; wanted < x.Length; wanted++)
            {
                if (!x[wanted].RequiresGrad) continue;
                int which = wanted;
                Check(
                    z =>
                    {
                        using var _ = Torch.EnableGrad();
                        return Torch.Grad(FunctionalTable.All[name].Run(z[..^1]), [z[which]], z[^1], createGraph: true)[0];
                    },
                    [.. x, dy]);
            }
        }
    }

    /// <summary>The derivative of Σ y ⊙ dy by every element, against central differences.</summary>
    private static void Check(Func<Tensor[], Tensor> f, Tensor[] x)
    {
        const double eps = 1e-6;
        var y = f(x);
        if (!y.RequiresGrad) return;
        var dy = (Torch.Arange(y.Numel()).To(DType.Float64) * 0.37).Sin().Reshape(y.Shape) + 1.5;
        var leaves = x.Where(static t => t.RequiresGrad).ToArray();
        var dx = Torch.Grad(y, leaves, dy, allowUnused: true, materializeGrads: true);
        using var _ = Torch.NoGrad();
        for (int k = 0; k < leaves.Length; k++)
        {
            var values = leaves[k].AsSpan<double>();
            double[] grad = dx[k].ToArray<double>();
            for (int i = 0; i < values.Length; i++)
            {
                double here = values[i];
                values[i] = here + eps;
                double above = (f(x) * dy).Sum().Item();
                values[i] = here - eps;
                double below = (f(x) * dy).Sum().Item();
                values[i] = here;
                double difference = (above - below) / (2 * eps);
                grad[i].ShouldBe(difference, 1e-5 + 1e-3 * Math.Abs(difference), $"derivative by element {i} of differentiable input {k}");
            }
        }
    }

    // ---- reading the golden --------------------------------------------------------------------------------------------------

    private static Tensor[] Inputs(JsonNode golden, Func<Tensor, Tensor> layout)
        => [.. golden["inputs"]!.AsArray().Select(x => layout(Of(Numbers(x!["data"]!), Ints(x["shape"]!), Type(x))).Detach().RequiresGrad_((bool)x["requires_grad"]!))];

    private static Tensor Of(double[] data, Shape shape, DType dtype) => Torch.FromArray<double>(data, shape).To(dtype);

    /// <summary>The same elements in every second place of a larger buffer, dimensions in reverse; between them lies what must not be read.</summary>
    private static Tensor Strided(Tensor x)
    {
        var view = Torch.Full([.. x.Shape.Reverse(), 2], x.IsFloatingPoint() ? double.NaN : 1e9, x.DType).Select(-1, 1);
        if (view.Ndim > 1) view = view.Permute([.. Enumerable.Range(0, view.Ndim).Reverse()]);
        using (Torch.NoGrad()) return view.Copy_(x).Detach();
    }

    private static DType Type(JsonNode x) => Enum.Parse<DType>((string)x["dtype"]!, ignoreCase: true);

    private static int[] Ints(JsonNode list) => [.. list.AsArray().Select(static n => (int)n!)];

    internal static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(static n => n!.GetValueKind() == JsonValueKind.Number ? (double)n : Number((string)n!))];

    private static double Number(string text) => text switch
    {
        "inf" or "Infinity" => double.PositiveInfinity,
        "-inf" or "-Infinity" => double.NegativeInfinity,
        _ => double.NaN,
    };

    /// <summary>Equal to 1e-12 in float64, 1e-6 in float32, relative to max(1, |b|); NaN equals NaN.</summary>
    internal static void Close(Tensor actual, double[] expected, string what)
    {
        double tolerance = actual.DType == DType.Float64 ? 1e-12 : 1e-6;
        double[] x = actual.Detach().ToArray<double>();
        x.Length.ShouldBe(expected.Length, what);
        for (int i = 0; i < x.Length; i++)
        {
            bool equal = x[i].Equals(expected[i]) || Math.Abs(x[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]));
            equal.ShouldBeTrue($"{what}, element {i}{Environment.NewLine}ours:    {Text(x)}{Environment.NewLine}PyTorch: {Text(expected)}");
        }
    }

    private static string Text(double[] x) => string.Join(", ", x.Select(static v => v.ToString("R", CultureInfo.InvariantCulture)));
}
