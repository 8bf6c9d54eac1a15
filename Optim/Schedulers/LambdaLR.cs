namespace MiniTorch.Optim;

/// <summary>
/// Multiplies the base rates by any function of the epoch: <c>lr = base · f(t)</c>.
/// <code>
/// var scheduler = new LambdaLR(opt, t => 1.0 / (1 + t));
/// </code>
/// <para>For every schedule with a formula. A change of the rates from outside is forgotten at the next step; <see cref="MultiplicativeLR"/> keeps it.</para>
/// </summary>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="lrLambda">f, one for each group.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
/// <remarks>A state dict does not have the functions, as in PyTorch: make the scheduler with the same ones before loading.</remarks>
public sealed class LambdaLR(Optimizer optimizer, PerGroup<Func<int, double>> lrLambda, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>The base rates times a function of the epoch.</summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="lrLambda">f, for all groups.</param>
    /// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
    public LambdaLR(Optimizer optimizer, Func<int, double> lrLambda, int lastEpoch = -1)
        : this(optimizer, new PerGroup<Func<int, double>>(lrLambda), lastEpoch)
    {
    }

    /// <summary>f: one for all groups, or one for each.</summary>
    public PerGroup<Func<int, double>> LrLambda { get; } = lrLambda;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group) => BaseLrs[group] * LrLambda[group](t);

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        visitor.NoFunctions("lr_lambdas", Groups);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must) => must.FitAndNotBeNull(LrLambda, Groups);
}
