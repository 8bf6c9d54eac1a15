using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>
/// A function of <c>Functional</c> as C# writes it. The row of the same name in Goldens/ops.json has PyTorch's line, the inputs, and what
/// PyTorch computes from them: to add a function, add a row here and one to Goldens/rows_nn.py.
/// </summary>
internal sealed record FunctionalRow(string Name, Func<Tensor[], Tensor> Run);

internal static class FunctionalTable
{
    internal static readonly IReadOnlyDictionary<string, FunctionalRow> All = new FunctionalRow[]
    {
        new("linear", x => F.Linear(x[0], x[1], x[2])),
        new("linear.no_bias", x => F.Linear(x[0], x[1])),

        // ---- activations ----------------------------------------------------------------------------------------------
        new("relu", x => F.Relu(x[0])),
        new("relu_", x => F.Relu(x[0].Clone(), inplace: true)),
        new("relu.kink", x => F.Relu(x[0])),

        // ---- regression ---------------------------------------------------------------------------------------------------
        new("mse_loss", x => F.MseLoss(x[0], x[1])),
        new("mse_loss.sum", x => F.MseLoss(x[0], x[1], "sum")),
        new("mse_loss.none", x => F.MseLoss(x[0], x[1], "none")),
        new("mse_loss.empty", x => F.MseLoss(x[0], x[1])),
        new("l1_loss", x => F.L1Loss(x[0], x[1])),
        new("l1_loss.sum", x => F.L1Loss(x[0], x[1], "sum")),
        new("l1_loss.none", x => F.L1Loss(x[0], x[1], "none")),
        new("l1_loss.kink", x => F.L1Loss(x[0], x[1], "sum")),
        new("smooth_l1_loss", x => F.SmoothL1Loss(x[0], x[1])),
        new("smooth_l1_loss.sum_beta", x => F.SmoothL1Loss(x[0], x[1], "sum", beta: 0.505)),
        new("smooth_l1_loss.none_beta", x => F.SmoothL1Loss(x[0], x[1], "none", beta: 1.505)),
        new("smooth_l1_loss.beta_zero", x => F.SmoothL1Loss(x[0], x[1], beta: 0)),
        new("smooth_l1_loss.kink", x => F.SmoothL1Loss(x[0], x[1], "sum")),
        new("smooth_l1_loss.beta_zero_kink", x => F.SmoothL1Loss(x[0], x[1], "sum", beta: 0)),
        new("huber_loss", x => F.HuberLoss(x[0], x[1])),
        new("huber_loss.sum_delta", x => F.HuberLoss(x[0], x[1], "sum", delta: 0.505)),
        new("huber_loss.none_delta", x => F.HuberLoss(x[0], x[1], "none", delta: 1.505)),
        new("huber_loss.kink", x => F.HuberLoss(x[0], x[1], "sum")),

        // ---- classes ------------------------------------------------------------------------------------------------------
        new("nll_loss", x => F.NllLoss(x[0], x[1])),
        new("nll_loss.sum", x => F.NllLoss(x[0], x[1], reduction: "sum")),
        new("nll_loss.none", x => F.NllLoss(x[0], x[1], reduction: "none")),
        new("nll_loss.ignore_index", x => F.NllLoss(x[0], x[1], ignoreIndex: 1)),
        new("nll_loss.weight", x => F.NllLoss(x[0], x[1], x[2])),
        new("nll_loss.weight_sum", x => F.NllLoss(x[0], x[1], x[2], reduction: "sum")),
        new("nll_loss.weight_none", x => F.NllLoss(x[0], x[1], x[2], reduction: "none")),
        new("nll_loss.weight_ignore_index", x => F.NllLoss(x[0], x[1], x[2], ignoreIndex: 1)),
        new("nll_loss.all_ignored", x => F.NllLoss(x[0], x[1], ignoreIndex: 1)),
        new("nll_loss.all_ignored_sum", x => F.NllLoss(x[0], x[1], ignoreIndex: 1, reduction: "sum")),
        new("nll_loss.empty", x => F.NllLoss(x[0], x[1])),
        new("cross_entropy", x => F.CrossEntropy(x[0], x[1])),
        new("cross_entropy.sum", x => F.CrossEntropy(x[0], x[1], reduction: "sum")),
        new("cross_entropy.none", x => F.CrossEntropy(x[0], x[1], reduction: "none")),
        new("cross_entropy.ignore_index", x => F.CrossEntropy(x[0], x[1], ignoreIndex: 1)),
        new("cross_entropy.ignore_index_default", x => F.CrossEntropy(x[0], x[1])),
        new("cross_entropy.ignore_index_none", x => F.CrossEntropy(x[0], x[1], ignoreIndex: 1, reduction: "none")),
        new("cross_entropy.weight", x => F.CrossEntropy(x[0], x[1], x[2])),
        new("cross_entropy.weight_sum", x => F.CrossEntropy(x[0], x[1], x[2], reduction: "sum")),
        new("cross_entropy.weight_none", x => F.CrossEntropy(x[0], x[1], x[2], reduction: "none")),
        new("cross_entropy.weight_ignore_index", x => F.CrossEntropy(x[0], x[1], x[2], ignoreIndex: 1)),
        new("cross_entropy.label_smoothing", x => F.CrossEntropy(x[0], x[1], labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_sum", x => F.CrossEntropy(x[0], x[1], reduction: "sum", labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_none", x => F.CrossEntropy(x[0], x[1], reduction: "none", labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_weight", x => F.CrossEntropy(x[0], x[1], x[2], labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_ignore_index", x => F.CrossEntropy(x[0], x[1], ignoreIndex: 1, labelSmoothing: 0.1)),
        new("cross_entropy.label_smoothing_weight_ignore_index", x => F.CrossEntropy(x[0], x[1], x[2], ignoreIndex: 1, labelSmoothing: 0.1)),
        new("cross_entropy.probabilities", x => F.CrossEntropy(x[0], x[1])),
        new("cross_entropy.probabilities_sum", x => F.CrossEntropy(x[0], x[1], reduction: "sum")),
        new("cross_entropy.probabilities_none", x => F.CrossEntropy(x[0], x[1], reduction: "none")),
        new("cross_entropy.probabilities_weight", x => F.CrossEntropy(x[0], x[1], x[2])),
        new("cross_entropy.probabilities_label_smoothing", x => F.CrossEntropy(x[0], x[1], labelSmoothing: 0.1)),
        new("cross_entropy.probabilities_label_smoothing_weight", x => F.CrossEntropy(x[0], x[1], x[2], labelSmoothing: 0.1)),
        new("cross_entropy.all_ignored", x => F.CrossEntropy(x[0], x[1])),
        new("cross_entropy.all_ignored_smoothing", x => F.CrossEntropy(x[0], x[1], labelSmoothing: 0.1)),
        new("cross_entropy.minus_inf", x => F.CrossEntropy(x[0], x[1], reduction: "none")),
        new("cross_entropy.far", x => F.CrossEntropy(x[0], x[1])),
    }.ToDictionary(static row => row.Name);
}
