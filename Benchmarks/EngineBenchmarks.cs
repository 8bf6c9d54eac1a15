using BenchmarkDotNet.Attributes;
using static MiniTorch.Torch;

namespace MiniTorch.Benchmarks;

/// <summary>What an op costs when it computes almost nothing: a chain of 1,000, forward and backward.</summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private const int Ops = 1000;

    private readonly Tensor x = Tensor(0.5, requiresGrad: true), a = Tensor(1.01, requiresGrad: true), b = Tensor(0.01, requiresGrad: true);

    /// <summary>y ← 1.01y, y + 0.01, tanh y, in turn, with plain numbers.</summary>
    [Benchmark(OperationsPerInvoke = Ops)]
    public Tensor ChainOfNumbers()
    {
        x.Grad = null;
        var y = x;
        for (int i = 0; i < Ops; i++) y = (i % 3) switch { 0 => y * 1.01, 1 => y + 0.01, _ => y.Tanh() };
        y.Backward();
        return y;
    }

    /// <summary>The same with tensors that require gradients of their own.</summary>
    [Benchmark(OperationsPerInvoke = Ops)]
    public Tensor ChainOfTensors()
    {
        x.Grad = a.Grad = b.Grad = null;
        var y = x;
        for (int i = 0; i < Ops; i++) y = (i % 3) switch { 0 => y * a, 1 => y + b, _ => y.Tanh() };
        y.Backward();
        return y;
    }

    /// <summary>The same as <see cref="ChainOfNumbers"/> without recording.</summary>
    [Benchmark(OperationsPerInvoke = Ops)]
    public Tensor ChainWithoutGraph()
    {
        using (NoGrad())
        {
            var y = x;
            for (int i = 0; i < Ops; i++) y = (i % 3) switch { 0 => y * 1.01, 1 => y + 0.01, _ => y.Tanh() };
            return y;
        }
    }
}
