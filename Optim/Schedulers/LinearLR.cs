namespace MiniTorch.Optim;

/// <summary>
/// Moves a factor of the rates evenly from s to e over T epochs, where it stays:
/// <code>
/// lr = base · (s + (e − s) · min(t, T) / T)
/// </code>
/// <para>A warm-up with its defaults, or a decay with <c>startFactor: 1, endFactor: 0</c>. With another schedule after it:
/// <see cref="WarmupLR"/>.</para>
/// </summary>
/// <remarks>
/// As in PyTorch each rate follows from the one before, so a change in between is kept. With T = 0 the factor is e from the start (PyTorch keeps s forever).
/// </remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="startFactor">s: the factor at epoch 0, in (0, 1].</param>
/// <param name="endFactor">e: the factor from epoch T on, in [0, 1].</param>
/// <param name="totalIters">T: the number of epochs from s to e.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class LinearLR(Optimizer optimizer, double startFactor = 1.0 / 3, double endFactor = 1, int totalIters = 5, int lastEpoch = -1)
    : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>s: the factor at epoch 0.</summary>
    public double StartFactor { get; private set; } = startFactor;

    /// <summary>e: the factor from epoch T on.</summary>
    public double EndFactor { get; private set; } = endFactor;

    /// <summary>T: the number of epochs from s to e.</summary>
    public int TotalIters { get; private set; } = totalIters;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        if (t == 0) return lr * (TotalIters == 0 ? EndFactor : StartFactor);
        if (t > TotalIters) return lr;
        double rise = EndFactor - StartFactor;
        return lr * (1 + rise / (TotalIters * StartFactor + (t - 1) * rise));               // factor(t) / factor(t − 1)
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        StartFactor = visitor.Field("start_factor", StartFactor);
        EndFactor = visitor.Field("end_factor", EndFactor);
        TotalIters = visitor.Field("total_iters", TotalIters);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(StartFactor is > 0 and <= 1, nameof(StartFactor), "must be in (0, 1]", StartFactor);
        must.Hold(EndFactor is >= 0 and <= 1, nameof(EndFactor), "must be in [0, 1]", EndFactor);
        must.NotBeNegative(TotalIters);
    }
}
