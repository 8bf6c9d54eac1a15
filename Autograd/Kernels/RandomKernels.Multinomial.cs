using System.Numerics;

namespace MiniTorch.Kernels;

internal static partial class RandomKernels
{
    /// <summary><c>multinomial</c>: for each row of weights, <paramref name="count"/> categories; <c>[rows, categories] → [rows, count]</c>.</summary>
    /// <remarks>
    /// The weights need not sum to one. With replacement, a search in the cumulative weights; without, the Gumbel trick: the largest
    /// of weight / Exp(1). If fewer than <paramref name="count"/> weights are above 0, PyTorch fills up with categories of weight 0 in the
    /// order its sort leaves them in; here the lowest come first.
    /// </remarks>
    public static void Multinomial<T>(ReadOnlySpan<T> weights, int categories, Span<long> y, int count, bool replacement, Generator generator)
        where T : struct, IFloatingPointIeee754<T>
    {
        if (count <= 0)
            throw new ArgumentOutOfRangeException(nameof(count), $"Multinomial: numSamples must be above 0, got {count}.");
        if (!replacement && count > categories)
            throw new ArgumentOutOfRangeException(nameof(count),
                $"Multinomial: cannot draw {count} of {categories} categories without replacement. Draw fewer, or pass replacement: true.");
        for (var i = 0; i < weights.Length; i += categories)
            CheckWeights(weights.Slice(i, categories));

        lock (generator.Lock)
        {
            var scratch = new T[categories];
            for (var i = 0; i < weights.Length; i += categories)
            {
                var row = weights.Slice(i, categories);
                var drawn = y.Slice(i / categories * count, count);
                if (replacement)
                    WithReplacement(row, scratch, drawn, generator);
                else
                    WithoutReplacement(row, scratch, drawn, generator);
            }
        }
    }

    private static void WithReplacement<T>(ReadOnlySpan<T> weights, Span<T> cumulative, Span<long> y, Generator generator)
        where T : struct, IFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        for (var i = 0; i < weights.Length; i++) cumulative[i] = sum += weights[i];
        foreach (ref var c in cumulative) c /= sum;
        cumulative[^1] = T.One;                         // the division may have fallen short

        foreach (ref var drawn in y)
        {
            var u = Unit<double>(generator.Twister);
            int low = 0, high = cumulative.Length;      // the first category whose cumulative probability reaches u
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if (double.CreateTruncating(cumulative[middle]) < u) low = middle + 1;
                else high = middle;
            }
            drawn = low;
        }
    }

    private static void WithoutReplacement<T>(ReadOnlySpan<T> weights, Span<T> score, Span<long> y, Generator generator)
        where T : struct, IFloatingPointIeee754<T>
    {
        Exponential(score, lambda: 1, generator);
        for (var i = 0; i < weights.Length; i++) score[i] = weights[i] / score[i];

        if (y.Length == 1)
        {
            y[0] = IndexOfMax(score);
            return;
        }
        var ranked = new (T Score, int Category)[weights.Length];
        for (var i = 0; i < ranked.Length; i++) ranked[i] = (score[i], i);
        Array.Sort(ranked, (a, b) => b.Score != a.Score ? b.Score.CompareTo(a.Score) : a.Category.CompareTo(b.Category));
        for (var i = 0; i < y.Length; i++) y[i] = ranked[i].Category;
    }

    private static int IndexOfMax<T>(ReadOnlySpan<T> x) where T : struct, IFloatingPointIeee754<T>
    {
        var best = 0;
        for (var i = 1; i < x.Length; i++)
            if (x[i] > x[best]) best = i;
        return best;
    }

    private static void CheckWeights<T>(ReadOnlySpan<T> weights) where T : struct, IFloatingPointIeee754<T>
    {
        var some = false;
        for (var i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= T.Zero && T.IsFinite(weights[i])))
                throw new ArgumentException($"Multinomial: a weight must be finite and at least 0, got {weights[i]} at position {i}.", nameof(weights));
            some |= weights[i] > T.Zero;
        }
        if (!some)
            throw new ArgumentException("Multinomial: at least one weight of every row must be above 0, got only zeros.", nameof(weights));
    }
}
