"""Special values: kinks, ties, zeros, infinities, NaN. Value and gradient are compared; a numeric derivative would mean nothing here.

The sign of a zero is PyTorch's accident here and is not to be compared. Special values where the op is smooth (prod.zeros) are in rows_ops.py.
"""

from functools import partial
from math import inf, nan

import torch
import torch.nn.functional as F

import rows
from rows import ints, mask, values

row = partial(rows.row, kink=True)

# --- slopes at kinks

row("relu.kink", lambda x: F.relu(x), [values([-1.0, 0.0, -0.0, 1.0, inf, -inf, nan])])
row("leaky_relu.kink", lambda x: F.leaky_relu(x, 0.2), [values([-1.0, 0.0, -0.0, 1.0, inf, -inf, nan])])
row("elu.kink", lambda x: F.elu(x, alpha=1.5), [values([-1.0, 0.0, -0.0, 1.0, inf, -inf, nan])])
row("hardtanh.kink", lambda x: F.hardtanh(x), [values([-2.0, -1.0, 0.0, 1.0, 2.0, inf, -inf])])
row("relu6.kink", lambda x: F.relu6(x), [values([-1.0, 0.0, 3.0, 6.0, 7.0, inf, -inf])])
row("hardsigmoid.kink", lambda x: F.relu6(x + 3) / 6, [values([-4.0, -3.0, 0.0, 3.0, 4.0, inf, -inf])])
row("hardswish.kink", lambda x: F.hardswish(x), [values([-4.0, -3.0, 0.0, 3.0, 4.0])])
row("hardshrink.kink", lambda x: F.hardshrink(x), [values([-1.0, -0.5, 0.0, 0.5, 1.0, inf, -inf])])
row("softshrink.kink", lambda x: F.softshrink(x), [values([-1.0, -0.5, 0.0, 0.5, 1.0, inf, -inf])])
row("threshold.kink", lambda x: F.threshold(x, 0.5, -3.25), [values([0.0, 0.5, 1.0, inf, -inf, nan])])
row("prelu.kink", lambda x, w: F.prelu(x, w), [values([-1.0, 0.0, -0.0, 1.0, nan]), values([0.25])])
row("selu.kink", lambda x: F.selu(x), [values([-1.0, 0.0, 1.0, inf, -inf, nan])])
row("logsigmoid.far", lambda x: F.logsigmoid(x), [values([-1000.0, -40.0, 0.0, 40.0, 1000.0, nan])])
row("softplus.threshold", lambda x: F.softplus(x), [values([-40.0, 0.0, 19.9, 20.0, 20.1, 1000.0, inf, -inf, nan])])
row("gelu.far", lambda x: F.gelu(x), [values([-40.0, -8.0, 0.0, 8.0, 40.0, nan])])
row("gelu.tanh_far", lambda x: F.gelu(x, approximate="tanh"), [values([-40.0, -8.0, 0.0, 8.0, 40.0, nan])])
row("silu.far", lambda x: F.silu(x), [values([-1000.0, -40.0, 0.0, 40.0, 1000.0, nan])])
row("sigmoid.far", lambda x: x.sigmoid(), [values([-1000.0, -40.0, 0.0, 40.0, 1000.0, inf, -inf, nan])])
row("tanh.far", lambda x: x.tanh(), [values([-1000.0, -40.0, 0.0, 40.0, 1000.0, inf, -inf, nan])])
row("abs.kink", lambda x: x.abs(), [values([-1.0, 0.0, -0.0, 1.0, inf, -inf, nan])])
row("sign.kink", lambda x: x.sign(), [values([-1.0, 0.0, -0.0, 1.0, inf, -inf])])
row("floor.kink", lambda x: x.floor(), [values([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, inf, nan])])
row("ceil.kink", lambda x: x.ceil(), [values([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, inf, nan])])
row("round.half_to_even", lambda x: x.round(), [values([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, inf, nan])])
row("trunc.kink", lambda x: x.trunc(), [values([-1.5, -1.0, -0.0, 0.5, 1.0, inf, -inf, nan])])
row("clamp.bounds", lambda x: x.clamp(-1, 1), [values([-2.0, -1.0, 0.0, 1.0, 2.0])])
row("clamp.min_bound", lambda x: x.clamp(min=-1), [values([-2.0, -1.0, 0.0])])
row("clamp.max_bound", lambda x: x.clamp(max=1), [values([0.0, 1.0, 2.0])])
row("clamp.tensors_bounds", lambda x, low, high: x.clamp(low, high),
    [values([-2.0, -1.0, 0.0, 1.0, 2.0]), values([-1.0, -1.0, -1.0, -1.0, -1.0]), values([1.0, 1.0, 1.0, 1.0, 1.0])])
row("clamp.crossed", lambda x: x.clamp(1, -1), [values([-2.0, -1.0, 0.0, 1.0, 2.0])])
row("clamp.tensors_crossed", lambda x, low, high: x.clamp(low, high), [values([-2.0, -1.0, 0.0, 1.0, 2.0]), values(1.0), values(-1.0)])
row("clamp.nan", lambda x: x.clamp(-1, 1), [values([nan, inf, -inf])])

# --- zeros and edges of domains

row("sqrt.zero", lambda x: x.sqrt(), [values([0.0, 1.0, inf, -1.0])])
row("rsqrt.zero", lambda x: x.rsqrt(), [values([0.0, 1.0, inf, -1.0])])
row("log.zero", lambda x: x.log(), [values([0.0, 1.0, inf, -1.0])])
row("log2.zero", lambda x: x.log2(), [values([0.0, 1.0, inf, -1.0])])
row("log1p.minus_one", lambda x: x.log1p(), [values([-1.0, 0.0, 1e-12, inf, -2.0])])
row("expm1.tiny", lambda x: x.expm1(), [values([1e-12, 0.0, -1e-12, inf, -inf])])
row("exp.far", lambda x: x.exp(), [values([-1000.0, 0.0, 1000.0, inf, -inf, nan])])
row("asin.bounds", lambda x: x.asin(), [values([-1.0, 0.0, 1.0, 2.0])])
row("acos.bounds", lambda x: x.acos(), [values([-1.0, 0.0, 1.0, 2.0])])
row("reciprocal.zero", lambda x: x.reciprocal(), [values([0.0, -0.0, inf])])
row("div.zero", lambda a, b: a / b, [values([1.0, -1.0, 0.0, 1.0, 0.0, inf]), values([0.0, 0.0, 0.0, inf, 2.0, inf])])
row("pow.zero_zero", lambda a, b: a ** b, [values([0.0, 0.0, 0.0, 2.0, -2.0]), values([0.0, 1.0, 2.0, 0.0, 0.0])])
row("pow.zero_base", lambda a, b: a ** b, [values([0.0, 0.0, 0.0]), values([0.5, -1.0, -0.5])])
row("pow.negative_base", lambda a, b: a ** b, [values([-2.0, -2.0, -2.0]), values([2.0, 3.0, 0.5])])
row("pow.zero_number", lambda x: x ** 0, [values([0.0, 1.0, nan, inf])])
row("pow.one_of_zero", lambda x: x ** 1, [values([0.0, 1.0])])
row("pow.two_of_zero", lambda x: x ** 2, [values([0.0, 1.0])])
row("pow.half_of_zero", lambda x: x ** 0.5, [values([0.0, 1.0])])
row("pow.minus_one_of_zero", lambda x: x ** -1, [values([0.0, 1.0])])
row("pow.number_zero_base", lambda x: 0.0 ** x, [values([0.0, 1.0, 2.0])])
row("norm.zero", lambda x: x.norm(), [values([0.0, 0.0, 0.0])])
row("norm.dim_zero", lambda x: x.norm(dim=1), [values([[0.0, 0.0], [3.0, 4.0]])])
row("norm.p1_zero", lambda x: x.norm(p=1), [values([0.0, 0.0, -2.0])])
row("norm.p3_zero", lambda x: x.norm(p=3, dim=1), [values([[0.0, 0.0], [0.0, -2.0]])])
row("norm.inf_zero", lambda x: x.norm(p=inf, dim=1), [values([[0.0, 0.0], [0.0, -2.0]])])
row("norm.inf_ties", lambda x: x.norm(p=inf), [values([2.0, -2.0, 1.0])])
row("norm.minus_inf_ties", lambda x: x.norm(p=-inf), [values([2.0, -1.0, 1.0])])
row("norm.inf_nan", lambda x: x.norm(p=inf), [values([2.0, nan, 1.0])])
row("std.constant_row", lambda x: x.std(1), [values([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]])])
row("std.one_element", lambda x: x.std(0), [values([2.0])], [values([[2.0, 3.0]])])
row("var.constant_row", lambda x: x.var(1), [values([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]])])
row("var.one_element", lambda x: x.var(0), [values([2.0])], [values([[2.0, 3.0]])])    # 1.13.1's x.var() fails in its backward here
row("var.one_element_biased", lambda x: x.var(unbiased=False), [values([2.0])])
row("sum.empty", lambda x: x.sum(), [(0,)], [(0, 3)])
row("mean.empty", lambda x: x.mean(), [(0,)], [(0, 3)])
row("mean.empty_dim", lambda x: x.mean(0), [(0, 3)])
row("prod.empty", lambda x: x.prod(), [(0,)], [(0, 3)])
row("sum.infinities", lambda x: x.sum(1), [values([[inf, 1.0], [inf, -inf], [nan, 1.0]])])
row("mul.zero_infinity", lambda a, b: a * b, [values([0.0, inf, nan]), values([inf, 2.0, 0.0])])
row("where.nan_not_taken", lambda c, x: torch.where(c, x.sqrt(), x), [mask([1, 0, 0]), values([4.0, -1.0, 0.0])])
row("masked_fill.nan_filled", lambda x, m: x.masked_fill(m, 0.0), [values([1.0, nan]), mask([0, 1])])
row("addmm.beta_zero", lambda c, a, b: torch.addmm(c, a, b, beta=0), [values([[nan, inf], [1.0, 2.0]]), (2, 3), (3, 2)])
row("matmul.nan", lambda a, b: a @ b, [values([[nan, 1.0], [0.0, 2.0]]), values([[1.0, 2.0], [inf, 3.0]])])

# --- ties: shared evenly by full reductions, halved between two tensors, given to one index by max(dim)

row("maximum.ties", lambda a, b: torch.maximum(a, b), [values([1.0, 2.0, 3.0]), values([1.0, 3.0, 2.0])])
row("minimum.ties", lambda a, b: torch.minimum(a, b), [values([1.0, 2.0, 3.0]), values([1.0, 3.0, 2.0])])
row("max.ties", lambda x: x.max(), [values([[1.0, 3.0], [3.0, 2.0]])])
row("min.ties", lambda x: x.min(), [values([[1.0, 3.0], [1.0, 2.0]])])
row("max.dim_ties", lambda x: x.max(1), [values([[1.0, 3.0, 3.0], [2.0, 2.0, 1.0]])])
row("min.dim_ties", lambda x: x.min(1), [values([[1.0, 1.0, 3.0], [2.0, 1.0, 1.0]])])
row("amax.ties", lambda x: x.amax(1), [values([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])])
row("amax.dims_ties", lambda x: x.amax((0, 1)), [values([[1.0, 3.0, 3.0], [3.0, 2.0, 2.0]])])
row("amin.ties", lambda x: x.amin(1), [values([[1.0, 1.0, 3.0], [2.0, 2.0, 2.0]])])
row("amin.dims_ties", lambda x: x.amin((0, 1)), [values([[1.0, 1.0, 3.0], [1.0, 2.0, 2.0]])])

# --- NaN wins

row("maximum.nan", lambda a, b: torch.maximum(a, b), [values([nan, 1.0, nan]), values([1.0, nan, nan])])
row("minimum.nan", lambda a, b: torch.minimum(a, b), [values([nan, 1.0, nan]), values([1.0, nan, nan])])
row("max.nan", lambda x: x.max(), [values([1.0, nan, 3.0])], [values([1.0, nan, nan])])
row("min.nan", lambda x: x.min(), [values([1.0, nan, 3.0])], [values([1.0, nan, nan])])
row("max.dim_nan", lambda x: x.max(1), [values([[1.0, nan, 3.0], [1.0, 2.0, inf], [nan, 1.0, nan]])])
row("min.dim_nan", lambda x: x.min(1), [values([[1.0, nan, 3.0], [1.0, 2.0, -inf], [nan, 1.0, nan]])])
row("amax.nan", lambda x: x.amax(1), [values([[1.0, nan, 3.0], [1.0, 2.0, inf]])])
row("amin.nan", lambda x: x.amin(1), [values([[1.0, nan, 3.0], [1.0, 2.0, -inf]])])
row("cummax.ties", lambda x: x.cummax(1), [values([[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 1.0, 2.0]])])
row("cummin.nan", lambda x: x.cummin(1), [values([[1.0, nan, 0.0, nan], [3.0, -inf, inf, -inf]])])
row("amax.minus_inf", lambda x: x.amax(1), [values([[-inf, -inf], [-inf, 1.0]])])
row("amin.plus_inf", lambda x: x.amin(1), [values([[inf, inf], [inf, 1.0]])])
row("sort.ties_nan", lambda x: x.sort(stable=True), [values([[3.0, nan, 3.0, -inf, nan, 1.0]])])
row("cumsum.nan", lambda x: x.cumsum(0), [values([1.0, nan, 3.0])], [values([1.0, inf, -inf])])

# --- infinities under exponentials

row("logsumexp.minus_inf_row", lambda x: x.logsumexp(1), [values([[-inf, 1.0, 2.0], [0.0, 1000.0, 1000.0], [-1000.0, -1001.0, -inf]])])
row("logsumexp.all_minus_inf", lambda x: x.logsumexp(1), [values([[-inf, -inf], [1.0, 2.0]])])
row("logsumexp.plus_inf", lambda x: x.logsumexp(1), [values([[inf, 1.0], [nan, 2.0]])])
row("softmax.far", lambda x: x.softmax(1), [values([[-inf, 1.0, 2.0], [0.0, 1000.0, 1000.0], [-inf, -inf, -inf], [inf, 1.0, 2.0]])])
row("log_softmax.far", lambda x: x.log_softmax(1), [values([[-inf, 1.0, 2.0], [0.0, 1000.0, 1000.0], [-inf, -inf, -inf], [inf, 1.0, 2.0]])])

# --- losses at their edges

row("l1_loss.kink", lambda x, t: F.l1_loss(x, t, reduction="sum"), [values([1.0, 2.0, 3.0]), values([1.0, 3.0, 2.0])])
row("smooth_l1_loss.kink", lambda x, t: F.smooth_l1_loss(x, t, reduction="sum"), [values([1.0, 2.0, 3.0]), values([1.0, 3.0, 2.0])])
# 2.x hands beta=0 to l1_loss; the gradient of 1.13.1's smooth_l1_loss would be -1 at x = t.
row("smooth_l1_loss.beta_zero_kink", lambda x, t: F.l1_loss(x, t, reduction="sum"), [values([1.0, 2.0, 3.0]), values([1.0, 3.0, 2.0])])
row("huber_loss.kink", lambda x, t: F.huber_loss(x, t, reduction="sum"), [values([1.0, 2.0, 3.0]), values([1.0, 3.0, 2.0])])
row("mse_loss.empty", lambda x, t: F.mse_loss(x, t), [(0, 3), (0, 3)])
row("kl_div.zero_target", lambda x, t: F.kl_div(x, t, reduction="sum"), [values([-1.0, -2.0]), values([0.0, 0.5])])
row("binary_cross_entropy.saturated", lambda p, t: F.binary_cross_entropy(p, t, reduction="none"),
    [values([0.0, 1.0, 0.0, 1.0]), values([0.0, 1.0, 1.0, 0.0])])
row("binary_cross_entropy_with_logits.far", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
    [values([-1000.0, 1000.0, -1000.0, 1000.0, 0.0]), values([0.0, 1.0, 1.0, 0.0, 0.5])])
row("nll_loss.all_ignored", lambda x, t: F.nll_loss(x, t, ignore_index=1), [(2, 3), ints([1, 1])])
row("nll_loss.all_ignored_sum", lambda x, t: F.nll_loss(x, t, ignore_index=1, reduction="sum"), [(2, 3), ints([1, 1])])
row("nll_loss.empty", lambda x, t: F.nll_loss(x, t), [(0, 3), ints([])])
row("cross_entropy.all_ignored", lambda x, t: F.cross_entropy(x, t), [(2, 3), ints([-100, -100])])
row("cross_entropy.all_ignored_smoothing", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1), [(2, 3), ints([-100, -100])])
row("cross_entropy.minus_inf", lambda x, t: F.cross_entropy(x, t, reduction="none"),
    [values([[-inf, 1.0, 2.0], [-inf, 1.0, 2.0]]), ints([1, 0])])
row("cross_entropy.far", lambda x, t: F.cross_entropy(x, t), [values([[0.0, 1000.0, -1000.0], [0.0, 1000.0, -1000.0]]), ints([1, 0])])

# --- pooling: of equal elements the first gets the gradient, of NaNs the last

row("max_pool2d.ties", lambda x: F.max_pool2d(x, 2, return_indices=True), [values([[[1.0, 1.0, 2.0, 3.0], [1.0, 1.0, 3.0, 3.0]]])])
row("max_pool2d.nan", lambda x: F.max_pool2d(x, (2, 3), stride=(2, 1), return_indices=True),
    [values([[[nan, 1.0, 2.0, nan, 0.0], [inf, nan, 3.0, inf, 1.0]]])])
row("max_pool2d.minus_inf", lambda x: F.max_pool2d(x, 2, padding=1, return_indices=True), [values([[[-inf, -inf], [-inf, -inf]]])])
row("max_pool1d.ties", lambda x: F.max_pool1d(x, 3, stride=1), [values([[2.0, 1.0, 2.0, 2.0, nan, 2.0, nan]])])
row("adaptive_max_pool2d.ties", lambda x: F.adaptive_max_pool2d(x, (1, 2)), [values([[[1.0, 1.0, 1.0], [1.0, 1.0, nan]]])])
row("avg_pool2d.infinite", lambda x: F.avg_pool2d(x, 2), [values([[[1.0, inf, -inf, inf], [nan, 1.0, 0.0, 1.0]]])])
