using MiniTorch.NN;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Dropout: PyTorch's masks, the right share, and nothing while evaluating.</summary>
[Collection(Seeded.Name)]
public class DropoutTests
{
    // torch.manual_seed(0); F.dropout(torch.ones(16), p), and what torch.rand(1) gives next
    [Theory]
    [InlineData(0.5, "0010001101111011", 0.17591017484664917)]
    [InlineData(0.2, "0110111111111111", 0.17591017484664917)]
    public void Masks_equal_PyTorch(double p, string kept, double next)
    {
        Torch.ManualSeed(0);
        var y = F.Dropout(Torch.Ones(16), p);
        string.Concat(y.ToArray<float>().Select(static v => v > 0 ? '1' : '0')).ShouldBe(kept);
        y.Max().Item().ShouldBe(1 / (1 - p), 1e-6);
        Torch.Rand(1).Item().ShouldBe(next);
    }

    // torch.manual_seed(0); F.dropout(torch.ones(3, 4).t())  and  F.dropout2d(torch.ones(2, 4, 1, 2))
    [Fact]
    public void Masks_are_drawn_in_row_major_order_and_per_channel()
    {
        Torch.ManualSeed(0);
        F.Dropout(Torch.Ones(3, 4).T).Reshape(12).ToArray<double>().ShouldBe([0, 0, 2, 0, 0, 0, 2, 2, 0, 2, 2, 2]);
        F.Dropout2d(Torch.Ones(2, 4, 1, 2)).Reshape(16).ToArray<double>().ShouldBe([2, 2, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0]);
    }

    [Fact]
    public void The_right_share_is_dropped_and_the_mean_stays()
    {
        Torch.ManualSeed(1);
        var y = F.Dropout(Torch.Ones(100_000), 0.3);
        y.Eq(0).Double().Mean().Item().ShouldBe(0.3, 0.01);
        y.Mean().Item().ShouldBe(1, 0.01);
    }

    [Fact]
    public void The_gradient_passes_where_the_mask_does()
    {
        var x = Torch.Ones(100).RequiresGrad_();
        var y = F.Dropout(x);
        y.Sum().Backward();
        x.Grad!.Equal(y.Detach()).ShouldBeTrue();
    }

    [Fact]
    public void In_place_the_input_is_overwritten()
    {
        var x = Torch.Ones(100);
        F.Dropout(x, inplace: true).ShouldBeSameAs(x);
        x.Eq(0).Any().Item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Evaluating_nothing_is_dropped_or_drawn()
    {
        var layer = new Dropout(0.5).Eval();
        var x = Torch.Ones(10);
        Torch.ManualSeed(0);
        layer.Call(x).ShouldBeSameAs(x);
        F.Dropout(x, 0).ShouldBeSameAs(x);
        F.Dropout(x, 1).Sum().Item().ShouldBe(0);
        double next = Torch.Rand(1).Item();
        Torch.ManualSeed(0);
        Torch.Rand(1).Item().ShouldBe(next);
    }

    [Fact]
    public void A_probability_is_in_0_to_1()
        => Should.Throw<ArgumentOutOfRangeException>(static () => new Dropout(1.5)).Message.ShouldStartWith("Dropout: p must be in [0, 1], got 1.5.");
}
