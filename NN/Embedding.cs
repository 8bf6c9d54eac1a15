using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>Rows of a table: indices <c>[…]</c>, table <c>[rows, features]</c> → <c>[…, features]</c>.</summary>
    /// <param name="input">Indices of rows (Int64 or Int32).</param>
    /// <param name="weight">The table.</param>
    /// <param name="paddingIdx">A row that gets no gradient; negative from the end.</param>
    /// <param name="maxNorm">If given, rows that are looked up and longer than this are first scaled down to it: <paramref name="weight"/> is changed in place.</param>
    /// <param name="normType">The p of that length.</param>
    /// <param name="scaleGradByFreq">True to divide the gradient of a row by the number of times it was looked up.</param>
    /// <exception cref="ArgumentException">The table is no matrix, the indices are no integers, or paddingIdx is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index that is no row.</exception>
    public static Tensor Embedding(Tensor input, Tensor weight, int? paddingIdx = null, double? maxNorm = null, double normType = 2, bool scaleGradByFreq = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Ndim != 2) throw new ArgumentException($"Embedding: the weight is a matrix [rows, features], got shape {weight.Shape}.", nameof(weight));
        if (input.DType is not (DType.Int64 or DType.Int32)) throw Errors.DType("Embedding", input.DType, "indices of DType.Int64 or DType.Int32");
        int rows = weight.Shape[0];
        int padding = CheckPadding(paddingIdx, rows) ?? -1;
        var index = input.Long().Contiguous();
        Tensor.CheckRange(index, rows, 0, "Embedding");
        if (maxNorm is { } most) ScaleDown(weight.Detach(), index, most, normType);

        var y = new Tensor([.. input.Shape.Span, weight.Shape[1]], weight.DType);
        var table = weight.Detach().Contiguous();
        Dispatch.Numbers(y.DType, new LookUp(table, index, y), table, index, y);
        return Tensor.Recording(weight) ? y.Record(new Ops.Embedding(weight, index, padding, scaleGradByFreq)) : y;
    }

    internal static int? CheckPadding(int? paddingIdx, int rows) => paddingIdx is { } i && (i < -rows || i >= rows)
        ? throw new ArgumentOutOfRangeException(nameof(paddingIdx), i, $"Embedding: paddingIdx {i} is no row of {rows}.")
        : paddingIdx < 0 ? paddingIdx + rows : paddingIdx;

    private static void ScaleDown(Tensor weight, Tensor index, double maxNorm, double p)
    {
        using var _ = Torch.NoGrad();
        foreach (long i in index.ToArray<long>().Distinct())
        {
            var row = weight.Select(0, (int)i);
            double norm = row.Norm(p).Item();
            if (norm > maxNorm) row.Mul_(maxNorm / (norm + 1e-7));
        }
    }

    private readonly struct LookUp(Tensor table, Tensor index, Tensor y) : INumberKernel
    {
        void INumberKernel.Run<T>() => Rows.Gather<T>(table.Flat<T>(), index.Flat<long>(), y.Flat<T>(), table.Shape[1]);
    }
}

internal static partial class Ops
{
    internal sealed class Embedding : Node
    {
        private readonly Shape shape;
        private readonly int padding;
        private readonly bool byFrequency;

        internal Embedding(Tensor w, Tensor index, int padding, bool byFrequency)
            : base(w)
        {
            (shape, this.padding, this.byFrequency) = (w.Shape, padding, byFrequency);
            Save(index);
        }

        // y[k] = W[i[k]]   ⇒   dW[i] = Σ dy[k] over the k with i[k] = i, but 0 for the padding; or the mean instead of the sum
        protected override Grads Backward(Tensor dy)
        {
            var d = Linear.Rows(dy);
            if (padding < 0 && !byFrequency && !GradMode.Enabled) return Summed(d.Contiguous());
            var index = A.Flatten();
            return Torch.Zeros(shape, dy.DType).IndexAdd(0, index, d * Factors(index, dy.DType));
        }

        /// <summary>What each gradient counts, as a column.</summary>
        private Tensor Factors(Tensor index, DType dtype)
        {
            var factors = (index.Ne(padding)).To(dtype);
            if (byFrequency) factors = factors / index.Bincount(minlength: shape[0]).IndexSelect(0, index).To(dtype);
            return factors.Unsqueeze(1);
        }

        /// <summary>The plain sum in one pass, in the order of the indices: the same bits at every run.</summary>
        private Tensor Summed(Tensor dy)
        {
            var dw = new Tensor(shape, dy.DType, zero: true);
            Dispatch.Numbers(dy.DType, new Sum(dy, A, dw), dy, A, dw);
            return dw;
        }

        private readonly struct Sum(Tensor dy, Tensor index, Tensor dw) : INumberKernel
        {
            void INumberKernel.Run<T>() => Rows.Add<T>(dy.Flat<T>(), index.Flat<long>(), dw.Flat<T>(), dw.Shape[1]);
        }
    }
}

/// <summary>
/// A table of vectors, one per word or other thing that is numbered: <c>[…] → […, features]</c>. Its values are drawn from N(0, 1).
/// </summary>
/// <remarks>The gradient is a full table: PyTorch's sparse gradients (<c>sparse=True</c>) are left out.</remarks>
public class Embedding : Module<Tensor, Tensor>
{
    /// <summary>A table with values drawn from N(0, 1), and zeros in the row <paramref name="paddingIdx"/>.</summary>
    /// <param name="numEmbeddings">The number of rows.</param>
    /// <param name="embeddingDim">The size of each row.</param>
    /// <param name="paddingIdx">A row that gets no gradient and starts as zeros; negative from the end.</param>
    /// <param name="maxNorm">If given, rows that are looked up and longer than this are scaled down to it, in place.</param>
    /// <param name="normType">The p of that length.</param>
    /// <param name="scaleGradByFreq">True to divide the gradient of a row by the number of times it was looked up in the batch.</param>
    /// <param name="dtype">The dtype of the table; by default the default dtype.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or paddingIdx is no row.</exception>
    public Embedding(
        int numEmbeddings, int embeddingDim, int? paddingIdx = null, double? maxNorm = null, double normType = 2, bool scaleGradByFreq = false, DType? dtype = null)
        : this(Torch.Empty([numEmbeddings, embeddingDim], dtype), true, paddingIdx, maxNorm, normType, scaleGradByFreq)
        => ResetParameters();

    private Embedding(Tensor table, bool requiresGrad, int? paddingIdx, double? maxNorm, double normType, bool scaleGradByFreq)
    {
        (NumEmbeddings, EmbeddingDim) = (table.Shape[0], table.Shape[1]);
        PaddingIdx = Functional.CheckPadding(paddingIdx, NumEmbeddings);
        (MaxNorm, NormType, ScaleGradByFreq) = (maxNorm, normType, scaleGradByFreq);
        Weight = new(table, requiresGrad);
    }

    /// <summary>The number of rows.</summary>
    public int NumEmbeddings { get; }

    /// <summary>The size of each row.</summary>
    public int EmbeddingDim { get; }

    /// <summary>The row that gets no gradient; null for none.</summary>
    public int? PaddingIdx { get; }

    /// <summary>The length to which rows that are looked up are scaled down; null for none.</summary>
    public double? MaxNorm { get; set; }

    /// <summary>The p of that length.</summary>
    public double NormType { get; set; }

    /// <summary>True when the gradient of a row is divided by the number of times it was looked up.</summary>
    public bool ScaleGradByFreq { get; }

    /// <summary>The table: <c>[rows, features]</c>.</summary>
    public Parameter Weight { get; set; }

    /// <summary>A layer over a given table, whose memory it shares.</summary>
    /// <param name="embeddings">The table <c>[rows, features]</c>.</param>
    /// <param name="freeze">False to go on learning it.</param>
    /// <param name="paddingIdx">A row that gets no gradient; it keeps its values.</param>
    /// <param name="maxNorm">If given, rows that are looked up and longer than this are scaled down to it, in place.</param>
    /// <param name="normType">The p of that length.</param>
    /// <param name="scaleGradByFreq">True to divide the gradient of a row by the number of times it was looked up in the batch.</param>
    /// <exception cref="ArgumentException">The table is no matrix.</exception>
    public static Embedding FromPretrained(
        Tensor embeddings, bool freeze = true, int? paddingIdx = null, double? maxNorm = null, double normType = 2, bool scaleGradByFreq = false)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        if (embeddings.Ndim != 2) throw new ArgumentException($"FromPretrained: the embeddings are a matrix [rows, features], got shape {embeddings.Shape}.", nameof(embeddings));
        return new Embedding(embeddings, !freeze, paddingIdx, maxNorm, normType, scaleGradByFreq);
    }

    /// <summary>Draws the table anew.</summary>
    public void ResetParameters()
    {
        Init.Normal_(Weight);
        if (PaddingIdx is { } i) Init.Zeros_(Weight.Detach().Select(0, i));
    }

    /// <inheritdoc/>
    public override string ExtraRepr()
    {
        string text = $"{NumEmbeddings}, {EmbeddingDim}";
        if (PaddingIdx is { } i) text += $", padding_idx={i}";
        if (MaxNorm is { } most) text += $", max_norm={Repr(most)}";
        if (NormType != 2) text += $", norm_type={Repr(NormType)}";
        return ScaleGradByFreq ? text + ", scale_grad_by_freq=True" : text;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Embedding(x, Weight, PaddingIdx, MaxNorm, NormType, ScaleGradByFreq);
}
