using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace MiniTorch.Kernels;

/// <summary>
/// The formula y = f(x) of an elementwise op. Given once, for a vector register; a single element goes through the same formula, so that
/// it gets the same bits wherever it stands. (<c>TSelf</c> is the formula itself: C# has no other way to call back.)
/// </summary>
internal interface IUnary
{
    static virtual bool Vectorized => true;

    static virtual T One<T, TSelf>(T x)
        where T : unmanaged, INumber<T>
        where TSelf : struct, IUnary
        => TSelf.Many(new Vector<T>(x))[0];

    static abstract Vector<T> Many<T>(Vector<T> x)
        where T : unmanaged, INumber<T>;

    /// <summary>Whether sixteen floats can be taken at once, with the same bits as by <see cref="Many{T}"/>.</summary>
    static virtual bool Wide => false;

    static virtual Vector512<float> Sixteen(Vector512<float> x) => throw new UnreachableException();
}

/// <summary>A formula that only exists element by element.</summary>
internal interface IScalarUnary : IUnary
{
    static bool IUnary.Vectorized => false;

    static Vector<T> IUnary.Many<T>(Vector<T> x) => throw new UnreachableException();

    static T IUnary.One<T, TSelf>(T x) => throw new UnreachableException();
}

/// <summary>The formula y = f(a, b) of an elementwise op; see <see cref="IUnary"/>.</summary>
internal interface IBinary
{
    static virtual bool Vectorized => true;

    static virtual T One<T, TSelf>(T a, T b)
        where T : unmanaged, INumber<T>
        where TSelf : struct, IBinary
        => TSelf.Many(new Vector<T>(a), new Vector<T>(b))[0];

    static abstract Vector<T> Many<T>(Vector<T> a, Vector<T> b)
        where T : unmanaged, INumber<T>;
}

/// <summary>A formula of two numbers that only exists element by element.</summary>
internal interface IScalarBinary : IBinary
{
    static bool IBinary.Vectorized => false;

    static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => throw new UnreachableException();

    static T IBinary.One<T, TSelf>(T a, T b) => throw new UnreachableException();
}

/// <summary>The formula y = f(a, b, c) of an elementwise op; see <see cref="IUnary"/>.</summary>
internal interface ITernary
{
    static virtual T One<T, TSelf>(T a, T b, T c)
        where T : unmanaged, INumber<T>
        where TSelf : struct, ITernary
        => TSelf.Many(new Vector<T>(a), new Vector<T>(b), new Vector<T>(c))[0];

    static abstract Vector<T> Many<T>(Vector<T> a, Vector<T> b, Vector<T> c)
        where T : unmanaged, INumber<T>;
}

/// <summary>A relation between two numbers; for many at once, all bits are set where it holds.</summary>
internal interface IRelation
{
    static abstract bool Holds<T>(T a, T b)
        where T : unmanaged, INumber<T>;

    static abstract Vector<T> Many<T>(Vector<T> a, Vector<T> b)
        where T : unmanaged, INumber<T>;
}

/// <summary>A property of one number; for many at once, all bits are set where they have it.</summary>
internal interface IPredicate
{
    static abstract bool Holds<T>(T x)
        where T : unmanaged, INumber<T>;

    static abstract Vector<T> Many<T>(Vector<T> x)
        where T : unmanaged, INumber<T>;
}
