namespace MiniTorch.Tests;

/// <summary>What has no gradient: dtype rules, integers, logic, creation, sorting. The names are those of the rows of Goldens/values.json.</summary>
internal static class ValueTable
{
    internal static readonly IReadOnlyDictionary<string, Op> All = new[] { Promotion, Casts, Division, Integers, Truth, Reductions, Order, Counting, Creation }
        .SelectMany(static family => family).ToDictionary(static op => op.Name);

    /// <summary>Golden rows that wait for MiniTorch.NN. To be emptied.</summary>
    internal static readonly IReadOnlySet<string> NotYet = new HashSet<string> { "one_hot", "one_hot.num_classes" };

    // ---- the dtype of a result ---------------------------------------------------------------------------------------

    private static IEnumerable<Op> Promotion =>
    [
        new("promotion.add", (a, b) => a + b) { NumberRight = (a, n) => a + n, NumberLeft = (n, b) => n + b },
        new("promotion.mul", (a, b) => a * b) { NumberRight = (a, n) => a * n, NumberLeft = (n, b) => n * b },
        new("promotion.div", (a, b) => a / b) { NumberRight = (a, n) => a / n, NumberLeft = (n, b) => n / b },
        new("promotion.lt", (a, b) => a < b) { NumberRight = (a, n) => a < n, NumberLeft = (n, b) => n < b },
        new("promotion.eq", (a, b) => a.Eq(b)) { NumberRight = (a, n) => a.Eq(n), NumberLeft = (n, b) => b.Eq(n) },
        new("promotion.where", (c, a, b) => Torch.Where(c, a, b)),
        new("promotion.cat", (a, b) => Torch.Cat([a, b])),
        new("promotion.maximum", (a, b) => a.Maximum(b)),
    ];

    // ---- casts -------------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Casts =>
    [
        new("cast.float32", x => x.To(DType.Float32)),
        new("cast.float64", x => x.To(DType.Float64)),
        new("cast.int64", x => x.To(DType.Int64)),
        new("cast.int32", x => x.To(DType.Int32)),
        new("cast.uint8", x => x.To(DType.UInt8)),
        new("cast.bool", x => x.To(DType.Bool)),
    ];

    // ---- quotients and remainders ------------------------------------------------------------------------------------

    private static IEnumerable<Op> Division =>
    [
        new("div", (a, b) => a / b),
        new("div.trunc", (a, b) => a.Div(b, roundingMode: "trunc")),
        new("div.floor", (a, b) => a.Div(b, roundingMode: "floor")),
        new("floor_divide", (a, b) => a.FloorDivide(b)) { NumberRight = (a, n) => a.FloorDivide(n) },
        new("remainder", (a, b) => a.Remainder(b)) { NumberRight = (a, n) => a % n },
        new("fmod", (a, b) => a.Fmod(b)) { NumberRight = (a, n) => a.Fmod(n) },
    ];

    // ---- integers ----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Integers =>
    [
        new("add.wraps", (a, b) => a + b),
        new("sub.wraps", (a, b) => a - b),
        new("mul.wraps", (a, b) => a * b),
        new("pow", (a, b) => a.Pow(b)) { NumberRight = (a, n) => a.Pow(n), NumberLeft = (n, b) => Torch.Pow(n, b) },
        new("neg", x => -x),
        new("abs", x => x.Abs()),
        new("sign", x => x.Sign()),
        new("square", x => x.Square()),
        new("add.alpha", (a, b) => a.Add(b, alpha: 2)),
        new("masked_fill", (x, m) => x.MaskedFill(m, 2.5)),
        new("exp", x => x.Exp()),
        new("sqrt", x => x.Sqrt()),
        new("sigmoid", x => x.Sigmoid()),
        new("reciprocal", x => x.Reciprocal()),
        new("floor", x => x.Floor()),
        new("round", x => x.Round()),
        new("clamp", x => x.Clamp(1, 3)),
        new("minimum", (a, b) => a.Minimum(b)),
        new("matmul", (a, b) => a.Matmul(b)),
    ];

    // ---- comparisons, logic, bits ------------------------------------------------------------------------------------

    private static IEnumerable<Op> Truth =>
    [
        new("eq", (a, b) => a.Eq(b)) { NumberRight = (a, n) => a.Eq(n) },
        new("ne", (a, b) => a.Ne(b)) { NumberRight = (a, n) => a.Ne(n) },
        new("lt", (a, b) => a < b) { NumberRight = (a, n) => a < n },
        new("le", (a, b) => a <= b) { NumberRight = (a, n) => a <= n },
        new("gt", (a, b) => a > b) { NumberRight = (a, n) => a > n },
        new("ge", (a, b) => a >= b) { NumberRight = (a, n) => a >= n },
        new("isnan", x => x.Isnan()),
        new("isinf", x => x.Isinf()),
        new("isfinite", x => x.Isfinite()),
        new("logical_and", (a, b) => a.LogicalAnd(b)),
        new("logical_or", (a, b) => a.LogicalOr(b)),
        new("logical_xor", (a, b) => a.LogicalXor(b)),
        new("logical_not", x => x.LogicalNot()),
        new("bitwise_and", (a, b) => a & b),
        new("bitwise_or", (a, b) => a | b),
        new("bitwise_xor", (a, b) => a ^ b),
        new("bitwise_not", x => ~x),
    ];

    // ---- sums, extremes, truth of many elements ----------------------------------------------------------------------

    private static IEnumerable<Op> Reductions =>
    [
        new("sum", x => x.Sum()),
        new("sum.dim", x => x.Sum(1)),
        new("sum.dtype", x => x.Sum(dtype: DType.Float64)),
        new("sum.dtype_int32", x => x.Sum(0, dtype: DType.Int32)),
        new("mean", x => x.Mean()),
        new("mean.dtype", x => x.Mean(dtype: DType.Float64)),
        new("prod", x => x.Prod()),
        new("prod.dim", x => x.Prod(1)),
        new("prod.dtype", x => x.Prod(dtype: DType.Float64)),
        new("cumsum", x => x.Cumsum(1)),
        new("cumsum.dtype", x => x.Cumsum(0, dtype: DType.Float64)),
        new("any", x => x.Any()),
        new("any.dim", x => x.Any(0)),
        new("any.dim_keepdim", x => x.Any(1, keepdim: true)),
        new("all", x => x.All()),
        new("all.dim", x => x.All(0)),
        new("all.dim_keepdim", x => x.All(1, keepdim: true)),
        new("max", x => x.Max()),
        new("max.dim", x => x.Max(1)),
        new("min", x => x.Min()),
        new("min.dim", x => x.Min(1)),
        new("amax", x => x.Amax(1)),
        new("amin", x => x.Amin(1)),
    ];

    // ---- order -------------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Order =>
    [
        new("argmax", x => x.Argmax()),
        new("argmax.dim", x => x.Argmax(1)),
        new("argmax.dim_keepdim", x => x.Argmax(0, keepdim: true)),
        new("argmin", x => x.Argmin()),
        new("argmin.dim", x => x.Argmin(1)),
        new("argmin.dim_keepdim", x => x.Argmin(-1, keepdim: true)),
        new("sort", x => x.Sort()),
        new("sort.dim0", x => x.Sort(dim: 0)),
        new("sort.descending", x => x.Sort(descending: true)),
        new("sort.bool", x => x.Sort()),
        new("argsort", x => x.Argsort()),
        new("argsort.descending", x => x.Argsort(dim: 0, descending: true)),
        new("topk", x => x.Topk(2)),
        new("topk.dim0", x => x.Topk(1, dim: 0)),
        new("topk.smallest", x => x.Topk(2, largest: false)),
        new("cummax", x => x.Cummax(0)),
        new("cummin", x => x.Cummin(0)),
    ];

    // ---- counting ----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Counting =>
    [
        new("nonzero", x => x.Nonzero()),
        new("nonzero.tuple", x => x.Nonzero(asTuple: true)),
        new("count_nonzero", x => x.CountNonzero()),
        new("bincount", x => x.Bincount()),
        new("bincount.minlength", x => x.Bincount(minlength: 6)),
        new("bincount.weights", (x, w) => x.Bincount(w)),
    ];

    // ---- creation ----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Creation =>
    [
        new("tensor.ints", () => Torch.Tensor([1, 2, 3])),
        new("tensor.floats", () => Torch.Tensor([1.0, 2.5])),
        new("tensor.bools", () => Torch.Tensor([true, false])),
        new("tensor.number", () => Torch.Tensor(2.5)),
        new("tensor.nested", () => Torch.Tensor(new[,] { { 1, 2, 3 }, { 4, 5, 6 } })),
        new("zeros", () => Torch.Zeros(2, 3)),
        new("ones", () => Torch.Ones([2, 3], dtype: DType.Int64)),
        new("full.int", () => Torch.Full([2, 3], 7)),
        new("full.float", () => Torch.Full([2], 2.5)),
        new("full.bool", () => Torch.Full([2], true)),
        new("full.dtype", () => Torch.Full([], 7, dtype: DType.Float64)),
        new("full_like", x => Torch.FullLike(x, 2)),
        new("zeros_like", x => Torch.ZerosLike(x)),
        new("ones_like", x => Torch.OnesLike(x)),
        new("arange", () => Torch.Arange(5)),
        new("arange.empty", () => Torch.Arange(0)),
        new("arange.start", () => Torch.Arange(2, 6)),
        new("arange.step", () => Torch.Arange(1, 8, 3)),
        new("arange.step_negative", () => Torch.Arange(5, 0, -2)),
        new("arange.float", () => Torch.Arange(2.5)),
        new("arange.float_step", () => Torch.Arange(0, 1, 0.1)),
        new("arange.float_step_negative", () => Torch.Arange(1, 0, -0.3)),
        new("arange.float_step_double", () => Torch.Arange(0, 1, 0.1, dtype: DType.Float64)),
        new("arange.dtype", () => Torch.Arange(3, dtype: DType.Int32)),
        new("linspace", () => Torch.Linspace(0, 1, 7)),
        new("linspace.down", () => Torch.Linspace(3, -2, 8)),
        new("linspace.one", () => Torch.Linspace(3, 10, 1)),
        new("linspace.none", () => Torch.Linspace(3, 10, 0)),
        new("linspace.double", () => Torch.Linspace(-1, 1, 10, dtype: DType.Float64)),
        new("logspace", () => Torch.Logspace(-2, 2, 5)),
        new("logspace.base", () => Torch.Logspace(0, 3, 7, @base: 2, dtype: DType.Float64)),
        new("eye", () => Torch.Eye(3)),
        new("eye.rectangular", () => Torch.Eye(2, 3, dtype: DType.Int64)),
        new("tril_indices", () => Torch.TrilIndices(3, 4)),
        new("tril_indices.offset", () => Torch.TrilIndices(3, 4, -1)),
        new("triu_indices", () => Torch.TriuIndices(3, 4, 1)),
    ];
}
