namespace MiniTorch.Optim;

/// <summary>
/// Multiplies the rates by γ every so many epochs: <c>lr ← γ · lr</c> when <c>t mod stepSize = 0</c>, in closed form
/// <c>lr = base · γ^⌊t / stepSize⌋</c>.
/// <para>The classical schedule of convolutional networks (a tenth every 30 epochs); where the length of the training is known,
/// <see cref="CosineAnnealingLR"/> usually ends lower without a step size to choose.</para>
/// </summary>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="stepSize">The number of epochs between two changes.</param>
/// <param name="gamma">γ: what the rates are multiplied by.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class StepLR(Optimizer optimizer, int stepSize, double gamma = 0.1, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>The number of epochs between two changes.</summary>
    public int StepSize { get; private set; } = stepSize;

    /// <summary>γ: what the rates are multiplied by.</summary>
    public double Gamma { get; private set; } = gamma;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group) => t > 0 && t % StepSize == 0 ? lr * Gamma : lr;

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        StepSize = visitor.Field("step_size", StepSize);
        Gamma = visitor.Field("gamma", Gamma);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(StepSize >= 1, nameof(StepSize), "must be at least 1", StepSize);
        must.NotBeNegative(Gamma);
    }
}
