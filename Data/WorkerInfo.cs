namespace MiniTorch.Data;

/// <summary>
/// Which worker of a loader is running, for a dataset that wants to know: <c>torch.utils.data.get_worker_info()</c>. Above all it has the
/// generator that random augmentation is to draw from, so that the same seed gives the same samples whatever the timing of the workers.
/// </summary>
/// <example><code>
/// public override Tensor this[int i] => images[i] + 0.1 * Torch.Randn([28, 28], generator: WorkerInfo.Current?.Generator);
/// </code></example>
public sealed class WorkerInfo
{
    [ThreadStatic] private static WorkerInfo? current;

    internal WorkerInfo(int id, int numWorkers, long seed)
    {
        (Id, NumWorkers, Seed) = (id, numWorkers, seed);
        Generator = new Generator().ManualSeed(seed);
    }

    /// <summary>The worker that fetches samples on this thread right now; null outside of workers, and in a loader that has none.</summary>
    public static WorkerInfo? Current => current;

    /// <summary>0 to <see cref="NumWorkers"/> − 1. Batch k of an epoch falls to worker k mod NumWorkers.</summary>
    public int Id { get; }

    /// <summary>The number of workers that share the work.</summary>
    public int NumWorkers { get; }

    /// <summary>The seed of <see cref="Generator"/> in this epoch: one number that the loader drew, plus <see cref="Id"/>.</summary>
    public long Seed { get; }

    /// <summary>This worker's own source of random numbers: what the default generator is in a worker process of PyTorch.</summary>
    public Generator Generator { get; }

    /// <summary>Runs some work as this worker.</summary>
    internal T Run<T>(Func<T> work)
    {
        var before = current;             // a worker may enumerate a loader itself, and a waiting consumer may lend its thread
        current = this;
        try
        {
            return work();
        }
        finally
        {
            current = before;
        }
    }
}
