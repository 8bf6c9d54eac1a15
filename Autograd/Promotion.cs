namespace MiniTorch;

/// <summary>
/// The common dtype of operands, PyTorch's rule: the highest category (bool, integer, floating point) wins; within it a tensor with
/// dimensions counts more than a 0-dim tensor, and that more than a plain number.
/// </summary>
internal static class Promotion
{
    internal static DType Of(Tensor a, Tensor b)
    {
        if (a.DType == b.DType) return a.DType;
        int ra = Rank(a), rb = Rank(b);
        if (ra == rb) return Max(a.DType, b.DType);
        var (strong, weak) = ra > rb ? (a, b) : (b, a);
        return strong.DType.Category() >= weak.DType.Category() ? strong.DType : weak.DType;
    }

    internal static DType Of(ReadOnlySpan<Tensor> tensors)
    {
        Span<int> best = [-1, -1, -1];                                     // the largest dtype per rank
        foreach (var x in tensors) best[Rank(x)] = Math.Max(best[Rank(x)], (int)x.DType);
        int result = best[2];
        for (int rank = 1; rank >= 0; rank--)
            if (best[rank] >= 0 && (result < 0 || ((DType)best[rank]).Category() > ((DType)result).Category())) result = best[rank];
        return (DType)result;
    }

    internal static DType Of(Tensor a, Scalar b) => b.Kind.Category() > a.DType.Category() ? b.DType : a.DType;

    /// <summary>Both in their common dtype.</summary>
    internal static (Tensor A, Tensor B) Common(Tensor a, Tensor b)
    {
        var dtype = Of(a, b);
        return (a.To(dtype), b.To(dtype));
    }

    private static int Rank(Tensor x) => x.Wrapped ? 0 : x.Ndim == 0 ? 1 : 2;

    private static DType Max(DType a, DType b) => a > b ? a : b;
}
