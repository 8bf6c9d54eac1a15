using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>
    /// Every query takes the mean of the values, weighted by how well their keys fit it: softmax(q·kᵀ/√e + mask)·v,
    /// <c>[…, l, e], […, s, e], […, s, d] → […, l, d]</c> (Vaswani et al. 2017, equation 1). The dimensions in front are batches and heads, and broadcast.
    /// </summary>
    /// <param name="query">Queries <c>[…, l, e]</c>, of any strides: heads need no copy.</param>
    /// <param name="key">Keys <c>[…, s, e]</c>.</param>
    /// <param name="value">Values <c>[…, s, d]</c>.</param>
    /// <param name="attnMask">Bool, true where a query may see a key, or numbers that are added to the scores; broadcasts to <c>[…, l, s]</c>.</param>
    /// <param name="dropoutP">The probability to drop a weight; always applied, so pass 0 when evaluating.</param>
    /// <param name="isCausal">Query i sees the keys up to i; not together with a mask.</param>
    /// <param name="scale">The factor of q·kᵀ; by default 1/√e.</param>
    /// <returns>The result, which lies in memory as the queries do: what came by a transposition goes back without a copy.</returns>
    /// <exception cref="ArgumentException">The shapes or dtypes do not fit, or there is a mask besides <paramref name="isCausal"/>.</exception>
    /// <remarks>A query that may see no key at all gives NaN, as the softmax of nothing does.</remarks>
    public static Tensor ScaledDotProductAttention(
        Tensor query, Tensor key, Tensor value, Tensor? attnMask = null, double dropoutP = 0, bool isCausal = false, double? scale = null)
    {
        var batch = CheckAttention(query, key, value, attnMask, dropoutP, isCausal);
        query = InBatch(query, batch);
        key = InBatch(key, batch);
        value = InBatch(value, batch);
        var bias = attnMask is { DType: DType.Bool } ? MinusInfinityWhere(attnMask.LogicalNot(), query.DType) : attnMask;
        var drop = dropoutP > 0 ? DropoutMask([.. batch.Span, query.Shape[^2], key.Shape[^2]], query.DType, dropoutP) : null;

        var settings = new AttentionSettings(scale ?? 1 / Math.Sqrt(query.Shape[^1]), isCausal);
        var (y, p) = AttentionHeads.Forward(query, key, value, bias, drop, settings);
        Tensor[] inputs = bias is null ? [query, key, value] : [query, key, value, bias];
        return Tensor.Recording(inputs) ? y.Record(new Ops.Attention(inputs, p, drop, settings)) : y;
    }

    private static Tensor InBatch(Tensor x, Shape batch)
        => x.Shape.Span[..^2].SequenceEqual(batch.Span) ? x : x.Expand([.. batch.Span, .. x.Shape.Span[^2..]]);

    /// <summary>A mask that is added: −∞ where it is true, else 0.</summary>
    internal static Tensor MinusInfinityWhere(Tensor mask, DType dtype) => Torch.Zeros(mask.Shape, dtype).MaskedFill(mask, double.NegativeInfinity);

    /// <summary>Checks what goes into an attention; returns the dimensions in front of the matrices, broadcast.</summary>
    private static Shape CheckAttention(Tensor q, Tensor k, Tensor v, Tensor? mask, double p, bool causal)
    {
        const string op = "ScaledDotProductAttention";
        if (q.Ndim < 2 || k.Ndim < 2 || v.Ndim < 2)
            throw new ArgumentException($"{op}: query, key and value are matrices or batches of matrices, got shapes {q.Shape}, {k.Shape} and {v.Shape}.", nameof(q));
        if (!q.DType.IsFloat() || k.DType != q.DType || v.DType != q.DType)
            throw new ArgumentException($"{op}: query {q.DType}, key {k.DType} and value {v.DType} must have one floating-point dtype.", nameof(q));
        if (q.Shape[^1] != k.Shape[^1])
            throw new ArgumentException($"{op}: queries {q.Shape} and keys {k.Shape} must have the same last dimension, {q.Shape[^1]} and {k.Shape[^1]} differ.", nameof(k));
        if (k.Shape[^2] != v.Shape[^2])
            throw new ArgumentException($"{op}: there must be a value for each key, but keys {k.Shape} are {k.Shape[^2]} and values {v.Shape} are {v.Shape[^2]}.", nameof(v));
        if (!(p is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p, $"{op}: dropoutP must be in [0, 1], got {p}.");

        Shape batch = Shape.Broadcast(Shape.Broadcast(q.Shape.Span[..^2].ToArray(), k.Shape.Span[..^2].ToArray(), op), v.Shape.Span[..^2].ToArray(), op);
        if (mask is null) return batch;
        if (causal) throw new ArgumentException($"{op}: isCausal is a mask of its own.  Pass attnMask alone, with the causal mask in it.", nameof(mask));
        if (mask.DType != DType.Bool && mask.DType != q.DType)
            throw new ArgumentException($"{op}: a mask is Bool or has the dtype {q.DType} of the queries, got {mask.DType}.", nameof(mask));
        Shape scores = [.. batch.Span, q.Shape[^2], k.Shape[^2]];
        if (!mask.Shape.BroadcastsTo(scores)) throw new ArgumentException($"{op}: a mask of shape {mask.Shape} does not broadcast to the scores {scores}.", nameof(mask));
        return batch;
    }
}

internal static partial class Ops
{
    internal sealed class Attention : Node
    {
        private readonly AttentionSettings settings;
        private readonly bool dropping;

        internal Attention(Tensor[] inputs, Tensor p, Tensor? drop, AttentionSettings settings)
            : base(inputs)
        {
            (this.settings, dropping) = (settings, drop is not null);
            foreach (var x in inputs[..3]) Save(x);
            Save(p);
            Save(drop);
            Save(inputs.Length > 3 ? inputs[3] : null);
        }

        private Tensor? Drop => dropping ? Saved(4) : null;

        private Tensor? Bias => EdgeCount > 3 ? Saved(5) : null;

        // y = w·v,  w = p ⊙ m,  p = softmax(σ·q·kᵀ + b)
        //   ⇒   dv = wᵀ·dy,   db = ds = p ⊙ (dp − Σ p ⊙ dp) with dp = (dy·vᵀ) ⊙ m,   dq = σ·ds·k,   dk = σ·dsᵀ·q
        protected override Grads Backward(Tensor dy)
        {
            if (!GradMode.Enabled)
                return AttentionHeads.Backward(dy, A, B, C, Saved(3), Drop, settings, [NeedsA, NeedsB, NeedsC, EdgeCount > 3 && NeedsInput(3)], EdgeCount);
            var p = settings.Probabilities(A, B, Bias);                                 // with its history: p depends on q and k
            var (w, dp) = (p, dy.Matmul(C.MT));
            if (Drop is { } m) (w, dp) = (p * m, dp * m);
            var ds = p * (dp - (p * dp).Sum(-1, keepdim: true));
            Tensor dq = ds.Matmul(B) * settings.Scale, dk = ds.MT.Matmul(A) * settings.Scale, dv = w.MT.Matmul(dy);
            return EdgeCount > 3 ? [dq, dk, dv, ds] : [dq, dk, dv];
        }
    }
}
