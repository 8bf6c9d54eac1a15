using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// The backward pass. Every node waits until all gradients of its output have come, then its derivative runs once: uses are counted,
/// nothing is sorted, nothing recurses (a chain of a million ops works), and all bookkeeping lives on the nodes.
/// Leaves receive their gradients at the very end, so a pass that fails leaves every <c>Grad</c> as it was.
/// </summary>
internal static class Engine
{
    private static int runs;

    /// <summary>The run of this thread, the innermost where one runs inside of another (in a hook, or in the derivative of the user's op).</summary>
    [ThreadStatic] private static Run? current;

    /// <summary>Whether the passes of this thread keep their graphs, whatever they are asked: for code that differentiates what its caller differentiated already.</summary>
    [ThreadStatic] private static bool keepGraphs;

    /// <summary>A stretch of code in which no graph is released.</summary>
    internal static KeepScope KeepGraphs()
    {
        var scope = new KeepScope(keepGraphs);
        keepGraphs = true;
        return scope;
    }

    internal readonly ref struct KeepScope(bool before)
    {
        internal void Dispose() => keepGraphs = before;
    }

    internal static InvalidOperationException AlreadyReleased() => new(
        "Backward: this graph was already run and released.  Pass retainGraph: true to the first call, or Detach() the tensor carried over from the last step.");

    internal static bool IsWanted(Node node) => current is null || current.Wants(node);

    /// <summary>The gradient that a node has so far, if it may be written into: made by this run, dense, and referred to by nobody else.</summary>
    internal static Tensor? Collected(Node node) => current?.Resolve(node).Grad is { } sum && current.Owned(sum) ? sum : null;

    /// <summary>Gradients of <paramref name="roots"/> with respect to all leaves, added to their <c>Grad</c>.</summary>
    internal static void Backward(ReadOnlySpan<Tensor> roots, ReadOnlySpan<Tensor?> seeds, bool retainGraph, bool createGraph)
        => new Run(retainGraph, createGraph, selective: false).Execute(roots, seeds, []);

    /// <summary>Gradients of <paramref name="roots"/> with respect to <paramref name="inputs"/>, returned; null where there is no path.</summary>
    internal static Tensor?[] Grad(ReadOnlySpan<Tensor> roots, ReadOnlySpan<Tensor?> seeds, ReadOnlySpan<Tensor> inputs, bool retainGraph, bool createGraph)
        => new Run(retainGraph, createGraph, selective: true).Execute(roots, seeds, inputs);

    /// <param name="retainGraph">Whether what the graph saved is kept.</param>
    /// <param name="createGraph">Whether the computation of the gradients is recorded.</param>
    /// <param name="selective">Whether only the way to some inputs is of interest, and not all leaves.</param>
    private sealed class Run(bool retainGraph, bool createGraph, bool selective)
    {
        private readonly int id = Interlocked.Increment(ref runs);
        private readonly bool release = !retainGraph && !keepGraphs;
        private Node? ready;                                  // a stack, linked through Node.Next
        private AccumulateGrad? claimed;                      // the leaves of this run, linked through NextClaimed
        private Dictionary<Node, AccumulateGrad>? substitutes; // for leaves that another run is using at this moment
        private Dictionary<Node, Tensor>? captured;
        private List<(Tensor Keeper, Tensor Grad)>? retained; // what RetainGrad asks for, handed out at the end
        private readonly Spares spares = Spares.Begin();
        private Run? outer;                                   // the run of this thread that waits while this one runs
        private Stack<(Node Node, NodeState State)>? borrowed; // nodes that an outer run is using, and what it had noted on them

        internal Tensor?[] Execute(ReadOnlySpan<Tensor> roots, ReadOnlySpan<Tensor?> seeds, ReadOnlySpan<Tensor> inputs)
        {
            bool gradMode = GradMode.SetThread(createGraph);
            int outerRun = spares.Run;
            outer = current;
            current = this;
            spares.Run = createGraph ? 0 : id;
            try
            {
                CountUses(roots);
                var order = selective ? FindWay(roots, inputs) : null;
                for (int i = 0; i < roots.Length; i++) Deliver(Resolve(roots[i].Edge()!), seeds[i] ?? Torch.Filled(roots[i].NewLike(roots[i].DType), 1));
                if (order is null) RunAll(roots);
                else RunInOrder(order);
                return selective ? Collect(inputs) : Accumulate();
            }
            finally
            {
                for (var leaf = claimed; leaf is not null; leaf = leaf.NextClaimed)
                {
                    leaf.Grad = null;
                    Volatile.Write(ref leaf.Owner, 0);
                }
                while (borrowed is not null && borrowed.TryPop(out var loan)) loan.Node.State = loan.State;
                current = outer;
                spares.Run = outerRun;
                Spares.End();
                GradMode.SetThread(gradMode);
                Memory.Pause();
            }
        }

        // ---- pass 1: how many gradients will come to each node -------------------------------------------------------

        private void CountUses(ReadOnlySpan<Tensor> roots)
        {
            foreach (var root in roots) Visit(root.Edge()!);
            while (ready is { } node)
            {
                ready = node.Next;
                node.Next = null;
                for (int i = 0; i < node.EdgeCount; i++)
                    if (node.Edge(i) is { } edge) Visit(edge);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Visit(Node node)
        {
            if ((node.Flags & NodeFlags.Leaf) != 0) node = Claim((AccumulateGrad)node);
            else if (node.Run != id)
            {
                if (node.Released) throw AlreadyReleased();
                if (outer is not null && outer.IsUsing(node)) (borrowed ??= []).Push((node, node.State));
                node.Run = id;
                node.Dependents = 0;
                node.Grad = null;
                node.Flags &= ~(NodeFlags.Wanted | NodeFlags.Target);
                if ((node.Flags & NodeFlags.Foreign) != 0) (node as MultiFunction)?.Reset();
                node.Next = ready;
                ready = node;
            }
            node.Dependents++;
        }

        private bool IsUsing(Node node) => node.Run == id || outer is not null && outer.IsUsing(node);

        private AccumulateGrad Claim(AccumulateGrad leaf)
        {
            if (leaf.Owner == id) return leaf;
            if (Interlocked.CompareExchange(ref leaf.Owner, id, 0) != 0)
            {
                substitutes ??= [];
                if (substitutes.TryGetValue(leaf, out var substitute)) return substitute;
                substitutes[leaf] = leaf = new AccumulateGrad(leaf.Leaf) { Owner = id, Hooks = leaf.Hooks };
            }
            leaf.Dependents = 0;
            leaf.Grad = null;
            leaf.Flags = NodeFlags.Leaf;
            leaf.NextClaimed = claimed;
            claimed = leaf;
            return leaf;
        }

        /// <summary>The node that stands for an edge in this run: itself, unless it is a leaf in use elsewhere.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Node Resolve(Node node)
            => substitutes is not null && (node.Flags & NodeFlags.Leaf) != 0 && substitutes.TryGetValue(node, out var substitute) ? substitute : node;

        // ---- Torch.Grad: only what lies between the outputs and the inputs --------------------------------------------

        private List<Node> FindWay(ReadOnlySpan<Tensor> roots, ReadOnlySpan<Tensor> inputs)
        {
            foreach (var x in inputs)
                if (x.Edge() is { } node && Reached(node)) Resolve(node).Flags |= NodeFlags.Target | NodeFlags.Wanted;

            var order = new List<Node>();                      // every node before the ones it sends gradients to
            foreach (var root in roots) Arrive(Resolve(root.Edge()!), order);
            for (int at = 0; at < order.Count; at++)
            {
                var node = order[at];
                for (int i = 0; i < node.EdgeCount; i++)
                    if (node.Edge(i) is { } edge) Arrive(Resolve(edge), order);
            }
            for (int at = order.Count - 1; at >= 0; at--)
            {
                var node = order[at];
                for (int i = 0; i < node.EdgeCount; i++)
                    if (node.Edge(i) is { } edge && (Resolve(edge).Flags & NodeFlags.Wanted) != 0) node.Flags |= NodeFlags.Wanted;
            }
            return order;
        }

        internal bool Wants(Node node) => !selective || (Resolve(node).Flags & NodeFlags.Wanted) != 0;

        private static void Arrive(Node node, List<Node> order)
        {
            if (--node.Dependents == 0) order.Add(node);
        }

        private bool Reached(Node node) => node is AccumulateGrad leaf ? leaf.Owner == id || substitutes?.ContainsKey(leaf) == true : node.Run == id;

        private void RunInOrder(List<Node> order)
        {
            foreach (var node in order)
            {
                if ((node.Flags & NodeFlags.Wanted) == 0) continue;
                bool target = (node.Flags & NodeFlags.Target) != 0;
                bool beyond = false;                           // is an input asked for that lies behind this node?
                byte needs = 0;
                for (int i = 0; i < node.EdgeCount; i++)
                {
                    if (node.Edge(i) is not { } edge || (Resolve(edge).Flags & NodeFlags.Wanted) == 0) continue;
                    beyond = true;
                    if (i < 8) needs |= (byte)(1 << i);
                }
                if (!node.HasGrad) continue;
                node.Needs = needs;
                var dy = node.Grad;
                node.Grad = null;
                if (dy is not null && node.Hooks is not null && (node.Flags & NodeFlags.Leaf) == 0) dy = RunHooks(node, dy);
                if (target && dy is not null)
                {
                    if ((node.Flags & NodeFlags.Leaf) != 0 && node.Hooks is not null) dy = RunHooks(node, dy);
                    (captured ??= [])[node] = dy;
                    dy.Storage.Kept = true;
                }
                if (beyond) Differentiate(node, dy);
                else if (dy is not null) Done(dy);
            }
        }

        private Tensor?[] Collect(ReadOnlySpan<Tensor> inputs)
        {
            KeepRetained();
            var grads = new Tensor?[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
                if (captured is not null && inputs[i].Edge() is { } node && captured.TryGetValue(Resolve(node), out var grad)) grads[i] = grad;
            return grads;
        }

        // ---- pass 2: each node once, when all its gradients are there ---------------------------------------------------

        private void RunAll(ReadOnlySpan<Tensor> roots)
        {
            foreach (var root in roots) Arrive(Resolve(root.Edge()!));
            while (ready is { } node)
            {
                ready = node.Next;
                node.Next = null;
                var dy = node.Grad;
                node.Grad = null;
                if (!(dy is not null || node.HasGrad))
                {
                    for (int i = 0; i < node.EdgeCount; i++)    // no gradient came this way; those behind must not wait for it
                        if (node.Edge(i) is { } edge) Arrive(Resolve(edge));
                    continue;
                }
                if (node.Hooks is not null && dy is not null) dy = RunHooks(node, dy);
                byte needs = 0;
                for (int i = 0; i < node.EdgeCount && i < 8; i++)
                    if (node.Edge(i) is not null) needs |= (byte)(1 << i);
                node.Needs = needs;
                Differentiate(node, dy);
            }
        }

        /// <summary>Runs one derivative and hands its gradients on.</summary>
        private void Differentiate(Node node, Tensor? dy)
        {
            if (node.Released) throw AlreadyReleased();          // by a run inside of this one
            var grads = (node.Flags & NodeFlags.Foreign) != 0 ? CallForeign(node, dy) : node.Differentiate(dy!);
            if ((node.Flags & NodeFlags.Output) != 0)
            {
                if (!selective) Arrive(node.Edge(0)!);
            }
            else
            {
                if (grads.Count != node.EdgeCount)
                    throw new InvalidOperationException($"Backward: {node.Name} has {node.EdgeCount} inputs, but its derivative returned {grads.Count} gradients.");
                for (int i = 0; i < node.EdgeCount; i++)
                {
                    if (node.Edge(i) is not { } edge) continue;
                    edge = Resolve(edge);
                    if (selective && (edge.Flags & NodeFlags.Wanted) == 0) continue;
                    if (grads[i] is { } dx) Deliver(edge, Fit(dx, edge, node, i));
                    if (!selective) Arrive(edge);
                }
            }
            if (dy is not null) Done(dy);
            if (release) node.Release();
        }

        /// <summary>The user's code may keep what it sees: nothing of it is recycled.</summary>
        private Grads CallForeign(Node node, Tensor? dy)
        {
            if (dy is not null) dy.Storage.Kept = true;
            spares.Run = 0;
            try
            {
                return node.Call(dy!);
            }
            finally
            {
                spares.Run = createGraph ? 0 : id;
            }
        }

        private Tensor RunHooks(Node node, Tensor dy)
        {
            dy.Storage.Kept = true;
            spares.Run = 0;
            try
            {
                var replaced = node.Hooks!.Run(dy, node);
                if (node.Hooks.Keeper is { } keeper) (retained ??= []).Add((keeper, replaced));
                replaced.Storage.Pending++;
                dy.Storage.Pending--;
                return replaced;
            }
            finally
            {
                spares.Run = createGraph ? 0 : id;
            }
        }

        private void Arrive(Node node)
        {
            if (--node.Dependents != 0 || (node.Flags & NodeFlags.Leaf) != 0) return;
            node.Next = ready;
            ready = node;
        }

        /// <summary>Adds a gradient to those that came to a node before.</summary>
        private void Deliver(Node node, Tensor dx)
        {
            if (node.Grad is not { } sum)
            {
                node.Grad = dx;
                dx.Storage.Pending++;
            }
            else if (Owned(sum))
            {
                sum.AddInto(dx);
            }
            else
            {
                sum.Storage.Pending--;
                node.Grad = sum.Add(dx);
                node.Grad.Storage.Pending++;
            }
        }

        /// <summary>One slot less refers to a gradient; when it was the last and this run made the gradient, its memory is free.</summary>
        private void Done(Tensor g)
        {
            var storage = g.Storage;
            if (--storage.Pending == 0 && IsMine(storage)) spares.Put(g);
        }

        /// <summary>True for a gradient that this run made and that nobody else refers to: it may be overwritten.</summary>
        internal bool Owned(Tensor g) => g.Storage.Pending == 1 && IsMine(g.Storage) && g.IsContiguous();

        private bool IsMine(Storage storage) => storage.Born == spares.Run && storage.Born != 0 && !storage.Kept;

        /// <summary>Sums a gradient back over broadcast dimensions and casts it; what still does not fit is the op's mistake.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Tensor Fit(Tensor dx, Node edge, Node node, int input)
        {
            if (dx.Shape != edge.OutputShape) dx = Reduce(dx, edge.OutputShape, node, input);
            return dx.DType == edge.OutputDType ? dx : dx.To(edge.OutputDType);
        }

        private static Tensor Reduce(Tensor dx, Shape shape, Node node, int input) => shape.BroadcastsTo(dx.Shape)
            ? dx.SumTo(shape)
            : throw new InvalidOperationException($"Backward: {node.Name} returned a gradient of shape {dx.Shape} for input {input} of shape {shape}.");

        // ---- the end: the leaves -------------------------------------------------------------------------------------------

        private Tensor?[] Accumulate()
        {
            for (var leaf = claimed; leaf is not null; leaf = leaf.NextClaimed)
                if (leaf.Grad is { } g && leaf.Hooks is not null) leaf.Grad = RunHooks(leaf, g);

            KeepRetained();
            for (var leaf = claimed; leaf is not null; leaf = leaf.NextClaimed)
            {
                if (leaf.Grad is not { } g) continue;
                bool mine = Owned(g);
                leaf.Grad = null;
                leaf.Leaf.Accumulate(g, mine, createGraph);
                Done(g);
            }
            return [];
        }

        private void KeepRetained()
        {
            if (retained is null) return;
            foreach (var (keeper, g) in retained)
            {
                g.Storage.Kept = true;
                keeper.Grad = keeper.Grad is { } sum ? sum.Add(g) : g;
            }
        }
    }
}
