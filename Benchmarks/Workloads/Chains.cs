using static MiniTorch.Torch;

namespace MiniTorch.Benchmarks;

/// <summary>What an op costs when it computes almost nothing: chains of 1,000 ops on single numbers, forward and backward.</summary>
internal static class Chains
{
    internal static IEnumerable<Workload> All =>
    [
        new("autograd_chain_scalar_1000", _ => Chain(tensors: false)),
        new("autograd_chain_tensor_1000", _ => Chain(tensors: true)),
    ];

    /// <summary>0.5 · 1.01 + 0.01, tanh, and so on.</summary>
    private static Func<Tensor> Chain(bool tensors)
    {
        Tensor x = Tensor(0.5, requiresGrad: true), a = Tensor(1.01, requiresGrad: true), b = Tensor(0.01, requiresGrad: true);
        return () =>
        {
            x.Grad = a.Grad = b.Grad = null;
            var y = x;
            for (int i = 0; i < 1000; i++)
                y = (i % 3) switch { 0 => tensors ? y * a : y * 1.01, 1 => tensors ? y + b : y + 0.01, _ => y.Tanh() };
            y.Backward();
            return y;
        };
    }
}
