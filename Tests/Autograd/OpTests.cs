using System.Reflection;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Every row of the op table, against PyTorch and against mathematics.</summary>
public class OpTests
{
    public static TheoryData<string> Rows => [.. OpTable.All.Keys];

    public static TheoryData<string> StridedRows => [.. OpTable.All.Values.Where(static op => !op.OnlyContiguous).Select(static op => op.Name)];

    public static TheoryData<string> SmoothRows => [.. OpTable.All.Keys.Where(static name => !GoldenRow.Ops[name].Kink)];

    // ---- the table ---------------------------------------------------------------------------------------------------------

    [Fact]
    public void Every_golden_has_a_row_and_every_row_a_golden()
    {
        OpTable.All.Keys.Except(GoldenRow.Ops.Keys).ShouldBeEmpty("rows without a golden");
        GoldenRow.Ops.Keys.Except(OpTable.All.Keys).ShouldBeEmpty("goldens without a row");
    }

    /// <summary>An op that no row records has a derivative that no test has seen.</summary>
    [Fact]
    public void Every_node_is_recorded_by_some_row()
    {
        var seen = new HashSet<Type>();
        foreach (string name in OpTable.All.Keys)
        {
            foreach (var golden in GoldenRow.Ops[name].Cases)
            {
                var call = new Call(name, golden, static x => x);
                seen.UnionWith(Types(call.Y));
                if (call.Differentiable) seen.UnionWith(Types(call.Gradients()));
            }
        }
        Type[] notOps = [typeof(AccumulateGrad), typeof(MultiFunction.Output), typeof(NN.ModuleInput), typeof(NN.ModuleOutput)];
        Assembly[] assemblies = [typeof(Node).Assembly, typeof(NN.Functional).Assembly];
        assemblies.SelectMany(static assembly => assembly.GetTypes())
            .Where(static type => type.IsSubclassOf(typeof(Node)) && !type.IsAbstract)
            .Except(notOps).Except(seen).Select(static type => type.Name).Order().ShouldBeEmpty();
    }

    private static HashSet<Type> Types(IEnumerable<Tensor?> results)
    {
        var nodes = new HashSet<Node>();
        var waiting = new Stack<Node?>(results.Select(static y => y?.GradFn));
        while (waiting.TryPop(out var node))
        {
            if (node is null || !nodes.Add(node)) continue;
            foreach (var next in node.NextFunctions) waiting.Push(next);
        }
        return [.. nodes.Select(static node => node.GetType())];
    }

    // ---- against PyTorch ---------------------------------------------------------------------------------------------------

    [Theory, MemberData(nameof(Rows))]
    public void Equals_PyTorch(string name) => Compare(name, static x => x);

    [Theory, MemberData(nameof(StridedRows))]
    public void Equals_PyTorch_with_gaps_between_the_elements(string name) => Compare(name, Layouts.Gaps);

    [Theory, MemberData(nameof(StridedRows))]
    public void Equals_PyTorch_on_transposed_inputs_with_an_offset(string name) => Compare(name, Layouts.Transposed);

    private static void Compare(string name, Func<Tensor, Tensor> layout)
    {
        var row = GoldenRow.Ops[name];
        for (int number = 0; number < row.Cases.Length; number++)
        {
            var golden = row.Cases[number];
            string what = $"{name}, case {number} ({row.Python})";
            var call = new Call(name, golden, layout);

            call.Y.Length.ShouldBe(golden.Outputs.Length, what);
            for (int i = 0; i < call.Y.Length; i++)
            {
                golden.Outputs[i].ShouldBe(call.Y[i], $"{what}, output {i}");
                call.Y[i].RequiresGrad.ShouldBe(golden.Dy[i] is not null, $"{what}, output {i} requires a gradient");
            }
            if (call.Differentiable) MiniTorch.Autograd.Backward(call.Roots, call.Dy);
            for (int i = 0; i < call.X.Length; i++)
            {
                golden.Inputs[i].ShouldBe(call.X[i], $"{what}, input {i} afterwards");
                if (golden.Grads[i] is { } grad) golden.Inputs[i].ShouldBe(call.X[i].Grad.ShouldNotBeNull(what), grad, $"{what}, gradient of input {i}");
                else call.X[i].Grad.ShouldBeNull(what);
            }
        }
    }

    // ---- against numeric derivatives ---------------------------------------------------------------------------------------

    [Theory, MemberData(nameof(SmoothRows))]
    public void Gradients_equal_differences(string name) => Check(name, static (f, x) => MiniTorch.Autograd.Gradcheck(f, x));

    [Theory, MemberData(nameof(SmoothRows))]
    public void Gradients_of_gradients_equal_differences(string name) => Check(name, static (f, x) => MiniTorch.Autograd.Gradgradcheck(f, x));

    private static void Check(string name, Func<Func<Tensor[], Tensor[]>, Tensor[], bool> check)
    {
        foreach (var golden in GoldenRow.Ops[name].Cases)
        {
            if (golden.Inputs.Any(static x => x.DType == DType.Float32)) continue;          // too coarse for differences
            var (f, x) = ((Func<Tensor[], Tensor[]>)OpTable.All[name].Run, golden.Inputs.Select(static x => x.Tensor).ToArray());
            if (Torch.Memory.Stress && x.All(static x => x.Count > 0 && x.Isfinite().All().Item<bool>())) (f, x) = InOneDirection(f, x);
            check(f, x).ShouldBeTrue();
        }
    }

    /// <summary>
    /// φ(t) = Σ ω · f(x + tv): all that f has to do, as a function of one number. Differences along every element run an op hundreds of times
    /// on the same shapes, which takes minutes where every allocation is a collection. Empty and infinite inputs keep the full check: such a sum is no number.
    /// </summary>
    private static (Func<Tensor[], Tensor[]> F, Tensor[] X) InOneDirection(Func<Tensor[], Tensor[]> f, Tensor[] x)
    {
        return (Along, [Torch.Zeros([], DType.Float64, requiresGrad: true)]);

        Tensor[] Along(Tensor[] t)
        {
            var y = f([.. x.Select(x => x.RequiresGrad ? x.Detach() + t[0] * Weights(x) : x)]);
            return [y.Where(static y => y.RequiresGrad).Select(static y => (y * Weights(y)).Sum()).Aggregate(static (a, b) => a + b)];
        }

        static Tensor Weights(Tensor x) => Torch.Arange(1, x.Count + 1, dtype: DType.Float64).Sin().Reshape(x.Shape);
    }

    /// <summary>One case of a row, computed.</summary>
    private sealed class Call
    {
        internal Call(string name, GoldenCase golden, Func<Tensor, Tensor> layout)
        {
            X = [.. golden.Inputs.Select(x => layout(x.Tensor))];
            OpTable.All[name].Arity.ShouldBe(X.Length, name);
            Y = OpTable.All[name].Run(X);
            for (int i = 0; i < Y.Length; i++)
            {
                if (golden.Dy[i] is not { } dy) continue;
                Roots.Add(Y[i]);
                Dy.Add(layout(golden.Outputs[i].Of(dy)));
            }
        }

        internal Tensor[] X { get; }

        internal Tensor[] Y { get; }

        /// <summary>The outputs that require a gradient, and the gradients that come in.</summary>
        internal List<Tensor> Roots { get; } = [];

        internal List<Tensor?> Dy { get; } = [];

        internal bool Differentiable => Roots.Count > 0;

        internal Tensor?[] Gradients()
        {
            foreach (var dy in Dy) dy!.RequiresGrad = true;
            return MiniTorch.Autograd.Grad(Roots, [.. X.Where(static x => x.RequiresGrad)], Dy, createGraph: true, allowUnused: true);
        }
    }
}

/// <summary>The same elements, otherwise laid out in memory. Between them lies what must not be read.</summary>
internal static class Layouts
{
    /// <summary>Every second element of a buffer, along every dimension, from the second on.</summary>
    internal static Tensor Gaps(Tensor x)
    {
        var buffer = Garbage([.. x.Shape.Select(static n => 2 * n + 1), 3], x.DType);
        var view = buffer.Select(-1, 1);
        for (int d = 0; d < x.Ndim; d++) view = view.Sliced(d, 1, null, 2);
        return Filled(view, x);
    }

    /// <summary>Dimensions in reverse, behind an offset.</summary>
    internal static Tensor Transposed(Tensor x)
    {
        var buffer = Garbage([.. x.Shape.Reverse(), 2], x.DType);
        return Filled(buffer.Select(-1, 1).T, x);
    }

    private static Tensor Garbage(Shape shape, DType dtype) => Torch.Full(shape, dtype.IsFloat() ? double.NaN : 1e9, dtype);

    private static Tensor Filled(Tensor view, Tensor x)
    {
        using (Torch.NoGrad()) view.Copy_(x);
        return view.Detach().RequiresGrad_(x.RequiresGrad);
    }
}
