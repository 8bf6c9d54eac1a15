using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// The base of an optimizer: <typeparamref name="TGroup"/> are its settings, <typeparamref name="TBuffers"/> is what it remembers of each
/// parameter, and <see cref="Update"/> its equation. Everything else is here: groups, checks, skipping, state dicts.
/// </summary>
/// <typeparam name="TGroup">The type of its parameter groups.</typeparam>
/// <typeparam name="TBuffers">The type of what it remembers of a parameter.</typeparam>
public abstract class Optimizer<TGroup, TBuffers> : Optimizer
    where TGroup : ParamGroup, new()
    where TBuffers : ParamBuffers
{
    private readonly Keeper defaults = new();
    private readonly List<TGroup> groups = [];
    private readonly HashSet<Tensor> members = [];
    private Dictionary<Tensor, TBuffers> state = [];
    private readonly List<TBuffers?[]> places = [];                  // the same by group and parameter: a step looks nothing up
    private Dictionary<Tensor, RecordedStep>? recorded;              // of the last step; null where steps are not recorded

    /// <summary>An optimizer of these groups.</summary>
    /// <param name="groups">The parameter groups.</param>
    /// <param name="defaults">The settings that a group inherits where it has none of its own.</param>
    protected Optimizer(IEnumerable<TGroup> groups, TGroup defaults)
    {
        ArgumentNullException.ThrowIfNull(groups, "params");
        ArgumentNullException.ThrowIfNull(defaults);
        defaults.Validate(new(Name));
        defaults.Visit(this.defaults);
        foreach (var group in groups) AddParamGroup(group);
        if (members.Count == 0) throw new ArgumentException($"{Name}: there are no parameters to optimize.", "params");
    }

    /// <summary>The groups of parameters with their settings, which may be changed at any time.</summary>
    public override IReadOnlyList<TGroup> ParamGroups => groups;

    /// <summary>What is remembered of each parameter: of one that never had a gradient, nothing.</summary>
    public IReadOnlyDictionary<Tensor, TBuffers> State => state;

    /// <summary>One group of these parameters, with nothing set.</summary>
    protected static TGroup[] GroupOf(IEnumerable<Tensor> @params) => [new() { Params = @params }];

    /// <summary>One group of these parameters and their names, with nothing set.</summary>
    protected static TGroup[] GroupOf(IEnumerable<(string Name, Parameter Value)> namedParams)
    {
        ArgumentNullException.ThrowIfNull(namedParams, "params");
        (string Name, Parameter Value)[] pairs = [.. namedParams];
        return [new() { Params = pairs.Select(pair => pair.Value), Names = [.. pairs.Select(pair => pair.Name)] }];
    }

    /// <summary>Adds parameters, for example of layers that are trained from now on. What the group does not set, it inherits.</summary>
    /// <exception cref="ArgumentException">A parameter is no leaf, has no floating-point dtype, or belongs to this optimizer already.</exception>
    public void AddParamGroup(TGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var parameters = group.Parameters;
        if (group.Names is { } names && names.Count != parameters.Length)
            throw new ArgumentException($"{Name}: group {groups.Count} has {parameters.Length} parameters, but {names.Count} names.", "params");
        var added = new HashSet<Tensor>();
        for (int i = 0; i < parameters.Length; i++)
        {
            var p = parameters[i];
            if (p is null) throw new ArgumentException($"{Name}: parameter {i} of group {groups.Count} is null.", "params");
            if (!p.IsLeaf)
                throw new ArgumentException($"{Name}: {group.Called(i)} is no leaf: it is computed by {p.GradFn!.Name} from others.  Optimize those, or a Detach() of it.", "params");
            if (!p.IsFloatingPoint())
                throw new ArgumentException($"{Name}: {group.Called(i)} holds {p.DType}; only floating-point tensors have gradients.", "params");
            if (members.Contains(p) || !added.Add(p))
                throw new ArgumentException($"{Name}: {group.Called(i)} is given twice, or belongs to another group already.", "params");
        }
        Admit(group);
        group.Visit(new Inheriting(defaults));
        group.Validate(new(Name));
        members.UnionWith(added);
        groups.Add(group);
        places.Add(new TBuffers?[parameters.Length]);
    }

    /// <summary>Refuses a group that this optimizer cannot take, whatever its settings.</summary>
    private protected virtual void Admit(TGroup group)
    {
    }

    /// <summary>Sets what makes the class what it is, and what the state dict of a sibling may have otherwise.</summary>
    private protected virtual void Keep(TGroup loaded)
    {
    }

    // ---- steps -------------------------------------------------------------------------------------------------------------

    /// <summary>What is remembered of a parameter from its first gradient on.</summary>
    protected abstract TBuffers NewBuffers(Tensor parameter, TGroup group);

    /// <summary>The equation: changes <paramref name="parameter"/> in place. Ops are not recorded meanwhile.</summary>
    protected abstract void Update(Tensor parameter, Tensor gradient, TGroup group, TBuffers buffers);

    private protected override Tensor? Run(Func<Tensor>? closure)
    {
        Tensor? loss = null;
        if (closure is not null)
            using (Torch.EnableGrad()) loss = closure();

        bool before = GradMode.SetThread(false);
        try
        {
            recorded?.Clear();
            foreach (var group in groups)
                for (int i = 0; i < group.Parameters.Length; i++) Check(group, i);         // of all, before any of them changes
            for (int k = 0; k < groups.Count; k++)
            {
                var (group, buffers) = (groups[k], places[k]);
                for (int i = 0; i < buffers.Length; i++)
                    if (group.Parameters[i] is { GradInternal: { } gradient } parameter)
                        StepOne(group, parameter, gradient, buffers[i] ??= BuffersOf(parameter, group));
            }
        }
        finally
        {
            GradMode.SetThread(before);
        }
        return loss;
    }

    private void StepOne(TGroup group, Tensor parameter, Tensor gradient, TBuffers buffers)
    {
        if (recorded is not null) recorded[parameter] = Record(parameter, gradient, group, buffers);
        Update(parameter, gradient, group, buffers);
        parameter.Storage.Changed(Change.Optimizer);
    }

    /// <summary>Refuses to change a parameter that has a gradient of another kind, or is no memory of its own.</summary>
    private protected void Check(TGroup group, int i)
    {
        var parameter = group.Parameters[i];
        if (parameter.GradInternal is not { } gradient) return;
        if (gradient.Shape != parameter.Shape || gradient.DType != parameter.DType)
            throw new InvalidOperationException($"{Name}: the gradient of {group.Called(i)} is {gradient.DType} {gradient.Shape}, expected {parameter.DType} {parameter.Shape}.");
        parameter.CheckInPlace(Change.Optimizer);
    }

    /// <summary>What is remembered of a parameter; new if nothing was.</summary>
    private protected TBuffers BuffersOf(Tensor parameter, TGroup group)
    {
        if (!state.TryGetValue(parameter, out var buffers)) state.Add(parameter, buffers = NewBuffers(parameter, group));
        return buffers;
    }

    // ---- explanations --------------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public sealed override bool RecordSteps
    {
        get => recorded is not null;
        set => recorded = value ? recorded ?? [] : null;
    }

    /// <summary>The equation once more, for one weight and in terms that show their numbers.</summary>
    protected virtual void Explain(Explanation e, TGroup o)
        => throw new NotSupportedException($"{Name}.Explain: {Name} moves all weights of a parameter together; there is no equation of one weight to show.");

    internal override Explanation Explained(Tensor parameter, int[] index)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(index);
        if (groups.FirstOrDefault(group => group.Parameters.Contains(parameter)) is not { } owner)
            throw new ArgumentException($"{Name}.Explain: the tensor of shape {parameter.Shape} is no parameter of this optimizer.", nameof(parameter));
        string called = owner.Called(Array.IndexOf(owner.Parameters, parameter));
        if (index.Length != parameter.Ndim)
            throw new ArgumentException($"{Name}.Explain: {called} has {parameter.Ndim} dimensions, but {index.Length} indices are given.", nameof(index));
        for (int d = 0; d < index.Length; d++)
            if (index[d] < 0 || index[d] >= parameter.Size(d))
                throw new ArgumentOutOfRangeException(nameof(index), $"{Name}.Explain: index {index[d]} is out of range for dimension {d} of {called}.");
        if (recorded is null)
            throw new InvalidOperationException($"{Name}.Explain: steps are not recorded.  Set RecordSteps = true before the step.");
        if (!recorded.TryGetValue(parameter, out var step))
            throw new InvalidOperationException($"{Name}.Explain: the last step did not change {called}: it had no gradient, or there was no step since RecordSteps was set.");

        var explanation = new Explanation($"{Name}, {called}, weight [{string.Join(", ", index)}]", step, index);
        Explain(explanation, (TGroup)step.Group);
        return explanation;
    }

    private static RecordedStep Record(Tensor parameter, Tensor gradient, TGroup group, TBuffers buffers)
    {
        var remembered = Save(buffers);
        foreach (var (key, value) in remembered)
            if (value is Tensor x) remembered[key] = x.Clone();
        return new RecordedStep(parameter.Detach().Clone(), gradient.Detach().Clone(), group.Shadow(), remembered);
    }

    // ---- state dicts ---------------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override OptimizerStateDict StateDict()
    {
        var result = new OptimizerStateDict();
        int index = 0;
        foreach (var group in groups)
        {
            var saved = Save(group);
            if (group.Names is { } names) saved["param_names"] = names.ToArray();
            saved["params"] = Enumerable.Range(index, group.Parameters.Length).ToArray();
            result.ParamGroups.Add(saved);
            foreach (var p in group.Parameters)
            {
                if (state.TryGetValue(p, out var buffers) && Save(buffers) is { Count: > 0 } remembered) result.State.Add(index, remembered);
                index++;
            }
        }
        return result;
    }

    /// <inheritdoc/>
    public override void LoadStateDict(OptimizerStateDict stateDict)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        string me = $"{Name}.LoadStateDict";
        if (stateDict.ParamGroups.Count != groups.Count)
            throw new ArgumentException($"{me}: {stateDict.ParamGroups.Count} parameter groups were saved, this optimizer has {groups.Count}.", nameof(stateDict));

        // Everything is read into copies first, so that nothing is changed if anything does not fit.
        var settings = new TGroup[groups.Count];
        var loaded = new Dictionary<Tensor, TBuffers>();
        var known = new HashSet<int>();
        for (int k = 0; k < groups.Count; k++)
        {
            var (group, saved, where) = (groups[k], stateDict.ParamGroups[k], $"{me}: param_groups[{k}]");
            if (saved is null) throw new ArgumentException($"{where} is null.", nameof(stateDict));
            settings[k] = (TGroup)group.Shadow();
            settings[k].Visit(new Loader(saved, where));
            settings[k].Validate(new(me, loaded: true));
            int[] indices = new Loader(saved, where).Field("params", Array.Empty<int>());
            if (indices.Length != group.Parameters.Length)
                throw new ArgumentException($"{where} has {indices.Length} parameters, this optimizer's group {group.Parameters.Length}.", nameof(stateDict));
            for (int i = 0; i < indices.Length; i++)
            {
                known.Add(indices[i]);
                if (!stateDict.State.TryGetValue(indices[i], out var remembered)) continue;
                if (remembered is null) throw new ArgumentException($"{me}: the state of {group.Called(i)}, state[{indices[i]}], is null.", nameof(stateDict));
                if (remembered.Count > 0)
                    loaded[group.Parameters[i]] = Load(remembered, group, settings[k], i, me);
            }
        }
        foreach (int index in stateDict.State.Keys)
            if (!known.Contains(index)) throw new ArgumentException($"{me}: there is a state of parameter {index}, but no group has it.", nameof(stateDict));

        for (int k = 0; k < groups.Count; k++)
        {
            groups[k].Visit(new Loader(stateDict.ParamGroups[k], me));
            Keep(groups[k]);
        }
        state = loaded;
        foreach (var buffers in places) Array.Clear(buffers);
    }

    private TBuffers Load(IDictionary<string, object?> remembered, TGroup group, TGroup settings, int i, string me)
    {
        var p = group.Parameters[i];
        var loader = new Loader(remembered, $"{me}: the state of {group.Called(i)}", p.DType);
        var buffers = NewBuffers(p, settings);
        buffers.Visit(loader);
        if (remembered.FirstOrDefault(entry => entry.Value is not null && !loader.Read.Contains(entry.Key)).Key is { } unknown)
            throw new ArgumentException($"{me}: the state of {group.Called(i)} has `{unknown}`, which {Name} does not know; it has {FieldData.List(loader.Read)}.  Was it saved by another optimizer?");
        return buffers;
    }

    private static Dictionary<string, object?> Save(ParamGroup group)
    {
        var saver = new Saver();
        group.Visit(saver);
        return saver.Saved;
    }

    private static Dictionary<string, object?> Save(TBuffers buffers)
    {
        var saver = new Saver(numbersAsTensors: true);
        buffers.Visit(saver);
        return saver.Saved;
    }
}

/// <summary>What an optimizer remembers of one parameter: its running averages and counters.</summary>
public abstract class ParamBuffers
{
    /// <summary>Lists the fields by their keys in a state dict.</summary>
    protected internal abstract void Visit(FieldVisitor visitor);
}
