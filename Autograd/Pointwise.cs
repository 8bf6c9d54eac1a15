using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>
/// From tensors to elementwise kernels: settles the dtype and the shape of the result, allocates it, and walks the operands, broadcast
/// without copies. Nothing here is recorded.
/// </summary>
/// <remarks>
/// Walks over strides have a method of their own, so that the short way stays small: the compiler optimises a method with stack memory
/// once, without having seen it run.
/// </remarks>
internal static class Pointwise
{
    // ---- one operand ------------------------------------------------------------------------------------------------

    /// <summary>y = f(x) in x's own dtype.</summary>
    internal static Tensor Unary<TOp>(Tensor x)
        where TOp : struct, IUnary
    {
        var y = x.NewLike(x.DType);
        Dispatch.Numbers(x.DType, new UnaryKernel<TOp>(x, y), x, y);
        return y;
    }

    /// <summary>y = f(x) for a function of real numbers: integers are taken as the default floating-point dtype.</summary>
    internal static Tensor Real<TOp>(Tensor x)
        where TOp : struct, IUnary
    {
        x = x.AsReal();
        var y = x.NewLike(x.DType);
        RunReal<TOp>(x, y);
        return y;
    }

    /// <summary>y ← f(x) into a tensor that exists, of x's shape, layout and floating-point dtype: x itself, or one that is row-major like it.</summary>
    internal static void RunReal<TOp>(Tensor x, Tensor y)
        where TOp : struct, IUnary
        => Dispatch.Floats(x.DType, new UnaryKernel<TOp>(x, y), x, y);

    private readonly struct UnaryKernel<TOp>(Tensor x, Tensor y) : INumberKernel, IFloatKernel
        where TOp : struct, IUnary
    {
        void INumberKernel.Run<T>() => Run<T>();

        void IFloatKernel.Run<T>() => Run<T>();

        private void Run<T>()
            where T : unmanaged, INumber<T>
        {
            if (x.IsContiguous()) Runs.Unary<TOp, T>(ref x.First<T>(), 1, ref y.First<T>(), 1, y.Count);
            else Walked<T>();
        }

        private void Walked<T>()
            where T : unmanaged, INumber<T>
        {
            ref T px = ref x.First<T>(), py = ref y.First<T>();
            Span<int> scratch = stackalloc int[Odometer.Scratch(y.Ndim)];
            var o = new Odometer(scratch, y.Shape.Span, y.Strides, x.Strides);
            if (o.Length == 0) return;
            Elementwise.Unary<TOp, T>(ref px, ref py, o);
        }
    }

    // ---- two operands -----------------------------------------------------------------------------------------------

    /// <summary>y = f(a, b) in the common dtype.</summary>
    internal static Tensor Binary<TOp>(Tensor a, Tensor b, string op)
        where TOp : struct, IBinary
    {
        if (a.DType != b.DType) (a, b) = Promotion.Common(a, b);
        var y = Tensor.New(Shape.Broadcast(a.Shape, b.Shape, op), a.DType);
        Run<TOp>(a, b, y);
        return y;
    }

    /// <summary>y = f(a, b) for a function of real numbers: integers are taken as the default floating-point dtype.</summary>
    internal static Tensor RealBinary<TOp>(Tensor a, Tensor b, string op)
        where TOp : struct, IBinary
    {
        if (a.DType != b.DType || !a.DType.IsFloat())
        {
            (a, b) = Promotion.Common(a, b);
            (a, b) = (a.AsReal(), b.AsReal());
        }
        var y = Tensor.New(Shape.Broadcast(a.Shape, b.Shape, op), a.DType);
        Run<TOp>(a, b, y);
        return y;
    }

    /// <summary>y ← f(a, b) into a tensor that exists; a and b have its dtype and broadcast to its shape.</summary>
    internal static void Run<TOp>(Tensor a, Tensor b, Tensor y)
        where TOp : struct, IBinary
        => Dispatch.Numbers(y.DType, new BinaryKernel<TOp>(a, b, y), a, b, y);

    private readonly struct BinaryKernel<TOp>(Tensor a, Tensor b, Tensor y) : INumberKernel
        where TOp : struct, IBinary
    {
        void INumberKernel.Run<T>()
        {
            int n = y.Count, stepA = a.Step(n), stepB = b.Step(n);
            if ((stepA | stepB) >= 0 && y.IsContiguous()) Runs.Binary<TOp, T>(ref a.First<T>(), stepA, ref b.First<T>(), stepB, ref y.First<T>(), 1, n);
            else Walked<T>();
        }

        private void Walked<T>()
            where T : unmanaged, INumber<T>
        {
            ref T pa = ref a.First<T>(), pb = ref b.First<T>(), py = ref y.First<T>();
            int rank = y.Ndim;
            Span<int> scratch = stackalloc int[Odometer.Scratch(rank) + 2 * rank];
            var o = new Odometer(scratch, y.Shape.Span, y.Strides, a.StridesFor(y.Shape, scratch[^(2 * rank)..]), b.StridesFor(y.Shape, scratch[^rank..]));
            if (o.Length == 0) return;
            Elementwise.Binary<TOp, T>(ref pa, ref pb, ref py, o);
        }
    }

    /// <summary>y = f(x, c) for a plain number, in the dtype the two have together.</summary>
    internal static Tensor WithNumber<TOp>(Tensor x, Scalar c, bool real = false)
        where TOp : struct, IBinary
    {
        var dtype = Promotion.Of(x, c);
        if (real && !dtype.IsFloat()) dtype = Torch.GetDefaultDtype();
        if (x.DType != dtype) x = x.To(dtype);
        var y = x.NewLike(dtype);
        Dispatch.Numbers(dtype, new NumberKernel<TOp>(x, c, y), x, y);
        return y;
    }

    /// <summary>y ← f(y, c) in place.</summary>
    internal static void RunWithNumber<TOp>(Tensor y, Scalar c)
        where TOp : struct, IBinary
        => Dispatch.Numbers(y.DType, new NumberKernel<TOp>(y, c, y), y);

    private readonly struct NumberKernel<TOp>(Tensor x, Scalar c, Tensor y) : INumberKernel
        where TOp : struct, IBinary
    {
        void INumberKernel.Run<T>()
        {
            T number = c.To<T>();
            int n = y.Count, step = x.Step(n);
            if (step >= 0 && y.IsContiguous()) Runs.Binary<TOp, T>(ref x.First<T>(), step, ref number, 0, ref y.First<T>(), 1, n);
            else Walked(number);
        }

        private void Walked<T>(T number)
            where T : unmanaged, INumber<T>
        {
            ref T px = ref x.First<T>(), py = ref y.First<T>();
            Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
            var o = Walk.Of(scratch, y, x);
            if (o.Length == 0) return;
            Elementwise.Binary<TOp, T>(ref px, ref number, ref py, o);
        }
    }

    // ---- three operands ---------------------------------------------------------------------------------------------

    /// <summary>y = f(a, b, c) for operands of one dtype.</summary>
    internal static Tensor Ternary<TOp>(Tensor a, Tensor b, Tensor c, string op)
        where TOp : struct, ITernary
    {
        var y = Tensor.New(Shape.Broadcast(Shape.Broadcast(a.Shape, b.Shape, op), c.Shape, op), a.DType);
        Run<TOp>(a, b, c, y);
        return y;
    }

    /// <summary>y ← f(a, b, c) into a tensor that exists; the others have its dtype and broadcast to its shape.</summary>
    internal static void Run<TOp>(Tensor a, Tensor b, Tensor c, Tensor y)
        where TOp : struct, ITernary
        => Dispatch.Numbers(y.DType, new TernaryKernel<TOp>(a, b, c, y), a, b, c, y);

    private readonly struct TernaryKernel<TOp>(Tensor a, Tensor b, Tensor c, Tensor y) : INumberKernel
        where TOp : struct, ITernary
    {
        void INumberKernel.Run<T>()
        {
            int n = y.Count, stepA = a.Step(n), stepB = b.Step(n), stepC = c.Step(n);
            if ((stepA | stepB | stepC) >= 0 && y.IsContiguous())
                Runs.Ternary<TOp, T>(ref a.First<T>(), stepA, ref b.First<T>(), stepB, ref c.First<T>(), stepC, ref y.First<T>(), 1, n);
            else
                Walked<T>();
        }

        private void Walked<T>()
            where T : unmanaged, INumber<T>
        {
            ref T pa = ref a.First<T>(), pb = ref b.First<T>(), pc = ref c.First<T>(), py = ref y.First<T>();
            Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
            var o = Walk.Of(scratch, y, a, b, c);
            if (o.Length == 0) return;
            Elementwise.Ternary<TOp, T>(ref pa, ref pb, ref pc, ref py, o);
        }
    }

    /// <summary>y = mask ? a : b; a and b of one dtype.</summary>
    internal static Tensor Choose(Tensor mask, Tensor a, Tensor b, string op)
    {
        var y = Tensor.New(Shape.Broadcast(Shape.Broadcast(mask.Shape, a.Shape, op), b.Shape, op), a.DType);
        Dispatch.Numbers(a.DType, new ChooseKernel(mask, a, b, y), mask, a, b, y);
        return y;
    }

    private readonly struct ChooseKernel(Tensor mask, Tensor a, Tensor b, Tensor y) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            ref byte pm = ref mask.First<byte>();
            ref T pa = ref a.First<T>(), pb = ref b.First<T>(), py = ref y.First<T>();
            Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
            var o = Walk.Of(scratch, y, mask, a, b);
            if (o.Length == 0) return;
            Elementwise.Choose(ref pm, ref pa, ref pb, ref py, o);
        }
    }

    // ---- truth values -----------------------------------------------------------------------------------------------

    /// <summary>y = (a ∘ b) as Bool, compared in the common dtype.</summary>
    internal static Tensor Compare<TOp>(Tensor a, Tensor b, string op)
        where TOp : struct, IRelation
    {
        if (a.DType != b.DType) (a, b) = Promotion.Common(a, b);
        var y = Tensor.New(Shape.Broadcast(a.Shape, b.Shape, op), DType.Bool);
        Dispatch.Numbers(a.DType, new RelationKernel<TOp>(a, b, y), a, b, y);
        return y;
    }

    private readonly struct RelationKernel<TOp>(Tensor a, Tensor b, Tensor y) : INumberKernel
        where TOp : struct, IRelation
    {
        void INumberKernel.Run<T>()
        {
            ref T pa = ref a.First<T>(), pb = ref b.First<T>();
            ref byte py = ref y.First<byte>();
            Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
            var o = Walk.Of(scratch, y, a, b);
            if (o.Length == 0) return;
            Elementwise.Relation<TOp, T>(ref pa, ref pb, ref py, o);
        }
    }

    /// <summary>y = does x have the property, as Bool.</summary>
    internal static Tensor Is<TOp>(Tensor x)
        where TOp : struct, IPredicate
    {
        var y = x.NewLike(DType.Bool);
        Dispatch.Numbers(x.DType, new PredicateKernel<TOp>(x, y), x, y);
        return y;
    }

    private readonly struct PredicateKernel<TOp>(Tensor x, Tensor y) : INumberKernel
        where TOp : struct, IPredicate
    {
        void INumberKernel.Run<T>()
        {
            ref T px = ref x.First<T>();
            ref byte py = ref y.First<byte>();
            Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
            var o = Walk.Of(scratch, y, x);
            if (o.Length == 0) return;
            Elementwise.Predicate<TOp, T>(ref px, ref py, o);
        }
    }
}

/// <summary>An <see cref="Odometer"/> over tensors, whose shapes broadcast to that of the result.</summary>
internal static class Walk
{
    internal static int Scratch(int rank) => Odometer.Scratch(rank) + 4 * rank;

    internal static Odometer Of(Span<int> scratch, Tensor y, Tensor a, Tensor? b = null, Tensor? c = null)
    {
        int rank = y.Ndim;
        var tail = scratch[^(4 * rank)..];
        return new Odometer(
            scratch, y.Shape.Span, y.StridesFor(y.Shape, tail[..rank]), a.StridesFor(y.Shape, tail.Slice(rank, rank)),
            b is null ? default : b.StridesFor(y.Shape, tail.Slice(2 * rank, rank)), c is null ? default : c.StridesFor(y.Shape, tail.Slice(3 * rank, rank)));
    }
}
