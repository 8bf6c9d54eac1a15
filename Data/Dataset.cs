using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace MiniTorch.Data;

/// <summary>Something with a length, which is all that a sampler needs to know of a dataset.</summary>
public interface ISized
{
    /// <summary>The number of items.</summary>
    int Count { get; }
}

/// <summary>
/// Samples that can be had by their index: PyTorch's map-style dataset. A subclass says how many there are and what the i-th is.
/// It is a list too, so LINQ, <c>foreach</c>, <c>dataset[^1]</c> and <c>dataset[..100]</c> work.
/// </summary>
/// <typeparam name="T">What one sample is, for example <c>(Tensor, Tensor)</c> for an input and its target.</typeparam>
/// <remarks>A loader with several workers calls the indexer from several threads at once.</remarks>
public abstract class Dataset<T> : IReadOnlyList<T>, ISized
{
    /// <summary>The number of samples.</summary>
    public abstract int Count { get; }

    /// <summary>One sample.</summary>
    /// <param name="index">0 to Count − 1.</param>
    public abstract T this[int index] { get; }

    /// <summary>
    /// The batch that <see cref="Collate.Default{TItem, TBatch}"/> would make of these samples, where a dataset can have it more cheaply than
    /// one sample at a time. A loader without a collate function of its own asks here first.
    /// </summary>
    /// <returns>False, which is the default, when the samples are to be fetched and collated one by one.</returns>
    protected internal virtual bool TryGetBatch(int[] indices, [MaybeNullWhen(false)] out T batch)
    {
        batch = default;
        return false;
    }

    /// <summary>This dataset with a function applied to each sample whenever it is fetched.</summary>
    public Dataset<TResult> Map<TResult>(Func<T, TResult> transform) => new MappedDataset<T, TResult>(this, transform);

    /// <summary>The samples with these indices, in this order.</summary>
    public Subset<T> Subset(IReadOnlyList<int> indices) => new(this, indices);

    /// <summary>Consecutive samples; what stands behind <c>dataset[100..200]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The slice reaches beyond the ends.</exception>
    public Subset<T> Slice(int start, int length) => start >= 0 && length >= 0 && start <= Count - length
        ? new(this, [.. Enumerable.Range(start, length)])
        : throw new ArgumentOutOfRangeException(nameof(length), $"{Title}: there is no slice of {length} samples from {start} on among {Count}.");

    /// <summary>The samples of one dataset, then those of another.</summary>
    public static ConcatDataset<T> operator +(Dataset<T> first, Dataset<T> second) => new([first, second]);

    /// <summary>The samples one after the other.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>An index counted from the start; as in Python, −1 means the last sample.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    private protected int Resolve(int index)
    {
        int count = Count;
        if (index < -count || index >= count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Title}: there is no sample {index} among {count}.");
        return index < 0 ? index + count : index;
    }

    private string Title => GetType().Name.Split('`')[0];
}

/// <summary>Samples that come as a stream, with no access by index and often with no known end: PyTorch's iterable-style dataset.</summary>
/// <remarks>A loader takes any <see cref="IEnumerable{T}"/> as a stream; this class only adds a length, where there is one.</remarks>
public abstract class IterableDataset<T> : IEnumerable<T>
{
    /// <summary>The number of samples if it is known beforehand, else null.</summary>
    public virtual int? Count => null;

    /// <summary>Starts the stream over.</summary>
    public abstract IEnumerator<T> GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A dataset with a function applied to each sample.</summary>
internal sealed class MappedDataset<T, TResult>(Dataset<T> source, Func<T, TResult> transform) : Dataset<TResult>
{
    public override int Count => source.Count;

    public override TResult this[int index] => transform(source[index]);
}

/// <summary>A list, an array or whatever else has a length and an indexer, as a dataset.</summary>
internal sealed class ListDataset<T>(IReadOnlyList<T> items) : Dataset<T>
{
    public override int Count => items.Count;

    public override T this[int index] => items[index];
}
