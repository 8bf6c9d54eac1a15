namespace MiniTorch.Optim;

/// <summary>
/// The inverse square root of the step, after a linear warm-up:
/// <code>
/// lr = factor · d^−½ · min(s^−½, s · w^−³ᐟ²)            s = t + 1: the optimizer's steps from 1
/// </code>
/// with d the width of the model and w the steps of the warm-up; the highest rate, at step w, is <c>factor / √(d · w)</c>.
/// Vaswani et al., "Attention is all you need" (NeurIPS 2017, arXiv:1706.03762), section 5.3, equation 3, where factor is 1; called Noam
/// after the author it comes from.
/// <para>The original schedule of the transformer, without a length of the training. Step it after every batch.</para>
/// </summary>
/// <remarks>PyTorch has no class for it. The rates of the optimizer do not matter: give each group its factor instead.</remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="dModel">d: the width of the model.</param>
/// <param name="warmupSteps">w: the number of steps in which the rates rise.</param>
/// <param name="factor">What all rates are multiplied by; by default 1.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class NoamLR(Optimizer optimizer, int dModel, int warmupSteps = 4000, PerGroup<double>? factor = null, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>d: the width of the model.</summary>
    public int DModel { get; private set; } = dModel;

    /// <summary>w: the number of steps in which the rates rise.</summary>
    public int WarmupSteps { get; private set; } = warmupSteps;

    /// <summary>What all rates are multiplied by.</summary>
    public PerGroup<double> Factor { get; private set; } = factor ?? 1;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        double s = t + 1.0;
        return Factor[group] / Math.Sqrt(DModel) * Math.Min(1 / Math.Sqrt(s), s * Math.Pow(WarmupSteps, -1.5));
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        DModel = visitor.Field("d_model", DModel);
        WarmupSteps = visitor.Field("warmup_steps", WarmupSteps);
        Factor = visitor.Field("factors", Factor, Groups);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(DModel >= 1, nameof(DModel), "must be at least 1", DModel);
        must.Hold(WarmupSteps >= 1, nameof(WarmupSteps), "must be at least 1", WarmupSteps);
        must.FitAndNotBeNegative(Factor, Groups);
    }
}
