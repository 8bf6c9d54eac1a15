namespace MiniTorch.Data;

/// <summary>Two datasets side by side: sample i is the pair of their samples i.</summary>
public sealed class StackDataset<TFirst, TSecond> : Dataset<(TFirst, TSecond)>
{
    private readonly Dataset<TFirst> first;
    private readonly Dataset<TSecond> second;

    /// <summary>Pairs of samples from two datasets of the same length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public StackDataset(Dataset<TFirst> first, Dataset<TSecond> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count)
            throw new ArgumentException($"StackDataset: {first.Count} samples cannot be paired with {second.Count}.", nameof(second));
        (this.first, this.second) = (first, second);
    }

    /// <inheritdoc/>
    public override int Count => first.Count;

    /// <inheritdoc/>
    public override (TFirst, TSecond) this[int index] => (first[index], second[index]);
}
