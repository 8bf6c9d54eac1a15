using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>eˣ / Σ eˣ along a dimension: positive numbers that sum to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor Softmax(int dim, DType? dtype = null)
    {
        var x = dtype is { } type ? To(type) : AsReal();
        var y = Softened(x, dim, log: false, "Softmax");
        return Recording(x) ? y.Record(new Softmax(x, y, MiniTorch.Shape.Dim(dim, Ndim, "Softmax"))) : y;
    }

    /// <summary>ln Softmax: x − ln Σ eˣ along a dimension, without overflow or loss of small probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor LogSoftmax(int dim, DType? dtype = null)
    {
        var x = dtype is { } type ? To(type) : AsReal();
        var y = Softened(x, dim, log: true, "LogSoftmax");
        return Recording(x) ? y.Record(new LogSoftmax(x, y, MiniTorch.Shape.Dim(dim, Ndim, "LogSoftmax"))) : y;
    }

    private static Tensor Softened(Tensor x, int dim, bool log, string op)
    {
        dim = MiniTorch.Shape.Dim(dim, x.Ndim, op);
        var y = new Tensor(x.Shape, x.DType);
        var (dense, outer, n, inner) = Reduction.Along(x.Contiguous(), dim);
        Dispatch.Floats(x.DType, new SoftmaxKernel(dense, y, outer, n, inner, log), dense, y);
        return y;
    }

    private readonly struct SoftmaxKernel(Tensor x, Tensor y, int outer, int n, int inner, bool log) : IFloatKernel
    {
        void IFloatKernel.Run<T>()
            => Team.Run(outer, Math.Max(Runs.Grain / 2 / Math.Max(n * inner, 1), 1), new Rows<T>(ref x.First<T>(), ref y.First<T>(), n, inner, log));

        private readonly ref struct Rows<T>(ref T x, ref T y, int n, int inner, bool log) : IRange
            where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
        {
            private readonly ref T x = ref x, y = ref y;

            void IRange.Run(int start, int count)
            {
                nint at = (nint)start * n * inner;
                Kernels.Softmax.Run(ref Unsafe.Add(ref x, at), ref Unsafe.Add(ref y, at), count, n, inner, log);
            }
        }
    }
}

internal sealed class Softmax : Node
{
    private readonly int dim;

    internal Softmax(Tensor x, Tensor y, int dim)
        : base(x)
    {
        this.dim = dim;
        Save(y);
    }

    // y = eˣ / Σ eˣ   ⇒   dx = y ⊙ (dy − Σ dy ⊙ y)
    protected override Grads Backward(Tensor dy)
    {
        var weighted = dy * A;
        return weighted - A * weighted.Sum(dim, keepdim: true);
    }
}

internal sealed class LogSoftmax : Node
{
    private readonly int dim;

    internal LogSoftmax(Tensor x, Tensor y, int dim)
        : base(x)
    {
        this.dim = dim;
        Save(y);
    }

    private LogSoftmax(Node x, Tensor y, int dim)
        : base(x)
    {
        this.dim = dim;
        Save(y);
    }

    /// <summary>The result of this op, computed inside of another one, as if the op had been recorded: for derivatives of higher order.</summary>
    internal static Tensor Restored(Tensor y, Node x, int dim)
    {
        y = y.Detach();
        return y.Record(new LogSoftmax(x, y, dim));
    }

    // y = x − ln Σ eˣ   ⇒   dx = dy − eʸ · Σ dy
    protected override Grads Backward(Tensor dy) => dy - A.Exp() * dy.Sum(dim, keepdim: true);
}
