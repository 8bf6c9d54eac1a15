using System.Text.Json;
using System.Text.RegularExpressions;
using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Initial values against PyTorch's, draw for draw: Goldens/generate_nn.py says what is made.</summary>
[Collection(Seeded.Name)]
public class InitTests
{
    private static readonly InitFile Golden = NNGolden.Read<InitFile>("init.json");

    private static readonly Dictionary<string, Func<object>> Made = new()
    {
        ["nn.Linear(3, 4)"] = static () => new Linear(3, 4),
        ["nn.Linear(3, 4, bias=False)"] = static () => new Linear(3, 4, bias: false),
        ["nn.Linear(784, 5)"] = static () => new Linear(784, 5),
        ["nn.Linear(3, 4, dtype=torch.float64)"] = static () => new Linear(3, 4, dtype: DType.Float64),
        ["nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))"] = static () => new Sequential(new Linear(3, 4), new ReLU(), new Linear(4, 2)),
        ["nn.Bilinear(2, 3, 4)"] = static () => new Bilinear(2, 3, 4),
        ["nn.Embedding(10, 3)"] = static () => new Embedding(10, 3),
        ["nn.Embedding(10, 3, padding_idx=1)"] = static () => new Embedding(10, 3, paddingIdx: 1),
        ["nn.Embedding(3, 4)"] = static () => new Embedding(3, 4),
        ["nn.RNN(3, 4)"] = static () => new RNN(3, 4),
        ["nn.LSTM(3, 4)"] = static () => new LSTM(3, 4),
        ["nn.LSTM(3, 5, num_layers=2, bidirectional=True)"] = static () => new LSTM(3, 5, numLayers: 2, bidirectional: true),
        ["nn.GRU(3, 4)"] = static () => new GRU(3, 4),
        ["nn.LSTMCell(3, 4)"] = static () => new LSTMCell(3, 4),
        ["nn.MultiheadAttention(4, 2)"] = static () => new MultiheadAttention(4, 2),
        ["nn.BatchNorm1d(4)"] = static () => new BatchNorm1d(4),
        ["nn.LayerNorm([2, 3])"] = static () => new LayerNorm([2, 3]),
        ["nn.PReLU(3)"] = static () => new PReLU(3),
        ["nn.Conv1d(3, 4, 5)"] = static () => new Conv1d(3, 4, 5),
        ["nn.Conv2d(3, 8, 3)"] = static () => new Conv2d(3, 8, 3),
        ["nn.Conv2d(4, 8, (3, 2), groups=2, bias=False)"] = static () => new Conv2d(4, 8, (3, 2), groups: 2, bias: false),
        ["nn.ConvTranspose2d(3, 8, 3)"] = static () => new ConvTranspose2d(3, 8, 3),
        ["init.uniform_(torch.empty(3, 5))"] = static () => Init.Uniform_(Torch.Empty(3, 5)),
        ["init.uniform_(torch.empty(4, 4), a=-2.0, b=3.0)"] = static () => Init.Uniform_(Torch.Empty(4, 4), a: -2, b: 3),
        ["init.uniform_(torch.empty(4, 4, dtype=torch.float64), a=-2.0, b=3.0)"] = static () => Init.Uniform_(Torch.Empty([4, 4], DType.Float64), a: -2, b: 3),
        ["init.normal_(torch.empty(3, 5))"] = static () => Init.Normal_(Torch.Empty(3, 5)),
        ["init.normal_(torch.empty(4, 4))"] = static () => Init.Normal_(Torch.Empty(4, 4)),
        ["init.normal_(torch.empty(7, 5), mean=1.0, std=0.1)"] = static () => Init.Normal_(Torch.Empty(7, 5), mean: 1, std: 0.1),
        ["init.normal_(torch.empty(7, 5, dtype=torch.float64), mean=1.0, std=0.1)"] = static () => Init.Normal_(Torch.Empty([7, 5], DType.Float64), mean: 1, std: 0.1),
        ["init.trunc_normal_(torch.empty(4, 5))"] = static () => Init.TruncNormal_(Torch.Empty(4, 5)),
        ["init.trunc_normal_(torch.empty(40, 50), mean=0.5, std=1.5, a=-1.0, b=2.0)"] = static () => Init.TruncNormal_(Torch.Empty(40, 50), mean: 0.5, std: 1.5, a: -1, b: 2),
        ["init.trunc_normal_(torch.empty(6, 5, dtype=torch.float64), std=0.02)"] = static () => Init.TruncNormal_(Torch.Empty([6, 5], DType.Float64), std: 0.02),
        ["init.xavier_uniform_(torch.empty(5, 7))"] = static () => Init.XavierUniform_(Torch.Empty(5, 7)),
        ["init.xavier_uniform_(torch.empty(4, 3, 2, 2), gain=init.calculate_gain('relu'))"] = static () => Init.XavierUniform_(Torch.Empty(4, 3, 2, 2), gain: Init.CalculateGain("relu")),
        ["init.xavier_normal_(torch.empty(5, 7))"] = static () => Init.XavierNormal_(Torch.Empty(5, 7)),
        ["init.xavier_normal_(torch.empty(4, 3, 2, 2), gain=2.0)"] = static () => Init.XavierNormal_(Torch.Empty(4, 3, 2, 2), gain: 2),
        ["init.kaiming_uniform_(torch.empty(5, 7))"] = static () => Init.KaimingUniform_(Torch.Empty(5, 7)),
        ["init.kaiming_uniform_(torch.empty(4, 3, 2, 2), a=0.2, mode='fan_out')"] = static () => Init.KaimingUniform_(Torch.Empty(4, 3, 2, 2), a: 0.2, mode: "fan_out"),
        ["init.kaiming_uniform_(torch.empty(5, 7), nonlinearity='relu')"] = static () => Init.KaimingUniform_(Torch.Empty(5, 7), nonlinearity: "relu"),
        ["init.kaiming_normal_(torch.empty(5, 7))"] = static () => Init.KaimingNormal_(Torch.Empty(5, 7)),
        ["init.kaiming_normal_(torch.empty(4, 3, 2, 2), mode='fan_out', nonlinearity='relu')"] = static () => Init.KaimingNormal_(Torch.Empty(4, 3, 2, 2), mode: "fan_out", nonlinearity: "relu"),
        ["init.orthogonal_(torch.empty(4, 4))"] = static () => Init.Orthogonal_(Torch.Empty(4, 4)),
        ["init.orthogonal_(torch.empty(6, 3))"] = static () => Init.Orthogonal_(Torch.Empty(6, 3)),
        ["init.orthogonal_(torch.empty(3, 6), gain=2.0)"] = static () => Init.Orthogonal_(Torch.Empty(3, 6), gain: 2),
        ["init.orthogonal_(torch.empty(4, 2, 3))"] = static () => Init.Orthogonal_(Torch.Empty(4, 2, 3)),
        ["init.orthogonal_(torch.empty(5, 5, dtype=torch.float64))"] = static () => Init.Orthogonal_(Torch.Empty([5, 5], DType.Float64)),
        ["init.eye_(torch.empty(3, 4))"] = static () => Init.Eye_(Torch.Empty(3, 4)),
        ["init.eye_(torch.empty(4, 3))"] = static () => Init.Eye_(Torch.Empty(4, 3)),
        ["init.dirac_(torch.empty(3, 4, 3))"] = static () => Init.Dirac_(Torch.Empty(3, 4, 3)),
        ["init.dirac_(torch.empty(4, 2, 3, 4))"] = static () => Init.Dirac_(Torch.Empty(4, 2, 3, 4)),
        ["init.dirac_(torch.empty(4, 2, 3, 3), groups=2)"] = static () => Init.Dirac_(Torch.Empty(4, 2, 3, 3), groups: 2),
        ["init.dirac_(torch.empty(2, 2, 3, 3, 3))"] = static () => Init.Dirac_(Torch.Empty(2, 2, 3, 3, 3)),
        ["init.sparse_(torch.empty(10, 6), sparsity=0.3)"] = static () => Init.Sparse_(Torch.Empty(10, 6), sparsity: 0.3),
        ["init.sparse_(torch.empty(5, 3), sparsity=0.25, std=1.0)"] = static () => Init.Sparse_(Torch.Empty(5, 3), sparsity: 0.25, std: 1),
        ["init.constant_(torch.empty(2, 2), 0.3)"] = static () => Init.Constant_(Torch.Empty(2, 2), 0.3),
        ["init.ones_(torch.empty(2, 2))"] = static () => Init.Ones_(Torch.Empty(2, 2)),
        ["init.zeros_(torch.empty(2, 2))"] = static () => Init.Zeros_(Torch.Empty(2, 2)),
    };

    /// <summary>Layers that are still to come.</summary>
    private static readonly Regex NotYet = new("^nn\\.Transformer");

    public static TheoryData<string> Cases => [.. Golden.Cases.Select(static c => c.Code).Where(static code => !NotYet.IsMatch(code))];

    public static TheoryData<string, double?, double> Gains
    {
        get
        {
            var data = new TheoryData<string, double?, double>();
            foreach (var gain in Golden.Gains) data.Add(gain.Nonlinearity, gain.Param, gain.Gain);
            return data;
        }
    }

    [Theory, MemberData(nameof(Gains))]
    public void Gains_equal_PyTorch(string nonlinearity, double? param, double gain) => Init.CalculateGain(nonlinearity, param).ShouldBe(gain);

    [Theory, MemberData(nameof(Cases))]
    public void Values_equal_PyTorch_and_as_much_is_drawn(string code)
    {
        var golden = Golden.Cases.Single(c => c.Code == code);
        Torch.ManualSeed(0);
        object made = Made.ShouldContainKeyAnd(code)();
        var named = made is Module module ? module.NamedParameters().ToDictionary(static p => p.Name, static p => (Tensor)p.Parameter) : new() { [""] = (Tensor)made };
        Torch.Rand(1).Item().ShouldBe(golden.NextRand[0]);

        named.Keys.ShouldBe(golden.Tensors.Keys);
        foreach (var (name, expected) in golden.Tensors)
        {
            var x = named[name];
            x.Shape.ShouldBe((Shape)expected.Shape);
            x.DType.ShouldBe(Enum.Parse<DType>(expected.Dtype, ignoreCase: true));
            double[] values = x.Detach().ToArray<double>();
            double tolerance = x.DType == DType.Float64 ? 1e-12 : 1e-6;
            for (int i = 0; i < expected.At.Length; i++)
                values[expected.At[i]].ShouldBe(expected.Values[i], tolerance, $"{code} {name}[{expected.At[i]}]");
            values.Sum().ShouldBe(expected.Sum, tolerance * values.Length, $"{code} {name}, the sum");
        }
    }

    [Fact]
    public void Orthogonal_matrices_are_orthogonal()
    {
        var q = Init.Orthogonal_(Torch.Empty([64, 64], DType.Float64));
        q.T.Mm(q).Allclose(Torch.Eye(64, dtype: DType.Float64), atol: 1e-12).ShouldBeTrue();
    }

    [Fact]
    public void A_parameter_is_filled_without_recording()
    {
        var p = new Parameter(Torch.Empty(3, 3));
        Init.XavierNormal_(p).ShouldBeSameAs(p);
        p.IsLeaf.ShouldBeTrue();
    }

    [Fact]
    public void Errors_name_the_way_out()
    {
        Should.Throw<ArgumentException>(static () => Init.XavierUniform_(Torch.Empty(3))).Message.ShouldStartWith("XavierUniform_: a weight has at least two dimensions [out, in], got shape [3].");
        Should.Throw<ArgumentException>(static () => Init.KaimingNormal_(Torch.Empty(3, 3), mode: "fan")).Message.ShouldContain("\"fan_in\" or \"fan_out\"");
        Should.Throw<ArgumentException>(static () => Init.CalculateGain("swish")).Message.ShouldContain("Known are linear");
    }

    private sealed record InitFile(GainCase[] Gains, InitCase[] Cases);

    private sealed record GainCase(string Nonlinearity, double? Param, double Gain);

    private sealed record InitCase(string Code, Dictionary<string, Sample> Tensors, double[] NextRand);

    private sealed record Sample(int[] Shape, string Dtype, int[] At, double[] Values, double Sum);
}

/// <summary>Reading the goldens of Goldens/generate_nn.py.</summary>
internal static class NNGolden
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    internal static T Read<T>(string file) => JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", file)), Options)!;

    internal static TValue ShouldContainKeyAnd<TKey, TValue>(this Dictionary<TKey, TValue> made, TKey key)
        where TKey : notnull
    {
        made.ShouldContainKey(key);
        return made[key];
    }
}
