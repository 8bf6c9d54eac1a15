namespace MiniTorch.Optim;

/// <summary>
/// Multiplies the rates by γ at each milestone: <c>lr ← γ · lr</c> when t is one, in closed form
/// <c>lr = base · γ^n</c> with n the number of milestones until t. A milestone that is given twice counts twice.
/// <para>As <see cref="StepLR"/>, where the epochs are to be chosen one by one: (30, 60, 80) for ResNets on ImageNet.</para>
/// </summary>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="milestones">The epochs, in any order.</param>
/// <param name="gamma">γ: what the rates are multiplied by.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
/// <remarks>In a state dict the milestones are a list; PyTorch's dictionary of epochs and how often each was given is loaded too.</remarks>
public sealed class MultiStepLR(Optimizer optimizer, IEnumerable<int> milestones, double gamma = 0.1, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    private int[] milestones = [.. (milestones ?? throw new ArgumentNullException(nameof(milestones))).Order()];

    /// <summary>The epochs, in ascending order.</summary>
    public IReadOnlyList<int> Milestones => milestones;

    /// <summary>γ: what the rates are multiplied by.</summary>
    public double Gamma { get; private set; } = gamma;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group) => lr * Math.Pow(Gamma, milestones.Count(milestone => milestone == t));

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        milestones = [.. visitor.Field("milestones", milestones).Order()];
        Gamma = visitor.Field("gamma", Gamma);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        foreach (int milestone in milestones) must.NotBeNegative(milestone, nameof(Milestones));
        must.NotBeNegative(Gamma);
    }
}
