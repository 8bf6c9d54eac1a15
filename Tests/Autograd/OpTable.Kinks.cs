using static System.Double;

namespace MiniTorch.Tests;

/// <summary>Special values: kinks, ties, zeros, infinities, NaN. See Goldens/rows_kinks.py.</summary>
internal static partial class OpTable
{
    // ---- slopes at kinks ---------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Slopes =>
    [
        new("sigmoid.far", x => x.Sigmoid()),
        new("tanh.far", x => x.Tanh()),
        new("abs.kink", x => x.Abs()),
        new("sign.kink", x => x.Sign()),
        new("floor.kink", x => x.Floor()),
        new("ceil.kink", x => x.Ceil()),
        new("round.half_to_even", x => x.Round()),
        new("trunc.kink", x => x.Trunc()),
        new("clamp.bounds", x => x.Clamp(-1, 1)),
        new("clamp.min_bound", x => x.Clamp(min: -1)),
        new("clamp.max_bound", x => x.Clamp(max: 1)),
        new("clamp.tensors_bounds", (x, low, high) => x.Clamp(low, high)),
        new("clamp.crossed", x => x.Clamp(1, -1)),
        new("clamp.tensors_crossed", (x, low, high) => x.Clamp(low, high)),
        new("clamp.nan", x => x.Clamp(-1, 1)),
    ];

    // ---- edges of domains --------------------------------------------------------------------------------------------

    private static IEnumerable<Op> EdgesOfFunctions =>
    [
        new("sqrt.zero", x => x.Sqrt()),
        new("rsqrt.zero", x => x.Rsqrt()),
        new("log.zero", x => x.Log()),
        new("log2.zero", x => x.Log2()),
        new("log1p.minus_one", x => x.Log1p()),
        new("expm1.tiny", x => x.Expm1()),
        new("exp.far", x => x.Exp()),
        new("asin.bounds", x => x.Asin()),
        new("acos.bounds", x => x.Acos()),
        new("reciprocal.zero", x => x.Reciprocal()),
        new("div.zero", (a, b) => a / b),
        new("pow.zero_zero", (a, b) => a.Pow(b)),
        new("pow.zero_base", (a, b) => a.Pow(b)),
        new("pow.negative_base", (a, b) => a.Pow(b)),
        new("pow.zero_number", x => x.Pow(0)),
        new("pow.one_of_zero", x => x.Pow(1)),
        new("pow.two_of_zero", x => x.Pow(2)),
        new("pow.half_of_zero", x => x.Pow(0.5)),
        new("pow.minus_one_of_zero", x => x.Pow(-1)),
        new("pow.number_zero_base", x => Torch.Pow(0.0, x)),
        new("mul.zero_infinity", (a, b) => a * b),
        new("where.nan_not_taken", (c, x) => Torch.Where(c, x.Sqrt(), x)),
        new("masked_fill.nan_filled", (x, m) => x.MaskedFill(m, 0.0)),
    ];

    // ---- zeros and infinities under reductions -----------------------------------------------------------------------

    private static IEnumerable<Op> Edges =>
    [
        new("norm.zero", x => x.Norm()),
        new("norm.dim_zero", x => x.Norm(dim: 1)),
        new("norm.p1_zero", x => x.Norm(p: 1)),
        new("norm.p3_zero", x => x.Norm(p: 3, dim: 1)),
        new("norm.inf_zero", x => x.Norm(p: PositiveInfinity, dim: 1)),
        new("norm.inf_ties", x => x.Norm(p: PositiveInfinity)),
        new("norm.minus_inf_ties", x => x.Norm(p: NegativeInfinity)),
        new("norm.inf_nan", x => x.Norm(p: PositiveInfinity)),
        new("std.constant_row", x => x.Std(1)),
        new("std.one_element", x => x.Std(0)),
        new("var.constant_row", x => x.Var(1)),
        new("var.one_element", x => x.Var(0)),
        new("var.one_element_biased", x => x.Var(unbiased: false)),
        new("sum.empty", x => x.Sum()),
        new("mean.empty", x => x.Mean()),
        new("mean.empty_dim", x => x.Mean(0)),
        new("prod.empty", x => x.Prod()),
        new("sum.infinities", x => x.Sum(1)),
        new("addmm.beta_zero", (c, a, b) => c.Addmm(a, b, beta: 0)),
        new("matmul.nan", (a, b) => a.Matmul(b)),
    ];

    // ---- ties: shared evenly by full reductions, halved between two tensors, given to one index by Max(dim) ----------

    private static IEnumerable<Op> Ties =>
    [
        new("maximum.ties", (a, b) => a.Maximum(b)),
        new("minimum.ties", (a, b) => a.Minimum(b)),
        new("max.ties", x => x.Max()),
        new("min.ties", x => x.Min()),
        new("max.dim_ties", x => x.Max(1)),
        new("min.dim_ties", x => x.Min(1)),
        new("amax.ties", x => x.Amax(1)),
        new("amax.dims_ties", x => x.Amax([0, 1])),
        new("amin.ties", x => x.Amin(1)),
        new("amin.dims_ties", x => x.Amin([0, 1])),
    ];

    // ---- NaN wins ----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> NotANumber =>
    [
        new("maximum.nan", (a, b) => a.Maximum(b)),
        new("minimum.nan", (a, b) => a.Minimum(b)),
        new("max.nan", x => x.Max()),
        new("min.nan", x => x.Min()),
        new("max.dim_nan", x => x.Max(1)),
        new("min.dim_nan", x => x.Min(1)),
        new("amax.nan", x => x.Amax(1)),
        new("amin.nan", x => x.Amin(1)),
        new("cummax.ties", x => x.Cummax(1)),
        new("cummin.nan", x => x.Cummin(1)),
        new("amax.minus_inf", x => x.Amax(1)),
        new("amin.plus_inf", x => x.Amin(1)),
        new("sort.ties_nan", x => x.Sort()),
        new("cumsum.nan", x => x.Cumsum(0)),
    ];

    // ---- infinities under exponentials -------------------------------------------------------------------------------

    private static IEnumerable<Op> Infinities =>
    [
        new("logsumexp.minus_inf_row", x => x.Logsumexp(1)),
        new("logsumexp.all_minus_inf", x => x.Logsumexp(1)),
        new("logsumexp.plus_inf", x => x.Logsumexp(1)),
        new("softmax.far", x => x.Softmax(1)),
        new("log_softmax.far", x => x.LogSoftmax(1)),
    ];
}
