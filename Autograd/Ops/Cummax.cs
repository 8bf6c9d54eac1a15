using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The largest element so far along a dimension, and where it was; of equal ones the last. From the first NaN on, NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public ValuesIndices Cummax(int dim) => RunningExtreme<IsGreater>(dim, "Cummax");

    /// <summary>The smallest element so far along a dimension, and where it was; of equal ones the last. From the first NaN on, NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public ValuesIndices Cummin(int dim) => RunningExtreme<IsLess>(dim, "Cummin");

    // The values are picked by their indices, so the derivative is that of Gather.
    private ValuesIndices RunningExtreme<TBetter>(int dim, string op)
        where TBetter : struct, IRelation
    {
        dim = MiniTorch.Shape.Dim(dim, Ndim, op);
        if (Ndim == 0) return new(Clone(), Torch.Zeros([], DType.Int64));
        var (x, outer, n, inner) = Reduction.Along(this, dim);
        var indices = new Tensor(Shape, DType.Int64);
        Dispatch.Numbers(DType, new RunningKernel<TBetter>(x, indices, outer, n, inner), x, indices);
        return new(Gather(dim, indices), indices);
    }

    private readonly struct RunningKernel<TBetter>(Tensor x, Tensor y, int outer, int n, int inner) : INumberKernel
        where TBetter : struct, IRelation
    {
        void INumberKernel.Run<T>()
        {
            ref T px = ref x.First<T>();
            ref long py = ref y.First<long>();
            for (int o = 0; o < outer; o++)
                for (int i = 0; i < inner; i++)
                {
                    nint at = (nint)o * n * inner + i;
                    Search.BestSoFar<TBetter, T>(ref Unsafe.Add(ref px, at), ref Unsafe.Add(ref py, at), n, inner);
                }
        }
    }
}
