namespace MiniTorch.Optim;

/// <summary>
/// What all schedulers have in common: they change the learning rates of an optimizer's groups, and remember where they are. An
/// <see cref="LRScheduler"/> steps by itself, <see cref="ReduceLROnPlateau"/> by a metric.
/// </summary>
/// <remarks>
/// To resume, make the optimizer and the scheduler as before, and then load the state dicts of both: the rates themselves are the
/// optimizer's, and making a scheduler sets them.
/// </remarks>
public abstract class Scheduler
{
    private double[] lastLr;

    private protected Scheduler(IReadOnlyList<ParamGroup> groups)
    {
        Groups = groups;
        lastLr = RatesNow();
    }

    /// <summary>The number of steps since the start: 0 after construction.</summary>
    public int LastEpoch { get; internal set; }

    /// <summary>The groups whose rates change.</summary>
    protected internal IReadOnlyList<ParamGroup> Groups { get; private set; }

    /// <summary>The scheduler's name, for messages.</summary>
    protected internal string Name => GetType().Name;

    /// <summary>The rates that the last step set, per group.</summary>
    public double[] GetLastLr() => [.. lastLr];

    private protected void SetLastLr(double[] rates) => lastLr = rates;

    private protected double[] RatesNow() => [.. Groups.Select(group => group.Lr)];

    private protected static IReadOnlyList<ParamGroup> GroupsOf(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return optimizer.ParamGroups;
    }

    /// <summary>Refuses arguments out of range, before anything is changed.</summary>
    protected virtual void Validate(Requirements must)
    {
    }

    /// <summary>A copy that works on other groups. A scheduler with arrays that change, or with schedulers in it, copies those too.</summary>
    protected internal virtual Scheduler Shadow(IReadOnlyList<ParamGroup> groups)
    {
        var shadow = (Scheduler)MemberwiseClone();
        shadow.Groups = groups;
        return shadow;
    }

    /// <summary>A copy to try things out with: it works on copies of the groups.</summary>
    private protected Scheduler Shadow() => Shadow([.. Groups.Select(group => group.Shadow())]);

    // ---- state dicts ---------------------------------------------------------------------------------------------------------

    /// <summary>Lists the fields by their keys in a state dict.</summary>
    protected virtual void Visit(FieldVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        lastLr = visitor.Field("_last_lr", lastLr);
    }

    /// <summary>Where the schedule is, as data for files, with PyTorch's keys. Functions are not in it.</summary>
    public IDictionary<string, object?> StateDict() => Save();

    /// <summary>Goes on where a saved scheduler was. The rates of the groups are the optimizer's, whose state dict has them. If anything does not fit, nothing is changed.</summary>
    /// <exception cref="ArgumentException">A key is missing, has another type, or a value out of range.</exception>
    public void LoadStateDict(IDictionary<string, object?> stateDict)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        string me = $"{Name}.LoadStateDict";
        Shadow(Groups).Load(stateDict, me, "the state dict");              // a trial: it throws before anything is changed
        Load(stateDict, me, "the state dict");
    }

    internal virtual IDictionary<string, object?> Save()
    {
        var saver = new Saver();
        Visit(saver);
        return saver.Saved;
    }

    /// <param name="stateDict">What is loaded.</param>
    /// <param name="me">The method, for messages.</param>
    /// <param name="where">Where in the state dict that is, for messages.</param>
    internal virtual void Load(IDictionary<string, object?> stateDict, string me, string where)
    {
        Visit(new Loader(stateDict, $"{me}: {where}"));
        Validate(new(me));
    }
}
