using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Dtype rules, integers, logic, creation, sorting, indexing and views against PyTorch.</summary>
public class ValueTests
{
    private static readonly IReadOnlyDictionary<string, GoldenRow> Goldens = GoldenRow.Values.Rows.ToDictionary(static row => row.Name);

    private static readonly IReadOnlyDictionary<string, GoldenView> Indexed = GoldenRow.Values.Indexing.ToDictionary(static view => view.Expr);

    private static readonly IReadOnlyDictionary<string, GoldenView> Viewed = GoldenRow.Values.Views.ToDictionary(static view => view.Expr);

    public static TheoryData<string> Rows => [.. ValueTable.All.Keys];

    public static TheoryData<string> IndexExpressions => [.. IndexTable.Indexing.Keys];

    public static TheoryData<string> ViewExpressions => [.. IndexTable.Views.Keys];

    [Fact]
    public void Every_golden_has_a_row_and_every_row_a_golden()
    {
        ValueTable.All.Keys.Concat(ValueTable.NotYet).Order().ShouldBe(Goldens.Keys.Order());
        IndexTable.Indexing.Keys.ShouldBe(Indexed.Keys);
        IndexTable.Views.Keys.ShouldBe(Viewed.Keys);
    }

    [Theory, MemberData(nameof(Rows))]
    public void Equals_PyTorch(string name)
    {
        var row = Goldens[name];
        for (int number = 0; number < row.Cases.Length; number++)
        {
            var golden = row.Cases[number];
            string what = $"{name}, case {number} ({row.Python})";
            var y = Evaluate(ValueTable.All[name], golden.Inputs);
            y.Length.ShouldBe(golden.Outputs.Length, what);
            for (int i = 0; i < y.Length; i++) golden.Outputs[i].ShouldBe(y[i], $"{what}, output {i}");
        }
    }

    [Theory, MemberData(nameof(IndexExpressions))]
    public void Indexing_equals_PyTorch(string expression) => Compare(IndexTable.Indexing[expression], Indexed[expression]);

    [Theory, MemberData(nameof(ViewExpressions))]
    public void Views_equal_PyTorch(string expression) => Compare(IndexTable.Views[expression], Viewed[expression]);

    private static Tensor[] Evaluate(Op op, GoldenTensor[] x) => x switch
    {
        [{ Number: null } a, { Number: not null } n] when op.NumberRight is { } f => [f(a.Tensor, n.Scalar)],
        [{ Number: not null } n, { Number: null } b] when op.NumberLeft is { } f => [f(n.Scalar, b.Tensor)],
        _ => op.Run([.. x.Select(static v => v.Number is null ? v.Tensor : v.Scalar)]),
    };

    // A step that is never taken means nothing: along sizes of 1 and without elements it is that of a row-major layout here, PyTorch keeps
    // what was.
    private static void Compare(Func<Tensor> expression, GoldenView golden)
    {
        if (golden.Error)
        {
            Should.Throw<ArgumentException>(expression);
            return;
        }
        var y = expression();
        golden.ShouldBe(y, golden.Expr);
        ReferenceEquals(y.Storage, IndexTable.X.Storage).ShouldBe(golden.View, $"{golden.Expr} is a view");
        if (!golden.View) return;                   // how a copy is laid out is each library's choice
        y.StorageOffset().ShouldBe(golden.Offset, $"offset of {golden.Expr}");
        for (int d = 0; d < y.Ndim && y.Numel() > 0; d++)
            if (y.Size(d) > 1) y.Stride()[d].ShouldBe(golden.Stride[d], $"stride {d} of {golden.Expr}");
    }
}
