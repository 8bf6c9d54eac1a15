using System.Text.Json;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>The optimizers that PyTorch 1.13 lacks, against <see cref="PaperModels"/>: 60 steps, two groups, gradients missing at some of them.</summary>
public class PaperTests
{
    private const int Steps = 60;

    /// <summary>An optimizer with its arguments, and its paper for a learning rate.</summary>
    private sealed record Row(string Optimizer, object Args, Func<double, GroupStep> Paper, double Lr);

    private static readonly Row[] Rows =
    [
        new("NadaMax", new { }, lr => PaperModels.NadaMax(lr), 2e-3),
        new("NadaMax", new { lr = 5e-3, betas = new[] { 0.8, 0.99 }, eps = 1e-3, weight_decay = 0.1, momentum_decay = 0.05 }, lr => PaperModels.NadaMax(lr, 0.8, 0.99, 1e-3, 0.1, 0.05), 5e-3),
        new("AdaBound", new { }, lr => PaperModels.AdaBound(lr), 1e-3),
        new("AdaBound", new { lr = 0.01, betas = new[] { 0.8, 0.9 }, final_lr = 2e-3, gamma = 0.1, eps = 1e-3, weight_decay = 0.1 }, lr => PaperModels.AdaBound(lr, 0.8, 0.9, 2e-3, 0.1, 1e-3, 0.1), 0.01),
        new("AdaBound", new { lr = 0.02, final_lr = 2e-3, gamma = 0.02, amsbound = true }, lr => PaperModels.AdaBound(lr, finalLr: 2e-3, γ: 0.02, amsbound: true), 0.02),
        new("AMSBound", new { lr = 0.02, betas = new[] { 0.9, 0.8 }, final_lr = 1e-3, gamma = 0.02 }, lr => PaperModels.AdaBound(lr, 0.9, 0.8, 1e-3, 0.02, amsbound: true), 0.02),
        new("QHM", new { }, lr => PaperModels.QHM(lr), 1e-3),
        new("QHM", new { lr = 2e-3, momentum = 0.9, nu = 0.4, weight_decay = 0.1 }, lr => PaperModels.QHM(lr, 0.9, 0.4, 0.1), 2e-3),
        new("QHM", new { lr = 2e-3, momentum = 0.95, nu = 1, weight_decay = 0.1, decoupled_weight_decay = true }, lr => PaperModels.QHM(lr, 0.95, 1, 0.1, decoupled: true), 2e-3),
        new("QHAdam", new { }, lr => PaperModels.QHAdam(lr), 1e-3),
        new("QHAdam", new { lr = 0.02, betas = new[] { 0.995, 0.99 }, nus = new[] { 0.7, 1 }, weight_decay = 0.1 }, lr => PaperModels.QHAdam(lr, 0.995, 0.99, 0.7, 1, 0.1), 0.02),
        new("QHAdam", new { lr = 0.02, betas = new[] { 0.9, 0.99 }, nus = new[] { 1, 0.8 }, eps = 1e-3 }, lr => PaperModels.QHAdam(lr, 0.9, 0.99, 1, 0.8, ε: 1e-3), 0.02),
        new("QHAdam", new { lr = 0.02, nus = new[] { 0.5, 0.9 }, weight_decay = 0.1, decoupled_weight_decay = true }, lr => PaperModels.QHAdam(lr, ν1: 0.5, ν2: 0.9, decay: 0.1, decoupled: true), 0.02),
        new("AggMo", new { lr = 1e-4 }, lr => PaperModels.AggMo(lr, [0, 0.9, 0.99]), 1e-4),
        new("AggMo", new { lr = 5e-4, betas = new[] { 0.5 }, weight_decay = 0.1 }, lr => PaperModels.AggMo(lr, [0.5], 0.1), 5e-4),
        new("AggMo", new { lr = 5e-4, betas = new[] { 0.8, 0.8 } }, lr => PaperModels.AggMo(lr, [0.8, 0.8]), 5e-4),
        new("AggMo", new { lr = 5e-4, betas = new[] { 0, 0.5, 0.8, 0.9 }, weight_decay = 0.1 }, lr => PaperModels.AggMo(lr, [0, 0.5, 0.8, 0.9], 0.1), 5e-4),
        new("AggMo", new { lr = 5e-4, betas = new[] { 0, 0.5, 0.8, 0.9, 0.7 }, weight_decay = 0.5 }, lr => PaperModels.AggMo(lr, [0, 0.5, 0.8, 0.9, 0.7], 0.5), 5e-4),
        new("AggMo", new { lr = 5e-4, betas = new[] { 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95 } }, lr => PaperModels.AggMo(lr, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]), 5e-4),
        new("SWATS", new { }, lr => PaperModels.SWATS(lr), 1e-3),
        new("SWATS", new { lr = 0.02, betas = new[] { 0.8, 0.9 }, eps = 1e-3, weight_decay = 0.1, switch_tolerance = 1e-4 }, lr => PaperModels.SWATS(lr, 0.8, 0.9, 1e-3, 1e-4, 0.1), 0.02),
        new("SWATS", new { lr = 0.01, switch_tolerance = 2e-5 }, lr => PaperModels.SWATS(lr, tolerance: 2e-5), 0.01),
    ];

    /// <summary>A function by its gradient. The first group has all parameters but the last, which is a group with 0.3 of the rate if there is more than one.</summary>
    private sealed record Problem(double[][] Start, Func<double[][], double[][]> Gradient, Dictionary<int, int[]> Missing);

    private static readonly Dictionary<string, Problem> Problems = new()
    {
        ["rosenbrock"] = new([[-1.2, 1]], w => [[-2 * (1 - w[0][0]) - 400 * w[0][0] * (w[0][1] - w[0][0] * w[0][0]), 200 * (w[0][1] - w[0][0] * w[0][0])]], []),
        ["quadratic"] = new(
            [[1, -2, 0.5], [0.25, -0.125, 3, 1.5, -1], [2, -0.5]],
            w => [.. w.Select((x, p) => x.Select((xi, i) => Math.Pow(10, (p + 2 * i) % 4 - 2) * (xi - Math.Cos(1 + p + 3 * i))).ToArray())],
            new() { [1] = [3, 7, 8, 40], [2] = [1, 20, 21] }),
    };

    public static TheoryData<int, string, string, string> Cases()
    {
        var cases = new TheoryData<int, string, string, string>();
        foreach (var (i, row) in Rows.Index())
            foreach (string problem in Problems.Keys)
                foreach (var dtype in (DType[])[DType.Float64, DType.Float32]) cases.Add(i, problem, $"{dtype}", $"{row.Optimizer} {JsonSerializer.Serialize(row.Args)}");
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Equals_its_paper(int row, string problem, string type, string about)
    {
        about.ShouldNotBeEmpty();
        var dtype = Enum.Parse<DType>(type);
        var (expected, amplification) = (Walk(Rows[row], Problems[problem], 0), Amplification(Rows[row], Problems[problem]));
        amplification.ShouldBeLessThan(100, "a path that amplifies rounding shows little");
        double tolerance = (dtype == DType.Float64 ? 1e-12 : 1e-5) * amplification;
        var (actual, _) = Run(Rows[row], Problems[problem], dtype);
        for (int step = 0; step < Steps; step++)
            foreach (var (a, b) in actual[step].Zip(expected[step]))
                a.ShouldBe(b, tolerance * Math.Max(1, Math.Abs(b)), $"step {step + 1}");
    }

    /// <summary>The rows above compare both phases, and groups of which one has switched.</summary>
    [Fact]
    public void SWATS_switches_on_the_way()
    {
        var switched =
            from row in Rows
            where row.Optimizer == "SWATS"
            from problem in Problems.Values
            select ((SWATS)Run(row, problem, DType.Float64).Optimizer).ParamGroups.Count(g => g.Switched);
        switched.ShouldBe([0, 0, 1, 2, 1, 2]);
    }

    /// <summary>Our optimizer's weights after each step, and the optimizer.</summary>
    private static (double[][] Path, Optimizer Optimizer) Run(Row row, Problem problem, DType dtype)
    {
        Tensor[] x = [.. problem.Start.Select(start => Torch.FromArray<double>(start).To(dtype).Clone().RequiresGrad_())];
        var slower = JsonSerializer.SerializeToElement(new { lr = 0.3 * row.Lr });
        int first = First(problem);
        var opt = Make.Optimizer(row.Optimizer, JsonSerializer.SerializeToElement(row.Args), x.Length == first ? [(x, Make.NoArguments)] : [(x[..first], Make.NoArguments), (x[first..], slower)]);
        double[][] path = Path(problem, () => [.. x.Select(p => p.ToArray<double>())], g =>
        {
            for (int p = 0; p < x.Length; p++) x[p].Grad = g[p] is { } known ? Torch.FromArray<double>(known).To(dtype) : null;
            opt.Step();
        });
        return (path, opt);
    }

    /// <summary>The paper's weights after each step, from a start moved by <paramref name="offset"/>.</summary>
    private static double[][] Walk(Row row, Problem problem, double offset)
    {
        double[][] w = [.. problem.Start.Select(start => start.Select(x => x + offset).ToArray())];
        int first = First(problem);
        var (one, two) = (row.Paper(row.Lr), row.Paper(0.3 * row.Lr));
        return Path(problem, () => w, g =>
        {
            one(w[..first], g[..first]);
            two(w[first..], g[first..]);
        });
    }

    private static int First(Problem problem) => Math.Max(1, problem.Start.Length - 1);

    private static double[][] Path(Problem problem, Func<double[][]> weights, Action<double[]?[]> step)
    {
        double[][] path = new double[Steps][];
        for (int k = 0; k < Steps; k++)
        {
            step([.. problem.Gradient(weights()).Select((g, p) => problem.Missing.TryGetValue(p, out int[]? steps) && steps.Contains(k + 1) ? null : g)]);
            path[k] = [.. weights().SelectMany(x => x)];
        }
        return path;
    }

    /// <summary>By how much a small error at the start has grown on the way; at least 1.</summary>
    private static double Amplification(Row row, Problem problem)
    {
        const double Offset = 1e-9;
        return Walk(row, problem, Offset).SelectMany(w => w).Zip(Walk(row, problem, 0).SelectMany(w => w), (a, b) => Math.Abs(a - b) / Offset).Append(1).Max();
    }
}
