using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Gradients through views of a tensor that is changed in place after they were made.</summary>
public class ViewHistoryTests
{
    // y = 2x, and z shows each yᵢ twice   ⇒   d(Σ z²)/dx = 2 · 2(2x + 1) · 2
    [Theory]
    [InlineData(new[] { 2, 3 })]
    [InlineData(new[] { 2, 1, 3 })]
    public void An_expanded_view_sums_its_gradient_over_what_it_repeats(int[] shape)
    {
        var x = Tensor([1.0, 2, 3]).RequiresGrad_();
        var y = x * 2;
        var z = y.Expand(shape);
        y.Add_(1);
        z.Square().Sum().Backward();
        x.Grad!.ToArray<float>().ShouldBe([24, 40, 56]);
    }

    [Fact]
    public void An_expanded_view_of_a_part_has_second_derivatives()
    {
        var x = Tensor([1.0, 2, 3]).Double().RequiresGrad_();
        static Tensor F(Tensor t)
        {
            var y = t * t;
            var z = y[1..].Expand(2, 2).T;
            y.Sin_();
            return z * z;
        }
        Autograd.Gradcheck(F, x).ShouldBeTrue();
        Autograd.Gradgradcheck(F, x).ShouldBeTrue();
    }

    [Fact]
    public void The_result_of_Logsumexp_may_be_changed_in_place()
    {
        var x = Zeros([2, 4], requiresGrad: true);
        var y = x.Logsumexp(1).Mul_(3);
        y.RequiresGrad.ShouldBeTrue();
        y.ToArray<double>().ShouldAllBe(v => Math.Abs(v - 3 * Math.Log(4)) < 1e-6);
    }
}
