using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Corners where .NET's arithmetic or a missing dimension would throw and PyTorch does not.</summary>
public class OpEdgeTests
{
    /// <summary>It has no positive counterpart: the bits wrap round. (PyTorch 1.13 does so for abs; dividing by −1 kills its process.)</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    public void The_smallest_integer(int n)
    {
        var x = Torch.Full([n], long.MinValue);
        foreach (var y in new[] { x.Abs(), -x, x.FloorDivide(-1), x.Div(Torch.Full([n], -1), "trunc") }) y.ToArray<long>().ShouldAllBe(v => v == long.MinValue);
        foreach (var y in new[] { x.Remainder(-1), x.Fmod(-1) }) y.ToArray<long>().ShouldAllBe(v => v == 0);
        x[..].Unsqueeze(1).Expand(n, 3).Abs().ToArray<long>().ShouldAllBe(v => v == long.MinValue);

        var small = Torch.Full([n], int.MinValue, DType.Int32);
        small.Abs().ToArray<int>().ShouldAllBe(v => v == int.MinValue);
        small.Remainder(-1).ToArray<int>().ShouldAllBe(v => v == 0);
        Torch.Full([n], 255, DType.UInt8).Abs().ToArray<byte>().ShouldAllBe(v => v == 255);
        Torch.Full([n], 7, DType.UInt8).Remainder(Torch.Full([n], 255, DType.UInt8)).ToArray<byte>().ShouldAllBe(v => v == 7);
    }

    [Fact]
    public void Adding_to_a_number_by_index()
    {
        var x = Torch.Tensor(5.0, requiresGrad: true);
        var y = x.IndexAdd(0, Torch.Tensor([0, 0]), Torch.Tensor([1.0, 2.0]));
        y.Shape.ShouldBe([]);
        y.Item().ShouldBe(8);
        x.Detach().IndexAdd(0, Torch.Tensor(0), Torch.Tensor(1.0)).Item().ShouldBe(6);
        x.Detach().IndexAdd(0, Torch.Tensor([0]), Torch.Tensor([1.0])).Item().ShouldBe(6);
        y.Backward();
        x.Grad!.Item().ShouldBe(1);
    }

    [Fact]
    public void The_triangles_of_an_empty_vector()
    {
        Torch.Zeros(0).Triu().Shape.ShouldBe([0]);
        Torch.Zeros(0).Tril_().Shape.ShouldBe([0]);
    }

    [Fact]
    public void A_product_over_nothing_is_zero_and_leaves_the_bias()
    {
        Torch.Zeros(2, 0).Mm(Torch.Zeros(0, 3)).ToArray<float>().ShouldBe([0, 0, 0, 0, 0, 0]);
        var (w, b) = (Torch.Zeros(3, 0), Torch.Tensor([1f, 2, 3], requiresGrad: true));
        var y = NN.Functional.Linear(Torch.Zeros(2, 0), w, b);
        y.ToArray<float>().ShouldBe([1, 2, 3, 1, 2, 3]);
        NN.Functional.Linear(Torch.Zeros(2, 2, 0), w, b).ToArray<float>().ShouldBe([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
        y.Sum().Backward();
        b.Grad!.ToArray<float>().ShouldBe([2, 2, 2]);
    }
}
