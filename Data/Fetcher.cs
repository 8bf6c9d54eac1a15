namespace MiniTorch.Data;

/// <summary>A batch, or none at the end of a stream.</summary>
internal readonly record struct Fetched<TBatch>(bool Any, TBatch Batch)
{
    internal static Task<Fetched<TBatch>> Nothing { get; } = Task.FromResult<Fetched<TBatch>>(default);
}

/// <summary>Turns the indices of a batch into the batch.</summary>
internal abstract class Fetcher<TBatch> : IDisposable
{
    internal abstract Fetched<TBatch> Fetch(int[] indices, CancellationToken cancel);

    public abstract void Dispose();
}

/// <summary>Fetches from a dataset by index, from any number of threads.</summary>
/// <param name="dataset">Where samples come from.</param>
/// <param name="collate">Makes a batch of samples; null where single samples are handed out.</param>
/// <param name="whole">The same dataset, where it may be asked for a whole batch.</param>
internal sealed class IndexedFetcher<TItem, TBatch>(Dataset<TItem> dataset, Func<IReadOnlyList<TItem>, TBatch>? collate, Dataset<TBatch>? whole)
    : Fetcher<TBatch>
{
    internal override Fetched<TBatch> Fetch(int[] indices, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (collate is null) return new(true, (TBatch)(object)Sample(indices[0])!);
        try
        {
            if (whole is not null && indices.Length > 0 && whole.TryGetBatch(indices, out var batch)) return new(true, batch);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DataLoaderException.Batch(indices, e);
        }

        var items = new TItem[indices.Length];
        for (int i = 0; i < items.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            items[i] = Sample(indices[i]);
        }
        try
        {
            return new(true, collate(items));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DataLoaderException.Batch(indices, e);
        }
    }

    public override void Dispose()
    {
    }

    private TItem Sample(int index)
    {
        try
        {
            return dataset[index];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DataLoaderException.Sample(index, e);
        }
    }
}

/// <summary>Fetches what comes next from a stream, as many samples as there are indices; for one thread at a time.</summary>
/// <param name="stream">Where samples come from.</param>
/// <param name="collate">Makes a batch of samples; null where single samples are handed out.</param>
/// <param name="dropLast">Whether a last, smaller batch is left out.</param>
internal sealed class StreamFetcher<TItem, TBatch>(IEnumerator<TItem> stream, Func<IReadOnlyList<TItem>, TBatch>? collate, bool dropLast)
    : Fetcher<TBatch>
{
    private bool ended;
    private int position;

    internal override Fetched<TBatch> Fetch(int[] indices, CancellationToken cancel)
    {
        var items = new List<TItem>(indices.Length);
        while (items.Count < indices.Length && !ended)
        {
            cancel.ThrowIfCancellationRequested();
            if (Advance()) items.Add(stream.Current);
        }
        if (items.Count == 0 || (dropLast && items.Count < indices.Length)) return default;
        if (collate is null) return new(true, (TBatch)(object)items[0]!);
        try
        {
            return new(true, collate(items));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DataLoaderException.Batch([.. Enumerable.Range(position - items.Count, items.Count)], e);
        }
    }

    public override void Dispose() => stream.Dispose();

    private bool Advance()
    {
        try
        {
            ended = !stream.MoveNext();
            if (!ended) position++;
            return !ended;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            ended = true;
            throw DataLoaderException.Sample(position, e);
        }
    }
}
