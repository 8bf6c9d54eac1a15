using Shouldly;
using static MiniTorch.Torch;
using Shape = MiniTorch.Shape;

namespace MiniTorch.Tests;

/// <summary>Sizes at the end of what an int or a long holds: a product that wraps round must not pass for a small one.</summary>
public class LimitTests
{
    private const int Huge = 1 << 16;

    [Fact]
    public void Pieces_longer_than_the_dimension_do_not_wrap_round()
    {
        var x = Arange(5);
        Should.Throw<ArgumentOutOfRangeException>(() => x.Narrow(0, 1, int.MaxValue)).Message.ShouldContain("do not lie in dimension 0");
        x[Slice(1, null, int.MaxValue)].ToArray<long>().ShouldBe([1]);
        x[Slice(5, null, int.MaxValue)].Shape.ShouldBe([0]);
        x.Split(int.MaxValue).ShouldHaveSingleItem().Shape.ShouldBe([5]);
        x.Chunk(int.MaxValue).Length.ShouldBe(5);
    }

    [Fact]
    public void A_shape_of_more_elements_than_there_may_be_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Zeros(Huge, Huge, Huge, Huge)).Message.ShouldContain("too many elements");
        Should.Throw<ArgumentOutOfRangeException>(() => Ones(1).Expand(Huge, Huge)).Message.ShouldContain("4,294,967,296 elements");
        Should.Throw<ArgumentOutOfRangeException>(() => Ones(Huge).Repeat(Huge));
        Should.Throw<ArgumentException>(() => Zeros(0).Reshape(Huge, Huge, Huge, Huge));
        Shape.Create([]).Numel().ShouldBe(1);
        Shape.Create([Huge, Huge, Huge, Huge, 0]).Numel().ShouldBe(0);
        Shape.Create([Huge, Huge, Huge]).Numel().ShouldBe(1L << 48);
    }

    // Only its first 64 can be named, but asking whether those are all of them is no error.
    [Fact]
    public void One_of_seventy_dimensions_can_be_reduced()
    {
        var x = Tensor([1.0, 2, 3]).Reshape([3, .. Enumerable.Repeat(1, 69)]);
        x.Sum(0).Shape.Length.ShouldBe(69);
        x.Sum(0).Item().ShouldBe(6);
        x.Cumsum(0).ToArray<float>().ShouldBe([1, 3, 6]);
        x.Softmax(0).ToArray<float>().ShouldBe(Tensor([1.0, 2, 3]).Softmax(0).ToArray<float>());
    }

    // A 0-dim index picks from (and writes into) a vector, as in PyTorch.
    [Fact]
    public void An_index_without_dimensions_finds_its_place_in_a_vector()
    {
        var x = Tensor([1.0, 2, 3]).RequiresGrad_();
        var y = x.Gather(0, Tensor(2L));
        y.Item().ShouldBe(3);
        y.Backward();
        x.Grad!.ToArray<float>().ShouldBe([0, 0, 1]);
        x.Detach().Scatter(0, Tensor(1L), Tensor(9.0)).ToArray<float>().ShouldBe([1, 9, 3]);
        x.Detach().ScatterAdd(0, Tensor(2L), Tensor(9.0)).ToArray<float>().ShouldBe([1, 2, 12]);
    }

    [Fact]
    public void A_gradient_that_the_user_set_is_added_to_whatever_its_layout()
    {
        var x = Ones([3], requiresGrad: true);
        x.Grad = Ones(1).Expand(3);                            // one element, shown three times
        (x * Tensor([1.0, 2, 3])).Sum().Backward();
        x.Grad.ToArray<float>().ShouldBe([2, 3, 4]);

        var w = Ones([2, 2], requiresGrad: true);
        w.Grad = Arange(4).Float().Reshape(2, 2);
        w.T.Clone().Backward(w.Grad);                          // what comes, wᵀ, is the same memory in another order
        w.Grad.ToArray<float>().ShouldBe([0, 3, 3, 6]);
    }
}
