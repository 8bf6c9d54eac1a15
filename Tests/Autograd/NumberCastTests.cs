using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>A tensor with one element as a number: <c>(double)x</c> is Python's <c>float(x)</c>, <c>(int)x</c> its <c>int(x)</c>.</summary>
public class NumberCastTests
{
    [Fact]
    public void Each_type_of_number_is_read_from_any_dtype()
    {
        ((double)Tensor([[3]])).ShouldBe(3);
        ((double)Tensor(0.1, DType.Float64)).ShouldBe(0.1);
        ((float)Tensor(0.1)).ShouldBe(0.1f);
        ((float)Tensor(0.1, DType.Float64)).ShouldBe(0.1f);
        ((long)Tensor((1L << 60) + 1)).ShouldBe((1L << 60) + 1, "not by way of a double");
        ((int)Tensor(-2.7)).ShouldBe(-2);
        ((int)Tensor(true)).ShouldBe(1);
        ((bool)Tensor(0.5)).ShouldBeTrue();
        ((bool)Tensor([0.0])).ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_such_number_is_refused()
    {
        Should.Throw<InvalidOperationException>(() => (double)Ones(2)).Message.ShouldContain("shape [2] has 2 elements");
        Should.Throw<InvalidOperationException>(() => (int)Ones(0));
        Should.Throw<OverflowException>(() => (int)Tensor(double.NaN));
        Should.Throw<OverflowException>(() => (long)Tensor(double.PositiveInfinity));
        Should.Throw<OverflowException>(() => (long)Tensor(1e30));
        Should.Throw<OverflowException>(() => (int)Tensor(1L << 40));
        Should.Throw<ArgumentNullException>(() => (double)Ones(1).Grad!);
    }

    /// <summary>An explicit cast takes no part in the choice of an operator.</summary>
    [Fact]
    public void Numbers_and_tensors_still_meet_as_tensors()
    {
        Tensor x = Tensor([1.0, 2]), number = 2.0;
        (2.0 * x).ToArray<float>().ShouldBe([2, 4]);
        (x - 1).DType.ShouldBe(DType.Float32);
        (x.Ndim == 1 ? x : 2.0).ShouldBeSameAs(x);
        (x > 1).ToArray<bool>().ShouldBe([false, true]);
        x[0] = number;
        x[1] = 5;
        x.ToArray<float>().ShouldBe([2, 5]);
    }
}
