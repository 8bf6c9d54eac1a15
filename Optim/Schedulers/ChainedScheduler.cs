namespace MiniTorch.Optim;

/// <summary>
/// Several schedulers that all step at once, one after the other, each from the rate that the one before it set:
/// <code>
/// lr ← fₙ(t, … f₂(t, f₁(t, lr)))
/// </code>
/// With recurrences such as <see cref="ConstantLR"/> and <see cref="ExponentialLR"/> that is the product of their factors:
/// <code>
/// var warmup = new ConstantLR(opt, factor: 0.1, totalIters: 4);
/// var decay = new ExponentialLR(opt, gamma: 0.97);
/// var scheduler = new ChainedScheduler([warmup, decay]);
/// </code>
/// </summary>
/// <remarks>
/// As in PyTorch, a schedule that does not look at the rate before (<see cref="LambdaLR"/>, <see cref="CosineAnnealingWarmRestarts"/>,
/// <see cref="CyclicLR"/>, <see cref="OneCycleLR"/>, <see cref="NoamLR"/>) forgets what the ones before it did: put it first, and know that the
/// factor of a later one then lasts for one step only.
/// </remarks>
public sealed class ChainedScheduler : CompositeLR
{
    /// <summary>A chain of these schedulers.</summary>
    /// <param name="schedulers">The schedulers, in the order in which they step.</param>
    /// <param name="optimizer">Their optimizer; by default that of the first.</param>
    /// <exception cref="ArgumentException">There is no scheduler, one belongs to another optimizer, or is given twice.</exception>
    public ChainedScheduler(IEnumerable<LRScheduler> schedulers, Optimizer? optimizer = null)
        : this(Some(schedulers, nameof(ChainedScheduler)), optimizer)
    {
    }

    private ChainedScheduler(LRScheduler[] schedulers, Optimizer? optimizer)
        : base(optimizer?.ParamGroups ?? schedulers[0].Groups, schedulers) => LastEpoch = schedulers[0].LastEpoch;

    internal override Action Prepare(Rates rates)
    {
        Action[] finish = [.. Schedulers.Select(member => member.Prepare(rates))];
        double[] lr = [.. rates.Lr];
        return () =>
        {
            foreach (var member in finish) member();
            LastEpoch = Schedulers[0].LastEpoch;
            SetLastLr(lr);
        };
    }

    internal override void Load(IDictionary<string, object?> stateDict, string me, string where)
    {
        base.Load(stateDict, me, where);
        LastEpoch = Schedulers[0].LastEpoch;
    }
}
