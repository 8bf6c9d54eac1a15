using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>
    /// Matrix product: <c>[n, k] · [k, m] → [n, m]</c>. A vector on the left is a row, on the right a column, and its dimension disappears:
    /// <c>[k] · [k] → []</c>, <c>[n, k] · [k] → [n]</c>, <c>[k] · [k, m] → [m]</c>. More dimensions in front are batches, which broadcast.
    /// </summary>
    /// <exception cref="ArgumentException">An operand is 0-dim, the inner dimensions differ, the batches do not broadcast, or the dtypes differ.</exception>
    public Tensor Matmul(Tensor other)
    {
        CheckMatmul(this, other, "Matmul");
        if (Ndim == 2 && other.Ndim == 2) return Product(other);
        if (Ndim == 1 && other.Ndim == 1) return Unsqueeze(0).Mm(other.Unsqueeze(1)).Reshape();
        if (Ndim == 1) return Unsqueeze(0).Matmul(other).Squeeze(-2);
        if (other.Ndim == 1) return Matmul(other.Unsqueeze(1)).Squeeze(-1);
        if (other.Ndim == 2) return Reshape(Rows(this), Shape[^1]).Mm(other).Reshape([.. Shape.Span[..^1], other.Shape[1]]);

        var batch = MiniTorch.Shape.Broadcast(Shape.Span[..^2].ToArray(), other.Shape.Span[..^2].ToArray(), "Matmul");
        int count = (int)batch.Numel();
        var a = Expand([.. batch.Span, .. Shape.Span[^2..]]).Reshape(count, Shape[^2], Shape[^1]);
        var b = other.Expand([.. batch.Span, .. other.Shape.Span[^2..]]).Reshape(count, other.Shape[^2], other.Shape[^1]);
        return a.Bmm(b).Reshape([.. batch.Span, Shape[^2], other.Shape[^1]]);
    }

    private static int Rows(Tensor x)
    {
        int n = 1;
        foreach (int d in x.Shape.Span[..^1]) n *= d;
        return n;
    }

    /// <summary>Product of two matrices: <c>[n, k] · [k, m] → [n, m]</c>.</summary>
    /// <exception cref="ArgumentException">An operand is no matrix, the inner dimensions or the dtypes differ.</exception>
    public Tensor Mm(Tensor other)
    {
        CheckMatmul(this, other, "Mm", 2, 2);
        return Product(other);
    }

    /// <summary><see cref="Mm"/> of matrices that are known to fit.</summary>
    internal Tensor Product(Tensor other)
    {
        var y = MatrixProduct.Run(this, other);
        return Recording(this, other) ? y.Record(new Matmul(this, other)) : y;
    }

    /// <summary>Products of two batches of matrices: <c>[b, n, k] · [b, k, m] → [b, n, m]</c>.</summary>
    /// <exception cref="ArgumentException">An operand is no batch of matrices, the batches, the inner dimensions or the dtypes differ.</exception>
    public Tensor Bmm(Tensor other)
    {
        CheckMatmul(this, other, "Bmm", 3, 3);
        if (Shape[0] != other.Shape[0]) throw new ArgumentException($"Bmm: {Shape} and {other.Shape} are batches of different size, {Shape[0]} and {other.Shape[0]}.", nameof(other));
        var y = MatrixProduct.Run(this, other);
        return Recording(this, other) ? y.Record(new Bmm(this, other)) : y;
    }

    /// <summary>Product of a matrix and a vector: <c>[n, k] · [k] → [n]</c>.</summary>
    /// <exception cref="ArgumentException">The operands are no matrix and vector, the inner dimensions or the dtypes differ.</exception>
    public Tensor Mv(Tensor vec)
    {
        CheckMatmul(this, vec, "Mv", 2, 1);
        return Matmul(vec);
    }

    /// <summary>Scalar product of two vectors: <c>[k] · [k] → []</c>.</summary>
    /// <exception cref="ArgumentException">An operand is no vector, the lengths or the dtypes differ.</exception>
    public Tensor Dot(Tensor other)
    {
        CheckMatmul(this, other, "Dot", 1, 1);
        return Matmul(other);
    }

    /// <summary>All products of the elements of two vectors: <c>[n], [m] → [n, m]</c>.</summary>
    /// <exception cref="ArgumentException">An operand is no vector.</exception>
    public Tensor Outer(Tensor vec2)
    {
        if (Ndim != 1 || vec2.Ndim != 1) throw new ArgumentException($"Outer: expected two vectors, got shapes {Shape} and {vec2.Shape}.  Use Flatten() first.", nameof(vec2));
        return Unsqueeze(1) * vec2;
    }

    /// <summary>β·x + α·(a · b), x broadcast to the product. With β = 0, x is not read: its NaN does not matter.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Addmm(Tensor mat1, Tensor mat2, double beta = 1, double alpha = 1)
    {
        var product = mat1.Mm(mat2);
        if (alpha != 1) product *= alpha;
        if (MiniTorch.Shape.Broadcast(Shape, product.Shape, "Addmm") != product.Shape)
            throw new ArgumentException($"Addmm: {Shape} cannot be stretched to the {product.Shape} of the product.");
        return beta == 0 ? OverwrittenBy(product) : (beta == 1 ? this : this * beta) + product;
    }

    /// <inheritdoc cref="Addmm"/>
    public Tensor Addmm_(Tensor mat1, Tensor mat2, double beta = 1, double alpha = 1) => Become(Addmm(mat1, mat2, beta, alpha), Change.Addmm_);

    /// <summary>The product with a transposed matrix: <c>[n, k] · [m, k]ᵀ → [n, m]</c>. The transpose is made only where a graph is.</summary>
    internal Tensor MmT(Tensor other) => Recording(this, other) ? Mm(other.T) : MatrixProduct.Run(this, other, transposeB: true);

    /// <summary>The product of this matrix, transposed: <c>[k, n]ᵀ · [k, m] → [n, m]</c>.</summary>
    internal Tensor TMm(Tensor other) => Recording(this, other) ? T.Mm(other) : MatrixProduct.Run(this, other, transposeA: true);

    private static void CheckMatmul(Tensor a, Tensor b, string op, int ndimA = 0, int ndimB = 0)
    {
        if (ndimA > 0 && (a.Ndim != ndimA || b.Ndim != ndimB))
            throw new ArgumentException($"{op}: expected {Kind(ndimA)} and {Kind(ndimB)}, got shapes {a.Shape} and {b.Shape}.  Matmul takes all ranks.", nameof(b));
        if (a.Ndim == 0 || b.Ndim == 0)
            throw new ArgumentException($"{op}: cannot multiply {a.Shape} by {b.Shape}: a 0-dim tensor is no matrix.  Use * for a product with a number.", nameof(b));
        if (a.DType != b.DType)
            throw new ArgumentException($"{op}: the operands have different dtypes, {a.DType} and {b.DType}.  Convert one with .To(DType.{(a.DType > b.DType ? a : b).DType}).", nameof(b));
        if (a.DType == DType.Bool) throw Errors.DType(op, DType.Bool, "numbers");
        int k = a.Shape[^1], l = b.Ndim == 1 ? b.Shape[0] : b.Shape[^2];
        if (k != l)
            throw new ArgumentException($"{op}: cannot multiply {a.Shape} by {b.Shape}: inner dimensions {k} and {l} differ.{MatmulHint(a, b, l)}", nameof(b));
        for (int i = 3; i <= Math.Min(a.Ndim, b.Ndim); i++)
            if (a.Shape[^i] != b.Shape[^i] && a.Shape[^i] != 1 && b.Shape[^i] != 1)
                throw new ArgumentException($"{op}: cannot multiply {a.Shape} by {b.Shape}: {a.Shape[^i]} matrices by {b.Shape[^i]}, and neither is 1.", nameof(b));

        static string Kind(int ndim) => ndim switch { 1 => "a vector", 2 => "a matrix", _ => "a batch of matrices" };
    }

    private static string MatmulHint(Tensor a, Tensor b, int l)
    {
        int tail = 1;
        for (int i = a.Ndim - 1; i > 0; i--)
        {
            tail *= a.Shape[i];
            if (tail == l && i < a.Ndim - 1 && b.Ndim == 2)
            {
                string flat = Shape.Text([.. a.Shape.Span[..i], l]), y = Shape.Text([.. a.Shape.Span[..i], b.Shape[1]]);
                return $"{Environment.NewLine}        Did you mean x.Flatten({i})?  {flat} · {b.Shape} → {y}";
            }
        }
        if (b.Ndim == 2 && b.Shape[1] == a.Shape[^1])
            return $"{Environment.NewLine}        Did you mean the transpose, b.T?  {a.Shape} · {b.T.Shape} → {Shape.Text([.. a.Shape.Span[..^1], b.Shape[0]])}";
        if (a.Ndim == 2 && a.Shape[0] == l)
            return $"{Environment.NewLine}        Did you mean the transpose, a.T?  {a.T.Shape} · {b.Shape} → {Shape.Text([a.Shape[1], .. b.Shape.Span[1..]])}";
        return "";
    }
}

internal sealed class Matmul : Node
{
    internal Matmul(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(b.RequiresGrad ? a : null);
        Save(a.RequiresGrad ? b : null);
    }

    // y = a·b   ⇒   da = dy·bᵀ,   db = aᵀ·dy
    protected override Grads Backward(Tensor dy) => [NeedsA ? dy.MmT(B) : null, NeedsB ? A.TMm(dy) : null];
}

internal sealed class Bmm : Node
{
    internal Bmm(Tensor a, Tensor b)
        : base(a, b)
    {
        Save(b.RequiresGrad ? a : null);
        Save(a.RequiresGrad ? b : null);
    }

    // y = a·b for every matrix of the batch   ⇒   da = dy·bᵀ,   db = aᵀ·dy
    protected override Grads Backward(Tensor dy) => [NeedsA ? dy.Bmm(B.MT) : null, NeedsB ? A.MT.Bmm(dy) : null];
}

/// <summary>From tensors to the matrix product: any strides go in, a row-major result comes out.</summary>
internal static class MatrixProduct
{
    /// <summary>a·b, either of them transposed if told so, and the vector <paramref name="bias"/>, if there is one, added to every row.</summary>
    internal static Tensor Run(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false, Tensor? bias = null)
    {
        int m = a.Shape[transposeA ? ^1 : ^2], n = b.Shape[transposeB ? ^2 : ^1];
        var y = Tensor.New(a.Ndim == 2 ? [m, n] : [a.Shape[0], m, n], a.DType);
        if (bias is not null && !bias.IsContiguous()) bias = bias.Detach().Contiguous();
        Dispatch.Numbers(a.DType, new Kernel(a, transposeA, b, transposeB, bias, y), a, b, bias, y);
        return y;
    }

    private readonly struct Kernel(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor? bias, Tensor y) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            int m = y.Shape[^2], n = y.Shape[^1], k = a.Shape[transposeA ? ^2 : ^1];
            if (m == 0 || n == 0) return;
            var py = y.Flat<T>();
            var row = bias is null ? default : bias.Flat<T>();
            if (k == 0)
            {
                Gemm.Run(py.Length / n, n, 0, default, 0, 0, default, 0, 0, py, n, accumulate: false, row);         // sums of nothing, and the bias
                return;
            }
            var (stepA, rowA, colA) = Steps(a, transposeA);
            var (stepB, rowB, colB) = Steps(b, transposeB);
            ReadOnlySpan<T> pa = a.Rest<T>(), pb = b.Rest<T>();
            if (y.Ndim == 2) Gemm.Run(m, n, k, pa, rowA, colA, pb, rowB, colB, py, n, accumulate: false, row);
            else Gemm.RunBatch(y.Shape[0], m, n, k, pa, stepA, rowA, colA, pb, stepB, rowB, colB, py, m * n, n, accumulate: false, row);
        }

        /// <summary>How far it is to the next matrix, row and column.</summary>
        private static (int Matrix, int Row, int Column) Steps(Tensor x, bool transpose)
        {
            var (matrix, row, column) = x.IsContiguous()
                ? (x.Shape[^2] * x.Shape[^1], x.Shape[^1], 1)
                : (x.Strides[0], x.Strides[^2], x.Strides[^1]);
            return transpose ? (matrix, column, row) : (matrix, row, column);
        }
    }
}
