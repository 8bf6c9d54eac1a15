using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The product of all elements; truth values and integers are multiplied as Int64.</summary>
    public Tensor Prod(DType? dtype = null)
    {
        var x = To(dtype ?? (DType.IsFloat() ? DType : DType.Int64));
        return x.Prod(Reduction.Mask([], Ndim, "Prod"), false);
    }

    /// <summary>The product over one dimension.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Tensor Prod(int dim, bool keepdim = false, DType? dtype = null)
    {
        var x = To(dtype ?? (DType.IsFloat() ? DType : DType.Int64));
        return x.Prod(Reduction.Mask([dim], Ndim, "Prod"), keepdim);
    }

    private Tensor Prod(Dims mask, bool keepdim)
    {
        var y = Reduction.Fold<Prod.Fold>(this, mask, keepdim);
        return Recording(this) ? y.Record(new Prod(this, mask)) : y;
    }
}

internal sealed class Prod : Node
{
    private readonly Dims mask;

    internal readonly struct Fold : IFold
    {
        static T IFold.Neutral<T>() => T.One;

        static T IFold.One<T>(T a, T b) => a * b;

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => a * b;
    }

    internal Prod(Tensor x, Dims mask)
        : base(x)
    {
        this.mask = mask;
        Save(x);
    }

    // y = Π x   ⇒   dxᵢ = dy · Π xⱼ over j ≠ i: the product of all before it times that of all behind it. No division, so zeros are exact.
    protected override Grads Backward(Tensor dy)
    {
        if (A.Numel() == 0) return A.ZerosLike();
        var x = A.Flattened(mask, out var restore);                            // [outer, n]
        var one = Torch.Ones([x.Size(0), 1], x.DType);
        var before = Torch.Cat([one, x.Narrow(1, 0, x.Size(1) - 1).Cumprod(1)], 1);
        var after = Torch.Cat([one, x.Flip(1).Narrow(1, 0, x.Size(1) - 1).Cumprod(1)], 1).Flip(1);
        return dy.Kept(A.Shape, mask) * restore(before * after);
    }
}
