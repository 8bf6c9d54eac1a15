using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Convolution, pooling and padding. See Goldens/rows_conv.py.</summary>
internal static partial class OpTable
{
    private static IEnumerable<Op> Convolutions =>
    [
        new("conv1d", (x, w) => F.Conv1d(x, w)),
        new("conv1d.bias", (x, w, b) => F.Conv1d(x, w, b)),
        new("conv1d.stride_padding", (x, w, b) => F.Conv1d(x, w, b, stride: 2, padding: 1)),
        new("conv1d.dilation_groups", (x, w, b) => F.Conv1d(x, w, b, padding: 2, dilation: 2, groups: 2)),
        new("conv1d.same", (x, w, b) => F.Conv1d(x, w, b, padding: "same")),
        new("conv2d", (x, w) => F.Conv2d(x, w)),
        new("conv2d.bias", (x, w, b) => F.Conv2d(x, w, b)),
        new("conv2d.padding", (x, w, b) => F.Conv2d(x, w, b, padding: 1)),
        new("conv2d.padding_pair", (x, w) => F.Conv2d(x, w, padding: (2, 1))),
        new("conv2d.stride", (x, w, b) => F.Conv2d(x, w, b, stride: 2)),
        new("conv2d.stride_pair", (x, w) => F.Conv2d(x, w, stride: (2, 3), padding: (0, 2))),
        new("conv2d.dilation", (x, w) => F.Conv2d(x, w, dilation: (2, 1))),
        new("conv2d.groups", (x, w, b) => F.Conv2d(x, w, b, groups: 2)),
        new("conv2d.depthwise", (x, w) => F.Conv2d(x, w, padding: 1, groups: 3)),
        new("conv2d.all", (x, w, b) => F.Conv2d(x, w, b, (2, 1), (1, 2), (1, 2), 2)),
        new("conv2d.same", (x, w, b) => F.Conv2d(x, w, b, padding: "same")),
        new("conv2d.same_dilation", (x, w) => F.Conv2d(x, w, padding: "same", dilation: (1, 2))),
        new("conv2d.valid", (x, w) => F.Conv2d(x, w, padding: "valid")),
        new("conv_transpose1d", (x, w) => F.ConvTranspose1d(x, w)),
        new("conv_transpose1d.all", (x, w, b) => F.ConvTranspose1d(x, w, b, 3, 1, 2, 2, 2)),
        new("conv_transpose2d", (x, w) => F.ConvTranspose2d(x, w)),
        new("conv_transpose2d.bias", (x, w, b) => F.ConvTranspose2d(x, w, b)),
        new("conv_transpose2d.stride_padding", (x, w, b) => F.ConvTranspose2d(x, w, b, stride: 2, padding: 1)),
        new("conv_transpose2d.output_padding", (x, w) => F.ConvTranspose2d(x, w, stride: (2, 3), outputPadding: (1, 2))),
        new("conv_transpose2d.all", (x, w, b) => F.ConvTranspose2d(x, w, b, 2, (1, 0), 1, 2, (1, 2))),
    ];

    private static IEnumerable<Op> Poolings =>
    [
        new("max_pool1d", x => F.MaxPool1d(x, 2)),
        new("max_pool1d.all", x => F.MaxPool1d(x, 3, 2, 1, 2, ceilMode: true)),
        new("max_pool1d.indices", x => F.MaxPool1dWithIndices(x, 3, stride: 2, padding: 1)),
        new("max_pool1d.ties", x => F.MaxPool1d(x, 3, stride: 1)),
        new("max_pool2d", x => F.MaxPool2d(x, 2)),
        new("max_pool2d.pair", x => F.MaxPool2d(x, (2, 3), (1, 2), (1, 0))),
        new("max_pool2d.overlapping", x => F.MaxPool2d(x, 3, stride: 2, padding: 1)),
        new("max_pool2d.ceil_mode", x => F.MaxPool2d(x, 3, stride: 2, ceilMode: true)),
        new("max_pool2d.ceil_mode_padding", x => F.MaxPool2d(x, 2, stride: 2, padding: 1, ceilMode: true)),
        new("max_pool2d.dilation", x => F.MaxPool2d(x, 2, stride: 1, padding: 1, dilation: (2, 3))),
        new("max_pool2d.indices", x => F.MaxPool2dWithIndices(x, 2)),
        new("max_pool2d.ties", x => F.MaxPool2dWithIndices(x, 2)),
        new("max_pool2d.nan", x => F.MaxPool2dWithIndices(x, (2, 3), stride: (2, 1))),
        new("max_pool2d.minus_inf", x => F.MaxPool2dWithIndices(x, 2, padding: 1)),
        new("avg_pool1d", x => F.AvgPool1d(x, 2)),
        new("avg_pool1d.all", x => F.AvgPool1d(x, 3, 2, 1, true, false)),
        new("avg_pool2d", x => F.AvgPool2d(x, 2)),
        new("avg_pool2d.pair", x => F.AvgPool2d(x, (2, 3), (1, 2), (1, 1))),
        new("avg_pool2d.ceil_mode", x => F.AvgPool2d(x, 3, stride: 2, padding: 1, ceilMode: true)),
        new("avg_pool2d.ceil_mode_no_pad", x => F.AvgPool2d(x, 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false)),
        new("avg_pool2d.divisor_override", x => F.AvgPool2d(x, 3, stride: 2, padding: 1, divisorOverride: 5)),
        new("avg_pool2d.infinite", x => F.AvgPool2d(x, 2)),
        new("adaptive_avg_pool1d", x => F.AdaptiveAvgPool1d(x, 3)),
        new("adaptive_avg_pool2d", x => F.AdaptiveAvgPool2d(x, (2, 3))),
        new("adaptive_avg_pool2d.one", x => F.AdaptiveAvgPool2d(x, 1)),
        new("adaptive_avg_pool2d.keep", x => F.AdaptiveAvgPool2d(x, (null, 2))),
        new("adaptive_max_pool1d", x => F.AdaptiveMaxPool1d(x, 3)),
        new("adaptive_max_pool2d", x => F.AdaptiveMaxPool2d(x, (2, 3))),
        new("adaptive_max_pool2d.ties", x => F.AdaptiveMaxPool2d(x, (1, 2))),
    ];

    private static IEnumerable<Op> Paddings =>
    [
        new("pad", x => F.Pad(x, [1, 2])),
        new("pad.value", x => F.Pad(x, [1, 0, 2, 1], value: 2.5)),
        new("pad.crop", x => F.Pad(x, [-1, 2, 1, -1], value: 2.5)),
        new("pad.reflect", x => F.Pad(x, [1, 2], mode: "reflect")),
        new("pad.reflect_2d", x => F.Pad(x, [2, 1, 0, 2], mode: "reflect")),
        new("pad.replicate", x => F.Pad(x, [2, 0, 1, 3], mode: "replicate")),
        new("pad.circular", x => F.Pad(x, [2, 1, 1, 3], mode: "circular")),
    ];
}
