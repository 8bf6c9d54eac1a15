using MiniTorch.NN;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>What the layers and losses refuse, what they record, and that fused and composed forms agree.</summary>
public class LossTests
{
    private static string Error(Func<Tensor> f) => Should.Throw<ArgumentException>(f).Message.Split(" (Parameter")[0];

    [Fact]
    public void Errors_name_shapes_and_the_way_out()
    {
        Tensor logits = Torch.Zeros(4, 3), classes = Torch.Tensor([0, 2, 1, 2]);
        Error(() => F.CrossEntropy(logits, classes.Float())).ShouldBe("CrossEntropy: class indices must be DType.Int64, got Float32.  Convert with target.Long().");
        Error(() => F.CrossEntropy(logits, classes.Int())).ShouldBe("CrossEntropy: class indices must be DType.Int64, got Int32.  Convert with target.Long().");
        Error(() => F.CrossEntropy(logits, classes.Unsqueeze(1))).ShouldBe(
            "CrossEntropy: an input of shape [4, 3] needs class indices of a target of shape [4], got [4, 1].  Did you mean target.Reshape(4)?");
        Error(() => F.CrossEntropy(logits, Torch.Zeros([4, 3], DType.Int64))).ShouldEndWith("Class probabilities must be floating-point: target.To(DType.Float32).");
        Error(() => F.CrossEntropy(logits, Torch.Tensor([0, 3, 1, 2]))).ShouldStartWith("CrossEntropy: target 3 is no class of an input of shape [4, 3]: expected 0 to 2, or the ignored index -100.");
        Error(() => F.CrossEntropy(logits, classes, Torch.Ones(4))).ShouldBe("CrossEntropy: the weight must have one number per class, [3], got shape [4].");
        Error(() => F.CrossEntropy(logits, classes, reduction: "avg")).ShouldBe("CrossEntropy: reduction is one of \"mean\", \"sum\" and \"none\", got \"avg\".");
        Error(() => F.MseLoss(Torch.Zeros(4, 1), Torch.Zeros(4))).ShouldBe("MseLoss: input [4, 1] and target [4] differ in shape.  Did you mean target.Reshape(4, 1)?");
        Error(() => F.BinaryCrossEntropy(Torch.Full([2], 1.5), Torch.Zeros(2))).ShouldContain("Use BinaryCrossEntropyWithLogits");
        Error(() => new Linear(784, 10).Call(Torch.Zeros(64, 28, 28))).ShouldStartWith(
            "Linear: an input of shape [64, 28, 28] does not fit 784 input features: its last dimension must be 784.  Did you mean x.Flatten(1)?  [64, 784] → [64, 10]");
        Error(() => new Linear(3, 1).Call(Torch.Zeros([2, 3], DType.Int64))).ShouldNotContain("the module");
        Error(() => new Linear(3, 1).Call(Torch.Zeros([2, 3], DType.Float64))).ShouldStartWith("Linear: input Float64, weight Float32 and bias Float32 differ in dtype.");
        Error(() => F.Gelu(Torch.Tensor([1, 2]))).ShouldBe("Gelu: expected a floating-point dtype, got Int64.  Convert with .Float() first.");
    }

    [Fact]
    public void Cross_entropy_and_linear_record_one_node_each()
    {
        var x = Torch.Randn([4, 3], requiresGrad: true);
        var loss = F.CrossEntropy(x, Torch.Tensor([0, 2, 1, 2]));
        loss.GradFn!.Name.ShouldBe("CrossEntropy");
        loss.GradFn.NextFunctions.ShouldHaveSingleItem().ShouldBeOfType<AccumulateGrad>();

        var y = new Linear(3, 2).Call(Torch.Randn(5, 4, 3));
        y.GradFn!.Name.ShouldBe("Linear");
        y.GradFn.NextFunctions[0].ShouldBeNull();
        y.GradFn.NextFunctions.Skip(1).ShouldAllBe(static n => n is AccumulateGrad);
    }

    [Fact]
    public void The_fused_cross_entropy_equals_the_composed_one_in_three_orders_of_derivative()
    {
        var target = Torch.Tensor([0, 2, 1, -100]);
        var weight = Torch.Tensor([0.5, 2, 1.5], DType.Float64);
        var x = Torch.Randn([4, 3], DType.Float64, requiresGrad: true);
        Tensor fused = F.CrossEntropy(x, target, weight), composed = F.NllLoss(x.LogSoftmax(1), target, weight);
        for (int order = 0; order < 4; order++)
        {
            fused.Allclose(composed, rtol: 1e-12, atol: 1e-12).ShouldBeTrue($"order {order}");
            var probe = Torch.Arange(fused.Numel()).Double().Cos().Reshape(fused.Shape);
            fused = Torch.Grad((fused * probe).Sum(), x, createGraph: true);
            composed = Torch.Grad((composed * probe).Sum(), x, createGraph: true);
        }
    }

    [Theory]
    [InlineData(1, 37, 1)]
    [InlineData(5, 100, 1)]
    [InlineData(3, 4, 50)]
    public void The_gradient_in_one_pass_equals_the_one_in_tensor_algebra(int n, int classes, int positions)
    {
        Shape shape = positions == 1 ? [n, classes] : [n, classes, positions];
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var x = Torch.Randn(shape, dtype, requiresGrad: true);
            var target = Torch.Randint(classes, positions == 1 ? [n] : [n, positions]);
            target.Reshape(-1)[0] = 1;
            var loss = F.CrossEntropy(x, target, ignoreIndex: 1, reduction: "none");
            var dy = Torch.Randn(loss.Shape, dtype);
            var algebra = Torch.Grad(loss, x, dy, createGraph: true);
            Torch.Grad(loss, x, dy).Allclose(algebra.Detach(), rtol: 1e-6, atol: 1e-7).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_linear_layer_equals_a_product_and_a_sum_over_any_leading_dimensions()
    {
        var layer = new Linear(3, 2, dtype: DType.Float64);
        foreach (Shape shape in new Shape[] { [3], [4, 3], [5, 4, 3], [2, 0, 3] })
        {
            var x = Torch.Randn(shape, DType.Float64, requiresGrad: true);
            var y = layer.Call(x);
            y.Allclose(x.Matmul(layer.Weight.T) + layer.Bias!, rtol: 1e-12, atol: 1e-12).ShouldBeTrue();
            y.Square().Sum().Backward();
            x.Grad!.Shape.ShouldBe(shape);
        }
        layer.Weight.Grad!.Shape.ShouldBe([2, 3]);
    }

    [Fact]
    public void One_hot_rows()
    {
        F.OneHot(Torch.Tensor([0, 2])).Reshape(6).ToArray<long>().ShouldBe([1, 0, 0, 0, 0, 1]);
        F.OneHot(Torch.Tensor([0, 1]).Unsqueeze(0), 4).Shape.ShouldBe([1, 2, 4]);
        Error(() => F.OneHot(Torch.Tensor([3]), 2)).ShouldStartWith("OneHot: 3 is no class: expected 0 to 1.  Did you mean numClasses: 4?");
        Error(() => F.OneHot(Torch.Tensor([0, -1]))).ShouldStartWith("OneHot: -1 is no class: expected 0 to 0.");
        F.OneHot(Torch.Zeros([0], DType.Int64), 3).Shape.ShouldBe([0, 3]);
    }

    [Fact]
    public void Activations_in_place_change_the_input_and_differentiate_by_it()
    {
        (string Name, Func<Tensor, bool, Tensor> F)[] all =
        [
            ("relu", (x, inplace) => F.Relu(x, inplace)), ("leaky_relu", (x, inplace) => F.LeakyRelu(x, 0.1, inplace)), ("elu", (x, inplace) => F.Elu(x, 1, inplace)),
            ("hardtanh", (x, inplace) => F.Hardtanh(x, -0.5, 0.5, inplace)), ("relu6", (x, inplace) => F.Relu6(x, inplace)), ("silu", (x, inplace) => F.Silu(x, inplace)),
            ("threshold", (x, inplace) => F.Threshold(x, 0.1, 7, inplace)),
        ];
        foreach (var (name, f) in all)
        {
            var x = Torch.Randn([10], DType.Float64, requiresGrad: true);
            var expected = Torch.Grad(f(x * 2, false).Sum(), x);
            var y = x * 2;
            f(y, true).ShouldBeSameAs(y, name);
            Torch.Grad(y.Sum(), x).Equal(expected).ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Weights_of_losses_are_buffers()
    {
        new CrossEntropyLoss(Torch.Ones(3)).StateDict().Keys.ShouldBe(["weight"]);
        new BCEWithLogitsLoss(posWeight: Torch.Ones(3)).StateDict().Keys.ShouldBe(["pos_weight"]);
    }
}
