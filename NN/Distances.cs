namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>x / max(‖x‖, ε) along a dimension: vectors of length 1.</summary>
    /// <param name="input">Vectors along <paramref name="dim"/>.</param>
    /// <param name="p">The norm; 2 is the Euclidean one.</param>
    /// <param name="dim">The dimension of the vectors.</param>
    /// <param name="eps">What shorter vectors are divided by.</param>
    public static Tensor Normalize(Tensor input, double p = 2, int dim = 1, double eps = 1e-12)
        => input / input.Norm(p, dim, keepdim: true).Clamp(min: eps);

    /// <summary>The cosine of the angle between vectors: x₁·x₂ / (max(‖x₁‖, ε) · max(‖x₂‖, ε)). <c>[n, k], [n, k] → [n]</c>.</summary>
    /// <param name="x1">Vectors along <paramref name="dim"/>.</param>
    /// <param name="x2">The others; broadcast.</param>
    /// <param name="dim">The dimension of the vectors.</param>
    /// <param name="eps">What takes the place of a smaller length.</param>
    public static Tensor CosineSimilarity(Tensor x1, Tensor x2, int dim = 1, double eps = 1e-8)
        => (x1 * x2).Sum(dim) / (x1.Norm(2, dim).Clamp(min: eps) * x2.Norm(2, dim).Clamp(min: eps));

    /// <summary>The distance of vectors: ‖x₁ − x₂ + ε‖ over the last dimension. <c>[n, k], [n, k] → [n]</c>.</summary>
    /// <param name="x1">Vectors along the last dimension.</param>
    /// <param name="x2">The others; broadcast.</param>
    /// <param name="p">The norm; 2 is the Euclidean one.</param>
    /// <param name="eps">Added to the difference (not to the norm).</param>
    /// <param name="keepdim">True to keep the last dimension with size 1.</param>
    public static Tensor PairwiseDistance(Tensor x1, Tensor x2, double p = 2, double eps = 1e-6, bool keepdim = false)
        => (x1 - x2 + eps).Norm(p, -1, keepdim);

    /// <summary>A row of zeros with a one at the class, for each class index: <c>[…] → […, numClasses]</c>, Int64.</summary>
    /// <param name="tensor">Class indices, Int64.</param>
    /// <param name="numClasses">The length of a row; −1 for the largest index plus one.</param>
    /// <exception cref="ArgumentException">No Int64 indices, or one out of range.</exception>
    public static Tensor OneHot(Tensor tensor, int numClasses = -1)
    {
        if (tensor.DType != DType.Int64) throw Errors.DType("OneHot", tensor.DType, "class indices of DType.Int64");
        if (tensor.Numel() == 0 && numClasses <= 0) throw new ArgumentException("OneHot: without indices the number of classes is unknown; pass numClasses.", nameof(numClasses));
        if (numClasses == -1) numClasses = tensor.Max().Item<int>() + 1;
        long low = tensor.Numel() == 0 ? 0 : tensor.Min().Item<long>(), high = tensor.Numel() == 0 ? 0 : tensor.Max().Item<long>();
        if (low < 0 || high >= numClasses && tensor.Numel() > 0)
            throw new ArgumentOutOfRangeException(nameof(tensor), low < 0 ? low : high, $"OneHot: {(low < 0 ? low : high)} is no class: expected 0 to {numClasses - 1}.  {(low < 0 ? "Classes count from 0." : $"Did you mean numClasses: {high + 1}?")}");
        var y = Torch.Zeros([.. tensor.Shape, numClasses], DType.Int64);
        return y.Scatter_(-1, tensor.Unsqueeze(-1), 1);
    }
}

/// <summary>The cosine of the angle between vectors: <see cref="Functional.CosineSimilarity"/>.</summary>
/// <param name="dim">The dimension of the vectors.</param>
/// <param name="eps">What takes the place of a smaller length.</param>
public class CosineSimilarity(int dim = 1, double eps = 1e-8) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x1, Tensor x2) => Functional.CosineSimilarity(x1, x2, dim, eps);
}

/// <summary>The distance of vectors: <see cref="Functional.PairwiseDistance"/>.</summary>
/// <param name="p">The norm; 2 is the Euclidean one.</param>
/// <param name="eps">Added to the difference.</param>
/// <param name="keepdim">True to keep the last dimension with size 1.</param>
public class PairwiseDistance(double p = 2, double eps = 1e-6, bool keepdim = false) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x1, Tensor x2) => Functional.PairwiseDistance(x1, x2, p, eps, keepdim);
}
