"""The table of what has no gradient: dtype rules, integers, logic, creation, sorting; then indexing and views with their strides.

values.json  "rows"      like ops.json without gradients; an input may be a plain number, {"number": "bool" | "int" | "float", "value"}
             "given"     the tensors that the expressions below name: {name, dtype, shape, data}, x being contiguous
             "indexing"  {expr, view, dtype, shape, stride, offset, data}; `view` tells whether the result shares x's storage.
                         Strides of a copy are PyTorch's choice: compare them for views only
             "views"     the same, or {expr, error: true} where PyTorch refuses
"""

from math import inf, nan

import torch
import torch.nn.functional as F

from rows import described, value

f32, f64, i64, i32, u8, boolean = DTYPES = [torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool]
T = torch.tensor


# --- result dtypes: every dtype with every other, as tensors, 0-dim tensors and plain numbers

LEFT = {f32: [1.5, -2.25], f64: [1.5, -2.25], i64: [3, -2], i32: [3, -2], u8: [3, 2], boolean: [True, False]}
RIGHT = {f32: [0.5, 4.0], f64: [0.5, 4.0], i64: [2, 5], i32: [2, 5], u8: [2, 5], boolean: [True, True]}
NUMBERS = [True, 2, 2.5]
left = {dtype: T(data, dtype=dtype) for dtype, data in LEFT.items()}
right = {dtype: T(data, dtype=dtype) for dtype, data in RIGHT.items()}

TENSOR_PAIRS = [(left[a], right[b]) for a in DTYPES for b in DTYPES]
SCALAR_PAIRS = [(a, b[0]) for a, b in TENSOR_PAIRS] + [(a[0], b) for a, b in TENSOR_PAIRS] + [(a[0], b[0]) for a, b in TENSOR_PAIRS]
NUMBER_PAIRS = [(left[a], n) for a in DTYPES for n in NUMBERS] + [(left[a][0], n) for a in DTYPES for n in NUMBERS]
NUMBER_FIRST = [(n, right[b]) for b in DTYPES for n in NUMBERS]
ALL_PAIRS = TENSOR_PAIRS + SCALAR_PAIRS + NUMBER_PAIRS + NUMBER_FIRST
CHOOSE = T([True, False])

value("promotion.add", lambda a, b: a + b, *ALL_PAIRS)
value("promotion.mul", lambda a, b: a * b, *ALL_PAIRS)
value("promotion.div", lambda a, b: a / b, *ALL_PAIRS)
value("promotion.lt", lambda a, b: a < b, *ALL_PAIRS)
value("promotion.eq", lambda a, b: a == b, *ALL_PAIRS)
value("promotion.where", lambda c, a, b: torch.where(c, a, b), *[(CHOOSE, a, b) for a, b in ALL_PAIRS])
value("promotion.cat", lambda a, b: torch.cat([a, b]), *TENSOR_PAIRS)
value("promotion.maximum", lambda a, b: torch.maximum(a, b), *TENSOR_PAIRS)
for a, b in ALL_PAIRS:
    assert torch.where(CHOOSE, a, b).dtype == torch.result_type(a, b)      # as in 2.x

# --- casts: fractions go to zero, integers wrap, everything but zero is true. NaN and out-of-range floats to integers are undefined

FLOATS = [-2.7, -0.5, 0.0, 0.1, 0.5, 2.7]
CASTS = [[T(FLOATS)], [T(FLOATS, dtype=f64)], [T([-3, 0, 1, 300, 2 ** 31 + 5, 2 ** 24 + 1])], [T([-3, 0, 1, 300, 2 ** 24 + 1], dtype=i32)],
         [T([0, 1, 255], dtype=u8)], [T([True, False])]]
value("cast.float32", lambda x: x.to(torch.float32), *CASTS, [T([1e40, -1e40, 1e-50, nan, inf], dtype=f64)])
value("cast.float64", lambda x: x.to(torch.float64), *CASTS, [T([nan, inf, -inf])])
value("cast.int64", lambda x: x.to(torch.int64), *CASTS, [T([-1e15, 1e15], dtype=f64)])
value("cast.int32", lambda x: x.to(torch.int32), *CASTS)
value("cast.uint8", lambda x: x.to(torch.uint8), *CASTS, [T([-1.0, -255.5, 300.5])])
value("cast.bool", lambda x: x.to(torch.bool), *CASTS, [T([nan, inf, -0.0])])

# --- division and remainders

INTS = [T([7, -7, 7, -7, 0, 6]), T([2, 2, -2, -2, 3, -3])]
FLOAT_DIVISION = [T([7.5, -7.5, 7.5, -7.5, 0.0, 1.0, -1.0, 6.0]), T([2.0, 2.0, -2.0, -2.0, 3.0, inf, inf, -3.0])]
ZERO_DIVISION = [T([1.0, -1.0, 0.0, nan, inf]), T([0.0, 0.0, 0.0, 1.0, 2.0])]
DIVISION = [INTS, [x.to(i32) for x in INTS], FLOAT_DIVISION, [x.to(f64) for x in FLOAT_DIVISION], ZERO_DIVISION]
value("div", lambda a, b: a / b, *DIVISION)
value("div.trunc", lambda a, b: torch.div(a, b, rounding_mode="trunc"), *DIVISION)
value("div.floor", lambda a, b: torch.div(a, b, rounding_mode="floor"), *DIVISION)
value("floor_divide", lambda a, b: torch.floor_divide(a, b), *DIVISION, [T([7, -7]), 2], [T([7, -7]), 2.5], [T([7.5, -7.5]), -2])
value("remainder", lambda a, b: torch.remainder(a, b), *DIVISION, [T([7, -7]), 3], [T([7, -7]), -2.5], [T([7.5, -7.5]), 2])
value("fmod", lambda a, b: torch.fmod(a, b), *DIVISION, [T([7, -7]), 3], [T([7, -7]), -2.5], [T([7.5, -7.5]), 2])

# --- integer arithmetic keeps the dtype and wraps; functions of an integer give floats

WRAP = [[T([200, 100], dtype=u8), T([100, 200], dtype=u8)], [T([2 ** 31 - 1, -2 ** 31], dtype=i32), T([1, -1], dtype=i32)]]
value("add.wraps", lambda a, b: a + b, *WRAP)
value("sub.wraps", lambda a, b: a - b, *WRAP)
value("mul.wraps", lambda a, b: a * b, *WRAP)
value("pow", lambda a, b: a ** b, [T([2, -3, 0]), T([10, 3, 0])], [T([2, 3]), 2], [2, T([0, 5])], [T([2, 3]), 0.5],
    [T([2.0, 3.0]), T([2, -1])])
value("neg", lambda x: -x, [T([3, -2])], [T([3, 0], dtype=u8)])
value("abs", lambda x: x.abs(), [T([3, -2])], [T([3, 0], dtype=u8)])
value("sign", lambda x: x.sign(), [T([3, -2, 0])], [T([3.5, -2.0, -0.0, nan])])
value("square", lambda x: x.square(), [T([3, -2])], [T([True, False])])
value("add.alpha", lambda a, b: torch.add(a, b, alpha=2), [T([3, -2]), T([1, 2])], [T([True, False]), T([True, True])], [T([1.5]), T([2])])
value("masked_fill", lambda x, m: x.masked_fill(m, 2.5), [T([3, -2]), T([True, False])], [T([True, False]), T([False, True])])
value("exp", lambda x: x.exp(), [T([3, -2])], [T([True, False])])
value("sqrt", lambda x: x.sqrt(), [T([4, 2])], [T([4, 2], dtype=u8)])
value("sigmoid", lambda x: x.sigmoid(), [T([3, -2])])
value("reciprocal", lambda x: x.reciprocal(), [T([4, -2])])
value("floor", lambda x: x.floor(), [T([3, -2])], [T([1.5, -1.5])])
value("round", lambda x: x.round(), [T([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 2.4999, nan, inf])], [T([3, -2])])
value("clamp", lambda x: x.clamp(1, 3), [T([0, 1, 2, 3, 4])], [T([0, 2, 4], dtype=u8)])
value("minimum", lambda a, b: torch.minimum(a, b), [T([1, 5]), T([3, 2])])
value("matmul", lambda a, b: a @ b, [T([[1, 2], [3, 4]]), T([[5, 6], [7, 8]])], [T([1, 2], dtype=i32), T([3, 4], dtype=i32)])

# --- comparisons, logic, bits

COMPARED = [[T([1.0, 2.0, nan, inf]), T([2.0, 2.0, nan, inf])], [T([1, 2, 3]), T([2, 2, 2])], [T([True, False]), T([True, True])],
            [T([1, 2, 3]), 2.5]]
value("eq", lambda a, b: a == b, *COMPARED)
value("ne", lambda a, b: a != b, *COMPARED)
value("lt", lambda a, b: a < b, *COMPARED)
value("le", lambda a, b: a <= b, *COMPARED)
value("gt", lambda a, b: a > b, *COMPARED)
value("ge", lambda a, b: a >= b, *COMPARED)
value("isnan", lambda x: x.isnan(), [T([1.0, nan, inf, -inf])], [T([1, 0])])
value("isinf", lambda x: x.isinf(), [T([1.0, nan, inf, -inf])], [T([1, 0])])
value("isfinite", lambda x: x.isfinite(), [T([1.0, nan, inf, -inf])], [T([1, 0])])

LOGIC = [[T([True, True, False, False]), T([True, False, True, False])], [T([2, 2, 0, 0]), T([1, 0, 4, 0])],
         [T([0.5, nan, 0.0]), T([1.0, 0.0, -0.0])]]
value("logical_and", lambda a, b: torch.logical_and(a, b), *LOGIC)
value("logical_or", lambda a, b: torch.logical_or(a, b), *LOGIC)
value("logical_xor", lambda a, b: torch.logical_xor(a, b), *LOGIC)
value("logical_not", lambda x: torch.logical_not(x), [T([True, False])], [T([2, 0])], [T([0.5, 0.0, nan])])
value("bitwise_and", lambda a, b: a & b, *LOGIC[:2], [T([6, 5], dtype=u8), T([3, 3], dtype=u8)])
value("bitwise_or", lambda a, b: a | b, *LOGIC[:2], [T([6, 5], dtype=u8), T([3, 3], dtype=u8)])
value("bitwise_xor", lambda a, b: a ^ b, *LOGIC[:2], [T([6, 5], dtype=u8), T([3, 3], dtype=u8)])
value("bitwise_not", lambda x: ~x, [T([True, False])], [T([6, -1])], [T([6, 255], dtype=u8)])

# --- reductions: sums of bool and integers are int64; any and all of uint8 stay uint8

EACH = [[T([[1, 2, 0], [3, 0, 0]], dtype=dtype)] for dtype in DTYPES]
FACTORS = [[T([[1, 2, 3], [2, 1, 4]], dtype=dtype)] for dtype in DTYPES]
value("sum", lambda x: x.sum(), *EACH, [T([200, 100], dtype=u8)], [T([], dtype=i32)])
value("sum.dim", lambda x: x.sum(1), *EACH)
value("sum.dtype", lambda x: x.sum(dtype=torch.float64), *EACH)
value("sum.dtype_int32", lambda x: x.sum(0, dtype=torch.int32), *EACH)
value("mean", lambda x: x.mean(), *EACH[:2])
value("mean.dtype", lambda x: x.mean(dtype=torch.float64), *EACH)
value("prod", lambda x: x.prod(), *FACTORS)
value("prod.dim", lambda x: x.prod(1), *FACTORS)
value("prod.dtype", lambda x: x.prod(dtype=torch.float64), *FACTORS)
value("cumsum", lambda x: x.cumsum(1), *EACH)
value("cumsum.dtype", lambda x: x.cumsum(0, dtype=torch.float64), *EACH)
value("any", lambda x: x.any(), *EACH, [T([], dtype=boolean)], [T([nan])], [T([0.0, -0.0])])
value("any.dim", lambda x: x.any(0), *EACH)
value("any.dim_keepdim", lambda x: x.any(1, keepdim=True), *EACH)
value("all", lambda x: x.all(), *EACH, [T([], dtype=boolean)], [T([nan])])
value("all.dim", lambda x: x.all(0), *EACH)
value("all.dim_keepdim", lambda x: x.all(1, keepdim=True), *EACH)
value("max", lambda x: x.max(), *EACH)
value("max.dim", lambda x: x.max(1), *EACH)
value("min", lambda x: x.min(), *EACH)
value("min.dim", lambda x: x.min(1), *EACH)
value("amax", lambda x: x.amax(1), *EACH)
value("amin", lambda x: x.amin(1), *EACH)

RANKED = [[T([[3.0, 1.0, 3.0], [1.0, 4.0, 2.0]])], [T([[3, 1, 3], [1, 4, 2]])], [T([[1.0, nan, 3.0], [inf, 2.0, -inf]])]]
value("argmax", lambda x: x.argmax(), *RANKED, [T(2.5)])
value("argmax.dim", lambda x: x.argmax(1), *RANKED)
value("argmax.dim_keepdim", lambda x: x.argmax(0, keepdim=True), *RANKED)
value("argmin", lambda x: x.argmin(), *RANKED, [T(2.5)])
value("argmin.dim", lambda x: x.argmin(1), *RANKED)
value("argmin.dim_keepdim", lambda x: x.argmin(-1, keepdim=True), *RANKED)

# --- order: a stable sort, NaN last (first when descending)

value("sort", lambda x: torch.sort(x, stable=True), *RANKED, [T(2.5)])
value("sort.dim0", lambda x: torch.sort(x, stable=True, dim=0), *RANKED)
value("sort.descending", lambda x: torch.sort(x, stable=True, descending=True), *RANKED)
value("sort.bool", lambda x: torch.sort(x, stable=True), [T([True, False, True, False])])
value("argsort", lambda x: torch.argsort(x), [T([[3.0, 1.0, 2.0], [1.0, 4.0, 2.0]])])
value("argsort.descending", lambda x: torch.argsort(x, dim=0, descending=True), [T([[3.0, 1.0, 2.0], [1.0, 4.0, 5.0]])])
value("topk", lambda x: x.topk(2), [T([[3.0, 1.0, 2.0], [1.0, 4.0, 2.0]])], [T([[3, 1, 2], [1, 4, 2]])], [T([[1.0, nan, 3.0]])])
value("topk.dim0", lambda x: x.topk(1, dim=0), [T([[3.0, 1.0, 2.0], [1.0, 4.0, 5.0]])])
value("topk.smallest", lambda x: x.topk(2, largest=False), [T([[3.0, 1.0, 2.0], [1.0, 4.0, 2.0]])], [T([[1.0, nan, 3.0]])])
value("cummax", lambda x: x.cummax(0), [T([1.0, 3.0, 3.0, 2.0, 4.0])], [T([1, 3, 3, 2])], [T([1.0, nan, 3.0, nan])],
    [T([[1.0, 5.0], [2.0, 4.0]])])
value("cummin", lambda x: x.cummin(0), [T([4.0, 3.0, 3.0, 5.0, 1.0])], [T([4, 3, 3, 5])], [T([1.0, nan, 0.0, nan])],
    [T([[1.0, 5.0], [2.0, 4.0]])])

# --- counting

value("nonzero", lambda x: x.nonzero(), [T([[0.0, 2.0, nan], [1.0, 0.0, -0.0]])], [T([True, False, True])], [T([0, 0])], [T(3)], [T(0)])
value("nonzero.tuple", lambda x: x.nonzero(as_tuple=True), [T([[0.0, 2.0, 3.0], [1.0, 0.0, 0.0]])], [T([True, False, True])])
value("count_nonzero", lambda x: x.count_nonzero(), [T([[0.0, 2.0], [1.0, 0.0]])])
value("bincount", lambda x: x.bincount(), [T([1, 3, 1, 0])], [T([], dtype=i64)])
value("bincount.minlength", lambda x: x.bincount(minlength=6), [T([1, 3, 1, 0])], [T([], dtype=i64)])
value("bincount.weights", lambda x, w: x.bincount(w), [T([1, 3, 1, 0]), T([0.5, 1.5, 2.0, 4.0])],
    [T([1, 3, 1, 0]), T([0.5, 1.5, 2.0, 4.0], dtype=f64)])
value("one_hot", lambda x: F.one_hot(x), [T([1, 3, 0])], [T([[0, 1], [2, 2]])])
value("one_hot.num_classes", lambda x: F.one_hot(x, 4), [T([1, 3, 0])], [T(2)], [T([], dtype=i64)])

# --- creation

value("tensor.ints", lambda: torch.tensor([1, 2, 3]), [])
value("tensor.floats", lambda: torch.tensor([1.0, 2.5]), [])
value("tensor.bools", lambda: torch.tensor([True, False]), [])
value("tensor.number", lambda: torch.tensor(2.5), [])
value("tensor.nested", lambda: torch.tensor([[1, 2, 3], [4, 5, 6]]), [])
value("zeros", lambda: torch.zeros(2, 3), [])
value("ones", lambda: torch.ones(2, 3, dtype=torch.int64), [])
value("full.int", lambda: torch.full((2, 3), 7), [])
value("full.float", lambda: torch.full((2,), 2.5), [])
value("full.bool", lambda: torch.full((2,), True), [])
value("full.dtype", lambda: torch.full((), 7, dtype=torch.float64), [])
value("full_like", lambda x: torch.full_like(x, 2), [T([1.5, 2.5])], [T([1, 2], dtype=i32)])
value("zeros_like", lambda x: torch.zeros_like(x), [T([1.5, 2.5])], [T([True])])
value("ones_like", lambda x: torch.ones_like(x), [T([[1, 2]])], [T([], dtype=u8)])
value("arange", lambda: torch.arange(5), [])
value("arange.empty", lambda: torch.arange(0), [])
value("arange.start", lambda: torch.arange(2, 6), [])
value("arange.step", lambda: torch.arange(1, 8, 3), [])
value("arange.step_negative", lambda: torch.arange(5, 0, -2), [])
value("arange.float", lambda: torch.arange(2.5), [])
value("arange.float_step", lambda: torch.arange(0, 1, 0.1), [])
value("arange.float_step_negative", lambda: torch.arange(1, 0, -0.3), [])
value("arange.float_step_double", lambda: torch.arange(0, 1, 0.1, dtype=torch.float64), [])
value("arange.dtype", lambda: torch.arange(3, dtype=torch.int32), [])
value("linspace", lambda: torch.linspace(0, 1, 7), [])
value("linspace.down", lambda: torch.linspace(3, -2, 8), [])
value("linspace.one", lambda: torch.linspace(3, 10, 1), [])
value("linspace.none", lambda: torch.linspace(3, 10, 0), [])
value("linspace.double", lambda: torch.linspace(-1, 1, 10, dtype=torch.float64), [])
value("logspace", lambda: torch.logspace(-2, 2, 5), [])
value("logspace.base", lambda: torch.logspace(0, 3, 7, base=2, dtype=torch.float64), [])
value("eye", lambda: torch.eye(3), [])
value("eye.rectangular", lambda: torch.eye(2, 3, dtype=torch.int64), [])
value("tril_indices", lambda: torch.tril_indices(3, 4), [])
value("tril_indices.offset", lambda: torch.tril_indices(3, 4, -1), [])
value("triu_indices", lambda: torch.triu_indices(3, 4, 1), [])

# --- indexing and views

GIVEN = {"x": torch.arange(24).reshape(2, 3, 4), "i": T([1, 0, 1]), "j": T([2, 0, -1]), "k": T([[0], [1]]),
         "rows": T([True, False]), "mask": torch.arange(24).reshape(2, 3, 4) % 5 == 0, "cols": T([True, False, True])}

INDEXING = """
x[1]                    x[-1]                   x[0, 1]                 x[0, -2, 3]             x[:, 1]                 x[..., 1]
x[..., 1, :]            x[1:]                   x[:, 1:]                x[:, :-1]               x[:, -2:]               x[:, 5:]
x[:, 2:1]               x[:, -9:9]              x[::2]                  x[:, ::2]               x[..., ::3]             x[:, 1::2, 1:4:2]
x[:, :, -3:-1]          x[1, ::2, 1:]           x[None]                 x[:, None]              x[..., None]            x[None, 1, None]
x[...]                  x[:]                    x[i]                    x[:, i]                 x[..., j]               x[i, j]
x[i, :, j]              x[:, i, j]              x[i, 1:]                x[i, 1]                 x[1, i]                 x[0, :, j]
x[k, j]                 x[:, k, j]              x[k, :, j]              x[i, None]              x[i, None, j]           x[None, i]
x[i, ..., j]            x[i, ::2, 1]            x[[0, 1], [1, 2]]       x[:, [2, 0]]            x[mask]                 x[rows]
x[:, cols]              x[rows, 1]              x[0, mask[0]]           x[rows, :, 1:]          x[:, cols, 1]           x[1, cols]
x[rows, i]              x[:, cols, None]        x[x > 30]               x[i[0]]                 x[T(1)]                 x[T([1])]
x[1, ..., T(2)]         x[:, T([], dtype=i64)]  x[..., cols, :]         x[i, j, T([3, 0, 1])]
x[T(True)]              x[T(False)]             x[0, T(True), i]        x[T(1), :, j]
"""

VIEWS = """
x.view(6, 4)                              x.view(-1)                                x.view(2, 12)
x.view(2, 3, 2, 2)                        x.view(1, 2, 1, 12)                       x.view(-1, 8)
x[0].view(12)                             x[:, 0].view(8)                           x[:, :2].view(2, 8)
x[:, :2].view(4, 4)                       x[:, :2].view(16)                         x[:, :, :2].view(6, 2)
x[:, :, :2].view(12)                      x[:, :, ::2].view(6, 2)                   x[:, :, ::2].view(12)
x[::2].view(12)                           x.transpose(0, 1).view(6, 4)              x.transpose(0, 1).view(3, 8)
x.transpose(0, 1).view(3, 2, 2, 2)        x.transpose(1, 2).view(2, 12)             x.transpose(1, 2).view(2, 2, 2, 3)
x.transpose(1, 2).view(8, 3)              x.transpose(0, 2).view(24)                x.transpose(0, 2).view(12, 2)
x.permute(1, 2, 0).view(12, 2)            x.permute(1, 2, 0).view(24)               x.permute(2, 0, 1).view(4, 6)
x.permute(2, 0, 1).view(8, 3)             x.transpose(0, 1).reshape(6, 4)           x.transpose(0, 1).reshape(3, 2, 4)
x.transpose(1, 2).reshape(4, 2, 3)        x.permute(1, 2, 0).reshape(12, 2)         x[:, ::2].reshape(-1)
x[1].reshape(3, 2, 2)                     x[:, 1:1].reshape(4, 0)                   x[:, 1:1].view(0, 7)
x.flatten()                               x.flatten(1)                              x.transpose(0, 1).flatten()
x.transpose(0, 1).flatten(1)              x.permute(2, 0, 1).flatten(1)             x.unflatten(2, (2, 2))
x.transpose(0, 2).unflatten(0, (2, 2))    x[0, 0].expand(3, 4)                      x[:, :1].expand(2, 5, 4)
x[:, :1].expand(2, -1, -1)                x[0, 0, 0].expand(2, 3)                   x[0].expand(2, 3, 4).view(6, 4)
x[:, :1].expand(2, 3, 4).view(2, 12)      x[0, :1].expand(3, 4).reshape(12)         x[:, :1, :1].expand(2, 3, 4).view(2, 12)
x[0, 0].expand(2, 3, 4).view(6, 4)        x[0].expand(0, 3, 4)                      x.permute(2, 0, 1)
x.transpose(0, -1)                        x.mT                                      x[0].T
x[0].t()                                  x.squeeze()                               x[:, :1].squeeze()
x[:, :1].squeeze(1)                       x[:, :1].squeeze(0)                       x.unsqueeze(0)
x.unsqueeze(-1)                           x.unsqueeze(2)                            x.transpose(0, 1).unsqueeze(1)
x.narrow(2, 1, 2)                         x.select(1, 2)                            x.split(2, 1)[1]
x.chunk(2, 2)[1]                          x.unbind(1)[2]                            x[0].diagonal()
x.diagonal(1, 1, 2)                       x.diagonal(-1)                            x.diagonal(9)
x.contiguous()                            x.transpose(0, 1).contiguous()            x[:, :1].transpose(0, 1).contiguous()
x.transpose(0, 1)[1:, :, ::2]             x.movedim(0, 2)                           x.swapaxes(1, 2)
x.view_as(x.reshape(4, 6))                x.repeat(1, 2, 1)
"""


def given():
    return [{"name": name} | described(x) for name, x in GIVEN.items()]


def indexing():
    return [evaluated(expr) for expr in expressions(INDEXING)]


def views():
    return [evaluated(expr) for expr in expressions(VIEWS)]


def expressions(text):
    """Two blanks or more stand between two expressions."""
    return [expr.strip() for line in text.splitlines() for expr in line.split("  ") if expr.strip()]


def evaluated(expr):
    try:
        y = eval(expr, globals(), GIVEN)
    except RuntimeError:
        return {"expr": expr, "error": True}
    view = y.storage().data_ptr() == GIVEN["x"].storage().data_ptr()
    return {"expr": expr, "view": view, "stride": list(y.stride()), "offset": y.storage_offset()} | described(y)
