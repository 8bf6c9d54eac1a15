namespace MiniTorch.Optim;

/// <summary>
/// A scheduler that steps by itself: it sets the rates once when it is made (to those of epoch 0) and then at every <see cref="Step()"/>.
/// <code>
/// var scheduler = new CosineAnnealingLR(opt, tMax: 100);
/// for (int epoch = 0; epoch &lt; 100; epoch++)
/// {
///     Train(opt);
///     scheduler.Step();
/// }
/// </code>
/// For a schedule of your own, derive from <see cref="RecurrentLR"/>.
/// </summary>
/// <remarks>
/// PyTorch warns when <c>scheduler.step()</c> comes before the first <c>optimizer.step()</c>. There is no channel for warnings here; the
/// rates are the same.
/// </remarks>
public abstract class LRScheduler : Scheduler
{
    private protected LRScheduler(IReadOnlyList<ParamGroup> groups)
        : base(groups)
    {
    }

    /// <summary>Goes to the next epoch: sets the rates of all groups. If that fails, nothing is changed.</summary>
    public void Step() => Run(Prepare);

    /// <summary>The rates that the next <paramref name="steps"/> steps would set: <c>[step][group]</c>. Nothing is changed.</summary>
    public double[][] Preview(int steps)
    {
        new Requirements($"{Name}.Preview").NotBeNegative(steps);
        var shadow = (LRScheduler)Shadow();
        var rates = new double[steps][];
        for (int i = 0; i < steps; i++)
        {
            shadow.Step();
            rates[i] = shadow.GetLastLr();
        }
        return rates;
    }

    /// <summary>Both halves of a step: all that can fail first, then all that changes anything.</summary>
    private protected void Run(Func<Rates, Action> prepare)
    {
        var rates = new Rates(Groups);
        Action finish = prepare(rates);
        finish();
        rates.Set(Groups);
    }

    /// <summary>Goes through all epochs up to one after <paramref name="lastEpoch"/>, on a copy: what fails there fails before anything is changed.</summary>
    internal void Try(int lastEpoch)
    {
        var shadow = (LRScheduler)Shadow();
        var rates = new Rates(shadow.Groups);
        shadow.Rewind();
        shadow.Enter(rates);
        for (int epoch = -1; epoch <= lastEpoch; epoch++) shadow.Prepare(rates)();
    }

    /// <summary>The first half of a step: turns <paramref name="rates"/> into those of the next epoch. The result, called, moves the scheduler there.</summary>
    internal abstract Action Prepare(Rates rates);

    /// <summary>Goes to before epoch 0.</summary>
    internal abstract void Rewind();

    /// <summary>Sets <paramref name="rates"/> to those from which this scheduler, rewound, goes to epoch 0 when it takes over from another.</summary>
    internal abstract void Enter(Rates rates);
}

/// <summary>The rates and momenta of all groups on their way through a step.</summary>
internal sealed class Rates(IReadOnlyList<ParamGroup> groups)
{
    internal double[] Lr { get; } = [.. groups.Select(group => group.Lr)];

    /// <summary>Null where the momentum stays as it is.</summary>
    internal double?[] Momentum { get; } = new double?[groups.Count];

    internal void Set(IReadOnlyList<ParamGroup> groups)
    {
        for (int i = 0; i < groups.Count; i++)
        {
            groups[i].Lr = Lr[i];
            if (Momentum[i] is { } momentum) ((IHasMomentum)groups[i]).Momentum = momentum;
        }
    }
}
