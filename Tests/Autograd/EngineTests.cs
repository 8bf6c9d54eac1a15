using System.Runtime.CompilerServices;
using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>The backward pass: what reaches the leaves, what is kept, what is refused. See also <see cref="EngineProgramTests"/>.</summary>
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

    // ---- changes in place ---------------------------------------------------------------------------------------------------

    [Fact]
    public void A_saved_tensor_that_was_changed_is_refused_by_name()
    {
        Tensor x = Leaf(1, 2), w = (x * 2).Named("w");
        var z = w * w;
        w.Add_(1);
        Should.Throw<InvalidOperationException>(() => z.Sum().Backward()).Message.ShouldBe(
            "Backward: `w` was saved by Mul at version 0 and has since been changed in place by Add_ (version 1).  Use w = w.Add(…), or move the Add_ after Backward().");
        x.Grad.ShouldBeNull();

        var y = x.Exp();
        var loss = y.Sum();
        y[0] = 5;
        Should.Throw<InvalidOperationException>(() => loss.Backward()).Message.ShouldBe(
            "Backward: a [2] tensor was saved by Exp at version 0 and has since been changed in place by Setitem (version 1).  Change x.Clone() instead, or move the Setitem after Backward().");
    }

    [Fact]
    public void A_leaf_that_requires_a_gradient_is_not_changed_in_place()
    {
        var w = Leaf(1, 2).Named("w");
        Should.Throw<InvalidOperationException>(() => w.Mul_(2)).Message.ShouldBe(
            "Mul_: a leaf that requires a gradient cannot be changed in place.  Use w = w.Mul(…), or wrap the change in using (Torch.NoGrad()).");
        Should.Throw<InvalidOperationException>(() => w[0].Mul_(2)).Message.ShouldStartWith("Mul_: a view of a leaf that requires a gradient");
        Should.Throw<InvalidOperationException>(() => w[0] = 5).Message.ShouldContain("a view of a leaf");
        Should.Throw<InvalidOperationException>(() => Zeros([2], DType.Float64).View(2).RequiresGrad_().Add_(1)).Message.ShouldStartWith("Add_: a leaf");
        w.ToArray<double>().ShouldBe([1, 2]);
        using (NoGrad()) w.Mul_(2);
        w.ToArray<double>().ShouldBe([2, 4]);
        w.RequiresGrad.ShouldBeTrue();
        w.IsLeaf.ShouldBeTrue();
    }

    [Fact]
    public void What_PyTorch_refuses_without_need_is_allowed()
    {
        // Sigmoid_ saves its own result, not the tensor that is then changed.
        var x = Leaf(0.5);
        var y = (x * 2).Sigmoid_().Mul_(3);
        y.Backward();
        double s = 1 / (1 + Math.Exp(-1));
        x.Grad!.Item().ShouldBe(2 * 3 * s * (1 - s), 1e-15);
    }

    [Fact]
    public void A_view_made_where_nothing_is_recorded_says_so()
    {
        var h = Leaf(1, 2) * 1;
        Tensor row;
        using (NoGrad()) row = h[0];
        Should.Throw<InvalidOperationException>(() => row.Mul_(2)).Message.ShouldContain("was made under NoGrad");
        h.ToArray<double>().ShouldBe([1, 2]);

        var constant = Zeros(2);
        using (NoGrad()) row = constant[0];
        row.Add_(1);
        constant.ToArray<double>().ShouldBe([1, 0]);
    }

    [Fact]
    public void A_retained_gradient_is_that_of_the_value_after_a_change()
    {
        var x = Leaf(1, 2);
        var h = x * 3;
        h.RetainGrad();
        h.Mul_(10);
        (h * h).Sum().Backward();
        h.Grad!.ToArray<double>().ShouldBe([60, 120]);
    }

    // ---- a pass that fails ------------------------------------------------------------------------------------------------------

    private sealed class Fails : Function
    {
        protected override Tensor Forward(Tensor[] x) => x[0] * 1;

        protected override Grads Backward(Tensor dy) => throw new ArithmeticException("on purpose");
    }

    [Fact]
    public void A_pass_that_fails_leaves_every_Grad_as_it_was()
    {
        Tensor a = Leaf(1, 2), b = Leaf(3, 4), h = a * 2;
        h.RetainGrad();
        a.Grad = FromArray([7.0, 8.0]);
        var loss = (h + new Fails().Apply(b)).Sum();
        Should.Throw<ArithmeticException>(() => loss.Backward(retainGraph: true));
        Should.Throw<ArithmeticException>(() => Grad(loss, b, retainGraph: true));
        a.Grad!.ToArray<double>().ShouldBe([7, 8]);
        b.Grad.ShouldBeNull();
        h.Grad.ShouldBeNull();

        (a + b).Sum().Backward();                              // the engine works on, and the leaves are free
        a.Grad!.ToArray<double>().ShouldBe([8, 9]);
        b.Grad!.ToArray<double>().ShouldBe([1, 1]);
    }

    [Fact]
    public void A_leaf_hook_that_fails_leaves_every_Grad_as_it_was()
    {
        Tensor a = Leaf(1), b = Leaf(2);
        var handle = b.RegisterHook(_ => throw new ArithmeticException());
        Should.Throw<ArithmeticException>(() => (a * b).Backward());
        (a.Grad is null, b.Grad is null).ShouldBe((true, true));
        IsGradEnabled().ShouldBeTrue();
        handle.Remove();
        (a * b).Backward();
        a.Grad!.Item().ShouldBe(2);
    }

    // ---- passes inside of passes, and beside each other --------------------------------------------------------------------------

    [Fact]
    public void A_hook_may_run_backward_through_another_graph_and_the_same_leaf()
    {
        Tensor x = Leaf(3), h = x * 2;
        h.RegisterHook(g =>
        {
            using (EnableGrad()) (x * x).Backward();           // adds 2x = 6 to x.Grad on its own
            return null;
        });
        h.Backward();
        x.Grad!.Item().ShouldBe(6 + 2);
    }

    [Fact]
    public void A_hook_may_differentiate_the_graph_that_is_running()
    {
        // In the middle of the pass for y = (x² + x³)², the hook asks for d(x² + x³)/dx through nodes that wait for their gradients.
        Tensor x = Leaf(2), a = x.Square(), b = x.Pow(3), h = a + b;
        double inner = 0;
        h.RegisterHook(g =>
        {
            inner = Grad([a, b], [x], retainGraph: true)[0].Item();
            return null;
        });
        (h.Square() + a).Backward();
        inner.ShouldBe(4 + 12);
        x.Grad!.Item().ShouldBe(2 * 12 * 16 + 4);
    }

    [Fact]
    public void A_hook_that_releases_the_running_graph_is_found_out()
    {
        Tensor x = Leaf(2), a = x.Square(), h = a * 3;
        h.RegisterHook(g =>
        {
            Grad(a, x);
            return null;
        });
        Should.Throw<InvalidOperationException>(() => (h * 2).Backward()).Message.ShouldContain("already run and released");
        x.Grad.ShouldBeNull();
    }

    /// <summary>Computes forward again in backward instead of keeping what lies in between, as checkpointing does.</summary>
    private sealed class Recomputed(Func<Tensor, Tensor> f) : Function
    {
        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            return f(x[0]);
        }

        protected override Grads Backward(Tensor dy)
        {
            using var recording = EnableGrad();
            var x = A.Detach().RequiresGrad_();
            f(x).Backward(dy);
            return x.Grad;
        }
    }

    [Fact]
    public void Backward_inside_of_a_derivative_reaches_parameters_too()
    {
        Tensor x = Leaf(1, 2), w = Leaf(3, 4);
        new Recomputed(t => (t * w).Sin()).Apply(x.Exp()).Sum().Backward();
        var (dx, dw) = (x.Grad!.ToArray<double>(), w.Grad!.ToArray<double>());
        x.Grad = w.Grad = null;
        (x.Exp() * w).Sin().Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe(dx);
        w.Grad!.ToArray<double>().ShouldBe(dw);
    }

    [Fact]
    public void Threads_with_graphs_of_their_own_may_share_a_leaf()
    {
        const int threads = 8, passes = 200;
        var w = Leaf(1, 2, 3);
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            for (int pass = 0; pass < passes; pass++)
            {
                var x = FromArray<double>([thread, pass, 1]);
                ((w * x).Sum() + (w * w).Sum()).Backward();
            }
        });
        // Σ over threads and passes of x + 2w, in whole numbers, so exact in any order
        w.Grad!.ToArray<double>().ShouldBe([
            passes * threads * (threads - 1) / 2 + 2 * threads * passes,
            threads * passes * (passes - 1) / 2 + 4 * threads * passes,
            7 * threads * passes,
        ]);
    }
}
