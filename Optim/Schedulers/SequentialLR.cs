namespace MiniTorch.Optim;

/// <summary>
/// Several schedulers one after the other: the first until epoch <c>milestones[0]</c>, where the second begins with its epoch 0, and so on.
/// <code>
/// var warmup = new LinearLR(opt, startFactor: 0.01, totalIters: 5);
/// var cosine = new CosineAnnealingLR(opt, tMax: 95);
/// var scheduler = new SequentialLR(opt, [warmup, cosine], milestones: [5]);
/// </code>
/// For a linear warm-up as here, <see cref="WarmupLR"/> is shorter.
/// </summary>
/// <remarks>
/// As in PyTorch a scheduler takes over with its own base rates, whatever the rates were before it, except <see cref="MultiplicativeLR"/> and
/// <see cref="SWALR"/>, which go on from there. <see cref="OneCycleLR"/> sets the initial rates of the groups when it is made, and the
/// first scheduler begins from those.
/// <para>Resuming by <c>lastEpoch</c> goes through the whole schedule again, so the right scheduler is at the right epoch (PyTorch restarts the
/// first one: pytorch#162591). Changes of the rates from outside are not known then; a state dict keeps them.</para>
/// </remarks>
public class SequentialLR : CompositeLR
{
    private int[] milestones;

    /// <summary>These schedulers, one after the other.</summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="schedulers">The schedulers, in their order.</param>
    /// <param name="milestones">The epochs at which the second, third, … begin.</param>
    /// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
    /// <exception cref="ArgumentException">The milestones do not fit, a scheduler belongs to another optimizer, or is given twice.</exception>
    public SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int lastEpoch = -1)
        : base(GroupsOf(optimizer), Some(schedulers, nameof(SequentialLR)))
    {
        ArgumentNullException.ThrowIfNull(milestones);
        this.milestones = [.. milestones];
        new Requirements(Name).Hold(lastEpoch >= -1, nameof(lastEpoch), "must be at least −1", lastEpoch);
        Validate(new(Name));
        ((SequentialLR)Shadow()).Begin(lastEpoch);                          // a trial: it throws before anything is changed
        Begin(lastEpoch);
    }

    private void Begin(int lastEpoch)
    {
        Rewind();
        Run(rates =>
        {
            for (int i = 0; i < Groups.Count; i++) rates.Lr[i] = Groups[i].InitialLr ?? Groups[i].Lr;
            while (LastEpoch < lastEpoch) Prepare(rates)();
            return Prepare(rates);
        });
    }

    /// <summary>The epochs at which the second, third, … scheduler begins.</summary>
    public IReadOnlyList<int> Milestones => milestones;

    internal override Action Prepare(Rates rates)
    {
        int t = LastEpoch + 1;
        int active = milestones.Count(milestone => milestone <= t);
        if (active > 0 && milestones[active - 1] == t)
        {
            Schedulers[active].Rewind();
            Schedulers[active].Enter(rates);
        }
        Action finish = Schedulers[active].Prepare(rates);
        double[] lr = [.. rates.Lr];
        return () =>
        {
            finish();
            LastEpoch = t;
            SetLastLr(lr);
        };
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        milestones = visitor.Field("_milestones", milestones);
        LastEpoch = visitor.Field("last_epoch", LastEpoch);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        string list = $"[{string.Join(", ", milestones)}]";
        must.Hold(milestones.Length == Schedulers.Count - 1, nameof(Milestones), $"must be {Schedulers.Count - 1} for {Schedulers.Count} schedulers", list);
        must.Hold(milestones.All(milestone => milestone > 0) && milestones.Order().SequenceEqual(milestones), nameof(Milestones), "must be positive and ascending", list);
    }
}
