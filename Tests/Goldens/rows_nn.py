"""Activations and losses of torch.nn.functional. Same form as rows_ops.py."""

import torch
import torch.nn.functional as F

from rows import anything, fixed, ints, mask, probability, row
from rows_ops import UNARY

# --- activations

row("relu", lambda x: F.relu(x), *UNARY)
row("leaky_relu", lambda x: F.leaky_relu(x), *UNARY)
row("leaky_relu.slope", lambda x: F.leaky_relu(x, 0.2), *UNARY)
row("gelu", lambda x: F.gelu(x), *UNARY)
row("gelu.tanh", lambda x: F.gelu(x, approximate="tanh"), *UNARY)
row("silu", lambda x: F.silu(x), *UNARY)
row("elu", lambda x: F.elu(x), *UNARY)
row("elu.alpha", lambda x: F.elu(x, alpha=1.5), *UNARY)
row("softplus", lambda x: F.softplus(x), *UNARY)
row("softplus.beta_threshold", lambda x: F.softplus(x, beta=2, threshold=1), *UNARY)
row("hardtanh", lambda x: F.hardtanh(x), *UNARY)
row("hardtanh.bounds", lambda x: F.hardtanh(x, -0.5, 1.5), *UNARY)
row("relu6", lambda x: F.relu6(x * 5), *UNARY)
row("hardsigmoid", lambda x: F.relu6(x * 2.05 + 3) / 6, *UNARY)          # F.hardsigmoid's slope is a sixth rounded to float32, also in float64
row("hardswish", lambda x: F.hardswish(x * 2.05), *UNARY)
row("hardshrink", lambda x: F.hardshrink(x), *UNARY)
row("softshrink", lambda x: F.softshrink(x), *UNARY)
row("threshold", lambda x: F.threshold(x, 0.5, -3.25), *UNARY)
row("prelu", lambda x, w: F.prelu(x, w), [(2, 3), (1,)], [(2, 3), (3,)], [(2, 3, 2), (3,)], [(4,), (1,)])
row("selu", lambda x: F.selu(x), *UNARY)
row("celu", lambda x: F.celu(x, alpha=1.5), *UNARY)
row("logsigmoid", lambda x: F.logsigmoid(x), *UNARY)
row("mish", lambda x: F.mish(x), *UNARY)
row("softsign", lambda x: F.softsign(x), *UNARY)
row("tanhshrink", lambda x: F.tanhshrink(x), *UNARY)
row("glu", lambda x: F.glu(x), [(2, 4)], [(2,)])
row("glu.dim0", lambda x: F.glu(x, dim=0), [(2, 3)])
row("softmin", lambda x: F.softmin(x, dim=-1), [(2, 3)], [(2, 3, 2)])
row("dropout.all", lambda x: F.dropout(x, 1.0), [(2, 3)])
row("dropout.none", lambda x: F.dropout(x, 0.0), [(2, 3)])

# --- vectors

row("normalize", lambda x: F.normalize(x), [(2, 3)], [(2, 3, 2)])
row("normalize.p_dim", lambda x: F.normalize(x, p=3, dim=0), [(2, 3)])
row("cosine_similarity", lambda a, b: F.cosine_similarity(a, b), [(2, 3), (2, 3)], [(2, 3, 2), (2, 3, 2)])
row("cosine_similarity.broadcast", lambda a, b: F.cosine_similarity(a, b, dim=-1), [(2, 3), (3,)])
row("pairwise_distance", lambda a, b: F.pairwise_distance(a, b), [(2, 3), (2, 3)], [(3,), (3,)])
row("pairwise_distance.p_keepdim", lambda a, b: F.pairwise_distance(a, b, p=1, keepdim=True), [(2, 3), (2, 3)])
row("bilinear", lambda a, b, w: F.bilinear(a, b, w), [(2, 3), (2, 2), (4, 3, 2)], [(2, 2, 3), (2, 2, 2), (1, 3, 2)])
row("bilinear.bias", lambda a, b, w, c: F.bilinear(a, b, w, c), [(2, 3), (2, 2), (4, 3, 2), (4,)])

# --- layer norm: input, weight, bias

row("layer_norm", lambda x, w, b: F.layer_norm(x, w.shape, w, b), [(2, 4), (4,), (4,)], [(2, 2, 3), (2, 3), (2, 3)], [(3, 19), (19,), (19,)])
row("layer_norm.weight", lambda x, w: F.layer_norm(x, w.shape, w), [(2, 4), (4,)], [(37, 3), (3,)])
row("layer_norm.bias", lambda x, b: F.layer_norm(x, b.shape, None, b), [(2, 4), (4,)])
row("layer_norm.plain", lambda x: F.layer_norm(x, x.shape[-1:]), [(2, 4)], [(5,)], [(2, 1, 17)], [(0, 3)])
row("layer_norm.eps", lambda x, w, b: F.layer_norm(x, w.shape, w, b, 0.5), [(2, 4), (4,), (4,)])

# --- batch norm: input, weight, bias; the mean and variance of the batch, or given ones

row("batch_norm", lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
    [(4, 3), (3,), (3,)], [(2, 3, 2), (3,), (3,)], [(2, 2, 3, 6), (2,), (2,)], [(1, 3, 5), (3,), (3,)], [(2, 2, 1, 2, 2), (2,), (2,)], [(0, 3), (3,), (3,)])
row("batch_norm.weight", lambda x, w: F.batch_norm(x, None, None, w, training=True), [(4, 3), (3,)], [(2, 2, 19), (2,)])
row("batch_norm.bias", lambda x, b: F.batch_norm(x, None, None, None, b, training=True), [(4, 3), (3,)], [(2, 2, 19), (2,)])
row("batch_norm.plain", lambda x: F.batch_norm(x, None, None, training=True), [(4, 3)], [(3, 2, 17)])
row("batch_norm.eps", lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True, eps=0.5), [(4, 3), (3,), (3,)])
row("batch_norm.running", lambda x, m, v, w, b: F.batch_norm(x, m, v, w, b),
    [(4, 3), fixed(3, domain=anything), fixed(3), (3,), (3,)], [(1, 3), fixed(3, domain=anything), fixed(3), (3,), (3,)], [(2, 2, 19), fixed(2, domain=anything), fixed(2), (2,), (2,)])
row("batch_norm.running_plain", lambda x, m, v: F.batch_norm(x, m, v, eps=0.5), [(2, 3, 2), fixed(3, domain=anything), fixed(3)])

# --- attention: queries [l, e], keys [s, e], values [s, d]


def attention(q, k, v, mask=None, causal=False, scale=None):
    """What torch 2 documents for F.scaled_dot_product_attention, which 1.13 has not."""
    scores = q @ k.transpose(-2, -1) * (q.shape[-1] ** -0.5 if scale is None else scale)
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else scores + mask
    return scores.softmax(-1) @ v


row("scaled_dot_product_attention", lambda q, k, v: attention(q, k, v),
    [(2, 3), (4, 3), (4, 5)], [(2, 2, 3, 2), (2, 2, 9, 2), (2, 2, 9, 3)], [(2, 1, 3, 4), (3, 5, 4), (1, 5, 2)])
row("scaled_dot_product_attention.scale", lambda q, k, v: attention(q, k, v, scale=-2.0), [(2, 3), (4, 3), (4, 5)])
row("scaled_dot_product_attention.causal", lambda q, k, v: attention(q, k, v, causal=True),
    [(4, 3), (4, 3), (4, 2)], [(2, 3, 2), (2, 11, 2), (2, 11, 2)], [(11, 2), (3, 2), (3, 2)])
row("scaled_dot_product_attention.mask", lambda q, k, v, m: attention(q, k, v, m),
    [(2, 3), (4, 3), (4, 5), mask([[1, 0, 1, 1], [0, 0, 1, 0]])],
    [(2, 2, 3), (2, 3, 3), (2, 3, 2), mask([1, 0, 1])],
    [(2, 2, 3), (2, 3, 3), (2, 3, 2), mask([[[1], [1]], [[1], [1]]])])
row("scaled_dot_product_attention.bias", lambda q, k, v, m: attention(q, k, v, m),
    [(2, 3), (4, 3), (4, 5), (2, 4)], [(2, 2, 3), (2, 3, 3), (2, 3, 2), (3,)], [(2, 2, 3), (2, 3, 3), (2, 3, 2), (2, 1, 1)], [(2, 3), (4, 3), (4, 5), fixed(2, 4)])

# --- regression: input, target

REGRESSION = [[(2, 3), (2, 3)], [(4,), (4,)], [(), ()], [(2, 3, 2), (2, 3, 2)]]
row("mse_loss", lambda x, t: F.mse_loss(x, t), *REGRESSION)
row("mse_loss.sum", lambda x, t: F.mse_loss(x, t, reduction="sum"), *REGRESSION, [(0, 3), (0, 3)])
row("mse_loss.none", lambda x, t: F.mse_loss(x, t, reduction="none"), *REGRESSION, [(0, 3), (0, 3)])
row("l1_loss", lambda x, t: F.l1_loss(x, t), *REGRESSION)
row("l1_loss.sum", lambda x, t: F.l1_loss(x, t, reduction="sum"), *REGRESSION, [(0, 3), (0, 3)])
row("l1_loss.none", lambda x, t: F.l1_loss(x, t, reduction="none"), *REGRESSION, [(0, 3), (0, 3)])
row("smooth_l1_loss", lambda x, t: F.smooth_l1_loss(x, t), *REGRESSION, domain=(anything, [t + 0.005 for t in anything]))    # |x - t| = 1 bends
row("smooth_l1_loss.sum_beta", lambda x, t: F.smooth_l1_loss(x, t, reduction="sum", beta=0.505), *REGRESSION)
row("smooth_l1_loss.none_beta", lambda x, t: F.smooth_l1_loss(x, t, reduction="none", beta=1.505), *REGRESSION)
row("smooth_l1_loss.beta_zero", lambda x, t: F.smooth_l1_loss(x, t, beta=0), *REGRESSION)
row("huber_loss", lambda x, t: F.huber_loss(x, t), *REGRESSION)
row("huber_loss.sum_delta", lambda x, t: F.huber_loss(x, t, reduction="sum", delta=0.505), *REGRESSION)
row("huber_loss.none_delta", lambda x, t: F.huber_loss(x, t, reduction="none", delta=1.505), *REGRESSION)

# --- probabilities

BINARY_CROSS_ENTROPY = [[(2, 3), (2, 3)], [(4,), (4,)], [(), ()]]
row("binary_cross_entropy", lambda p, t: F.binary_cross_entropy(p, t), *BINARY_CROSS_ENTROPY, domain=probability)
row("binary_cross_entropy.sum", lambda p, t: F.binary_cross_entropy(p, t, reduction="sum"), *BINARY_CROSS_ENTROPY, domain=probability)
row("binary_cross_entropy.none", lambda p, t: F.binary_cross_entropy(p, t, reduction="none"), *BINARY_CROSS_ENTROPY, domain=probability)
row("binary_cross_entropy.weight", lambda p, t, w: F.binary_cross_entropy(p, t, weight=w),
    [(2, 3), (2, 3), fixed(2, 3)], [(2, 3), (2, 3), fixed(3)], domain=probability)

LOGITS = [[(2, 3), (2, 3)], [(4,), (4,)], [(), ()], [(2, 3, 2), (2, 3, 2)]]
row("binary_cross_entropy_with_logits", lambda x, t: F.binary_cross_entropy_with_logits(x, t), *LOGITS, domain=(anything, probability))
row("binary_cross_entropy_with_logits.sum", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="sum"),
    *LOGITS, domain=(anything, probability))
row("binary_cross_entropy_with_logits.none", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
    *LOGITS, domain=(anything, probability))
row("binary_cross_entropy_with_logits.weight", lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, weight=w),
    [(2, 3), (2, 3), fixed(2, 3)], [(2, 3), (2, 3), fixed(3)], domain=(anything, probability))
row("binary_cross_entropy_with_logits.pos_weight", lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w),
    [(2, 3), (2, 3), fixed(3)], [(2, 3), (2, 3), fixed()], domain=(anything, probability))
row("binary_cross_entropy_with_logits.both_weights", lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t, w, pos_weight=p),
    [(2, 3), (2, 3), fixed(2, 1), fixed(3)], domain=(anything, probability))

row("kl_div", lambda x, t: F.kl_div(x, t), *REGRESSION, domain=(anything, probability))
row("kl_div.sum", lambda x, t: F.kl_div(x, t, reduction="sum"), *REGRESSION, domain=(anything, probability))
row("kl_div.none", lambda x, t: F.kl_div(x, t, reduction="none"), *REGRESSION, domain=(anything, probability))
row("kl_div.batchmean", lambda x, t: F.kl_div(x, t, reduction="batchmean"),
    [(2, 3), (2, 3)], [(2, 3, 2), (2, 3, 2)], domain=(anything, probability))
row("kl_div.log_target", lambda x, t: F.kl_div(x, t, log_target=True), *REGRESSION)
row("kl_div.log_target_sum", lambda x, t: F.kl_div(x, t, reduction="sum", log_target=True), *REGRESSION)

# --- classes: log-probabilities [N, C], [C] or [N, C, d], class indices [N], [] or [N, d]; class 1 is the one ignored below

CLASSES = [[(4, 3), ints([0, 2, 1, 2])], [(3,), ints(1)], [(2, 3, 2), ints([[0, 1], [2, 2]])]]
WEIGHTED = [[(4, 3), ints([0, 2, 1, 2]), fixed(3)], [(3,), ints(1), fixed(3)], [(2, 3, 2), ints([[0, 1], [2, 2]]), fixed(3)]]
row("nll_loss", lambda x, t: F.nll_loss(x, t), *CLASSES, [(2, 3, 2, 1), ints([[[0], [1]], [[2], [2]]])])
row("nll_loss.sum", lambda x, t: F.nll_loss(x, t, reduction="sum"), *CLASSES, [(0, 3), ints([])])
row("nll_loss.none", lambda x, t: F.nll_loss(x, t, reduction="none"), *CLASSES, [(0, 3), ints([])])
row("nll_loss.ignore_index", lambda x, t: F.nll_loss(x, t, ignore_index=1),
    [(4, 3), ints([0, 2, 1, 2])], [(2, 3, 2), ints([[0, 1], [1, 2]])])
row("nll_loss.weight", lambda x, t, w: F.nll_loss(x, t, weight=w), *WEIGHTED)
row("nll_loss.weight_sum", lambda x, t, w: F.nll_loss(x, t, weight=w, reduction="sum"), *WEIGHTED)
row("nll_loss.weight_none", lambda x, t, w: F.nll_loss(x, t, weight=w, reduction="none"), *WEIGHTED)
row("nll_loss.weight_ignore_index", lambda x, t, w: F.nll_loss(x, t, weight=w, ignore_index=1), *WEIGHTED[::2])

row("cross_entropy", lambda x, t: F.cross_entropy(x, t), *CLASSES, [(2, 3, 2, 1), ints([[[0], [1]], [[2], [2]]])])
row("cross_entropy.sum", lambda x, t: F.cross_entropy(x, t, reduction="sum"), *CLASSES)
row("cross_entropy.none", lambda x, t: F.cross_entropy(x, t, reduction="none"), *CLASSES)
row("cross_entropy.ignore_index", lambda x, t: F.cross_entropy(x, t, ignore_index=1),
    [(4, 3), ints([0, 2, 1, 2])], [(2, 3, 2), ints([[0, 1], [1, 2]])])
row("cross_entropy.ignore_index_default", lambda x, t: F.cross_entropy(x, t), [(4, 3), ints([-100, 2, 1, -100])])
row("cross_entropy.ignore_index_none", lambda x, t: F.cross_entropy(x, t, ignore_index=1, reduction="none"), [(4, 3), ints([0, 2, 1, 2])])
row("cross_entropy.weight", lambda x, t, w: F.cross_entropy(x, t, weight=w), *WEIGHTED)
row("cross_entropy.weight_sum", lambda x, t, w: F.cross_entropy(x, t, weight=w, reduction="sum"), *WEIGHTED)
row("cross_entropy.weight_none", lambda x, t, w: F.cross_entropy(x, t, weight=w, reduction="none"), *WEIGHTED)
row("cross_entropy.weight_ignore_index", lambda x, t, w: F.cross_entropy(x, t, weight=w, ignore_index=1), *WEIGHTED[::2])
row("cross_entropy.label_smoothing", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1), *CLASSES)
row("cross_entropy.label_smoothing_sum", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1, reduction="sum"), *CLASSES)
row("cross_entropy.label_smoothing_none", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1, reduction="none"), *CLASSES)
row("cross_entropy.label_smoothing_weight", lambda x, t, w: F.cross_entropy(x, t, weight=w, label_smoothing=0.1), *WEIGHTED)
row("cross_entropy.label_smoothing_ignore_index", lambda x, t: F.cross_entropy(x, t, ignore_index=1, label_smoothing=0.1),
    [(4, 3), ints([0, 2, 1, 2])],
    [(2, 3, 2), ints([[0, 1], [1, 2]])])
row("cross_entropy.label_smoothing_weight_ignore_index",
    lambda x, t, w: F.cross_entropy(x, t, weight=w, ignore_index=1, label_smoothing=0.1), *WEIGHTED[::2])

PROBABILITIES = [[(4, 3), (4, 3)], [(3,), (3,)], [(2, 3, 2), (2, 3, 2)]]
row("cross_entropy.probabilities", lambda x, t: F.cross_entropy(x, t), *PROBABILITIES, domain=(anything, probability))
row("cross_entropy.probabilities_sum", lambda x, t: F.cross_entropy(x, t, reduction="sum"), *PROBABILITIES, domain=(anything, probability))
row("cross_entropy.probabilities_none", lambda x, t: F.cross_entropy(x, t, reduction="none"),
    *PROBABILITIES, domain=(anything, probability))
row("cross_entropy.probabilities_weight", lambda x, t, w: F.cross_entropy(x, t, weight=w),
    [(4, 3), (4, 3), fixed(3)], [(2, 3, 2), (2, 3, 2), fixed(3)],
    domain=(anything, probability))
row("cross_entropy.probabilities_label_smoothing", lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1),
    *PROBABILITIES, domain=(anything, probability))
row("cross_entropy.probabilities_label_smoothing_weight", lambda x, t, w: F.cross_entropy(x, t, weight=w, label_smoothing=0.1),
    [(4, 3), (4, 3), fixed(3)],
    domain=(anything, probability))
