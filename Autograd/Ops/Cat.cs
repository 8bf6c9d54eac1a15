namespace MiniTorch;

public static partial class Torch
{
    /// <summary>Tensors one after the other along a dimension; all other sizes must agree. 1-dim tensors without elements are passed over.</summary>
    /// <exception cref="ArgumentException">No tensors, or shapes that differ elsewhere.</exception>
    public static Tensor Cat(IReadOnlyList<Tensor> tensors, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Count == 0) throw new ArgumentException("Cat: there are no tensors.", nameof(tensors));
        Tensor[] x = [.. tensors];
        var first = Array.Find(x, static t => t.Shape != [0]) ?? x[0];
        dim = Shape.Dim(dim, first.Ndim, "Cat");
        if (first.Ndim == 0) throw new ArgumentException("Cat: 0-dim tensors have no dimension to join.  Use Stack.", nameof(tensors));

        var sizes = first.Shape.ToArray();
        sizes[dim] = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (x[i].Shape == [0]) continue;
            bool fits = x[i].Ndim == first.Ndim;
            for (int d = 0; d < first.Ndim && fits; d++) fits = d == dim || x[i].Shape[d] == first.Shape[d];
            if (!fits) throw new ArgumentException($"Cat: tensor {i} of shape {x[i].Shape} does not fit behind {first.Shape}: along dimension {dim} all other sizes must agree.", nameof(tensors));
            sizes[dim] += x[i].Shape[dim];
        }
        var y = new Tensor(sizes, Promotion.Of(x));
        int start = 0;
        foreach (var part in x)
        {
            if (part.Shape == [0]) continue;
            CopyKernel.Run(part, y.Detach().Narrow(dim, start, part.Shape[dim]));
            start += part.Shape[dim];
        }
        return MiniTorch.Tensor.Recording(x) ? y.Record(new Cat(x, dim)) : y;
    }

    /// <summary>Tensors of one shape next to each other along a new dimension.</summary>
    /// <exception cref="ArgumentException">No tensors, or shapes that differ.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> tensors, int dim = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.Count == 0) throw new ArgumentException("Stack: there are no tensors.", nameof(tensors));
        var unsqueezed = new Tensor[tensors.Count];
        for (int i = 0; i < unsqueezed.Length; i++)
        {
            if (tensors[i].Shape != tensors[0].Shape)
                throw new ArgumentException($"Stack: tensor {i} has shape {tensors[i].Shape}, the first {tensors[0].Shape}; all shapes must be the same.", nameof(tensors));
            unsqueezed[i] = tensors[i].Unsqueeze(dim);
        }
        return Cat(unsqueezed, Shape.Dim(dim, tensors[0].Ndim + 1, "Stack"));
    }
}

internal sealed class Cat(Tensor[] x, int dim) : Node(x)
{
    private readonly int[] lengths = Array.ConvertAll(x, t => t.Shape == [0] ? -1 : t.Shape[dim]);

    // y = x₀, x₁, … one after the other   ⇒   dxᵢ = the part of dy where xᵢ is
    protected override Grads Backward(Tensor dy)
    {
        var dx = new Tensor?[lengths.Length];
        for (int i = 0, start = 0; i < dx.Length; start += Math.Max(lengths[i++], 0))
            dx[i] = !NeedsInput(i) ? null : lengths[i] < 0 ? new Tensor([0], dy.DType) : dy.Narrow(dim, start, lengths[i]);
        return Grads.Create(dx);
    }
}
