namespace MiniTorch;

public partial class Tensor
{
    /// <summary>Two dimensions exchanged; a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is out of range.</exception>
    public Tensor Transpose(int dim0, int dim1)
    {
        int i = MiniTorch.Shape.Dim(dim0, Ndim, "Transpose"), j = MiniTorch.Shape.Dim(dim1, Ndim, "Transpose");
        int[] sizes = Shape.ToArray(), steps = Strides.ToArray();
        if (Ndim > 0)
        {
            (sizes[i], sizes[j]) = (sizes[j], sizes[i]);
            (steps[i], steps[j]) = (steps[j], steps[i]);
        }
        var y = View(sizes, steps, Offset);
        return Recording(this) ? y.Record(new Transpose(this, i, j)) : y;
    }

    /// <summary>As <see cref="Transpose"/>.</summary>
    public Tensor Swapaxes(int axis0, int axis1) => Transpose(axis0, axis1);

    /// <summary>The dimensions in another order; a view. <c>x.Permute(2, 0, 1)</c>: the last comes first.</summary>
    /// <exception cref="ArgumentException">The dimensions are not each named once.</exception>
    public Tensor Permute(params ReadOnlySpan<int> dims)
    {
        int[] order = new int[dims.Length], sizes = new int[dims.Length], steps = new int[dims.Length];
        bool valid = dims.Length == Ndim;
        for (int i = 0; i < dims.Length && valid; i++)
        {
            order[i] = MiniTorch.Shape.Dim(dims[i], Ndim, "Permute");
            valid = Array.IndexOf(order, order[i]) == i;
            (sizes[i], steps[i]) = (Shape[order[i]], Strides[order[i]]);
        }
        if (!valid) throw new ArgumentException($"Permute: [{string.Join(", ", dims.ToArray())}] does not name each of the {Ndim} dimensions of {Shape} once.", nameof(dims));
        var y = View(sizes, steps, Offset);
        return Recording(this) ? y.Record(new Permute(this, order)) : y;
    }

    /// <summary>All dimensions in reverse: of a matrix, the transpose.</summary>
    public Tensor T
    {
        get
        {
            var order = new int[Ndim];
            for (int i = 0; i < order.Length; i++) order[i] = Ndim - 1 - i;
            return Ndim == 2 ? Transpose(0, 1) : Permute(order);
        }
    }

    /// <summary>The transpose of a matrix or of a batch of matrices: the last two dimensions exchanged.</summary>
    /// <exception cref="InvalidOperationException">Fewer than two dimensions.</exception>
    public Tensor MT => Ndim >= 2 ? Transpose(-2, -1) : throw new InvalidOperationException($"MT: a tensor of shape {Shape} is no matrix.");

    /// <summary>A dimension moved to another place, the others keeping their order; a view.</summary>
    public Tensor Movedim(int source, int destination)
    {
        int from = MiniTorch.Shape.Dim(source, Ndim, "Movedim"), to = MiniTorch.Shape.Dim(destination, Ndim, "Movedim");
        var order = Enumerable.Range(0, Ndim).Where(d => d != from).ToList();
        if (Ndim > 0) order.Insert(to, from);
        return Permute([.. order]);
    }
}

internal sealed class Transpose(Tensor x, int i, int j) : Node(x)
{
    // y = x with i and j exchanged   ⇒   dx = dy with them exchanged back
    protected override Grads Backward(Tensor dy) => dy.Transpose(i, j);
}

internal sealed class Permute(Tensor x, int[] order) : Node(x)
{
    // y = x in another order of dimensions   ⇒   dx = dy in the inverse order
    protected override Grads Backward(Tensor dy)
    {
        var inverse = new int[order.Length];
        for (int i = 0; i < order.Length; i++) inverse[order[i]] = i;
        return dy.Permute(inverse);
    }
}
