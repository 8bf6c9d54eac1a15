namespace MiniTorch.Data;

/// <summary>The indices of another sampler, some at a time.</summary>
public sealed class BatchSampler : Sampler<int[]>
{
    private readonly IEnumerable<int> sampler;

    /// <summary>Batches of <paramref name="batchSize"/> indices.</summary>
    /// <param name="sampler">A sampler, or anything else that yields indices.</param>
    /// <param name="batchSize">The number of indices in a batch.</param>
    /// <param name="dropLast">Whether to leave out a last batch with fewer indices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is not positive.</exception>
    public BatchSampler(IEnumerable<int> sampler, int batchSize, bool dropLast)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        (this.sampler, BatchSize, DropLast) = (sampler, Sampling.Positive(batchSize, nameof(batchSize), nameof(BatchSampler)), dropLast);
    }

    /// <summary>The number of indices in a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Whether a last batch with fewer indices is left out.</summary>
    public bool DropLast { get; }

    /// <summary>The number of batches in one pass.</summary>
    /// <exception cref="InvalidOperationException">The sampler does not know its length.</exception>
    public override int Count
    {
        get
        {
            int n = Sampling.CountOf(sampler, "BatchSampler.Count");
            return DropLast ? n / BatchSize : n / BatchSize + (n % BatchSize > 0 ? 1 : 0);
        }
    }

    /// <inheritdoc/>
    public override IEnumerator<int[]> GetEnumerator()
        => sampler.Chunk(BatchSize).Where(batch => batch.Length == BatchSize || !DropLast).GetEnumerator();
}
