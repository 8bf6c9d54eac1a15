using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>
    /// Elements picked along a dimension: <c>y[i, j] = x[index[i, j], j]</c> for dim 0. The result has the shape of the index, which may be
    /// smaller than x in the other dimensions.
    /// </summary>
    /// <exception cref="ArgumentException">The index is no Int64 tensor of as many dimensions, is larger than x elsewhere, or holds an index out of range.</exception>
    public Tensor Gather(int dim, Tensor index) => Gathered(dim, index, "Gather");

    private Tensor Gathered(int dim, Tensor index, string op)
    {
        dim = CheckIndex(dim, index, Shape, op);
        var y = new Tensor(index.Shape, DType);
        Dispatch.Numbers(DType, new GatherKernel(this, index, y, dim), this, index, y);
        return Recording(this) ? y.Record(new Gather(this, index, dim)) : y;
    }

    /// <summary>A copy in which values are placed along a dimension: <c>y[index[i, j], j] = src[i, j]</c> for dim 0. Of values for one place, the last wins.</summary>
    /// <exception cref="ArgumentException">The index does not fit x or src, or holds an index out of range; the dtypes differ.</exception>
    public Tensor Scatter(int dim, Tensor index, Tensor src)
    {
        dim = CheckScatter(dim, index, src, "Scatter");
        var y = Detach().Clone();
        Dispatch.Numbers(DType, new ScatterKernel(src, index, y, dim, Add: false), src, index, y);
        return Recording(this, src) ? y.Record(new Scatter(this, index, src, dim)) : y;
    }

    /// <summary>A copy in which a number is placed along a dimension.</summary>
    /// <exception cref="ArgumentException">The index does not fit x, or holds an index out of range.</exception>
    public Tensor Scatter(int dim, Tensor index, Scalar value) => Scatter(dim, index, Torch.Number(value, DType).Expand(index.Shape));

    /// <summary>A copy to which values are added along a dimension: <c>y[index[i, j], j] += src[i, j]</c> for dim 0.</summary>
    /// <exception cref="ArgumentException">The index does not fit x or src, or holds an index out of range; the dtypes differ.</exception>
    public Tensor ScatterAdd(int dim, Tensor index, Tensor src) => ScatteredSum(dim, index, src, "ScatterAdd");

    private Tensor ScatteredSum(int dim, Tensor index, Tensor src, string op)
    {
        dim = CheckScatter(dim, index, src, op);
        var y = Detach().Clone();
        Dispatch.Numbers(DType, new ScatterKernel(src, index, y, dim, Add: true), src, index, y);
        return Recording(this, src) ? y.Record(new ScatterAdd(this, index, src, dim)) : y;
    }

    /// <inheritdoc cref="Scatter(int, Tensor, Tensor)"/>
    public Tensor Scatter_(int dim, Tensor index, Tensor src) => Become(Scatter(dim, index, src), Change.Scatter_);

    /// <inheritdoc cref="Scatter(int, Tensor, Scalar)"/>
    public Tensor Scatter_(int dim, Tensor index, Scalar value) => Become(Scatter(dim, index, value), Change.Scatter_);

    /// <inheritdoc cref="ScatterAdd"/>
    public Tensor ScatterAdd_(int dim, Tensor index, Tensor src) => Become(ScatterAdd(dim, index, src), Change.ScatterAdd_);

    /// <summary>Slices of a dimension by their indices: <c>[n, …] → [k, …]</c> for a vector of k indices and dim 0.</summary>
    /// <exception cref="ArgumentException">The index is no vector of integers, or out of range.</exception>
    public Tensor IndexSelect(int dim, Tensor index)
    {
        if (index.Ndim > 1) throw new ArgumentException($"IndexSelect: the index must be a vector, got shape {index.Shape}.  Use x[index] for an index with more dimensions.", nameof(index));
        dim = MiniTorch.Shape.Dim(dim, Ndim, "IndexSelect");
        if (Ndim == 0) return Reshape(1).IndexSelect(0, index).Reshape();
        return Gathered(dim, Spread(index, dim), "IndexSelect");
    }

    /// <summary>A copy to which slices of <paramref name="source"/> are added at the given indices of a dimension.</summary>
    /// <exception cref="ArgumentException">The index is no vector of integers, is out of range, or the source does not fit.</exception>
    public Tensor IndexAdd(int dim, Tensor index, Tensor source, double alpha = 1)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "IndexAdd");
        if (Ndim == 0) return Reshape(1).IndexAdd(0, index, source.Ndim == 0 ? source.Reshape(1) : source, alpha).Reshape([]);
        return ScatteredSum(dim, Spread(index, dim), alpha == 1 ? source : source * alpha, "IndexAdd");
    }

    /// <inheritdoc cref="IndexAdd"/>
    public Tensor IndexAdd_(int dim, Tensor index, Tensor source, double alpha = 1) => Become(IndexAdd(dim, index, source, alpha), Change.IndexAdd_);

    /// <summary>Elements picked along a dimension by indices that broadcast against x, as <see cref="Argmax"/> with keepdim or a sort gives them.</summary>
    /// <exception cref="ArgumentException">The index has another number of dimensions, does not broadcast, or is out of range.</exception>
    public Tensor TakeAlongDim(Tensor indices, int dim)
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, "TakeAlongDim");
        if (indices.Ndim != Ndim) throw new ArgumentException($"TakeAlongDim: the indices {indices.Shape} must have as many dimensions as {Shape}.", nameof(indices));
        int[] a = Shape.ToArray(), b = indices.Shape.ToArray();
        a[dim] = b[dim] = 1;
        var common = MiniTorch.Shape.Broadcast(a, b, "TakeAlongDim").ToArray();
        int[] x = [.. common], i = [.. common];
        (x[dim], i[dim]) = (Shape[dim], indices.Shape[dim]);
        return Expand(x).Gathered(dim, indices.Expand(i), "TakeAlongDim");
    }

    /// <summary>The elements where the mask is set, in row-major order, as a vector; mask and tensor broadcast.</summary>
    /// <exception cref="ArgumentException">The mask is not Bool, or does not broadcast.</exception>
    public Tensor MaskedSelect(Tensor mask)
    {
        if (mask.DType != DType.Bool) throw Errors.DType("MaskedSelect", mask.DType, "a Bool mask");
        var shape = MiniTorch.Shape.Broadcast(Shape, mask.Shape, "MaskedSelect");
        return Expand(shape).Reshape((int)shape.Numel()).IndexSelect(0, mask.Expand(shape).Reshape((int)shape.Numel()).Nonzero().Select(1, 0));
    }

    /// <summary>A vector of indices, one per slice, stretched over the slices.</summary>
    private Tensor Spread(Tensor index, int dim)
    {
        int[] column = new int[Ndim], full = Shape.ToArray();
        Array.Fill(column, 1);
        column[dim] = full[dim] = index.Count;
        return index.To(DType.Int64).Reshape(column).Expand(full);
    }

    private int CheckScatter(int dim, Tensor index, Tensor src, string op)
    {
        if (src.DType != DType) throw new ArgumentException($"{op}: values of {src.DType} do not fit a tensor of {DType}.  Convert them with .To(DType.{DType}).", nameof(src));
        bool fits = src.Ndim == index.Ndim;
        for (int d = 0; d < index.Ndim && fits; d++) fits = index.Shape[d] <= src.Shape[d];
        if (!fits) throw new ArgumentException($"{op}: the index {index.Shape} reaches beyond the values {src.Shape}.", nameof(index));
        return CheckIndex(dim, index, Shape, op);
    }

    private static int CheckIndex(int dim, Tensor index, Shape shape, string op)
    {
        dim = MiniTorch.Shape.Dim(dim, shape.Length, op);
        if (index.DType != DType.Int64) throw Errors.DType(op, index.DType, "an index of DType.Int64");
        if (index.Count == 0) return dim;
        bool fits = Math.Max(index.Ndim, 1) == Math.Max(shape.Length, 1);
        for (int d = 0; d < index.Ndim && d < shape.Length && fits; d++) fits = d == dim || index.Shape[d] <= shape[d];
        if (!fits) throw new ArgumentException($"{op}: an index of shape {index.Shape} does not fit {shape}: it needs as many dimensions, and may not be larger in those other than {dim}.", nameof(index));
        CheckRange(index, shape.Length == 0 ? 1 : shape[dim], dim, op);
        return dim;
    }

    /// <summary>Refuses an index outside of [0, size): a kernel must never read elsewhere.</summary>
    internal static void CheckRange(Tensor index, int size, int dim, string op)
    {
        if (index.Count == 0) return;
        using (GradMode.Off())
        {
            for (int d = 0; d < index.Ndim; d++)
                if (index.Strides[d] == 0) index = index.Narrow(d, 0, 1);             // expanded: IndexSelect has one index per row, not per element
            long low = index.Min().Item<long>(), high = index.Max().Item<long>();
            if (low < 0 || high >= size)
                throw new ArgumentOutOfRangeException(nameof(index), low < 0 ? low : high, $"{op}: index {(low < 0 ? low : high)} is out of range for dimension {dim}, which has size {size}.");
        }
    }

    private readonly struct GatherKernel(Tensor x, Tensor index, Tensor y, int dim) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            int rank = index.Ndim;
            ref long pi = ref index.First<long>();
            ref T px = ref x.First<T>(), py = ref y.First<T>();
            int[] sx = x.Ndim == 0 ? new int[rank] : x.Strides.ToArray();
            int along = x.Ndim == 0 ? 0 : sx[dim];                                     // a 0-dim index picks from a vector
            if (WholeRows())
            {
                Indexed.GatherRows(ref pi, index.Strides[0], ref px, x.Count, ref py, index.Shape[0], along);
                return;
            }
            if (rank > 0) sx[dim] = 0;
            Span<int> scratch = stackalloc int[Odometer.Scratch(rank)];
            var o = new Odometer(scratch, index.Shape.Span, y.Strides, index.Strides, rank == 0 ? default : sx);
            if (o.Length == 0) return;
            do Indexed.Gather(ref Unsafe.Add(ref pi, o.A), o.StepA, ref Unsafe.Add(ref px, o.B), o.StepB, along, ref Unsafe.Add(ref py, o.Y), o.StepY, o.Length);
            while (o.Next());
        }

        private bool WholeRows()
        {
            if (dim != 0 || index.Ndim < 2 || !x.IsContiguous()) return false;
            for (int d = 1; d < index.Ndim; d++)
                if (index.Strides[d] != 0 || index.Shape[d] != x.Shape[d]) return false;
            return true;
        }
    }

    private readonly struct ScatterKernel(Tensor src, Tensor index, Tensor y, int dim, bool Add) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            int rank = index.Ndim;
            ref long pi = ref index.First<long>();
            ref T ps = ref src.First<T>(), py = ref y.First<T>();
            int[] sy = y.Ndim == 0 ? new int[rank] : y.Strides.ToArray();
            int along = y.Ndim == 0 ? 0 : sy[dim];
            if (rank > 0) sy[dim] = 0;
            Span<int> scratch = stackalloc int[Odometer.Scratch(rank)];
            var o = new Odometer(scratch, index.Shape.Span, rank == 0 ? default : sy, index.Strides, src.Strides);
            if (o.Length == 0) return;
            do
            {
                if (Add) Indexed.ScatterAdd(ref Unsafe.Add(ref pi, o.A), o.StepA, ref Unsafe.Add(ref ps, o.B), o.StepB, ref Unsafe.Add(ref py, o.Y), o.StepY, along, o.Length);
                else Indexed.Scatter(ref Unsafe.Add(ref pi, o.A), o.StepA, ref Unsafe.Add(ref ps, o.B), o.StepB, ref Unsafe.Add(ref py, o.Y), o.StepY, along, o.Length);
            }
            while (o.Next());
        }
    }
}

internal sealed class Gather : Node
{
    private readonly Shape shape;
    private readonly int dim;

    internal Gather(Tensor x, Tensor index, int dim)
        : base(x)
    {
        (shape, this.dim) = (x.Shape, dim);
        Save(index);
    }

    // y[i] = x[index[i]]   ⇒   dx[index[i]] += dy[i]
    protected override Grads Backward(Tensor dy) => Torch.Zeros(shape, dy.DType).ScatterAdd(dim, A, dy);
}

internal sealed class Scatter : Node
{
    private readonly Shape sources;
    private readonly int dim;

    internal Scatter(Tensor x, Tensor index, Tensor src, int dim)
        : base(x, src)
    {
        (sources, this.dim) = (src.Shape, dim);
        Save(index);
    }

    // y = x, but y[index[i]] = s[i]   ⇒   dx = dy, but 0 at the index,   ds[i] = dy[index[i]]
    protected override Grads Backward(Tensor dy)
        => [NeedsA ? dy.Scatter(dim, A, 0) : null, NeedsB ? Widened(dy.Gather(dim, A), sources) : null];

    /// <summary>The gradient of values of which an index used a corner only.</summary>
    internal static Tensor Widened(Tensor ds, Shape sources)
    {
        for (int d = 0; d < sources.Length; d++)
            if (ds.Shape[d] != sources[d]) ds = Embed.Into([.. ds.Shape.Span[..d], sources[d], .. ds.Shape.Span[(d + 1)..]], ds, d, 0, 1);
        return ds;
    }
}

internal sealed class ScatterAdd : Node
{
    private readonly Shape sources;
    private readonly int dim;

    internal ScatterAdd(Tensor x, Tensor index, Tensor src, int dim)
        : base(x, src)
    {
        (sources, this.dim) = (src.Shape, dim);
        Save(index);
    }

    // y = x, but y[index[i]] += s[i]   ⇒   dx = dy,   ds[i] = dy[index[i]]
    protected override Grads Backward(Tensor dy) => [dy, NeedsB ? Scatter.Widened(dy.Gather(dim, A), sources) : null];
}
