using static MiniTorch.Torch;
using Results = System.Collections.Generic.Dictionary<string, MiniTorch.Tensor?>;

namespace MiniTorch.Tests;

/// <summary>The programs of Goldens/generate_engine.py, line by line in C#: graphs, views and changes in place as in PyTorch.</summary>
internal static partial class EnginePrograms
{
    internal delegate Results Program(Tensor x, Tensor w, Tensor v, Tensor c);

    /// <summary>Graphs.</summary>
    internal static readonly Dictionary<string, Program> Graphs = new()
    {
        ["diamond"] = (x, w, v, c) =>
        {
            var a = x.Exp();
            var y = (a * a + a * w).Sum();
            y.Backward();
            return new() { ["y"] = y };
        },
        ["used_many_times"] = (x, w, v, c) =>
        {
            var y = x;
            for (int i = 0; i < 5; i++) y = y * x + w;
            y.Sum().Backward();
            return new() { ["y"] = y };
        },
        ["accumulates"] = (x, w, v, c) =>
        {
            for (int i = 0; i < 3; i++) (x * w * (i + 1)).Sum().Backward();
            return [];
        },
        ["two_roots"] = (x, w, v, c) =>
        {
            var h = x.Sin();
            Autograd.Backward([h * w, h.Sum()], [c, Tensor(2.0, DType.Float64)]);
            return [];
        },
        ["same_root_twice"] = (x, w, v, c) =>
        {
            var y = (x * w).Sum();
            Autograd.Backward([y, y]);
            return [];
        },
        ["leaf_as_root"] = (x, w, v, c) =>
        {
            x.Backward(c);
            return [];
        },
        ["only_some_inputs"] = (x, w, v, c) =>
        {
            (x.Sin() * w).Sum().Backward(inputs: [w]);
            return [];
        },
        ["inputs_in_between"] = (x, w, v, c) =>
        {
            var h = x * w;
            (h * h).Sum().Backward(inputs: [h]);
            return new() { ["h.grad"] = h.Grad };
        },
        ["shares_what_saved_nothing"] = (x, w, v, c) =>
        {
            var h = x + w;
            h.Sum().Backward();
            (h * c).Sum().Backward();
            return [];
        },
        ["second_backward_refused"] = (x, w, v, c) =>
        {
            var y = (x * w).Sum();
            y.Backward();
            y.Backward();
            return [];
        },
        ["second_backward_retained"] = (x, w, v, c) =>
        {
            var y = (x * w).Sum();
            y.Backward(retainGraph: true);
            y.Backward();
            return [];
        },
        ["grad_of_intermediate"] = (x, w, v, c) =>
        {
            var h = x.Sin();
            var y = (h * h * w).Sum();
            var g = Grad(y, [h, x]);
            return new() { ["gh"] = g[0], ["gx"] = g[1] };
        },
        ["third_derivative"] = (x, w, v, c) =>
        {
            var y = (x.Pow(4) * w).Sum();
            var g1 = Grad(y, x, createGraph: true);
            var g2 = Grad(g1.Sum(), x, createGraph: true);
            g2.Sum().Backward();
            return new() { ["g1"] = g1, ["g2"] = g2 };
        },
        ["gradient_penalty"] = (x, w, v, c) =>
        {
            var y = (x * w).Tanh().Sum();
            var g = Grad(y, x, createGraph: true);
            (y + g.Pow(2).Sum()).Backward();
            return new() { ["g"] = g };
        },
        ["backward_with_create_graph"] = (x, w, v, c) =>
        {
            (x.Pow(3) * w).Sum().Backward(createGraph: true);
            var g = x.Grad!;
            x.Grad = null;
            w.Grad = null;
            (g * g).Sum().Backward();
            return [];
        },
        ["broadcast_is_summed"] = (x, w, v, c) =>
        {
            (x * w + v.Unsqueeze(1)).Pow(2).Sum().Backward();
            return [];
        },
        ["dtypes_are_cast_back"] = (x, w, v, c) =>
        {
            var y = (x.Float() * 2).Double() * w;
            y.Sum().Backward();
            return new() { ["y"] = y };
        },
        ["detached"] = (x, w, v, c) =>
        {
            var h = x * w;
            (h.Detach() * h).Sum().Backward();
            return [];
        },
        ["no_grad_in_between"] = (x, w, v, c) =>
        {
            Tensor h;
            using (NoGrad()) h = x * w;
            (h * x).Sum().Backward();
            return [];
        },
    };

    /// <summary>Changes in place.</summary>
    internal static readonly Dictionary<string, Program> InPlace = new()
    {
        ["old_path_stays"] = (x, w, v, c) =>
        {
            var y = x * 2;
            var z = y + 1;
            y.Mul_(3);
            z.Sum().Backward();
            return new() { ["y"] = y, ["z"] = z };
        },
        ["new_path_taken"] = (x, w, v, c) =>
        {
            var y = x * 2;
            y.Mul_(w).Add_(c).Sub_(x);
            (y * y).Sum().Backward();
            return new() { ["y"] = y };
        },
        ["input_of_add_changed"] = (x, w, v, c) =>
        {
            Tensor a = x * 2, b = x * 3;
            var z = a + b;
            a.Mul_(5);
            b.Zero_();
            (z.Sum() + a.Sum() + b.Sum()).Backward();
            return [];
        },
        ["saved_input_changed_refused"] = (x, w, v, c) =>
        {
            var y = x * 2;
            var z = y * y;
            y.Add_(1);
            z.Sum().Backward();
            return [];
        },
        ["saved_output_changed_refused"] = (x, w, v, c) =>
        {
            var y = x.Exp();
            y.Add_(1);
            y.Sum().Backward();
            return [];
        },
        ["saved_changed_through_view_refused"] = (x, w, v, c) =>
        {
            var y = x * 2;
            var z = y * y;
            y[0].Zero_();
            z.Sum().Backward();
            return [];
        },
        ["saved_changed_through_detach_refused"] = (x, w, v, c) =>
        {
            var y = x * 2;
            var z = y * y;
            y.Detach().Zero_();
            z.Sum().Backward();
            return [];
        },
        ["saved_changed_under_no_grad_refused"] = (x, w, v, c) =>
        {
            var y = x * 2;
            var z = y * y;
            using (NoGrad()) y.Zero_();
            z.Sum().Backward();
            return [];
        },
        ["changed_through_detach"] = (x, w, v, c) =>
        {
            var y = x * 2;
            y.Detach().Zero_();
            (y * c).Sum().Backward();
            return new() { ["y"] = y };
        },
        ["leaf_changed_refused"] = (x, w, v, c) =>
        {
            x.Mul_(2);
            return [];
        },
        ["view_of_leaf_changed_refused"] = (x, w, v, c) =>
        {
            x[0].Mul_(2);
            return [];
        },
        ["leaf_changed_under_no_grad"] = (x, w, v, c) =>
        {
            using (NoGrad())
            {
                x.Mul_(2);
                x[0] = 1;
            }
            (x * x).Sum().Backward();
            return new() { ["x"] = x };
        },
        ["chain_in_place"] = (x, w, v, c) =>
        {
            var y = (x * 2).Mul_(0.5).Add_(w).Tanh_();
            y.Sum().Backward();
            return new() { ["y"] = y };
        },
        ["product_with_itself_in_place_refused"] = (x, w, v, c) =>
        {
            var y = x * 2;
            y.Mul_(y);
            y.Sum().Backward();
            return new() { ["y"] = y };
        },
        ["constant_becomes_result"] = (x, w, v, c) =>
        {
            var b = Zeros([2, 3], DType.Float64);
            b.Add_(x);
            b.Mul_(w);
            b.Sum().Backward();
            return new() { ["b"] = b };
        },
        ["expanded_refused"] = (x, w, v, c) =>
        {
            (w * 1).Expand(2, 3).Add_(x);
            return [];
        },
        ["zeroed_in_between"] = (x, w, v, c) =>
        {
            var y = x * 2;
            y.Zero_();
            (y + w).Sum().Backward();
            return new() { ["x.grad zero"] = x.Grad is null ? Zeros(1) : x.Grad.Abs().Sum() };
        },
    };

    /// <summary>Hooks and retained gradients.</summary>
    internal static readonly Dictionary<string, Program> Hooks = new()
    {
        ["hook_on_result"] = (x, w, v, c) =>
        {
            var h = x * w;
            h.RegisterHook(g => g * 2);
            h.RegisterHook(g => g + 1);
            (h * c).Sum().Backward();
            return [];
        },
        ["hook_on_leaf"] = (x, w, v, c) =>
        {
            var seen = new List<Tensor>();
            x.RegisterHook(g =>
            {
                seen.Add(g.Clone());
                return g * 10;
            });
            (x * w + x * x).Sum().Backward();
            (x * c).Sum().Backward();
            return new() { ["count"] = seen.Count, ["first"] = seen[0], ["second"] = seen[1] };
        },
        ["hook_removed"] = (x, w, v, c) =>
        {
            var handle = x.RegisterHook(g => g * 10);
            (x * c).Sum().Backward();
            handle.Remove();
            (x * c).Sum().Backward();
            return [];
        },
        ["hook_with_grad"] = (x, w, v, c) =>
        {
            var h = x * w;
            h.RegisterHook(g => g * 3);
            return new() { ["gx"] = Grad((h * h).Sum(), x) };
        },
        ["retained"] = (x, w, v, c) =>
        {
            var h = x * w;
            h.RetainGrad();
            (h * h).Sum().Backward(retainGraph: true);
            var first = h.Grad!.Clone();
            (h * c).Sum().Backward();
            return new() { ["first"] = first, ["h.grad"] = h.Grad };
        },
        ["retained_after_change"] = (x, w, v, c) =>
        {
            var h = x * w;
            h.RetainGrad();
            h.Mul_(c);
            (h * h).Sum().Backward();
            return new() { ["h.grad"] = h.Grad };
        },
    };
}
