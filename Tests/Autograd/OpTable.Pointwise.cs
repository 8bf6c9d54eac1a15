namespace MiniTorch.Tests;

/// <summary>Arithmetic and functions of one element, element by element.</summary>
internal static partial class OpTable
{
    // ---- arithmetic --------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Arithmetic =>
    [
        new("add", (a, b) => a + b),
        new("add.alpha", (a, b) => a.Add(b, alpha: 2.5)),
        new("add.number", x => x + 2.5),
        new("sub", (a, b) => a - b),
        new("sub.alpha", (a, b) => a.Sub(b, alpha: 2.5)),
        new("sub.number", x => x - 2.5),
        new("rsub", (a, b) => Torch.Rsub(a, b)),
        new("rsub.alpha", (a, b) => Torch.Rsub(a, b, alpha: 2.5)),
        new("rsub.number", x => 2.5 - x),
        new("mul", (a, b) => a * b),
        new("mul.number", x => x * 2.5),
        new("mul.itself", x => x * x),
        new("div", (a, b) => a / b),
        new("div.number", x => x / 2.5),
        new("rdiv.number", x => 2.5 / x),
        new("pow", (a, b) => a.Pow(b)),
        new("pow.two", x => x.Pow(2)),
        new("pow.three", x => x.Pow(3)),
        new("pow.half", x => x.Pow(0.5)),
        new("pow.minus_one", x => x.Pow(-1)),
        new("pow.zero", x => x.Pow(0)),
        new("pow.one_and_half", x => x.Pow(1.5)),
        new("pow.number_base", x => Torch.Pow(2.5, x)),
        new("lerp", (a, b, w) => a.Lerp(b, w)),
        new("lerp.number", (a, b) => a.Lerp(b, 0.3)),
        new("lerp.number_above_half", (a, b) => a.Lerp(b, 0.8)),
        new("addcmul", (c, a, b) => c.Addcmul(a, b, value: 0.5)),
        new("addcdiv", (c, a, b) => c.Addcdiv(a, b, value: 0.5)),
        new("remainder", (a, b) => a.Remainder(b)),
        new("remainder.number", x => x % 0.5),
        new("fmod", (a, b) => a.Fmod(b)),
        new("fmod.number", x => x.Fmod(-0.5)),
    ];

    // ---- functions of one variable -----------------------------------------------------------------------------------

    private static IEnumerable<Op> Functions =>
    [
        new("neg", x => -x),
        new("abs", x => x.Abs()),
        new("sign", x => x.Sign()),
        new("exp", x => x.Exp()),
        new("expm1", x => x.Expm1()),
        new("log", x => x.Log()),
        new("log1p", x => x.Log1p()),
        new("log2", x => x.Log2()),
        new("sqrt", x => x.Sqrt()),
        new("rsqrt", x => x.Rsqrt()),
        new("square", x => x.Square()),
        new("reciprocal", x => x.Reciprocal()),
        new("sin", x => x.Sin()),
        new("cos", x => x.Cos()),
        new("tan", x => x.Tan()),
        new("asin", x => x.Asin()),
        new("acos", x => x.Acos()),
        new("atan", x => x.Atan()),
        new("sinh", x => x.Sinh()),
        new("cosh", x => x.Cosh()),
        new("tanh", x => x.Tanh()),
        new("sigmoid", x => x.Sigmoid()),
        new("erf", x => x.Erf()),
        new("floor", x => x.Floor()),
        new("ceil", x => x.Ceil()),
        new("round", x => x.Round()),
        new("trunc", x => x.Trunc()),
    ];

    // ---- selection by value ------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Selection =>
    [
        new("clamp", x => x.Clamp(-0.5, 1)),
        new("clamp.min", x => x.Clamp(min: -0.5)),
        new("clamp.max", x => x.Clamp(max: 1)),
        new("clamp.tensors", (x, low, high) => x.Clamp(low, high)),
        new("clamp.tensor_min", (x, low) => x.Clamp(min: low)),
        new("clamp.tensor_max", (x, high) => x.Clamp(max: high)),
        new("minimum", (a, b) => a.Minimum(b)),
        new("maximum", (a, b) => a.Maximum(b)),
        new("where", (c, a, b) => Torch.Where(c, a, b)),
        new("where.number", (c, x) => Torch.Where(c, x, 2.5)),
        new("where.number_first", (c, x) => Torch.Where(c, 2.5, x)),
    ];

    // ---- through views that are not contiguous -----------------------------------------------------------------------

    private static IEnumerable<Op> Strided =>
    [
        new("add.transposed", (a, b) => a.T + b),
        new("mul.transposed", (a, b) => a.T * b.T),
        new("mul.expanded", (a, b) => a.Expand(2, 3) * b),
        new("mul.strided", (a, b) => a[.., Torch.Slice(step: 2)] * b[1.., 1..3]),
        new("exp.transposed", x => x.T.Exp()),
        new("sum.transposed", x => x.Transpose(0, 1).Sum(0)),
        new("max.transposed", x => x.Transpose(0, 1).Max(0).Values),
        new("softmax.transposed", x => x.Transpose(0, 1).Softmax(0)),
        new("matmul.transposed", (a, b) => a.T.Matmul(b.T)),
        new("matmul.strided", (a, b) => a[.., Torch.Slice(step: 2)].Matmul(b[Torch.Slice(step: 2)])),
    ];
}
