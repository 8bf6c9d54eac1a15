using System.Globalization;
using System.Text.Json;
using Shouldly;

namespace MiniTorch.Tests;

public class PrintingTests
{
    private static readonly Dictionary<string, JsonElement> Goldens =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "printing.json")))
            .RootElement.EnumerateArray().ToDictionary(golden => golden.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Goldens.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Prints_as_PyTorch_does(string name)
    {
        var golden = Goldens[name];
        var dtype = Enum.Parse<DType>(golden.GetProperty("dtype").GetString()!, ignoreCase: true);
        int[] shape = [.. golden.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];

        string text = Printing.Format(
            dtype, shape, new GoldenElements(golden, dtype),
            golden.GetProperty("requires_grad").GetBoolean(), golden.GetProperty("grad_fn").GetString(),
            Options(golden.GetProperty("options")));

        text.ShouldBe(golden.GetProperty("expected").GetString());
    }

    [Fact]
    public void Reads_only_what_it_shows()
    {
        var elements = new Counter();
        Printing.Format(DType.Int64, [1_000_000, 1_000_000, 1_000_000], elements, options: new PrintOptions());
        elements.Reads.ShouldBe(6 * 6 * 6);
    }

    [Fact]
    public void Formatting_ignores_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
        try
        {
            Printing.Format(DType.Float32, [], new Constant(-1.5), options: new PrintOptions()).ShouldBe("tensor(-1.5000)");
            Printing.Format(DType.Int64, [], new Constant(-1), options: new PrintOptions()).ShouldBe("tensor(-1)");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Options_keep_what_is_not_named_except_SciMode()
    {
        var options = new PrintOptions().With(precision: 7, sciMode: true).With(linewidth: 100);
        options.ShouldBe(new PrintOptions().With(precision: 7, linewidth: 100));
        options.With(profile: "default").ShouldBe(new PrintOptions());
    }

    [Fact]
    public void Options_are_checked()
    {
        var options = new PrintOptions();
        Should.Throw<ArgumentOutOfRangeException>(() => options.With(precision: -1)).ParamName.ShouldBe("precision");
        Should.Throw<ArgumentOutOfRangeException>(() => options.With(edgeitems: 0)).ParamName.ShouldBe("edgeitems");
        Should.Throw<ArgumentException>(() => options.With(profile: "long")).Message.ShouldContain("\"short\"");
    }

    private static PrintOptions Options(JsonElement options)
    {
        int? Int(string name) => options.TryGetProperty(name, out var value) ? value.GetInt32() : null;
        return new PrintOptions().With(
            Int("precision"),
            options.TryGetProperty("threshold", out var threshold) ? Number(threshold) : null,
            Int("edgeitems"),
            Int("linewidth"),
            options.TryGetProperty("profile", out var profile) ? profile.GetString() : null,
            options.TryGetProperty("sci_mode", out var sciMode) ? sciMode.GetBoolean() : null);
    }

    private static double Number(JsonElement value) => value.ToString() switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => value.GetDouble(),
    };

    /// <summary>The elements listed in a golden, or the rule that it states for them.</summary>
    private sealed class GoldenElements(JsonElement golden, DType dtype) : IElements
    {
        private readonly JsonElement[]? _data =
            golden.TryGetProperty("data", out var data) ? [.. data.EnumerateArray()] : null;

        public double Float(long i)
        {
            double x = _data is null ? Rule(i) : Number(_data[i]);
            return dtype == DType.Float32 ? (float)x : x;
        }

        public long Integer(long i) => _data is null ? (long)Rule(i) : _data[i].ValueKind switch
        {
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            _ => _data[i].GetInt64(),
        };

        private double Rule(long i) => golden.GetProperty("start").GetDouble() + i * golden.GetProperty("step").GetDouble();
    }

    private sealed class Constant(double value) : IElements
    {
        public double Float(long i) => value;
        public long Integer(long i) => (long)value;
    }

    [Fact]
    public void A_format_is_for_the_number_that_a_0_dim_tensor_holds()
    {
        var x = Torch.Tensor(3.14159);
        $"{x:F2} {Torch.Tensor(5):D3} {Torch.Tensor(0.25, DType.Float64):P0}".ShouldBe(string.Create(CultureInfo.CurrentCulture, $"{3.14:F2} 005 {0.25:P0}"));
        $"{x}".ShouldBe("tensor(3.1416)");
        Should.Throw<FormatException>(() => $"{Torch.Ones(2):F2}").Message.ShouldContain("shape [2]");
    }

    [Fact]
    public void Nodes_and_values_with_indices_print_as_in_PyTorch()
    {
        var x = Torch.Tensor([3.0, 5.0], requiresGrad: true);
        (x * 2).GradFn!.ToString().ShouldBe("<MulBackward0>");
        x.Detach().Max(0).ToString().ShouldBe("(\nvalues=tensor(5.),\nindices=tensor(1))");
    }

    private sealed class Counter : IElements
    {
        public int Reads { get; private set; }
        public double Float(long i) => throw new InvalidOperationException("An integer tensor has no floats.");
        public long Integer(long i)
        {
            Reads++;
            return i;
        }
    }
}
