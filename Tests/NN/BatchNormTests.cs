using System.Runtime.InteropServices;
using MiniTorch.Kernels;
using MiniTorch.NN;
using MiniTorch.Tests.Kernels;
using Shouldly;
using BatchNormKernel = MiniTorch.Kernels.BatchNorm;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Batch norm: the layers against PyTorch's, the fused kernels against ordinary ops, and where they read and write.</summary>
public class BatchNormTests
{
    // ---- layers against PyTorch: Goldens/generate_batchnorm.py ------------------------------------------------------------

    private static readonly GoldenFile Golden = NNGolden.Read<GoldenFile>("batchnorm.json");

    private static readonly Dictionary<string, Func<NN.BatchNorm>> Made = new()
    {
        ["nn.BatchNorm1d(3)"] = static () => new BatchNorm1d(3),
        ["nn.BatchNorm1d(2, eps=0.1, momentum=0.5)"] = static () => new BatchNorm1d(2, eps: 0.1, momentum: 0.5),
        ["nn.BatchNorm2d(2, momentum=None)"] = static () => new BatchNorm2d(2, momentum: null),
        ["nn.BatchNorm2d(2, affine=False)"] = static () => new BatchNorm2d(2, affine: false),
        ["nn.BatchNorm2d(2, track_running_stats=False)"] = static () => new BatchNorm2d(2, trackRunningStats: false),
        ["nn.BatchNorm3d(2, momentum=0.0)"] = static () => new BatchNorm3d(2, momentum: 0),
        ["nn.BatchNorm1d(3, momentum=1.0)"] = static () => new BatchNorm1d(3, momentum: 1),
    };

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.Cases.Length)];

    [Theory, MemberData(nameof(Cases))]
    public void Layers_train_and_evaluate_as_PyTorchs(int number)
    {
        var golden = Golden.Cases[number];
        var layer = Made.ShouldContainKeyAnd(golden.Code)().Double();
        using (Torch.NoGrad())
            foreach (var (p, values) in layer.Parameters().Zip(golden.Initial)) p.Copy_(values.Tensor);

        Tensor x = Torch.Zeros(0), y = x;
        foreach (var step in golden.Steps)
        {
            x = step.X.Tensor.RequiresGrad_();
            y = layer.Call(x);
            step.Y.ShouldBe(y);
            layer.NamedBuffers().Select(static b => b.Name).ShouldBe(step.Buffers.Keys);
            foreach (var (name, buffer) in layer.NamedBuffers()) step.Buffers[name].ShouldBe(buffer.Double());
        }
        Check(golden.Grads);

        layer.Eval().ZeroGrad();
        var before = layer.Buffers().Select(static b => b.Clone()).ToArray();
        x = golden.Steps[0].X.Tensor.RequiresGrad_();
        y = layer.Call(x);
        golden.Evaluated.ShouldBe(y);
        Check(golden.EvaluatedGrads);
        layer.Buffers().Zip(before).ShouldAllBe(static b => b.First.Equal(b.Second));

        void Check(Sample[] grads)
        {
            (y * Torch.Arange(1, y.Numel() + 1, dtype: DType.Float64).Cos().Reshape(y.Shape)).Sum().Backward();
            foreach (var (t, grad) in new[] { x }.Concat(layer.Parameters()).Zip(grads)) grad.ShouldBe(t.Grad!);
        }
    }

    private sealed record GoldenFile(Case[] Cases, ErrorCase[] Errors);

    private sealed record ErrorCase(int[] Shape, double Mean, double Std, double[] Errors);

    private sealed record Case(string Code, Sample[] Initial, Step[] Steps, Sample[] Grads, Sample Evaluated, Sample[] EvaluatedGrads);

    private sealed record Step(Sample X, Sample Y, Dictionary<string, Sample> Buffers);

    private sealed record Sample(int[] Shape, double[] Data)
    {
        internal Tensor Tensor => Torch.FromArray<double>(Data, Shape);

        internal void ShouldBe(Tensor x)
        {
            x.Shape.ShouldBe((Shape)Shape);
            x.Allclose(Tensor, 1e-12, 1e-12).ShouldBeTrue();
        }
    }

    // ---- fused against composed ------------------------------------------------------------------------------------------

    /// <summary>The definition, in ordinary ops.</summary>
    private static Tensor Composed(Tensor x, Tensor w, Tensor b, (Tensor Mean, Tensor Var)? running, double eps)
    {
        Shape each = [.. Enumerable.Range(0, x.Ndim).Select(d => d == 1 ? x.Shape[1] : 1)];
        int[] dims = [.. Enumerable.Range(0, x.Ndim).Where(static d => d != 1)];
        var mean = running?.Mean.Reshape(each) ?? x.Mean(dims, keepdim: true);
        var var = running?.Var.Reshape(each) ?? (x - mean).Square().Mean(dims, keepdim: true);
        return (x - mean) / (var + eps).Sqrt() * w.Reshape(each) + b.Reshape(each);
    }

    public static TheoryData<int[]> Shapes => [[2, 1], [3, 5], [33, 16], [64, 17], [37, 43], [1, 3, 2], [9, 4, 15], [5, 2, 15], [5, 2, 16], [2, 3, 17], [3, 2, 33], [2, 1, 31, 33], [3, 4, 7, 7], [2, 3, 2, 3, 5]];

    [Theory, MemberData(nameof(Shapes))]
    public void Fused_equals_composed(int[] shape)
    {
        var draw = new Generator().ManualSeed(shape.Length);
        foreach (bool training in new[] { true, false })
            foreach (var layout in new Func<Tensor, Tensor>[] { static x => x, Layouts.Gaps, Layouts.Transposed })
            {
                var (mean, var) = (Randn([shape[1]]), Torch.Rand([shape[1]], DType.Float64, generator: draw) + 0.5);
                (Tensor, Tensor)? running = training ? null : (mean, var);
                Tensor[] x = [layout((Randn(shape) * 3 + 5).Detach().RequiresGrad_()), layout(Randn([shape[1]]).RequiresGrad_()), layout(Randn([shape[1]]).RequiresGrad_())];
                var fused = F.BatchNorm(x[0], training ? null : mean, training ? null : var, x[1], x[2], training, eps: 1e-3);
                var composed = Composed(x[0], x[1], x[2], running, 1e-3);
                fused.IsContiguous().ShouldBeTrue();
                var dy = layout(Randn(shape));
                Close(fused, composed);
                var expected = MiniTorch.Autograd.Grad([composed], x, [dy]);
                foreach (var got in new[] { MiniTorch.Autograd.Grad([fused], x, [dy], createGraph: true), MiniTorch.Autograd.Grad([fused], x, [dy]) })
                    for (int i = 0; i < x.Length; i++) Close(got[i]!, expected[i]!);
            }

        Tensor Randn(Shape s) => Torch.Randn(s, DType.Float64, generator: draw);

        void Close(Tensor a, Tensor b) => (a - b).Abs().Max().Item().ShouldBeLessThan(1e-10 * Math.Max(1, b.Abs().Max().Item()));
    }

    /// <summary>The same numbers as short planes side by side, which are taken as columns, and as one long plane for each channel.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Columns_agree_with_planes(int seed)
    {
        var draw = new Random(seed);
        for (int round = 0; round < 8; round++)
        {
            int n = draw.Next(17, 80), c = draw.Next(1, 70), size = draw.Next(3) > 0 ? 1 : draw.Next(1, 17);
            bool affine = draw.Next(2) > 0, training = draw.Next(3) > 0;
            Same<double>(new(n, c, size), affine, training, draw.Next(), 1e-12);
            Same<float>(new(n, c, size), affine, training, draw.Next(), 3e-6);
        }
    }

    private static void Same<T>(Planes at, bool affine, bool training, int seed, double tolerance)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var draw = new Random(seed);
        Planes whole = new(1, at.Channels, at.PerChannel);
        T[] x = Drawn(at.Channels * at.PerChannel), dy = Drawn(x.Length), γ = Drawn(affine ? at.Channels : 0), β = Drawn(γ.Length);
        double[] mean = [.. γ.Length == 0 ? new double[at.Channels] : γ.Select(double.CreateTruncating)], variance = [.. mean.Select(static m => 0.5 + m * m)];
        T[][] columns = Run(at, x, dy), planes = Run(whole, Front(x), Front(dy));
        (columns[0], columns[1]) = (Front(columns[0]), Front(columns[1]));
        foreach (var (got, expected) in columns.Zip(planes))
        {
            double largest = expected.Max(static e => Math.Abs(double.CreateTruncating(e)));
            got.Zip(expected, static (a, b) => Math.Abs(double.CreateTruncating(a - b))).Max().ShouldBeLessThan(tolerance * Math.Max(1, largest), $"{at} {typeof(T).Name}");
        }

        T[] Drawn(int count) => [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(draw.NextDouble() * 2 - 0.5))];

        T[] Front(T[] y) => [.. Enumerable.Range(0, y.Length).Select(i => y[(i % at.PerChannel / at.Size * at.Channels + i / at.PerChannel) * at.Size + i % at.Size])];

        T[][] Run(Planes p, T[] input, T[] gradient)
        {
            T[] y = new T[x.Length], dx = new T[x.Length], dγ = new T[at.Channels], dβ = new T[at.Channels];
            var rows = new RowStatistics<T>[at.Channels];
            if (training) BatchNormKernel.Train<T>(p, input, γ, β, 1e-3, y, rows, mean, variance);
            else BatchNormKernel.Evaluate<T>(p, input, γ, β, 1e-3, y, rows, mean, variance);
            BatchNormKernel.Backward<T>(p, gradient, input, rows, γ, training, dx, dγ, dβ);
            return [y, dx, dγ, dβ, [.. mean.Concat(variance).Select(T.CreateTruncating)]];
        }
    }

    public static TheoryData<int> ErrorCases => [.. Enumerable.Range(0, Golden.Errors.Length)];

    [Theory, MemberData(nameof(ErrorCases))]
    public void Errors_in_single_precision_are_no_larger_than_PyTorchs(int number)
    {
        var golden = Golden.Errors[number];
        var random = new Generator().ManualSeed(0);
        int channels = golden.Shape[1];
        Tensor x = Torch.Randn(golden.Shape, generator: random) * golden.Std + golden.Mean;
        Tensor w = Torch.Rand([channels], generator: random) + 0.5, b = Torch.Randn([channels], generator: random);
        LayersGolden.Errors(x => F.BatchNorm(x[0], null, null, x[1], x[2], training: true), x, w, b).Zip(golden.Errors).ShouldAllBe(static e => e.First <= e.Second);
    }

    [Fact]
    public void A_large_mean_costs_no_precision_of_the_variance()
    {
        var x = Torch.Randn([64, 3], generator: new Generator().ManualSeed(1)) + 1e4;
        var expected = F.BatchNorm(x.Double(), null, null, training: true);
        F.BatchNorm(x, null, null, training: true).Allclose(expected.Float(), 1e-5, 1e-5).ShouldBeTrue();
    }

    [Theory, InlineData(1, 3, 1), InlineData(3, 2, 8), InlineData(7, 19, 1), InlineData(5, 3, 15), InlineData(2, 3, 17), InlineData(1, 2, 1030)]
    public void Kernels_stay_within_their_spans(int n, int channels, int size)
    {
        var at = new Planes(n, channels, size);
        int all = n * channels * size;
        using GuardedMemory a = new(all * 4), b = new(all * 4), c = new(all * 4), d = new(channels * 4), e = new(channels * 4);
        using GuardedMemory memory = new(channels * 12), f = new(channels * 4), g = new(channels * 4), h = new(channels * 8), i = new(channels * 8);
        Span<float> x = a.Last<float>(all), y = b.Last<float>(all), dx = c.Last<float>(all), w = d.Last<float>(channels), bias = e.Last<float>(channels);
        var statistics = MemoryMarshal.Cast<float, RowStatistics<float>>(memory.Last<float>(3 * channels));
        for (int k = 0; k < all; k++) x[k] = k % 7;
        w.Fill(2);
        bias.Fill(1);
        Span<double> mean = h.Last<double>(channels), variance = i.Last<double>(channels);
        BatchNormKernel.Train<float>(at, x, w, bias, 1e-5, y, statistics, mean, variance);
        BatchNormKernel.Evaluate<float>(at, x, w, bias, 1e-5, y, statistics, mean, variance);
        BatchNormKernel.Backward<float>(at, y, x, statistics, w, true, dx, f.Last<float>(channels), g.Last<float>(channels));
        dx.IndexOfAnyExceptInRange(-1e6f, 1e6f).ShouldBe(-1);                  // no NaN
    }

    // ---- what the layer keeps ----------------------------------------------------------------------------------------------

    [Fact]
    public void Running_statistics_in_single_precision_round_once()
    {
        var layer = new BatchNorm1d(1, momentum: 0.1);
        var x = Torch.Tensor([[0.1], [0.7], [0.3]]);
        layer.Call(x);
        layer.RunningMean!.Item<float>().ShouldBe((float)(x.Double().Mean().Item() * 0.1));
        layer.RunningVar!.Item<float>().ShouldBe((float)(0.9 + x.Double().Var().Item() * 0.1));
    }

    [Fact]
    public void Statistics_are_changed_without_recording_and_do_not_disturb_the_gradient()
    {
        var layer = new BatchNorm1d(2);
        var (first, second) = (layer.Call(Torch.Randn(4, 2)), layer.Call(Torch.Randn(4, 2)));
        (first.Sum() + second.Sum()).Backward();
        layer.RunningMean!.RequiresGrad.ShouldBeFalse();
        layer.Eval();
        var evaluated = layer.Call(Torch.Randn(4, 2));
        layer.ResetRunningStats();
        evaluated.Sum().Backward();
        layer.RunningVar!.ToArray<float>().ShouldBe([1, 1]);
        layer.NumBatchesTracked!.Item<long>().ShouldBe(0);
    }

    [Fact]
    public void Errors_say_what_is_wrong_and_change_nothing()
    {
        var layer = new BatchNorm1d(3);
        Should.Throw<ArgumentException>(() => layer.Call(Torch.Zeros(1, 3))).Message.ShouldStartWith(
            "BatchNorm: training needs more than one value per channel, an input of shape [1, 3] has one.  Use a larger batch, or Eval() for the running statistics.");
        Should.Throw<ArgumentException>(() => layer.Call(Torch.Zeros(2, 3, 4, 5))).Message.ShouldStartWith("BatchNorm1d: expected an input of shape [n, c] or [n, c, l], got [2, 3, 4, 5].");
        Should.Throw<ArgumentException>(static () => new BatchNorm2d(3).Call(Torch.Zeros(2, 3))).Message.ShouldStartWith("BatchNorm2d: expected an input of shape [n, c, h, w], got [2, 3].");
        Should.Throw<ArgumentException>(static () => new BatchNorm3d(3).Call(Torch.Zeros(2, 3))).Message.ShouldStartWith("BatchNorm3d: expected an input of shape [n, c, d, h, w], got [2, 3].");
        Should.Throw<ArgumentException>(() => layer.Call(Torch.Zeros(2, 4))).Message.ShouldStartWith("BatchNorm: runningMean must have a value for each of the 4 channels of the input [2, 4], got shape [3].");
        Should.Throw<ArgumentException>(() => layer.Call(Torch.Zeros([2, 3], DType.Float64))).Message.ShouldStartWith("BatchNorm: input Float64 and runningMean Float32 differ in dtype.");
        layer.NumBatchesTracked!.Item<long>().ShouldBe(0);
        layer.RunningVar!.ToArray<float>().ShouldBe([1, 1, 1]);

        Should.Throw<ArgumentException>(static () => F.BatchNorm(Torch.Zeros(3), null, null, training: true)).Message.ShouldStartWith("BatchNorm: an input has at least two dimensions [n, c], got shape [3].");
        Should.Throw<ArgumentException>(static () => F.BatchNorm(Torch.Zeros(2, 3), null, Torch.Ones(3))).Message.ShouldStartWith("BatchNorm: without training, runningMean and runningVar are needed.");
        Should.Throw<ArgumentException>(static () => F.BatchNorm(Torch.Zeros([2, 3], DType.Int64), null, null, training: true)).Message.ShouldStartWith("BatchNorm: expected a floating-point input, got Int64.");
        Should.Throw<ArgumentOutOfRangeException>(static () => new BatchNorm1d(-1)).Message.ShouldStartWith("BatchNorm1d: numFeatures must not be negative, got -1.");
    }
}
