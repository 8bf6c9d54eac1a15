namespace MiniTorch.Optim;

/// <summary>
/// The base of what changes how another optimizer steps: <c>new Lookahead(new Adam(model.Parameters()))</c>. The parameters, the groups with
/// their settings, and so what schedulers change, are the inner optimizer's. Wrappers may be wrapped again.
/// <para>Step the wrapper, not the inner optimizer. The hooks of both run, the inner optimizer's around its own step.</para>
/// </summary>
/// <remarks>
/// The state dict is that of the inner optimizer with the wrapper's own entries beside: what it remembers of a parameter in that
/// parameter's state, settings and counters in the first group. Their keys begin with the wrapper's name, as <c>lookahead.slow</c>, so that
/// no optimizer takes them for its own.
/// </remarks>
public abstract class OptimizerWrapper : Optimizer
{
    private readonly string prefix;

    private protected OptimizerWrapper(Optimizer inner, string name)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
        int within = 0;
        for (var o = inner; o is OptimizerWrapper wrapper; o = wrapper.Inner)
            if (o.GetType() == GetType()) within++;
        prefix = within == 0 ? $"{name}." : $"{name}{within + 1}.";
    }

    /// <summary>The optimizer that is wrapped.</summary>
    public Optimizer Inner { get; }

    /// <summary>The groups of the inner optimizer. To add one, add it there.</summary>
    public sealed override IReadOnlyList<ParamGroup> ParamGroups => Inner.ParamGroups;

    /// <inheritdoc/>
    public sealed override bool RecordSteps
    {
        get => Inner.RecordSteps;
        set => Inner.RecordSteps = value;
    }

    internal override Explanation Explained(Tensor parameter, int[] index) => Inner.Explained(parameter, index);

    /// <summary>The name with its settings, and then the inner optimizer.</summary>
    public sealed override string ToString()
    {
        var settings = new SettingsText();
        Visit(settings);
        return $"{Name} (\n{settings}) over {Inner}";
    }

    // ---- state dicts ---------------------------------------------------------------------------------------------------------

    /// <summary>The key of a field of this wrapper.</summary>
    private protected string Key(string field) => prefix + field;

    /// <summary>Lists the settings and counters. Tensors among them are of bytes.</summary>
    private protected abstract void Visit(FieldVisitor visitor);

    /// <summary>Lists what is remembered of a parameter, in its dtype.</summary>
    private protected virtual void Visit(Tensor parameter, FieldVisitor visitor)
    {
    }

    /// <summary>Refuses settings out of range.</summary>
    private protected abstract void Validate(Requirements must);

    /// <summary>A copy with the settings but without a memory, into which a state dict can be read.</summary>
    private protected abstract OptimizerWrapper Blank();

    /// <summary>Takes over settings, counters and memory from such a copy.</summary>
    private protected abstract void Adopt(OptimizerWrapper loaded);

    /// <inheritdoc/>
    public sealed override OptimizerStateDict StateDict()
    {
        var saved = Inner.StateDict();
        Save(visitor => Visit(visitor), saved.ParamGroups[0]);
        int index = 0;
        foreach (var group in ParamGroups)
            foreach (var p in group.Parameters)
            {
                var entry = saved.State.TryGetValue(index, out var known) ? known : new Dictionary<string, object?>();
                Save(visitor => Visit(p, visitor), entry);
                if (entry.Count > 0) saved.State[index] = entry;
                index++;
            }
        return saved;

        static void Save(Action<FieldVisitor> visit, IDictionary<string, object?> into)
        {
            var saver = new Saver();
            visit(saver);
            foreach (var (key, value) in saver.Saved) into.Add(key, value);
        }
    }

    /// <inheritdoc/>
    public sealed override void LoadStateDict(OptimizerStateDict stateDict)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        string me = $"{Name}.LoadStateDict";
        if (stateDict.ParamGroups.Count != ParamGroups.Count)
            throw new ArgumentException($"{me}: {stateDict.ParamGroups.Count} parameter groups were saved, this optimizer has {ParamGroups.Count}.", nameof(stateDict));

        // The inner optimizer changes nothing if its part does not fit, so it is asked last.
        var loaded = Blank();
        loaded.Visit(new Loader(stateDict.ParamGroups[0], $"{me}: param_groups[0]", DType.UInt8));
        loaded.Validate(new(me));
        foreach (var (k, group) in ParamGroups.Index())
        {
            int[] indices = new Loader(stateDict.ParamGroups[k], $"{me}: param_groups[{k}]").Field("params", Array.Empty<int>());
            for (int i = 0; i < Math.Min(indices.Length, group.Parameters.Length); i++)
                if (stateDict.State.TryGetValue(indices[i], out var entry))
                    loaded.Visit(group.Parameters[i], new Loader(entry, $"{me}: the state of {group.Called(i)}", group.Parameters[i].DType));
        }
        Inner.LoadStateDict(new()
        {
            State = stateDict.State.ToDictionary(item => item.Key, item => Others(item.Value)),
            ParamGroups = [.. stateDict.ParamGroups.Select(Others)],
        });
        Adopt(loaded);
    }

    /// <summary>The entries that are not this wrapper's.</summary>
    private IDictionary<string, object?> Others(IDictionary<string, object?> entries)
        => entries.Where(item => !item.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary();
}
