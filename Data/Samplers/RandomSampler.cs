namespace MiniTorch.Data;

/// <summary>
/// Indices in random order. Without replacement it deals permutations of the whole source, one after the other, until there are enough;
/// with replacement every draw is independent.
/// </summary>
/// <remarks>
/// Without a generator each pass draws one seed from the default generator and uses a private generator with that seed, so whatever
/// else draws from the default generator between two samples does not change the order.
/// </remarks>
public sealed class RandomSampler : Sampler<int>
{
    private const int Chunk = 32;             // as many draws with replacement are made at a time
    private readonly ISized dataSource;
    private readonly int? numSamples;

    /// <summary>Random indices of a dataset.</summary>
    /// <param name="dataSource">What is sampled from; its length is read at the start of each pass.</param>
    /// <param name="replacement">Whether an index may come again before all others have come.</param>
    /// <param name="numSamples">The number of indices in one pass; by default the length of the source.</param>
    /// <param name="generator">Where draws come from; see the remarks for null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of samples is not positive, as with an empty source.</exception>
    public RandomSampler(ISized dataSource, bool replacement = false, int? numSamples = null, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        (this.dataSource, Replacement, this.numSamples, Generator) = (dataSource, replacement, numSamples, generator);
        if (Count <= 0)
            throw new ArgumentOutOfRangeException(nameof(numSamples), Count,
                $"RandomSampler: numSamples must be positive, got {Count}{(numSamples is null ? ", the length of the data source" : "")}.");
    }

    /// <summary>Random indices from 0 to <paramref name="count"/> − 1.</summary>
    /// <inheritdoc cref="RandomSampler(ISized, bool, int?, Generator?)"/>
    public RandomSampler(int count, bool replacement = false, int? numSamples = null, Generator? generator = null)
        : this(new FixedSize(count), replacement, numSamples, generator)
    {
    }

    /// <summary>Whether an index may come again before all others have come.</summary>
    public bool Replacement { get; }

    /// <summary>Where draws come from; null for a private generator that each pass seeds from the default one.</summary>
    public Generator? Generator { get; }

    /// <inheritdoc/>
    public override int Count => numSamples ?? dataSource.Count;

    /// <inheritdoc/>
    public override IEnumerator<int> GetEnumerator()
    {
        int n = dataSource.Count, left = Count;
        if (n == 0) throw new InvalidOperationException($"RandomSampler: {left} samples cannot be drawn from an empty data source.");
        var generator = Generator ?? new Generator().ManualSeed(Sampling.DrawSeed(null));

        int[] Draw(int size) => (Replacement ? Torch.Randint(n, [size], generator) : Torch.Randperm(n, generator)).ToArray<int>();

        int piece = Replacement ? Chunk : n;
        for (; left >= piece; left -= piece)
            foreach (int index in Draw(piece)) yield return index;

        // As in PyTorch there is always one piece more, even when nothing of it is kept: whoever uses the generator next sees the difference.
        foreach (int index in Draw(left).Take(left)) yield return index;
    }
}
