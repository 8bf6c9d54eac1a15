using System.Runtime.CompilerServices;

namespace MiniTorch.Optim;

/// <summary>
/// An argument that is one value for all groups, or one for each: <c>maxLr: 0.1</c> or <c>maxLr: [0.1, 0.2]</c>. Groups that are added later
/// take the one value; where each has its own, a new group is refused.
/// </summary>
/// <typeparam name="T">The type of a value.</typeparam>
[CollectionBuilder(typeof(PerGroup), nameof(PerGroup.Create))]
public readonly struct PerGroup<T>
{
    private readonly T all;
    private readonly T[]? each;

    /// <summary>One value for all groups.</summary>
    public PerGroup(T value) => all = value;

    /// <summary>A value for each group.</summary>
    public PerGroup(ReadOnlySpan<T> values) => (all, each) = (default!, values.ToArray());

    /// <summary>The value of a group.</summary>
    public T this[int group] => each is null ? all : each[group];

    /// <summary>How many values there are; null for one that suits any number of groups.</summary>
    internal int? Count => each?.Length;

    /// <summary>The values that were given: one, or one for each group.</summary>
    public IEnumerator<T> GetEnumerator() => (each ?? [all]).AsEnumerable().GetEnumerator();

    /// <summary>One value for all groups.</summary>
    public static implicit operator PerGroup<T>(T value) => new(value);

    /// <summary>A value for each group.</summary>
    public static implicit operator PerGroup<T>(T[] values) => new(values.AsSpan());
}

/// <summary>Makes a <see cref="PerGroup{T}"/> of <c>[a, b]</c>.</summary>
public static class PerGroup
{
    /// <summary>A value for each group.</summary>
    public static PerGroup<T> Create<T>(ReadOnlySpan<T> values) => new(values);

    /// <summary>Refuses another number of values than there are groups.</summary>
    internal static void Fit<T>(this Requirements must, PerGroup<T> values, IReadOnlyList<ParamGroup> groups, [CallerArgumentExpression(nameof(values))] string name = "")
        => must.Hold(values.Count is null || values.Count == groups.Count, name, $"must be one value, or one for each of the {groups.Count} groups", $"{values.Count} values");

    /// <summary>One number, or one for each group, that is not negative; NaN is refused.</summary>
    internal static void FitAndNotBeNegative(this Requirements must, PerGroup<double> values, IReadOnlyList<ParamGroup> groups, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        must.Fit(values, groups, name);
        foreach (double value in values) must.NotBeNegative(value, name);
    }

    /// <summary>One function, or one for each group.</summary>
    internal static void FitAndNotBeNull<T>(this Requirements must, PerGroup<T> values, IReadOnlyList<ParamGroup> groups, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        must.Fit(values, groups, name);
        foreach (var value in values) must.Hold(value is not null, name, "must be given", "null");
    }

    /// <summary>Where PyTorch has a list of functions that it does not save: one null per group.</summary>
    internal static void NoFunctions(this FieldVisitor visitor, string key, IReadOnlyList<ParamGroup> groups) => visitor.Field<object>(key, new object?[groups.Count], optional: true);

    /// <summary>A field of a state dict: PyTorch has a list of one number per group, also where they are all the same.</summary>
    internal static PerGroup<double> Field(this FieldVisitor visitor, string key, PerGroup<double> values, IReadOnlyList<ParamGroup> groups, bool optional = false)
    {
        double[] each = [.. Enumerable.Range(0, values.Count ?? groups.Count).Select(i => values[i])];
        double[] now = visitor.Field(key, each, optional);
        return now.AsSpan().SequenceEqual(each) ? values : now.Distinct().Count() == 1 ? now[0] : now;
    }
}
