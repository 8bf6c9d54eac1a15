using Shouldly;

namespace MiniTorch.Tests;

/// <summary>What an op refuses: the message names the op, the shapes or dtypes, and where it can the way out. The operands stay as they were.</summary>
public class OpErrorTests
{
    private static readonly IReadOnlyDictionary<string, Refusal> Refusals = new Refusal[]
    {
        // ---- shapes that do not broadcast
        new("add", x => x.Add(Ones(4)), "Add", "[2, 3]", "[4]", "sizes 3 and 4 differ"),
        new("add.column", x => x + Ones(2), "Add", "Did you mean .Unsqueeze(-1) on the [2]"),
        new("add.reshaped", x => x + Ones(3, 2), "Add", "[2, 3]", "[3, 2]"),
        new("sub", x => x - Ones(4), "Sub", "[2, 3]", "[4]"),
        new("mul", x => x * Ones(4), "Mul", "[2, 3]", "[4]"),
        new("div", x => x / Ones(4), "Div", "[2, 3]", "[4]"),
        new("pow", x => x.Pow(Ones(4)), "Pow", "[2, 3]", "[4]"),
        new("remainder", x => x % Ones(4), "Remainder", "[2, 3]", "[4]"),
        new("maximum", x => x.Maximum(Ones(4)), "Maximum", "[2, 3]", "[4]"),
        new("clamp", x => x.Clamp(min: Ones(4)), "Clamp", "[2, 3]", "[4]"),
        new("lt", x => x < Ones(4), "Lt", "[2, 3]", "[4]"),
        new("where", x => Torch.Where(Ones(4) > 0, x, x), "Where", "[2, 3]", "[4]"),
        new("lerp", x => x.Lerp(Ones(4), 0.5), "Lerp", "[2, 3]", "[4]"),
        new("masked_fill", x => x.MaskedFill(Ones(4) > 0, 1), "MaskedFill", "[2, 3]", "[4]"),
        new("add_.grows", x => x.Add_(Ones(2, 2, 3)), "Add_", "[2, 2, 3]", "[2, 3]", "without underscore"),
        new("mul_.grows", x => x.Mul_(Ones(2, 2, 3)), "Mul_", "[2, 2, 3]", "[2, 3]"),
        new("copy_", x => x.Copy_(Ones(4)), "Copy_", "[4]", "[2, 3]"),
        new("setitem", x => { x[0] = Ones(4); return x; }, "Setitem", "[4]", "[3]"),

        // ---- products of matrices
        new("matmul", x => x.Matmul(Ones(4, 2)), "Matmul", "[2, 3]", "[4, 2]", "inner dimensions 3 and 4 differ"),
        new("matmul.transpose", x => x.Matmul(Ones(4, 3)), "Matmul", "Did you mean the transpose, b.T?", "[2, 4]"),
        new("matmul.flatten", _ => Ones(64, 28, 28).Matmul(Ones(784, 256)), "Matmul", "Did you mean x.Flatten(1)?", "[64, 256]"),
        new("matmul.batches", _ => Ones(2, 3, 4).Matmul(Ones(5, 4, 3)), "Matmul", "[2, 3, 4]", "[5, 4, 3]", "2 matrices by 5"),
        new("matmul.number", x => x.Matmul(Torch.Tensor(2.0)), "Matmul", "[2, 3]", "0-dim"),
        new("matmul.dtypes", x => x.Matmul(Ones(3, 2).Double()), "Matmul", "Float32", "Float64"),
        new("mm", x => x.Mm(Ones(3)), "Mm", "[2, 3]", "[3]"),
        new("bmm", _ => Ones(2, 3, 4).Bmm(Ones(3, 4, 2)), "Bmm", "[2, 3, 4]", "[3, 4, 2]", "2 matrices by 3"),
        new("mv", x => x.Mv(Ones(2)), "Mv", "[2, 3]", "[2]"),
        new("dot", _ => Ones(2).Dot(Ones(3)), "Dot", "[2]", "[3]"),
        new("outer", x => x.Outer(Ones(2)), "Outer", "[2, 3]", "[2]"),
        new("addmm", x => Ones(5).Addmm(x, Ones(3, 4)), "Addmm", "[5]", "[2, 4]", "sizes 5 and 4 differ"),

        // ---- dims
        new("sum.dim", x => x.Sum(2), "Sum", "dim 2", "-2 to 1"),
        new("sum.twice", x => x.Sum([0, -2]), "Sum", "appears twice"),
        new("softmax.dim", x => x.Softmax(2), "Softmax", "dim 2"),
        new("max.dim", x => x.Max(-3).Values, "Max", "dim -3"),
        new("cumsum.dim", x => x.Cumsum(2), "Cumsum", "dim 2"),
        new("cummax.dim", x => x.Cummax(2).Values, "Cummax", "dim 2"),
        new("sort.dim", x => x.Sort(2).Values, "Sort", "dim 2"),
        new("transpose", x => x.Transpose(0, 2), "Transpose", "dim 2"),
        new("permute", x => x.Permute(0, 0), "Permute", "[0, 0]", "[2, 3]"),
        new("unsqueeze", x => x.Unsqueeze(3), "Unsqueeze", "dim 3"),
        new("flatten", x => x.Flatten(1, 0), "Flatten", "[2, 3]"),
        new("diagonal", x => x.Diagonal(0, 1, -1), "Diagonal", "the same"),
        new("cat.dim", x => Torch.Cat([x, x], 2), "Cat", "dim 2"),
        new("roll.dim", x => x.Roll(1, 2), "Roll", "dim 2"),
        new("flip.dim", x => x.Flip(2), "Flip", "dim 2"),

        // ---- sizes
        new("reshape", x => x.Reshape(4, 2), "Reshape", "[2, 3]", "[4, 2]"),
        new("reshape.two_unknown", x => x.Reshape(-1, -1), "Reshape", "-1"),
        new("view", x => x.T.View(6), "View", "[3, 2]", "Reshape"),
        new("unflatten", x => x.Unflatten(1, [2, 2]), "Unflatten", "[2, 2]"),
        new("expand", x => x.Expand(4, 3), "Expand", "[2, 3]", "[4, 3]", "Repeat"),
        new("repeat", x => x.Repeat(2), "Repeat", "[2, 3]"),
        new("split", x => x.Split([1, 1], 1)[0], "Split", "[1, 1]", "[2, 3]"),
        new("chunk", x => x.Chunk(0)[0], "Chunk", "got 0"),
        new("narrow", x => x.Narrow(1, 2, 2), "Narrow", "[2, 3]"),
        new("cat", x => Torch.Cat([x, Ones(2, 4)]), "Cat", "[2, 4]", "[2, 3]"),
        new("cat.nothing", _ => Torch.Cat([]), "Cat", "no tensors"),
        new("stack", x => Torch.Stack([x, Ones(3, 2)]), "Stack", "[3, 2]", "[2, 3]"),
        new("triu", _ => Ones(3).Triu(), "Triu", "[3]"),
        new("diag", _ => Ones(2, 2, 2).Diag(), "Diag", "[2, 2, 2]"),
        new("trace", _ => Ones(2).Trace(), "Trace", "[2]"),
        new("topk", x => x.Topk(4).Values, "Topk", "[2, 3]", "4"),
        new("max.empty", _ => Ones(0, 3).Max(), "Max", "[0, 3]"),
        new("argmax.empty", _ => Ones(0, 3).Argmax(0), "Argmax", "[0, 3]"),
        new("bincount", x => x.Bincount(), "Bincount", "[2, 3]"),

        // ---- dtypes
        new("sub.bool", x => (x > 0) - (x > 0), "Sub", "Bool"),
        new("sub.truth", x => x - true, "Sub", "Bool"),
        new("neg.bool", x => -(x > 0), "Neg", "Bool", "LogicalNot"),
        new("masked_fill.infinity", x => x.Long().MaskedFill(x > 0, double.NegativeInfinity), "MaskedFill", "Int64"),
        new("index_put.dtype", x => x.IndexPut([Torch.Tensor([0])], Ones(3).Double()), "IndexPut", "Float64", "Float32"),
        new("mean.int", x => x.Long().Mean(), "Mean", "Int64"),
        new("var.int", x => x.Long().Var(), "Var", "Int64"),
        new("norm.int", x => x.Long().Norm(), "Norm", "Int64"),
        new("bitwise_and", x => x & x, "BitwiseAnd", "Float32"),
        new("where.condition", x => Torch.Where(x, x, x), "Where", "Float32", "Bool"),
        new("masked_select", x => x.MaskedSelect(x), "MaskedSelect", "Float32", "Bool"),
        new("gather.dtype", x => x.Gather(0, Ones(1, 3)), "Gather", "Float32", "Int64"),
        new("scatter.dtype", x => x.Scatter(0, Indices(0), Ones(1, 1).Double()), "Scatter", "Float64", "Float32"),
        new("add_.dtype", x => x.Long().Add_(0.5), "Add_", "Float32", "Int64"),
        new("div_.int", x => x.Long().Div_(2), "Div_", "Float32", "Int64"),
        new("pow.int", x => x.Long().Pow(-1), "Pow", "Int64", "-1"),
        new("floor_divide.zero", x => x.Long().FloorDivide(0), "FloorDivide", "zero"),
        new("item", x => x.Item(), "Item", "[2, 3]"),

        // ---- indices
        new("index.range", x => x[2], "Index", "2", "[2, 3]", "size 2"),
        new("index.negative", x => x[0, -4], "Index", "-4", "dimension 1 of [2, 3]", "size 3"),
        new("index.end", x => x[^0], "Index", "^0", "dimension 0 of [2, 3]"),
        new("index.later", x => x[Torch.None, Torch.Ellipsis, 3], "Index", "3", "dimension 1 of [2, 3]"),
        new("index.after_mask", x => x.Unsqueeze(-1)[x > 2, 1], "Index", "1", "dimension 2 of [2, 3, 1]"),
        new("index.too_many", x => x[0, 0, 0], "Index", "3 indices", "[2, 3]"),
        new("index.nothing", x => x[[]], "Index", "empty"),
        new("index.ellipses", x => x[Torch.Ellipsis, Torch.Ellipsis], "Index", "Ellipsis"),
        new("index.mask", x => x[Ones(3) > 0], "Index", "[3]", "[2, 3]", "sizes 3 and 2"),
        new("index.tensor", x => x[Torch.Tensor([0, 2])], "Index", "2", "size 2"),
        new("index.float", x => x[Ones(1)], "Index", "Float32", "Convert with .Long() first"),
        new("index.shapes", x => x[Torch.Tensor([0, 1]), Torch.Tensor([0, 1, 2])], "Index", "[2]", "[3]"),
        new("slice.step", x => x[Torch.Slice(step: -1)], "Slice", "-1", "Flip"),
        new("select", x => x.Select(0, 2), "Select", "2", "[2, 3]"),
        new("gather.range", x => x.Gather(1, Indices(3)), "Gather", "3", "size 3"),
        new("gather.negative", x => x.Gather(1, Indices(-1)), "Gather", "-1"),
        new("gather.shape", x => x.Gather(0, Torch.Zeros([1, 4], DType.Int64)), "Gather", "[1, 4]", "[2, 3]"),
        new("scatter.range", x => x.Scatter(0, Indices(2), 1.0), "Scatter", "2", "size 2"),
        new("scatter_add.range", x => x.ScatterAdd(0, Indices(2), Ones(1, 1)), "ScatterAdd", "2", "size 2"),
        new("index_select.range", x => x.IndexSelect(0, Torch.Tensor([5])), "IndexSelect", "5", "size 2"),
        new("index_select.shape", x => x.IndexSelect(0, Indices(0)), "IndexSelect", "[1, 1]"),
        new("sub_.bool", x => x.Sub_(true), "Sub", "Bool", "LogicalXor"),
        new("index_add.number", _ => Torch.Tensor(5.0).IndexAdd(0, Torch.Tensor([0, 0]), Torch.Tensor(1.0)), "IndexAdd", "[2]", "[1]"),
        new("index_add.range", x => x.IndexAdd(0, Torch.Tensor([2]), Ones(1, 3)), "IndexAdd", "2", "size 2"),
        new("take_along_dim.range", x => x.TakeAlongDim(Indices(3), 1), "TakeAlongDim", "3", "size 3"),
        new("index_put", x => x.IndexPut([Torch.Tensor([0])], Ones(4)), "Index", "[4]", "[1, 3]"),
        new("take_along_dim", x => x.TakeAlongDim(Torch.Tensor([0]), 1), "TakeAlongDim", "[1]", "[2, 3]"),
        new("where.dtype", x => Torch.Where(x, x, x), "Where", "Float32", "Convert with .Bool() first"),
        new("mean.dtype", _ => Torch.Arange(3).Mean(), "Mean", "Int64", "Convert with .Float() first"),
        new("randint.range", _ => Torch.Randint(5, 5, [2]), "Randint", "low = 5", "high = 5"),

        // ---- an operand that is not there
        new("null.grad", x => 0.1 * x.Grad!, "Mul", "null", "before Backward()"),
        new("null.left", x => x.Grad! + 1, "Add", "null", "before Backward()"),
        new("null.right", x => x / x.Grad!, "Div", "null", "before Backward()"),
        new("null.neg", x => -x.Grad!, "Neg", "null", "before Backward()"),
        new("null.compound", x => { x -= x.Grad!; return x; }, "Sub_", "null", "before Backward()"),
    }.ToDictionary(static refusal => refusal.Name);

    public static TheoryData<string> Names => [.. Refusals.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Says_what_is_wrong(string name)
    {
        var x = Torch.Arange(6.0).Reshape(2, 3);
        var error = Should.Throw<Exception>(() => Refusals[name].Run(x));
        (error is ArgumentException or InvalidOperationException).ShouldBeTrue($"{error.GetType()}: {error.Message}");
        foreach (string part in Refusals[name].Message) error.Message.ShouldContain(part, Case.Sensitive);
        x.ToArray<double>().ShouldBe([0, 1, 2, 3, 4, 5]);
        x.Shape.ShouldBe([2, 3]);
    }

    private sealed record Refusal(string Name, Func<Tensor, Tensor> Run, params string[] Message)
    {
        internal Refusal(string name, Func<Tensor, object> run, params string[] message)
            : this(name, x => run(x) as Tensor ?? x, message)
        {
        }
    }

    private static Tensor Ones(params int[] shape) => Torch.Ones((Shape)shape);

    private static Tensor Indices(int i) => Torch.Tensor([i]).Reshape(1, 1);

    // ---- changes in place that autograd could not follow -------------------------------------------------------------------

    [Fact]
    public void A_leaf_that_requires_a_gradient_is_not_changed_in_place()
    {
        var w = Ones(3).RequiresGrad_();
        foreach (Action change in new Action[] { () => w.Add_(1), () => w.Mul_(w), () => w[0] = 5.0, () => w.Zero_(), () => w.Exp_(), () => w[..2].Neg_(), () => w.Normal_() })
        {
            Should.Throw<InvalidOperationException>(change).Message.ShouldContain("requires a gradient cannot be changed in place");
            w.ToArray<float>().ShouldBe([1, 1, 1]);
        }
        using (Torch.NoGrad()) w.Add_(1);
        w.ToArray<float>().ShouldBe([2, 2, 2]);
    }

    [Fact]
    public void An_expanded_view_is_not_changed_in_place()
    {
        var x = Ones(3, 1);
        foreach (Action change in new Action[] { () => x.Expand(3, 2).Add_(1), () => x.Expand(3, 2)[0] = 2.0, () => x.Expand(3, 2).Copy_(Ones(3, 2)), () => x.Expand(3, 2).Uniform_() })
        {
            Should.Throw<InvalidOperationException>(change).Message.ShouldContain("Clone()");
            x.ToArray<float>().ShouldBe([1, 1, 1]);
        }
    }

    [Fact]
    public void A_saved_tensor_that_was_changed_is_refused_with_both_ops_named()
    {
        var w = Ones(3).RequiresGrad_();
        var x = Ones(3).Named("x");
        var y = (w * x).Sum();
        x.Add_(1);
        string message = Should.Throw<InvalidOperationException>(() => y.Backward()).Message;
        foreach (string part in new[] { "`x`", "Mul", "version 0", "Add_", "version 1" }) message.ShouldContain(part);
        w.Grad.ShouldBeNull();
    }

    [Fact]
    public void What_an_op_does_not_read_again_may_be_changed()
    {
        var w = Ones(3).RequiresGrad_();
        var a = w * 2;
        var y = a + 1;                              // Add saves nothing, Exp its output
        a.Mul_(3);
        var e = y.Exp();
        y.Zero_();
        e.Sum().Backward();
        w.Grad!.ToArray<double>().ShouldAllBe(static g => Math.Abs(g - 2 * Math.Exp(3)) < 1e-4);

        var z = (w * 2).Exp();
        var loss = z.Sum();
        z.Add_(1);
        Should.Throw<InvalidOperationException>(() => loss.Backward(retainGraph: true)).Message.ShouldContain("Exp");
    }
}
