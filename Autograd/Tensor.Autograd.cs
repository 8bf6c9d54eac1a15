using System.Runtime.CompilerServices;

namespace MiniTorch;

public partial class Tensor
{
    private Tensor? ViewOf => extras?.ViewOf;

    /// <summary>
    /// True when gradients flow to this tensor: set on a leaf by the user, on a result when one of its inputs has it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set on a result of recorded ops, or on a dtype without gradients.</exception>
    public bool RequiresGrad
    {
        get
        {
            if (ViewOf is not null) RefreshView();
            return requiresGrad;
        }

        set
        {
            if (value == RequiresGrad) return;
            if (!IsLeaf)
                throw new InvalidOperationException("RequiresGrad: only a leaf can be told; this tensor is the result of recorded ops.  Use Detach() for a copy without history.");
            if (value && !DType.IsFloat())
                throw new InvalidOperationException($"RequiresGrad: only floating-point tensors have gradients, this one holds {DType}.  Convert with .To(DType.Float32) first.");
            requiresGrad = value;
        }
    }

    /// <summary>True when no recorded op made this tensor: parameters and data, where gradients end.</summary>
    public bool IsLeaf => GradFn is null;

    /// <summary>The recorded op that made this tensor; null for a leaf.</summary>
    public Node? GradFn => Edge() is { } node and not AccumulateGrad ? node : null;

    /// <summary>
    /// The gradient of the last backward passes with respect to this leaf, summed up; null when none came since it was cleared.
    /// Of a result it is only kept after <see cref="RetainGrad"/>.
    /// </summary>
    /// <exception cref="ArgumentException">Set to a tensor of another shape or dtype.</exception>
    public Tensor? Grad
    {
        get
        {
            var grad = GradInternal;
            if (grad is not null) grad.Storage.Kept = true;
            return grad;
        }

        set
        {
            if (value is not null && (value.Shape != Shape || value.DType != DType))
                throw new ArgumentException($"Grad: a gradient of {value.DType} {value.Shape} does not fit a tensor of {DType} {Shape}.", nameof(value));
            if (value is not null) value.Storage.Kept = true;
            else DropGrad();
            GradInternal = value;
        }
    }

    /// <summary>Clears the gradient; one that nobody has seen is used again.</summary>
    internal void DropGrad()
    {
        if (GradInternal is not { } grad) return;
        if (!grad.Storage.Kept) Spares.OfThread.Put(grad);
        GradInternal = null;
    }

    /// <summary>The gradient without the mark that the user has seen it, for optimizers and clipping.</summary>
    internal Tensor? GradInternal
    {
        get => extras?.Grad;
        set
        {
            if (extras is not null || value is not null) Extras.Grad = value;
        }
    }

    /// <summary>Switches gradients on (or off) for this leaf, and returns it.</summary>
    public Tensor RequiresGrad_(bool requiresGrad = true)
    {
        RequiresGrad = requiresGrad;
        return this;
    }

    /// <summary>Keeps the gradient of this result in <see cref="Grad"/>, as a leaf does.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not require a gradient.</exception>
    public void RetainGrad()
    {
        if (!RequiresGrad) throw new InvalidOperationException("RetainGrad: this tensor does not require a gradient.  Set RequiresGrad on one of its inputs before computing it.");
        if (!IsLeaf) (fn!.Hooks ??= new()).Retaining = new WeakReference<Tensor>(this);
    }

    /// <summary>
    /// Calls <paramref name="hook"/> with the gradient of this tensor in every backward pass; what it returns, unless null, takes the
    /// gradient's place. Returns a handle that removes the hook.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor does not require a gradient.</exception>
    public HookHandle RegisterHook(Func<Tensor, Tensor?> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        return (Edge() ?? throw new InvalidOperationException("RegisterHook: this tensor does not require a gradient.")).RegisterPrehook(hook);
    }

    /// <summary>The same values without history: shares memory and version counter, requires no gradient.</summary>
    public Tensor Detach() => new(Storage, Shape, DType, OwnStrides, Offset);

    /// <summary>
    /// Gives this leaf other memory, and with it perhaps another shape and dtype. What views of it there are keep the old memory.
    /// </summary>
    internal void SetData(Tensor data)
    {
        bool same = data.Shape == Shape && data.DType == DType;
        LookAt(data);
        if (!same && fn is not null) fn = new AccumulateGrad(this);              // it knows the shape and the dtype
    }

    /// <summary>Forgets this tensor's history, and returns it: it becomes a leaf that requires no gradient.</summary>
    /// <exception cref="InvalidOperationException">The tensor is a view: the history belongs to another tensor.</exception>
    public Tensor Detach_()
    {
        if (ViewOf is not null) throw new InvalidOperationException("Detach_: a view cannot be cut off in place, its history is that of the tensor it looks at.  Use Detach().");
        fn = null;
        requiresGrad = false;
        return this;
    }

    /// <summary>
    /// Computes the gradient of this tensor with respect to every leaf behind it, and adds it to the leaf's <see cref="Grad"/>.
    /// </summary>
    /// <param name="gradient">The gradient of the final result with respect to this tensor; 1 for a tensor with one element.</param>
    /// <param name="retainGraph">Keep what the graph saved, to run it again; by default the value of <paramref name="createGraph"/>.</param>
    /// <param name="createGraph">Record the computation of the gradients, for derivatives of higher order.</param>
    /// <param name="inputs">Accumulate into these tensors only.</param>
    /// <exception cref="InvalidOperationException">Nothing requires a gradient, the tensor is no scalar and no gradient is given, or the graph was released.</exception>
    public void Backward(Tensor? gradient = null, bool? retainGraph = null, bool createGraph = false, IReadOnlyList<Tensor>? inputs = null)
    {
        if (inputs is null) Autograd.Backward(this, gradient, retainGraph, createGraph);
        else Autograd.Backward([this], [gradient], retainGraph, createGraph, inputs);
    }

    // ---- for ops --------------------------------------------------------------------------------------------------------

    /// <summary>Where the gradient of this tensor goes: the node that made it, of a leaf its AccumulateGrad; null when it needs none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Node? Edge()
    {
        if (ViewOf is not null) RefreshView();
        return requiresGrad ? fn ?? LeafEdge() : null;
    }

    private AccumulateGrad LeafEdge()
    {
        var node = new AccumulateGrad(this);
        return (AccumulateGrad)(Interlocked.CompareExchange(ref fn, node, null) ?? node);     // two threads may meet here
    }

    /// <summary>Is an op on these inputs recorded?</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Recording(Tensor x) => x.RequiresGrad && GradMode.Enabled;

    /// <inheritdoc cref="Recording(Tensor)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Recording(Tensor a, Tensor b) => (a.RequiresGrad || b.RequiresGrad) && GradMode.Enabled;

    /// <inheritdoc cref="Recording(Tensor)"/>
    internal static bool Recording(Tensor a, Tensor b, Tensor c) => (a.RequiresGrad || b.RequiresGrad || c.RequiresGrad) && GradMode.Enabled;

    /// <inheritdoc cref="Recording(Tensor)"/>
    internal static bool Recording(ReadOnlySpan<Tensor> inputs)
    {
        if (!GradMode.Enabled) return false;
        foreach (var x in inputs)
            if (x.RequiresGrad) return true;
        return false;
    }

    /// <summary>Notes that <paramref name="node"/> made this tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Tensor Record(Node node)
    {
        node.OutputShape = Shape;
        node.OutputDType = DType;
        fn = node;
        requiresGrad = true;
        return this;
    }

    /// <summary>Adds a gradient that arrived at this leaf. <paramref name="mine"/>: its memory may be kept.</summary>
    internal void Accumulate(Tensor g, bool mine, bool createGraph)
    {
        lock (fn!)
        {
            if (GradInternal is not { } grad)
            {
                if (mine) g.Storage.Born = 0;                  // it is the leaf's now, not the run's
                GradInternal = mine ? g : createGraph ? g.Clone() : g.Detach().Clone();
            }
            else if (createGraph || grad.Overlaps() || ReferenceEquals(g.Storage, grad.Storage))
            {
                GradInternal = grad.Add(g);                    // a sum in place would read what it has written
            }
            else
            {
                grad.AddInto(g);
            }
        }
    }

    // ---- views -------------------------------------------------------------------------------------------------------------

    /// <summary>
    /// A view of this tensor's memory. It remembers whose view it is: a change in place through a view rewrites the history of that tensor,
    /// and the other views take up the new history when they are next used.
    /// </summary>
    internal Tensor View(Shape shape, ReadOnlySpan<int> strides, int offset) => new(Storage, shape, DType, null, 0)
    {
        extras = new()
        {
            Strides = IsRowMajor(shape, strides) ? null : strides.ToArray(),
            Offset = offset,
            ViewOf = ViewOf ?? this,
            Version = Storage.Version,
            Untracked = IsUntracked || !GradMode.Enabled,
        },
    };

    private bool IsUntracked => extras is { Untracked: true };

    private void RefreshView()
    {
        var (view, whole) = (extras!, extras!.ViewOf!);
        if (view.Version == Storage.Version || view.Untracked) return;
        view.Version = Storage.Version;
        if (!whole.RequiresGrad) return;
        Rewrite(new AsStrided(whole, new Geometry(whole), new Geometry(this)));
    }

    // ---- changes in place --------------------------------------------------------------------------------------------------

    /// <summary>Refuses a change in place that autograd could not follow. <paramref name="value"/>: what the new values come from.</summary>
    internal void CheckInPlace(Change change, Tensor? value = null)
    {
        if (GradMode.Enabled && (RequiresGrad || ViewOf is { } whole && (whole.RequiresGrad || value is not null && value.RequiresGrad)))
        {
            bool isLeaf = requiresGrad && fn is null or AccumulateGrad;
            if (isLeaf || ViewOf is { IsLeaf: true, RequiresGrad: true })
            {
                throw new InvalidOperationException(
                    $"{change}: {(isLeaf ? "a leaf" : "a view of a leaf")} that requires a gradient cannot be changed in place.  " +
                    $"{Errors.InsteadOf(change, this)}, or wrap the change in using (Torch.NoGrad()).");
            }
            if (IsUntracked)
            {
                throw new InvalidOperationException(
                    $"{change}: this view was made under NoGrad or in the Forward of a Function, so a change of it cannot be recorded.  " +
                    "Make the view where gradients are recorded, change it under NoGrad too, or Clone() it first.");
            }
        }
        if (Overlaps())
            throw new InvalidOperationException($"{change}: several elements of this expanded {Shape} view are the same memory.  Call Clone() before changing it in place.");
    }

    private bool Overlaps()
    {
        if (OwnStrides is not { } strides) return false;
        for (int i = 0; i < Ndim; i++)
            if (strides[i] == 0 && Shape[i] > 1) return true;
        return false;
    }

    /// <summary>
    /// The tail of every op with an underscore: this tensor takes the value of <paramref name="y"/>, computed from it out of place, and
    /// with the value its history.
    /// </summary>
    internal Tensor Become(Tensor y, Change change)
    {
        CheckInPlace(change, y);
        if (y.Shape != Shape)
            throw new ArgumentException($"{change}: a result of shape {y.Shape} does not fit into this tensor of shape {Shape}.  Use the form without underscore.");
        if (y.DType.Category() > DType.Category()) throw Errors.CannotCast(change.ToString(), y.DType, DType);
        if (y.DType != DType) y = y.To(DType);
        CopyKernel.Run(y, this);
        Storage.Changed(change);
        TakeHistory(y);
        return this;
    }

    /// <summary>Notes that this tensor now has the value that the history of <paramref name="y"/> tells.</summary>
    internal void TakeHistory(Tensor y)
    {
        if (!GradMode.Enabled) return;
        if (ViewOf is not { } whole)
        {
            if (!y.RequiresGrad && !requiresGrad) return;
            if (y.RequiresGrad) Rewrite(y.Edge()!);
            else (fn, requiresGrad) = (null, false);
        }
        else if (y.RequiresGrad || whole.RequiresGrad)
        {
            var history = new AsStridedScatter(whole, y, new Geometry(whole), new Geometry(this));
            whole.Rewrite(history);
            extras!.Version = Storage.Version - 1;             // take up the new history now
            RefreshView();
        }
    }

    /// <summary>Replaces the history of this tensor; a gradient that it retains is that of its new value.</summary>
    private void Rewrite(Node node)
    {
        bool retains = fn?.Hooks?.Keeper == this;
        if (retains) fn!.Hooks!.Retaining = null;
        Record(node);
        if (retains) RetainGrad();
    }
}
