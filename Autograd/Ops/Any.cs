using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>Is some element, is every element true? Anything but 0 counts as true. Results are Bool (of UInt8, UInt8).</summary>
public partial class Tensor
{
    /// <summary>Is some element true? False for no elements.</summary>
    public Tensor Any() => Truth<AnyFold>([], false, "Any");

    /// <summary>Is some element along a dimension true?</summary>
    public Tensor Any(int dim, bool keepdim = false) => Truth<AnyFold>([dim], keepdim, "Any");

    /// <summary>Is every element true? True for no elements.</summary>
    public Tensor All() => Truth<AllFold>([], false, "All");

    /// <summary>Is every element along a dimension true?</summary>
    public Tensor All(int dim, bool keepdim = false) => Truth<AllFold>([dim], keepdim, "All");

    /// <summary>How many elements are not 0, in all or along a dimension; Int64.</summary>
    public Tensor CountNonzero(int? dim = null) => dim is { } d ? To(DType.Bool).Sum(d) : To(DType.Bool).Sum();

    private Tensor Truth<TFold>(ReadOnlySpan<int> dim, bool keepdim, string op)
        where TFold : struct, IFold
        => Reduction.Fold<TFold>(To(DType.Bool), Reduction.Mask(dim, Ndim, op), keepdim).To(DType == DType.UInt8 ? DType.UInt8 : DType.Bool);

    private readonly struct AnyFold : IFold
    {
        static T IFold.Neutral<T>() => T.Zero;

        static T IFold.One<T>(T a, T b) => T.Max(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }

    private readonly struct AllFold : IFold
    {
        static T IFold.Neutral<T>() => T.One;

        static T IFold.One<T>(T a, T b) => T.Min(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Min(a, b);
    }
}
