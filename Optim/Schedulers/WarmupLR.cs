namespace MiniTorch.Optim;

/// <summary>
/// A linear warm-up, and any schedule after it:
/// <code>
/// lr = base · (s + (1 − s) · t / W)      t &lt; W
/// lr = after(t − W)                      from t = W on
/// </code>
/// <code>
/// var scheduler = new WarmupLR(opt, warmupSteps: 500, after: new CosineAnnealingLR(opt, tMax: 9500));
/// </code>
/// Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour" (2017, arXiv:1706.02677), section 2.2: gradual warm-up.
/// <para>Where large batches or rates, or Adam's untried averages, would throw the first steps far away: transformers above all.</para>
/// </summary>
/// <remarks>PyTorch has no class for it; the numbers are those of its <c>SequentialLR([LinearLR(s, total_iters=W), after], [W])</c>, which this is.</remarks>
public sealed class WarmupLR : SequentialLR
{
    /// <summary>A linear warm-up before another schedule.</summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="warmupSteps">W: the number of steps until the base rate; 0 for none.</param>
    /// <param name="after">The schedule that follows, with its epoch 0 at step W.</param>
    /// <param name="startFactor">s: which part of the base rate the warm-up begins with, in (0, 1].</param>
    /// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or the schedule belongs to another optimizer.</exception>
    public WarmupLR(Optimizer optimizer, int warmupSteps, LRScheduler after, double startFactor = 0.01, int lastEpoch = -1)
        : base(optimizer, Parts(optimizer, warmupSteps, after, startFactor, lastEpoch), warmupSteps > 0 ? [warmupSteps] : [], lastEpoch)
    {
    }

    /// <summary>The warm-up and what follows. All is checked before the warm-up is made, which changes the rates.</summary>
    private static LRScheduler[] Parts(Optimizer optimizer, int warmupSteps, LRScheduler after, double startFactor, int lastEpoch)
    {
        var must = new Requirements(nameof(WarmupLR));
        ArgumentNullException.ThrowIfNull(after);
        if (!after.Groups.SequenceEqual(GroupsOf(optimizer))) throw new ArgumentException($"{nameof(WarmupLR)}: after ({after.GetType().Name}) belongs to another optimizer.", nameof(after));
        must.NotBeNegative(warmupSteps);
        must.Hold(startFactor is > 0 and <= 1, nameof(startFactor), "must be in (0, 1]", startFactor);
        must.Hold(lastEpoch >= -1, nameof(lastEpoch), "must be at least −1", lastEpoch);
        if (warmupSteps == 0) return [after];
        if (lastEpoch >= warmupSteps) after.Try(lastEpoch - warmupSteps);
        return [new LinearLR(optimizer, startFactor, totalIters: warmupSteps), after];
    }
}
