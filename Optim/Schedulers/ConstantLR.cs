namespace MiniTorch.Optim;

/// <summary>
/// Rates that are smaller by a constant factor for the first epochs: <c>lr = f · base</c> while <c>t &lt; totalIters</c>, then <c>lr = base</c>.
/// <para>A warm-up in one stair. <see cref="WarmupLR"/> climbs evenly.</para>
/// </summary>
/// <remarks>
/// As in PyTorch the factor multiplies the rates when the scheduler is made, and divides them at <c>totalIters</c>: a change in between is kept.
/// <c>totalIters</c> 0 leaves the rates alone, and after a factor of 0 they are the base rates again (PyTorch keeps the factor forever in
/// the first case, and fails in the second).
/// </remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="factor">f: what the rates are multiplied by, in [0, 1].</param>
/// <param name="totalIters">The number of epochs with the smaller rates.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int totalIters = 5, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>f: what the rates are multiplied by.</summary>
    public double Factor { get; private set; } = factor;

    /// <summary>The number of epochs with the smaller rates.</summary>
    public int TotalIters { get; private set; } = totalIters;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        if (TotalIters == 0) return lr;
        if (t == 0) return lr * Factor;
        if (t != TotalIters) return lr;
        return Factor > 0 ? lr / Factor : BaseLrs[group];
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        Factor = visitor.Field("factor", Factor);
        TotalIters = visitor.Field("total_iters", TotalIters);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(Factor is >= 0 and <= 1, nameof(Factor), "must be in [0, 1]", Factor);
        must.NotBeNegative(TotalIters);
    }
}
