namespace MiniTorch;

/// <summary>
/// Your own op: forward, derivative, and the values the derivative reads, as <c>torch.autograd.Function</c>.
/// <code>
/// sealed class Cube : Function
/// {
///     protected override Tensor Forward(Tensor[] x) { Save(x[0]); return x[0] * x[0] * x[0]; }
///
///     // y = x³   ⇒   dx = 3x² · dy
///     protected override Grads Backward(Tensor dy) => 3 * A.Square() * dy;
/// }
/// var y = new Cube().Apply(x);
/// </code>
/// A new object per call. A derivative written with tensor operations can itself be differentiated (<c>createGraph</c>).
/// For several outputs see <see cref="MultiFunction"/>.
/// </summary>
public abstract class Function : Node
{
    /// <summary>An op that <see cref="Apply"/> connects to its inputs.</summary>
    protected Function() => Flags |= NodeFlags.Foreign;

    /// <summary>Computes the output. Runs without recording; call <see cref="Node.Save"/> for what <see cref="Node.Backward"/> will read.</summary>
    protected abstract Tensor Forward(Tensor[] x);

    /// <summary>Runs <see cref="Forward"/> on the inputs and records this op if one of them requires a gradient.</summary>
    /// <exception cref="InvalidOperationException">The object was applied before, or Forward changed an input in place.</exception>
    public Tensor Apply(params Tensor[] x)
    {
        bool recording = Custom.Begin(this, x);
        if (recording) Connect(x);
        var y = Custom.Run(this, x, () => [Forward(x)])[0];
        return recording && y.IsFloatingPoint() ? y.Record(this) : y;
    }
}

/// <summary>
/// Your own op with several outputs. <see cref="Backward(Tensor?[])"/> gets one gradient per output, null for an output that nothing used.
/// <code>
/// sealed class SinCos : MultiFunction
/// {
///     protected override Tensor[] Forward(Tensor[] x) { Tensor s = x[0].Sin(), c = x[0].Cos(); Save(s); Save(c); return [s, c]; }
///     protected override Grads Backward(Tensor?[] dy) => Sum(dy[0]?.Mul(B), dy[1]?.Mul(-A));
/// }
/// </code>
/// </summary>
public abstract class MultiFunction : Node
{
    private Tensor?[] arrived = [];

    /// <summary>An op that <see cref="Apply"/> connects to its inputs.</summary>
    protected MultiFunction() => Flags |= NodeFlags.Foreign;

    /// <summary>Computes the outputs. Runs without recording; call <see cref="Node.Save"/> for what the derivative will read.</summary>
    protected abstract Tensor[] Forward(Tensor[] x);

    /// <summary>The derivative: from the gradients of the outputs (null where none came) to those of the inputs.</summary>
    protected abstract Grads Backward(Tensor?[] dy);

    /// <summary>The sum of the gradients that are there, null when none is.</summary>
    protected static Tensor? Sum(params Tensor?[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Tensor? sum = null;
        foreach (var part in parts) sum = part is null ? sum : sum is null ? part : sum + part;
        return sum;
    }

    /// <summary>Runs <see cref="Forward"/> on the inputs and records this op if one of them requires a gradient.</summary>
    /// <exception cref="InvalidOperationException">The object was applied before, or Forward changed an input in place.</exception>
    public Tensor[] Apply(params Tensor[] x)
    {
        bool recording = Custom.Begin(this, x);
        if (recording) Connect(x);
        var y = Custom.Run(this, x, () => Forward(x));
        if (!recording) return y;
        arrived = new Tensor?[y.Length];
        for (int i = 0; i < y.Length; i++)
            if (y[i].IsFloatingPoint()) y[i].Record(new Output(this, i));
        return y;
    }

    /// <summary>Not called: an op with several outputs gets its gradients together.</summary>
    protected sealed override Grads Backward(Tensor dy) => throw new InvalidOperationException($"{Name} has several outputs.");

    internal override Grads Call(Tensor? dy)
    {
        var grads = Backward(arrived);
        Reset();
        return grads;
    }

    internal override NodeState State
    {
        get => base.State with { Arrived = arrived };
        set => (base.State, arrived) = (value, value.Arrived!);
    }

    internal void Reset() => arrived = new Tensor?[arrived.Length];

    internal override bool HasGrad => Array.Exists(arrived, static dy => dy is not null);

    /// <summary>One output: hands its gradient to the op that made it.</summary>
    internal sealed class Output : Node
    {
        private readonly MultiFunction producer;
        private readonly int index;

        internal Output(MultiFunction producer, int index)
            : base(producer) => (this.producer, this.index, Flags) = (producer, index, NodeFlags.Output);

        /// <summary>The op's name and the number of the output.</summary>
        public override string Name => $"{producer.Name}[{index}]";

        protected override Grads Backward(Tensor dy)
        {
            dy.Storage.Kept = true;                          // it waits at the producer, out of the engine's sight
            producer.arrived[index] = dy;
            return default;
        }
    }
}

/// <summary>What the two kinds of custom op share.</summary>
internal static class Custom
{
    internal static bool Begin(Node op, Tensor[] x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if ((op.Flags & NodeFlags.Applied) != 0) throw new InvalidOperationException($"{op.Name}: this object was applied before.  Make a new one per call: new {op.Name}().Apply(…).");
        op.Flags |= NodeFlags.Applied;
        return GradMode.Enabled && Array.Exists(x, static t => t.RequiresGrad);
    }

    internal static Tensor[] Run(Node op, Tensor[] x, Func<Tensor[]> forward)
    {
        int[] versions = Array.ConvertAll(x, static t => t.Storage.Version);
        Tensor[] y;
        using (Torch.NoGrad()) y = forward();
        for (int i = 0; i < x.Length; i++)
            if (x[i].Storage.Version != versions[i])
                throw new InvalidOperationException($"{op.Name}: Forward changed input {i} in place.  Work on x[{i}].Clone().");
        for (int i = 0; i < y.Length; i++)
        {
            if (y[i] is null) throw new InvalidOperationException($"{op.Name}: Forward returned null.");
            if (Array.IndexOf(x, y[i]) >= 0 || y[i].RequiresGrad) y[i] = y[i].Detach();    // an input handed through is a new variable
        }
        return y;
    }
}
