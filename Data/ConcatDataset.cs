namespace MiniTorch.Data;

/// <summary>Datasets one after the other; <c>a + b</c> makes one too.</summary>
public sealed class ConcatDataset<T> : Dataset<T>
{
    private readonly Dataset<T>[] datasets;
    private readonly int[] ends;              // ends[i]: the index after the last sample of datasets[i]

    /// <summary>The samples of all these datasets in order. Their lengths are read once, now.</summary>
    /// <exception cref="ArgumentException">There are no datasets.</exception>
    public ConcatDataset(IEnumerable<Dataset<T>> datasets)
    {
        ArgumentNullException.ThrowIfNull(datasets);
        this.datasets = [.. datasets];
        if (this.datasets.Length == 0) throw new ArgumentException("ConcatDataset: there are no datasets.", nameof(datasets));
        ends = new int[this.datasets.Length];
        for (int i = 0, end = 0; i < ends.Length; i++) ends[i] = end = checked(end + this.datasets[i].Count);
    }

    /// <summary>The datasets.</summary>
    public IReadOnlyList<Dataset<T>> Datasets => datasets;

    /// <summary>For each dataset the number of samples up to and with its last.</summary>
    public IReadOnlyList<int> CumulativeSizes => ends;

    /// <inheritdoc/>
    public override int Count => ends[^1];

    /// <summary>One sample; −1 is the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public override T this[int index]
    {
        get
        {
            int i = Resolve(index), part = 0;
            while (i >= ends[part]) part++;
            return datasets[part][part == 0 ? i : i - ends[part - 1]];
        }
    }
}
