using System.Text.Json;
using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>The programs of <see cref="EnginePrograms"/> compute what they do in PyTorch.</summary>
public class EngineProgramTests
{
    private static readonly Dictionary<string, EnginePrograms.Program> Programs =
        EnginePrograms.Graphs.Concat(EnginePrograms.InPlace).Concat(EnginePrograms.Views).Concat(EnginePrograms.Hooks).ToDictionary();

    private static readonly Dictionary<string, JsonElement> Goldens =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "engine.json")))
            .RootElement.GetProperty("programs").EnumerateArray().ToDictionary(golden => golden.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Goldens.Keys];

    [Fact]
    public void Every_program_is_written_in_both_languages() => Programs.Keys.ShouldBe(Goldens.Keys);

    [Theory, MemberData(nameof(Names))]
    public void Computes_as_PyTorch_does(string name)
    {
        Tensor x = Leaf([0.5, -1.25, 2, 1.5, 0.75, -0.5], [2, 3]), w = Leaf([1.25, -0.5, 0.75], [3]), v = Leaf([2, -1.5], [2]);
        var c = FromArray<double>([1, -2, 0.5, 0.25, 3, -1], [2, 3]);
        var golden = Goldens[name];
        if (golden.GetProperty("refused").GetBoolean())
        {
            Should.Throw<InvalidOperationException>(() => Programs[name](x, w, v, c));
            return;
        }
        var results = Programs[name](x, w, v, c);
        (results["x.grad"], results["w.grad"], results["v.grad"]) = (x.Grad, w.Grad, v.Grad);
        foreach (var expected in golden.GetProperty("results").EnumerateObject())
        {
            var actual = results[expected.Name];
            if (expected.Value.ValueKind == JsonValueKind.Null) actual.ShouldBeNull(expected.Name);
            else actual.ShouldNotBeNull(expected.Name).ToArray<double>().ShouldBe(Numbers(expected.Value), 1e-12, expected.Name);
        }
    }

    private static Tensor Leaf(double[] values, Shape shape) => FromArray<double>(values, shape).RequiresGrad_();

    private static double[] Numbers(JsonElement value)
        => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(e => e.GetDouble())] : [value.GetDouble()];
}
