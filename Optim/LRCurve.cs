namespace MiniTorch.Optim;

/// <summary>What <see cref="LRFinder.Run"/> found: losses over learning rates, and three ways to read a good rate off them.</summary>
/// <remarks>
/// The suggestions are points of the smoothed curve. They leave out the first tenth of a curve of ten points or more, where the average
/// is still made of few losses. They may differ by a factor of ten: look at the curve.
/// </remarks>
/// <param name="Lrs">The rates, ascending.</param>
/// <param name="Losses">The loss at each, before the step.</param>
/// <param name="Smoothed">The running average of the losses.</param>
/// <param name="Diverged">True when the test ended early, because the loss exploded or was not finite any more.</param>
public sealed record LRCurve(IReadOnlyList<double> Lrs, IReadOnlyList<double> Losses, IReadOnlyList<double> Smoothed, bool Diverged)
{
    private int First => Lrs.Count switch
    {
        0 or 1 => throw new InvalidOperationException($"LRCurve: a curve of {Lrs.Count} points suggests no rate.  Start lower, or smooth less."),
        var n => n / 10,
    };

    /// <summary>Where the loss falls fastest, over the logarithm of the rate.</summary>
    public double Steepest
    {
        get
        {
            int steepest = First;
            for (int i = First; i < Lrs.Count - 1; i++)
                if (Slope(i) < Slope(steepest)) steepest = i;
            return Lrs[steepest];
        }
    }

    private double Slope(int i) => (Smoothed[i + 1] - Smoothed[i]) / Math.Log(Lrs[i + 1] / Lrs[i]);

    /// <summary>
    /// The middle of the longest valley: the longest sequence of points, neighbours or not, whose losses fall from each to the next. The idea is
    /// that of fastai's default suggestion; it is robust against bumps.
    /// </summary>
    /// <remarks>Of several sequences of the greatest length, it is the one that ends first. The valley is as many points long, up to its last.</remarks>
    public double Valley
    {
        get
        {
            int n = Lrs.Count, end = First;
            int[] length = new int[n];                                           // of the longest falling sequence that ends at a point
            for (int i = First; i < n; i++)
            {
                length[i] = 1;
                for (int j = First; j < i; j++)
                    if (Smoothed[i] < Smoothed[j]) length[i] = Math.Max(length[i], length[j] + 1);
                if (length[i] > length[end]) end = i;
            }
            return Lrs[end - length[end] / 2];
        }
    }

    /// <summary>A tenth of the rate with the least loss: that rate is already on the verge of divergence.</summary>
    public double MinimumOver10
    {
        get
        {
            int least = First;
            for (int i = First; i < Lrs.Count; i++)
                if (Smoothed[i] < Smoothed[least]) least = i;
            return Lrs[least] / 10;
        }
    }
}

/// <summary>The curves of several seeds: <see cref="LRFinder.Band"/>. It reaches as far as the shortest curve.</summary>
public sealed class LRBand
{
    internal LRBand(LRCurve[] curves)
    {
        if (curves.Length == 0) throw new ArgumentException("LRFinder: a band needs at least one seed.", nameof(curves));
        int n = curves.Min(static c => c.Lrs.Count);
        Lrs = [.. curves[0].Lrs.Take(n)];
        for (int k = 1; k < curves.Length; k++)
            if (!curves[k].Lrs.Take(n).SequenceEqual(Lrs))
                throw new ArgumentException($"LRFinder: the runs of a band must go over the same rates, but that of seed number {k} does not go over those of number 0.", nameof(curves));
        Curves = curves;
        Mean = new(Lrs, Over(static c => c.Losses, static losses => losses.Average()), Over(static c => c.Smoothed, static losses => losses.Average()), Array.Exists(curves, static c => c.Diverged));
    }

    /// <summary>The curve of each seed.</summary>
    public IReadOnlyList<LRCurve> Curves { get; }

    /// <summary>The rates that all curves have.</summary>
    public IReadOnlyList<double> Lrs { get; }

    /// <summary>The mean over the seeds, with suggestions of its own.</summary>
    public LRCurve Mean { get; }

    /// <summary>The least smoothed loss of any seed, per rate.</summary>
    public IReadOnlyList<double> Min => Quantile(0);

    /// <summary>The largest smoothed loss of any seed, per rate.</summary>
    public IReadOnlyList<double> Max => Quantile(1);

    /// <summary>The smoothed loss, per rate, below which a fraction <paramref name="q"/> of the seeds lies; between two seeds it is interpolated.</summary>
    /// <exception cref="ArgumentOutOfRangeException">q is not in [0, 1].</exception>
    public IReadOnlyList<double> Quantile(double q)
    {
        new Requirements("Quantile").Hold(q is >= 0 and <= 1, nameof(q), "must be in [0, 1]", q);
        return Over(static c => c.Smoothed, losses =>
        {
            Array.Sort(losses);
            double at = q * (losses.Length - 1);
            int below = (int)at;
            return below + 1 < losses.Length ? losses[below] + (at - below) * (losses[below + 1] - losses[below]) : losses[below];
        });
    }

    private double[] Over(Func<LRCurve, IReadOnlyList<double>> values, Func<double[], double> f)
        => [.. Enumerable.Range(0, Lrs.Count).Select(i => f([.. Curves.Select(c => values(c)[i])]))];
}
