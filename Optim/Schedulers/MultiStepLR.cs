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
/// <remarks>In a state dict the milestones are what they are in PyTorch's: a dictionary of how often each epoch was given. A list is loaded too.</remarks>
public sealed class MultiStepLR(Optimizer optimizer, IEnumerable<int> milestones, double gamma = 0.1, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    private Dictionary<int, int> milestones = FieldData.Counts(milestones ?? throw new ArgumentNullException(nameof(milestones)));

    /// <summary>The epochs, in ascending order.</summary>
    public IReadOnlyList<int> Milestones => [.. milestones.OrderBy(static count => count.Key).SelectMany(static count => Enumerable.Repeat(count.Key, count.Value))];

    /// <summary>γ: what the rates are multiplied by.</summary>
    public double Gamma { get; private set; } = gamma;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group) => lr * Math.Pow(Gamma, milestones.GetValueOrDefault(t));

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        milestones = visitor.Field("milestones", milestones);
        Gamma = visitor.Field("gamma", Gamma);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        foreach (int milestone in milestones.Keys) must.NotBeNegative(milestone, nameof(Milestones));
        must.NotBeNegative(Gamma);
    }
}
