using static MiniTorch.Benchmarks.Data;

namespace MiniTorch.Benchmarks;

/// <summary>Square matrix products <c>[n, n] · [n, n] → [n, n]</c>.</summary>
internal static class MatrixProducts
{
    internal static IEnumerable<Workload> All => new[] { 64, 128, 256, 512, 1024 }.Select(n =>
        new Workload($"gemm_{n}", _ => Gemm(n)) { Checked = [1], Flops = 2.0 * n * n * n });

    private static Func<Tensor> Gemm(int n)
    {
        Tensor a = U(1, [n, n], -1, 1), b = U(2, [n, n], -1, 1);
        return () => a.Matmul(b);
    }
}
