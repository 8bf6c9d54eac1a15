namespace MiniTorch.NN;

/// <summary>
/// What <see cref="RNN"/>, <see cref="LSTM"/> and <see cref="GRU"/> share: layers on top of each other, each in one direction or two, run over
/// a sequence <c>[t, n, in]</c> (time first, then the examples of the batch), <c>[n, t, in]</c> with batchFirst, or <c>[t, in]</c> for a
/// single example.
/// <para>
/// Parameters are named as in PyTorch: <c>weight_ih_l0</c>, <c>weight_hh_l0</c>, <c>bias_ih_l0</c>, <c>bias_hh_l0</c>, then those of the
/// reverse direction (<c>weight_ih_l0_reverse</c>), then those of the next layer; see <see cref="AllWeights"/> and
/// <see cref="Module.GetParameter"/>. All are drawn uniformly from ±1/√hidden.
/// </para>
/// </summary>
/// <remarks>Sequences of different lengths in one batch (PyTorch's PackedSequence) are not supported: pad, and mask what is behind the end.</remarks>
/// <typeparam name="TState">The initial state; null for zeros.</typeparam>
/// <typeparam name="TResult">The output of the last layer at all steps, and the state of all layers after the last step.</typeparam>
public abstract class RNNBase<TState, TResult> : Module<Tensor, TState, TResult>
{
    private readonly RecurrentWeights[] weights;            // layer by layer, forward before reverse

    private protected RNNBase(
        int gates, int inputSize, int hiddenSize, int numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, int projSize, DType? dtype)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numLayers);
        if (!(dropout is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(dropout), dropout, $"{TypeName()}: dropout must be in [0, 1], got {dropout}.");
        if (projSize < 0 || projSize >= hiddenSize) throw new ArgumentOutOfRangeException(nameof(projSize), projSize, $"{TypeName()}: projSize must be smaller than hiddenSize {hiddenSize}, got {projSize}.");
        (InputSize, HiddenSize, NumLayers, Bias, BatchFirst, Dropout, Bidirectional, ProjSize) = (inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize);

        weights = new RecurrentWeights[numLayers * Directions];
        for (int i = 0; i < weights.Length; i++)
        {
            string suffix = $"l{i / Directions}{(i % Directions == 1 ? "_reverse" : "")}";
            int features = i < Directions ? inputSize : OutputSize * Directions;
            weights[i] = new(
                New("weight_ih", gates * hiddenSize, features), New("weight_hh", gates * hiddenSize, OutputSize),
                bias ? New("bias_ih", gates * hiddenSize) : null, bias ? New("bias_hh", gates * hiddenSize) : null,
                projSize > 0 ? New("weight_hr", projSize, hiddenSize) : null);

            Parameter New(string name, params Shape shape) => RegisterParameter($"{name}_{suffix}", new(Torch.Empty(shape, dtype)));
        }
        ResetParameters();
    }

    /// <summary>The size of the input at one step.</summary>
    public int InputSize { get; }

    /// <summary>The number of units of a layer.</summary>
    public int HiddenSize { get; }

    /// <summary>The number of layers.</summary>
    public int NumLayers { get; }

    /// <summary>False when the layers have no biases.</summary>
    public bool Bias { get; }

    /// <summary>True when input and output are <c>[n, t, …]</c>. The states are <c>[layers, n, …]</c> in any case.</summary>
    public bool BatchFirst { get; }

    /// <summary>While training, the probability with which an output of a layer does not reach the next one.</summary>
    public double Dropout { get; set; }

    /// <summary>True when every layer runs in both directions.</summary>
    public bool Bidirectional { get; }

    /// <summary>The size to which an LSTM projects h; 0 for none.</summary>
    public int ProjSize { get; }

    /// <summary>The parameters of each layer and direction: W_ih, W_hh, then the biases, then the projection.</summary>
    public IReadOnlyList<IReadOnlyList<Parameter>> AllWeights
        => [.. weights.Select(static w => (IReadOnlyList<Parameter>)[.. new[] { w.Ih, w.Hh, w.BiasIh, w.BiasHh, w.Hr }.OfType<Parameter>()])];

    private int Directions => Bidirectional ? 2 : 1;

    private int OutputSize => ProjSize > 0 ? ProjSize : HiddenSize;

    /// <summary>Draws the parameters anew.</summary>
    public void ResetParameters()
    {
        double bound = 1 / Math.Sqrt(HiddenSize);
        foreach (var p in Parameters()) Init.Uniform_(p, -bound, bound);
    }

    /// <summary>As <c>Call(x, state)</c>, from a state of zeros.</summary>
    public TResult Call(Tensor x) => Call(x, default!);

    /// <inheritdoc/>
    public override string ExtraRepr()
    {
        string text = $"{InputSize}, {HiddenSize}";
        if (ProjSize != 0) text += $", proj_size={ProjSize}";
        if (NumLayers != 1) text += $", num_layers={NumLayers}";
        if (!Bias) text += ", bias=False";
        if (BatchFirst) text += ", batch_first=True";
        if (Dropout != 0) text += $", dropout={Repr(Dropout)}";
        return Bidirectional ? text + ", bidirectional=True" : text;
    }

    /// <summary>One layer in one direction: <c>[t, n, in] → [t, n, h]</c>, and the last c of an LSTM.</summary>
    private protected abstract (Tensor Y, Tensor? C) Layer(Tensor x, Tensor h, Tensor? c, RecurrentWeights w, bool reverse);

    /// <summary>All layers; <paramref name="second"/>: they have a second state, c.</summary>
    private protected (Tensor Output, Tensor H, Tensor? C) Run(Tensor x, Tensor? h0, Tensor? c0, bool second)
    {
        CheckInput(x);
        bool batched = x.Ndim == 3;
        if (!batched) x = x.Unsqueeze(1);
        else if (BatchFirst) x = x.Transpose(0, 1);
        int batch = x.Shape[1];
        h0 = State(h0, "h0", OutputSize, batch, batched);
        c0 = second ? State(c0, "c0", HiddenSize, batch, batched) : null;

        var h = new Tensor[weights.Length];
        var c = new Tensor?[weights.Length];
        for (int layer = 0; layer < NumLayers; layer++)
        {
            if (layer > 0) x = Functional.Dropout(x, Dropout, Training);
            var outputs = new Tensor[Directions];
            for (int d = 0; d < Directions; d++)
            {
                int i = layer * Directions + d;
                (outputs[d], c[i]) = Layer(x, h0.Select(0, i), c0?.Select(0, i), weights[i], reverse: d == 1);
                h[i] = outputs[d].Select(0, d == 1 ? 0 : -1);
            }
            x = Directions == 1 ? outputs[0] : Torch.Cat(outputs, 2);
        }
        Tensor hn = Torch.Stack(h), output = batched && BatchFirst ? x.Transpose(0, 1).Contiguous() : x;
        var cn = second ? Torch.Stack(c!) : null;
        return batched ? (output, hn, cn) : (output.Squeeze(1), hn.Squeeze(1), cn?.Squeeze(1));
    }

    private void CheckInput(Tensor x)
    {
        string shape = BatchFirst ? "[n, t, in] (batchFirst)" : "[t, n, in]";
        if (x.Ndim is not (2 or 3)) throw new ArgumentException($"{TypeName()}: the input has shape {shape}, or [t, in] for a single example, got {x.Shape}.", nameof(x));
        if (x.Shape[^1] != InputSize) throw new ArgumentException($"{TypeName()}: an input of shape {x.Shape} does not fit inputSize {InputSize}: its last dimension must be {InputSize}.", nameof(x));
        if (x.Shape[x.Ndim == 3 && BatchFirst ? 1 : 0] == 0) throw new ArgumentException($"{TypeName()}: an input of shape {x.Shape} has no steps; the shape is {shape}.", nameof(x));
        if (x.DType != weights[0].Ih.DType) throw new ArgumentException($"{TypeName()}: input {x.DType} and weights {weights[0].Ih.DType} differ in dtype.  Convert the input with .To(DType.{weights[0].Ih.DType}).", nameof(x));
    }

    /// <summary>The initial state as <c>[layers · directions, n, size]</c>.</summary>
    private Tensor State(Tensor? given, string name, int size, int batch, bool batched)
    {
        Shape shape = [weights.Length, batch, size], expected = batched ? shape : [weights.Length, size];
        if (given is null) return Torch.Zeros(shape, weights[0].Ih.DType);
        if (given.Shape != expected)
            throw new ArgumentException($"{TypeName()}: {name} must have shape {expected} ([layers · directions, {(batched ? "n, " : "")}size], also with batchFirst), got {given.Shape}.", name);
        if (given.DType != weights[0].Ih.DType) throw new ArgumentException($"{TypeName()}: {name} is {given.DType}, the weights {weights[0].Ih.DType}.  Convert it with .To(DType.{weights[0].Ih.DType}).", name);
        return batched ? given : given.Unsqueeze(1);
    }
}

/// <summary>
/// Elman's recurrent network: hₜ = tanh(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh), or relu.
/// <code>var (y, h) = rnn.Call(x, h0);       // or rnn.Call(x), from zeros</code>
/// x <c>[t, n, in]</c>, y <c>[t, n, directions · hidden]</c>, h <c>[layers · directions, n, hidden]</c>; more in <see cref="RNNBase{TState, TResult}"/>.
/// </summary>
/// <remarks>The order of the arguments is that of PyTorch 2; 1.13 took nonlinearity by name only.</remarks>
public class RNN : RNNBase<Tensor?, (Tensor Output, Tensor H)>
{
    /// <summary>Layers with parameters drawn uniformly from ±1/√hidden.</summary>
    /// <param name="inputSize">The size of the input at one step.</param>
    /// <param name="hiddenSize">The number of units of a layer.</param>
    /// <param name="numLayers">The number of layers.</param>
    /// <param name="nonlinearity"><c>"tanh"</c> or <c>"relu"</c>.</param>
    /// <param name="bias">False for no biases.</param>
    /// <param name="batchFirst">True for input and output of shape <c>[n, t, …]</c>.</param>
    /// <param name="dropout">While training, the probability with which an output of a layer does not reach the next one.</param>
    /// <param name="bidirectional">True for layers in both directions, whose outputs stand side by side.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the nonlinearity is unknown.</exception>
    public RNN(
        int inputSize, int hiddenSize, int numLayers = 1, string nonlinearity = "tanh", bool bias = true, bool batchFirst = false, double dropout = 0,
        bool bidirectional = false, DType? dtype = null)
        : base(1, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, 0, dtype)
        => Nonlinearity = Ops.CheckNonlinearity(nonlinearity, "RNN");

    /// <summary><c>"tanh"</c> or <c>"relu"</c>.</summary>
    public string Nonlinearity { get; }

    /// <inheritdoc/>
    protected override (Tensor Output, Tensor H) Forward(Tensor x, Tensor? h0)
    {
        var (y, h, _) = Run(x, h0, null, second: false);
        return (y, h);
    }

    private protected override (Tensor Y, Tensor? C) Layer(Tensor x, Tensor h, Tensor? c, RecurrentWeights w, bool reverse)
        => (Ops.Elman(Nonlinearity, reverse, x, h, w), null);
}

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates): i, f, o = σ(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh), g likewise with
/// tanh; cₜ = f⊙cₜ₋₁ + i⊙g, hₜ = o ⊙ tanh cₜ. The rows of the weights are those of i, f, g, o.
/// <code>var (y, (h, c)) = lstm.Call(x, (h0, c0));       // or lstm.Call(x), from zeros</code>
/// x <c>[t, n, in]</c>, y <c>[t, n, directions · hidden]</c>, h and c <c>[layers · directions, n, hidden]</c>; more in
/// <see cref="RNNBase{TState, TResult}"/>.
/// </summary>
public class LSTM : RNNBase<(Tensor H, Tensor C)?, (Tensor Output, (Tensor H, Tensor C) State)>
{
    /// <summary>Layers with parameters drawn uniformly from ±1/√hidden.</summary>
    /// <param name="inputSize">The size of the input at one step.</param>
    /// <param name="hiddenSize">The number of units of a layer.</param>
    /// <param name="numLayers">The number of layers.</param>
    /// <param name="bias">False for no biases.</param>
    /// <param name="batchFirst">True for input and output of shape <c>[n, t, …]</c>.</param>
    /// <param name="dropout">While training, the probability with which an output of a layer does not reach the next one.</param>
    /// <param name="bidirectional">True for layers in both directions, whose outputs stand side by side.</param>
    /// <param name="projSize">If not 0, hₜ = W_hr·(o ⊙ tanh cₜ) of this size (Sak et al. 2014). Slower: such layers run step by step in ordinary ops.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public LSTM(
        int inputSize, int hiddenSize, int numLayers = 1, bool bias = true, bool batchFirst = false, double dropout = 0, bool bidirectional = false,
        int projSize = 0, DType? dtype = null)
        : base(4, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, dtype)
    {
    }

    /// <inheritdoc/>
    protected override (Tensor Output, (Tensor H, Tensor C) State) Forward(Tensor x, (Tensor H, Tensor C)? state)
    {
        var (y, h, c) = Run(x, state?.H, state?.C, second: true);
        return (y, (h, c!));
    }

    private protected override (Tensor Y, Tensor? C) Layer(Tensor x, Tensor h, Tensor? c, RecurrentWeights w, bool reverse)
        => w.Hr is null ? new Ops.Lstm(reverse).OverTime(x, h, c, w) : new Ops.Lstm(reverse).Composed(x, h, c, w);
}

/// <summary>
/// Gated recurrent units (Cho et al. 2014): r, z = σ(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh), n = tanh(W_in·xₜ + b_in + r ⊙ (W_hn·hₜ₋₁ + b_hn)),
/// hₜ = (1 − z)⊙n + z⊙hₜ₋₁. The rows of the weights are those of r, z, n.
/// <code>var (y, h) = gru.Call(x, h0);       // or gru.Call(x), from zeros</code>
/// x <c>[t, n, in]</c>, y <c>[t, n, directions · hidden]</c>, h <c>[layers · directions, n, hidden]</c>; more in <see cref="RNNBase{TState, TResult}"/>.
/// </summary>
/// <remarks>As in cuDNN and PyTorch, r multiplies the matrix product, bias included, and not the state as in the paper.</remarks>
public class GRU : RNNBase<Tensor?, (Tensor Output, Tensor H)>
{
    /// <summary>Layers with parameters drawn uniformly from ±1/√hidden.</summary>
    /// <param name="inputSize">The size of the input at one step.</param>
    /// <param name="hiddenSize">The number of units of a layer.</param>
    /// <param name="numLayers">The number of layers.</param>
    /// <param name="bias">False for no biases.</param>
    /// <param name="batchFirst">True for input and output of shape <c>[n, t, …]</c>.</param>
    /// <param name="dropout">While training, the probability with which an output of a layer does not reach the next one.</param>
    /// <param name="bidirectional">True for layers in both directions, whose outputs stand side by side.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public GRU(
        int inputSize, int hiddenSize, int numLayers = 1, bool bias = true, bool batchFirst = false, double dropout = 0, bool bidirectional = false, DType? dtype = null)
        : base(3, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, 0, dtype)
    {
    }

    /// <inheritdoc/>
    protected override (Tensor Output, Tensor H) Forward(Tensor x, Tensor? h0)
    {
        var (y, h, _) = Run(x, h0, null, second: false);
        return (y, h);
    }

    private protected override (Tensor Y, Tensor? C) Layer(Tensor x, Tensor h, Tensor? c, RecurrentWeights w, bool reverse) => new Ops.Gru(reverse).OverTime(x, h, c, w);
}
