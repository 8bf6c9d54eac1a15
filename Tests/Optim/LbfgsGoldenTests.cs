using System.Text.Json;
using System.Text.Json.Nodes;
using MiniTorch.Optim;
using Shouldly;
using static MiniTorch.Tests.Optim.OptimizerGoldenTests;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// L-BFGS against PyTorch's steps: where they lead, which loss they return, and how often the closure is evaluated. Compared up to the
/// step from which PyTorch itself depends on rounding errors: Goldens/generate_optim.py says how that is found.
/// </summary>
[Trait("Category", "Slow")]
public class LbfgsGoldenTests
{
    private static readonly Golden Goldens
        = JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "lbfgs.json")), Options)!;

    public static TheoryData<int, string> Cases()
    {
        var rows = new TheoryData<int, string>();
        foreach (var (i, c) in Goldens.Cases.Index()) rows.Add(i, $"{c.Name}, {c.Problem}, {c.Dtype}");
        return rows;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Equals_PyTorch(int index, string about)
    {
        about.ShouldNotBeEmpty();
        var c = Goldens.Cases[index];
        var problem = Goldens.Problems[c.Problem];
        var dtype = c.Dtype == "float64" ? DType.Float64 : DType.Float32;
        var p = problem.Tensors(problem.Start, dtype, requiresGrad: true);
        var d = problem.Tensors(problem.Data, dtype, requiresGrad: false);
        var opt = (LBFGS)Make.Optimizer("LBFGS", c.Args, [.. p.Values]);
        double rounding = dtype == DType.Float64 ? 1e-12 : 1e-5;
        int evaluations = 0;

        for (int step = 0; step <= c.Steady; step++)
        {
            if (step > 0)
            {
                var loss = opt.Step(() => Evaluate(step));
                AssertClose(loss, [c.Losses[step - 1]], c.Amplification[step - 1] * rounding, $"the loss of step {step}");
                evaluations.ShouldBe(c.FuncEvals[step - 1], $"evaluations after step {step}");
                opt.State[p.Values.First()].FuncEvals.ShouldBe(evaluations);
            }
            foreach (var (actual, expected) in p.Values.Zip(c.Trajectory[step])) AssertClose(actual, expected, c.Amplification[step] * rounding, $"step {step}");
        }
        if (c.State is not null) CompareState(opt.StateDict().State[0], c.State, c.Amplification[^1] * rounding);

        Tensor Evaluate(int step)
        {
            evaluations++;
            opt.ZeroGrad();
            var loss = Losses[c.Problem](p, d);
            loss.Backward();
            foreach (var (name, steps) in problem.Missing)
                if (steps.Contains(step)) p[name].Grad = null;
            return loss;
        }
    }

    /// <summary>The same keys; the numbers of the algorithm as they are; of the vectors their number and length, as their last ones are but noise at a minimum.</summary>
    private static void CompareState(IDictionary<string, object?> actual, JsonObject expected, double tolerance)
    {
        actual.Keys.ShouldBe(expected.Select(item => item.Key), ignoreOrder: true);
        foreach (string count in (string[])["func_evals", "n_iter"]) actual[count].ShouldBe(expected[count]!.GetValue<int>());
        foreach (string number in (string[])["prev_loss", "t"]) AssertClose((Tensor)actual[number]!, Flat(expected[number]!), tolerance, number);
        foreach (string vectors in (string[])["old_dirs", "old_stps"])
            ((Tensor[])actual[vectors]!).Select(x => x.Numel()).ShouldBe(expected[vectors]!.AsArray().Select(x => x!.AsArray().Count));
        ((double[])actual["ro"]!).Length.ShouldBe(expected["ro"]!.AsArray().Count);
        ((double?[])actual["al"]!).Select(α => α is null).ShouldBe(expected["al"]!.AsArray().Select(α => α is null));
    }

    private sealed record Golden(Dictionary<string, Problem> Problems, Case[] Cases);

    private sealed record Case(
        string Name, string Problem, string Dtype, JsonElement Args, int Steady, double[] Amplification, double[][][] Trajectory, double[] Losses, int[] FuncEvals, JsonObject? State);
}
