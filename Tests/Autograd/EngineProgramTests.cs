using System.Text.Json;
using Shouldly;
using static MiniTorch.Torch;
using Results = System.Collections.Generic.Dictionary<string, MiniTorch.Tensor?>;

namespace MiniTorch.Tests;

/// <summary>The programs of Goldens/generate_engine.py, line by line in C#: graphs, views and changes in place as in PyTorch.</summary>
public class EngineProgramTests
{
    private delegate Results Program(Tensor x, Tensor w, Tensor v, Tensor c);

    private static readonly Dictionary<string, Program> Programs = new()
    {
        // ---- graphs ----------------------------------------------------------------------------------------------------------
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

        // ---- changes in place --------------------------------------------------------------------------------------------------
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

        // ---- views -----------------------------------------------------------------------------------------------------------------
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

        // ---- hooks and retained gradients ------------------------------------------------------------------------------------------
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

    private static readonly Dictionary<string, JsonElement> Goldens =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "engine.json")))
            .RootElement.GetProperty("programs").EnumerateArray().ToDictionary(golden => golden.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Goldens.Keys];

    [Fact]
    public void Every_program_is_written_in_both_languages() => Programs.Keys.ShouldBe(Goldens.Keys);

    [Theory, MemberData(nameof(Names))]
    public void Computes_as_PyTorch_does(string name)
    {
        Tensor x = Leaf([0.5, -1.25, 2, 1.5, 0.75, -0.5], [2, 3]), w = Leaf([1.25, -0.5, 0.75], [3]), v = Leaf([2, -1.5], [2]);
        var c = FromArray<double>([1, -2, 0.5, 0.25, 3, -1], [2, 3]);
        var golden = Goldens[name];
        if (golden.GetProperty("refused").GetBoolean())
        {
            Should.Throw<InvalidOperationException>(() => Programs[name](x, w, v, c));
            return;
        }
        var results = Programs[name](x, w, v, c);
        (results["x.grad"], results["w.grad"], results["v.grad"]) = (x.Grad, w.Grad, v.Grad);
        foreach (var expected in golden.GetProperty("results").EnumerateObject())
        {
            var actual = results[expected.Name];
            if (expected.Value.ValueKind == JsonValueKind.Null) actual.ShouldBeNull(expected.Name);
            else actual.ShouldNotBeNull(expected.Name).ToArray<double>().ShouldBe(Numbers(expected.Value), 1e-12, expected.Name);
        }
    }

    private static Tensor Leaf(double[] values, Shape shape) => FromArray<double>(values, shape).RequiresGrad_();

    private static double[] Numbers(JsonElement value)
        => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(e => e.GetDouble())] : [value.GetDouble()];
}
