using MiniTorch.Data;
using static MiniTorch.Benchmarks.Data;
using static MiniTorch.Torch;

namespace MiniTorch.Benchmarks;

/// <summary>One epoch over 60,000 images in shuffled batches of 64: the loader, and the indexing that stands behind it.</summary>
internal static class Loading
{
    internal static IEnumerable<Workload> All =>
    [
        new("dataloader_mnist", Loader) { Checked = [1] },
        new("dataloader_mnist_index", Index) { Checked = [1] },
    ];

    private static Func<Tensor> Loader(bool check)
    {
        var loader = new DataLoader(new TensorDataset(Images, Labels), batchSize: 64, shuffle: true);
        return () =>
        {
            if (check) ManualSeed(0);
            Tensor? last = null;
            foreach (var (x, _) in loader) last = x;
            return last!;
        };
    }

    private static Func<Tensor> Index(bool check)
    {
        Tensor inputs = Images, targets = Labels;
        return () =>
        {
            if (check) ManualSeed(0);
            var order = Randperm(60000);
            var last = inputs;
            for (int i = 0; i < 60000; i += 64)
            {
                var batch = order[i..Math.Min(i + 64, 60000)];
                (last, _) = (inputs[batch], targets[batch]);
            }
            return last;
        };
    }

    private static Tensor Images => U(1, [60000, 784]);

    private static Tensor Labels => K(2, [60000], 10);
}
