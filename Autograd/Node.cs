using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// One recorded op in the graph of a computation, PyTorch's <c>grad_fn</c>. It knows where gradients go next (its edges: the nodes of its
/// inputs at the time of the call), the values its derivative reads (saved tensors), and the derivative itself.
/// The name of the type is the name of the op in pictures and messages. Your own ops derive from <see cref="Function"/>.
/// </summary>
public abstract class Node
{
    private Node? e0, e1, e2;
    private Tensor? s0, s1;
    private int v0, v1;
    private NodeExtras? extras;
    private int inputs;
    private byte saved;

    private protected Node()
    {
    }

    private protected Node(Tensor x) => (inputs, e0) = (1, x.Edge());

    private protected Node(Tensor a, Tensor b) => (inputs, e0, e1) = (2, a.Edge(), b.Edge());

    private protected Node(Tensor a, Tensor b, Tensor c) => (inputs, e0, e1, e2) = (3, a.Edge(), b.Edge(), c.Edge());

    private protected Node(ReadOnlySpan<Tensor> x) => Connect(x);

    /// <summary>One output of a node with several.</summary>
    private protected Node(Node producer) => (inputs, e0) = (1, producer);

    /// <summary>Takes the edges from the inputs as they are now: what is done to them later does not matter.</summary>
    private protected void Connect(ReadOnlySpan<Tensor> x)
    {
        inputs = x.Length;
        var edges = inputs > 3 ? (extras ??= new()).Edges = new Node?[inputs] : null;
        for (int i = 0; i < inputs; i++)
        {
            var e = x[i].Edge();
            if (edges is not null) edges[i] = e;
            else if (i == 0) e0 = e;
            else if (i == 1) e1 = e;
            else e2 = e;
        }
    }

    /// <summary>The derivative: from the gradient of the output to the gradients of the inputs, in their order.</summary>
    protected abstract Grads Backward(Tensor dy);

    // ---- what the derivative may ask ------------------------------------------------------------------------------

    /// <summary>True when the first input needs a gradient in this run.</summary>
    protected bool NeedsA => (Needs & 1) != 0;

    /// <summary>True when the second input needs a gradient in this run.</summary>
    protected bool NeedsB => (Needs & 2) != 0;

    /// <summary>True when the third input needs a gradient in this run.</summary>
    protected bool NeedsC => (Needs & 4) != 0;

    /// <summary>True when input <paramref name="i"/> needs a gradient in this run.</summary>
    protected bool NeedsInput(int i) => i < 8 ? (Needs >> i & 1) != 0 : Edge(i) is { } e && Engine.IsWanted(e);

    /// <summary>The first saved tensor, checked: an error when it was changed in place since.</summary>
    protected Tensor A => Checked(s0, v0, 0);

    /// <summary>The second saved tensor, checked: an error when it was changed in place since.</summary>
    protected Tensor B => Checked(s1, v1, 1);

    /// <summary>The third saved tensor, checked: an error when it was changed in place since.</summary>
    protected Tensor C => Saved(2);

    /// <summary>Saved tensor <paramref name="i"/>, in the order of the calls of <see cref="Save"/>, checked.</summary>
    protected Tensor Saved(int i) => i switch
    {
        0 => A,
        1 => B,
        _ => extras is null || i - 2 >= extras.Saves.Length ? Checked(null, 0, i) : Checked(extras.Saves[i - 2].Value, extras.Saves[i - 2].Version, i),
    };

    /// <summary>
    /// Keeps a tensor for the derivative; null takes a place and keeps nothing (a value that only an unneeded gradient would read).
    /// The engine releases it after the backward pass, and refuses it when it was changed in place in between.
    /// </summary>
    protected void Save(Tensor? x)
    {
        int version = x is null ? -1 : x.Storage.Version;
        switch (saved++)
        {
            case 0: (s0, v0) = (x, version); break;
            case 1: (s1, v1) = (x, version); break;
            default: (extras ??= new()).Saves = [.. extras.Saves, (x, version)]; break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Tensor Checked(Tensor? x, int version, int index)
    {
        if (x is null || x.Storage.Version != version) Throw(x, version, index);
        return x!;
    }

    private void Throw(Tensor? x, int version, int index)
    {
        if (Released) throw Engine.AlreadyReleased();
        if (x is null) throw new InvalidOperationException($"Backward: {Name} reads saved tensor {index}, which it did not save.");
        string name = x.Name is null ? $"a {x.Shape} tensor" : $"`{x.Name}`";
        throw new InvalidOperationException(
            $"Backward: {name} was saved by {Name} at version {version} and has since been changed in place by {x.Storage.ChangedBy} (version {x.Storage.Version}).  " +
            $"{Errors.InsteadOf(x.Storage.ChangedBy, x)}, or move the {x.Storage.ChangedBy} after Backward().");
    }

    // ---- the graph, for those who look at it ------------------------------------------------------------------------

    /// <summary>The name of the op.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>The node as PyTorch names it: <c>&lt;MulBackward0&gt;</c>.</summary>
    public override string ToString() => $"<{Name}Backward0>";

    /// <summary>The nodes that this one sends gradients to, one per input; null for an input that needs none.</summary>
    public IReadOnlyList<Node?> NextFunctions
    {
        get
        {
            var next = new Node?[inputs];
            for (int i = 0; i < inputs; i++) next[i] = Edge(i);
            return next;
        }
    }

    /// <summary>The shape of the output, and so of the gradient that comes in.</summary>
    public Shape OutputShape { get; internal set; }

    /// <summary>The dtype of the output, and so of the gradient that comes in.</summary>
    public DType OutputDType { get; internal set; }

    /// <summary>
    /// Calls <paramref name="hook"/> with the gradient of this node's output before the derivative runs; what it returns, unless null,
    /// takes the gradient's place. Returns a handle that removes the hook.
    /// </summary>
    public HookHandle RegisterPrehook(Func<Tensor, Tensor?> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        return (Hooks ??= new()).Add(hook);
    }

    // ---- what the engine reads and writes -----------------------------------------------------------------------------

    internal int EdgeCount => inputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Node? Edge(int i) => extras?.Edges is { } edges ? edges[i] : i switch { 0 => e0, 1 => e1, _ => e2 };

    internal Node? Next;            // in the stack of nodes that are ready
    internal Tensor? Grad;          // the gradient of the output, summed up so far
    internal int Run;               // the backward run that the fields here belong to
    internal int Dependents;        // edges into this node from which no gradient came yet
    internal byte Needs;            // a bit per input: does it need a gradient in this run?
    internal NodeFlags Flags;

    internal NodeHooks? Hooks
    {
        get => extras?.Hooks;
        set => (extras ??= new()).Hooks = value;
    }

    /// <summary>All of it together: a run inside of another one puts it back as it was, but for what it released.</summary>
    internal virtual NodeState State
    {
        get => new(Next, Grad, Run, Dependents, Needs, Flags, null);
        set
        {
            (Next, Grad, Run, Dependents, Needs) = (value.Next, value.Grad, value.Run, value.Dependents, value.Needs);
            Flags = value.Flags | (Flags & NodeFlags.Released);
        }
    }

    internal bool Released => (Flags & NodeFlags.Released) != 0;

    /// <summary>Runs the derivative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Grads Differentiate(Tensor dy) => Backward(dy);

    /// <summary>Runs the derivative of the user's op; one with several outputs gathers all their gradients first.</summary>
    internal virtual Grads Call(Tensor? dy) => Backward(dy!);

    /// <summary>True when some gradient of the output has come.</summary>
    internal virtual bool HasGrad => Grad is not null;

    /// <summary>
    /// Lets go of the saved tensors and of the graph behind, so that memory is free while the loss is still held. A node that saved nothing
    /// stays as it is, as in PyTorch: two losses may share it without retainGraph.
    /// </summary>
    internal virtual void Release()
    {
        if (saved == 0) return;
        Flags |= NodeFlags.Released;
        e0 = e1 = e2 = null;
        s0 = s1 = null;
        if (extras is null) return;
        extras.Edges = extras.Edges is null ? null : new Node?[inputs];
        extras.Saves = [];
    }
}

/// <summary>What few nodes have, kept apart so that the others stay small: allocation is most of what an op costs.</summary>
internal sealed class NodeExtras
{
    internal Node?[]? Edges { get; set; }                                  // of four and more inputs

    internal (Tensor? Value, int Version)[] Saves { get; set; } = [];      // the third saved tensor, and what follows

    internal NodeHooks? Hooks { get; set; }
}

/// <summary>What a run notes on a node.</summary>
internal sealed record NodeState(Node? Next, Tensor? Grad, int Run, int Dependents, byte Needs, NodeFlags Flags, Tensor?[]? Arrived);

[Flags]
internal enum NodeFlags : byte
{
    None,
    Leaf = 1,           // AccumulateGrad
    Output = 2,         // one output of a node with several
    Released = 4,
    Wanted = 8,         // on the way to an asked-for input (Torch.Grad)
    Target = 16,        // is the node of an asked-for input
    Foreign = 32,       // the user's code: may keep what it is given
    Applied = 64,       // the user's op, whose object is used once
}

/// <summary>The hooks of one node, and the tensor that keeps its gradient (<see cref="Tensor.RetainGrad"/>).</summary>
internal sealed class NodeHooks
{
    private readonly List<Func<Tensor, Tensor?>> hooks = [];

    internal WeakReference<Tensor>? Retaining { get; set; }

    /// <summary>The tensor that keeps the gradient, null when there is none, or no longer.</summary>
    internal Tensor? Keeper => Retaining is not null && Retaining.TryGetTarget(out var keeper) ? keeper : null;

    internal HookHandle Add(Func<Tensor, Tensor?> hook)
    {
        hooks.Add(hook);
        return new HookHandle(() => hooks.Remove(hook));
    }

    internal Tensor Run(Tensor dy, Node node)
    {
        foreach (var hook in hooks.ToArray())
        {
            if (hook(dy) is not { } replacement) continue;
            if (replacement.Shape != dy.Shape)
                throw new InvalidOperationException($"Backward: a hook of {node.Name} returned a gradient of shape {replacement.Shape} in place of {dy.Shape}.");
            dy = replacement;
        }
        return dy;
    }
}

/// <summary>Removes a hook when told to, PyTorch's <c>RemovableHandle</c>.</summary>
public sealed class HookHandle : IDisposable
{
    private Action? remove;

    internal HookHandle(Action remove) => this.remove = remove;

    /// <summary>Removes the hook; a second call does nothing.</summary>
    public void Remove()
    {
        remove?.Invoke();
        remove = null;
    }

    /// <summary>The same as <see cref="Remove"/>.</summary>
    public void Dispose() => Remove();
}

/// <summary>The end of every path: adds what arrives to the <c>Grad</c> of a leaf. Each leaf has one.</summary>
internal sealed class AccumulateGrad : Node
{
    internal AccumulateGrad(Tensor leaf)
    {
        Leaf = leaf;
        Flags = NodeFlags.Leaf;
        OutputShape = leaf.Shape;
        OutputDType = leaf.DType;
    }

    internal Tensor Leaf { get; }

    /// <summary>The run that uses this node now, 0 when none does: several threads may share a leaf.</summary>
    internal int Owner;

    internal AccumulateGrad? NextClaimed;

    protected override Grads Backward(Tensor dy) => default;

    internal override void Release()
    {
    }
}
