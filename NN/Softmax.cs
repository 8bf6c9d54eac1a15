namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>eˣ / Σ eˣ along a dimension: positive numbers that sum to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public static Tensor Softmax(Tensor input, int dim, DType? dtype = null) => input.Softmax(dim, dtype);

    /// <summary>ln Softmax, without overflow or loss of small probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public static Tensor LogSoftmax(Tensor input, int dim, DType? dtype = null) => input.LogSoftmax(dim, dtype);

    /// <summary>Softmax of −x.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public static Tensor Softmin(Tensor input, int dim, DType? dtype = null) => (-input).Softmax(dim, dtype);
}

/// <summary>eˣ / Σ eˣ along a dimension.</summary>
/// <param name="dim">The dimension along which the results sum to 1.</param>
/// <remarks>PyTorch guesses a missing dim, with a warning; here it must be given.</remarks>
public class Softmax(int dim) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"dim={dim}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Softmax(dim);
}

/// <summary>ln Softmax along a dimension.</summary>
/// <param name="dim">The dimension along which the probabilities sum to 1.</param>
/// <remarks>PyTorch guesses a missing dim, with a warning; here it must be given.</remarks>
public class LogSoftmax(int dim) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"dim={dim}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.LogSoftmax(dim);
}

/// <summary>Softmax of −x along a dimension.</summary>
/// <param name="dim">The dimension along which the results sum to 1.</param>
/// <remarks>PyTorch guesses a missing dim, with a warning; here it must be given.</remarks>
public class Softmin(int dim) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"dim={dim}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Softmin(x, dim);
}
