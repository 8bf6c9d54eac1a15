using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>What PyTorch computed, with the line of Python that computed it. Goldens/generate.py says what the fields are.</summary>
internal sealed record GoldenRow(string Name, bool Kink, string Python, GoldenCase[] Cases)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new PythonNumbers() },
    };

    internal static readonly IReadOnlyDictionary<string, GoldenRow> Ops = Read<OpsFile>("ops.json").Rows.ToDictionary(static row => row.Name);

    internal static readonly ValuesFile Values = Read<ValuesFile>("values.json");

    private static T Read<T>(string file)
        => JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", file)), Options)!;

    private sealed record OpsFile(GoldenRow[] Rows);

    internal sealed record ValuesFile(GoldenRow[] Rows, GoldenTensor[] Given, GoldenView[] Indexing, GoldenView[] Views);

    /// <summary>Numbers, and the strings that stand for those that JSON lacks.</summary>
    private sealed class PythonNumbers : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number => reader.GetDouble(),
            _ => reader.GetString() switch
            {
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                "nan" => double.NaN,
                var text => throw new JsonException($"{text} is no number."),
            },
        };

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}

/// <summary>One call: per output the upstream gradient or null, per input the gradient or null.</summary>
internal sealed record GoldenCase(GoldenTensor[] Inputs, GoldenTensor[] Outputs, double[]?[] Dy, double[]?[] Grads);

/// <summary>A tensor, or a plain number of Python's.</summary>
internal record GoldenTensor(string Name, string Dtype, int[] Shape, double[] Data, bool RequiresGrad, string? Number, double Value)
{
    internal DType DType => Enum.Parse<DType>(Dtype, ignoreCase: true);

    internal Scalar Scalar => Number switch
    {
        "bool" => Value != 0,
        "int" => (long)Value,
        _ => Value,
    };

    /// <summary>The tensor; a leaf that requires a gradient if the golden says so.</summary>
    internal Tensor Tensor => Of(Data).RequiresGrad_(RequiresGrad);

    /// <summary>Other elements in this tensor's shape and dtype.</summary>
    internal Tensor Of(double[] data) => Torch.FromArray<double>(data, Shape).To(DType);

    /// <summary>
    /// Equal dtype, shape and elements. In float64 to 1e-12, in float32 to 1e-6, relative to max(1, |b|); NaN equals NaN, and 0 equals −0.
    /// </summary>
    internal void ShouldBe(Tensor actual, string what) => ShouldBe(actual, Data, what);

    /// <inheritdoc cref="ShouldBe(Tensor, string)"/>
    internal void ShouldBe(Tensor actual, double[] data, string what)
    {
        $"{actual.DType} {actual.Shape}".ShouldBe($"{DType} {(Shape)Shape}", what);
        double tolerance = DType switch { DType.Float64 => 1e-12, DType.Float32 => 1e-6, _ => 0 };
        double[] elements = actual.Detach().ToArray<double>();
        for (int i = 0; i < data.Length; i++)
        {
            double a = elements[i], b = data[i];
            bool equal = a.Equals(b) || Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(b));
            equal.ShouldBeTrue($"{what}, element {i}: {Text(a)} instead of {Text(b)}{Environment.NewLine}ours: {Text(elements)}{Environment.NewLine}PyTorch: {Text(data)}");
        }
    }

    private static string Text(params double[] x) => string.Join(", ", x.Select(static v => v.ToString("R", CultureInfo.InvariantCulture)));
}

/// <summary>An expression on the given tensors, what it gives, and whether the result shares the memory of x.</summary>
internal sealed record GoldenView(
    string Expr, bool View, bool Error, int[] Stride, int Offset, string Name, string Dtype, int[] Shape, double[] Data)
    : GoldenTensor(Name, Dtype, Shape, Data, RequiresGrad: false, Number: null, Value: 0);
