using System.Collections;

namespace MiniTorch.Data;

/// <summary>An order in which to visit a dataset: each enumeration is one pass, and may draw anew.</summary>
/// <typeparam name="T"><c>int</c>, an index; or <c>int[]</c>, the indices of a batch.</typeparam>
public abstract class Sampler<T> : IReadOnlyCollection<T>
{
    /// <summary>How many indices, or batches of them, one pass has.</summary>
    public abstract int Count { get; }

    /// <summary>Starts a pass. What is random is drawn when the first element is asked for, as in PyTorch.</summary>
    public abstract IEnumerator<T> GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>0, 1, 2 … in order.</summary>
public sealed class SequentialSampler(ISized dataSource) : Sampler<int>
{
    /// <summary>0 to <paramref name="count"/> − 1 in order.</summary>
    public SequentialSampler(int count)
        : this(new FixedSize(count))
    {
    }

    /// <inheritdoc/>
    public override int Count => dataSource.Count;

    /// <inheritdoc/>
    public override IEnumerator<int> GetEnumerator()
    {
        for (int i = 0; i < dataSource.Count; i++) yield return i;
    }
}

/// <summary>A length alone, for samplers that are given a number in place of a dataset.</summary>
internal sealed record FixedSize(int Count) : ISized;

/// <summary>What several samplers share.</summary>
internal static class Sampling
{
    /// <summary>A seed in [0, 2⁶³), drawn as PyTorch does: <c>torch.empty((), dtype=torch.int64).random_()</c>.</summary>
    internal static long DrawSeed(Generator? generator) => Torch.Empty([], DType.Int64).Random_(generator).Item<long>();

    /// <summary>The number of elements of something that need not tell it.</summary>
    /// <exception cref="InvalidOperationException">It cannot tell without running through.</exception>
    internal static int CountOf<T>(IEnumerable<T> source, string asked)
    {
        if (source is IReadOnlyCollection<T> collection) return collection.Count;
        return source.TryGetNonEnumeratedCount(out int count) ? count : throw new InvalidOperationException(
            $"{asked}: the length is not known, since {source.GetType().Name} has no Count.  Derive from Sampler<{typeof(T).Name}>, or pass a list.");
    }

    internal static int Positive(int value, string name, string what) => value > 0
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{what}: {name} must be positive, got {value}.");
}
