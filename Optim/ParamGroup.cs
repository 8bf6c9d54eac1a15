namespace MiniTorch.Optim;

/// <summary>
/// Parameters that are optimized with the same settings. Each optimizer has its own type of group with its own settings
/// (<see cref="Adam.Group"/>); what a group does not set, it inherits from the optimizer's arguments when it is added.
/// </summary>
public abstract class ParamGroup
{
    private double? lr;

    /// <summary>The parameters, in the order by which a state dict knows them.</summary>
    public IEnumerable<Tensor> Params
    {
        get => Parameters;
        init
        {
            ArgumentNullException.ThrowIfNull(value, "params");
            Parameters = [.. value];
        }
    }

    /// <summary>The parameters' names, one each; null when none were given. They appear in messages and in state dicts.</summary>
    public IReadOnlyList<string>? Names { get; set; }

    /// <summary>The learning rate. Schedulers change it, and so may you, at any time.</summary>
    public double Lr
    {
        get => lr!.Value;
        set => lr = value;
    }

    /// <summary>The learning rate from which schedulers start; null as long as no scheduler was made.</summary>
    public double? InitialLr { get; set; }

    internal Tensor[] Parameters { get; private init; } = [];

    /// <summary>Lists the settings by their keys in a state dict. A setting not given yet is null and is then inherited.</summary>
    protected internal virtual void Visit(FieldVisitor visitor)
    {
        lr = visitor.Field("lr", lr);
        InitialLr = visitor.Field("initial_lr", InitialLr, optional: true);
    }

    /// <summary>Refuses settings out of range.</summary>
    protected internal virtual void Validate(Requirements must) => must.HoldAtFirst(Lr >= 0, nameof(Lr), "must not be negative", Lr);            // a schedule may lead below 0

    /// <summary>A copy with the same parameters and settings, to try out what must not be seen.</summary>
    internal ParamGroup Shadow() => (ParamGroup)MemberwiseClone();

    /// <summary>How messages call parameter <paramref name="i"/>.</summary>
    internal string Called(int i)
        => (Names?[i] ?? Parameters[i].Name) is { } name ? $"parameter {i} (`{name}`, {Parameters[i].Shape})" : $"parameter {i} ({Parameters[i].Shape})";
}

/// <summary>A group with a momentum that <c>CyclicLR</c> and <c>OneCycleLR</c> cycle: SGD's momentum, Adam's β₁.</summary>
public interface IHasMomentum
{
    /// <summary>How much of the running average of the gradients is kept in a step.</summary>
    double Momentum { get; set; }
}
