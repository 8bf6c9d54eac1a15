using MiniTorch.NN;
using Shouldly;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>What the op table does not say of convolution, pooling and padding: layers, errors, determinism.</summary>
[Collection(Seeded.Name)]
public class ConvolutionTests
{
    [Fact]
    public void A_small_network_reads_as_in_PyTorch()
    {
        var model = new Sequential(
            new Conv2d(1, 6, 5, padding: 2), new ReLU(), new MaxPool2d(2),
            new Conv2d(6, 16, 5), new ReLU(), new MaxPool2d(2), new Flatten(),
            new Linear(400, 10));
        var y = model.Call(Randn(3, 1, 28, 28));
        y.Shape.ShouldBe([3, 10]);
        y.Sum().Backward();
        model.Parameters().ShouldAllBe(static p => p.Grad != null && p.Grad.Isfinite().All().Item<bool>());
        model.StateDict().Keys.ShouldBe(["0.weight", "0.bias", "3.weight", "3.bias", "7.weight", "7.bias"]);
    }

    [Theory]
    [InlineData("reflect")]
    [InlineData("replicate")]
    [InlineData("circular")]
    public void Another_padding_is_put_around_before(string mode)
    {
        var x = Randn(2, 3, 6, 7);
        var layer = new Conv2d(3, 4, (3, 2), padding: (1, 2), paddingMode: mode);
        layer.Call(x).ShouldBeLike(F.Conv2d(F.Pad(x, [2, 2, 1, 1], mode), layer.Weight, layer.Bias));
        var same = new Conv2d(3, 4, (3, 2), padding: "same", paddingMode: mode);
        same.Call(x).ShouldBeLike(F.Conv2d(F.Pad(x, [0, 1, 1, 1], mode), same.Weight, same.Bias));
        var sequence = new Conv1d(3, 4, 4, padding: "same", paddingMode: mode);
        sequence.Call(x.Select(2, 0)).ShouldBeLike(F.Conv1d(F.Pad(x.Select(2, 0), [1, 2], mode), sequence.Weight, sequence.Bias));
    }

    [Fact]
    public void Layers_are_their_functions()
    {
        Tensor x = Randn(2, 4, 6, 8), s = Randn(2, 4, 9);
        var transposed = new ConvTranspose2d(4, 6, (3, 2), stride: (2, 3), padding: 1, outputPadding: (1, 2), groups: 2, dilation: 2);
        transposed.Call(x).ShouldBeLike(F.ConvTranspose2d(x, transposed.Weight, transposed.Bias, (2, 3), 1, (1, 2), 2, 2));
        var sequence = new ConvTranspose1d(4, 6, 3, stride: 2, outputPadding: 1, bias: false);
        sequence.Call(s).ShouldBeLike(F.ConvTranspose1d(s, sequence.Weight, stride: 2, outputPadding: 1));
        new Conv1d(4, 3, 3, stride: 2, dilation: 2).Call(s).Shape.ShouldBe([2, 3, 3]);
        new MaxPool1d(2).Call(s).ShouldBeLike(F.MaxPool1d(s, 2));
        new MaxPool2d((2, 3), ceilMode: true).Call(x).ShouldBeLike(F.MaxPool2d(x, (2, 3), ceilMode: true));
        new AvgPool1d(3, 2, 1).Call(s).ShouldBeLike(F.AvgPool1d(s, 3, 2, 1));
        new AvgPool2d(3, countIncludePad: false, padding: 1).Call(x).ShouldBeLike(F.AvgPool2d(x, 3, padding: 1, countIncludePad: false));
        new AdaptiveAvgPool1d(4).Call(s).ShouldBeLike(F.AdaptiveAvgPool1d(s, 4));
        new AdaptiveAvgPool2d((null, 3)).Call(x).ShouldBeLike(F.AdaptiveAvgPool2d(x, (6, 3)));
        new AdaptiveMaxPool1d(4).Call(s).ShouldBeLike(F.AdaptiveMaxPool1d(s, 4));
        new AdaptiveMaxPool2d((2, null)).Call(x).ShouldBeLike(F.AdaptiveMaxPool2d(x, (2, 8)));
        new AdaptiveMaxPool2d((2, null)).ToString().ShouldBe("AdaptiveMaxPool2d(output_size=(2, None))");
        new ZeroPad2d((1, 2, 0, 3)).Call(x).ShouldBeLike(F.Pad(x, [1, 2, 0, 3]));
    }

    /// <summary>⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩.</summary>
    [Fact]
    public void The_transposed_convolution_is_the_transpose()
    {
        Tensor x = Randn([2, 4, 8, 9], DType.Float64), w = Randn([6, 2, 3, 2], DType.Float64);
        var y = F.Conv2d(x, w, stride: 2, padding: 1, groups: 2);
        var z = Randn(y.Shape, DType.Float64);
        var back = F.ConvTranspose2d(z, w, stride: 2, padding: 1, outputPadding: (1, 1), groups: 2);
        back.Shape.ShouldBe(x.Shape);
        (y * z).Sum().Item().ShouldBe((x * back).Sum().Item(), 1e-10);
    }

    [Fact]
    public void The_result_of_one_image_does_not_depend_on_the_batch()
    {
        Tensor x = Randn(5, 3, 13, 11), w = Randn(7, 3, 3, 3);
        F.Conv2d(x, w, padding: 1)[2].ToArray<float>().ShouldBe(F.Conv2d(x[2], w, padding: 1).ToArray<float>());
    }

    [Theory]
    [InlineData(20, 4, 6, 21, 19, 1)]
    [InlineData(2, 33, 17, 60, 70, 2)]
    public void Any_number_of_threads_gives_the_same_bits(int batch, int inChannels, int outChannels, int height, int width, int stride)
    {
        int threads = GetNumThreads();
        Tensor x = Randn([batch, inChannels, height, width], requiresGrad: true), w = Randn([outChannels, inChannels, 3, 3], requiresGrad: true);
        float[][] Bits(int n)
        {
            SetNumThreads(n);
            var y = F.MaxPool2d(F.Conv2d(x, w, stride: stride, padding: 1), 2);
            var grads = MiniTorch.Autograd.Grad([y], [x, w], [y.Detach()]);
            return [y.Detach().ToArray<float>(), grads[0]!.ToArray<float>(), grads[1]!.ToArray<float>()];
        }
        try
        {
            var one = Bits(1);
            for (int n = 2; n < 5; n++) Bits(n).ShouldBe(one);
        }
        finally
        {
            SetNumThreads(threads);
        }
    }

    [Fact]
    public void Paddings_and_pairs_print_as_in_Python()
    {
        Pair one = 3, two = (3, 5);
        Padding same = "same", number = two;
        $"{one} {two} {same} {number}".ShouldBe("3 (3, 5) same (3, 5)");
        Should.Throw<ArgumentException>(static () => new Conv2d(1, 1, 3, padding: "full")).Message.ShouldContain("\"same\" or \"valid\", got \"full\"");
    }

    public static TheoryData<Func<object>, string> Errors => new()
    {
        { () => F.Conv2d(Randn(2, 784), Randn(6, 1, 5, 5)), "Conv2d: expected an input [n, 1, h, w] (or [1, h, w] for one), got shape [2, 784].  Are these flattened images?  Give them their shape back: x.Unflatten(1, [1, 28, 28])." },
        { () => F.Conv2d(Randn(64, 28, 28), Randn(6, 1, 5, 5)), "Conv2d: an input of shape [64, 28, 28] has 64 channels, but a weight of shape [6, 1, 5, 5] takes 1.  For a batch of 64 without a channel dimension: x.Unsqueeze(1)." },
        { () => F.Conv2d(Randn(2, 28, 28, 3), Randn(6, 3, 5, 5)), "Conv2d: an input of shape [2, 28, 28, 3] has 28 channels, but a weight of shape [6, 3, 5, 5] takes 3.  Channels come before the height and width: x.Permute(0, 3, 1, 2)." },
        { () => F.Conv1d(Randn(2, 9, 4), Randn(6, 4, 5)), "x.Permute(0, 2, 1)." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 5, 5), padding: 0), "Conv2d: a kernel of 5×5 is larger than an input of 4×4 padded by 0×0.  Pad more, or pool less before." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), dilation: 2), "a kernel of 3×3 with dilation 2×2 is larger than an input of 4×4" },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3)), "Conv2d: the weight has shape [out, in/groups, kh, kw], got [6, 3, 3]." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), groups: 4), "Conv2d: the 6 output channels of the weight [6, 3, 3, 3] do not fall into 4 groups." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), groups: 2), "has 3 channels, but a weight of shape [6, 3, 3, 3] with 2 groups takes 6." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), Randn(5)), "Conv2d: the bias must have shape [6], one number per output channel of the weight [6, 3, 3, 3], got [5]." },
        { () => F.Conv2d(Randn(2, 3, 4, 4).Double(), Randn(6, 3, 3, 3)), "Conv2d: input Float64, weight Float32 differ in dtype.  Convert the input with .To(DType.Float32), or the module with .To(DType.Float64)." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), stride: 0), "Conv2d: a stride is at least 1, got 0." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), padding: -1), "Conv2d: a padding is not negative, got -1.  F.Pad crops." },
        { () => F.Conv2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3), stride: 2, padding: "same"), "padding \"same\" keeps the size, stride 2×2 does not" },
        { () => F.ConvTranspose2d(Randn(2, 3, 4, 4), Randn(6, 3, 3, 3)), "ConvTranspose2d: an input of shape [2, 3, 4, 4] has 3 channels, but a weight of shape [6, 3, 3, 3] takes 6." },
        { () => F.ConvTranspose2d(Randn(2, 3, 4, 4), Randn(3, 3, 3, 3), outputPadding: 1), "the output padding must be smaller than the stride or the dilation, got 1 with stride 1" },
        { () => F.MaxPool2d(Randn(2, 3, 1, 1), 2), "MaxPool2d: a window of 2×2 does not fit into an input of 1×1, shape [2, 3, 1, 1].  Pool less before, or use AdaptiveAvgPool2d." },
        { () => F.MaxPool2d(Randn(28, 28), 2), "MaxPool2d: expected an input [n, c, h, w] (or [c, h, w] for one), got shape [28, 28].  For a single channel: x.Unsqueeze(0)." },
        { () => F.AvgPool1d(Randn(2, 3, 9), 2, padding: 2), "AvgPool1d: a padding of at most half of the window, got padding 2 with a window of 2." },
        { () => F.MaxPool2d(Randn(2, 3, 4, 4).Long(), 2), "MaxPool2d: expected a floating-point input, got Int64." },
        { () => F.Pad(Randn(2, 3), [1, 2, 3]), "Pad: expected two numbers for each of at most 2 dimensions of [2, 3], beginning with the last, got [1, 2, 3]." },
        { () => F.Pad(Randn(2, 3), [0, 3], "reflect"), "Pad: cannot pad the 3 elements of dimension 1 of [2, 3] by 3 with mode \"reflect\": there are 2 to take." },
        { () => F.Pad(Randn(2, 3), [-2, -2]), "Pad: -2 and -2 crop more than the 3 elements of dimension 1 of [2, 3]." },
        { () => new Conv2d(3, 4, 3, groups: 2), "Conv2d: 3 input channels and 4 output channels do not fall into 2 groups." },
        { () => new Conv2d(3, 4, 3, paddingMode: "mirror"), "Conv2d: paddingMode is \"zeros\", \"reflect\", \"replicate\" or \"circular\", got \"mirror\"." },
    };

    [Theory, MemberData(nameof(Errors))]
    public void Errors_name_the_shapes_and_the_way_out(Func<object> wrong, string message)
        => Should.Throw<ArgumentException>(() => wrong()).Message.ShouldContain(message);
}

file static class Comparison
{
    internal static void ShouldBeLike(this Tensor actual, Tensor expected)
    {
        actual.Shape.ShouldBe(expected.Shape);
        actual.Allclose(expected, atol: 1e-5).ShouldBeTrue();
    }
}
