namespace MiniTorch.Data;

/// <summary>Indices drawn with given weights: index i comes with probability wᵢ / Σw. Good for classes of unequal size.</summary>
public sealed class WeightedRandomSampler : Sampler<int>
{
    private readonly Tensor weights;
    private readonly bool replacement;
    private readonly Generator? generator;

    /// <summary>A sampler over the indices of the weights.</summary>
    /// <param name="weights">One weight per sample, not negative; they need not add up to 1.</param>
    /// <param name="numSamples">The number of indices in one pass.</param>
    /// <param name="replacement">Whether an index may come again.</param>
    /// <param name="generator">Where draws come from; by default the default generator.</param>
    /// <exception cref="ArgumentException">The number of samples is not positive, or the weights are no vector.</exception>
    public WeightedRandomSampler(Tensor weights, int numSamples, bool replacement = true, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Ndim != 1)
            throw new ArgumentException($"WeightedRandomSampler: the weights must be a vector, got shape {weights.Shape}.", nameof(weights));
        Count = Sampling.Positive(numSamples, nameof(numSamples), nameof(WeightedRandomSampler));
        (this.weights, this.replacement, this.generator) = (weights.Detach().To(DType.Float64), replacement, generator);
    }

    /// <inheritdoc cref="WeightedRandomSampler(Tensor, int, bool, Generator?)"/>
    public WeightedRandomSampler(ReadOnlySpan<double> weights, int numSamples, bool replacement = true, Generator? generator = null)
        : this(Torch.Tensor(weights, DType.Float64), numSamples, replacement, generator)
    {
    }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A weight is negative, all are 0, or too few are positive to draw without replacement.</exception>
    public override IEnumerator<int> GetEnumerator()
    {
        foreach (int i in Torch.Multinomial(weights, Count, replacement, generator).ToArray<int>()) yield return i;
    }
}
