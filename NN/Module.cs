using System.Diagnostics.CodeAnalysis;

namespace MiniTorch.NN;

/// <summary>
/// A part of a model: parameters, other modules, and a <c>Forward</c> that puts them to use (see <see cref="Module{TIn, TOut}"/>).
/// <code>
/// class Net : Module&lt;Tensor, Tensor&gt;
/// {
///     private readonly Linear fc1 = new(784, 128), fc2 = new(128, 10);
///
///     protected override Tensor Forward(Tensor x) => fc2.Call(fc1.Call(x).Relu());
/// }
/// </code>
/// <para>
/// Nothing is registered: fields and auto-properties that hold a <see cref="Parameter"/> or a <see cref="Module"/>, or a list, array,
/// tuple or dictionary of such, are found in the order of their declaration, base class first. A plain <see cref="Tensor"/> is left alone,
/// as in PyTorch, unless it is marked <see cref="BufferAttribute">[Buffer]</see>. Names are PyTorch's: the member's in snake_case
/// (<c>RunningMean</c> → <c>running_mean</c>), an index or key after a dot (<c>layers.0.weight</c>).
/// </para>
/// </summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.AllFields | DynamicallyAccessedMemberTypes.AllProperties)]
public abstract partial class Module
{
    /// <summary>True while the model learns: dropout drops, batch norm takes its statistics from the batch. True at the start.</summary>
    public bool Training { get; internal set; } = true;

    // ---- what is inside ---------------------------------------------------------------------------------------------

    /// <summary>The parameters, each once: the module's own before those of its children.</summary>
    /// <param name="recurse">False for the module's own alone.</param>
    public IReadOnlyList<Parameter> Parameters(bool recurse = true) => Gather(static own => own.Parameters, "", recurse, removeDuplicate: true).ConvertAll(static p => p.Value);

    /// <summary>The parameters with their names: the module's own before those of its children.</summary>
    /// <param name="prefix">Stands before every name, with a dot.</param>
    /// <param name="recurse">False for the module's own alone.</param>
    /// <param name="removeDuplicate">False to name a shared parameter under each of its paths.</param>
    public IReadOnlyList<(string Name, Parameter Parameter)> NamedParameters(string prefix = "", bool recurse = true, bool removeDuplicate = true)
        => Gather(static own => own.Parameters, prefix, recurse, removeDuplicate);

    /// <summary>The buffers, each once.</summary>
    /// <param name="recurse">False for the module's own alone.</param>
    public IReadOnlyList<Tensor> Buffers(bool recurse = true) => Gather(static own => own.Buffers, "", recurse, removeDuplicate: true).ConvertAll(static b => b.Value);

    /// <summary>The buffers with their names, persistent or not.</summary>
    /// <param name="prefix">Stands before every name, with a dot.</param>
    /// <param name="recurse">False for the module's own alone.</param>
    /// <param name="removeDuplicate">False to name a shared buffer under each of its paths.</param>
    public IReadOnlyList<(string Name, Tensor Buffer)> NamedBuffers(string prefix = "", bool recurse = true, bool removeDuplicate = true)
        => Gather(static own => own.Buffers, prefix, recurse, removeDuplicate);

    /// <summary>The modules directly inside this one, each once.</summary>
    public IReadOnlyList<Module> Children() => [.. NamedChildren().Select(static c => c.Module)];

    /// <summary>The modules directly inside this one with their names, each once.</summary>
    public IReadOnlyList<(string Name, Module Module)> NamedChildren() => [.. Own().Children.DistinctBy(static c => c.Module)];

    /// <summary>This module and all inside, each once; a module before its children.</summary>
    public IReadOnlyList<Module> Modules() => [.. NamedModules().Select(static m => m.Module)];

    /// <summary>This module and all inside with their paths, a module before its children; its own path is empty.</summary>
    /// <param name="prefix">Stands before every path, with a dot.</param>
    /// <param name="removeDuplicate">False to name a shared module under each of its paths.</param>
    /// <exception cref="InvalidOperationException">A module contains itself, and all paths are asked for.</exception>
    public IReadOnlyList<(string Name, Module Module)> NamedModules(string prefix = "", bool removeDuplicate = true)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var found = new List<(string, Module)>();
        Walk(prefix, removeDuplicate ? [] : null, [], found);
        return found;
    }

    private void Walk(string path, HashSet<Module>? seen, Stack<Module> above, List<(string, Module)> found)
    {
        if (seen is not null && !seen.Add(this)) return;
        if (seen is null && above.Contains(this))
            throw new InvalidOperationException($"{GetType().Name}: the module at `{path}` contains itself.  Keep a reference to a parent in a field of another type, a Func<Module> say.");
        found.Add((path, this));
        above.Push(this);
        foreach (var (name, child) in Own().Children) child.Walk(Join(path, name), seen, above, found);
        above.Pop();
    }

    private List<(string Name, T Value)> Gather<T>(Func<Members, List<(string Name, T Value)>> members, string prefix, bool recurse, bool removeDuplicate)
        where T : class
    {
        var found = new List<(string, T)>();
        var seen = new HashSet<T>(ReferenceEqualityComparer.Instance);
        foreach (var (path, module) in recurse ? NamedModules(prefix, removeDuplicate) : [(prefix, this)])
            foreach (var (name, value) in members(module.Own()))
                if (seen.Add(value) || !removeDuplicate) found.Add((Join(path, name), value));
        return found;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The module at a path: <c>GetSubmodule("layers.0")</c>; the empty path is this module.</summary>
    /// <exception cref="KeyNotFoundException">There is no such module.</exception>
    public Module GetSubmodule(string target) => Find(NamedModules("", removeDuplicate: false), target, "GetSubmodule", "module");

    /// <summary>The parameter at a path: <c>GetParameter("layers.0.weight")</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such parameter.</exception>
    public Parameter GetParameter(string target) => Find(NamedParameters(removeDuplicate: false), target, "GetParameter", "parameter");

    /// <summary>The buffer at a path: <c>GetBuffer("norm.running_mean")</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such buffer.</exception>
    public Tensor GetBuffer(string target) => Find(NamedBuffers(removeDuplicate: false), target, "GetBuffer", "buffer");

    private T Find<T>(IReadOnlyList<(string Name, T Value)> all, string target, string op, string kind)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(target);
        foreach (var (name, value) in all)
            if (name == target) return value;
        throw new KeyNotFoundException($"{op}: {GetType().Name} has no {kind} `{target}`.  It has {string.Join(", ", all.Select(static x => $"`{x.Name}`"))}.");
    }

    // ---- what is done to all inside ---------------------------------------------------------------------------------

    /// <summary>Clears the gradients of all parameters.</summary>
    /// <param name="setToNone">Null, which saves memory and time; false sets them to zero.</param>
    public void ZeroGrad(bool setToNone = true)
    {
        foreach (var p in Parameters())
        {
            if (setToNone || p.GradInternal is null) p.Grad = null;
            else p.GradInternal = p.GradInternal.Detach().Zero_();
        }
    }

    /// <summary>Changes the floating-point parameters and buffers, and the gradients, to another dtype; the objects stay.</summary>
    internal void Convert(DType dtype)
    {
        if (!dtype.IsFloat()) throw new ArgumentException($"To: a module computes with floating-point numbers, {dtype} is no such dtype; Float32 and Float64 are.", nameof(dtype));
        foreach (var x in Parameters().Concat(Buffers()))
        {
            if (!x.DType.IsFloat() || x.DType == dtype) continue;
            var grad = x.GradInternal?.Detach().To(dtype);
            x.GradInternal = null;
            x.SetData(x.Detach().To(dtype));
            x.GradInternal = grad;
        }
    }
}

/// <summary>What is done to a module and all inside it, and returns the module: <c>var net = new Net().To(DType.Float64).Eval();</c></summary>
public static class ModuleExtensions
{
    /// <summary>
    /// A copy that shares no tensor with the original, PyTorch's <c>copy.deepcopy(model)</c>: parameters (without their gradients), buffers,
    /// the modules inside, and whatever else in the fields may hold tensors or modules. What is one object in the original, tied
    /// parameters say, is one object in the copy.
    /// </summary>
    /// <remarks>
    /// Hooks are not copied, for they know the original. A tensor is copied without its history, and a view gets memory of its own.
    /// Settings, generators and other objects that hold neither tensors nor modules are shared.
    /// </remarks>
    /// <exception cref="InvalidOperationException">A dictionary or set has tensors, modules or other objects as keys.</exception>
    public static T Deepcopy<T>(this T module)
        where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        return (T)new DeepCopy().Of(module);
    }

    /// <summary>Switches all modules inside to training (or, with false, to evaluation); returns the module.</summary>
    public static T Train<T>(this T module, bool mode = true)
        where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (var m in module.Modules()) m.Training = mode;
        return module;
    }

    /// <summary>Switches all modules inside to evaluation: no dropout, running statistics; returns the module.</summary>
    public static T Eval<T>(this T module)
        where T : Module
        => module.Train(false);

    /// <summary>Calls a function on every module inside, children before parents, at last on this one; returns the module.</summary>
    public static T Apply<T>(this T module, Action<Module> fn)
        where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(fn);
        foreach (var child in module.Children()) child.Apply(fn);
        fn(module);
        return module;
    }

    /// <summary>Freezes all parameters (false), or lets them learn again; returns the module.</summary>
    public static T RequiresGrad_<T>(this T module, bool requiresGrad = true)
        where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (var p in module.Parameters()) p.RequiresGrad = requiresGrad;
        return module;
    }

    /// <summary>Changes the floating-point parameters and buffers to another dtype, in place; returns the module.</summary>
    /// <exception cref="ArgumentException">No floating-point dtype.</exception>
    public static T To<T>(this T module, DType dtype)
        where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        module.Convert(dtype);
        return module;
    }

    /// <summary>As <c>To(DType.Float32)</c>.</summary>
    public static T Float<T>(this T module)
        where T : Module
        => module.To(DType.Float32);

    /// <summary>As <c>To(DType.Float64)</c>.</summary>
    public static T Double<T>(this T module)
        where T : Module
        => module.To(DType.Float64);
}
