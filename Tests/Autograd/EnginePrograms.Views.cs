using static MiniTorch.Torch;

namespace MiniTorch.Tests;

internal static partial class EnginePrograms
{
    /// <summary>Views, and changes in place through them.</summary>
    internal static readonly Dictionary<string, Program> Views = new()
    {
        ["row_assigned"] = (x, w, v, c) =>
        {
            var h = x * 1;
            h[0] = w;
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["number_assigned"] = (x, w, v, c) =>
        {
            var h = x * 1;
            h[1] = 5;
            h[0, 1] = 7;
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["column_assigned"] = (x, w, v, c) =>
        {
            var h = x * 1;
            h[.., 1] = v;
            (h * h).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["broadcast_assigned"] = (x, w, v, c) =>
        {
            var h = x * 1;
            h[.., ..] = w;
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["mask_assigned"] = (x, w, v, c) =>
        {
            var h = x * 1;
            h[c > 0.5] = 2;
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["rows_swapped"] = (x, w, v, c) =>
        {
            var h = x * w;
            h[new[] { 0, 1 }] = h[new[] { 1, 0 }];
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["row_from_other_row"] = (x, w, v, c) =>
        {
            var h = x * w;
            h[0] = h[1];
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["chain_of_views"] = (x, w, v, c) =>
        {
            var h = x * 1;
            var row = h[1];
            var part = row[0..2];
            part.Mul_(v);
            (h * h).Sum().Backward();
            return new() { ["h"] = h, ["row"] = row, ["part"] = part };
        },
        ["view_sees_change_of_base"] = (x, w, v, c) =>
        {
            var h = x * 1;
            var flat = h.View(-1);
            h.Mul_(w);
            (flat * c.View(-1)).Sum().Backward();
            return new() { ["flat"] = flat };
        },
        ["view_sees_change_through_other_view"] = (x, w, v, c) =>
        {
            var h = x * 1;
            Tensor row = h[0], column = h[.., 0];
            row.Mul_(w);
            (column * v).Sum().Backward();
            return new() { ["column"] = column };
        },
        ["overlapping_views"] = (x, w, v, c) =>
        {
            var h = (x * 1).View(-1);
            Tensor a = h[0..4], b = h[2..5];
            a.Mul_(3);
            b.Mul_(w);
            a.Add_(1);
            (h * h).Sum().Backward();
            return new() { ["h"] = h, ["a"] = a, ["b"] = b };
        },
        ["transposed_view"] = (x, w, v, c) =>
        {
            var h = x * 2;
            h.T.Mul_(v);
            h.T.Add_(w.Unsqueeze(1));
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["stepped_view"] = (x, w, v, c) =>
        {
            var h = x * 2;
            h[.., Slice(step: 2)].Mul_(v.Unsqueeze(1));
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["diagonal_view"] = (x, w, v, c) =>
        {
            var h = x * 2;
            h.Diagonal().Mul_(v);
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["squeezed_view"] = (x, w, v, c) =>
        {
            var h = x * 2;
            h.Unsqueeze(0).Mul_(w);
            h.Unsqueeze(1).Squeeze(1).Add_(c);
            (h * h).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["base_without_gradient"] = (x, w, v, c) =>
        {
            var y = Zeros([3, 3], DType.Float64);
            for (int i = 0; i < 3; i++) y[i] = w * i;
            y[1, 1..] = v;
            (y * y).Sum().Backward();
            return new() { ["out"] = y };
        },
        ["view_of_base_without_gradient"] = (x, w, v, c) =>
        {
            var y = Zeros([2, 3], DType.Float64);
            Tensor row = y[0], other = y[1];
            row.Copy_(w);
            y.Add_(x);
            (y * c).Sum().Backward();
            return new() { ["row"] = row, ["other"] = other };
        },
        ["used_before_and_after"] = (x, w, v, c) =>
        {
            var h = x * 1;
            var a = h.Sum();
            h[0] = w;
            var b = h.Sum();
            h[1] = w * 2;
            (a * b + h.Sum()).Backward();
            return new() { ["a"] = a, ["b"] = b };
        },
        ["copy_of_a_view_is_no_view"] = (x, w, v, c) =>
        {
            var h = x * 2;
            var flat = h.T.Reshape(-1);
            flat.Mul_(5);
            (h * c).Sum().Backward();
            return new() { ["h"] = h, ["flat"] = flat };
        },
        ["state_in_a_buffer_refused"] = (x, w, v, c) =>
        {
            var h = Zeros([3, 3], DType.Float64);
            h[0] = w;
            for (int i = 0; i < 2; i++) h[i + 1] = h[i] * w;
            h.Sum().Backward();
            return [];
        },
        ["state_in_a_buffer_cloned"] = (x, w, v, c) =>
        {
            var h = Zeros([3, 3], DType.Float64);
            h[0] = w;
            for (int i = 0; i < 2; i++) h[i + 1] = h[i].Clone() * w;
            h.Sum().Backward();
            return new() { ["h"] = h };
        },
        ["view_made_under_no_grad_refused"] = (x, w, v, c) =>
        {
            var h = x * 1;
            Tensor row;
            using (NoGrad()) row = h[0];
            row.Mul_(2);
            return [];
        },
        ["view_made_under_no_grad_changed_there"] = (x, w, v, c) =>
        {
            var h = x * 1;
            using (NoGrad())
            {
                var row = h[0];
                row.Mul_(2);
            }
            (h * c).Sum().Backward();
            return new() { ["h"] = h };
        },
        ["double_backward_through_assignment"] = (x, w, v, c) =>
        {
            var h = x.Pow(3);
            h[0] = w.Pow(2);
            var g = Grad((h * h).Sum(), x, createGraph: true);
            g.Sum().Backward();
            return new() { ["g"] = g };
        },
        ["gradient_of_view_from_before"] = (x, w, v, c) =>
        {
            var h = x * 1;
            var row = h[0];
            h.Mul_(w);
            return new() { ["g"] = Grad((row * row).Sum(), x) };
        },
    };
}
