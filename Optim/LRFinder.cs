using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// The learning rate range test: some steps of training while the rate grows from far too small to far too large, and the loss of each.
/// Where the loss falls, training is fast; where it turns up, the rate is too large.
/// <code>
/// var batches = loader.GetEnumerator();
/// var curve = LRFinder.Run(model, opt, () =>
/// {
///     batches.MoveNext();
///     opt.ZeroGrad();
///     var loss = F.CrossEntropy(model.Call(batches.Current.Input), batches.Current.Target);
///     loss.Backward();
///     return loss;
/// });
/// foreach (var g in opt.ParamGroups) g.Lr = curve.Valley;
/// </code>
/// Smith, "Cyclical learning rates for training neural networks" (WACV 2017, arXiv:1506.01186), section 3.3: the test, with a rate that
/// grows linearly. Growing by a constant factor instead, smoothing the losses and stopping when they diverge are fastai's (Howard and
/// Gugger, "fastai: a layered API for deep learning", Information 2020, arXiv:2002.04688), whose defaults are taken.
/// </summary>
public static class LRFinder
{
    /// <summary>
    /// Runs the test. Afterwards, also after an exception, everything is bit for bit what it was: parameters, buffers, gradients, modes, the
    /// optimizer's settings and memory, and the default generator. What the closure reads (an enumerator of batches) has moved on.
    /// </summary>
    /// <param name="model">The model; it is set to training.</param>
    /// <param name="optimizer">Its optimizer. Several groups keep the proportions of their rates; the rates of the curve are those of the first group.</param>
    /// <param name="closure">What <see cref="Optimizer.Step(Func{Tensor})"/> takes: clears the gradients, computes the loss of the next batch, calls <c>Backward</c> on it and returns it.</param>
    /// <param name="startLr">The first rate.</param>
    /// <param name="endLr">The last rate.</param>
    /// <param name="numIter">The number of steps.</param>
    /// <param name="sweep">"exp": each rate is the one before times a constant factor; "linear": plus a constant.</param>
    /// <param name="smoothing">β, in [0, 1): the smoothed loss is the average s ← βs + (1 − β)·loss, divided by 1 − βᵗ as it begins at 0.</param>
    /// <param name="divergence">The test ends when the smoothed loss exceeds its least value so many times, above 1; infinity for never. Of a negative least value: when it has risen by divergence − 1 times its size.</param>
    /// <returns>The rates and the losses, up to the step at which the test ended. The loss of a step is that before its update, so a rate shows in the losses after its own.</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or the rates of groups have no proportion because the first is 0.</exception>
    /// <exception cref="InvalidOperationException">The first loss is not finite.</exception>
    public static LRCurve Run(
        Module model, Optimizer optimizer, Func<Tensor> closure, double startLr = 1e-7, double endLr = 10, int numIter = 100,
        string sweep = "exp", double smoothing = 0.98, double divergence = 4)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(closure);
        var must = new Requirements("LRFinder");
        must.BePositive(startLr);
        must.Hold(endLr > startLr && double.IsFinite(endLr), nameof(endLr), $"must be above startLr ({startLr}) and finite", endLr);
        must.Hold(numIter >= 2, nameof(numIter), "must be at least 2", numIter);
        must.Hold(sweep is "exp" or "linear", nameof(sweep), "must be \"exp\" or \"linear\"", $"\"{sweep}\"");
        must.BeAFraction(smoothing);
        must.Hold(divergence > 1, nameof(divergence), "must be above 1", divergence);
        double[] shares = Shares(optimizer.ParamGroups);

        var before = new TrainingSnapshot(model, optimizer);
        var points = new List<(double Lr, double Loss, double Smoothed)>();
        double average = 0, least = double.PositiveInfinity;
        bool diverged = false;
        try
        {
            model.Train();
            for (int i = 0; i < numIter && !diverged; i++)
            {
                double share = i / (numIter - 1.0);
                double lr = sweep == "exp" ? startLr * Math.Pow(endLr / startLr, share) : startLr + (endLr - startLr) * share;
                for (int k = 0; k < shares.Length; k++) optimizer.ParamGroups[k].Lr = lr * shares[k];
                double loss = optimizer.Step(closure).Item();
                if (!double.IsFinite(loss))
                {
                    if (i == 0) throw new InvalidOperationException($"LRFinder: the loss is {loss} at the first rate, {lr}.  Check the model and the data, or lower startLr if the model diverged before.");
                    diverged = true;
                    break;
                }
                average = smoothing * average + (1 - smoothing) * loss;
                double smoothed = average / (1 - Math.Pow(smoothing, i + 1));
                points.Add((lr, loss, smoothed));
                least = Math.Min(least, smoothed);
                diverged = smoothed > least + (divergence - 1) * Math.Abs(least);
            }
        }
        finally
        {
            before.Restore();
        }
        return new LRCurve([.. points.Select(static p => p.Lr)], [.. points.Select(static p => p.Loss)], [.. points.Select(static p => p.Smoothed)], diverged);
    }

    /// <summary>
    /// The test with several seeds, which shows what of a curve is chance: sets the default generator to each seed, and runs the
    /// test, in which the order of the batches, and the initial weights if a model is made there, follow from the seed. Afterwards the
    /// default generator is where it was.
    /// <code>
    /// var band = LRFinder.Band([0, 1, 2, 3], seed =>
    /// {
    ///     var (model, opt) = Make();
    ///     return LRFinder.Run(model, opt, Closure(model, opt));
    /// });
    /// </code>
    /// </summary>
    /// <param name="seeds">The seeds.</param>
    /// <param name="run">From a seed to its curve, each time over the same rates.</param>
    /// <exception cref="ArgumentException">No seeds, or the runs do not go over the same rates.</exception>
    public static LRBand Band(IEnumerable<long> seeds, Func<long, LRCurve> run)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(run);
        byte[] random = Torch.GetRngState();
        try
        {
            return new LRBand([.. seeds.Select(seed =>
            {
                Torch.ManualSeed(seed);
                return run(seed);
            })]);
        }
        finally
        {
            Torch.SetRngState(random);
        }
    }

    /// <summary>The rate of each group as a multiple of the first one's.</summary>
    private static double[] Shares(IReadOnlyList<ParamGroup> groups)
    {
        double first = groups[0].Lr;
        if (groups.All(group => group.Lr == first)) return [.. groups.Select(static _ => 1.0)];
        return first > 0
            ? [.. groups.Select(group => group.Lr / first)]
            : throw new ArgumentException($"LRFinder: the rate of group 0 is {first}, so those of the others have no proportion to it.  Give it a positive rate, or all groups the same.", "optimizer");
    }
}
