namespace MiniTorch.NN;

/// <summary>What goes into a <see cref="MultiheadAttention"/>; the sizes are explained there.</summary>
/// <param name="Query">What asks: <c>[l, n, embed]</c>.</param>
/// <param name="Key">What is asked: <c>[s, n, kdim]</c>.</param>
/// <param name="Value">What is answered: <c>[s, n, vdim]</c>.</param>
/// <param name="KeyPaddingMask">Keys to be ignored, <c>[n, s]</c>: Bool, true to ignore, or numbers that are added to the scores.</param>
/// <param name="NeedWeights">False for the output alone, which is faster.</param>
/// <param name="AttnMask">Pairs to be ignored, <c>[l, s]</c> or <c>[n·heads, l, s]</c>: Bool, true to ignore, or numbers that are added to the scores.</param>
/// <param name="AverageAttnWeights">False for the weights of each head.</param>
public sealed record AttentionInput(
    Tensor Query, Tensor Key, Tensor Value, Tensor? KeyPaddingMask = null, bool NeedWeights = true, Tensor? AttnMask = null, bool AverageAttnWeights = true);

/// <summary>
/// Attention in several subspaces at once: projections of query, key and value, <see cref="Functional.ScaledDotProductAttention"/> in each head, and a
/// projection of the joined heads (Vaswani et al. 2017, section 3.2.2). Without a batch, the sizes are those below without n.
/// </summary>
public class MultiheadAttention : Module<AttentionInput, (Tensor Output, Tensor? Weights)>
{
    private readonly int embedDim, numHeads;
    private readonly double dropout;
    private readonly bool addZeroAttn, batchFirst;

    /// <summary>A layer with projections drawn as PyTorch draws them: Xavier for the inputs, ±1/√embed for the output; biases 0.</summary>
    /// <param name="embedDim">The size of query and output rows; the heads share it evenly.</param>
    /// <param name="numHeads">The number of heads.</param>
    /// <param name="dropout">The probability to drop an attention weight while training.</param>
    /// <param name="bias">False for projections without bias.</param>
    /// <param name="addBiasKv">True for one more key and value, which are learnt.</param>
    /// <param name="addZeroAttn">True for one more key and value that are 0.</param>
    /// <param name="kdim">The size of key rows; by default embedDim.</param>
    /// <param name="vdim">The size of value rows; by default embedDim.</param>
    /// <param name="batchFirst">True for <c>[n, l, embed]</c> instead of <c>[l, n, embed]</c>.</param>
    /// <param name="dtype">The dtype of the parameters; by default the default dtype.</param>
    /// <exception cref="ArgumentException">The heads do not divide embedDim.</exception>
    public MultiheadAttention(
        int embedDim, int numHeads, double dropout = 0, bool bias = true, bool addBiasKv = false, bool addZeroAttn = false,
        int? kdim = null, int? vdim = null, bool batchFirst = false, DType? dtype = null)
    {
        if (numHeads < 1 || embedDim % numHeads != 0) throw new ArgumentException($"MultiheadAttention: {numHeads} heads do not share {embedDim} features evenly.", nameof(numHeads));
        (this.embedDim, this.numHeads, this.dropout, this.addZeroAttn, this.batchFirst) = (embedDim, numHeads, dropout, addZeroAttn, batchFirst);
        if ((kdim ?? embedDim) == embedDim && (vdim ?? embedDim) == embedDim)
        {
            InProjWeight = new(Torch.Empty([3 * embedDim, embedDim], dtype));
        }
        else
        {
            QProjWeight = new(Torch.Empty([embedDim, embedDim], dtype));
            KProjWeight = new(Torch.Empty([embedDim, kdim ?? embedDim], dtype));
            VProjWeight = new(Torch.Empty([embedDim, vdim ?? embedDim], dtype));
        }
        InProjBias = bias ? new(Torch.Empty([3 * embedDim], dtype)) : null;
        OutProj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, bias, dtype);
        BiasK = addBiasKv ? new(Torch.Empty([1, 1, embedDim], dtype)) : null;
        BiasV = addBiasKv ? new(Torch.Empty([1, 1, embedDim], dtype)) : null;
        ResetParameters();
    }

    /// <summary>The projections of query, key and value, one below the other: <c>[3·embed, embed]</c>; null where key or value have sizes of their own.</summary>
    public Parameter? InProjWeight { get; set; }

    /// <summary>The projection of the query: <c>[embed, embed]</c>; null where <see cref="InProjWeight"/> has it.</summary>
    public Parameter? QProjWeight { get; set; }

    /// <summary>The projection of the key: <c>[embed, kdim]</c>.</summary>
    public Parameter? KProjWeight { get; set; }

    /// <summary>The projection of the value: <c>[embed, vdim]</c>.</summary>
    public Parameter? VProjWeight { get; set; }

    /// <summary>The biases of the three projections: <c>[3·embed]</c>; null without bias.</summary>
    public Parameter? InProjBias { get; set; }

    /// <summary>One more key, <c>[1, 1, embed]</c>; null without.</summary>
    public Parameter? BiasK { get; set; }

    /// <summary>One more value, <c>[1, 1, embed]</c>; null without.</summary>
    public Parameter? BiasV { get; set; }

    /// <summary>The projection of the joined heads.</summary>
    public Linear OutProj { get; set; }

    /// <summary>Attends: the output <c>[l, n, embed]</c>, and the weights <c>[n, l, s]</c>, or <c>[n, heads, l, s]</c> when not averaged.</summary>
    /// <param name="query">What asks: <c>[l, n, embed]</c>.</param>
    /// <param name="key">What is asked: <c>[s, n, kdim]</c>.</param>
    /// <param name="value">What is answered: <c>[s, n, vdim]</c>.</param>
    /// <param name="keyPaddingMask">Keys to be ignored, <c>[n, s]</c>: Bool, true to ignore, or numbers that are added to the scores.</param>
    /// <param name="needWeights">False for the output alone, which is faster.</param>
    /// <param name="attnMask">Pairs to be ignored, <c>[l, s]</c> or <c>[n·heads, l, s]</c>: Bool, true to ignore, or numbers that are added to the scores.</param>
    /// <param name="averageAttnWeights">False for the weights of each head.</param>
    /// <exception cref="ArgumentException">The shapes or dtypes do not fit.</exception>
    public (Tensor Output, Tensor? Weights) Call(
        Tensor query, Tensor key, Tensor value, Tensor? keyPaddingMask = null, bool needWeights = true, Tensor? attnMask = null, bool averageAttnWeights = true)
        => Call(new AttentionInput(query, key, value, keyPaddingMask, needWeights, attnMask, averageAttnWeights));

    /// <inheritdoc/>
    protected override (Tensor Output, Tensor? Weights) Forward(AttentionInput x)
    {
        ArgumentNullException.ThrowIfNull(x);
        CheckInput(x);
        if (x.Query.Ndim == 3) return Batched(x);
        int n = batchFirst ? 0 : 1;
        var (y, weights) = Batched(x with { Query = x.Query.Unsqueeze(n), Key = x.Key.Unsqueeze(n), Value = x.Value.Unsqueeze(n), KeyPaddingMask = x.KeyPaddingMask?.Unsqueeze(0) });
        return (y.Squeeze(n), weights?.Squeeze(0));
    }

    private (Tensor Output, Tensor? Weights) Batched(AttentionInput x)
    {
        var (q, k, v) = Projected(x);
        (q, k, v) = (Heads(q), Heads(k), Heads(v));                                     // [n, heads, l, embed/heads]
        int extra = (BiasK is null ? 0 : 1) + (addZeroAttn ? 1 : 0);
        if (BiasK is not null) (k, v) = (With(k, Heads(BiasK)), With(v, Heads(BiasV!)));
        if (addZeroAttn) (k, v) = (With(k, Torch.Zeros([1, 1, 1, 1], k.DType)), With(v, Torch.Zeros([1, 1, 1, 1], v.DType)));
        var mask = Mask(x, q, extra);
        double p = Training ? dropout : 0;

        Tensor y;
        Tensor? weights = null;
        if (x.NeedWeights)
        {
            weights = Functional.Dropout(new AttentionSettings(1 / Math.Sqrt(q.Shape[^1]), Causal: false).Probabilities(q, k, mask), p);
            y = weights.Matmul(v);
            if (x.AverageAttnWeights) weights = weights.Mean(1);
        }
        else
        {
            y = Functional.ScaledDotProductAttention(q, k, v, mask, p);
        }
        y = batchFirst ? y.Transpose(1, 2) : y.Permute(2, 0, 1, 3);
        return (OutProj.Call(y.Flatten(2)), weights);
    }

    private (Tensor Q, Tensor K, Tensor V) Projected(AttentionInput x)
    {
        var (q, k, v) = (x.Query, x.Key, x.Value);
        if (InProjWeight is not null && ReferenceEquals(q, k) && ReferenceEquals(k, v))
        {
            var all = Functional.Linear(q, InProjWeight, InProjBias).Split(embedDim, -1);
            return (all[0], all[1], all[2]);
        }
        Tensor[] w = InProjWeight is null ? [QProjWeight!, KProjWeight!, VProjWeight!] : InProjWeight.Split(embedDim);
        var b = InProjBias?.Split(embedDim);
        return (Functional.Linear(q, w[0], b?[0]), Functional.Linear(k, w[1], b?[1]), Functional.Linear(v, w[2], b?[2]));
    }

    /// <summary>The features shared out to the heads, as a view: <c>[l, n, embed] → [n, heads, l, embed/heads]</c>.</summary>
    private Tensor Heads(Tensor x)
    {
        x = x.Unflatten(-1, [numHeads, embedDim / numHeads]);
        return batchFirst ? x.Transpose(1, 2) : x.Permute(1, 2, 0, 3);
    }

    /// <summary>One more row for every head.</summary>
    private static Tensor With(Tensor x, Tensor row) => Torch.Cat([x, row.Expand([.. x.Shape.Span[..^2], 1, x.Shape[^1]])], -2);

    /// <summary>Both masks as one that is added to the scores <c>[n, heads, l, s]</c>; what was appended to the keys is seen.</summary>
    private Tensor? Mask(AttentionInput x, Tensor q, int extra)
    {
        var pairs = Added(x.AttnMask, q.DType);
        if (pairs is { Ndim: 3 }) pairs = pairs.Unflatten(0, [q.Shape[0], numHeads]);
        var keys = Added(x.KeyPaddingMask, q.DType)?.Unsqueeze(1).Unsqueeze(1);
        var mask = pairs is null ? keys : keys is null ? pairs : pairs + keys;
        return mask is null || extra == 0 ? mask : Torch.Cat([mask, Torch.Zeros([.. mask.Shape.Span[..^1], extra], q.DType)], -1);
    }

    private static Tensor? Added(Tensor? mask, DType dtype) => mask is { DType: DType.Bool } ? Functional.MinusInfinityWhere(mask, dtype) : mask;

    private void CheckInput(AttentionInput x)
    {
        const string op = "MultiheadAttention";
        var (q, k, v) = (x.Query, x.Key, x.Value);
        if (q.Ndim is not (2 or 3) || k.Ndim != q.Ndim || v.Ndim != q.Ndim)
            throw new ArgumentException($"{op}: expected query, key and value with 3 dimensions ({(batchFirst ? "[n, l, embed]" : "[l, n, embed]")}), or all with 2 for one example, got shapes {q.Shape}, {k.Shape} and {v.Shape}.", nameof(x));
        if (q.Shape[^1] != embedDim) throw new ArgumentException($"{op}: the query {q.Shape} must have {embedDim} features, got {q.Shape[^1]}.", nameof(x));
        if (!k.Shape.Span[..^1].SequenceEqual(v.Shape.Span[..^1])) throw new ArgumentException($"{op}: keys {k.Shape} and values {v.Shape} must agree in all but the last dimension.", nameof(x));
        int batch = batchFirst ? 0 : 1, length = 1 - batch;
        if (q.Ndim == 3 && q.Shape[batch] != k.Shape[batch])
            throw new ArgumentException($"{op}: query {q.Shape} and key {k.Shape} have batches of {q.Shape[batch]} and {k.Shape[batch]} in dimension {batch}.", nameof(x));
        int n = q.Ndim == 3 ? q.Shape[batch] : 1, l = q.Ndim == 3 ? q.Shape[length] : q.Shape[0], s = k.Ndim == 3 ? k.Shape[length] : k.Shape[0];
        CheckMask(x.KeyPaddingMask, "keyPaddingMask", q.Ndim == 3 ? [n, s] : [s]);
        CheckMask(x.AttnMask, "attnMask", x.AttnMask is { Ndim: 3 } ? [n * numHeads, l, s] : [l, s]);

        void CheckMask(Tensor? mask, string name, Shape expected)
        {
            if (mask is null) return;
            if (mask.Shape != expected) throw new ArgumentException($"{op}: {name} must have shape {expected}, got {mask.Shape}.", name);
            if (mask.DType != DType.Bool && mask.DType != q.DType) throw new ArgumentException($"{op}: {name} is Bool or has the dtype {q.DType} of the query, got {mask.DType}.", name);
        }
    }

    private void ResetParameters()
    {
        Parameter?[] projections = [InProjWeight, QProjWeight, KProjWeight, VProjWeight];
        foreach (var w in projections)
            if (w is not null) Init.XavierUniform_(w);
        if (InProjBias is not null) Init.Zeros_(InProjBias);
        if (OutProj.Bias is not null) Init.Zeros_(OutProj.Bias);
        if (BiasK is not null) Init.XavierNormal_(BiasK);
        if (BiasV is not null) Init.XavierNormal_(BiasV);
    }

    /// <summary>A <see cref="Linear"/>; PyTorch prints it under this name.</summary>
    private sealed class NonDynamicallyQuantizableLinear(int inFeatures, int outFeatures, bool bias, DType? dtype) : Linear(inFeatures, outFeatures, bias, dtype);
}
