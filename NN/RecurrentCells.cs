namespace MiniTorch.NN;

/// <summary>
/// What <see cref="RNNCell"/>, <see cref="LSTMCell"/> and <see cref="GRUCell"/> share: one step of one layer, <c>[n, in]</c> or for a single
/// example <c>[in]</c>, for loops of one's own. A loop over a whole sequence is faster as <see cref="RNN"/>, <see cref="LSTM"/> or <see cref="GRU"/>.
/// </summary>
/// <typeparam name="TState">The state before; null for zeros.</typeparam>
/// <typeparam name="TResult">The state afterwards.</typeparam>
public abstract class RNNCellBase<TState, TResult> : Module<Tensor, TState, TResult>
{
    private protected RNNCellBase(int gates, int inputSize, int hiddenSize, bool bias, DType? dtype)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hiddenSize);
        (InputSize, HiddenSize) = (inputSize, hiddenSize);
        WeightIh = new(Torch.Empty([gates * hiddenSize, inputSize], dtype));
        WeightHh = new(Torch.Empty([gates * hiddenSize, hiddenSize], dtype));
        BiasIh = bias ? new(Torch.Empty([gates * hiddenSize], dtype)) : null;
        BiasHh = bias ? new(Torch.Empty([gates * hiddenSize], dtype)) : null;
        ResetParameters();
    }

    /// <summary>The size of the input.</summary>
    public int InputSize { get; }

    /// <summary>The number of units.</summary>
    public int HiddenSize { get; }

    /// <summary>W_ih: <c>[gates · hidden, in]</c>.</summary>
    public Parameter WeightIh { get; set; }

    /// <summary>W_hh: <c>[gates · hidden, hidden]</c>.</summary>
    public Parameter WeightHh { get; set; }

    /// <summary>b_ih: <c>[gates · hidden]</c>; null without bias.</summary>
    public Parameter? BiasIh { get; set; }

    /// <summary>b_hh: <c>[gates · hidden]</c>; null without bias.</summary>
    public Parameter? BiasHh { get; set; }

    private protected RecurrentWeights Weights => new(WeightIh, WeightHh, BiasIh, BiasHh);

    /// <summary>Draws the parameters anew.</summary>
    public void ResetParameters()
    {
        double bound = 1 / Math.Sqrt(HiddenSize);
        foreach (var p in Parameters()) Init.Uniform_(p, -bound, bound);
    }

    /// <summary>As <c>Call(x, state)</c>, from a state of zeros.</summary>
    public TResult Call(Tensor x) => Call(x, default!);

    /// <inheritdoc/>
    public override string ExtraRepr() => $"{InputSize}, {HiddenSize}{(BiasIh is null ? ", bias=False" : "")}";

    /// <summary>A sequence of one step, <c>[1, n, in]</c>.</summary>
    private protected Tensor Input(Tensor x)
    {
        if (x.Ndim is not (1 or 2) || x.Shape[^1] != InputSize)
            throw new ArgumentException($"{TypeName()}: the input has shape [n, {InputSize}], or [{InputSize}] for a single example, got {x.Shape}.", nameof(x));
        if (x.DType != WeightIh.DType) throw new ArgumentException($"{TypeName()}: input {x.DType} and weights {WeightIh.DType} differ in dtype.  Convert the input with .To(DType.{WeightIh.DType}).", nameof(x));
        return x.Reshape(1, x.Ndim == 1 ? 1 : x.Shape[0], InputSize);
    }

    /// <summary>The state as <c>[n, h]</c>.</summary>
    private protected Tensor State(Tensor? given, string name, Tensor x)
    {
        Shape expected = [.. x.Shape.Span[..^1], HiddenSize], shape = [x.Ndim == 1 ? 1 : x.Shape[0], HiddenSize];
        if (given is null) return Torch.Zeros(shape, WeightIh.DType);
        if (given.Shape != expected) throw new ArgumentException($"{TypeName()}: {name} must have shape {expected} for an input of shape {x.Shape}, got {given.Shape}.", name);
        if (given.DType != WeightIh.DType) throw new ArgumentException($"{TypeName()}: {name} is {given.DType}, the weights {WeightIh.DType}.  Convert it with .To(DType.{WeightIh.DType}).", name);
        return given.Reshape(shape);
    }

    /// <summary>The state as the caller has it: <c>[n, h]</c>, or <c>[h]</c>.</summary>
    private protected Tensor Result(Tensor state, Tensor x) => state.Reshape([.. x.Shape.Span[..^1], HiddenSize]);
}

/// <summary>
/// One step of Elman's network, h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu: <c>[n, in], [n, hidden] → [n, hidden]</c>.
/// <code>h = cell.Call(x, h);       // or cell.Call(x), from zeros</code>
/// </summary>
public class RNNCell : RNNCellBase<Tensor?, Tensor>
{
    /// <summary>A cell with parameters drawn uniformly from ±1/√hidden.</summary>
    /// <param name="inputSize">The size of the input.</param>
    /// <param name="hiddenSize">The number of units.</param>
    /// <param name="bias">False for no biases.</param>
    /// <param name="nonlinearity"><c>"tanh"</c> or <c>"relu"</c>.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the nonlinearity is unknown.</exception>
    public RNNCell(int inputSize, int hiddenSize, bool bias = true, string nonlinearity = "tanh", DType? dtype = null)
        : base(1, inputSize, hiddenSize, bias, dtype)
        => Nonlinearity = Ops.CheckNonlinearity(nonlinearity, "RNNCell");

    /// <summary><c>"tanh"</c> or <c>"relu"</c>.</summary>
    public string Nonlinearity { get; }

    /// <inheritdoc/>
    public override string ExtraRepr() => base.ExtraRepr() + (Nonlinearity == "tanh" ? "" : $", nonlinearity={Nonlinearity}");

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, Tensor? h)
        => Result(Ops.Elman(Nonlinearity, reverse: false, Input(x), State(h, nameof(h), x), Weights), x);
}

/// <summary>
/// One step of an <see cref="LSTM"/>: x <c>[n, in]</c>, h and c <c>[n, hidden]</c>.
/// <code>(h, c) = cell.Call(x, (h, c));       // or cell.Call(x), from zeros</code>
/// </summary>
public class LSTMCell : RNNCellBase<(Tensor H, Tensor C)?, (Tensor H, Tensor C)>
{
    /// <summary>A cell with parameters drawn uniformly from ±1/√hidden.</summary>
    /// <param name="inputSize">The size of the input.</param>
    /// <param name="hiddenSize">The number of units.</param>
    /// <param name="bias">False for no biases.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public LSTMCell(int inputSize, int hiddenSize, bool bias = true, DType? dtype = null)
        : base(4, inputSize, hiddenSize, bias, dtype)
    {
    }

    /// <inheritdoc/>
    protected override (Tensor H, Tensor C) Forward(Tensor x, (Tensor H, Tensor C)? state)
    {
        var (y, c) = new Ops.Lstm(reverse: false).OverTime(Input(x), State(state?.H, "h", x), State(state?.C, "c", x), Weights);
        return (Result(y, x), Result(c!, x));
    }
}

/// <summary>
/// One step of a <see cref="GRU"/>: <c>[n, in], [n, hidden] → [n, hidden]</c>.
/// <code>h = cell.Call(x, h);       // or cell.Call(x), from zeros</code>
/// </summary>
public class GRUCell : RNNCellBase<Tensor?, Tensor>
{
    /// <summary>A cell with parameters drawn uniformly from ±1/√hidden.</summary>
    /// <param name="inputSize">The size of the input.</param>
    /// <param name="hiddenSize">The number of units.</param>
    /// <param name="bias">False for no biases.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public GRUCell(int inputSize, int hiddenSize, bool bias = true, DType? dtype = null)
        : base(3, inputSize, hiddenSize, bias, dtype)
    {
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x, Tensor? h)
        => Result(new Ops.Gru(reverse: false).OverTime(Input(x), State(h, nameof(h), x), null, Weights).Y, x);
}
