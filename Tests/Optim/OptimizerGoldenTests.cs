using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// The optimizers against PyTorch's trajectories: Goldens/generate_optim.py says what is minimised and how. A case of an optimizer that
/// does not exist here yet is passed over.
/// </summary>
[Trait("Category", "Slow")]
public class OptimizerGoldenTests
{
    internal static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly Dictionary<string, Golden> Goldens = new[] { "optim", "optim_more", "optim_later" }.ToDictionary(
        file => file, file => JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", file + ".json")), Options)!);

    /// <summary>The losses, line by line those of the generator.</summary>
    internal static readonly Dictionary<string, Func<Values, Values, Tensor>> Losses = new()
    {
        ["rosenbrock"] = (p, _) =>
        {
            var (x, y) = (p["xy"][0], p["xy"][1]);
            return (1 - x).Pow(2) + 100 * (y - x.Pow(2)).Pow(2);
        },
        ["quadratic"] = (p, d) => p["x"].Matmul(d["A"].Matmul(p["x"])) / 2 - d["b"].Matmul(p["x"]),
        ["mlp"] = (p, d) =>
        {
            var hidden = (d["x"].Matmul(p["w1"].T) + p["b1"]).Tanh();
            return (hidden.Matmul(p["w2"].T) + p["b2"] - d["y"]).Pow(2).Mean();
        },
        ["gaps"] = Gaps,
        ["stack"] = Gaps,
        ["factors"] = (p, d) => (p["u"].Matmul(p["v"]) - d["y"]).Pow(2).Mean(),
    };

    private static Tensor Gaps(Values p, Values d) => p.Keys.Select(name => (d["c_" + name] * (p[name] - d["t_" + name]).Pow(2)).Sum() / 2).Aggregate((a, b) => a + b);

    private static readonly string[] Known = [.. Make.All<Optimizer>().Select(type => type.Name)];

    public static TheoryData<string, int, string> Cases()
    {
        var rows = new TheoryData<string, int, string>();
        foreach (var (file, golden) in Goldens)
            foreach (var (i, c) in golden.Cases.Index())
                if (Known.Contains(c.Optimizer)) rows.Add(file, i, $"{c.Optimizer}, {c.Name}, {c.Problem}, {c.Dtype}");
        return rows;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Equals_PyTorch(string file, int index, string about)
    {
        about.ShouldNotBeEmpty();
        var (golden, c) = (Goldens[file], Goldens[file].Cases[index]);
        var problem = golden.Problems[c.Problem];
        var dtype = c.Dtype == "float64" ? DType.Float64 : DType.Float32;
        var p = problem.Tensors(problem.Start, dtype, requiresGrad: true);
        var d = problem.Tensors(problem.Data, dtype, requiresGrad: false);
        var opt = Make.Optimizer(c.Optimizer, c.Args, [.. c.Groups.Select(group => (
            group.GetProperty("params").EnumerateArray().Select(name => p[name.GetString()!]).ToArray(), group))]);
        bool maximize = c.Args.TryGetProperty("maximize", out var flag) && flag.GetBoolean();

        for (int step = 0; step <= golden.Steps[^1]; step++)
        {
            if (step > 0)
            {
                opt.ZeroGrad();
                var loss = Losses[c.Problem](p, d);
                (maximize ? -loss : loss).Backward();
                foreach (var (name, steps) in problem.Missing)
                    if (steps.Contains(step)) p[name].Grad = null;
                opt.Step();
            }
            if (Array.IndexOf(golden.Steps, step) is >= 0 and var k)
                foreach (var (actual, expected) in p.Values.Zip(c.Trajectory[k]))
                    AssertClose(actual, expected, c.Amplification * (dtype == DType.Float64 ? 1e-12 : 1e-5), $"step {step}");
        }

        var state = opt.StateDict().State;
        for (int i = 0; i < c.State.Length; i++)
        {
            var remembered = state.TryGetValue(i, out var entry) ? entry : new Dictionary<string, object?>();
            remembered.Keys.ShouldBe(c.State[i].Select(item => item.Key), ignoreOrder: true);
            foreach (var (key, expected) in c.State[i])
                AssertClose((Tensor)remembered[key]!, Flat(expected!), c.Amplification * (dtype == DType.Float64 ? 1e-12 : 5e-5), key);
        }
    }

    internal static double[] Flat(JsonNode node) => node is JsonArray ? node.Deserialize<double[]>(Options)! : [node.Deserialize<double>(Options)];

    internal static void AssertClose(Tensor actual, double[] expected, double tolerance, string what)
    {
        double[] a = actual.ToArray<double>();
        a.Length.ShouldBe(expected.Length);
        for (int i = 0; i < a.Length; i++)
            if (!(Math.Abs(a[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]))) && !a[i].Equals(expected[i]))
                Assert.Fail($"{what}: element {i} is {a[i]:R}, expected {expected[i]:R}");
    }

    internal sealed class Values : Dictionary<string, Tensor>;

    private sealed record Golden(Dictionary<string, Problem> Problems, int[] Steps, Case[] Cases);

    private sealed record Case(
        string Optimizer, string Name, string Problem, string Dtype, JsonElement Args, JsonElement[] Groups, double Amplification, double[][][] Trajectory, JsonObject[] State);

    internal sealed record Problem(Dictionary<string, int[]> Shapes, Dictionary<string, double[]> Start, Dictionary<string, double[]> Data, Dictionary<string, int[]> Missing)
    {
        internal Values Tensors(Dictionary<string, double[]> data, DType dtype, bool requiresGrad)
        {
            var values = new Values();
            foreach (var (name, flat) in data) values[name] = Torch.FromArray<double>(flat, Shapes[name]).To(dtype).Clone().RequiresGrad_(requiresGrad);
            return values;
        }
    }
}
