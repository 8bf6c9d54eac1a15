using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>The user's own ops: <see cref="Function"/> and <see cref="MultiFunction"/>.</summary>
public class FunctionTests
{
    private static Tensor Leaf(params double[] values) => FromArray(values).RequiresGrad_();

    private sealed class Cube : Function
    {
        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            return x[0] * x[0] * x[0];
        }

        // y = x³   ⇒   dx = 3x² · dy
        protected override Grads Backward(Tensor dy) => 3 * A.Square() * dy;
    }

    private sealed class SinCos : MultiFunction
    {
        public List<(bool, bool)> Came { get; } = [];

        protected override Tensor[] Forward(Tensor[] x)
        {
            Tensor s = x[0].Sin(), c = x[0].Cos();
            Save(s);
            Save(c);
            return [s, c];
        }

        protected override Grads Backward(Tensor?[] dy)
        {
            Came.Add((dy[0] is not null, dy[1] is not null));
            return Sum(dy[0]?.Mul(B), dy[1]?.Mul(-A));
        }
    }

    /// <summary>An op made of two lambdas.</summary>
    private sealed class Op(Func<Tensor[], Tensor> forward, Func<Tensor, Grads> backward) : Function
    {
        protected override Tensor Forward(Tensor[] x) => forward(x);

        protected override Grads Backward(Tensor dy) => backward(dy);
    }

    // ---- one output ------------------------------------------------------------------------------------------------------

    [Fact]
    public void An_op_has_its_derivatives_of_all_orders()
    {
        var x = Leaf(2);
        var y = new Cube().Apply(x);
        y.GradFn!.Name.ShouldBe("Cube");
        var g1 = Grad(y, x, createGraph: true);
        var g2 = Grad(g1, x, createGraph: true);
        var g3 = Grad(g2, x);
        (y.Item(), g1.Item(), g2.Item(), g3.Item()).ShouldBe((8, 12, 12, 6));
        Autograd.Gradcheck(t => new Cube().Apply(t), x);
        Autograd.Gradgradcheck(t => new Cube().Apply(t), x);
    }

    [Fact]
    public void Nothing_is_recorded_without_need()
    {
        new Cube().Apply(FromArray([2.0])).GradFn.ShouldBeNull();
        using (NoGrad()) new Cube().Apply(Leaf(2)).GradFn.ShouldBeNull();
    }

    [Fact]
    public void A_saved_tensor_is_checked_and_released()
    {
        Tensor x = Leaf(2), h = x * 1, y = new Cube().Apply(h);
        h.Mul_(2);
        Should.Throw<InvalidOperationException>(() => y.Backward()).Message.ShouldContain("was saved by Cube at version 0 and has since been changed in place by Mul_");
        y = new Cube().Apply(x);
        y.Backward();
        Should.Throw<InvalidOperationException>(() => y.Backward()).Message.ShouldContain("already run and released");
    }

    [Fact]
    public void The_number_and_the_shapes_of_the_gradients_are_checked()
    {
        Tensor a = Leaf(1, 2), b = Leaf(3, 4);
        Fails(_ => [Ones(2)]).ShouldBe("Backward: Op has 2 inputs, but its derivative returned 1 gradients.");
        Fails(_ => [Ones(2), Ones(3)]).ShouldBe("Backward: Op returned a gradient of shape [3] for input 1 of shape [2].");
        a.Grad.ShouldBeNull();

        string Fails(Func<Tensor, Grads> backward)
            => Should.Throw<InvalidOperationException>(() => new Op(x => x[0] * x[1], backward).Apply(a, b).Sum().Backward()).Message;
    }

    [Fact]
    public void A_gradient_of_a_broadcast_shape_is_summed_and_cast()
    {
        Tensor a = Leaf(1, 2), b = Leaf(3);
        new Op(x => x[0] * x[1], dy => [dy.Float() * 3, dy * FromArray([1.0, 2.0])]).Apply(a, b).Sum().Backward();
        a.Grad!.DType.ShouldBe(DType.Float64);
        b.Grad!.ToArray<double>().ShouldBe([3]);
    }

    [Fact]
    public void Null_is_no_gradient()
    {
        Tensor a = Leaf(1), b = Leaf(3);
        new Op(x => x[0] * x[1], dy => [dy, null]).Apply(a, b).Backward();
        a.Grad!.Item().ShouldBe(1);
        b.Grad.ShouldBeNull();
    }

    [Fact]
    public void An_object_is_applied_once()
    {
        var op = new Cube();
        op.Apply(Leaf(2));
        Should.Throw<InvalidOperationException>(() => op.Apply(Leaf(2))).Message.ShouldContain("Cube: this object was applied before.  Make a new one per call");
    }

    [Fact]
    public void Forward_must_leave_its_inputs_alone()
        => Should.Throw<InvalidOperationException>(() => new Op(x => x[0].Mul_(2), dy => dy).Apply(FromArray([1.0]), Leaf(2)))
            .Message.ShouldContain("Op: Forward changed input 0 in place.  Work on x[0].Clone().");

    [Fact]
    public void An_input_handed_through_or_viewed_is_a_new_variable()
    {
        Tensor x = Leaf(1, 2), h = x * 1;
        var same = new Op(t => t[0], dy => dy * 10).Apply(h);
        same.ShouldNotBeSameAs(h);
        h.GradFn!.Name.ShouldBe("Mul");
        same.Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([10, 10]);

        h = x * 1;
        var view = new Op(t => t[0].View(2, 1), dy => dy.View(2) * 10).Apply(h);
        Should.Throw<InvalidOperationException>(() => view.Mul_(2)).Message.ShouldContain("in the Forward of a Function");
        x.Grad = null;
        view.Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([10, 10]);
    }

    [Fact]
    public void An_exception_in_a_derivative_comes_out_as_it_is()
    {
        Tensor a = Leaf(1), b = Leaf(2);
        Should.Throw<ArithmeticException>(() => (a * new Op(x => x[0] * 2, _ => throw new ArithmeticException()).Apply(b)).Backward());
        (a.Grad is null, b.Grad is null).ShouldBe((true, true));
    }

    [Fact]
    public void An_op_with_ten_inputs_knows_which_are_needed()
    {
        var x = Enumerable.Range(0, 10).Select(i => i % 3 == 0 ? Leaf(i) : FromArray([(double)i])).ToArray();
        var op = new Ten();
        op.Apply(x).Backward();
        op.Needed.ShouldBe([true, false, false, true, false, false, true, false, false, true]);
        x.Select(t => t.Grad?.Item()).ShouldBe([1, null, null, 1, null, null, 1, null, null, 1]);
        op = new Ten();
        var y = op.Apply(x);
        Grad(y, x[9]);
        op.Needed.ShouldBe([false, false, false, false, false, false, false, false, false, true]);
    }

    private sealed class Ten : Function
    {
        public bool[] Needed { get; private set; } = [];

        protected override Tensor Forward(Tensor[] x) => x.Aggregate((a, b) => a + b);

        protected override Grads Backward(Tensor dy)
        {
            Needed = [.. Enumerable.Range(0, 10).Select(NeedsInput)];
            return [.. Enumerable.Repeat(dy, 10)];
        }
    }

    // ---- several outputs ----------------------------------------------------------------------------------------------------

    [Fact]
    public void An_output_that_nothing_used_has_no_gradient()
    {
        var x = Leaf(0.5);
        var op = new SinCos();
        var y = op.Apply(x);
        y[0].GradFn!.Name.ShouldBe("SinCos[0]");
        y[1].Backward(retainGraph: true);
        x.Grad!.Item().ShouldBe(-Math.Sin(0.5), 1e-15);
        (y[0] * y[1]).Backward();
        x.Grad!.Item().ShouldBe(-Math.Sin(0.5) + Math.Cos(1), 1e-15);
        op.Came.ShouldBe([(false, true), (true, true)]);
    }

    [Fact]
    public void Several_outputs_have_derivatives_of_higher_order()
    {
        var x = Leaf(0.5, -1.2);
        Autograd.Gradcheck(t => new SinCos().Apply(t), [x]).ShouldBeTrue();
        Autograd.Gradgradcheck(t => new SinCos().Apply(t), [x]).ShouldBeTrue();
    }

    [Fact]
    public void Grad_by_an_output()
    {
        var x = Leaf(0.5);
        var y = new SinCos().Apply(x);
        var g = Grad(y[0] * y[1] * 2, [y[0], x]);
        g[0].Item().ShouldBe(2 * Math.Cos(0.5), 1e-15);
        g[1].Item().ShouldBe(2 * Math.Cos(1), 1e-15);
    }

    [Fact]
    public void Integers_among_the_outputs_have_no_history()
    {
        var y = new WithIndex().Apply(Leaf(3, 1, 2));
        (y[0].RequiresGrad, y[1].RequiresGrad).ShouldBe((true, false));
    }

    private sealed class WithIndex : MultiFunction
    {
        protected override Tensor[] Forward(Tensor[] x) => [x[0] * 2, x[0].Argmax()];

        protected override Grads Backward(Tensor?[] dy) => dy[0]?.Mul(2);
    }

    [Fact]
    public void Several_outputs_of_which_some_lead_nowhere_are_not_waited_for()
    {
        // s goes into a branch that gets no gradient of its own
        Tensor x = Leaf(0.5);
        var y = new SinCos().Apply(x);
        var blocked = new Op(t => t[0] * 2, _ => [null]).Apply(y[0]);
        (blocked + y[1]).Backward();
        x.Grad!.Item().ShouldBe(-Math.Sin(0.5), 1e-15);
    }
}
