using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Backward passes that fail, that run inside of others, and beside each other.</summary>
public class EnginePassTests
{
    private static Tensor Leaf(params double[] values) => FromArray(values).RequiresGrad_();

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
