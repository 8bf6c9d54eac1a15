using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The elements in order along a dimension, and where they were. Stable; NaN comes last (descending: first).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public ValuesIndices Sort(int dim = -1, bool descending = false)
    {
        var order = Argsort(dim, descending);
        return new(Ndim == 0 ? Clone() : Gather(MiniTorch.Shape.Dim(dim, Ndim, "Sort"), order), order);
    }

    /// <summary>The indices that put a dimension in order. Stable; NaN comes last (descending: first).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor Argsort(int dim = -1, bool descending = false)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Argsort");
        if (Ndim == 0) return Torch.Zeros([], DType.Int64);
        var x = Detach().Transpose(dim, -1).Contiguous();
        var y = new Tensor(x.Shape, DType.Int64);
        Dispatch.Numbers(DType, new SortKernel(x, y, descending), x, y);
        return y.Transpose(dim, -1).Contiguous();
    }

    /// <summary>The k largest (or smallest) elements along a dimension in order, and where they were.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range, or k is larger than it.</exception>
    public ValuesIndices Topk(int k, int dim = -1, bool largest = true)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "Topk");
        int n = Ndim == 0 ? 1 : Shape[dim];
        if (k < 0 || k > n) throw new ArgumentOutOfRangeException(nameof(k), k, $"Topk: k = {k} is out of range for dimension {dim} of {Shape}, which has size {n}.");
        if (Ndim == 0) return Sort();
        var order = Argsort(dim, largest).Narrow(dim, 0, k).Contiguous();
        return new(Gather(dim, order), order);
    }

    /// <summary>The indices of the elements that are not 0, one per row: <c>[n, rank]</c>, in row-major order.</summary>
    public Tensor Nonzero()
    {
        bool[] set = To(DType.Bool).ToArray<bool>();
        var rows = new List<long>();
        int[] strides = MiniTorch.Shape.Strides(Shape.Span);
        int n = 0;
        for (int i = 0; i < set.Length; i++)
        {
            if (!set[i]) continue;
            n++;
            for (int d = 0; d < Ndim; d++) rows.Add(i / strides[d] % Shape[d]);
        }
        return Torch.FromArray<long>(rows.ToArray(), [n, Ndim]);
    }

    /// <summary>The indices of the elements that are not 0, with <paramref name="asTuple"/> as one vector per dimension, as <c>x[…]</c> takes them.</summary>
    public Tensor[] Nonzero(bool asTuple) => !asTuple ? [Nonzero()] : Ndim == 0 ? Reshape(1).Nonzero(true) : Nonzero().Unbind(1);

    /// <summary>How often each of 0, 1, 2, … occurs in a vector of integers; with weights, their sums instead.</summary>
    /// <exception cref="ArgumentException">No vector of integers, a negative value, or weights of another shape.</exception>
    public Tensor Bincount(Tensor? weights = null, int minlength = 0)
    {
        if (Ndim != 1 || DType.IsFloat() || DType == DType.Bool) throw new ArgumentException($"Bincount: expected a vector of integers, got {DType} {Shape}.");
        if (Count > 0 && Min().Item<long>() < 0) throw new ArgumentException("Bincount: there are negative values.");
        if (weights is not null && weights.Shape != Shape) throw new ArgumentException($"Bincount: weights {weights.Shape} for values {Shape}.", nameof(weights));
        int n = Math.Max(minlength, Count == 0 ? 0 : (int)Max().Item<long>() + 1);
        var ones = weights is null ? Torch.Ones(Shape, DType.Int64) : weights.DType.IsFloat() ? weights.Detach() : weights.To(DType.Float64);
        return Torch.Zeros([n], ones.DType).ScatterAdd(0, To(DType.Int64), ones);
    }

    private readonly struct SortKernel(Tensor x, Tensor y, bool descending) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            int n = x.Shape[^1];
            if (n == 0) return;
            ReadOnlySpan<T> values = x.Flat<T>();
            var order = y.Flat<long>();
            var keys = new T[n];
            for (int row = 0; row < order.Length; row += n)
            {
                values.Slice(row, n).CopyTo(keys);
                var part = order.Slice(row, n);
                for (int i = 0; i < n; i++) part[i] = i;
                bool down = descending;
                part.Sort((p, q) =>
                {
                    T a = keys[p], b = keys[q];
                    int c = T.IsNaN(a) ? T.IsNaN(b) ? 0 : 1 : T.IsNaN(b) ? -1 : a.CompareTo(b);
                    return c == 0 ? p.CompareTo(q) : down ? -c : c;
                });
            }
        }
    }
}
