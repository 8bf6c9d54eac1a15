using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// The same bits for any number of threads. Sizes are such that work is really shared out, and that pieces end anywhere. These tests run
/// alone: the number of threads belongs to the whole process.
/// </summary>
[Collection(Seeded.Name)]
public sealed class ThreadCountTests : IDisposable
{
    private readonly int before = GetNumThreads();

    public void Dispose() => SetNumThreads(before);

    private static void SameBits(Func<IEnumerable<Tensor>> work)
    {
        byte[][]? expected = null;
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            SetNumThreads(threads);
            for (int round = 0; round < 3; round++)
            {
                ManualSeed(7);
                byte[][] bits = [.. work().Select(Bits)];
                expected ??= bits;
                for (int i = 0; i < bits.Length; i++) bits[i].AsSpan().SequenceEqual(expected[i]).ShouldBeTrue($"result {i} with {threads} threads");
            }
        }
    }

    private static byte[] Bits(Tensor x)
    {
        var y = x.Detach().Contiguous();
        return y.DType == DType.Float64
            ? System.Runtime.InteropServices.MemoryMarshal.AsBytes(y.ToArray<double>().AsSpan()).ToArray()
            : System.Runtime.InteropServices.MemoryMarshal.AsBytes(y.ToArray<float>().AsSpan()).ToArray();
    }

    /// <summary>One shape for every way to compute a product, and every transpose of its operands.</summary>
    [Theory]
    [InlineData(128, 128, 128), InlineData(129, 157, 131), InlineData(1, 3000, 784), InlineData(3, 1200, 784), InlineData(3000, 2, 400)]
    [InlineData(64, 256, 784), InlineData(33, 1000, 500), InlineData(97, 700, 500), InlineData(700, 40, 500), InlineData(2000, 4, 500)]
    public void Matrix_products(int m, int n, int k) => SameBits(() =>
    {
        Tensor a = Randn(m, k), b = Randn(k, n), at = Randn(k, m).T, bt = Randn(n, k).T, strided = Randn(m, 2 * k)[.., Slice(step: 2)];
        return [a.Mm(b), a.Mm(bt), at.Mm(b), at.Mm(bt), strided.Mm(bt), a.Double().Mm(b.Double()), at.Double().Mm(bt.Double())];
    });

    [Theory, InlineData(150, 8, 60, 30), InlineData(3, 200, 100, 150)]
    public void Batches_of_products(int batch, int m, int n, int k) => SameBits(() => [Randn(batch, m, k).Bmm(Randn(batch, k, n)), Randn(batch, k, m).MT.Matmul(Randn(k, n))]);

    [Fact]
    public void Elementwise_ops() => SameBits(() =>
    {
        Tensor x = Randn(140_003), y = Randn(140_003), strided = Randn(280_006)[Slice(step: 2)], whole = Randn(300, 533);
        return [
            x.Exp(), x.Tanh(), x.Sigmoid(), x.Abs().Log(), x + y, x * y, x / y, x + 2.5, 2.5 / x, x.Relu(), strided.Exp(), strided * y, y - strided,
            whole * Randn(533), whole.T.Exp(), x.Lerp(y, 0.3), Where(x > 0, x, y), x.Clone().Mul_(y), x.Double().Exp(), x.To(DType.Float64)];
    });

    [Fact]
    public void Reductions() => SameBits(() =>
    {
        Tensor x = Randn(2_300_003), y = Randn(500, 333), z = Randn(20, 100, 70);
        return [
            x.Sum(), x.Mean(), x.Max(), x.Prod(), x.Var(), x.Double().Sum(), x[..1_048_576].Sum(), x[..1_048_577].Sum(), y.Sum(), y.Sum(0), y.Sum(1), y.Amax(1),
            z.Sum(1), z.Sum(2), z.Mean(0), y.T.Sum(0), y.Logsumexp(1), y.Norm()];
    });

    [Fact]
    public void Softmaxes() => SameBits(() =>
    {
        Tensor x = Randn(500, 333), z = Randn(20, 100, 70);
        return [x.Softmax(1), x.Softmax(0), x.LogSoftmax(1), z.Softmax(1), z.LogSoftmax(2), x.Double().Softmax(-1)];
    });

    [Fact]
    public void Normalisations() => SameBits(() =>
    {
        Tensor x = Randn(300, 533).RequiresGrad_(), z = Randn(30, 50, 70).RequiresGrad_(), w = Randn(533).RequiresGrad_(), b = Randn(533).RequiresGrad_();
        Tensor[] y = [F.LayerNorm(x, [533], w, b), F.BatchNorm(x, null, null, w, b, training: true), F.BatchNorm(z, null, null, training: true)];
        foreach (var t in y) t.Backward(Randn(t.Shape));
        return [.. y, x.Grad!, z.Grad!, w.Grad!, b.Grad!];
    });

    public static TheoryData<string> Optimizers => ["SGD", "Adam", "AdamW"];

    [Theory, MemberData(nameof(Optimizers))]
    public void Optimizer_steps(string name) => SameBits(() =>
    {
        var p = Randn([80_001], requiresGrad: true);
        Optimizer optimizer = name switch
        {
            "SGD" => new SGD([p], lr: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true),
            "Adam" => new Adam([p], lr: 0.1, weightDecay: 0.01, amsgrad: true),
            _ => new AdamW([p], lr: 0.1),
        };
        for (int i = 0; i < 3; i++)
        {
            p.Grad = Randn(80_001);
            optimizer.Step();
        }
        return [p];
    });

    [Fact]
    public void Training_steps() => SameBits(() =>
    {
        var model = new Sequential(new Linear(300, 256), new ReLU(), new Dropout(0.2), new Linear(256, 128), new NN.Tanh(), new Linear(128, 10));
        var optimizer = new Adam(model.Parameters(), lr: 1e-2);
        Tensor x = Randn(200, 300), y = Randint(10, [200]);
        var losses = new List<Tensor>();
        for (int i = 0; i < 5; i++)
        {
            optimizer.ZeroGrad();
            var loss = F.CrossEntropy(model.Call(x), y);
            loss.Backward();
            optimizer.Step();
            losses.Add(loss.Detach());
        }
        return [.. losses, .. model.Parameters()];
    });

    /// <summary>Models trained on several threads at once, while the number of helpers changes: each as if it were alone.</summary>
    [Fact]
    public void Training_on_several_threads_at_once()
    {
        static byte[] Trained(int seed)
        {
            var x = (Arange(200 * 300).Reshape(200, 300) * (seed + 1)).Float().Sin();
            var w = (Arange(300 * 150).Reshape(300, 150).Float() * 0.37).Cos().Detach().RequiresGrad_();
            for (int i = 0; i < 20; i++)
            {
                w.Grad = null;
                (x.Matmul(w).Tanh() - 0.5).Square().Mean().Backward();
                using (NoGrad()) w.Sub_(w.Grad!, alpha: 0.5);
            }
            return Bits(w);
        }

        SetNumThreads(1);
        byte[][] expected = [.. Enumerable.Range(0, 4).Select(Trained)];
        SetNumThreads(3);
        byte[][] actual = new byte[4][];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() => actual[i] = Trained(i))).ToArray();
        foreach (var thread in threads) thread.Start();
        for (int i = 0; threads.Any(t => t.IsAlive); i++)
        {
            SetNumThreads(i % 4 + 1);
            Thread.Sleep(1);
        }
        for (int i = 0; i < 4; i++) actual[i].ShouldBe(expected[i], $"model {i}");
    }

    /// <summary>Optimizers whose steps hang on sums and products over whole parameters.</summary>
    [Fact]
    public void Steps_of_whole_parameters() => SameBits(() =>
    {
        Tensor c = Rand(140_003) + 0.1, data = Randn(3000, 20), target = Randn(3000);
        Tensor x = Randn(140_003).RequiresGrad_(), w = Randn(20).RequiresGrad_(), m = Randn(301, 157).RequiresGrad_(), f = Randn(500, 300).RequiresGrad_();
        Optimizer lbfgs = new LBFGS([x], maxIter: 4, lineSearchFn: "strong_wolfe"), newton = new Newton([w]);
        lbfgs.Step(() => Loss(lbfgs, (c * (x - 1).Pow(2)).Sum() + x.Sin().Sum()));
        newton.Step(() => Loss(newton, (data.Matmul(w).Tanh() - target).Pow(2).Mean() + w.Pow(4).Sum()));
        (m.Grad, f.Grad) = (Randn(301, 157), Randn(500, 300));
        new Muon([m]).Step();
        new Adafactor([f]).Step();
        return [x, w, m, f];

        static Tensor Loss(Optimizer opt, Tensor loss)
        {
            opt.ZeroGrad();
            loss.Backward();
            return loss;
        }
    });
}
