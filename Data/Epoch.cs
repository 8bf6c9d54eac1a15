using System.Collections;

namespace MiniTorch.Data;

/// <summary>
/// One pass of a loader. Without workers a batch is made when it is asked for. With workers the next batches are made ahead, each worker
/// making one in numWorkers of them in order, and are handed out in the order of the plan.
/// </summary>
/// <remarks>
/// A worker is a chain of thread-pool tasks, one per batch, and no thread of its own: an epoch that is dropped without Dispose finishes
/// the few batches under way and is collected. The plan, and with it every draw of a sampler, runs on the consumer's thread.
/// </remarks>
internal sealed class Epoch<TBatch> : IEnumerator<TBatch>, IAsyncEnumerator<TBatch>
{
    private readonly IEnumerator<int[]> plan;
    private readonly Fetcher<TBatch> fetcher;
    private readonly Worker[] workers;
    private readonly Queue<Task<Fetched<TBatch>>> ahead = [];
    private readonly CancellationTokenSource stop;
    private readonly CancellationToken stopped;
    private int planned;
    private bool ended, disposed;

    internal Epoch(
        IEnumerable<int[]> plan, Fetcher<TBatch> fetcher, WorkerInfo[] workers, int prefetchFactor, CancellationToken cancel, CancellationToken cancelToo)
    {
        (this.plan, this.fetcher) = (plan.GetEnumerator(), fetcher);
        this.workers = Array.ConvertAll(workers, static info => new Worker(info));
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, cancelToo);
        stopped = stop.Token;
        for (int i = 0; i < workers.Length * prefetchFactor; i++) MakeAhead();
    }

    public TBatch Current { get; private set; } = default!;

    object? IEnumerator.Current => Current;

    public bool MoveNext() => Take(Next().GetAwaiter().GetResult());

    public async ValueTask<bool> MoveNextAsync() => Take(await Next().WaitAsync(stopped).ConfigureAwait(false));

    public void Reset() => throw new NotSupportedException("DataLoader: an epoch cannot be started over.  Enumerate the loader again.");

    public void Dispose() => End().GetAwaiter().GetResult();

    public ValueTask DisposeAsync() => new(End());

    private bool Take(Fetched<TBatch> fetched)
    {
        ended |= !fetched.Any;
        Current = fetched.Batch;
        return fetched.Any;
    }

    private Task<Fetched<TBatch>> Next()
    {
        if (ended) return Fetched<TBatch>.Nothing;
        stopped.ThrowIfCancellationRequested();
        if (workers.Length == 0) return plan.MoveNext() ? Task.FromResult(fetcher.Fetch(plan.Current, stopped)) : Fetched<TBatch>.Nothing;
        MakeAhead();
        return ahead.TryDequeue(out var next) ? next : Fetched<TBatch>.Nothing;
    }

    private void MakeAhead()
    {
        if (!plan.MoveNext()) return;
        var indices = plan.Current;
        ahead.Enqueue(workers[planned++ % workers.Length].Then(() => fetcher.Fetch(indices, stopped)));
    }

    // Returns when nothing of the user's code runs any more. Errors in batches that nobody will see are nobody's errors.
    private async Task End()
    {
        if (disposed) return;
        ended = disposed = true;
        stop.Cancel();
        await Task.WhenAll(Array.ConvertAll(workers, static worker => worker.Last)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        plan.Dispose();
        fetcher.Dispose();
        stop.Dispose();
    }

    /// <summary>Jobs one after the other on the thread pool.</summary>
    private sealed class Worker(WorkerInfo info)
    {
        internal Task Last { get; private set; } = Task.CompletedTask;

        internal Task<TResult> Then<TResult>(Func<TResult> job)
        {
            var task = Last.ContinueWith(
                before =>
                {
                    _ = before.Exception;             // looked at: else it counts as unobserved when its batch is never asked for
                    return info.Run(job);
                },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            Last = task;
            return task;
        }
    }
}
