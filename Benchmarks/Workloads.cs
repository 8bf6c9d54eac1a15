namespace MiniTorch.Benchmarks;

/// <summary>All workloads, a line per family. Their twins in PyTorch have the same names, in pytorch/.</summary>
internal static class Workloads
{
    internal static Workload[] All =>
    [
        .. MatrixProducts.All,
        .. SingleKernels.All,
        .. Chains.All,
        .. SmallModels.All,
        .. Mnist.All,
        .. LeNet.All,
        .. Autoencoder.All,
        .. CharModels.All,
        .. Derivatives.All,
        .. Optimizers.All,
        .. Loading.All,
    ];
}
