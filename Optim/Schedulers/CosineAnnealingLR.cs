namespace MiniTorch.Optim;

/// <summary>
/// Lowers the rates along half a cosine, from their base at epoch 0 to η_min at epoch T:
/// <code>
/// lr = η_min + (base − η_min) · (1 + cos(πt / T)) / 2
/// </code>
/// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (ICLR 2017, arXiv:1608.03983), equation 5, without the
/// restarts; with them, <see cref="CosineAnnealingWarmRestarts"/>.
/// <para>A good default where the number of epochs is known. Past T the rates rise again, with period 2T.</para>
/// </summary>
/// <remarks>As in PyTorch each rate follows from the one before, so the closed form holds as long as nobody else changes the rates.</remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="tMax">T: the number of epochs from the highest rate to the lowest.</param>
/// <param name="etaMin">η_min: the lowest rate.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class CosineAnnealingLR(Optimizer optimizer, int tMax, double etaMin = 0, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>T: the number of epochs from the highest rate to the lowest.</summary>
    public int TMax { get; private set; } = tMax;

    /// <summary>η_min: the lowest rate.</summary>
    public double EtaMin { get; private set; } = etaMin;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        if (t == 0) return lr;
        double range = BaseLrs[group] - EtaMin;
        if (StepCount == 0) return EtaMin + range * Wave(t) / 2;                              // resumed: there is no rate before
        if ((t - 1 - TMax) % (2 * TMax) == 0) return lr + range * (1 - Math.Cos(Math.PI / TMax)) / 2;   // from the bottom, where the quotient is 0 / 0
        return EtaMin + (lr - EtaMin) * (Wave(t) / Wave(t - 1));
    }

    /// <summary>1 + cos(πt / T): from 2 down to 0.</summary>
    private double Wave(int t) => 1 + Math.Cos(Math.PI * t / TMax);

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        TMax = visitor.Field("T_max", TMax);
        EtaMin = visitor.Field("eta_min", EtaMin);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(TMax >= 1, nameof(TMax), "must be at least 1", TMax);
        must.NotBeNegative(EtaMin);
    }
}
