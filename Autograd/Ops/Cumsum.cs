using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>Running sums along a dimension; truth values and integers are summed as Int64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor Cumsum(int dim, DType? dtype = null)
    {
        var x = To(dtype ?? (DType.IsFloat() ? DType : DType.Int64));
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Cumsum");
        var y = Scanned<Sum.Fold>(x, dim);
        return Recording(x) ? y.Record(new Cumsum(x, dim)) : y;
    }

    /// <inheritdoc cref="Cumsum"/>
    public Tensor Cumsum_(int dim) => Become(Cumsum(dim, DType), Change.Cumsum_);

    /// <summary>Running products along a dimension; truth values and integers are multiplied as Int64. Exact with zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor Cumprod(int dim, DType? dtype = null)
    {
        var x = To(dtype ?? (DType.IsFloat() ? DType : DType.Int64));
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Cumprod");
        var y = Scanned<Prod.Fold>(x, dim);
        return Recording(x) ? y.Record(new Cumprod(x, dim)) : y;
    }

    private static Tensor Scanned<TFold>(Tensor x, int dim)
        where TFold : struct, IFold
    {
        var y = new Tensor(x.Shape, x.DType);
        var (dense, outer, n, inner) = Reduction.Along(x.Contiguous(), dim);
        Dispatch.Numbers(x.DType, new ScanKernel<TFold>(dense, y, outer, n, inner), dense, y);
        return y;
    }

    private readonly struct ScanKernel<TFold>(Tensor x, Tensor y, int outer, int n, int inner) : INumberKernel
        where TFold : struct, IFold
    {
        void INumberKernel.Run<T>()
            => Scan.Run<TFold, T>(ref x.First<T>(), ref y.First<T>(), outer, n, inner);
    }

    /// <summary>The masked dimensions joined into one behind the others: <c>[outer, n]</c>, and the way back.</summary>
    internal Tensor Flattened(Dims mask, out Func<Tensor, Tensor> restore)
    {
        int[] order = [.. Enumerable.Range(0, Ndim).Where(d => !mask[d]), .. Enumerable.Range(0, Ndim).Where(d => mask[d])];
        int[] back = [.. Enumerable.Range(0, Ndim).Select(d => Array.IndexOf(order, d))];
        var moved = Permute(order);
        var shape = moved.Shape;
        restore = flat => flat.Reshape(shape).Permute(back);
        int n = Reduction.Folded(Shape, mask);
        return moved.Reshape(n == 0 ? 0 : Count / n, n);
    }
}

internal sealed class Cumsum(Tensor x, int dim) : Node(x)
{
    // yᵢ = Σ xⱼ over j ≤ i   ⇒   dxⱼ = Σ dyᵢ over i ≥ j: the running sum from the end
    protected override Grads Backward(Tensor dy) => dy.Flip(dim).Cumsum(dim).Flip(dim);
}

internal sealed class Cumprod : Node
{
    private readonly int dim;

    internal Cumprod(Tensor x, int dim)
        : base(x)
    {
        this.dim = dim;
        Save(x);
    }

    // yᵢ = Π xⱼ over j ≤ i   ⇒   dxₖ = Σ dyᵢ · Π xⱼ (j ≤ i, j ≠ k) over i ≥ k. Written for each k with xₖ replaced by 1: no division, so
    // zeros are exact, at the price of n passes.
    protected override Grads Backward(Tensor dy)
    {
        if (A.Ndim == 0 || A.Numel() == 0) return dy;
        int n = A.Size(dim);
        var parts = new Tensor[n];
        for (int k = 0; k < n; k++)
        {
            var x = A.Narrow(dim, k, n - k);
            var rest = Torch.Cat([Torch.Ones(A.Narrow(dim, 0, 1).Shape, A.DType), x.Narrow(dim, 1, n - k - 1)], dim).Cumprod(dim);
            if (k > 0) rest = rest * A.Narrow(dim, 0, k).Prod(dim, keepdim: true);
            parts[k] = (dy.Narrow(dim, k, n - k) * rest).Sum(dim, keepdim: true);
        }
        return Torch.Cat(parts, dim);
    }
}
