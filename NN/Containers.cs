using System.Collections;

namespace MiniTorch.NN;

/// <summary>A list of modules, which has no <c>Forward</c> of its own. (A plain <c>List</c> or array of modules does as well.)</summary>
/// <typeparam name="T">What the modules are.</typeparam>
public class ModuleList<T> : Module, IReadOnlyList<T>
    where T : Module
{
    [Name("")] private readonly List<T> modules = [];

    /// <summary>These modules.</summary>
    public ModuleList(params IEnumerable<T> modules) => Extend(modules);

    /// <summary>The number of modules.</summary>
    public int Count => modules.Count;

    /// <summary>One of the modules.</summary>
    public T this[int index]
    {
        get => modules[index];
        set => modules[index] = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Adds a module at the end, and returns this list.</summary>
    public ModuleList<T> Append(T module)
    {
        Add(module);
        return this;
    }

    /// <summary>Adds modules at the end, and returns this list.</summary>
    public ModuleList<T> Extend(IEnumerable<T> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (var module in modules) Add(module);
        return this;
    }

    /// <summary>Puts a module in front of position <paramref name="index"/>.</summary>
    public void Insert(int index, T module) => modules.Insert(index, module ?? throw new ArgumentNullException(nameof(module)));

    /// <summary>As <see cref="Append"/>, for <c>new ModuleList&lt;Linear&gt; { …, … }</c>.</summary>
    public void Add(T module) => modules.Add(module ?? throw new ArgumentNullException(nameof(module)));

    /// <summary>The modules in their order.</summary>
    public IEnumerator<T> GetEnumerator() => modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Neighbours that print alike share a line: "(0-3): 4 x Linear(…)".
    private protected override IEnumerable<(string Name, string Text)> ChildrenToPrint()
    {
        string[] texts = [.. modules.Select(static m => m.ToString())];
        for (int first = 0, next; first < texts.Length; first = next)
        {
            next = first + 1;
            while (next < texts.Length && texts[next] == texts[first]) next++;
            yield return next == first + 1 ? ($"{first}", texts[first]) : ($"{first}-{next - 1}", $"{next - first} x {texts[first]}");
        }
    }
}

/// <summary>A list of modules from tensor to tensor. See <see cref="ModuleList{T}"/>.</summary>
/// <param name="modules">The modules.</param>
public class ModuleList(params IEnumerable<Module<Tensor, Tensor>> modules) : ModuleList<Module<Tensor, Tensor>>(modules);

/// <summary>Modules by name, in the order in which they were added; without a <c>Forward</c> of its own.</summary>
/// <typeparam name="T">What the modules are.</typeparam>
public class ModuleDict<T> : Module, IEnumerable<KeyValuePair<string, T>>
    where T : Module
{
    [Name("")] private readonly OrderedDictionary<string, T> modules = [];

    /// <summary>These modules.</summary>
    /// <exception cref="ArgumentException">A name twice, an empty one, or one with a dot.</exception>
    public ModuleDict(params IEnumerable<(string Name, T Module)> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (var (name, module) in modules) Add(name, module);
    }

    /// <summary>The number of modules.</summary>
    public int Count => modules.Count;

    /// <summary>The names.</summary>
    public IReadOnlyList<string> Keys => modules.Keys;

    /// <summary>The modules.</summary>
    public IReadOnlyList<T> Values => modules.Values;

    /// <summary>The module of a name; setting a new name adds it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such name.</exception>
    public T this[string name]
    {
        get => modules.TryGetValue(name, out var module) ? module : throw new KeyNotFoundException($"{TypeName()}: there is no `{name}`.  There is {string.Join(", ", modules.Keys)}.");
        set
        {
            if (!modules.ContainsKey(name)) Add(name, value);
            else modules[name] = value ?? throw new ArgumentNullException(nameof(value));
        }
    }

    /// <summary>Adds a module, also for <c>new ModuleDict { { "a", … }, { "b", … } }</c>.</summary>
    /// <exception cref="ArgumentException">The name is there already, is empty, or contains a dot.</exception>
    public void Add(string name, T module) => ModuleDict.CheckAndAdd(modules, name, module, TypeName());

    /// <summary>Is there a module of this name?</summary>
    public bool ContainsKey(string name) => modules.ContainsKey(name);

    /// <summary>Takes a module out; false when there is none of this name.</summary>
    public bool Remove(string name) => modules.Remove(name);

    /// <summary>Names and modules in their order.</summary>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Modules from tensor to tensor by name. See <see cref="ModuleDict{T}"/>.</summary>
/// <param name="modules">The modules.</param>
public class ModuleDict(params IEnumerable<(string Name, Module<Tensor, Tensor> Module)> modules) : ModuleDict<Module<Tensor, Tensor>>(modules)
{
    internal static void CheckAndAdd<T>(OrderedDictionary<string, T> modules, string name, T module, string type)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(module);
        if (name.Contains('.', StringComparison.Ordinal)) throw new ArgumentException($"{type}: the name \"{name}\" contains a dot, which separates names in a path.", nameof(name));
        if (!modules.TryAdd(name, module)) throw new ArgumentException($"{type}: there is a \"{name}\" already.", nameof(name));
    }
}

/// <summary>A list of parameters.</summary>
public class ParameterList : Module, IReadOnlyList<Parameter>
{
    [Name("")] private readonly List<Parameter> parameters = [];

    /// <summary>These parameters.</summary>
    public ParameterList(params IEnumerable<Parameter> parameters) => Extend(parameters);

    /// <summary>The number of parameters.</summary>
    public int Count => parameters.Count;

    /// <summary>One of the parameters.</summary>
    public Parameter this[int index]
    {
        get => parameters[index];
        set => parameters[index] = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Adds a parameter at the end, and returns this list.</summary>
    public ParameterList Append(Parameter parameter)
    {
        Add(parameter);
        return this;
    }

    /// <summary>Adds parameters at the end, and returns this list.</summary>
    public ParameterList Extend(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (var p in parameters) Add(p);
        return this;
    }

    /// <summary>As <see cref="Append"/>, for <c>new ParameterList { …, … }</c>.</summary>
    public void Add(Parameter parameter) => parameters.Add(parameter ?? throw new ArgumentNullException(nameof(parameter)));

    /// <summary>The parameters in their order.</summary>
    public IEnumerator<Parameter> GetEnumerator() => parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ExtraRepr() => string.Join('\n', parameters.Select(static (p, i) => Line($"{i}", p)));

    internal static string Line(string name, Parameter p) => $"  ({name}): Parameter containing: [torch.{p.DType.PyTorchName()} of size {string.Join('x', p.Shape)}]";
}

/// <summary>Parameters by name, in the order in which they were added.</summary>
public class ParameterDict : Module, IEnumerable<KeyValuePair<string, Parameter>>
{
    [Name("")] private readonly OrderedDictionary<string, Parameter> parameters = [];

    /// <summary>These parameters.</summary>
    /// <exception cref="ArgumentException">A name twice, an empty one, or one with a dot.</exception>
    public ParameterDict(params IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (var (name, p) in parameters) Add(name, p);
    }

    /// <summary>The number of parameters.</summary>
    public int Count => parameters.Count;

    /// <summary>The names.</summary>
    public IReadOnlyList<string> Keys => parameters.Keys;

    /// <summary>The parameter of a name; setting a new name adds it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such name.</exception>
    public Parameter this[string name]
    {
        get => parameters.TryGetValue(name, out var p) ? p : throw new KeyNotFoundException($"ParameterDict: there is no `{name}`.  There is {string.Join(", ", parameters.Keys)}.");
        set
        {
            if (!parameters.ContainsKey(name)) Add(name, value);
            else parameters[name] = value ?? throw new ArgumentNullException(nameof(value));
        }
    }

    /// <summary>Adds a parameter, also for <c>new ParameterDict { { "a", … }, { "b", … } }</c>.</summary>
    /// <exception cref="ArgumentException">The name is there already, is empty, or contains a dot.</exception>
    public void Add(string name, Parameter parameter) => ModuleDict.CheckAndAdd(parameters, name, parameter, "ParameterDict");

    /// <summary>Is there a parameter of this name?</summary>
    public bool ContainsKey(string name) => parameters.ContainsKey(name);

    /// <summary>Names and parameters in their order.</summary>
    public IEnumerator<KeyValuePair<string, Parameter>> GetEnumerator() => parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ExtraRepr() => string.Join('\n', parameters.Select(static p => ParameterList.Line(p.Key, p.Value)));
}
