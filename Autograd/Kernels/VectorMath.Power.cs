using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

// The power function.
internal static partial class VectorMath
{
    /// <summary>xⁿ; only floats have a vector form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Pow<T>(Vector<T> x, Vector<T> n)
        where T : unmanaged, INumber<T>
        => IsFloat<T>() ? Pow(x.As<T, float>(), n.As<T, float>()).As<float, T>() : PowOfEach(x, n);

    /// <summary>xⁿ of one number, to the same bits.</summary>
    internal static T Pow<T>(T x, T n)
        where T : unmanaged, INumber<T>
        => IsFloat<T>() ? Pow(new Vector<T>(x), new Vector<T>(n))[0] : ScalarMath.Pow(x, n);

    private static Vector<T> PowOfEach<T>(Vector<T> x, Vector<T> n)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < Vector<T>.Count; i++) Lane(ref x, i) = ScalarMath.Pow(Lane(ref x, i), Lane(ref n, i));
        return x;
    }

    /// <summary>|x|ⁿ = e^(n·ln |x|), and what IEEE 754 asks for besides: a sign where n is odd, NaN where a root of a negative number is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Pow(Vector<float> x, Vector<float> n)
    {
        var y = PowOf(Vector.Abs(x), n);
        var half = n * Vector.Create(0.5f);
        var whole = Vector.Equals(Vector.Truncate(n), n);
        var odd = Vector.AsVectorSingle(Vector.AndNot(whole, Vector.Equals(Vector.Truncate(half), half)));
        y ^= odd & x & Vector.Create(-0f);
        var root = Vector.AsVectorSingle(Vector.LessThan(x, Vector<float>.Zero) & Vector.GreaterThan(x, Vector.Create(float.NegativeInfinity)));
        y |= Vector.AndNot(root, Vector.AsVectorSingle(whole));                         // all bits set are a NaN
        return Vector.ConditionalSelect(Vector.Equals(n, Vector<float>.Zero) | Vector.Equals(x, Vector<float>.One), Vector<float>.One, y);
    }

    /// <summary>aⁿ for a ≥ 0. An error of n·ln a is one of the result in proportion: the logarithm and the product are taken in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowOf(Vector<float> a, Vector<float> n)
    {
        n = Vector.MinNative(Vector.Create(float.MaxValue), Vector.MaxNative(Vector.Create(float.MinValue), n));        // 1 to the power ∞ is 1
        var (f, e) = Split(a);
        Vector.Widen(f, out var f0, out var f1);
        Vector.Widen(e, out var e0, out var e1);
        Vector.Widen(n, out var n0, out var n1);
        var (r0, k0) = Halved(n0 * LogOf(f0, e0));
        var (r1, k1) = Halved(n1 * LogOf(f1, e1));
        return Scale(ExpNearZero(Vector.Narrow(r0, r1)), Vector.Narrow(k0, k1));
    }

    /// <summary>t = r + k·ln 2 with |r| ≤ ½ ln 2, or t so large or small that e^t is ∞ or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<double> R, Vector<double> K) Halved(Vector<double> t)
    {
        t = Vector.MinNative(Vector.Create(89.0), Vector.MaxNative(Vector.Create(-104.0), t));
        var far = Vector.Create(6755399441055744.0);                         // 1½ · 2⁵²: there the sum is rounded to a whole number
        var k = Vector.MultiplyAddEstimate(t, Vector.Create(1.4426950408889634), far) - far;
        return (Vector.MultiplyAddEstimate(k, Vector.Create(-Ln2), t), k);
    }

    /// <summary>ln((1 + f)·2ᵉ) to 36 bits: 2 artanh(f/(2 + f)) + e·ln 2, where the first is an odd function. A minimax fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> LogOf(Vector<double> f, Vector<double> e)
    {
        var s = f / (f + Vector.Create(2.0));
        var z = s * s;
        var p = Step(Vector.Create(0.241524864577), z, 0.285023994618);
        p = Step(p, z, 0.400009982467);
        p = Step(p, z, 0.666666616324);
        p = Step(p, z, 2.00000000004);
        return Vector.MultiplyAddEstimate(e, Vector.Create(Ln2), s * p);
    }
}
