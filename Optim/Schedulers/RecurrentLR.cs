namespace MiniTorch.Optim;

/// <summary>
/// A schedule in which each rate follows from the one before, so that a change of yours in between is kept:
/// <code>
/// lr ← f(t, lr)
/// </code>
/// Derive from it for a schedule of your own: override <see cref="GetLr"/>, which is f.
/// <code>
/// sealed class InverseTimeLR(Optimizer optimizer, double decay) : RecurrentLR(optimizer)
/// {
///     protected override double GetLr(int t, double lr, int group) => BaseLrs[group] / (1 + decay * t);
/// }
/// </code>
/// </summary>
/// <remarks>
/// A group that is added to the optimizer later joins at the next step, with its own rate as the one to start from. (In PyTorch that depends
/// on the scheduler: some leave it alone, some fail.)
/// </remarks>
public abstract class RecurrentLR : LRScheduler
{
    private double[] baseLrs = [];

    /// <summary>
    /// Notes the rates to start from and makes the step to epoch 0. That calls <see cref="GetLr"/>: a derived class sets its fields in
    /// initializers, which run before this constructor.
    /// </summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
    /// <exception cref="ArgumentException">Resuming, a group has no initial rate.</exception>
    protected RecurrentLR(Optimizer optimizer, int lastEpoch = -1)
        : base(GroupsOf(optimizer))
    {
        new Requirements(Name).Hold(lastEpoch >= -1, nameof(lastEpoch), "must be at least −1", lastEpoch);
        for (int i = 0; i < Groups.Count && lastEpoch != -1; i++)
            if (Groups[i].InitialLr is null)
                throw new ArgumentException($"{Name}: group {i} has no InitialLr, from which to resume after epoch {lastEpoch}.  Load the optimizer's state dict first, or set it.", nameof(optimizer));
        LastEpoch = lastEpoch;
        Step();
    }

    /// <summary>The rates from which the schedule started, per group.</summary>
    public IReadOnlyList<double> BaseLrs => baseLrs;

    /// <summary>How many steps this object has made, the one of its construction included.</summary>
    protected int StepCount { get; private set; }

    /// <summary>The rate of group <paramref name="group"/> at epoch <paramref name="t"/>, from its rate until then. It changes nothing.</summary>
    /// <param name="t">The epoch, from 0.</param>
    /// <param name="lr">The rate that the group has now; at epoch 0 the one from which it starts.</param>
    /// <param name="group">The index of the group.</param>
    protected abstract double GetLr(int t, double lr, int group);

    /// <summary>The rate from which a group starts: its own, unless the schedule brings one.</summary>
    private protected virtual double StartOf(int group) => Groups[group].InitialLr ?? Groups[group].Lr;

    internal override Action Prepare(Rates rates)
    {
        Join();
        int t = LastEpoch + 1;
        for (int i = 0; i < Groups.Count; i++) rates.Lr[i] = GetLr(t, rates.Lr[i], i);
        double[] lr = [.. rates.Lr];
        return () =>
        {
            LastEpoch = t;
            StepCount++;
            SetLastLr(lr);
            for (int i = 0; i < Groups.Count; i++) Groups[i].InitialLr ??= baseLrs[i];
        };
    }

    internal override void Rewind() => (LastEpoch, StepCount) = (-1, 0);

    internal override void Enter(Rates rates)
    {
        Join();
        baseLrs.CopyTo(rates.Lr, 0);
    }

    private void Join()
    {
        if (baseLrs.Length == Groups.Count) return;
        Validate(new(Name));
        baseLrs = [.. baseLrs, .. Enumerable.Range(baseLrs.Length, Groups.Count - baseLrs.Length).Select(StartOf)];
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        baseLrs = visitor.Field("base_lrs", baseLrs);
        LastEpoch = visitor.Field("last_epoch", LastEpoch);
        StepCount = visitor.Field("_step_count", StepCount);
    }

    internal override void Load(IDictionary<string, object?> stateDict, string me, string where)
    {
        base.Load(stateDict, me, where);
        if (baseLrs.Length > Groups.Count)
            throw new ArgumentException($"{me}: `base_lrs` has {baseLrs.Length} rates, the optimizer only {Groups.Count} groups.", nameof(stateDict));
    }
}
