using System.Diagnostics.CodeAnalysis;

namespace MiniTorch.Data;

/// <summary>Some samples of a dataset, in a given order.</summary>
public sealed class Subset<T> : Dataset<T>
{
    private readonly int[] indices;

    /// <summary>The samples of <paramref name="dataset"/> with these indices, which are copied. An index may come more than once.</summary>
    public Subset(Dataset<T> dataset, IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(indices);
        (Dataset, this.indices) = (dataset, [.. indices]);
    }

    /// <summary>The dataset that the samples come from.</summary>
    public Dataset<T> Dataset { get; }

    /// <summary>For each sample its index in <see cref="Dataset"/>.</summary>
    public IReadOnlyList<int> Indices => indices;

    /// <inheritdoc/>
    public override int Count => indices.Length;

    /// <summary>One sample; −1 is the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public override T this[int index] => Dataset[indices[Resolve(index)]];

    /// <inheritdoc/>
    protected internal override bool TryGetBatch(int[] indices, [MaybeNullWhen(false)] out T batch)
        => Dataset.TryGetBatch(Array.ConvertAll(indices, i => this.indices[Resolve(i)]), out batch);
}

/// <summary>Cutting a dataset into random parts, PyTorch's <c>random_split</c>.</summary>
public static class RandomSplits
{
    /// <summary>Parts of the given sizes without a common sample: <c>var (train, test) = dataset.RandomSplit([1437, 360]);</c></summary>
    /// <param name="dataset">What to split.</param>
    /// <param name="lengths">The number of samples of each part; together all of them.</param>
    /// <param name="generator">Draws one permutation; by default the default generator.</param>
    /// <exception cref="ArgumentException">A negative length, or lengths whose sum is not the number of samples.</exception>
    public static Subset<T>[] RandomSplit<T>(this Dataset<T> dataset, ReadOnlySpan<int> lengths, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        long sum = 0;
        foreach (int length in lengths)
        {
            if (length < 0)
                throw new ArgumentOutOfRangeException(nameof(lengths), length, $"RandomSplit: a length must not be negative, got {length}.");
            sum += length;
        }
        if (sum != dataset.Count)
            throw new ArgumentException(
                $"RandomSplit: the lengths [{string.Join(", ", lengths.ToArray())}] add up to {sum}, but the dataset has {dataset.Count} samples.  "
                + "Use fractions, [0.8, 0.2], to split whatever there is.",
                nameof(lengths));

        var order = Torch.Randperm(dataset.Count, generator).ToArray<int>();
        var parts = new Subset<T>[lengths.Length];
        for (int i = 0, start = 0; i < parts.Length; start += lengths[i++]) parts[i] = new(dataset, order[start..(start + lengths[i])]);
        return parts;
    }

    /// <summary>Parts of the given fractions without a common sample: <c>var (train, test) = dataset.RandomSplit([0.8, 0.2]);</c></summary>
    /// <param name="dataset">What to split.</param>
    /// <param name="fractions">Each part gets ⌊fraction · n⌋ samples; what remains is dealt out one by one, from the first part on.</param>
    /// <param name="generator">Draws one permutation; by default the default generator.</param>
    /// <exception cref="ArgumentException">A fraction outside of [0, 1], or fractions that do not add up to 1.</exception>
    public static Subset<T>[] RandomSplit<T>(this Dataset<T> dataset, ReadOnlySpan<double> fractions, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        double sum = 0;
        foreach (double fraction in fractions)
        {
            if (!(fraction is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(fractions), fraction, $"RandomSplit: a fraction must be in [0, 1], got {fraction}.");
            sum += fraction;
        }
        if (Math.Abs(sum - 1) > 1e-9)
            throw new ArgumentException(
                $"RandomSplit: the fractions [{string.Join(", ", fractions.ToArray())}] add up to {sum}, not to 1.", nameof(fractions));

        var lengths = new int[fractions.Length];
        int rest = dataset.Count;
        for (int i = 0; i < lengths.Length; i++) rest -= lengths[i] = (int)Math.Floor(dataset.Count * fractions[i]);
        for (int i = 0; i < rest; i++) lengths[i % lengths.Length]++;
        return dataset.RandomSplit(lengths, generator);
    }

    /// <summary>The two parts of a split, as variables.</summary>
    /// <exception cref="ArgumentException">There are not two parts.</exception>
    public static void Deconstruct<T>(this Subset<T>[] parts, out Subset<T> first, out Subset<T> second)
        => (first, second) = parts is [var a, var b] ? (a, b) : throw Miscounted(parts, 2);

    /// <summary>The three parts of a split, as variables.</summary>
    /// <exception cref="ArgumentException">There are not three parts.</exception>
    public static void Deconstruct<T>(this Subset<T>[] parts, out Subset<T> first, out Subset<T> second, out Subset<T> third)
        => (first, second, third) = parts is [var a, var b, var c] ? (a, b, c) : throw Miscounted(parts, 3);

    private static ArgumentException Miscounted<T>(Subset<T>[] parts, int variables)
        => new($"RandomSplit: {parts.Length} parts do not fit {variables} variables.", nameof(parts));
}
