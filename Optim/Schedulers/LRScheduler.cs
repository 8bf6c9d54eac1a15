namespace MiniTorch.Optim;

/// <summary>
/// What all schedulers have in common: they change the learning rates of an optimizer's groups, once when they are made (to the rate of
/// epoch 0) and then at every <see cref="Step"/>.
/// <code>
/// var scheduler = new CosineAnnealingLR(opt, tMax: 100);
/// for (int epoch = 0; epoch &lt; 100; epoch++)
/// {
///     Train(opt);
///     scheduler.Step();
/// }
/// </code>
/// A rate follows from the rate before, so that a change of yours in between is kept.
/// </summary>
/// <remarks>
/// PyTorch warns when <c>scheduler.step()</c> comes before the first <c>optimizer.step()</c>. There is no channel for warnings here; the
/// rates are the same.
/// <para>A group that is added to the optimizer later joins at the next step, with its own rate as the one to start from. (In PyTorch that depends
/// on the scheduler: some leave it alone.)</para>
/// <para>To resume, make the optimizer and the scheduler as before, then load the state dicts of both: the rates themselves are the
/// optimizer's.</para>
/// </remarks>
public abstract class LRScheduler
{
    private double[] baseLrs;
    private double[] lastLr = [];

    /// <summary>
    /// Notes the rates to start from and makes the step to epoch 0. That calls <see cref="GetLr"/>: a derived class sets its fields in
    /// initializers, which run before this constructor.
    /// </summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
    /// <exception cref="ArgumentException">Resuming, a group has no initial rate.</exception>
    protected LRScheduler(Optimizer optimizer, int lastEpoch = -1)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Groups = optimizer.ParamGroups;
        for (int i = 0; i < Groups.Count; i++)
        {
            if (lastEpoch == -1) Groups[i].InitialLr ??= Groups[i].Lr;
            else if (Groups[i].InitialLr is null)
                throw new ArgumentException($"{Name}: group {i} has no InitialLr, from which to resume after epoch {lastEpoch}.  Load the optimizer's state dict first, or set it.", nameof(optimizer));
        }
        baseLrs = [.. Groups.Select(group => group.InitialLr!.Value)];
        LastEpoch = lastEpoch;
        Step();
    }

    /// <summary>The number of steps since the start: 0 after construction.</summary>
    public int LastEpoch { get; protected set; }

    /// <summary>The rates from which the schedule started, per group.</summary>
    public IReadOnlyList<double> BaseLrs => baseLrs;

    /// <summary>The groups whose rates change.</summary>
    protected IReadOnlyList<ParamGroup> Groups { get; private set; }

    /// <summary>How many steps this object made, the one of its construction included.</summary>
    protected int StepCount { get; private set; }

    /// <summary>The scheduler's name, for messages.</summary>
    protected string Name => GetType().Name;

    /// <summary>The rates that the last step set, per group.</summary>
    public double[] GetLastLr() => [.. lastLr];

    /// <summary>The rate of group <paramref name="group"/> at epoch <see cref="LastEpoch"/>, from its rate until now.</summary>
    protected abstract double GetLr(double lr, int group);

    /// <summary>Goes to the next epoch: sets the rates of all groups.</summary>
    public virtual void Step()
    {
        if (baseLrs.Length < Groups.Count) baseLrs = [.. baseLrs, .. Groups.Skip(baseLrs.Length).Select(group => group.InitialLr ??= group.Lr)];
        StepCount++;
        LastEpoch++;
        if (lastLr.Length != Groups.Count) lastLr = new double[Groups.Count];
        for (int i = 0; i < Groups.Count; i++) Groups[i].Lr = lastLr[i] = GetLr(Groups[i].Lr, i);
    }

    /// <summary>The rates that the next <paramref name="steps"/> steps would set: <c>[step][group]</c>. Nothing is changed.</summary>
    public double[][] Preview(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        var shadow = Shadow([.. Groups.Select(group => group.Shadow())]);
        var rates = new double[steps][];
        for (int i = 0; i < steps; i++)
        {
            shadow.Step();
            rates[i] = [.. shadow.Groups.Select(group => group.Lr)];
        }
        return rates;
    }

    /// <summary>A copy that works on other groups. A scheduler with arrays that change, or with schedulers in it, copies those too.</summary>
    protected virtual LRScheduler Shadow(IReadOnlyList<ParamGroup> groups)
    {
        var shadow = (LRScheduler)MemberwiseClone();
        shadow.Groups = groups;
        shadow.lastLr = GetLastLr();
        return shadow;
    }

    // ---- state dicts ---------------------------------------------------------------------------------------------------------

    /// <summary>Lists the fields by their keys in a state dict.</summary>
    protected virtual void Visit(FieldVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        baseLrs = visitor.Field("base_lrs", baseLrs);
        LastEpoch = visitor.Field("last_epoch", LastEpoch);
        StepCount = visitor.Field("_step_count", StepCount);
        lastLr = visitor.Field("_last_lr", lastLr);
    }

    /// <summary>Where the schedule is, as data for files, with PyTorch's keys.</summary>
    public virtual IDictionary<string, object?> StateDict()
    {
        var saver = new Saver();
        Visit(saver);
        return saver.Saved;
    }

    /// <summary>Goes on where a saved scheduler was. The rates of the groups are the optimizer's, whose state dict has them. If anything does not fit, nothing is changed.</summary>
    /// <exception cref="ArgumentException">A key is missing, or has another type.</exception>
    public virtual void LoadStateDict(IDictionary<string, object?> stateDict)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        var trial = Shadow(Groups);
        trial.Visit(new Loader(stateDict, $"{Name}.LoadStateDict: the state dict"));
        if (trial.baseLrs.Length > Groups.Count)
            throw new ArgumentException($"{Name}.LoadStateDict: `base_lrs` has {trial.baseLrs.Length} rates, the optimizer only {Groups.Count} groups.", nameof(stateDict));
        Visit(new Loader(stateDict, Name));
    }
}
