namespace MiniTorch.Optim;

/// <summary>
/// Multiplies the rates by any function of the epoch: <c>lr ← lr · f(t)</c> from epoch 1 on, in closed form <c>lr = base · f(1) · f(2) ⋯ f(t)</c>.
/// <code>
/// var scheduler = new MultiplicativeLR(opt, t => 0.95);
/// </code>
/// <para>A change of the rates from outside is kept; <see cref="LambdaLR"/> forgets it.</para>
/// </summary>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="lrLambda">f, one for each group.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
/// <remarks>
/// A state dict does not have the functions, as in PyTorch: make the scheduler with the same ones before loading. As a later part of a
/// <see cref="SequentialLR"/> it goes on from the rates as they are then.
/// </remarks>
public sealed class MultiplicativeLR(Optimizer optimizer, PerGroup<Func<int, double>> lrLambda, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>The rates times a function of the epoch.</summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="lrLambda">f, for all groups.</param>
    /// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
    public MultiplicativeLR(Optimizer optimizer, Func<int, double> lrLambda, int lastEpoch = -1)
        : this(optimizer, new PerGroup<Func<int, double>>(lrLambda), lastEpoch)
    {
    }

    /// <summary>f: one for all groups, or one for each.</summary>
    public PerGroup<Func<int, double>> LrLambda { get; } = lrLambda;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group) => t == 0 ? lr : lr * LrLambda[group](t);

    internal override void Enter(Rates rates)
    {
        // It has no rates of its own to begin with.
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        visitor.NoFunctions("lr_lambdas", Groups);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must) => must.FitAndNotBeNull(LrLambda, Groups);
}
