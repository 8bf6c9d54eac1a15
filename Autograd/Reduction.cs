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
    internal static Dims Mask(ReadOnlySpan<int> dims, int rank, string op)
    {
        if (dims.IsEmpty) return Dims.First(rank);
        var mask = Dims.None;
        foreach (int dim in dims)
        {
            int d = Shape.Dim(dim, rank, op);
            if (rank == 0) continue;
            if (mask[d]) throw new ArgumentException($"{op}: dim {dim} appears twice in [{string.Join(", ", dims.ToArray())}].", nameof(dims));
            mask = mask.With(d);
        }
        return mask;
    }

    /// <summary>The shape that is left: reduced dimensions dropped, or kept with size 1.</summary>
    internal static Shape Left(Shape shape, Dims mask, bool keepdim)
    {
        if (!keepdim && mask.IsAllOf(shape.Length)) return default;
        Span<int> left = stackalloc int[shape.Length];
        int n = 0;
        for (int i = 0; i < shape.Length; i++)
            if (!mask[i]) left[n++] = shape[i];
            else if (keepdim) left[n++] = 1;
        return Shape.Create(left[..n]);
    }

    /// <summary>The number of elements that fold into one.</summary>
    internal static int Folded(Shape shape, Dims mask)
    {
        int n = 1;
        for (int i = 0; i < shape.Length; i++)
            if (mask[i]) n *= shape[i];
        return n;
    }

    /// <summary>y = fold of x over the masked dimensions.</summary>
    internal static Tensor Fold<TFold>(Tensor x, Dims mask, bool keepdim)
        where TFold : struct, IFold
        => Fold<TFold>(x, mask, Left(x.Shape, mask, keepdim));

    /// <summary>y = fold of x over the masked dimensions, under a shape that has the rest of them and perhaps some of size 1.</summary>
    internal static Tensor Fold<TFold>(Tensor x, Dims mask, Shape shape)
        where TFold : struct, IFold
    {
        var y = Tensor.New(shape, x.DType);
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
            else if (outer == 1) Reduce.Columns<TFold, T>(ref x.First<T>(), n, inner, ref y.First<T>());
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
    internal static (Tensor Dense, int Outer, int N, int Inner) Block(Tensor x, Dims mask)
    {
        if (mask.IsEmpty) return (Dense(x), x.Count, 1, 1);
        if (mask.IsAllOf(x.Ndim)) return (Dense(x), 1, x.Count, 1);
        var (first, last) = (mask.Lowest, mask.Highest);
        bool neighbours = true;
        for (int i = first; i <= last; i++) neighbours &= mask[i] || x.Shape[i] == 1;
        if (!neighbours) (x, first, last) = Gathered(x, mask);
        int outer = 1, n = 1, inner = 1;
        for (int i = 0; i < x.Ndim; i++)
            if (i < first) outer *= x.Shape[i];
            else if (i <= last) n *= x.Shape[i];
            else inner *= x.Shape[i];
        return (Dense(x), outer, n, inner);
    }

    /// <summary>The masked dimensions moved to the end, and where they are then. (On its own, because of what a lambda captures is made at the beginning of a method.)</summary>
    private static (Tensor X, int First, int Last) Gathered(Tensor x, Dims mask)
    {
        int[] rest = [.. Enumerable.Range(0, x.Ndim).Where(d => !mask[d])];
        return (x.Detach().Permute([.. rest, .. Enumerable.Range(0, x.Ndim).Where(d => mask[d])]), rest.Length, x.Ndim - 1);
    }

    /// <summary>x as a dense block [outer, n, inner] around one dimension.</summary>
    internal static (Tensor Dense, int Outer, int N, int Inner) Along(Tensor x, int dim)
        => x.Ndim == 0 ? (x.Detach(), 1, 1, 1) : Block(x, Dims.None.With(dim));

    private static Tensor Dense(Tensor x) => x.IsContiguous() ? x : x.Detach().Contiguous();
}

/// <summary>Some of the dimensions of a tensor.</summary>
internal readonly struct Dims
{
    private const int Most = 64;
    private readonly ulong bits;

    private Dims(ulong bits) => this.bits = bits;

    internal static Dims None => default;

    /// <summary>The first <paramref name="rank"/> dimensions, which is all of a tensor with as many.</summary>
    internal static Dims First(int rank) => rank == 0 ? default : new(ulong.MaxValue >> Most - Checked(rank));

    internal bool IsEmpty => bits == 0;

    /// <summary>Whether these are all dimensions of a tensor with so many: never of one with more than can be named here.</summary>
    internal bool IsAllOf(int rank) => rank <= Most && bits == First(rank).bits;

    internal int Lowest => BitOperations.TrailingZeroCount(bits);

    internal int Highest => BitOperations.Log2(bits);

    internal bool this[int dim] => (bits >> dim & 1) != 0 && dim < Most;

    internal Dims With(int dim) => new(bits | 1UL << Checked(dim + 1) - 1);

    /// <summary>The dimensions in their order.</summary>
    internal int[] ToArray()
    {
        var (left, dims) = (bits, new int[BitOperations.PopCount(bits)]);
        for (int i = 0; i < dims.Length; i++, left &= left - 1) dims[i] = BitOperations.TrailingZeroCount(left);
        return dims;
    }

    private static int Checked(int rank) => rank <= Most ? rank : throw new ArgumentException($"only the first {Most} dimensions of a tensor can be reduced, as in PyTorch.");
}
