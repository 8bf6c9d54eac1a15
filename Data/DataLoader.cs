using System.Collections;

namespace MiniTorch.Data;

/// <summary>
/// Batches of inputs and targets: <c>foreach (var (x, y) in new DataLoader(dataset, batchSize: 64, shuffle: true))</c>. For samples of another
/// type see <see cref="DataLoader{T}"/>, for batches of another type than the samples <see cref="DataLoader{TItem, TBatch}"/>.
/// </summary>
/// <inheritdoc cref="DataLoader{TItem, TBatch}" path="/remarks"/>
public sealed class DataLoader : DataLoader<(Tensor Input, Tensor Target)>
{
    /// <inheritdoc cref="DataLoader{TItem, TBatch}(IEnumerable{TItem}, int?, bool, IEnumerable{int}?, IEnumerable{IReadOnlyList{int}}?, int, Func{IReadOnlyList{TItem}, TBatch}?, bool, Generator?, int?)"/>
    public DataLoader(
        IEnumerable<(Tensor Input, Tensor Target)> dataset, int? batchSize = 1, bool shuffle = false, IEnumerable<int>? sampler = null,
        IEnumerable<IReadOnlyList<int>>? batchSampler = null, int numWorkers = 0,
        Func<IReadOnlyList<(Tensor Input, Tensor Target)>, (Tensor Input, Tensor Target)>? collateFn = null,
        bool dropLast = false, Generator? generator = null, int? prefetchFactor = null)
        : base(dataset, batchSize, shuffle, sampler, batchSampler, numWorkers, collateFn, dropLast, generator, prefetchFactor)
    {
    }
}

/// <summary>Batches that have the type of the samples: <c>Tensor</c>, <c>Tensor[]</c>, <c>(Tensor, Tensor, Tensor)</c> …</summary>
/// <inheritdoc cref="DataLoader{TItem, TBatch}" path="/remarks"/>
public class DataLoader<T> : DataLoader<T, T>
{
    /// <inheritdoc cref="DataLoader{TItem, TBatch}(IEnumerable{TItem}, int?, bool, IEnumerable{int}?, IEnumerable{IReadOnlyList{int}}?, int, Func{IReadOnlyList{TItem}, TBatch}?, bool, Generator?, int?)"/>
    public DataLoader(
        IEnumerable<T> dataset, int? batchSize = 1, bool shuffle = false, IEnumerable<int>? sampler = null,
        IEnumerable<IReadOnlyList<int>>? batchSampler = null, int numWorkers = 0, Func<IReadOnlyList<T>, T>? collateFn = null,
        bool dropLast = false, Generator? generator = null, int? prefetchFactor = null)
        : base(dataset, batchSize, shuffle, sampler, batchSampler, numWorkers, collateFn, dropLast, generator, prefetchFactor)
    {
    }
}

/// <summary>Runs over a dataset in batches, in order or shuffled, here or on background workers. Each enumeration is one epoch.</summary>
/// <typeparam name="TItem">What one sample is: <c>(Tensor, int)</c>.</typeparam>
/// <typeparam name="TBatch">What a batch of them is: <c>(Tensor, Tensor)</c>.</typeparam>
/// <remarks>
/// <para>
/// The draws are PyTorch's, so the same seed gives the same batches. Making a loader draws nothing. Starting an epoch draws one number from the
/// loader's generator, or the default one, even without shuffling or workers: the workers' base seed.
/// </para>
/// <para>
/// With workers, several threads call the dataset's indexer at once, batches come in the same order as without, and leaving the loop waits
/// until no worker is in the dataset any more. Unlike PyTorch's processes the workers share the dataset: a stream is read by one at a
/// time and its samples come once, not once per worker. A worker's source of random numbers is <see cref="WorkerInfo.Generator"/>.
/// </para>
/// </remarks>
public class DataLoader<TItem, TBatch> : IEnumerable<TBatch>
{
    private const int DefaultPrefetchFactor = 2;
    private readonly Dataset<TItem>? samples;                     // null for a stream
    private readonly IEnumerable<IReadOnlyList<int>> plan;
    private readonly Func<IReadOnlyList<TItem>, TBatch>? collate; // null: single samples
    private readonly Dataset<TBatch>? whole;                      // samples, where whole batches may be asked for

    /// <summary>A loader. Options are PyTorch's, in its order.</summary>
    /// <param name="dataset">A <see cref="Dataset{T}"/>, an array or a list; anything else that can be enumerated is a stream.</param>
    /// <param name="batchSize">Samples per batch; null hands out single samples as they are.</param>
    /// <param name="shuffle">Whether each epoch visits the samples in a new random order.</param>
    /// <param name="sampler">The order of samples: a <see cref="Sampler{T}"/> or any indices. Excludes <paramref name="shuffle"/>.</param>
    /// <param name="batchSampler">The indices of each batch. Excludes batchSize, shuffle, sampler and dropLast.</param>
    /// <param name="numWorkers">How many batches are made in the background at the same time; 0 makes each when it is asked for.</param>
    /// <param name="collateFn">Makes a batch of samples; by default <see cref="Collate.Default{TItem, TBatch}"/>.</param>
    /// <param name="dropLast">Whether a last batch with fewer samples is left out.</param>
    /// <param name="generator">Where shuffling and the workers' seeds draw from; by default the default generator.</param>
    /// <param name="prefetchFactor">How many batches per worker are made ahead; by default 2.</param>
    /// <exception cref="ArgumentException">Options that exclude each other, or that are out of range.</exception>
    public DataLoader(
        IEnumerable<TItem> dataset, int? batchSize = 1, bool shuffle = false, IEnumerable<int>? sampler = null,
        IEnumerable<IReadOnlyList<int>>? batchSampler = null, int numWorkers = 0, Func<IReadOnlyList<TItem>, TBatch>? collateFn = null,
        bool dropLast = false, Generator? generator = null, int? prefetchFactor = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        samples = dataset as Dataset<TItem> ?? (dataset is IReadOnlyList<TItem> list ? new ListDataset<TItem>(list) : null);

        if (numWorkers < 0)
            throw new ArgumentOutOfRangeException(nameof(numWorkers), numWorkers, $"DataLoader: numWorkers must not be negative, got {numWorkers}.");
        if (prefetchFactor is not null && numWorkers == 0)
            throw new ArgumentException("DataLoader: prefetchFactor means nothing without workers.  Pass numWorkers: 1 or more.", nameof(prefetchFactor));
        if (prefetchFactor is { } factor) Sampling.Positive(factor, nameof(prefetchFactor), nameof(DataLoader));
        if (samples is null && (shuffle || sampler is not null || batchSampler is not null))
            throw new ArgumentException(
                "DataLoader: a stream comes in its own order, so shuffle, sampler and batchSampler mean nothing.  "
                + "Pass a Dataset or a list, or shuffle the stream itself.",
                nameof(dataset));
        if (sampler is not null && shuffle)
            throw new ArgumentException("DataLoader: sampler and shuffle exclude each other.  A RandomSampler is what shuffle stands for.", nameof(shuffle));
        if (batchSampler is not null && (batchSize != 1 || shuffle || sampler is not null || dropLast))
            throw new ArgumentException(
                "DataLoader: batchSampler excludes batchSize, shuffle, sampler and dropLast, since it decides about all of them.",
                nameof(batchSampler));
        if (batchSize is null && dropLast)
            throw new ArgumentException("DataLoader: batchSize: null makes no batches, so there is none for dropLast to leave out.", nameof(dropLast));
        if (batchSize is null && (collateFn is not null || !typeof(TItem).IsAssignableTo(typeof(TBatch))))
            throw new ArgumentException(
                "DataLoader: batchSize: null hands out single samples as they are, without collateFn.  Use dataset.Map(...) to convert them.",
                nameof(collateFn));
        if (batchSize is { } size) Sampling.Positive(size, nameof(batchSize), nameof(DataLoader));

        sampler ??= samples is null ? null : shuffle ? new RandomSampler(samples, generator: generator) : new SequentialSampler(samples);
        if (batchSampler is null && batchSize is { } each && sampler is not null) batchSampler = new BatchSampler(sampler, each, dropLast);
        plan = samples is null ? Blanks(batchSize ?? 1) : batchSampler ?? new BatchSampler(sampler!, 1, false);
        collate = batchSize is null ? null : collateFn ?? Collate.Default<TItem, TBatch>;
        whole = collateFn is null ? samples as Dataset<TBatch> : null;

        (Dataset, BatchSize, Sampler, BatchSampler) = (dataset, batchSize, sampler, batchSampler);
        (NumWorkers, DropLast, Generator, PrefetchFactor) = (numWorkers, dropLast, generator, prefetchFactor ?? DefaultPrefetchFactor);
    }

    /// <summary>Where samples come from.</summary>
    public IEnumerable<TItem> Dataset { get; }

    /// <summary>Samples per batch; null where samples come singly.</summary>
    public int? BatchSize { get; }

    /// <summary>The order of samples; null for a stream, or where a batch sampler was given.</summary>
    public IEnumerable<int>? Sampler { get; }

    /// <summary>The indices of each batch; null for a stream, or where samples come singly.</summary>
    public IEnumerable<IReadOnlyList<int>>? BatchSampler { get; }

    /// <summary>How many batches are made in the background at the same time.</summary>
    public int NumWorkers { get; }

    /// <summary>Whether a last batch with fewer samples is left out.</summary>
    public bool DropLast { get; }

    /// <summary>Where shuffling and the workers' seeds draw from; null for the default generator.</summary>
    public Generator? Generator { get; }

    /// <summary>How many batches per worker are made ahead.</summary>
    public int PrefetchFactor { get; }

    /// <summary>The number of batches in an epoch, PyTorch's <c>len(loader)</c>.</summary>
    /// <exception cref="InvalidOperationException">A stream, or a sampler, of unknown length.</exception>
    public int Count
    {
        get
        {
            if (samples is not null) return Sampling.CountOf(plan, "DataLoader.Count");
            int n = (Dataset as IterableDataset<TItem>)?.Count ?? Sampling.CountOf(Dataset, "DataLoader.Count"), size = BatchSize ?? 1;
            return DropLast ? n / size : (n + size - 1) / size;
        }
    }

    /// <summary>Starts an epoch: draws the base seed and, with workers, sets them to work.</summary>
    /// <exception cref="DataLoaderException">On MoveNext: a sample could not be fetched, or a batch not be made.</exception>
    public IEnumerator<TBatch> GetEnumerator() => Start();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// The same batches for <c>await foreach</c>, which does not hold up the thread while a batch is being made. That takes workers: without
    /// them the caller makes each batch itself.
    /// </summary>
    /// <param name="cancellationToken">Ends an epoch with an <see cref="OperationCanceledException"/>, also between the samples of a batch.</param>
    public IAsyncEnumerable<TBatch> AsAsyncEnumerable(CancellationToken cancellationToken = default) => new Async(this, cancellationToken);

    private Epoch<TBatch> Start(CancellationToken cancel = default, CancellationToken cancelToo = default)
    {
        long seed = Sampling.DrawSeed(Generator);
        Fetcher<TBatch> fetcher = samples is null
            ? new StreamFetcher<TItem, TBatch>(Dataset.GetEnumerator(), collate, DropLast)
            : new IndexedFetcher<TItem, TBatch>(samples, collate, whole);
        var workers = new WorkerInfo[samples is null ? Math.Min(NumWorkers, 1) : NumWorkers];
        for (int i = 0; i < workers.Length; i++) workers[i] = new(i, workers.Length, seed + i);
        return new(plan.Select(static batch => batch as int[] ?? [.. batch]), fetcher, workers, PrefetchFactor, cancel, cancelToo);
    }

    // A stream has no indices; all that counts is how many.
    private static IEnumerable<int[]> Blanks(int size)
    {
        var blank = new int[size];
        while (true) yield return blank;
    }

    private sealed class Async(DataLoader<TItem, TBatch> loader, CancellationToken given) : IAsyncEnumerable<TBatch>
    {
        public IAsyncEnumerator<TBatch> GetAsyncEnumerator(CancellationToken cancellationToken = default)
            => loader.Start(given, cancellationToken);
    }
}
