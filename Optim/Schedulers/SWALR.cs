namespace MiniTorch.Optim;

/// <summary>
/// Moves the rates to a fixed value, where they stay while weights are averaged:
/// <code>
/// lr = (1 − α) · lr₀ + α · swaLr            α: from 0 up to 1 in annealEpochs steps
/// </code>
/// along half a cosine or a line. Izmailov et al., "Averaging weights leads to wider optima and better generalization" (UAI 2018, arXiv:1803.05407),
/// section 3: stochastic weight averaging.
/// <para>For the last quarter of a training, at a rate high enough that the weights still travel.</para>
/// </summary>
/// <remarks>
/// As in PyTorch each rate follows from the one before: lr₀ is what would have led there, so the schedule begins with the rates at its first
/// step, not at its construction. With <c>annealEpochs</c> 0 the rates are <c>swaLr</c> at once. As a later part of a
/// <see cref="SequentialLR"/> it goes on from the rates as they are then.
/// </remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="swaLr">The rate in the end.</param>
/// <param name="annealEpochs">The number of epochs until then.</param>
/// <param name="annealStrategy"><c>"cos"</c> or <c>"linear"</c>.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class SWALR(Optimizer optimizer, PerGroup<double> swaLr, int annealEpochs = 10, string annealStrategy = "cos", int lastEpoch = -1)
    : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>The rate in the end.</summary>
    public PerGroup<double> SwaLr { get; private set; } = swaLr;

    /// <summary>The number of epochs until then.</summary>
    public int AnnealEpochs { get; private set; } = annealEpochs;

    /// <summary><c>"cos"</c> or <c>"linear"</c>.</summary>
    public string AnnealStrategy { get; private set; } = annealStrategy;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        double α = Alpha(t), before = Alpha(t - 1), end = SwaLr[group];
        double lr0 = before == 1 ? end : (lr - before * end) / (1 - before);
        return end * α + lr0 * (1 - α);
    }

    /// <summary>α: from 0 up to 1.</summary>
    private double Alpha(int t)
    {
        double done = AnnealEpochs == 0 ? (t >= 0 ? 1 : 0) : Math.Clamp((double)t / AnnealEpochs, 0, 1);
        return AnnealStrategy == "cos" ? (1 - Math.Cos(Math.PI * done)) / 2 : done;
    }

    internal override void Enter(Rates rates) => LastEpoch = 0;                 // epoch 0 changes nothing, so it is skipped

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        SwaLr = visitor.Field("swa_lrs", SwaLr, Groups, optional: true);        // PyTorch has them in the groups
        AnnealEpochs = visitor.Field("anneal_epochs", AnnealEpochs);
        AnnealStrategy = visitor.Field("_anneal_strategy", AnnealStrategy, optional: true);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.FitAndNotBeNegative(SwaLr, Groups);
        must.NotBeNegative(AnnealEpochs);
        must.Hold(AnnealStrategy is "cos" or "linear", nameof(AnnealStrategy), "must be \"cos\" or \"linear\"", $"\"{AnnealStrategy}\"");
    }
}
