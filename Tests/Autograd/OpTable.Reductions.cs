using static System.Double;

namespace MiniTorch.Tests;

/// <summary>Products of matrices, sums, extremes, norms.</summary>
internal static partial class OpTable
{
    // ---- products of matrices ----------------------------------------------------------------------------------------

    private static IEnumerable<Op> Products =>
    [
        new("matmul.1x1", (a, b) => a.Matmul(b)),
        new("matmul.2x1", (a, b) => a.Matmul(b)),
        new("matmul.1x2", (a, b) => a.Matmul(b)),
        new("matmul.2x2", (a, b) => a.Matmul(b)),
        new("matmul.3x1", (a, b) => a.Matmul(b)),
        new("matmul.1x3", (a, b) => a.Matmul(b)),
        new("matmul.3x2", (a, b) => a.Matmul(b)),
        new("matmul.2x3", (a, b) => a.Matmul(b)),
        new("matmul.3x3", (a, b) => a.Matmul(b)),
        new("matmul.4x3", (a, b) => a.Matmul(b)),
        new("mm", (a, b) => a.Mm(b)),
        new("bmm", (a, b) => a.Bmm(b)),
        new("mv", (a, v) => a.Mv(v)),
        new("dot", (a, b) => a.Dot(b)),
        new("outer", (a, b) => a.Outer(b)),
        new("addmm", (c, a, b) => c.Addmm(a, b)),
        new("addmm.beta_alpha", (c, a, b) => c.Addmm(a, b, beta: 0.5, alpha: 2.5)),
    ];

    // ---- sums, means, products ---------------------------------------------------------------------------------------

    private static IEnumerable<Op> Sums =>
    [
        new("sum", x => x.Sum()),
        new("sum.dim", x => x.Sum(0)),
        new("sum.dim_negative", x => x.Sum(-1)),
        new("sum.dim_keepdim", x => x.Sum(1, keepdim: true)),
        new("sum.dims", x => x.Sum([0, 1])),
        new("sum.dims_keepdim", x => x.Sum([0, -1], keepdim: true)),
        new("mean", x => x.Mean()),
        new("mean.dim", x => x.Mean(0)),
        new("mean.dim_negative", x => x.Mean(-1)),
        new("mean.dim_keepdim", x => x.Mean(1, keepdim: true)),
        new("mean.dims", x => x.Mean([0, 1])),
        new("mean.dims_keepdim", x => x.Mean([0, -1], keepdim: true)),
        new("prod", x => x.Prod()),
        new("prod.dim", x => x.Prod(0)),
        new("prod.dim_negative", x => x.Prod(-1)),
        new("prod.dim_keepdim", x => x.Prod(1, keepdim: true)),
        new("prod.zeros", x => x.Prod()),
        new("prod.dim_zeros", x => x.Prod(1)),
        new("cumsum", x => x.Cumsum(0)),
        new("cumsum.dim_negative", x => x.Cumsum(-1)),
        new("cumprod", x => x.Cumprod(0)),
        new("cumprod.dim_negative", x => x.Cumprod(-1)),
        new("cumprod.zeros", x => x.Cumprod(1)),
    ];

    // ---- variance ----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Variances =>
    [
        new("var", x => x.Var()),
        new("var.unbiased_false", x => x.Var(unbiased: false)),
        new("var.dim", x => x.Var(0)),
        new("var.dim_unbiased_false", x => x.Var(-1, unbiased: false)),
        new("var.dim_keepdim", x => x.Var(1, keepdim: true)),
        new("var.dims", x => x.Var([0, 1])),
        new("var.dims_keepdim", x => x.Var([0, -1], unbiased: false, keepdim: true)),
        new("std", x => x.Std()),
        new("std.unbiased_false", x => x.Std(unbiased: false)),
        new("std.dim", x => x.Std(0)),
        new("std.dim_unbiased_false", x => x.Std(-1, unbiased: false)),
        new("std.dim_keepdim", x => x.Std(1, keepdim: true)),
        new("std.dims", x => x.Std([0, 1])),
        new("std.dims_keepdim", x => x.Std([0, -1], unbiased: false, keepdim: true)),
    ];

    // ---- extremes ----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Extremes =>
    [
        new("max", x => x.Max()),
        new("max.dim", x => x.Max(0)),
        new("max.dim_keepdim", x => x.Max(-1, keepdim: true)),
        new("min", x => x.Min()),
        new("min.dim", x => x.Min(0)),
        new("min.dim_keepdim", x => x.Min(-1, keepdim: true)),
        new("amax", x => x.Amax()),
        new("amax.dim", x => x.Amax(-1)),
        new("amax.dims", x => x.Amax([0, 1])),
        new("amax.dims_keepdim", x => x.Amax([0, -1], keepdim: true)),
        new("amin", x => x.Amin()),
        new("amin.dim", x => x.Amin(-1)),
        new("amin.dims", x => x.Amin([0, 1])),
        new("amin.dims_keepdim", x => x.Amin([0, -1], keepdim: true)),
        new("cummax", x => x.Cummax(0)),
        new("cummin", x => x.Cummin(-1)),
        new("sort", x => x.Sort()),
        new("sort.dim_descending", x => x.Sort(0, descending: true)),
        new("topk", x => x.Topk(2)),
        new("topk.dim_smallest", x => x.Topk(2, dim: 0, largest: false)),
    ];

    // ---- norms and softmaxes -----------------------------------------------------------------------------------------

    private static IEnumerable<Op> Norms =>
    [
        new("norm", x => x.Norm()),
        new("norm.dim", x => x.Norm(dim: -1)),
        new("norm.dim_keepdim", x => x.Norm(dim: 1, keepdim: true)),
        new("norm.dims", x => x.Norm(dim: [0, 1])),
        new("norm.p1", x => x.Norm(p: 1)),
        new("norm.p1_dim", x => x.Norm(p: 1, dim: 0)),
        new("norm.p3", x => x.Norm(p: 3)),
        new("norm.p3_dim", x => x.Norm(p: 3, dim: -1, keepdim: true)),
        new("norm.inf", x => x.Norm(p: PositiveInfinity)),
        new("norm.inf_dim", x => x.Norm(p: PositiveInfinity, dim: -1)),
        new("norm.minus_inf", x => x.Norm(p: NegativeInfinity, dim: 0)),
        new("norm.p0", x => x.Norm(p: 0, dim: 0)),
        new("norm.p_half", x => x.Norm(p: 0.5, dim: 0)),
        new("logsumexp", x => x.Logsumexp(0)),
        new("logsumexp.dim_negative", x => x.Logsumexp(-1)),
        new("logsumexp.dims", x => x.Logsumexp([0, 1])),
        new("logsumexp.dim_keepdim", x => x.Logsumexp(1, keepdim: true)),
        new("softmax", x => x.Softmax(-1)),
        new("softmax.dim0", x => x.Softmax(0)),
        new("softmax.dim1", x => x.Softmax(1)),
        new("log_softmax", x => x.LogSoftmax(-1)),
        new("log_softmax.dim0", x => x.LogSoftmax(0)),
        new("log_softmax.dim1", x => x.LogSoftmax(1)),
    ];
}
