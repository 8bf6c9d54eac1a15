using System.Collections;

namespace MiniTorch.NN;

/// <summary>
/// Modules one after the other, each fed with the output of the one before:
/// <code>
/// var net = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
/// var named = new Sequential(("hidden", new Linear(784, 128)), ("act", new ReLU()), ("out", new Linear(128, 10)));
/// </code>
/// Without names they are called "0", "1", ….
/// </summary>
public class Sequential : Module<Tensor, Tensor>, IReadOnlyList<Module<Tensor, Tensor>>
{
    [Name("")] private readonly OrderedDictionary<string, Module<Tensor, Tensor>> modules = [];

    /// <summary>No modules yet: see <see cref="Append"/>.</summary>
    public Sequential()
    {
    }

    /// <summary>These modules.</summary>
    public Sequential(params ReadOnlySpan<Module<Tensor, Tensor>> modules)
    {
        foreach (var module in modules) Append(module);
    }

    /// <summary>These modules, under names of your own.</summary>
    /// <exception cref="ArgumentException">A name twice, an empty one, or one with a dot.</exception>
    public Sequential(params ReadOnlySpan<(string Name, Module<Tensor, Tensor> Module)> modules)
    {
        foreach (var (name, module) in modules) ModuleDict.CheckAndAdd(this.modules, name, module, "Sequential");
    }

    /// <summary>The number of modules.</summary>
    public int Count => modules.Count;

    /// <summary>One of the modules; <c>seq[^1]</c> is the last.</summary>
    public Module<Tensor, Tensor> this[int index]
    {
        get => modules.GetAt(index).Value;
        set => modules.SetAt(index, value ?? throw new ArgumentNullException(nameof(value)));
    }

    /// <summary>Some of the modules, shared with this one: <c>seq[..2]</c>.</summary>
    public Sequential Slice(int start, int length) => new([.. modules.Skip(start).Take(length).Select(static m => (m.Key, m.Value))]);

    /// <summary>Adds a module at the end, and returns this one.</summary>
    public Sequential Append(Module<Tensor, Tensor> module)
    {
        ModuleDict.CheckAndAdd(modules, $"{modules.Count}", module, "Sequential");
        return this;
    }

    /// <summary>As <see cref="Append"/>, for <c>new Sequential { …, … }</c>.</summary>
    public void Add(Module<Tensor, Tensor> module) => Append(module);

    /// <summary>The modules in their order.</summary>
    public IEnumerator<Module<Tensor, Tensor>> GetEnumerator() => modules.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        foreach (var (_, module) in modules) x = module.Call(x);
        return x;
    }
}
