"""Convolution, pooling and padding of torch.nn.functional. Same form as rows_ops.py."""

import torch.nn.functional as F

from rows import row

# --- convolution: input, weight, bias

row("conv1d", lambda x, w: F.conv1d(x, w), [(2, 2, 5), (3, 2, 3)], [(2, 5), (3, 2, 3)], [(1, 1, 3), (1, 1, 3)], [(0, 2, 5), (3, 2, 3)])
row("conv1d.bias", lambda x, w, b: F.conv1d(x, w, b), [(2, 2, 5), (3, 2, 3), (3,)], [(2, 5), (3, 2, 1), (3,)])
row("conv1d.stride_padding", lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=1), [(2, 2, 6), (3, 2, 3), (3,)])
row("conv1d.dilation_groups", lambda x, w, b: F.conv1d(x, w, b, padding=2, dilation=2, groups=2), [(2, 4, 5), (4, 2, 3), (4,)])
row("conv1d.same", lambda x, w, b: F.conv1d(x, w, b, padding="same"), [(2, 2, 5), (3, 2, 4), (3,)], [(2, 5), (3, 2, 3), (3,)])
row("conv2d", lambda x, w: F.conv2d(x, w),
    [(2, 2, 4, 3), (3, 2, 2, 2)], [(2, 4, 3), (3, 2, 2, 3)], [(1, 3, 3, 5), (2, 3, 1, 1)], [(1, 1, 12, 18), (2, 1, 3, 3)])
row("conv2d.bias", lambda x, w, b: F.conv2d(x, w, b), [(1, 2, 4, 4), (3, 2, 3, 3), (3,)], [(2, 4, 4), (2, 2, 3, 2), (2,)])
row("conv2d.padding", lambda x, w, b: F.conv2d(x, w, b, padding=1), [(2, 2, 4, 3), (3, 2, 3, 3), (3,)], [(1, 2, 3, 3), (9, 2, 1, 2), (9,)])
row("conv2d.padding_pair", lambda x, w: F.conv2d(x, w, padding=(2, 1)), [(2, 2, 3, 4), (3, 2, 3, 2)])
row("conv2d.stride", lambda x, w, b: F.conv2d(x, w, b, stride=2), [(2, 2, 5, 6), (3, 2, 3, 2), (3,)], [(1, 2, 4, 4), (3, 2, 1, 1), (3,)])
row("conv2d.stride_pair", lambda x, w: F.conv2d(x, w, stride=(2, 3), padding=(0, 2)), [(1, 2, 6, 7), (2, 2, 2, 3)])
row("conv2d.dilation", lambda x, w: F.conv2d(x, w, dilation=(2, 1)), [(1, 2, 5, 4), (3, 2, 2, 3)])
row("conv2d.groups", lambda x, w, b: F.conv2d(x, w, b, groups=2), [(2, 4, 3, 3), (4, 2, 2, 2), (4,)])
row("conv2d.depthwise", lambda x, w: F.conv2d(x, w, padding=1, groups=3), [(1, 3, 4, 3), (6, 1, 3, 3)])
row("conv2d.all", lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 2), (1, 2), 2), [(2, 4, 5, 4), (6, 2, 3, 2), (6,)])
row("conv2d.same", lambda x, w, b: F.conv2d(x, w, b, padding="same"), [(1, 2, 4, 3), (3, 2, 3, 3), (3,)], [(2, 4, 3), (3, 2, 2, 4), (3,)])
row("conv2d.same_dilation", lambda x, w: F.conv2d(x, w, padding="same", dilation=(1, 2)), [(1, 2, 4, 5), (3, 2, 2, 2)])
row("conv2d.valid", lambda x, w: F.conv2d(x, w, padding="valid"), [(1, 2, 4, 3), (3, 2, 3, 3)])

row("conv_transpose1d", lambda x, w: F.conv_transpose1d(x, w), [(2, 2, 4), (2, 3, 3)], [(2, 4), (2, 3, 2)])
row("conv_transpose1d.all", lambda x, w, b: F.conv_transpose1d(x, w, b, 3, 1, 2, 2, 2), [(2, 4, 4), (4, 2, 3), (4,)])
row("conv_transpose2d", lambda x, w: F.conv_transpose2d(x, w), [(1, 2, 3, 4), (2, 3, 2, 3)], [(2, 2, 3, 4), (2, 3, 2, 3)], [(2, 3, 4), (2, 3, 2, 2)])
row("conv_transpose2d.bias", lambda x, w, b: F.conv_transpose2d(x, w, b), [(1, 2, 3, 4), (2, 3, 2, 3), (3,)], [(2, 3, 4), (2, 3, 2, 2), (3,)])
row("conv_transpose2d.stride_padding", lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1),
    [(2, 2, 3, 4), (2, 3, 3, 3), (3,)], [(1, 2, 3, 4), (2, 3, 2, 2), (3,)])
row("conv_transpose2d.output_padding", lambda x, w: F.conv_transpose2d(x, w, stride=(2, 3), output_padding=(1, 2)), [(1, 2, 2, 3), (2, 3, 2, 2)])
row("conv_transpose2d.all", lambda x, w, b: F.conv_transpose2d(x, w, b, 2, (1, 0), 1, 2, (1, 2)), [(1, 4, 3, 2), (4, 2, 3, 2), (4,)])

# --- pooling

row("max_pool1d", lambda x: F.max_pool1d(x, 2), [(2, 2, 5)], [(2, 6)])
row("max_pool1d.all", lambda x: F.max_pool1d(x, 3, 2, 1, 2, ceil_mode=True), [(2, 2, 8)], [(2, 7)])
row("max_pool1d.indices", lambda x: F.max_pool1d(x, 3, stride=2, padding=1, return_indices=True), [(2, 2, 7)])
row("max_pool2d", lambda x: F.max_pool2d(x, 2), [(2, 2, 4, 5)], [(2, 4, 6)], [(1, 1, 6, 34)])
row("max_pool2d.pair", lambda x: F.max_pool2d(x, (2, 3), (1, 2), (1, 0)), [(2, 2, 4, 5)])
row("max_pool2d.overlapping", lambda x: F.max_pool2d(x, 3, stride=2, padding=1), [(1, 2, 5, 6)], [(1, 7, 19)])
row("max_pool2d.ceil_mode", lambda x: F.max_pool2d(x, 3, stride=2, ceil_mode=True), [(1, 2, 6, 5)], [(1, 2, 2, 2)])
row("max_pool2d.ceil_mode_padding", lambda x: F.max_pool2d(x, 2, stride=2, padding=1, ceil_mode=True), [(1, 2, 5, 6)])
row("max_pool2d.dilation", lambda x: F.max_pool2d(x, 2, stride=1, padding=1, dilation=(2, 3)), [(1, 2, 5, 6)])
row("max_pool2d.indices", lambda x: F.max_pool2d(x, 2, return_indices=True), [(2, 2, 4, 5)], [(2, 4, 5)])
row("avg_pool1d", lambda x: F.avg_pool1d(x, 2), [(2, 2, 5)], [(2, 6)])
row("avg_pool1d.all", lambda x: F.avg_pool1d(x, 3, 2, 1, True, False), [(2, 2, 6)])
row("avg_pool2d", lambda x: F.avg_pool2d(x, 2), [(2, 2, 4, 5)], [(2, 4, 6)])
row("avg_pool2d.pair", lambda x: F.avg_pool2d(x, (2, 3), (1, 2), (1, 1)), [(2, 2, 4, 5)])
row("avg_pool2d.ceil_mode", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True), [(1, 2, 6, 5)], [(1, 2, 4, 4)])
row("avg_pool2d.ceil_mode_no_pad", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), [(1, 2, 6, 5)], [(1, 2, 4, 4)])
row("avg_pool2d.divisor_override", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, divisor_override=5), [(1, 2, 6, 5)])
row("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3), [(2, 2, 5)], [(2, 2)])
row("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (2, 3)), [(2, 2, 5, 4)], [(2, 1, 7)])
row("adaptive_avg_pool2d.one", lambda x: F.adaptive_avg_pool2d(x, 1), [(2, 2, 5, 4)])
row("adaptive_avg_pool2d.keep", lambda x: F.adaptive_avg_pool2d(x, (None, 2)), [(2, 2, 3, 5)])
row("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 3), [(2, 2, 5)])
row("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (2, 3)), [(2, 2, 5, 4)], [(2, 5, 7)])

# --- padding

row("pad", lambda x: F.pad(x, (1, 2)), [(2, 3)], [(2, 3, 2)], [(0,)])
row("pad.value", lambda x: F.pad(x, (1, 0, 2, 1), value=2.5), [(2, 3)], [(2, 2, 3)])
row("pad.crop", lambda x: F.pad(x, (-1, 2, 1, -1), value=2.5), [(3, 4)])
row("pad.reflect", lambda x: F.pad(x, (1, 2), mode="reflect"), [(2, 2, 4)], [(2, 3)])
row("pad.reflect_2d", lambda x: F.pad(x, (2, 1, 0, 2), mode="reflect"), [(1, 2, 3, 4)])
row("pad.replicate", lambda x: F.pad(x, (2, 0, 1, 3), mode="replicate"), [(1, 2, 3, 2)], [(2, 3, 2)])
row("pad.circular", lambda x: F.pad(x, (2, 1, 1, 3), mode="circular"), [(1, 2, 3, 4)])
