using System.Collections;

namespace MiniTorch.Optim;

/// <summary>A scheduler made of schedulers of the same optimizer, which belong to it from then on: step this one only.</summary>
public abstract class CompositeLR : LRScheduler
{
    private LRScheduler[] members;

    private protected CompositeLR(IReadOnlyList<ParamGroup> groups, LRScheduler[] schedulers)
        : base(groups)
    {
        members = schedulers;
        for (int i = 0; i < members.Length; i++)
        {
            string called = $"schedulers[{i}] ({members[i].Name})";
            if (!members[i].Groups.SequenceEqual(Groups)) throw new ArgumentException($"{Name}: {called} belongs to another optimizer.", nameof(schedulers));
            if (Array.IndexOf(members, members[i]) < i) throw new ArgumentException($"{Name}: {called} is given twice.", nameof(schedulers));
        }
    }

    /// <summary>The schedulers of which this one is made.</summary>
    public IReadOnlyList<LRScheduler> Schedulers => members;

    private protected static LRScheduler[] Some(IEnumerable<LRScheduler> schedulers, string name)
    {
        ArgumentNullException.ThrowIfNull(schedulers);
        LRScheduler[] members = [.. schedulers];
        if (members.Length == 0) throw new ArgumentException($"{name}: schedulers is empty; give at least one.", nameof(schedulers));
        if (Array.IndexOf(members, null) is >= 0 and var i) throw new ArgumentException($"{name}: schedulers[{i}] is null.", nameof(schedulers));
        return members;
    }

    internal override void Rewind()
    {
        foreach (var member in members) member.Rewind();
        LastEpoch = -1;
    }

    internal override void Enter(Rates rates) => members[0].Enter(rates);

    /// <inheritdoc/>
    protected internal override Scheduler Shadow(IReadOnlyList<ParamGroup> groups)
    {
        var shadow = (CompositeLR)base.Shadow(groups);
        shadow.members = [.. members.Select(member => (LRScheduler)member.Shadow(groups))];
        return shadow;
    }

    internal override IDictionary<string, object?> Save()
    {
        var saved = base.Save();
        saved["_schedulers"] = members.Select(member => member.Save()).ToArray();
        return saved;
    }

    internal override void Load(IDictionary<string, object?> stateDict, string me, string where)
    {
        base.Load(stateDict, me, where);
        IDictionary<string, object?>?[] saved = stateDict.TryGetValue("_schedulers", out object? list) && list is IEnumerable and not string
            ? [.. ((IEnumerable)list).Cast<object?>().Select(item => item as IDictionary<string, object?>)] : [];
        if (saved.Length != members.Length || saved.Contains(null))
            throw new ArgumentException($"{me}: {where} has {saved.OfType<object>().Count()} state dicts in `_schedulers`, expected {members.Length}.", nameof(stateDict));
        for (int i = 0; i < members.Length; i++) members[i].Load(saved[i]!, me, $"{where}, `_schedulers[{i}]`,");
    }
}
