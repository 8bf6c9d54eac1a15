using System.Runtime.InteropServices;
using MiniTorch.NN;
using MiniTorch.Tests.Kernels;
using Shouldly;
using F = MiniTorch.NN.Functional;
using LayerNormKernel = MiniTorch.Kernels.LayerNorm;

namespace MiniTorch.Tests;

/// <summary>Layer norm: the fused kernels against ordinary ops, their precision, and where they read and write.</summary>
public class LayerNormTests
{
    /// <summary>The definition, in ordinary ops.</summary>
    private static Tensor Composed(Tensor x, Tensor? w, Tensor? b, double eps)
    {
        var centred = x - x.Mean(-1, keepdim: true);
        var y = centred / ((centred * centred).Mean(-1, keepdim: true) + eps).Sqrt();
        if (w is not null) y = y * w;
        return b is null ? y : y + b;
    }

    public static TheoryData<int, int> Sizes => new()
    {
        { 1, 1 }, { 3, 1 }, { 2, 2 }, { 5, 3 }, { 7, 8 }, { 31, 9 }, { 32, 17 }, { 33, 16 }, { 64, 31 }, { 65, 33 }, { 4, 1023 }, { 3, 1025 }, { 2, 5000 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Fused_equals_composed(int rows, int n)
    {
        var draw = new Random(rows * 10_000 + n);
        foreach (var layout in new Func<Tensor, Tensor>[] { static x => x, Layouts.Gaps, Layouts.Transposed })
            for (int affine = 0; affine < 4; affine++)
            {
                Tensor[] inputs = [Normal(draw, [rows, n]), Normal(draw, [n]), Normal(draw, [n])];
                var dy = layout(Normal(draw, [rows, n]).Detach());
                var fused = Results(inputs, layout, dy, x => F.LayerNorm(x[0], [n], (affine & 1) > 0 ? x[1] : null, (affine & 2) > 0 ? x[2] : null, 1e-3));
                var composed = Results(inputs, layout, dy, x => Composed(x[0], (affine & 1) > 0 ? x[1] : null, (affine & 2) > 0 ? x[2] : null, 1e-3));
                for (int i = 0; i < fused.Length; i++)
                {
                    if (composed[i] is null) fused[i].ShouldBeNull();
                    else fused[i]!.Allclose(composed[i]!, 1e-10, 1e-10).ShouldBeTrue($"[{rows}, {n}], affine {affine}, result {i}");
                }
            }
    }

    private static Tensor Normal(Random draw, Shape shape)
    {
        var values = new double[shape.Numel()];
        for (int i = 0; i < values.Length; i++) values[i] = Math.Sqrt(-2 * Math.Log(1 - draw.NextDouble())) * Math.Cos(2 * Math.PI * draw.NextDouble());
        return Torch.FromArray<double>(values, shape).RequiresGrad_();
    }

    /// <summary>The result, and the gradients, also those that a backward pass with a graph of its own gives, which must be the same.</summary>
    private static Tensor?[] Results(Tensor[] inputs, Func<Tensor, Tensor> layout, Tensor dy, Func<Tensor[], Tensor> f)
    {
        Tensor[] x = Array.ConvertAll(inputs, t => layout(t));
        var y = f(x);
        var recorded = MiniTorch.Autograd.Grad([y], x, [dy], createGraph: true, allowUnused: true);
        var grads = MiniTorch.Autograd.Grad([y], x, [dy], allowUnused: true);
        for (int i = 0; i < x.Length; i++)
            if (recorded[i] is { } grad) grads[i]!.Allclose(grad, 1e-10, 1e-10).ShouldBeTrue();
        return [y.Detach(), .. grads];
    }

    // ---- precision -------------------------------------------------------------------------------------------------------

    public static TheoryData<int> ErrorCases => [.. Enumerable.Range(0, LayersGolden.File.LayerNormErrors.Length)];

    [Theory, MemberData(nameof(ErrorCases))]
    public void Errors_in_single_precision_are_no_larger_than_PyTorchs(int number)
    {
        var golden = LayersGolden.File.LayerNormErrors[number];
        var random = new Generator();
        random.ManualSeed(0);
        Tensor x = Torch.Randn([golden.Rows, golden.N], generator: random) * golden.Std + golden.Mean;
        Tensor w = Torch.Rand([golden.N], generator: random) + 0.5, b = Torch.Randn([golden.N], generator: random);
        LayersGolden.Errors(x => F.LayerNorm(x[0], [golden.N], x[1], x[2]), x, w, b).Zip(golden.Errors).ShouldAllBe(static e => e.First <= e.Second);
    }

    [Fact]
    public void A_large_mean_costs_no_precision_of_the_variance()
    {
        var x = Torch.Tensor([1e4 + 1, 1e4 + 2, 1e4 + 3, 1e4 + 4]);
        F.LayerNorm(x, [4], eps: 0).Allclose(F.LayerNorm(x.Double(), [4], eps: 0).Float(), 1e-6, 1e-6).ShouldBeTrue();
    }

    // ---- where the kernels read and write ------------------------------------------------------------------------------------

    [Theory, InlineData(1), InlineData(3), InlineData(8), InlineData(17), InlineData(1030)]
    public void Kernels_stay_within_their_spans(int n)
    {
        const int rows = 33;
        using GuardedMemory a = new(rows * n * 4), b = new(rows * n * 4), c = new(rows * n * 4), d = new(n * 4), e = new(n * 4);
        using GuardedMemory memory = new(rows * 12), f = new(n * 4), g = new(n * 4);
        Span<float> x = a.Last<float>(rows * n), y = b.Last<float>(rows * n), w = d.Last<float>(n), dx = c.Last<float>(rows * n);
        var statistics = MemoryMarshal.Cast<float, MiniTorch.Kernels.RowStatistics<float>>(memory.Last<float>(3 * rows));
        for (int i = 0; i < x.Length; i++) x[i] = i % 7;
        w.Fill(2);
        LayerNormKernel.Forward<float>(x, w, e.Last<float>(n), 1e-5, y, statistics);
        LayerNormKernel.Backward<float>(y, x, statistics, w, dx, f.Last<float>(n), g.Last<float>(n));
        dx.IndexOfAnyExceptInRange(-1e6f, 1e6f).ShouldBe(-1);                  // no NaN
    }

    // ---- what is refused -------------------------------------------------------------------------------------------------------

    [Fact]
    public void Errors_name_shapes_and_the_way_out()
    {
        var x = Torch.Zeros(2, 3);
        Should.Throw<ArgumentException>(() => F.LayerNorm(x, [2])).Message.ShouldStartWith("LayerNorm: an input of shape [2, 3] does not end in the normalized shape [2].");
        Should.Throw<ArgumentException>(() => F.LayerNorm(x, [3], Torch.Ones(2))).Message.ShouldStartWith("LayerNorm: the weight must have the normalized shape [3], got [2].");
        Should.Throw<ArgumentException>(() => F.LayerNorm(x.Double(), [3], bias: Torch.Ones(3))).Message.ShouldStartWith("LayerNorm: input Float64 and bias Float32 differ in dtype.");
        Should.Throw<ArgumentException>(() => F.LayerNorm(x.Long(), [3])).Message.ShouldStartWith("LayerNorm");
        Should.Throw<ArgumentException>(static () => new LayerNorm([])).Message.ShouldStartWith("LayerNorm: normalizedShape must name at least one dimension.");
    }

    [Fact]
    public void The_layer_has_a_weight_alone_or_nothing()
    {
        new LayerNorm(3, bias: false).StateDict().Keys.ShouldBe(["weight"]);
        new LayerNorm(3, elementwiseAffine: false).StateDict().ShouldBeEmpty();
        new LayerNorm(2, elementwiseAffine: false).Call(Torch.Tensor([1.0, 3.0])).Allclose(Torch.Tensor([-1.0, 1.0]), atol: 1e-5).ShouldBeTrue();
    }
}

/// <summary>Goldens/layers.json.</summary>
internal static class LayersGolden
{
    internal static readonly Layers File = NNGolden.Read<Layers>("layers.json");

    internal sealed record Layers(AttentionCase[] Attention, NormErrors[] LayerNormErrors);

    internal sealed record NormErrors(int Rows, int N, double Mean, double Std, double[] Errors);

    internal sealed record AttentionCase(
        string Name, string Layer, string Order, Dictionary<string, int[]> Inputs, Dictionary<string, Mask> Masks, Dictionary<string, bool> Flags,
        int[] YShape, double[] Y, int[]? WeightsShape, double[]? Weights, Dictionary<string, double[]> Grads, double[] NextRand);

    internal sealed record Mask(string Dtype, int[] Shape, double[] Values);

    /// <summary>The largest difference between single and double precision, of the result and of the gradient of each input.</summary>
    internal static double[] Errors(Func<Tensor[], Tensor> f, params Tensor[] inputs)
    {
        Tensor[] single = Run(DType.Float32), exact = Run(DType.Float64);
        return [.. single.Zip(exact, static (a, b) => (a.Double() - b).Abs().Max().Item())];

        Tensor[] Run(DType dtype)
        {
            Tensor[] x = Array.ConvertAll(inputs, t => t.Detach().To(dtype).Clone().RequiresGrad_());
            var y = f(x);
            y.Backward((Torch.Arange(y.Numel()) % 17).To(dtype).Reshape(y.Shape) / 16);
            return [y.Detach(), .. x.Select(static t => t.Grad!)];
        }
    }
}
