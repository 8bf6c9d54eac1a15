namespace MiniTorch.Tests;

/// <summary>Ops in place: on a copy of the first input, and on views of a copy.</summary>
internal static partial class OpTable
{
    private static IEnumerable<Op> InPlace =>
    [
        new("add_", (a, b) => a.Clone().Add_(b)),
        new("add_.alpha", (a, b) => a.Clone().Add_(b, alpha: 2.5)),
        new("sub_", (a, b) => a.Clone().Sub_(b)),
        new("mul_", (a, b) => a.Clone().Mul_(b)),
        new("add_.itself", x => Changed(x, y => y.Add_(y))),
        new("div_", (a, b) => a.Clone().Div_(b)),
        new("pow_", x => x.Clone().Pow_(3)),
        new("exp_", x => x.Clone().Exp_()),
        new("tanh_", x => x.Clone().Tanh_()),
        new("sigmoid_", x => x.Clone().Sigmoid_()),
        new("sqrt_", x => x.Clone().Sqrt_()),
        new("neg_", x => x.Clone().Neg_()),
        new("clamp_", x => x.Clone().Clamp_(-0.5, 1)),
        new("lerp_", (a, b) => a.Clone().Lerp_(b, 0.3)),
        new("addcmul_", (c, a, b) => c.Clone().Addcmul_(a, b, value: 0.5)),
        new("addcdiv_", (c, a, b) => c.Clone().Addcdiv_(a, b, value: 0.5)),
        new("addmm_", (c, a, b) => c.Clone().Addmm_(a, b)),
        new("masked_fill_", (x, m) => x.Clone().MaskedFill_(m, 2.5)),
        new("index_put_", (x, i, v) => x.Clone().IndexPut_([i], v, accumulate: true)),
        new("scatter_add_", (x, i, v) => x.Clone().ScatterAdd_(1, i, v)),
        new("copy_", (a, b) => a.Clone().Copy_(b)),
        new("copy_.without_gradient", (a, b) => a.Clone().Copy_(b)),
        new("zero_.everything", x => x.Clone().Zero_()),
        new("fill_.everything", x => x.Clone().Fill_(2.5)),
        new("zero_", x => Changed(x, y => y[0].Zero_())),
        new("fill_", x => Changed(x, y => y[.., 1].Fill_(2.5))),
        new("inplace_view.mul_", x => Changed(x, y => y[0].Mul_(2))),
        new("inplace_view.copy_", (x, v) => Changed(x, y => y[.., 1..].Copy_(v))),
        new("inplace_view.transposed", (x, v) => Changed(x, y => y.T.Mul_(v))),
        new("inplace_view.of_view", x => Changed(x, y => y[1..].View(-1)[Torch.Slice(step: 2)].Exp_())),
        new("inplace_view.twice", x => Changed(x, y => { y[0].Mul_(2); y[.., 0].Add_(y[.., 1]); })),
        new("inplace_view.by_itself", x => Changed(x, y => y[0].Add_(y[0]))),
        new("inplace_base.seen_by_view", x => ViewOfChanged(x)),
    ];
}
