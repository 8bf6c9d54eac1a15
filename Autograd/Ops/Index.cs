namespace MiniTorch;

/// <summary>One of the things between the brackets of <c>x[…]</c>: an index, a slice, a mask, a tensor of indices, <c>None</c> or <c>Ellipsis</c>.</summary>
public readonly struct TensorIndex
{
    internal enum Kinds
    {
        Int,
        Slice,
        None,
        Ellipsis,
        Tensor,
    }

    private TensorIndex(Kinds kind) => Kind = kind;

    internal Kinds Kind { get; }

    internal Index At { get; private init; }

    internal Index? Start { get; private init; }

    internal Index? End { get; private init; }

    internal int Step { get; private init; }

    internal Tensor? Tensor { get; private init; }

    internal static TensorIndex OfKind(Kinds kind) => new(kind);

    internal static TensorIndex OfSlice(Index? start, Index? end, int step) => new(Kinds.Slice) { Start = start, End = end, Step = step };

    /// <summary>One index, which removes the dimension; negative ones count from the end.</summary>
    public static implicit operator TensorIndex(int index) => new(Kinds.Int) { At = index < 0 ? new Index(-index, fromEnd: true) : new Index(index) };

    /// <summary>One index, which removes the dimension: <c>^1</c> is the last.</summary>
    public static implicit operator TensorIndex(Index index) => new(Kinds.Int) { At = index };

    /// <summary>A slice: <c>..</c> is all, <c>1..</c>, <c>..^1</c>. Bounds beyond the ends clamp, as in Python.</summary>
    public static implicit operator TensorIndex(Range range) => OfSlice(range.Start, range.End, 1);

    /// <summary>A Bool mask, or integer indices of any shape; a 0-dim tensor of an integer is one index, as a number is.</summary>
    public static implicit operator TensorIndex(Tensor index) => new(Kinds.Tensor) { Tensor = index ?? throw new ArgumentNullException(nameof(index)) };

    /// <summary>Integer indices.</summary>
    public static implicit operator TensorIndex(int[] index) => Torch.Tensor((ReadOnlySpan<int>)index);
}

/// <summary>A slice with a step, Python's <c>start:end:step</c>: <c>x[Slice(step: 2)]</c> is <c>x[::2]</c>. Negative bounds count from the end.</summary>
public readonly record struct SliceIndex(int? Start, int? End, int Step)
{
    /// <summary>The slice as an index.</summary>
    public static implicit operator TensorIndex(SliceIndex slice) => TensorIndex.OfSlice(From(slice.Start), From(slice.End), slice.Step);

    private static Index? From(int? i) => i is { } value ? value < 0 ? new Index(-value, fromEnd: true) : new Index(value) : null;
}

public static partial class Torch
{
    /// <summary>In an index, a new dimension of size 1: Python's <c>None</c> (not C#'s null).</summary>
    public static TensorIndex None => TensorIndex.OfKind(TensorIndex.Kinds.None);

    /// <summary>In an index, all dimensions that the others leave: Python's <c>...</c>.</summary>
    public static TensorIndex Ellipsis => TensorIndex.OfKind(TensorIndex.Kinds.Ellipsis);

    /// <summary>In an index, a slice with a step: <c>x[Slice(step: 2)]</c> is Python's <c>x[::2]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is not positive.</exception>
    public static SliceIndex Slice(int? start = null, int? end = null, int step = 1) => step > 0
        ? new(start, end, step)
        : throw new ArgumentOutOfRangeException(nameof(step), step, $"Slice: the step must be positive, got {step}.  Use Flip to reverse.");
}

public partial class Tensor
{
    /// <summary>
    /// Indexing as in PyTorch: <c>x[0]</c>, <c>x[.., 1..^1]</c>, <c>x[Ellipsis, None]</c>, <c>x[mask]</c>, <c>x[indices]</c>. Ints and slices give views,
    /// masks and tensors of indices copies; what is assigned broadcasts, and is recorded.
    /// </summary>
    /// <exception cref="ArgumentException">No index, more indices than dimensions, or a mask or index tensor that does not fit.</exception>
    [System.Runtime.CompilerServices.IndexerName("Element")]
    public Tensor this[params ReadOnlySpan<TensorIndex> index]
    {
        get
        {
            var (view, picks) = Basic(index);
            return picks is null ? view : view.Pick(picks);
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var (view, picks) = Basic(index);
            if (picks is null) view.Assign(value, Change.Setitem);
            else view.Become(view.Put(picks, value.To(DType), false), Change.Setitem);
        }
    }

    /// <summary>A copy with values placed at the given indices, one tensor per leading dimension, as in <c>x[indices] = values</c>.</summary>
    /// <param name="indices">Index tensors or masks, which broadcast together.</param>
    /// <param name="values">What to place; broadcasts to the shape of <c>x[indices]</c>.</param>
    /// <param name="accumulate">Add instead of replacing; an index that comes twice adds twice.</param>
    /// <exception cref="ArgumentException">Too many indices, or values that do not broadcast.</exception>
    public Tensor IndexPut(IReadOnlyList<Tensor> indices, Tensor values, bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var index = new TensorIndex[indices.Count];
        for (int i = 0; i < index.Length; i++) index[i] = indices[i];
        if (values.DType != DType) throw new ArgumentException($"IndexPut: values of {values.DType} do not fit a tensor of {DType}.  Convert them with .To(DType.{DType}).", nameof(values));
        var (view, picks) = Basic(index);
        return view.Put(picks!, values, accumulate);
    }

    /// <inheritdoc cref="IndexPut"/>
    public Tensor IndexPut_(IReadOnlyList<Tensor> indices, Tensor values, bool accumulate = false) => Become(IndexPut(indices, values, accumulate), Change.IndexPut_);

    /// <summary>Everything but tensors: a view, and for each of its dimensions the indices that a tensor among the indices picks.</summary>
    private (Tensor View, Tensor?[]? Picks) Basic(ReadOnlySpan<TensorIndex> index)
    {
        if (index.IsEmpty) throw new ArgumentException("Index: the brackets are empty.  Use x[Ellipsis] for everything, Item<T>() for the number in a 0-dim tensor.", nameof(index));
        int consumed = 0, ellipses = 0;
        foreach (var i in index)
        {
            consumed += i.Kind is TensorIndex.Kinds.None or TensorIndex.Kinds.Ellipsis ? 0 : i.Tensor is { DType: DType.Bool } mask ? mask.Ndim : 1;
            if (i.Kind == TensorIndex.Kinds.Ellipsis) ellipses++;
        }
        if (consumed > Ndim) throw new ArgumentException($"Index: {consumed} indices for the {Ndim} dimension{(Ndim == 1 ? "" : "s")} of {Shape}.", nameof(index));
        if (ellipses > 1) throw new ArgumentException("Index: only one Ellipsis may stand between the brackets.", nameof(index));

        var view = this;
        List<Tensor?>? picks = null;
        int dim = 0, own = 0;                                              // in the view so far, and in this tensor
        foreach (var given in index)
        {
            var i = given.Tensor is { Ndim: 0, DType: DType.Int64 or DType.Int32 } number ? At(number) : given;
            switch (i.Kind)
            {
                case TensorIndex.Kinds.Int:
                    int at = i.At.IsFromEnd ? -i.At.Value : i.At.Value;
                    if (i.At is { IsFromEnd: true, Value: 0 } || at >= view.Shape[dim] || at < -view.Shape[dim])
                        throw new ArgumentOutOfRangeException(nameof(index), $"Index: {(i.At is { IsFromEnd: true, Value: 0 } ? "^0" : at)} is out of range for dimension {own} of {Shape}, which has size {view.Shape[dim]}.");
                    view = view.Select(dim, at);
                    own++;
                    break;
                case TensorIndex.Kinds.Slice:
                    int n = view.Shape[dim];
                    view = view.Sliced(dim, Position(i.Start, n), Position(i.End, n), i.Step);
                    dim++;
                    own++;
                    break;
                case TensorIndex.Kinds.None:
                    view = view.Unsqueeze(dim++);
                    break;
                case TensorIndex.Kinds.Ellipsis:
                    dim += Ndim - consumed;
                    own += Ndim - consumed;
                    break;
                case TensorIndex.Kinds.Tensor:
                    picks ??= [];
                    var tensor = i.Tensor!;
                    if (tensor is { Ndim: 0, DType: DType.Bool })
                    {
                        tensor = tensor.Reshape(1);                        // x[true] is x[None], x[false] has nothing of it
                        view = view.Unsqueeze(dim);
                    }
                    own += i.Tensor is { DType: DType.Bool } covering ? covering.Ndim : 1;
                    foreach (var pick in Indices(tensor, view, dim))
                    {
                        while (picks.Count < dim) picks.Add(null);
                        picks.Add(pick);
                        dim++;
                    }
                    break;
            }
        }
        if (ReferenceEquals(view, this) && picks is null) view = Viewed(Shape, Strides);
        if (picks is null) return (view, null);
        while (picks.Count < view.Ndim) picks.Add(null);
        return (view, [.. picks]);

        static TensorIndex At(Tensor number) => (int)Math.Clamp(number.Item<long>(), -int.MaxValue, int.MaxValue);

        static int? Position(Index? i, int n) => i is not { } p ? null : p.IsFromEnd ? Math.Max(n - p.Value, 0) : p.Value;
    }

    /// <summary>A mask as one tensor of indices per dimension it covers; an index tensor with negative indices counted from the end.</summary>
    private static Tensor[] Indices(Tensor index, Tensor x, int dim)
    {
        if (index.DType == DType.Bool)
        {
            for (int d = 0; d < index.Ndim; d++)
                if (index.Shape[d] != x.Shape[dim + d])
                    throw new ArgumentException($"Index: a mask of shape {index.Shape} does not fit {x.Shape} at dimension {dim + d}: sizes {index.Shape[d]} and {x.Shape[dim + d]} differ.", nameof(index));
            return index.Nonzero().Unbind(1);
        }
        if (index.DType.IsFloat()) throw Errors.DType("Index", index.DType, "integer indices or a Bool mask");
        int n = x.Shape[dim];
        index = index.To(DType.Int64);
        index = Torch.Where(index < 0, index + n, index);
        CheckRange(index, n, dim, "Index");
        return [index];
    }

    /// <summary>y = x[picks]: the picked dimensions are brought to the front and seen as one, and slices of it are selected.</summary>
    private Tensor Pick(Tensor?[] picks)
    {
        var plan = new Picking(this, picks);
        var y = plan.Front(this).IndexSelect(0, plan.Linear).Reshape(plan.FrontShape);
        return y.Permute(plan.Place);
    }

    /// <summary>x with values at the picks.</summary>
    private Tensor Put(Tensor?[] picks, Tensor values, bool accumulate)
    {
        var plan = new Picking(this, picks);
        if (!values.Shape.BroadcastsTo(plan.Shape))
            throw new ArgumentException($"Index: values of shape {values.Shape} do not broadcast to the {plan.Shape} that is assigned to.", nameof(values));
        values = values.To(DType).Expand(plan.Shape).Permute(plan.Unplace);
        var front = plan.Front(this);
        var rows = values.Reshape([plan.Linear.Count, .. front.Shape.Span[1..]]);
        var index = front.Spread(plan.Linear, 0);
        return plan.Back(accumulate ? front.ScatterAdd(0, index, rows) : front.Scatter(0, index, rows));
    }

    /// <summary>How <c>x[picks]</c> is carried out.</summary>
    private sealed class Picking
    {
        private readonly int[] order, moved;

        internal Picking(Tensor x, Tensor?[] picks)
        {
            int[] picked = [.. Enumerable.Range(0, x.Ndim).Where(d => picks[d] is not null)];
            int[] rest = [.. Enumerable.Range(0, x.Ndim).Where(d => picks[d] is null)];
            order = [.. picked, .. rest];
            moved = Array.ConvertAll(order, d => x.Shape[d]);
            Rows = picked.Length;

            Shape common = [];
            foreach (int d in picked) common = MiniTorch.Shape.Broadcast(common, picks[d]!.Shape, "Index (of index tensors)");
            var linear = Torch.Zeros(common, DType.Int64);
            foreach (int d in picked) linear = linear * x.Shape[d] + picks[d]!;
            Linear = linear.Reshape(linear.Count);

            // The picked dimensions, when they are neighbours, keep their place; else their result goes to the front.
            int first = picked[0], k = common.Length;
            bool neighbours = picked[^1] - first == picked.Length - 1;
            int before = neighbours ? Array.FindAll(rest, d => d < first).Length : 0;
            int[] sizes = Array.ConvertAll(rest, d => x.Shape[d]);
            FrontShape = [.. common.Span, .. sizes];
            Shape = [.. sizes[..before], .. common.Span, .. sizes[before..]];
            Place = [.. Enumerable.Range(k, before), .. Enumerable.Range(0, k), .. Enumerable.Range(k + before, rest.Length - before)];
            Unplace = [.. Enumerable.Range(before, k), .. Enumerable.Range(0, before), .. Enumerable.Range(before + k, rest.Length - before)];
        }

        private int Rows { get; }

        /// <summary>The picked indices as one index into the joined dimension.</summary>
        internal Tensor Linear { get; }

        /// <summary>The shape of the result with the picked dimensions in front.</summary>
        internal Shape FrontShape { get; }

        /// <summary>The shape of the result.</summary>
        internal Shape Shape { get; }

        /// <summary>From the front shape to the result's order of dimensions.</summary>
        internal int[] Place { get; }

        /// <summary>From the result's order of dimensions to the front shape.</summary>
        internal int[] Unplace { get; }

        /// <summary>x with the picked dimensions in front, joined.</summary>
        internal Tensor Front(Tensor x)
        {
            int joined = 1;
            foreach (int n in moved[..Rows]) joined *= n;
            return x.Permute(order).Reshape([joined, .. moved[Rows..]]);
        }

        /// <summary>The way back from <see cref="Front"/>.</summary>
        internal Tensor Back(Tensor front)
        {
            var back = new int[order.Length];
            for (int i = 0; i < back.Length; i++) back[order[i]] = i;
            return front.Reshape(moved).Permute(back);
        }
    }
}
