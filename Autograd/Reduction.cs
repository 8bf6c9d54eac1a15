using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>
/// From tensors to reductions: the dimensions that go are brought next to each other, so that a kernel sees a dense block
/// <c>[outer, n, inner]</c> and folds its middle. Nothing here is recorded.
/// </summary>
internal static class Reduction
{
    /// <summary>The dimensions that a call with these arguments reduces: all when none is named.</summary>
    internal static bool[] Mask(ReadOnlySpan<int> dims, int rank, string op)
    {
        var mask = new bool[rank];
        if (dims.IsEmpty) Array.Fill(mask, true);
        foreach (int dim in dims)
        {
            int d = Shape.Dim(dim, rank, op);
            if (rank == 0) continue;
            if (mask[d]) throw new ArgumentException($"{op}: dim {dim} appears twice in [{string.Join(", ", dims.ToArray())}].", nameof(dims));
            mask[d] = true;
        }
        return mask;
    }

    /// <summary>The shape that is left: reduced dimensions dropped, or kept with size 1.</summary>
    internal static Shape Left(Shape shape, bool[] mask, bool keepdim)
    {
        var left = new List<int>(shape.Length);
        for (int i = 0; i < shape.Length; i++)
            if (!mask[i]) left.Add(shape[i]);
            else if (keepdim) left.Add(1);
        return left.ToArray();
    }

    /// <summary>The number of elements that fold into one.</summary>
    internal static int Folded(Shape shape, bool[] mask)
    {
        int n = 1;
        for (int i = 0; i < shape.Length; i++)
            if (mask[i]) n *= shape[i];
        return n;
    }

    /// <summary>y = fold of x over the masked dimensions.</summary>
    internal static Tensor Fold<TFold>(Tensor x, bool[] mask, bool keepdim)
        where TFold : struct, IFold
    {
        var y = new Tensor(Left(x.Shape, mask, keepdim), x.DType);
        var (dense, outer, n, inner) = Block(x, mask);
        Dispatch.Numbers(x.DType, new FoldKernel<TFold>(dense, y, outer, n, inner), dense, y);
        return y;
    }

    private readonly struct FoldKernel<TFold>(Tensor x, Tensor y, int outer, int n, int inner) : INumberKernel
        where TFold : struct, IFold
    {
        void INumberKernel.Run<T>()
        {
            if (outer == 1 && inner == 1) y.First<T>() = Reduce.LongRow<TFold, T>(ref x.First<T>(), n);
            else Team.Run(outer, Math.Max(Runs.Grain / Math.Max(n * inner, 1), 1), new Folds<TFold, T>(ref x.First<T>(), ref y.First<T>(), n, inner));
        }
    }

    private readonly ref struct Folds<TFold, T>(ref T x, ref T y, int n, int inner) : IRange
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        private readonly ref T x = ref x, y = ref y;

        public void Run(int start, int count)
        {
            for (int o = start; o < start + count; o++)
            {
                ref T block = ref Unsafe.Add(ref x, (nint)o * n * inner);
                if (inner == 1) Unsafe.Add(ref y, o) = Reduce.Row<TFold, T>(ref block, n);
                else Reduce.Columns<TFold, T>(ref block, n, inner, ref Unsafe.Add(ref y, (nint)o * inner));
            }
        }
    }

    /// <summary>
    /// x as a dense block [outer, n, inner] whose middle is to be folded. No copy when x is dense and the masked dimensions are neighbours;
    /// else they are moved to the end first.
    /// </summary>
    internal static (Tensor Dense, int Outer, int N, int Inner) Block(Tensor x, bool[] mask)
    {
        int first = Array.IndexOf(mask, true), last = Array.LastIndexOf(mask, true);
        if (first < 0) return (x.Detach().Contiguous(), x.Count, 1, 1);

        bool neighbours = true;
        for (int i = first; i <= last; i++) neighbours &= mask[i] || x.Shape[i] == 1;
        if (!neighbours)
        {
            var order = new List<int>(x.Ndim);
            for (int i = 0; i < x.Ndim; i++)
                if (!mask[i]) order.Add(i);
            first = order.Count;
            for (int i = 0; i < x.Ndim; i++)
                if (mask[i]) order.Add(i);
            x = x.Detach().Permute([.. order]);
            last = x.Ndim - 1;
        }
        int outer = 1, n = 1, inner = 1;
        for (int i = 0; i < x.Ndim; i++)
            if (i < first) outer *= x.Shape[i];
            else if (i <= last) n *= x.Shape[i];
            else inner *= x.Shape[i];
        return (x.Detach().Contiguous(), outer, n, inner);
    }

    /// <summary>x as a dense block [outer, n, inner] around one dimension.</summary>
    internal static (Tensor Dense, int Outer, int N, int Inner) Along(Tensor x, int dim)
    {
        if (x.Ndim == 0) return (x.Detach(), 1, 1, 1);
        var mask = new bool[x.Ndim];
        mask[dim] = true;
        return Block(x, mask);
    }
}
