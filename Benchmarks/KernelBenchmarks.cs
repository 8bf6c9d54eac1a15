using BenchmarkDotNet.Attributes;
using static MiniTorch.Torch;

namespace MiniTorch.Benchmarks;

/// <summary>Single kernels, out of place, without a graph.</summary>
public class ElementwiseBenchmarks
{
    private Tensor x = Zeros(0), y = Zeros(0);

    [Params(1 << 10, 1 << 16, 1 << 20)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup() => (x, y) = (Rand(N) * 4 - 2, Rand(N) * 4 - 2);

    [Benchmark]
    public Tensor Add() => x + y;

    [Benchmark]
    public Tensor Exp() => x.Exp();

    [Benchmark]
    public Tensor Tanh() => x.Tanh();

    [Benchmark]
    public Tensor Sigmoid() => x.Sigmoid();

    [Benchmark]
    public Tensor Sum() => x.Sum();
}

/// <summary>Square matrix products.</summary>
public class MatmulBenchmarks
{
    private Tensor a = Zeros(0), b = Zeros(0);

    [Params(16, 64, 256, 1024)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup() => (a, b) = (Randn(N, N), Randn(N, N));

    [Benchmark]
    public Tensor Matmul() => a.Matmul(b);

    [Benchmark]
    public Tensor MatmulWithTranspose() => a.Matmul(b.T);
}
