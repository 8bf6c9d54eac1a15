using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Nested brackets are PyTorch's nested lists: <c>torch.tensor([[1, 2], [3, 4]])</c>.</summary>
public class NestedLiteralTests
{
    [Fact]
    public void Rows_make_a_matrix_of_the_dtype_that_holds_all_elements()
    {
        Torch.Tensor([[1, 2], [3, 4]]).ToString().ShouldBe("tensor([[1, 2],\n        [3, 4]])");
        Torch.Tensor([[1.0, 2], [3, 4]]).ToString().ShouldBe("tensor([[1., 2.],\n        [3., 4.]])");
        Torch.Tensor([[1, 2], [3, 4.5]]).DType.ShouldBe(DType.Float32);
        Torch.Tensor([[1L, 2]]).DType.ShouldBe(DType.Int64);
        Torch.Tensor([[1f, 2]]).DType.ShouldBe(DType.Float32);
        Torch.Tensor([[true, false]]).DType.ShouldBe(DType.Bool);
        Torch.Tensor([[1, 2]], DType.Float64).DType.ShouldBe(DType.Float64);
        Torch.Tensor([[1.0], [2.0]], requiresGrad: true).RequiresGrad.ShouldBeTrue();
        double a = 1;
        int k = 2;
        Torch.Tensor([[a, k], [k, a]]).ToArray<float>().ShouldBe([1, 2, 2, 1]);
    }

    [Fact]
    public void Matrices_make_a_tensor_of_three_dimensions()
    {
        Torch.Tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]).Equal(Torch.Arange(1, 9).Reshape(2, 2, 2)).ShouldBeTrue();
        Torch.Tensor([[[1, 2.5]]]).Shape.ShouldBe([1, 1, 2]);
    }

    [Fact]
    public void Arrays_of_any_rank_still_do()
    {
        Torch.Tensor(new[] { new[] { 1, 2 }, new[] { 3, 4 } }).Shape.ShouldBe([2, 2]);
        Torch.Tensor(new[,] { { 1.0, 2.0 } }).Shape.ShouldBe([1, 2]);
        Torch.Tensor(new[] { new[] { new[] { new[] { 1.0, 2.0 } } } }).Shape.ShouldBe([1, 1, 1, 2]);
        Torch.Tensor([new[] { 1, 2 }, new[] { 3, 4 }]).Shape.ShouldBe([2, 2]);
        Torch.Tensor([1, 2]).Shape.ShouldBe([2]);
    }

    [Fact]
    public void Brackets_around_nothing_make_an_empty_tensor()
    {
        var x = Torch.Tensor([]);
        (x.DType, x.Shape.ToString()).ShouldBe((DType.Float32, "[0]"));
        Torch.Tensor([], DType.Int64).DType.ShouldBe(DType.Int64);
        Torch.Tensor([], requiresGrad: true).RequiresGrad.ShouldBeTrue();
        Torch.Cat([x, Torch.Tensor([1.0, 2])]).ToArray<float>().ShouldBe([1, 2]);
    }

    [Fact]
    public void Rows_of_different_lengths_are_refused()
        => Should.Throw<ArgumentException>(() => Torch.Tensor([[1, 2], [3]])).Message.ShouldContain("different lengths");
}
