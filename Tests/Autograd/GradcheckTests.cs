using Shouldly;
using static MiniTorch.Autograd;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

public class GradcheckTests
{
    private static Tensor X(string name, params double[] values) => FromArray(values).Named(name).RequiresGrad_();

    private static Tensor Matrix(string name, int rows, int columns)
        => FromArray<double>([.. Enumerable.Range(1, rows * columns).Select(i => Math.Sin(i) + 0.1 * i)], [rows, columns]).Named(name).RequiresGrad_();

    // ---- what is right passes --------------------------------------------------------------------------------------------

    [Fact]
    public void Passes_on_one_two_and_many_inputs_and_outputs()
    {
        Tensor a = Matrix("a", 2, 3), b = Matrix("b", 3, 2);
        Gradcheck(x => x.Exp(), a).ShouldBeTrue();
        Gradcheck((x, y) => x.Matmul(y), [a, b]).ShouldBeTrue();
        Gradcheck(x => x[0].Matmul(x[1]).Tanh(), [a, b]).ShouldBeTrue();
        Gradcheck(x => [x[0].Sin(), x[1].Matmul(x[0]), x[1].Detach().Argmax()], [a, b]).ShouldBeTrue();
        Gradgradcheck(x => x.Sin(), a).ShouldBeTrue();
        Gradgradcheck((x, y) => x.Matmul(y), [a, b]).ShouldBeTrue();
        Gradgradcheck(x => [x[0].Sin(), x[1].Matmul(x[0])], [a, b]).ShouldBeTrue();
    }

    [Fact]
    public void Passes_where_an_input_is_not_used_or_needs_no_gradient()
    {
        Tensor a = X("a", 1, 2), b = X("b", 3, 4), c = FromArray([5L, 6L]);
        Gradcheck(x => x[0] * x[2], [a, b, c]).ShouldBeTrue();
    }

    [Fact]
    public void Leaves_values_gradients_and_random_numbers_as_they_were()
    {
        var x = X("x", 0.1, 0.2, 0.3);
        var gradient = FromArray([7.0, 8.0, 9.0]);
        x.Grad = gradient;
        ManualSeed(5);
        double expected = Rand(1).Item();
        ManualSeed(5);
        double[] before = x.ToArray<double>();

        Gradcheck(t => t.Exp() * 3, x);
        Gradgradcheck(t => t.Exp() * 3, x);

        x.ToArray<double>().ShouldBe(before);
        x.Grad.ShouldBeSameAs(gradient);
        gradient.ToArray<double>().ShouldBe([7, 8, 9]);
        Rand(1).Item().ShouldBe(expected);
    }

    [Fact]
    public void Puts_the_inputs_back_when_the_function_throws()
    {
        var x = X("x", 1, 2);
        int calls = 0;
        Should.Throw<ArithmeticException>(() => Gradcheck(t => ++calls > 4 ? throw new ArithmeticException() : t * t, x));
        x.ToArray<double>().ShouldBe([1, 2]);
    }

    [Fact]
    public void Works_on_views_results_and_under_NoGrad()
    {
        var x = Matrix("x", 3, 2);
        Gradcheck((a, b) => a * b, [x.T, Matrix("b", 2, 3)]).ShouldBeTrue();
        Gradcheck(a => a.Exp(), x[.., 1]).ShouldBeTrue();
        Gradcheck((a, b) => a * b, [x, x]).ShouldBeTrue();
        using (NoGrad()) Gradcheck(a => a.Exp(), x).ShouldBeTrue();
        var h = x * 2;
        h.RetainGrad();
        Gradcheck(a => a.Exp(), h).ShouldBeTrue();
        h.Grad.ShouldBeNull();
    }

    [Fact]
    public void Jacobians_have_a_row_per_input_element_and_a_column_per_output_element()
    {
        // y = (x₀ x₁, x₀²)   ⇒   rows x₀, x₁: (x₁, 2x₀), (x₀, 0)
        var x = X("x", 3, 5);
        static Tensor F(Tensor x) => Stack([x[0] * x[1], x[0].Square()]);
        GetAnalyticalJacobian([x], F(x))[0].ToArray<double>().ShouldBe([5, 6, 3, 0]);
        var numeric = GetNumericalJacobian(F, x).ToArray<double>();
        numeric.Zip([5.0, 6, 3, 0], (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-9);
    }

    // ---- what cannot be checked is refused -----------------------------------------------------------------------------

    [Fact]
    public void Refuses_inputs_that_cannot_be_checked()
    {
        Should.Throw<ArgumentException>(() => Gradcheck(x => x.Exp(), Ones(2).RequiresGrad_().Named("w"))).Message.ShouldContain("input 0 (`w`) is Float32");
        Should.Throw<ArgumentException>(() => Gradcheck(x => x.Exp(), FromArray([1.0]))).Message.ShouldContain("no input requires a gradient");
        var x = X("x", 1, 2);
        Should.Throw<ArgumentException>(() => Gradcheck(t => t.Exp(), x.Expand(3, 2))).Message.ShouldContain("are the same memory");
        Should.Throw<ArgumentException>(() => Gradcheck((a, b) => a * b, [x, x.Detach()])).Message.ShouldContain("share memory");
        Should.Throw<ArgumentException>(() => Gradcheck((a, b) => a * b, [x])).Message.ShouldContain("takes 2 tensors");
        Gradcheck((a, b) => a * b, [x[..1], x[1..]]).ShouldBeTrue();
    }

    [Fact]
    public void Names_functions_that_are_no_functions()
    {
        var x = X("x", 1, 2);
        Fails(t => t * Rand(2)).ShouldContain("not deterministic");
        Fails(t => (t.Float() * t.Float()).Exp()).ShouldContain("output 0 is Float32");
        Fails(t => t.Detach() * 2).ShouldContain("no output requires a gradient, but output 0 depends on input 0 (`x`)");
        var c = FromArray([1.0, 2.0]);
        Should.Throw<GradcheckException>(() => Gradcheck((t, u) => t * u.Mul_(2), [x, c])).Message.ShouldContain("changed input 1 in place");

        string Fails(Func<Tensor, Tensor> f) => Should.Throw<GradcheckException>(() => Gradcheck(f, x)).Message;
    }

    // ---- a wrong derivative is shown, with the kind of mistake -----------------------------------------------------------

    /// <summary>An op with a derivative made to order.</summary>
    private sealed class Op(Func<Tensor[], Tensor> forward, Func<Tensor[], Tensor, Tensor?[]> backward) : Function
    {
        private Tensor[] inputs = [];

        public override string Name => "Sample";

        protected override Tensor Forward(Tensor[] x)
        {
            inputs = x;
            return forward(x);
        }

        protected override Grads Backward(Tensor dy) => [.. backward(inputs, dy)];
    }

    private static GradcheckException Wrong(Func<Tensor[], Tensor> forward, Func<Tensor[], Tensor, Tensor?[]> backward, params Tensor[] x)
        => Should.Throw<GradcheckException>(() => Gradcheck(t => new Op(forward, backward).Apply(t), x));

    private static GradcheckException Wrong(Func<Tensor, Tensor> forward, Func<Tensor, Tensor, Tensor?> backward, Tensor x)
        => Wrong(t => forward(t[0]), (t, dy) => [backward(t[0], dy)], x);

    [Fact]
    public void Shows_the_element_the_numbers_and_the_way()
    {
        var w = X("w", 1, -2, 3);
        var error = Should.Throw<GradcheckException>(() => Gradcheck(
            x => new Op(t => t[0].Square(), (t, dy) => [dy * t[0] * 4]).Apply(x.Exp()).Sum(), w));

        error.Message.ShouldBe(
            """
            Gradcheck: the gradient of output 0 [] (made by Sum) by input 0 (`w`) [3] is wrong in 3 of 3 elements.

              Diagnosis  analytic = 2 × numeric: a factor 2 too much.

              Worst at   d output / d w[2]
              analytic   1613.7152
              numeric    806.85759
              error      806.85759   (allowed: 0.80686759 = atol + rtol · |numeric|)
              Path       w → Exp → Sample → Sum → output

              analytic (rows: input elements, columns: output elements; * is off)
                     29.5562*
                   0.0732626*
                     1613.72*
              numeric (rows: input elements, columns: output elements; * is off)
                     14.7781*
                   0.0366313*
                     806.858*
            """);
        error.Analytical!.Shape.ShouldBe([3, 1]);
        error.Numerical!.Shape.ShouldBe([3, 1]);
    }

    [Fact]
    public void Recognises_factors_and_signs()
    {
        var x = X("x", 0.5, -1.5, 2);
        Wrong(t => t.Square(), (t, dy) => dy * t * -2, x).Diagnosis.ShouldBe("the sign is reversed: analytic = −numeric.");
        Wrong(t => t.Square(), (t, dy) => dy * t * 4, x).Diagnosis.ShouldBe("analytic = 2 × numeric: a factor 2 too much.");
        Wrong(t => t.Square(), (t, dy) => dy * t, x).Diagnosis!.ShouldStartWith("analytic = numeric / 2: a factor 2 is missing.  Is `x` used twice");
        Wrong(t => t.Square(), (t, dy) => dy * t * -6, x).Diagnosis!.ShouldStartWith("analytic = -3 × numeric: a factor 3 too much, and the sign is reversed.");
        Wrong(t => t.Mean(), (t, dy) => dy.Expand(3), x).Diagnosis.ShouldBe("analytic = 3 × numeric: a factor 3 too much.  3 is the number of elements of `x`: a sum where a mean is meant?");
        Wrong(t => t.Sum(), (t, dy) => dy.Expand(3) / 3, x).Diagnosis.ShouldBe("analytic = numeric / 3: a factor 3 is missing.  3 is the number of elements of `x`: a mean where a sum is meant?");
        Wrong(t => t.Square(), (t, dy) => dy * t * 2.5, x).Diagnosis.ShouldBe("analytic = 1.25 × numeric everywhere: a constant factor.");
    }

    [Fact]
    public void Recognises_zeros_and_missing_paths()
    {
        var x = X("x", 0.5, -1.5, 2);
        Wrong(t => t.Square(), (t, dy) => null, x).Diagnosis!.ShouldStartWith("analytic is zero everywhere");
        Should.Throw<GradcheckException>(() => Gradcheck((a, b) => a * b.Detach(), [x, X("w", 1, 2, 3)]))
            .Diagnosis.ShouldBe("analytic is zero everywhere, since no path in the graph leads to `w`: is it detached (Detach(), Item(), ToArray(), NoGrad) on the way?");
        Wrong(t => t.Round(), (t, dy) => dy, X("x", 0.2, 1.2, 3.4)).Diagnosis!.ShouldStartWith("numeric is zero everywhere: the function does not depend on `x`, or only in steps");
    }

    [Fact]
    public void Recognises_transposes()
    {
        Tensor x = X("x", 1, 2, 3), m = Matrix("m", 2, 2), m23 = Matrix("m", 2, 3);
        var w = Matrix("w", 3, 3).Detach();
        Wrong(t => w.Matmul(t), (t, dy) => w.Matmul(dy), x).Diagnosis.ShouldBe("analytic is the transpose of numeric: a matrix is multiplied where its transpose is needed.");
        Wrong(t => t.Square(), (t, dy) => (dy * t * 2).T, m).Diagnosis.ShouldBe("the gradient of `m` arrives transposed (dimensions 0 and 1 exchanged).");
        Wrong(t => t.T * 2, (t, dy) => (dy * 2).Reshape(2, 3), m23).Diagnosis!.ShouldContain("Reshape where Transpose is needed");
        Wrong(t => t.Cumsum(0), (t, dy) => dy.Cumsum(0), x).Diagnosis!.ShouldContain("transpose");
        Wrong(t => t.Flip(0) * w[0], (t, dy) => dy * w[0], x).Diagnosis!.ShouldContain("reverse order");
    }

    [Fact]
    public void Recognises_wrong_derivatives_of_elementwise_ops()
    {
        var x = X("x", 0.5, -1.5, 2);
        Wrong(t => t.Exp(), (t, dy) => dy, x).Diagnosis.ShouldBe("analytic is 1: dy is passed on unchanged.");
        Wrong(t => t.Tanh(), (t, dy) => dy * t.Tanh(), x).Diagnosis.ShouldBe("analytic is the value y of the op instead of its derivative.");
        Wrong(t => t.Square(), (t, dy) => dy * t * t * 2, x).Diagnosis.ShouldBe("analytic = numeric × `x`: a factor x too much.");
        Wrong(t => t.Sigmoid(), (t, dy) => dy * (1 - t.Sigmoid()), x).Diagnosis.ShouldBe("analytic = numeric / y, y being the op's own value: a factor y is missing.");
        Wrong(t => t.Square() + t, (t, dy) => dy * t * 2, x).Diagnosis.ShouldBe("analytic = numeric − 1: a constant term is wrong.");
        Wrong(t => t.Log(), (t, dy) => dy * t, X("x", 0.5, 2, 3)).Diagnosis.ShouldBe("analytic is `x` itself instead of the derivative.");
    }

    [Fact]
    public void Recognises_missing_sums_contributions_and_masks()
    {
        Tensor a = Matrix("a", 4, 3), b = X("b", 1, 2, 3);
        Wrong(t => t[0] + t[1], (t, dy) => [dy, dy[0]], a, b).Diagnosis.ShouldBe("only index 0 of dimension 0 of dy is used: `b` was broadcast over that dimension, so its gradient is the sum over it.");
        Wrong(t => t[0] + t[1], (t, dy) => [dy, dy.Mean(0)], a, b).Diagnosis!.ShouldContain("4 is the size of dimension 0 of the output: a mean where a sum is meant?");

        var index = Tensor([0, 2, 2]);
        Wrong(t => t.IndexSelect(0, index), (t, dy) => Zeros([3], DType.Float64).Scatter(0, index, dy), b)
            .Diagnosis!.ShouldStartWith("what is there is right, but 1 of 3 contributions are zero: overwritten where they should be added");
        Wrong(t => t.Clamp(min: 0), (t, dy) => dy, X("x", -1, 2, -3)).Diagnosis!.ShouldContain("passed on unchanged");
        Wrong(t => t.Clamp(min: 0) * 2, (t, dy) => dy * 2, X("x", -1, 2, -3)).Diagnosis.ShouldBe("2 elements have a gradient where the function is flat: is a mask (of relu, clamp, where, max) left out?");
        Wrong(t => t.Square(), (t, dy) => dy.Sum() * t * 2, b).Diagnosis.ShouldBe("analytic is the same whichever output element the gradient comes from: the derivative does not multiply by dy.");
    }

    [Fact]
    public void Recognises_kinks_jumps_and_noise()
    {
        Should.Throw<GradcheckException>(() => Gradcheck(t => t.Clamp(min: 0), X("x", 1, 0, -2)))
            .Diagnosis.ShouldBe("off only at x[1] = 0, at a kink: the slope is 0 on the left and 1 on the right (analytic: 1).  Choose inputs away from it.");
        Should.Throw<GradcheckException>(() => Gradcheck(t => t.Round() + t, X("x", 1, 0.5, 2.5)))
            .Diagnosis.ShouldBe("off only at x[1] = 0.5, where the function jumps, and at 1 more such place.  Choose inputs away from them.");
        Should.Throw<GradcheckException>(() => Gradcheck(t => t.Float().Exp().Double(), X("x", 1, 2)))
            .Diagnosis!.ShouldContain("computes in Float32 on the way");
        Should.Throw<GradcheckException>(() => Gradcheck(t => t.Sqrt(), X("x", 1, 0)))
            .Diagnosis!.ShouldContain("not finite near x[1] = 0");
    }

    [Fact]
    public void Says_nothing_when_nothing_is_recognised()
        => Wrong(t => t.Square(), (t, dy) => dy * (t * 2 + t.Sin() * 0.3), X("x", 0.5, -1.5, 2)).Diagnosis.ShouldBeNull();

    [Fact]
    public void Demands_a_derivative_that_is_linear_in_the_incoming_gradient()
    {
        var x = X("x", 0.5, -1.5, 2);
        Wrong(t => t * 3, (t, dy) => dy * dy * 3, x).Message.ShouldContain("is not linear in dy: for another dy than ones and zeros");
        Wrong(t => t.Sum(), (t, dy) => Ones([3], DType.Float64), x).Message.ShouldContain("for dy = 0 it is not 0");
        Gradcheck(t => new Op(u => u[0] * 3, (_, dy) => [dy * dy * 3]).Apply(t), [x], raiseException: false).ShouldBeFalse();
    }

    [Fact]
    public void Shows_the_window_of_a_large_Jacobian_around_the_worst_element()
    {
        var x = X("x", [.. Enumerable.Range(1, 40).Select(i => (double)i)]);
        var mask = Zeros([40], DType.Float64);
        mask[30] = 1;
        var error = Wrong(t => t.Square(), (t, dy) => dy * (t * 2 + mask), x);
        error.Message.ShouldContain("in 1 element.");
        error.Message.ShouldContain("27…32 of 40 by 27…32 of 40; * is off");
        error.Diagnosis.ShouldBe("off only at x[30] = 31; all other elements are right.");
    }

    // ---- several outputs ---------------------------------------------------------------------------------------------------

    private sealed class Two(Func<Tensor?[], Tensor?> backward) : MultiFunction
    {
        public override string Name => "Two";

        protected override Tensor[] Forward(Tensor[] x) => [x[0] * 2, x[0] * 3];

        protected override Grads Backward(Tensor?[] dy) => backward(dy);
    }

    [Fact]
    public void Checks_that_derivatives_bear_outputs_without_gradient()
    {
        var x = X("x", 1, 2);
        Gradcheck(t => new Two(dy => (dy[0] is null ? 0 : dy[0]! * 2) + (dy[1] is null ? 0 : dy[1]! * 3)).Apply(t), [x]).ShouldBeTrue();
        Fails(dy => dy[0]!.Mul(2) + dy[1]!.Mul(3)).ShouldContain("the derivative fails when only output 0 (made by Two[0]) has a gradient");
        Fails(dy => dy[0] is null ? dy[1]! * 3 : dy[0]! * 2).ShouldContain("is not the sum of what each gives alone");

        string Fails(Func<Tensor?[], Tensor?> backward) => Should.Throw<GradcheckException>(() => Gradcheck(t => new Two(backward).Apply(t), [x])).Message;
    }

    // ---- second order --------------------------------------------------------------------------------------------------------

    [Fact]
    public void Second_derivatives_are_named_as_such()
    {
        // dy · 3x² with a saved constant: the first derivative is right, the second does not see x.
        var x = X("x", 0.5, -1.5, 2);
        Func<Tensor, Tensor> cube = t => new Op(u => u[0] * u[0] * u[0], (u, dy) => [dy * u[0].Detach().Square() * 3]).Apply(t);
        Gradcheck(cube, x).ShouldBeTrue();
        var error = Should.Throw<GradcheckException>(() => Gradgradcheck(cube, x));
        error.Message.ShouldStartWith("Gradgradcheck: the gradient of the derivative by input 0 (`x`) [3] (made by Mul) by input 0 (`x`) [3] is wrong");
        error.Message.ShouldContain("d dx[2] / d x[2]");
        error.Diagnosis!.ShouldStartWith("analytic is zero everywhere, since no path in the graph leads to `x`");
    }
}
