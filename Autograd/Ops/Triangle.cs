namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The upper triangle of a matrix or batch of matrices: what lies below the given diagonal is 0. Diagonal 1 is the one above the main one.</summary>
    /// <exception cref="ArgumentException">Fewer than two dimensions.</exception>
    public Tensor Triu(int diagonal = 0) => IsEmptyVector ? Clone() : Masked(Torch.Arange(Cols("Triu")).Sub(Torch.Arange(Shape[^2]).Unsqueeze(1)).Lt(diagonal));

    /// <summary>The lower triangle of a matrix or batch of matrices: what lies above the given diagonal is 0.</summary>
    /// <exception cref="ArgumentException">Fewer than two dimensions.</exception>
    public Tensor Tril(int diagonal = 0) => IsEmptyVector ? Clone() : Masked(Torch.Arange(Cols("Tril")).Sub(Torch.Arange(Shape[^2]).Unsqueeze(1)).Gt(diagonal));

    /// <inheritdoc cref="Triu"/>
    public Tensor Triu_(int diagonal = 0) => Become(Triu(diagonal), Change.Triu_);

    /// <inheritdoc cref="Tril"/>
    public Tensor Tril_(int diagonal = 0) => Become(Tril(diagonal), Change.Tril_);

    /// <summary>PyTorch takes it for a matrix without elements.</summary>
    private bool IsEmptyVector => Ndim == 1 && Count == 0;

    private Tensor Masked(Tensor outside) => MaskedFill(outside, false);

    private int Cols(string op) => Ndim >= 2 ? Shape[^1] : throw new ArgumentException($"{op}: a tensor of shape {Shape} is no matrix.");

    /// <summary>The diagonal of two dimensions, appended as the last; a view. Offset 1 is the one above the main one.</summary>
    /// <exception cref="ArgumentException">The two dimensions are the same, or out of range.</exception>
    public Tensor Diagonal(int offset = 0, int dim1 = 0, int dim2 = 1)
    {
        int i = MiniTorch.Shape.Dim(dim1, Ndim, "Diagonal"), j = MiniTorch.Shape.Dim(dim2, Ndim, "Diagonal");
        if (i == j) throw new ArgumentException($"Diagonal: the dimensions {dim1} and {dim2} are the same.", nameof(dim2));
        int length = Math.Max(Math.Min(Shape[i] - Math.Max(-offset, 0), Shape[j] - Math.Max(offset, 0)), 0);
        int start = length == 0 ? 0 : Math.Max(-offset, 0) * Strides[i] + Math.Max(offset, 0) * Strides[j];
        List<int> sizes = [], steps = [];
        for (int d = 0; d < Ndim; d++)
        {
            if (d == i || d == j) continue;
            sizes.Add(Shape[d]);
            steps.Add(Strides[d]);
        }
        var y = View([.. sizes, length], [.. steps, Strides[i] + Strides[j]], Offset + start);
        return Recording(this) ? y.Record(new Diagonal(this, offset, i, j)) : y;
    }

    /// <summary>Of a matrix its diagonal, as a copy; of a vector the matrix that has it as its diagonal.</summary>
    /// <exception cref="ArgumentException">Neither a vector nor a matrix.</exception>
    public Tensor Diag(int diagonal = 0)
    {
        if (Ndim == 2) return Diagonal(diagonal).Clone();
        if (Ndim != 1) throw new ArgumentException($"Diag: expected a vector or a matrix, got shape {Shape}.  Use Diagonal(offset, dim1, dim2) for more dimensions.");
        int n = Count + Math.Abs(diagonal);
        return DiagonalScatter.Into([n, n], this, diagonal, 0, 1);
    }

    /// <summary>The sum of the main diagonal of a matrix.</summary>
    /// <exception cref="ArgumentException">No matrix.</exception>
    public Tensor Trace() => Ndim == 2 ? Diagonal().Sum() : throw new ArgumentException($"Trace: a tensor of shape {Shape} is no matrix.");
}

public static partial class Torch
{
    /// <summary>Where the lower triangle of a matrix is: <c>[2, n]</c>, the rows of its elements above their columns, in row-major order.</summary>
    public static Tensor TrilIndices(int row, int col, int offset = 0, DType dtype = DType.Int64)
        => Ones([row, col], DType.Bool).Tril(offset).Nonzero().T.Contiguous().To(dtype);

    /// <summary>Where the upper triangle of a matrix is: <c>[2, n]</c>, the rows of its elements above their columns, in row-major order.</summary>
    public static Tensor TriuIndices(int row, int col, int offset = 0, DType dtype = DType.Int64)
        => Ones([row, col], DType.Bool).Triu(offset).Nonzero().T.Contiguous().To(dtype);
}

internal sealed class Diagonal(Tensor x, int offset, int i, int j) : Node(x)
{
    private readonly Shape shape = x.Shape;

    // y = the diagonal of x   ⇒   dx = 0, but dy on the diagonal
    protected override Grads Backward(Tensor dy) => DiagonalScatter.Into(shape, dy, offset, i, j);
}

/// <summary>Zeros with x on a diagonal: the derivative of taking the diagonal.</summary>
internal sealed class DiagonalScatter(Tensor x, int offset, int i, int j) : Node(x)
{
    internal static Tensor Into(Shape shape, Tensor x, int offset, int i, int j)
    {
        var y = new Tensor(shape, x.DType, zero: true);
        CopyKernel.Run(x, y.Detach().Diagonal(offset, i, j));
        return Tensor.Recording(x) ? y.Record(new DiagonalScatter(x, offset, i, j)) : y;
    }

    // y = 0, but x on a diagonal   ⇒   dx = that diagonal of dy
    protected override Grads Backward(Tensor dy) => dy.Diagonal(offset, i, j);
}
