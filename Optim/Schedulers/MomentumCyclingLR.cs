namespace MiniTorch.Optim;

/// <summary>
/// A schedule that moves the momentum against the rate, from its highest value where the rate is lowest to its lowest where the rate
/// is highest: SGD's momentum, or β₁ of Adam and its kin.
/// </summary>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="cycleMomentum">Whether the momentum moves at all.</param>
/// <param name="baseMomentum">The lowest momentum.</param>
/// <param name="maxMomentum">The highest momentum.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public abstract class MomentumCyclingLR(Optimizer optimizer, bool cycleMomentum, PerGroup<double> baseMomentum, PerGroup<double> maxMomentum, int lastEpoch)
    : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>Whether the momentum moves.</summary>
    public bool CycleMomentum { get; private set; } = cycleMomentum;

    /// <summary>The lowest momentum, where the rate is highest.</summary>
    public PerGroup<double> BaseMomentum { get; private set; } = baseMomentum;

    /// <summary>The highest momentum, where the rate is lowest.</summary>
    public PerGroup<double> MaxMomentum { get; private set; } = maxMomentum;

    /// <summary>The momentum of a group at epoch <paramref name="t"/>.</summary>
    private protected abstract double GetMomentum(int t, int group);

    internal override Action Prepare(Rates rates)
    {
        Action finish = base.Prepare(rates);
        for (int i = 0; i < Groups.Count && CycleMomentum; i++) rates.Momentum[i] = GetMomentum(LastEpoch + 1, i);
        return finish;
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        CycleMomentum = visitor.Field("cycle_momentum", CycleMomentum);
        BaseMomentum = visitor.Field("base_momentums", BaseMomentum, Groups, optional: true);           // PyTorch's OneCycleLR keeps them in the groups,
        MaxMomentum = visitor.Field("max_momentums", MaxMomentum, Groups, optional: true);              // others may have been saved without
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        if (!CycleMomentum) return;
        if (Groups.FirstOrDefault(group => group is not IHasMomentum) is { } group)
            throw new ArgumentException($"{Name}: {group.GetType().DeclaringType?.Name} has neither momentum nor betas to cycle.  Pass cycleMomentum: false.", "optimizer");
        must.Fit(BaseMomentum, Groups);
        must.Fit(MaxMomentum, Groups);
        foreach (double momentum in BaseMomentum) must.BeAFraction(momentum, nameof(BaseMomentum));
        foreach (double momentum in MaxMomentum) must.BeAFraction(momentum, nameof(MaxMomentum));
    }
}
