using static MiniTorch.Benchmarks.Data;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Benchmarks;

/// <summary>Single ops out of place, without a graph. The result of each call is dropped, so the allocator is in the clock.</summary>
internal static class SingleKernels
{
    internal static IEnumerable<Workload> All => [.. Elementwise(), .. Reductions()];

    private static IEnumerable<Workload> Elementwise()
    {
        (string Name, Func<Tensor, Tensor, Tensor> Op)[] ops =
        [
            ("add", (a, b) => a + b),
            ("mul", (a, b) => a * b),
            ("exp", (a, _) => a.Exp()),
            ("tanh", (a, _) => a.Tanh()),
            ("sigmoid", (a, _) => a.Sigmoid()),
            ("gelu", (a, _) => F.Gelu(a)),
            ("relu", (a, _) => a.Relu()),
        ];
        foreach (var (name, op) in ops)
            foreach (var (label, n) in new[] { ("1k", 1 << 10), ("64k", 1 << 16), ("1m", 1 << 20) })
                yield return new($"ewise_{name}_{label}", _ =>
                {
                    Tensor a = U(1, [n], -2, 2), b = U(2, [n], -2, 2);
                    return () => op(a, b);
                })
                { Checked = [1] };
    }

    private static IEnumerable<Workload> Reductions()
    {
        (string Name, Func<Tensor, Tensor> Op)[] ops =
        [
            ("reduce_sum", x => x.Sum(-1)),
            ("reduce_sum_dim0", x => x.Sum(0)),
            ("reduce_sum_all", x => x.Sum()),
            ("reduce_max", x => x.Amax(-1)),
            ("reduce_max_idx", x => x.Max(-1).Values),
            ("reduce_softmax", x => x.Softmax(-1)),
            ("reduce_logsoftmax", x => x.LogSoftmax(-1)),
        ];
        foreach (var (name, op) in ops)
            yield return new(name, _ =>
            {
                var x = U(1, [512, 1024], -2, 2);
                return () => op(x);
            })
            { Checked = [1] };
        yield return new("reduce_layernorm", _ =>
        {
            Tensor x = U(1, [512, 1024], -2, 2), w = U(3, [1024], .5, 1.5), b = U(4, [1024], -1, 1);
            return () => F.LayerNorm(x, [1024], w, b);
        })
        { Checked = [1] };
        yield return new("broadcast_add", _ =>
        {
            Tensor x = U(1, [512, 1024], -2, 2), b = U(2, [1024], -2, 2);
            return () => x + b;
        })
        { Checked = [1] };
        yield return new("permute_contig", _ =>
        {
            var x = U(1, [64, 32, 128, 16], -2, 2);
            return () => x.Permute(0, 2, 1, 3).Contiguous();
        })
        { Checked = [1] };
    }
}
