namespace MiniTorch.Tests;

/// <summary>
/// One op as C# writes it. The golden row of the same name has PyTorch's line, the inputs, and what PyTorch computes from them:
/// to add an op, add a row here and one to Goldens/rows_ops.py.
/// </summary>
internal sealed class Op
{
    private readonly Func<Tensor[], Tensor[]> run;

    internal Op(string name, int arity, Func<Tensor[], Tensor[]> run) => (Name, Arity, this.run) = (name, arity, run);

    internal Op(string name, Func<Tensor> f)
        : this(name, 0, _ => [f()])
    {
    }

    internal Op(string name, Func<Tensor, Tensor> f)
        : this(name, 1, x => [f(x[0])])
    {
    }

    internal Op(string name, Func<Tensor, Tensor[]> f)
        : this(name, 1, x => f(x[0]))
    {
    }

    internal Op(string name, Func<Tensor, ValuesIndices> f)
        : this(name, 1, x => f(x[0]) is var (values, indices) ? [values, indices] : [])
    {
    }

    internal Op(string name, Func<Tensor, Tensor, Tensor> f)
        : this(name, 2, x => [f(x[0], x[1])])
    {
    }

    internal Op(string name, Func<Tensor, Tensor, Tensor, Tensor> f)
        : this(name, 3, x => [f(x[0], x[1], x[2])])
    {
    }

    internal Op(string name, Func<Tensor, Tensor, Tensor, Tensor, Tensor> f)
        : this(name, 4, x => [f(x[0], x[1], x[2], x[3])])
    {
    }

    internal string Name { get; }

    internal int Arity { get; }

    /// <summary>Other layouts are refused: a view may be impossible.</summary>
    internal bool OnlyContiguous { get; init; }

    /// <summary>The form that takes a plain number on the right, where there is one.</summary>
    internal Func<Tensor, Scalar, Tensor>? NumberRight { get; init; }

    /// <summary>The form that takes a plain number on the left, where there is one.</summary>
    internal Func<Scalar, Tensor, Tensor>? NumberLeft { get; init; }

    /// <summary>From the inputs to the outputs.</summary>
    internal Tensor[] Run(Tensor[] x) => run(x);

    public override string ToString() => Name;
}

/// <summary>Every op with gradients, a line each. The names are those of Goldens/ops.json: PyTorch's, with a variant after the dot.</summary>
internal static partial class OpTable
{
    internal static readonly IReadOnlyDictionary<string, Op> All = new[]
    {
        Arithmetic, Functions, Selection, Strided,
        Products, Sums, Variances, Extremes, Norms,
        Shapes, Gathering, Indices, Assignments, InPlace,
        Slopes, EdgesOfFunctions, Edges, Ties, NotANumber, Infinities,
        Layers, Activations, Losses, Recurrences, Convolutions, Poolings, Paddings,
    }.SelectMany(static family => family).ToDictionary(static op => op.Name);

    /// <summary>The ops that treat every element alone.</summary>
    internal static readonly IReadOnlyDictionary<string, Op> Pointwise = new[] { Arithmetic, Functions, Selection, Slopes, EdgesOfFunctions, Activations }
        .SelectMany(static family => family).ToDictionary(static op => op.Name);

    /// <summary>x after a change in place of a copy of it.</summary>
    private static Tensor Changed(Tensor x, Action<Tensor> change)
    {
        var y = x * 1;
        change(y);
        return y;
    }

    /// <summary>A view taken before its base changes in place.</summary>
    private static Tensor ViewOfChanged(Tensor x)
    {
        var y = x * 1;
        var view = y[0];
        y.Mul_(3);
        return view;
    }
}
