using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Changes in place: what is refused, and what a retained gradient belongs to.</summary>
public class EngineInPlaceTests
{
    private static Tensor Leaf(params double[] values) => FromArray(values).RequiresGrad_();

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
}
