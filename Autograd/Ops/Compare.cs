using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>Relations and logic, element by element, broadcast. Results are Bool and carry no gradient.</summary>
public partial class Tensor
{
    /// <summary>a = b.</summary>
    public Tensor Eq(Tensor other) => Pointwise.Compare<Equal_>(this, other, "Eq");

    /// <summary>a = b, for a number.</summary>
    public Tensor Eq(Scalar other) => Eq(Number(other));

    /// <summary>a ≠ b.</summary>
    public Tensor Ne(Tensor other) => Pointwise.Compare<NotEqual>(this, other, "Ne");

    /// <summary>a ≠ b, for a number.</summary>
    public Tensor Ne(Scalar other) => Ne(Number(other));

    /// <summary>a &lt; b.</summary>
    public Tensor Lt(Tensor other) => Pointwise.Compare<Less>(this, other, "Lt");

    /// <summary>a &lt; b, for a number.</summary>
    public Tensor Lt(Scalar other) => Lt(Number(other));

    /// <summary>a ≤ b.</summary>
    public Tensor Le(Tensor other) => Pointwise.Compare<LessOrEqual>(this, other, "Le");

    /// <summary>a ≤ b, for a number.</summary>
    public Tensor Le(Scalar other) => Le(Number(other));

    /// <summary>a &gt; b.</summary>
    public Tensor Gt(Tensor other) => Pointwise.Compare<Greater>(this, other, "Gt");

    /// <summary>a &gt; b, for a number.</summary>
    public Tensor Gt(Scalar other) => Gt(Number(other));

    /// <summary>a ≥ b.</summary>
    public Tensor Ge(Tensor other) => Pointwise.Compare<GreaterOrEqual>(this, other, "Ge");

    /// <summary>a ≥ b, for a number.</summary>
    public Tensor Ge(Scalar other) => Ge(Number(other));

    /// <summary>a ∧ b, where anything but 0 counts as true.</summary>
    public Tensor LogicalAnd(Tensor other) => Pointwise.Compare<And>(To(DType.Bool), other.To(DType.Bool), "LogicalAnd");

    /// <summary>a ∨ b, where anything but 0 counts as true.</summary>
    public Tensor LogicalOr(Tensor other) => Pointwise.Compare<Or>(To(DType.Bool), other.To(DType.Bool), "LogicalOr");

    /// <summary>Exactly one of a and b, where anything but 0 counts as true.</summary>
    public Tensor LogicalXor(Tensor other) => Pointwise.Compare<NotEqual>(To(DType.Bool), other.To(DType.Bool), "LogicalXor");

    /// <summary>¬x, where anything but 0 counts as true.</summary>
    public Tensor LogicalNot() => Pointwise.Is<Zero>(this);

    /// <summary>The "and" of the bits: of truth values, or of integers.</summary>
    /// <exception cref="ArgumentException">A dtype is floating point.</exception>
    public Tensor BitwiseAnd(Tensor other) => Bitwise<AndBits>(other, "BitwiseAnd");

    /// <summary>The "or" of the bits: of truth values, or of integers.</summary>
    /// <exception cref="ArgumentException">A dtype is floating point.</exception>
    public Tensor BitwiseOr(Tensor other) => Bitwise<OrBits>(other, "BitwiseOr");

    /// <summary>The "exclusive or" of the bits: of truth values, or of integers.</summary>
    /// <exception cref="ArgumentException">A dtype is floating point.</exception>
    public Tensor BitwiseXor(Tensor other) => Bitwise<XorBits>(other, "BitwiseXor");

    /// <summary>Every bit turned over: of truth values, or of integers.</summary>
    /// <exception cref="ArgumentException">The dtype is floating point.</exception>
    public Tensor BitwiseNot()
    {
        if (DType.IsFloat()) throw Errors.DType("BitwiseNot", DType, "truth values or integers");
        return DType == DType.Bool ? LogicalNot() : DType == DType.UInt8 ? Number(255).Sub(this) : Number(-1).Sub(this);
    }

    private Tensor Bitwise<TOp>(Tensor other, string op)
        where TOp : struct, IBinary
    {
        if (DType.IsFloat() || other.DType.IsFloat()) throw Errors.DType(op, DType.IsFloat() ? DType : other.DType, "truth values or integers");
        return Pointwise.Binary<TOp>(this, other, op);
    }

    /// <summary>Where x is not a number.</summary>
    public Tensor Isnan() => Pointwise.Is<NaN>(this);

    /// <summary>Where x is ∞ or −∞.</summary>
    public Tensor Isinf() => Pointwise.Is<Infinite>(this);

    /// <summary>Where x is neither infinite nor NaN.</summary>
    public Tensor Isfinite() => Pointwise.Is<Finite>(this);

    /// <summary>True when both have the same shape and the same elements; NaN equals nothing.</summary>
    public bool Equal(Tensor other) => Shape == other.Shape && Eq(other).All().Item<bool>();

    /// <summary>Where |a − b| ≤ atol + rtol·|b|; equal infinities are close.</summary>
    public Tensor Isclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equalNan = false)
    {
        using (GradMode.Off())
        {
            var close = Eq(other).LogicalOr(Sub(other).Abs().Le(other.Abs() * rtol + atol).LogicalAnd(other.Isfinite()));
            return equalNan ? close.LogicalOr(Isnan().LogicalAnd(other.Isnan())) : close;
        }
    }

    /// <summary>True when every |a − b| ≤ atol + rtol·|b|.</summary>
    public bool Allclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equalNan = false) => Isclose(other, rtol, atol, equalNan).All().Item<bool>();

    private readonly struct Equal_ : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a == b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.Equals(a, b);
    }

    private readonly struct NotEqual : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a != b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => ~Vector.Equals(a, b);
    }

    private readonly struct Less : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a < b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.LessThan(a, b);
    }

    private readonly struct LessOrEqual : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a <= b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.LessThanOrEqual(a, b);
    }

    private readonly struct Greater : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a > b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.GreaterThan(a, b);
    }

    private readonly struct GreaterOrEqual : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a >= b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.GreaterThanOrEqual(a, b);
    }

    private readonly struct And : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => !T.IsZero(a) && !T.IsZero(b);

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => ~(Vector.Equals(a, Vector<T>.Zero) | Vector.Equals(b, Vector<T>.Zero));
    }

    private readonly struct Or : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => !T.IsZero(a) || !T.IsZero(b);

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => ~(Vector.Equals(a, Vector<T>.Zero) & Vector.Equals(b, Vector<T>.Zero));
    }

    private readonly struct Zero : IPredicate
    {
        static bool IPredicate.Holds<T>(T x) => T.IsZero(x);

        static Vector<T> IPredicate.Many<T>(Vector<T> x) => Vector.Equals(x, Vector<T>.Zero);
    }

    private readonly struct NaN : IPredicate
    {
        static bool IPredicate.Holds<T>(T x) => T.IsNaN(x);

        static Vector<T> IPredicate.Many<T>(Vector<T> x) => ~Vector.Equals(x, x);
    }

    private readonly struct Infinite : IPredicate
    {
        static bool IPredicate.Holds<T>(T x) => T.IsInfinity(x);

        static Vector<T> IPredicate.Many<T>(Vector<T> x) => Vector.Equals(x, x) & ~Vector.Equals(x - x, Vector<T>.Zero);
    }

    private readonly struct Finite : IPredicate
    {
        static bool IPredicate.Holds<T>(T x) => T.IsFinite(x);

        static Vector<T> IPredicate.Many<T>(Vector<T> x) => Vector.Equals(x - x, Vector<T>.Zero);
    }

    private readonly struct AndBits : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a & b;
    }

    private readonly struct OrBits : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a | b;
    }

    private readonly struct XorBits : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a ^ b;
    }
}
