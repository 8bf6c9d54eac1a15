using MiniTorch.Kernels;

namespace MiniTorch.NN;

/// <summary>How the scores of an attention are made.</summary>
/// <param name="Scale">σ, the factor of q·kᵀ.</param>
/// <param name="Causal">Query i sees the keys up to i.</param>
internal readonly record struct AttentionSettings(double Scale, bool Causal)
{
    /// <summary>softmax(σ·q·kᵀ + bias) by ordinary ops.</summary>
    internal Tensor Probabilities(Tensor q, Tensor k, Tensor? bias)
    {
        var s = q.Matmul(k.MT) * Scale;
        if (Causal) s = s.MaskedFill(Torch.Ones([q.Shape[^2], k.Shape[^2]], DType.Bool).Triu(1), double.NegativeInfinity);
        return (bias is null ? s : s + bias).Softmax(-1);
    }
}

/// <summary>From tensors to the attention of each head: the last two dimensions are matrices, those in front count the heads. Nothing here is recorded.</summary>
internal static class AttentionHeads
{
    /// <summary>The result and the probabilities.</summary>
    internal static (Tensor Y, Tensor P) Forward(Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? drop, AttentionSettings settings)
    {
        Shape scores = [.. q.Shape.Span[..^1], k.Shape[^2]];
        Tensor y = Beside(q, v.Shape[^1]), p = new(scores, q.DType);
        if (p.Count == 0) return (y.ZerosLike(), p);                                    // sums of nothing
        var run = new ForwardKernel(q, k, v, bias is null ? null : Rows(bias.Detach(), scores), drop, settings, p, drop is null ? null : Shared(scores, q.DType), y);
        Dispatch.Floats(q.DType, run, run);
        return (y, p);
    }

    /// <summary>The gradients of the inputs, of which <paramref name="needs"/> says which are wanted: queries, keys, values, bias.</summary>
    internal static Grads Backward(
        Tensor dy, Tensor q, Tensor k, Tensor v, Tensor p, Tensor? drop, AttentionSettings settings, ReadOnlySpan<bool> needs, int inputs)
    {
        if (p.Count == 0) return inputs > 3 ? [q.ZerosLike(), k.ZerosLike(), v.ZerosLike(), p] : [q.ZerosLike(), k.ZerosLike(), v.ZerosLike()];
        Tensor? dq = needs[0] ? Beside(q, q.Shape[^1]) : null, dk = needs[1] ? Beside(k, k.Shape[^1]) : null, dv = needs[2] ? Beside(v, v.Shape[^1]) : null;
        var ds = needs[3] ? new Tensor(p.Shape, p.DType) : needs[0] || needs[1] ? Shared(p.Shape, p.DType) : null;
        var run = new BackwardKernel(dy, q, k, v, p, drop, settings, drop is null ? null : Shared(p.Shape, p.DType), dq, dk, dv, ds);
        Dispatch.Floats(q.DType, run, run);
        return inputs > 3 ? [dq, dk, dv, needs[3] ? ds : null] : [dq, dk, dv];
    }

    private readonly struct ForwardKernel(
        Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? drop, AttentionSettings settings, Tensor p, Tensor? dropped, Tensor y) : IFloatKernel
    {
        void IFloatKernel.Run<T>()
        {
            Matrices<T> mq = new(q), mk = new(k), mv = new(v), mbias = new(bias), mdrop = new(drop), mp = new(p), mdropped = new(dropped), my = new(y);
            for (int h = 0; h < mp.Count; h++)
                Kernels.Attention.Forward(mq[h], mk[h], mv[h], mbias[h], mdrop[h], T.CreateTruncating(settings.Scale), settings.Causal, mp[h], mdropped[h], my[h]);
        }
    }

    private readonly struct BackwardKernel(
        Tensor dy, Tensor q, Tensor k, Tensor v, Tensor p, Tensor? drop, AttentionSettings settings, Tensor? dropped, Tensor? dq, Tensor? dk, Tensor? dv, Tensor? ds) : IFloatKernel
    {
        void IFloatKernel.Run<T>()
        {
            Matrices<T> mdy = new(dy), mq = new(q), mk = new(k), mv = new(v), mp = new(p), mdrop = new(drop), mdropped = new(dropped);
            Matrices<T> mdq = new(dq), mdk = new(dk), mdv = new(dv), mds = new(ds);
            for (int h = 0; h < mp.Count; h++)
                Kernels.Attention.Backward(mq[h], mk[h], mv[h], mdrop[h], T.CreateTruncating(settings.Scale), mp[h], mdropped[h], mdy[h], mdq[h], mdk[h], mdv[h], mds[h]);
        }
    }

    /// <summary>A new tensor with the rows of x, of another length, that lie in memory in the order in which x's do.</summary>
    private static Tensor Beside(Tensor x, int columns)
    {
        int[] sizes = [.. x.Shape.Span[..^1], columns], strides = new int[sizes.Length], order = [.. Enumerable.Range(0, sizes.Length - 1)];
        int[] steps = [.. x.Strides[..^1]];
        for (int d = 0; d < steps.Length; d++)
            if (steps[d] == 0) steps[d] = int.MaxValue;                                 // what is repeated in x comes outermost
        Array.Sort(steps, order);
        (strides[^1], int step) = (1, columns);
        foreach (int d in order) (strides[d], step) = (step, step * sizes[d]);
        return new(new Tensor(sizes, x.DType).Storage, sizes, x.DType, strides, 0);
    }

    /// <summary>x, broadcast, in dense rows.</summary>
    private static Tensor Rows(Tensor x, Shape shape)
        => (x.Ndim > 0 && x.Shape[^1] == shape[^1] ? x : x.Expand(shape)).Contiguous().Expand(shape);

    /// <summary>Room for a matrix, which all heads use in turn.</summary>
    private static Tensor Shared(Shape matrices, DType dtype) => new Tensor([.. matrices.Span[^2..]], dtype).Expand(matrices);
}

/// <summary>The last two dimensions of a tensor of any layout as matrices, counted through the dimensions in front; all empty without a tensor.</summary>
internal readonly ref struct Matrices<T>
    where T : unmanaged, System.Numerics.INumberBase<T>
{
    private readonly Span<T> data;
    private readonly ReadOnlySpan<int> sizes, strides;

    internal Matrices(Tensor? x)
    {
        if (x is null) return;
        data = x.Rest<T>();
        sizes = x.Shape.Span;
        strides = x.Strides;
        Count = 1;
        foreach (int n in sizes[..^2]) Count *= n;
    }

    internal int Count { get; }

    internal Matrix<T> this[int number]
    {
        get
        {
            if (Count == 0) return default;
            int start = 0;
            for (int d = sizes.Length - 3; d >= 0; number /= sizes[d--]) start += number % sizes[d] * strides[d];
            return new(data[Math.Min(start, data.Length)..], sizes[^2], sizes[^1], strides[^2], strides[^1]);
        }
    }
}
