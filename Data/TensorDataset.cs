using System.Diagnostics.CodeAnalysis;

namespace MiniTorch.Data;

/// <summary>
/// Inputs and targets: sample i is row i of both, <c>([n, …], [n, …]) → ([…], […])</c>. A loader turns it into
/// <c>foreach (var (x, y) in loader)</c>. For another number of tensors see <see cref="Of(Tensor)"/> and its overloads.
/// </summary>
/// <remarks>Whole batches are gathered with one <see cref="Tensor.IndexSelect"/> per tensor, with the same result as stacking rows.</remarks>
public class TensorDataset : TensorDataset<(Tensor Input, Tensor Target)>
{
    /// <summary>A dataset over two tensors of the same length.</summary>
    /// <exception cref="ArgumentException">The sizes of the first dimension differ, or a tensor has no dimension.</exception>
    public TensorDataset(Tensor input, Tensor target)
        : base(static x => (x[0], x[1]), input, target)
    {
    }

    /// <summary>Rows of one tensor: <c>[n, …] → […]</c>.</summary>
    /// <exception cref="ArgumentException">The tensor has no dimension.</exception>
    public static TensorDataset<Tensor> Of(Tensor tensor) => new(static x => x[0], tensor);

    /// <summary>Rows of two tensors, as <see cref="TensorDataset(Tensor, Tensor)"/>.</summary>
    /// <exception cref="ArgumentException">The sizes of the first dimension differ, or a tensor has no dimension.</exception>
    public static TensorDataset Of(Tensor input, Tensor target) => new(input, target);

    /// <summary>Rows of three tensors.</summary>
    /// <exception cref="ArgumentException">The sizes of the first dimension differ, or a tensor has no dimension.</exception>
    public static TensorDataset<(Tensor, Tensor, Tensor)> Of(Tensor first, Tensor second, Tensor third)
        => new(static x => (x[0], x[1], x[2]), first, second, third);

    /// <summary>Rows of any number of tensors; a sample is an array with a row of each.</summary>
    /// <exception cref="ArgumentException">The sizes of the first dimension differ, a tensor has no dimension, or there are no tensors.</exception>
    public static TensorDataset<Tensor[]> Of(params Tensor[] tensors) => new(static x => x, tensors);
}

/// <summary>Rows of tensors that have the same size in the first dimension; made by <see cref="TensorDataset"/>.</summary>
/// <typeparam name="T">A tuple or array with one tensor for each.</typeparam>
public class TensorDataset<T> : Dataset<T>
{
    private readonly Tensor[] tensors;
    private readonly Func<Tensor[], T> pack;

    internal TensorDataset(Func<Tensor[], T> pack, params Tensor[] tensors)
    {
        if (tensors.Length == 0) throw new ArgumentException("TensorDataset: there are no tensors.", nameof(tensors));
        foreach (var x in tensors)
        {
            ArgumentNullException.ThrowIfNull(x, nameof(tensors));
            if (x.Ndim == 0)
                throw new ArgumentException(
                    "TensorDataset: a 0-dim tensor has no rows to serve as samples.  Did you mean .Unsqueeze(0)?", nameof(tensors));
            if (x.Shape[0] != tensors[0].Shape[0])
                throw new ArgumentException(
                    $"TensorDataset: shapes {tensors[0].Shape} and {x.Shape} have {tensors[0].Shape[0]} and {x.Shape[0]} rows; "
                    + "all tensors must have the same number.",
                    nameof(tensors));
        }
        (this.pack, this.tensors) = (pack, [.. tensors]);
    }

    /// <summary>The tensors, each <c>[n, …]</c>.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors;

    /// <inheritdoc/>
    public override int Count => tensors[0].Shape[0];

    /// <summary>Row <paramref name="index"/> of each tensor, as views; −1 is the last row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public override T this[int index]
    {
        get
        {
            int row = Resolve(index);
            return pack(Array.ConvertAll(tensors, x => x.Select(0, row)));
        }
    }

    /// <inheritdoc/>
    protected internal override bool TryGetBatch(int[] indices, [MaybeNullWhen(false)] out T batch)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var rows = Torch.Tensor((ReadOnlySpan<int>)Array.ConvertAll(indices, Resolve));
        batch = pack(Array.ConvertAll(tensors, x => x.IndexSelect(0, rows)));
        return true;
    }
}
