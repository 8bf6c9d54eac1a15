using System.Numerics;

namespace MiniTorch.Kernels;

/// <summary>A matrix in memory: element (i, j) lies at i·<c>RowStep</c> + j·<c>ColumnStep</c>. The empty one stands for a matrix that is not there.</summary>
internal readonly ref struct Matrix<T>
    where T : unmanaged, INumberBase<T>
{
    private readonly Span<T> data;

    internal Matrix(Span<T> data, int rows, int columns, int rowStep, int columnStep = 1)
    {
        this.data = data;
        (Rows, Columns, RowStep, ColumnStep) = (rows, columns, rowStep, columnStep);
    }

    internal int Rows { get; }

    internal int Columns { get; }

    internal int RowStep { get; }

    internal int ColumnStep { get; }

    internal bool IsEmpty => data.IsEmpty;

    /// <summary>The transpose: the same memory, read the other way.</summary>
    internal Matrix<T> Transposed => new(data, Columns, Rows, ColumnStep, RowStep);

    /// <summary>One row of a matrix whose rows are dense.</summary>
    internal Span<T> Row(int i) => data.Slice(i * RowStep, Columns);

    /// <summary>Becomes a·b.</summary>
    internal void SetToProduct(Matrix<T> a, Matrix<T> b)
        => Gemm.Run(Rows, Columns, a.Columns, a.data, a.RowStep, a.ColumnStep, b.data, b.RowStep, b.ColumnStep, data, RowStep, accumulate: false);
}
