"""The table of differentiable ops. A row: name, what PyTorch computes, one list of inputs per case (see rows.py).

The name is PyTorch's, with a variant after the dot. The C# table has a row of the same name and the same lambda.
"""

from math import inf

import torch
import torch.nn.functional as F
from numpy import s_

from rows import anything, fixed, ints, mask, positive, row, unit, values

UNARY = [[(2, 3)], [()], [(0, 3)], [(2, 3, 2)]]
BINARY = [[(2, 3), (2, 3)], [(2, 3), (3,)], [(2, 1), (1, 3)], [(), (2, 3)], [(), ()], [(0, 3), (3,)], [(2, 3, 2), (3, 1)]]
BROKEN = ([x for x in anything if abs(x) > 1.5], [x for x in anything if 1 < x < 1.5])        # quotients between two whole numbers
REDUCED = [[(2, 3)], [(2, 3, 2)]]                            # for reductions over dims that an empty or 0-dim tensor lacks


def setitem(x, index, value):
    y = x.clone()
    y[index] = value
    return y


def changed(x, change):
    """x after an in-place change of a copy of it."""
    y = x * 1
    change(y)
    return y


def view_of_changed(x):
    """A view taken before its base changes in place."""
    y = x * 1
    view = y[0]
    y.mul_(3)
    return view


# --- arithmetic

row("add", lambda a, b: a + b, *BINARY)
row("add.alpha", lambda a, b: torch.add(a, b, alpha=2.5), *BINARY)
row("add.number", lambda x: x + 2.5, *UNARY)
row("sub", lambda a, b: a - b, *BINARY)
row("sub.alpha", lambda a, b: torch.sub(a, b, alpha=2.5), *BINARY)
row("sub.number", lambda x: x - 2.5, *UNARY)
row("rsub", lambda a, b: torch.rsub(a, b), *BINARY)
row("rsub.alpha", lambda a, b: torch.rsub(a, b, alpha=2.5), *BINARY)
row("rsub.number", lambda x: 2.5 - x, *UNARY)
row("mul", lambda a, b: a * b, *BINARY)
row("mul.number", lambda x: x * 2.5, *UNARY)
row("mul.itself", lambda x: x * x, *UNARY)
row("div", lambda a, b: a / b, *BINARY)
row("div.number", lambda x: x / 2.5, *UNARY)
row("rdiv.number", lambda x: 2.5 / x, *UNARY)
row("pow", lambda a, b: a ** b, *BINARY, domain=(positive, anything))
row("pow.two", lambda x: x ** 2, *UNARY)
row("pow.three", lambda x: x ** 3, *UNARY)
row("pow.half", lambda x: x ** 0.5, *UNARY, domain=positive)
row("pow.minus_one", lambda x: x ** -1, *UNARY)
row("pow.zero", lambda x: x ** 0, *UNARY)
row("pow.one_and_half", lambda x: x ** 1.5, *UNARY, domain=positive)
row("pow.number_base", lambda x: 2.5 ** x, *UNARY)
row("lerp", lambda a, b, w: torch.lerp(a, b, w), [(2, 3), (2, 3), (2, 3)], [(2, 3), (3,), ()], [(), (), ()], [(0, 3), (3,), (1,)])
row("lerp.number", lambda a, b: torch.lerp(a, b, 0.3), *BINARY)
row("lerp.number_above_half", lambda a, b: torch.lerp(a, b, 0.8), *BINARY)
row("addcmul", lambda c, a, b: torch.addcmul(c, a, b, value=0.5), [(2, 3), (2, 3), (3,)], [(), (2, 1), (3,)])
row("addcdiv", lambda c, a, b: torch.addcdiv(c, a, b, value=0.5), [(2, 3), (2, 3), (3,)], [(), (2, 1), (3,)])
row("remainder", lambda a, b: torch.remainder(a, b), *BINARY, domain=BROKEN)
row("remainder.number", lambda x: x % 0.5, *UNARY)
row("fmod", lambda a, b: torch.fmod(a, b), *BINARY, domain=BROKEN)
row("fmod.number", lambda x: torch.fmod(x, -0.5), *UNARY)

# --- functions of one variable

row("neg", lambda x: -x, *UNARY)
row("abs", lambda x: x.abs(), *UNARY)
row("sign", lambda x: x.sign(), *UNARY)
row("exp", lambda x: x.exp(), *UNARY)
row("expm1", lambda x: x.expm1(), *UNARY)
row("log", lambda x: x.log(), *UNARY, domain=positive)
row("log1p", lambda x: x.log1p(), *UNARY, domain=unit)
row("log2", lambda x: x.log2(), *UNARY, domain=positive)
row("sqrt", lambda x: x.sqrt(), *UNARY, domain=positive)
row("rsqrt", lambda x: x.rsqrt(), *UNARY, domain=positive)
row("square", lambda x: x.square(), *UNARY)
row("reciprocal", lambda x: x.reciprocal(), *UNARY)
row("sin", lambda x: x.sin(), *UNARY)
row("cos", lambda x: x.cos(), *UNARY)
row("tan", lambda x: x.tan(), *UNARY, domain=unit)
row("asin", lambda x: x.asin(), *UNARY, domain=unit)
row("acos", lambda x: x.acos(), *UNARY, domain=unit)
row("atan", lambda x: x.atan(), *UNARY)
row("sinh", lambda x: x.sinh(), *UNARY)
row("cosh", lambda x: x.cosh(), *UNARY)
row("tanh", lambda x: x.tanh(), *UNARY)
row("sigmoid", lambda x: x.sigmoid(), *UNARY)
row("erf", lambda x: x.erf(), *UNARY)
row("floor", lambda x: x.floor(), *UNARY)
row("ceil", lambda x: x.ceil(), *UNARY)
row("round", lambda x: x.round(), *UNARY)
row("trunc", lambda x: x.trunc(), *UNARY)

# --- selection by value

row("clamp", lambda x: x.clamp(-0.5, 1), *UNARY)
row("clamp.min", lambda x: x.clamp(min=-0.5), *UNARY)
row("clamp.max", lambda x: x.clamp(max=1), *UNARY)
row("clamp.tensors", lambda x, low, high: x.clamp(low, high), [(2, 3), (3,), (2, 3)], [(3,), (), (1,)], [(0, 3), (3,), (3,)])
row("clamp.tensor_min", lambda x, low: x.clamp(min=low), *BINARY)
row("clamp.tensor_max", lambda x, high: x.clamp(max=high), *BINARY)
row("minimum", lambda a, b: torch.minimum(a, b), *BINARY)
row("maximum", lambda a, b: torch.maximum(a, b), *BINARY)
row("where", lambda c, a, b: torch.where(c, a, b), [mask([[1, 0, 1], [0, 0, 1]]), (2, 3), (2, 3)], [mask([1, 0, 1]), (2, 3), ()],
    [mask([[1], [0]]), (1, 3), (2, 1)], [mask(True), (), ()], [mask([]), (2, 0), (1,)])
row("where.number", lambda c, x: torch.where(c, x, 2.5), [mask([[1, 0, 1], [0, 0, 1]]), (2, 3)], [mask([0, 1]), ()])
row("where.number_first", lambda c, x: torch.where(c, 2.5, x), [mask([[1, 0, 1], [0, 0, 1]]), (2, 3)], [mask([0, 1]), ()])

# --- the same through views that are not contiguous

row("add.transposed", lambda a, b: a.t() + b, [(3, 2), (2, 3)], [(3, 2), (3,)])
row("mul.transposed", lambda a, b: a.t() * b.t(), [(3, 2), (3, 2)], [(3, 2), (1, 2)])
row("mul.expanded", lambda a, b: a.expand(2, 3) * b, [(3,), (2, 3)], [(2, 1), (2, 3)], [(), (3,)])
row("mul.strided", lambda a, b: a[:, ::2] * b[1:, 1:3], [(2, 4), (3, 4)], [(2, 3), (2, 3)])
row("exp.transposed", lambda x: x.t().exp(), [(2, 3)], [(0, 3)], [(4, 1)])
row("sum.transposed", lambda x: x.transpose(0, 1).sum(0), [(2, 3)], [(2, 3, 2)])
row("max.transposed", lambda x: x.transpose(0, 1).max(0).values, [(2, 3)], [(2, 3, 2)])
row("softmax.transposed", lambda x: x.transpose(0, 1).softmax(0), [(2, 3)], [(2, 3, 2)])
row("matmul.transposed", lambda a, b: a.t() @ b.t(), [(3, 2), (4, 3)], [(1, 2), (3, 1)])
row("matmul.strided", lambda a, b: a[:, ::2] @ b[::2], [(2, 4), (3, 3)], [(2, 3), (4, 2)])

# --- products

row("matmul.1x1", lambda a, b: a @ b, [(3,), (3,)], [(1,), (1,)], [(0,), (0,)])
row("matmul.2x1", lambda a, b: a @ b, [(2, 3), (3,)], [(0, 3), (3,)], [(2, 0), (0,)])
row("matmul.1x2", lambda a, b: a @ b, [(3,), (3, 2)], [(3,), (3, 0)], [(0,), (0, 2)])
row("matmul.2x2", lambda a, b: a @ b, [(2, 3), (3, 4)], [(1, 3), (3, 1)], [(2, 0), (0, 4)], [(0, 3), (3, 4)])
row("matmul.3x1", lambda a, b: a @ b, [(2, 3, 2), (2,)], [(2, 3, 0), (0,)])
row("matmul.1x3", lambda a, b: a @ b, [(2,), (3, 2, 4)], [(0,), (2, 0, 3)])
row("matmul.3x2", lambda a, b: a @ b, [(2, 3, 2), (2, 4)], [(0, 3, 2), (2, 4)], [(2, 3, 0), (0, 2)])
row("matmul.2x3", lambda a, b: a @ b, [(4, 2), (3, 2, 3)], [(4, 2), (0, 2, 3)])
row("matmul.3x3", lambda a, b: a @ b, [(2, 3, 2), (2, 2, 4)], [(1, 3, 2), (3, 2, 2)], [(3, 2, 2), (1, 2, 3)], [(2, 3, 0), (2, 0, 2)])
row("matmul.4x3", lambda a, b: a @ b, [(2, 1, 2, 3), (2, 3, 2)], [(2, 3, 2, 1), (3, 1, 2)], [(2, 1, 2, 2), (3, 2, 2)])
row("mm", lambda a, b: torch.mm(a, b), [(2, 3), (3, 4)], [(2, 0), (0, 4)], [(0, 3), (3, 4)])
row("bmm", lambda a, b: torch.bmm(a, b), [(2, 3, 2), (2, 2, 4)], [(0, 3, 2), (0, 2, 4)], [(2, 3, 0), (2, 0, 4)])
row("mv", lambda a, v: torch.mv(a, v), [(2, 3), (3,)], [(2, 0), (0,)], [(0, 3), (3,)])
row("dot", lambda a, b: torch.dot(a, b), [(3,), (3,)], [(0,), (0,)], [(1,), (1,)])
row("outer", lambda a, b: torch.outer(a, b), [(2,), (3,)], [(0,), (3,)])
row("addmm", lambda c, a, b: torch.addmm(c, a, b),
    [(2, 4), (2, 3), (3, 4)], [(4,), (2, 3), (3, 4)], [(2, 1), (2, 3), (3, 4)], [(), (2, 3), (3, 4)],
    [(2, 4), (2, 0), (0, 4)])
row("addmm.beta_alpha", lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2.5),
    [(2, 4), (2, 3), (3, 4)], [(4,), (2, 3), (3, 4)], [(4,), (2, 0), (0, 4)])
row("linear", lambda x, w, b: F.linear(x, w, b),
    [(2, 3), (4, 3), (4,)], [(3,), (4, 3), (4,)], [(2, 2, 3), (4, 3), (4,)], [(0, 3), (4, 3), (4,)])
row("linear.no_bias", lambda x, w: F.linear(x, w), [(2, 3), (4, 3)], [(3,), (4, 3)], [(2, 2, 3), (4, 3)], [(0, 3), (4, 3)])

# --- sums, means, products

row("sum", lambda x: x.sum(), *UNARY)
row("sum.dim", lambda x: x.sum(0), *UNARY)
row("sum.dim_negative", lambda x: x.sum(-1), *UNARY)
row("sum.dim_keepdim", lambda x: x.sum(1, keepdim=True), *REDUCED, [(2, 0)])
row("sum.dims", lambda x: x.sum((0, 1)), *REDUCED, [(0, 3)])
row("sum.dims_keepdim", lambda x: x.sum((0, -1), keepdim=True), *REDUCED, [(0, 3)])
row("mean", lambda x: x.mean(), [(2, 3)], [()], [(2, 3, 2)])
row("mean.dim", lambda x: x.mean(0), [(2, 3)], [()], [(2, 3, 2)], [(2, 0)])
row("mean.dim_negative", lambda x: x.mean(-1), *UNARY)
row("mean.dim_keepdim", lambda x: x.mean(1, keepdim=True), *REDUCED)
row("mean.dims", lambda x: x.mean((0, 1)), *REDUCED)
row("mean.dims_keepdim", lambda x: x.mean((0, -1), keepdim=True), *REDUCED)
row("prod", lambda x: x.prod(), *UNARY)
row("prod.dim", lambda x: x.prod(0), *UNARY)
row("prod.dim_negative", lambda x: x.prod(-1), *UNARY)
row("prod.dim_keepdim", lambda x: x.prod(1, keepdim=True), *REDUCED)
row("prod.zeros", lambda x: x.prod(),
    [values([[2.0, 0.0, 3.0], [-1.5, 0.5, 4.0]])], [values([[2.0, 0.0, 3.0], [0.0, 0.5, 4.0]])], [values(0.0)])
row("prod.dim_zeros", lambda x: x.prod(1), [values([[2.0, 0.0, 3.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.0], [2.0, 0.5, 3.0]])])
row("cumsum", lambda x: x.cumsum(0), *UNARY)
row("cumsum.dim_negative", lambda x: x.cumsum(-1), *UNARY)
row("cumprod", lambda x: x.cumprod(0), *UNARY)
row("cumprod.dim_negative", lambda x: x.cumprod(-1), *UNARY)
row("cumprod.zeros", lambda x: x.cumprod(1), [values([[2.0, 0.0, 3.0], [0.0, 0.5, 0.0], [2.0, 0.5, 3.0]])])

# --- variance

row("var", lambda x: x.var(), *REDUCED)
row("var.unbiased_false", lambda x: x.var(unbiased=False), *REDUCED)
row("var.dim", lambda x: x.var(0), *REDUCED)
row("var.dim_unbiased_false", lambda x: x.var(-1, unbiased=False), *REDUCED)
row("var.dim_keepdim", lambda x: x.var(1, keepdim=True), *REDUCED)
row("var.dims", lambda x: x.var((0, 1)), *REDUCED)
row("var.dims_keepdim", lambda x: x.var((0, -1), unbiased=False, keepdim=True), *REDUCED)
row("std", lambda x: x.std(), *REDUCED)
row("std.unbiased_false", lambda x: x.std(unbiased=False), *REDUCED)
row("std.dim", lambda x: x.std(0), *REDUCED)
row("std.dim_unbiased_false", lambda x: x.std(-1, unbiased=False), *REDUCED)
row("std.dim_keepdim", lambda x: x.std(1, keepdim=True), *REDUCED)
row("std.dims", lambda x: x.std((0, 1)), *REDUCED)
row("std.dims_keepdim", lambda x: x.std((0, -1), unbiased=False, keepdim=True), *REDUCED)

# --- extremes

row("max", lambda x: x.max(), [(2, 3)], [()], [(2, 3, 2)])
row("max.dim", lambda x: x.max(0), [(2, 3)], [()], [(2, 0)], [(2, 3, 2)])
row("max.dim_keepdim", lambda x: x.max(-1, keepdim=True), *UNARY)
row("min", lambda x: x.min(), [(2, 3)], [()], [(2, 3, 2)])
row("min.dim", lambda x: x.min(0), [(2, 3)], [()], [(2, 0)], [(2, 3, 2)])
row("min.dim_keepdim", lambda x: x.min(-1, keepdim=True), *UNARY)
row("amax", lambda x: x.amax(), [(2, 3)], [()], [(2, 3, 2)])
row("amax.dim", lambda x: x.amax(-1), *UNARY)
row("amax.dims", lambda x: x.amax((0, 1)), *REDUCED)
row("amax.dims_keepdim", lambda x: x.amax((0, -1), keepdim=True), *REDUCED)
row("amin", lambda x: x.amin(), [(2, 3)], [()], [(2, 3, 2)])
row("amin.dim", lambda x: x.amin(-1), *UNARY)
row("amin.dims", lambda x: x.amin((0, 1)), *REDUCED)
row("amin.dims_keepdim", lambda x: x.amin((0, -1), keepdim=True), *REDUCED)
row("cummax", lambda x: x.cummax(0), [(4, 2)], [()], [(0, 3)])
row("cummin", lambda x: x.cummin(-1), [(2, 4)], [()], [(0, 3)])
row("sort", lambda x: x.sort(), [(2, 3)], [()], [(0, 3)])
row("sort.dim_descending", lambda x: x.sort(0, descending=True), [(3, 2)], [(2, 3, 2)])
row("topk", lambda x: x.topk(2), [(2, 3)], [(2, 3, 4)])
row("topk.dim_smallest", lambda x: x.topk(2, dim=0, largest=False), [(3, 2)], [(2, 3, 2)])

# --- norms and softmaxes

row("norm", lambda x: x.norm(), [(2, 3)], [()], [(2, 3, 2)])
row("norm.dim", lambda x: x.norm(dim=-1), *UNARY)
row("norm.dim_keepdim", lambda x: x.norm(dim=1, keepdim=True), *REDUCED)
row("norm.dims", lambda x: x.norm(dim=(0, 1)), *REDUCED)
row("norm.p1", lambda x: x.norm(p=1), [(2, 3)], [()], [(2, 3, 2)])
row("norm.p1_dim", lambda x: x.norm(p=1, dim=0), *REDUCED)
row("norm.p3", lambda x: x.norm(p=3), [(2, 3)], [()], [(2, 3, 2)])
row("norm.p3_dim", lambda x: x.norm(p=3, dim=-1, keepdim=True), *REDUCED)
row("norm.inf", lambda x: x.norm(p=inf), [(2, 3)], [()], [(2, 3, 2)])
row("norm.inf_dim", lambda x: x.norm(p=inf, dim=-1), *REDUCED)
row("norm.minus_inf", lambda x: x.norm(p=-inf, dim=0), [(2, 3)])
row("norm.p0", lambda x: x.norm(p=0, dim=0), [(2, 3)])
row("norm.p_half", lambda x: x.norm(p=0.5, dim=0), [(2, 3)], [(2, 3, 2)])
row("logsumexp", lambda x: x.logsumexp(0), *UNARY)
row("logsumexp.dim_negative", lambda x: x.logsumexp(-1), *UNARY)
row("logsumexp.dims", lambda x: x.logsumexp((0, 1)), *REDUCED)
row("logsumexp.dim_keepdim", lambda x: x.logsumexp(1, keepdim=True), *REDUCED)
row("softmax", lambda x: x.softmax(-1), *UNARY)
row("softmax.dim0", lambda x: x.softmax(0), *UNARY)
row("softmax.dim1", lambda x: x.softmax(1), *REDUCED)
row("log_softmax", lambda x: x.log_softmax(-1), *UNARY)
row("log_softmax.dim0", lambda x: x.log_softmax(0), *UNARY)
row("log_softmax.dim1", lambda x: x.log_softmax(1), *REDUCED)

# --- shapes

row("reshape", lambda x: x.reshape(3, 2), [(2, 3)], [(6,)], [(1, 3, 2)])
row("reshape.inferred", lambda x: x.reshape(2, -1), [(2, 3)], [(4,)], [(3, 2, 2)])
row("reshape.transposed", lambda x: x.t().reshape(-1), [(2, 3)], [(0, 3)])
row("reshape.scalar", lambda x: x.reshape(()), [(1,)], [(1, 1)], [()])
row("view", lambda x: x.view(3, -1), [(2, 3)], [(6,)], [(3, 2, 2)])
row("flatten", lambda x: x.flatten(), *UNARY)
row("flatten.start", lambda x: x.flatten(1), [(2, 3)], [(2, 3, 2)], [(0, 3, 2)])
row("flatten.start_end", lambda x: x.flatten(0, -2), [(2, 3)], [(2, 3, 2)])
row("unflatten", lambda x: x.unflatten(-1, (2, -1)), [(3, 4)], [(6,)])
row("transpose", lambda x: x.transpose(0, 1), [(2, 3)], [(0, 3)], [(2, 3, 2)])
row("transpose.negative", lambda x: x.transpose(-1, -2), [(2, 3)], [(2, 3, 2)])
row("permute", lambda x: x.permute(2, 0, 1), [(2, 3, 2)], [(0, 3, 2)])
row("T", lambda x: x.T, [(2, 3)], [(0, 3)])
row("mT", lambda x: x.mT, [(2, 3)], [(2, 3, 2)])
row("squeeze", lambda x: x.squeeze(), [(1, 3, 1)], [(2, 3)], [()], [(1, 1)])
row("squeeze.dim", lambda x: x.squeeze(0), [(1, 3, 1)], [(2, 3)], [()])
row("squeeze.dim_negative", lambda x: x.squeeze(-1), [(1, 3, 1)], [(2, 3)])
row("unsqueeze", lambda x: x.unsqueeze(0), *UNARY)
row("unsqueeze.negative", lambda x: x.unsqueeze(-1), *UNARY)
row("expand", lambda x: x.expand(4, 2, 3), [(2, 3)], [(1, 3)], [(2, 1)], [(3,)], [()])
row("expand.minus_one", lambda x: x.expand(2, -1), [(1, 3)], [(3,)], [(2, 3)])
row("repeat", lambda x: x.repeat(2, 1, 2), [(2, 3)], [(3,)], [()], [(1, 2, 3)])
row("narrow", lambda x: x.narrow(1, 1, 2), [(2, 3)], [(2, 4, 2)])
row("select", lambda x: x.select(1, 1), [(2, 3)], [(2, 3, 2)], [(0, 3)])
row("select.negative", lambda x: x.select(-1, -2), [(2, 3)], [(2, 3, 2)])
row("split", lambda x: x.split(2), [(5, 2)], [(4,)], [(1, 3)])
row("split.sizes", lambda x: x.split([1, 2], dim=1), [(2, 3)], [(2, 3, 2)])
row("chunk", lambda x: x.chunk(4), [(6, 2)], [(8,)], [(3, 2)])
row("chunk.dim", lambda x: x.chunk(2, dim=-1), [(2, 3)], [(2, 3, 2)])
row("unbind", lambda x: x.unbind(), [(2, 3)], [(3,)], [(2, 3, 2)])
row("unbind.dim", lambda x: x.unbind(1), [(2, 3)], [(2, 3, 2)])
row("cat", lambda a, b: torch.cat([a, b]), [(2, 3), (1, 3)], [(2,), (3,)], [(0, 3), (2, 3)])
row("cat.dim", lambda a, b: torch.cat([a, b], dim=-1), [(2, 3), (2, 1)], [(2, 2, 1), (2, 2, 3)])
row("cat.empty_1d", lambda a, b: torch.cat([a, b]), [(0,), (2, 3)], [(2, 3), (0,)], [(0,), (0,)])
row("cat.itself", lambda a, b: torch.cat([a, b, a]), [(2, 3), (1, 3)])
row("stack", lambda a, b: torch.stack([a, b]), [(2, 3), (2, 3)], [(), ()], [(0, 3), (0, 3)])
row("stack.dim", lambda a, b: torch.stack([a, b], dim=-1), [(2, 3), (2, 3)], [(), ()])
row("triu", lambda x: x.triu(), [(3, 3)], [(2, 4)], [(4, 2)], [(2, 3, 3)], [(0, 3)])
row("triu.diagonal", lambda x: x.triu(1), [(3, 3)], [(2, 4)])
row("triu.diagonal_negative", lambda x: x.triu(-1), [(3, 3)], [(4, 2)])
row("tril", lambda x: x.tril(), [(3, 3)], [(2, 4)], [(4, 2)], [(2, 3, 3)], [(0, 3)])
row("tril.diagonal", lambda x: x.tril(1), [(3, 3)], [(2, 4)])
row("tril.diagonal_negative", lambda x: x.tril(-1), [(3, 3)], [(4, 2)])
row("diag", lambda x: x.diag(), [(3,)], [(3, 3)], [(2, 4)], [(4, 2)])
row("diag.offset", lambda x: x.diag(1), [(2,)], [(3, 3)], [(2, 4)])
row("diag.offset_negative", lambda x: x.diag(-1), [(2,)], [(3, 3)], [(4, 2)])
row("diagonal", lambda x: x.diagonal(), [(3, 3)], [(2, 4)], [(2, 3, 2)])
row("diagonal.dims", lambda x: x.diagonal(1, -2, -1), [(3, 3)], [(2, 3, 3)])
row("trace", lambda x: x.trace(), [(3, 3)], [(2, 4)])
row("movedim", lambda x: x.movedim(0, -1), [(2, 3)], [(2, 3, 2)])
row("contiguous", lambda x: x.contiguous(), *UNARY)
row("contiguous.transposed", lambda x: x.t().contiguous(), [(2, 3)], [(0, 3)])
row("type_as", lambda x: x.double().exp().type_as(x), *UNARY)
row("clone", lambda x: x.clone(), *UNARY)
row("flip", lambda x: x.flip(0), [(2, 3)], [(3,)], [(0, 3)])
row("flip.dims", lambda x: x.flip(0, -1), [(2, 3)], [(2, 3, 2)])
row("roll", lambda x: x.roll(1), [(2, 3)], [(3,)], [(2, 3, 2)])
row("roll.dim", lambda x: x.roll(-1, 1), [(2, 3)], [(2, 3, 2)])
row("roll.dims", lambda x: x.roll((1, 2), (0, 1)), [(2, 3)], [(2, 3, 2)])

# --- gather, scatter, masks

row("gather", lambda x, i: x.gather(1, i), [(2, 3), ints([[0, 2], [1, 1]])], [(3, 3), ints([[2, 2, 2, 0]])])
row("gather.dim0", lambda x, i: x.gather(0, i), [(3, 2), ints([[0, 2], [1, 1]])], [(3, 3), ints([[2, 1]])], [(3,), ints([2, 2, 0, 1])])
row("gather.dim_negative", lambda x, i: x.gather(-1, i), [(2, 3), ints([[0, 2], [1, 1]])], [(2, 2, 2), ints([[[0], [1]], [[1], [1]]])])
row("scatter", lambda x, i, v: x.scatter(1, i, v), [(2, 3), ints([[0, 2], [1, 0]]), (2, 2)], [(3, 3), ints([[2, 0]]), (1, 2)])
row("scatter.number", lambda x, i: x.scatter(1, i, 2.5), [(2, 3), ints([[0, 2], [1, 1]])], [(3, 3), ints([[2]])])
row("scatter_add", lambda x, i, v: x.scatter_add(1, i, v), [(2, 3), ints([[0, 2], [1, 1]]), (2, 2)], [(3, 3), ints([[2, 2]]), (1, 2)])
row("scatter_add.dim0", lambda x, i, v: x.scatter_add(0, i, v), [(2, 3), ints([[0, 1, 1], [1, 1, 0], [0, 0, 0]]), (3, 3)])
row("index_select", lambda x, i: x.index_select(0, i), [(3, 2), ints([2, 0, 2])], [(3,), ints([1])], [(3, 2), ints([])])
row("index_select.dim", lambda x, i: x.index_select(-1, i), [(2, 3), ints([2, 0, 2])], [(2, 2, 2), ints([1, 1, 0])])
row("index_add", lambda x, i, v: x.index_add(0, i, v, alpha=2.5), [(3, 2), ints([2, 0, 2]), (3, 2)], [(3, 2), ints([1]), (1, 2)])
row("index_put", lambda x, i, v: x.index_put((i,), v), [(3, 2), ints([2, 0]), (2, 2)], [(3, 2), ints([2, -3]), (2,)], [(3,), ints([1]), ()])
row("index_put.two", lambda x, i, j, v: x.index_put((i, j), v),
    [(2, 3), ints([0, 1]), ints([2, 0]), (2,)], [(2, 3), ints([[0], [1]]), ints([2, 0]), (2, 2)])
row("index_put.accumulate", lambda x, i, v: x.index_put((i,), v, accumulate=True),
    [(3, 2), ints([2, 0, 2]), (3, 2)], [(3,), ints([1, 1, 1, 0]), (4,)],
    [(3, 2), ints([2, 2]), ()])
row("index_put.mask", lambda x, m, v: x.index_put((m,), v), [(2, 3), mask([[1, 0, 1], [0, 0, 1]]), (3,)], [(2, 3), mask([0, 1]), (1, 3)])
row("masked_fill", lambda x, m: x.masked_fill(m, 2.5), [(2, 3), mask([[1, 0, 1], [0, 0, 1]])], [(2, 3), mask([1, 0, 1])], [(), mask(True)])
row("masked_fill.tensor", lambda x, m, v: x.masked_fill(m, v), [(2, 3), mask([[1, 0, 1], [0, 0, 1]]), ()], [(2, 3), mask([[1], [0]]), ()])
row("masked_select", lambda x, m: x.masked_select(m),
    [(2, 3), mask([[1, 0, 1], [0, 0, 1]])], [(2, 3), mask([1, 0, 1])], [(3,), mask([[1, 0, 1], [1, 1, 0]])],
    [(2, 3), mask([0, 0, 0])])
row("take_along_dim", lambda x, i: x.take_along_dim(i, dim=1), [(2, 3), ints([[0, 2], [1, 1]])], [(2, 3), ints([[2, 2, 0, 0]])])

# --- indexing

row("index.int", lambda x: x[1], [(2, 3)], [(3,)], [(2, 3, 2)])
row("index.int_negative", lambda x: x[-1], [(2, 3)], [(3,)])
row("index.ints", lambda x: x[1, -2], [(2, 3)], [(2, 3, 2)])
row("index.slice", lambda x: x[1:], [(3, 2)], [(3,)], [(1, 3)])
row("index.slices", lambda x: x[:, 1:-1], [(2, 4)], [(2, 4, 2)])
row("index.slice_step", lambda x: x[::2], [(3, 2)], [(5,)])
row("index.slice_start_step", lambda x: x[:, 1::2], [(2, 4)], [(2, 3)])
row("index.slice_empty", lambda x: x[2:1], [(3, 2)])
row("index.none", lambda x: x[None], *UNARY)
row("index.none_inside", lambda x: x[:, None, 1:], [(2, 3)], [(2, 3, 2)])
row("index.ellipsis", lambda x: x[..., 0], [(2, 3)], [(3,)], [(2, 3, 2)])
row("index.ellipsis_none", lambda x: x[..., None], *UNARY)
row("index.mixed_slices", lambda x: x[1, ..., None, ::2], [(2, 3)], [(2, 2, 3)])
row("index.mask", lambda x, m: x[m], [(2, 3), mask([[1, 0, 1], [0, 0, 1]])], [(2, 3), mask([0, 1])], [(3,), mask([0, 0, 0])])
row("index.mask_after_slice", lambda x, m: x[:, m], [(2, 3), mask([1, 0, 1])], [(2, 3, 2), mask([[1, 0], [0, 0], [1, 1]])])
row("index.int_tensor", lambda x, i: x[i],
    [(3, 2), ints([2, 0, 2])], [(3,), ints([[0, -1], [1, 1]])], [(3, 2), ints(1)], [(3, 2), ints([])])
row("index.int_tensor_after_slice", lambda x, i: x[:, i], [(2, 3), ints([2, 0, 2])], [(2, 3, 2), ints([[0, -1], [1, 1]])])
row("index.two_int_tensors", lambda x, i, j: x[i, j],
    [(2, 3), ints([0, 1, 1]), ints([2, 0, 0])], [(2, 3, 2), ints([[0], [1]]), ints([2, 0])])
row("index.int_tensors_around_slice", lambda x, i, j: x[i, :, j],
    [(2, 2, 3), ints([0, 1, 1]), ints([2, 0, 0])], [(2, 2, 3), ints([[0], [1]]), ints([2, 0])])
row("index.int_tensor_and_int", lambda x, i: x[i, 1], [(3, 2), ints([2, 0, 2])], [(2, 3, 2), ints([1, 1])])
row("index.int_tensor_and_slice", lambda x, i: x[i, 1:], [(3, 2), ints([2, 0, 2])], [(2, 3, 2), ints([1, 1])])
row("index.mask_and_int", lambda x, m: x[m, 1], [(3, 2), mask([1, 0, 1])], [(2, 3, 2), mask([0, 1])])
row("index.mask_and_int_tensor", lambda x, m, i: x[m, i], [(3, 3), mask([1, 0, 1]), ints([2, 2])], [(3, 3), mask([1, 0, 1]), ints([0])])
row("index.int_tensor_none", lambda x, i: x[i, None], [(3, 2), ints([2, 0, 2])])

row("setitem.number", lambda x: setitem(x, 1, 2.5), [(2, 3)], [(3,)])
row("setitem.slice_number", lambda x: setitem(x, s_[:, 1:], 2.5), [(2, 3)], [(2, 3, 2)])
row("setitem.int", lambda x, v: setitem(x, 0, v), [(2, 3), (3,)], [(2, 3), ()], [(3,), ()], [(2, 3), (1, 3)])
row("setitem.slice", lambda x, v: setitem(x, s_[:, 1:], v), [(2, 3), (2, 2)], [(2, 3), (2,)], [(2, 3), (2, 1)], [(2, 3), ()])
row("setitem.slice_step", lambda x, v: setitem(x, s_[::2], v), [(3, 2), (2, 2)], [(5,), (3,)])
row("setitem.everything", lambda x, v: setitem(x, s_[...], v), [(2, 3), (2, 3)], [(2, 3), (3,)], [(), ()])
row("setitem.itself", lambda x: setitem(x, 0, x[1] * x[0]), [(2, 3)])
row("setitem.mask_number", lambda x, m: setitem(x, m, 2.5), [(2, 3), mask([[1, 0, 1], [0, 0, 1]])], [(2, 3), mask([0, 1])])
row("setitem.mask", lambda x, m, v: setitem(x, m, v),
    [(2, 3), mask([[1, 0, 1], [0, 0, 1]]), (3,)], [(2, 3), mask([0, 1]), (3,)], [(2, 3), mask([0, 1]), ()])
row("setitem.int_tensor_number", lambda x, i: setitem(x, i, 2.5), [(3, 2), ints([2, 0, 2])])
row("setitem.int_tensor", lambda x, i, v: setitem(x, i, v),
    [(3, 2), ints([2, 0]), (2, 2)], [(3, 2), ints([-1, 0]), (2,)], [(3,), ints([1]), ()])
row("setitem.int_tensor_after_slice", lambda x, i, v: setitem(x, s_[:, i], v),
    [(2, 3), ints([2, 0]), (2, 2)], [(2, 3), ints([2, 0]), (2, 1)])

# --- in place: on a copy of the first input, and on views of a copy

row("add_", lambda a, b: a.clone().add_(b), [(2, 3), (2, 3)], [(2, 3), (3,)], [(2, 3), ()])
row("add_.alpha", lambda a, b: a.clone().add_(b, alpha=2.5), [(2, 3), (2, 3)], [(2, 3), (3,)])
row("sub_", lambda a, b: a.clone().sub_(b), [(2, 3), (2, 3)], [(2, 3), (3,)])
row("mul_", lambda a, b: a.clone().mul_(b), [(2, 3), (2, 3)], [(2, 3), (3,)], [(2, 3), ()])
row("add_.itself", lambda x: changed(x, lambda y: y.add_(y)), [(2, 3)])
row("div_", lambda a, b: a.clone().div_(b), [(2, 3), (2, 3)], [(2, 3), (3,)])
row("pow_", lambda x: x.clone().pow_(3), [(2, 3)])
row("exp_", lambda x: x.clone().exp_(), [(2, 3)])
row("tanh_", lambda x: x.clone().tanh_(), [(2, 3)])
row("sigmoid_", lambda x: x.clone().sigmoid_(), [(2, 3)])
row("sqrt_", lambda x: x.clone().sqrt_(), [(2, 3)], domain=positive)
row("neg_", lambda x: x.clone().neg_(), [(2, 3)])
row("relu_", lambda x: x.clone().relu_(), [(2, 3)])
row("clamp_", lambda x: x.clone().clamp_(-0.5, 1), [(2, 3)])
row("lerp_", lambda a, b: a.clone().lerp_(b, 0.3), [(2, 3), (2, 3)], [(2, 3), (3,)])
row("addcmul_", lambda c, a, b: c.clone().addcmul_(a, b, value=0.5), [(2, 3), (2, 3), (2, 3)], [(2, 3), (3,), (2, 1)])
row("addcdiv_", lambda c, a, b: c.clone().addcdiv_(a, b, value=0.5), [(2, 3), (2, 3), (2, 3)], [(2, 3), (3,), (2, 1)])
row("addmm_", lambda c, a, b: c.clone().addmm_(a, b), [(2, 4), (2, 3), (3, 4)])
row("masked_fill_", lambda x, m: x.clone().masked_fill_(m, 2.5), [(2, 3), mask([[1, 0, 1], [0, 0, 1]])])
row("index_put_", lambda x, i, v: x.clone().index_put_((i,), v, accumulate=True), [(3, 2), ints([2, 0, 2]), (3, 2)])
row("scatter_add_", lambda x, i, v: x.clone().scatter_add_(1, i, v), [(2, 3), ints([[0, 2], [1, 1]]), (2, 2)])
row("copy_", lambda a, b: a.clone().copy_(b), [(2, 3), (2, 3)], [(2, 3), (3,)])
row("copy_.without_gradient", lambda a, b: a.clone().copy_(b), [(2, 3), fixed(2, 3)], [(2, 3), fixed(3)])
row("zero_.everything", lambda x: x.clone().zero_(), [(2, 3)])
row("fill_.everything", lambda x: x.clone().fill_(2.5), [(2, 3)])
row("zero_", lambda x: changed(x, lambda y: y[0].zero_()), [(2, 3)])
row("fill_", lambda x: changed(x, lambda y: y[:, 1].fill_(2.5)), [(2, 3)])
row("inplace_view.mul_", lambda x: changed(x, lambda y: y[0].mul_(2)), [(2, 3)], [(3,)])
row("inplace_view.copy_", lambda x, v: changed(x, lambda y: y[:, 1:].copy_(v)), [(2, 3), (2, 2)], [(2, 3), (2,)])
row("inplace_view.transposed", lambda x, v: changed(x, lambda y: y.t().mul_(v)), [(2, 3), (3, 2)], [(2, 3), (2,)])
row("inplace_view.of_view", lambda x: changed(x, lambda y: y[1:].view(-1)[::2].exp_()), [(3, 2)])
row("inplace_view.twice", lambda x: changed(x, lambda y: (y[0].mul_(2), y[:, 0].add_(y[:, 1]))), [(2, 3)])
row("inplace_view.by_itself", lambda x: changed(x, lambda y: y[0].add_(y[0])), [(2, 3)])
row("inplace_base.seen_by_view", lambda x: view_of_changed(x), [(2, 3)])
