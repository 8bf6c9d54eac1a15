using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Gathering, scattering, masks, and everything between the brackets of <c>x[…]</c>.</summary>
internal static partial class OpTable
{
    // ---- gather, scatter, masks --------------------------------------------------------------------------------------

    private static IEnumerable<Op> Gathering =>
    [
        new("gather", (x, i) => x.Gather(1, i)),
        new("gather.dim0", (x, i) => x.Gather(0, i)),
        new("gather.dim_negative", (x, i) => x.Gather(-1, i)),
        new("scatter", (x, i, v) => x.Scatter(1, i, v)),
        new("scatter.number", (x, i) => x.Scatter(1, i, 2.5)),
        new("scatter_add", (x, i, v) => x.ScatterAdd(1, i, v)),
        new("scatter_add.dim0", (x, i, v) => x.ScatterAdd(0, i, v)),
        new("index_select", (x, i) => x.IndexSelect(0, i)),
        new("index_select.dim", (x, i) => x.IndexSelect(-1, i)),
        new("index_add", (x, i, v) => x.IndexAdd(0, i, v, alpha: 2.5)),
        new("index_put", (x, i, v) => x.IndexPut([i], v)),
        new("index_put.two", (x, i, j, v) => x.IndexPut([i, j], v)),
        new("index_put.accumulate", (x, i, v) => x.IndexPut([i], v, accumulate: true)),
        new("index_put.mask", (x, m, v) => x.IndexPut([m], v)),
        new("masked_fill", (x, m) => x.MaskedFill(m, 2.5)),
        new("masked_fill.tensor", (x, m, v) => x.MaskedFill(m, v)),
        new("masked_select", (x, m) => x.MaskedSelect(m)),
        new("take_along_dim", (x, i) => x.TakeAlongDim(i, dim: 1)),
    ];

    // ---- reading -----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Indices =>
    [
        new("index.int", x => x[1]),
        new("index.int_negative", x => x[-1]),
        new("index.ints", x => x[1, -2]),
        new("index.slice", x => x[1..]),
        new("index.slices", x => x[.., 1..^1]),
        new("index.slice_step", x => x[Torch.Slice(step: 2)]),
        new("index.slice_start_step", x => x[.., Torch.Slice(start: 1, step: 2)]),
        new("index.slice_empty", x => x[2..1]),
        new("index.none", x => x[None]),
        new("index.none_inside", x => x[.., None, 1..]),
        new("index.ellipsis", x => x[Ellipsis, 0]),
        new("index.ellipsis_none", x => x[Ellipsis, None]),
        new("index.mixed_slices", x => x[1, Ellipsis, None, Torch.Slice(step: 2)]),
        new("index.mask", (x, m) => x[m]),
        new("index.mask_after_slice", (x, m) => x[.., m]),
        new("index.int_tensor", (x, i) => x[i]),
        new("index.int_tensor_after_slice", (x, i) => x[.., i]),
        new("index.two_int_tensors", (x, i, j) => x[i, j]),
        new("index.int_tensors_around_slice", (x, i, j) => x[i, .., j]),
        new("index.int_tensor_and_int", (x, i) => x[i, 1]),
        new("index.int_tensor_and_slice", (x, i) => x[i, 1..]),
        new("index.mask_and_int", (x, m) => x[m, 1]),
        new("index.mask_and_int_tensor", (x, m, i) => x[m, i]),
        new("index.int_tensor_none", (x, i) => x[i, None]),
    ];

    // ---- writing -----------------------------------------------------------------------------------------------------

    private static IEnumerable<Op> Assignments =>
    [
        new("setitem.number", x => Changed(x, y => y[1] = 2.5)),
        new("setitem.slice_number", x => Changed(x, y => y[.., 1..] = 2.5)),
        new("setitem.int", (x, v) => Changed(x, y => y[0] = v)),
        new("setitem.slice", (x, v) => Changed(x, y => y[.., 1..] = v)),
        new("setitem.slice_step", (x, v) => Changed(x, y => y[Torch.Slice(step: 2)] = v)),
        new("setitem.everything", (x, v) => Changed(x, y => y[Ellipsis] = v)),
        new("setitem.itself", x => Changed(x, y => y[0] = x[1] * x[0])),
        new("setitem.mask_number", (x, m) => Changed(x, y => y[m] = 2.5)),
        new("setitem.mask", (x, m, v) => Changed(x, y => y[m] = v)),
        new("setitem.int_tensor_number", (x, i) => Changed(x, y => y[i] = 2.5)),
        new("setitem.int_tensor", (x, i, v) => Changed(x, y => y[i] = v)),
        new("setitem.int_tensor_after_slice", (x, i, v) => Changed(x, y => y[.., i] = v)),
    ];
}
