namespace MiniTorch.Optim;

/// <summary>
/// Multiplies the rates by γ at every epoch: <c>lr ← γ · lr</c>, in closed form <c>lr = base · γᵗ</c>.
/// <para>The simplest smooth decay. It never ends: choose γ such that γᵗ is small at the last epoch, about 1 − 4/T for T epochs.</para>
/// </summary>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="gamma">γ: what the rates are multiplied by.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class ExponentialLR(Optimizer optimizer, double gamma, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>γ: what the rates are multiplied by.</summary>
    public double Gamma { get; private set; } = gamma;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group) => t == 0 ? lr : lr * Gamma;

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        Gamma = visitor.Field("gamma", Gamma);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must) => must.NotBeNegative(Gamma);
}
