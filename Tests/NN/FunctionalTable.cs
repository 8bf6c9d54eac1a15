using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>The functions of MiniTorch.NN.Functional. See Goldens/rows_nn.py.</summary>
internal static partial class OpTable
{
    private static IEnumerable<Op> Layers =>
    [
        new("linear", (x, w, b) => F.Linear(x, w, b)),
        new("linear.no_bias", (x, w) => F.Linear(x, w)),
    ];

    // ---- element by element ------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Activations =>
    [
        new("relu", x => F.Relu(x)),
        new("relu_", x => F.Relu(x.Clone(), inplace: true)),
        new("relu.kink", x => F.Relu(x)),
    ];

    // ---- losses ------------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Losses =>
    [
        new("mse_loss", (x, t) => F.MseLoss(x, t)),
        new("mse_loss.sum", (x, t) => F.MseLoss(x, t, "sum")),
        new("mse_loss.none", (x, t) => F.MseLoss(x, t, "none")),
        new("mse_loss.empty", (x, t) => F.MseLoss(x, t)),
        new("l1_loss", (x, t) => F.L1Loss(x, t)),
        new("l1_loss.sum", (x, t) => F.L1Loss(x, t, "sum")),
        new("l1_loss.none", (x, t) => F.L1Loss(x, t, "none")),
        new("l1_loss.kink", (x, t) => F.L1Loss(x, t, "sum")),
        new("smooth_l1_loss", (x, t) => F.SmoothL1Loss(x, t)),
        new("smooth_l1_loss.sum_beta", (x, t) => F.SmoothL1Loss(x, t, "sum", beta: 0.505)),
        new("smooth_l1_loss.none_beta", (x, t) => F.SmoothL1Loss(x, t, "none", beta: 1.505)),
        new("smooth_l1_loss.beta_zero", (x, t) => F.SmoothL1Loss(x, t, beta: 0)),
        new("smooth_l1_loss.kink", (x, t) => F.SmoothL1Loss(x, t, "sum")),
        new("smooth_l1_loss.beta_zero_kink", (x, t) => F.SmoothL1Loss(x, t, "sum", beta: 0)),
        new("huber_loss", (x, t) => F.HuberLoss(x, t)),
        new("huber_loss.sum_delta", (x, t) => F.HuberLoss(x, t, "sum", delta: 0.505)),
        new("huber_loss.none_delta", (x, t) => F.HuberLoss(x, t, "none", delta: 1.505)),
        new("huber_loss.kink", (x, t) => F.HuberLoss(x, t, "sum")),
        new("nll_loss", (x, t) => F.NllLoss(x, t)),
        new("nll_loss.sum", (x, t) => F.NllLoss(x, t, reduction: "sum")),
        new("nll_loss.none", (x, t) => F.NllLoss(x, t, reduction: "none")),
        new("nll_loss.ignore_index", (x, t) => F.NllLoss(x, t, ignoreIndex: 1)),
        new("nll_loss.weight", (x, t, w) => F.NllLoss(x, t, w)),
        new("nll_loss.weight_sum", (x, t, w) => F.NllLoss(x, t, w, reduction: "sum")),
        new("nll_loss.weight_none", (x, t, w) => F.NllLoss(x, t, w, reduction: "none")),
        new("nll_loss.weight_ignore_index", (x, t, w) => F.NllLoss(x, t, w, ignoreIndex: 1)),
        new("nll_loss.all_ignored", (x, t) => F.NllLoss(x, t, ignoreIndex: 1)),
        new("nll_loss.all_ignored_sum", (x, t) => F.NllLoss(x, t, ignoreIndex: 1, reduction: "sum")),
        new("nll_loss.empty", (x, t) => F.NllLoss(x, t)),
        new("cross_entropy", (x, t) => F.CrossEntropy(x, t)),
        new("cross_entropy.sum", (x, t) => F.CrossEntropy(x, t, reduction: "sum")),
        new("cross_entropy.none", (x, t) => F.CrossEntropy(x, t, reduction: "none")),
        new("cross_entropy.ignore_index", (x, t) => F.CrossEntropy(x, t, ignoreIndex: 1)),
        new("cross_entropy.ignore_index_default", (x, t) => F.CrossEntropy(x, t)),
        new("cross_entropy.ignore_index_none", (x, t) => F.CrossEntropy(x, t, ignoreIndex: 1, reduction: "none")),
        new("cross_entropy.weight", (x, t, w) => F.CrossEntropy(x, t, w)),
        new("cross_entropy.weight_sum", (x, t, w) => F.CrossEntropy(x, t, w, reduction: "sum")),
        new("cross_entropy.weight_none", (x, t, w) => F.CrossEntropy(x, t, w, reduction: "none")),
        new("cross_entropy.weight_ignore_index", (x, t, w) => F.CrossEntropy(x, t, w, ignoreIndex: 1)),
        new("cross_entropy.label_smoothing", (x, t) => F.CrossEntropy(x, t, labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_sum", (x, t) => F.CrossEntropy(x, t, reduction: "sum", labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_none", (x, t) => F.CrossEntropy(x, t, reduction: "none", labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_weight", (x, t, w) => F.CrossEntropy(x, t, w, labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_ignore_index", (x, t) => F.CrossEntropy(x, t, ignoreIndex: 1, labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_weight_ignore_index", (x, t, w) => F.CrossEntropy(x, t, w, ignoreIndex: 1, labelSmoothing: 0.1)),
        new("cross_entropy.probabilities", (x, t) => F.CrossEntropy(x, t)),
        new("cross_entropy.probabilities_sum", (x, t) => F.CrossEntropy(x, t, reduction: "sum")),
        new("cross_entropy.probabilities_none", (x, t) => F.CrossEntropy(x, t, reduction: "none")),
        new("cross_entropy.probabilities_weight", (x, t, w) => F.CrossEntropy(x, t, w)),
        new("cross_entropy.probabilities_label_smoothing", (x, t) => F.CrossEntropy(x, t, labelSmoothing: 0.1)),
        new("cross_entropy.probabilities_label_smoothing_weight", (x, t, w) => F.CrossEntropy(x, t, w, labelSmoothing: 0.1)),
        new("cross_entropy.all_ignored", (x, t) => F.CrossEntropy(x, t)),
        new("cross_entropy.all_ignored_smoothing", (x, t) => F.CrossEntropy(x, t, labelSmoothing: 0.1)),
        new("cross_entropy.minus_inf", (x, t) => F.CrossEntropy(x, t, reduction: "none")),
        new("cross_entropy.far", (x, t) => F.CrossEntropy(x, t)),
    ];
}
