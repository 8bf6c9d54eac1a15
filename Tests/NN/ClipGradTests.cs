using System.Text.Json;
using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Gradient clipping against PyTorch, and parameters as one vector.</summary>
public class ClipGradTests
{
    private static readonly ClipFile Golden = NNGolden.Read<ClipFile>("clip.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.Cases.Length)];

    [Theory, MemberData(nameof(Cases))]
    public void Equals_PyTorch(int number)
    {
        var golden = Golden.Cases[number];
        var dtype = Enum.Parse<DType>(golden.Dtype, ignoreCase: true);
        Parameter[] parameters = [.. Golden.Grads[golden.Grads].Select(g => WithGrad(g, dtype))];
        double Argument(string name, double otherwise) => golden.Args.TryGetValue(name, out var value)
            ? value.ValueKind == JsonValueKind.String ? double.PositiveInfinity : value.GetDouble()
            : otherwise;

        if (golden.Function == "clip_grad_value_")
        {
            Utils.ClipGradValue_(parameters, Argument("clip_value", double.NaN));
        }
        else
        {
            bool error = golden.Args.TryGetValue("error_if_nonfinite", out var flag) && flag.GetBoolean();
            Tensor Clip() => Utils.ClipGradNorm_(parameters, Argument("max_norm", double.NaN), Argument("norm_type", 2), error);
            if (golden.Error is not null) Should.Throw<InvalidOperationException>(Clip).Message.ShouldContain("errorIfNonfinite: false");
            else Close([Clip().Item()], [golden.Norm!.Value], dtype, "norm");
        }
        for (int i = 0; i < parameters.Length && golden.Clipped is not null; i++)
        {
            if (golden.Clipped[i] is { } clipped) Close(parameters[i].Grad!.ToArray<double>(), clipped, dtype, $"gradient {i}");
            else parameters[i].Grad.ShouldBeNull();
        }
    }

    private static Parameter WithGrad(JsonElement g, DType dtype)
    {
        if (g.ValueKind == JsonValueKind.Null) return new Parameter(Torch.Zeros([2], dtype));
        var shape = new List<int>();
        for (var level = g; level.ValueKind == JsonValueKind.Array; level = level[0]) shape.Add(level.GetArrayLength());
        var grad = Torch.FromArray<double>([.. Numbers(g)], shape.ToArray()).To(dtype);
        return new Parameter(Torch.Zeros(grad.Shape, dtype)) { Grad = grad };
    }

    private static IEnumerable<double> Numbers(JsonElement g) => g.ValueKind switch
    {
        JsonValueKind.Array => g.EnumerateArray().SelectMany(Numbers),
        JsonValueKind.String => [g.GetString() == "NaN" ? double.NaN : double.PositiveInfinity],
        _ => [g.GetDouble()],
    };

    private static void Close(double[] actual, double[] expected, DType dtype, string what)
    {
        actual.Length.ShouldBe(expected.Length, what);
        double tolerance = dtype == DType.Float64 ? 1e-12 : 1e-6;
        for (int i = 0; i < actual.Length; i++)
            (actual[i].Equals(expected[i]) || Math.Abs(actual[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])))
                .ShouldBeTrue($"{what}[{i}]: {actual[i]} instead of {expected[i]}");
    }

    [Fact]
    public void Parameters_to_a_vector_and_back()
    {
        var net = new Sequential(new Linear(3, 2), new Linear(2, 1));
        var vector = Utils.ParametersToVector(net.Parameters());
        vector.Shape.ShouldBe([11]);
        vector.RequiresGrad.ShouldBeTrue();

        Utils.VectorToParameters(Torch.Arange(11.0), net.Parameters());
        net.GetParameter("0.bias").ToArray<double>().ShouldBe([6, 7]);
        net.GetParameter("1.weight").ToArray<double>().ShouldBe([8, 9]);
        Should.Throw<ArgumentException>(() => Utils.VectorToParameters(Torch.Zeros(10), net.Parameters())).Message
            .ShouldStartWith("VectorToParameters: the parameters have 11 elements together, the vector has shape [10].");
    }

    private sealed record ClipFile(Dictionary<string, JsonElement[]> Grads, ClipCase[] Cases);

    private sealed record ClipCase(string Function, string Grads, string Dtype, Dictionary<string, JsonElement> Args, double? Norm, double[]?[]? Clipped, string? Error);
}
