using System.Runtime.CompilerServices;
using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>
/// The backward pass: what reaches the leaves, what is kept, what is refused. See also <see cref="EngineInPlaceTests"/>,
/// <see cref="EnginePassTests"/> and <see cref="EngineProgramTests"/>.
/// </summary>
public class EngineTests
{
    private static Tensor Leaf(params double[] values) => FromArray(values).RequiresGrad_();

    // ---- what reaches the leaves -----------------------------------------------------------------------------------------

    [Fact]
    public void A_diamond_adds_up_both_paths()
    {
        // y = Σ sin x · eˣ   ⇒   dy/dx = eˣ (cos x + sin x)
        var x = Leaf(0.5, -1);
        (x.Sin() * x.Exp()).Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([Math.Exp(0.5) * (Math.Cos(0.5) + Math.Sin(0.5)), Math.Exp(-1) * (Math.Cos(-1) + Math.Sin(-1))], 1e-15);
    }

    [Fact]
    public void Stacked_diamonds_cost_one_visit_per_node()
    {
        // 2⁶⁰ paths, 60 nodes
        var x = Leaf(1);
        var y = x;
        for (int i = 0; i < 60; i++) y = y + y;
        y.Sum().Backward();
        x.Grad!.Item().ShouldBe(Math.Pow(2, 60));
    }

    [Fact]
    public void A_tensor_used_a_thousand_times_gets_a_thousand_gradients()
    {
        var x = Leaf(2);
        Tensor sum = 0.0;
        for (int i = 0; i < 1000; i++) sum = sum + x * i;
        sum.Sum().Backward();
        x.Grad!.Item().ShouldBe(999 * 1000 / 2);
    }

    [Fact]
    public void A_chain_of_a_million_ops_is_no_recursion()
    {
        var x = Leaf(1);
        var y = x;
        for (int i = 0; i < 1_000_000; i++) y = y + 1;
        y.Backward();
        x.Grad!.Item().ShouldBe(1);
        y.Item().ShouldBe(1_000_001);
        Grad((x * y).Sum(), x).Item().ShouldBe(1_000_002);
    }

    [Fact]
    public void Gradients_of_several_passes_add_up()
    {
        var x = Leaf(1, 2);
        for (int pass = 1; pass <= 3; pass++)
        {
            (x * x).Sum().Backward();
            x.Grad!.ToArray<double>().ShouldBe([2 * pass, 4 * pass]);
        }
        x.Grad = null;
        (x * x).Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([2, 4]);
    }

    [Fact]
    public void A_leaf_owns_its_gradient()
    {
        Tensor a = Leaf(1, 2), b = Leaf(3, 4), dy = FromArray([5.0, 6.0]);
        (a + b).Backward(dy);
        a.Grad!.Mul_(10);
        b.Grad!.ToArray<double>().ShouldBe([5, 6]);
        dy.ToArray<double>().ShouldBe([5, 6]);

        a.Grad = b.Grad = null;
        (a + b).Backward(dy, createGraph: true);
        using (NoGrad()) a.Grad!.Mul_(10);
        b.Grad!.ToArray<double>().ShouldBe([5, 6]);
        dy.ToArray<double>().ShouldBe([5, 6]);
    }

    [Fact]
    public void A_gradient_that_was_read_is_the_one_that_later_passes_add_to()
    {
        var x = Leaf(1, 2);
        x.Sum().Backward();
        var g = x.Grad!;
        (x * 2).Sum().Backward();
        x.Grad.ShouldBeSameAs(g);
        g.ToArray<double>().ShouldBe([3, 3]);
    }

    [Fact]
    public void A_gradient_is_refused_when_it_does_not_fit_or_is_not_determined()
    {
        var x = Leaf(1, 2);
        Should.Throw<InvalidOperationException>(() => (x * 2).Backward()).Message.ShouldContain("a tensor of shape [2] is no scalar");
        Should.Throw<ArgumentException>(() => (x * 2).Backward(Ones(3))).Message.ShouldContain("shape [3] does not fit");
        Should.Throw<InvalidOperationException>(() => x.Detach().Sum().Backward()).Message.ShouldContain("does not require a gradient");
        Should.Throw<ArgumentException>(() => x.Grad = Ones(3)).Message.ShouldContain("does not fit");
    }

    // ---- what is kept, and what is released --------------------------------------------------------------------------------

    [Fact]
    public void A_second_backward_is_refused_unless_the_graph_is_retained()
    {
        var x = Leaf(1, 2);
        var y = (x * x).Sum();
        y.Backward(retainGraph: true);
        y.Backward();
        x.Grad!.ToArray<double>().ShouldBe([4, 8]);
        Should.Throw<InvalidOperationException>(() => y.Backward()).Message.ShouldBe(
            "Backward: this graph was already run and released.  Pass retainGraph: true to the first call, or Detach() the tensor carried over from the last step.");
        x.Grad!.ToArray<double>().ShouldBe([4, 8]);
    }

    [Fact]
    public void What_was_saved_is_free_after_backward_though_the_loss_is_held()
    {
        var x = Leaf(1, 2);
        var (loss, saved) = Saved(x);
        Collect();
        saved.IsAlive.ShouldBeTrue();
        loss.Backward(retainGraph: true);
        Collect();
        saved.IsAlive.ShouldBeTrue();
        loss.Backward();
        Collect();
        saved.IsAlive.ShouldBeFalse();
        GC.KeepAlive(loss);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (Tensor Loss, WeakReference Saved) Saved(Tensor x)
        {
            var h = x.Sin();
            return ((h * h).Sum(), new WeakReference(h));
        }

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public void What_no_gradient_needs_is_not_saved()
    {
        var x = Leaf(1, 2);
        var (y, constant) = Scaled(x);
        GC.Collect();
        constant.IsAlive.ShouldBeFalse();
        y.Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([1, 1]);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (Tensor Y, WeakReference Constant) Scaled(Tensor x)
        {
            var c = FromArray([3.0, 4.0]);
            return (x + c, new WeakReference(c));
        }
    }

    [Fact]
    public void Nothing_is_recorded_without_need()
    {
        (FromArray([1.0]) * 2).GradFn.ShouldBeNull();
        using (NoGrad()) (Leaf(1) * 2).GradFn.ShouldBeNull();
        (Leaf(1) > 0).GradFn.ShouldBeNull();
        Leaf(1).Argmax().RequiresGrad.ShouldBeFalse();
        Leaf(1).GradFn.ShouldBeNull();
        (Leaf(1) * 2).GradFn!.NextFunctions.Count.ShouldBe(1);
    }

    // ---- derivatives of higher order -----------------------------------------------------------------------------------------

    [Fact]
    public void Any_order_of_derivative()
    {
        // sin → cos → −sin → −cos → sin
        var x = Leaf(0.7);
        Tensor y = x.Sin();
        double[] expected = [Math.Cos(0.7), -Math.Sin(0.7), -Math.Cos(0.7), Math.Sin(0.7), Math.Cos(0.7)];
        foreach (double d in expected)
        {
            y = Grad(y, x, createGraph: true);
            y.Item().ShouldBe(d, 1e-15);
        }
    }

    [Fact]
    public void A_gradient_without_createGraph_has_no_history()
    {
        var x = Leaf(2);
        Grad(x.Pow(3), x).RequiresGrad.ShouldBeFalse();
        x.Pow(3).Backward();
        x.Grad!.RequiresGrad.ShouldBeFalse();
        x.Grad = null;
        x.Pow(3).Backward(createGraph: true);
        x.Grad!.RequiresGrad.ShouldBeTrue();
    }

    // ---- Torch.Grad ------------------------------------------------------------------------------------------------------------

    [Fact]
    public void Grad_leaves_every_Grad_alone_and_computes_only_what_is_asked()
    {
        Tensor x = Leaf(1, 2), w = Leaf(3, 4);
        x.Grad = FromArray([7.0, 7.0]);
        int calls = 0;
        w.RegisterHook(g =>
        {
            calls++;
            return null;
        });
        var probe = new Needs();
        var h = probe.Apply(x, w);
        Grad(h.Sum(), x).ToArray<double>().ShouldBe([3, 4]);
        probe.Asked.ShouldBe((true, false));
        x.Grad!.ToArray<double>().ShouldBe([7, 7]);
        w.Grad.ShouldBeNull();
        calls.ShouldBe(0);
    }

    /// <summary>A product that notes which gradients it was asked for.</summary>
    private sealed class Needs : Function
    {
        public (bool, bool) Asked { get; private set; }

        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            Save(x[1]);
            return x[0] * x[1];
        }

        protected override Grads Backward(Tensor dy)
        {
            Asked = (NeedsA, NeedsB);
            return [NeedsA ? dy * B : null, NeedsB ? dy * A : null];
        }
    }

    [Fact]
    public void Grad_of_what_is_not_used()
    {
        Tensor x = Leaf(1, 2), other = Leaf(3, 4, 5).Named("other");
        var y = x.Sum();
        Should.Throw<InvalidOperationException>(() => Grad(y, [x, other])).Message.ShouldContain("no output depends on input 1 (`other`)");
        var grads = Grad(x.Sum(), [x, other], allowUnused: true);
        (grads[0] is null, grads[1] is null).ShouldBe((false, true));
        Grad(x.Sum(), [x, other], materializeGrads: true)[1].ToArray<double>().ShouldBe([0, 0, 0]);
        Should.Throw<InvalidOperationException>(() => Grad(x.Sum(), x.Detach())).Message.ShouldContain("does not require a gradient");
    }

    [Fact]
    public void Grad_by_a_result_and_by_what_lies_behind_it()
    {
        // y = (x² · 3)²,   h = 3x²   ⇒   dy/dh = 2h,   dy/dx = 2h · 6x
        var x = Leaf(2);
        var h = x.Square() * 3;
        var g = Grad(h.Square(), [x, h]);
        g[0].Item().ShouldBe(2 * 12 * 12);
        g[1].Item().ShouldBe(24);
        h.Grad.ShouldBeNull();
    }

    [Fact]
    public void Grad_of_several_outputs_is_the_sum()
    {
        var x = Leaf(1, 2);
        Grad([(x * x).Sum(), x * 5], [x], [null, FromArray([1.0, 10.0])])[0].ToArray<double>().ShouldBe([7, 54]);
    }
}
