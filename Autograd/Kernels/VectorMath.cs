using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>
/// Functions of a vector register of floats or doubles. (The type tests are decided by the compiler.) In single precision within 2 units in
/// the last place over the whole range, denormals included: the tests walk through it.
/// </summary>
/// <remarks>NaN is carried along: of MinNative and MaxNative the second operand is returned when either is NaN, and so x stands there.</remarks>
internal static partial class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Exp<T>(Vector<T> x) => IsFloat<T>() ? Exp(x.As<T, float>()).As<float, T>() : Exp(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Floor<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Floor(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Floor(x.As<T, double>()).As<double, T>() : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Ceiling<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Ceiling(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Ceiling(x.As<T, double>()).As<double, T>() : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Truncate<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Truncate(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Truncate(x.As<T, double>()).As<double, T>() : x;

    /// <summary>The logistic function 1/(1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sigmoid<T>(Vector<T> x)
        => IsFloat<T>() ? Sigmoid(x.As<T, float>()).As<float, T>() : Sigmoid(x.As<T, double>()).As<double, T>();

    /// <summary>eˣ − 1, exact also near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Expm1<T>(Vector<T> x)
        => IsFloat<T>() ? Expm1(x.As<T, float>()).As<float, T>() : Expm1(x.As<T, double>()).As<double, T>();

    /// <summary>The hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Tanh<T>(Vector<T> x)
        => IsFloat<T>() ? Tanh(x.As<T, float>()).As<float, T>() : Tanh(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        // Beyond these bounds the result is ∞ or rounds to 0.
        x = Vector.MinNative(Vector.Create(89f), Vector.MaxNative(Vector.Create(-104f), x));
        var (p, n) = ExpParts(x);
        return Scale(p, n);
    }

    /// <summary>Where one lane lies beyond these bounds, .NET takes all of them one by one, to other bits: it is given none such.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Exp(Vector<double> x)
    {
        var near = Vector.LessThanOrEqual(Vector.Abs(x), Vector.Create(708.0));
        var y = Vector.Exp(x & Vector.AsVectorDouble(near));
        return Vector.AllWhereAllBitsSet(near) ? y : ExpFar(x, near, y);
    }

    private static Vector<double> ExpFar(Vector<double> x, Vector<long> near, Vector<double> y)
    {
        for (int i = 0; i < Vector<double>.Count; i++)
            if (near[i] == 0) Lane(ref y, i) = Math.Exp(x[i]);
        return y;
    }

    /// <summary>eˣ as p · 2ⁿ with n = round(x / ln 2), for |x| &lt; 2,000,000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> P, Vector<float> N) ExpParts(Vector<float> x)
    {
        var (r, n) = ModuloLn2(x);
        return (ExpNearZero(r), n);
    }

    /// <summary>x = n·ln 2 + r with |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> R, Vector<float> N) ModuloLn2(Vector<float> x)
    {
        // ln 2 is subtracted in two parts, the first of which has so few digits that n times it is exact.
        var n = Round(x, 1.44269504f);
        var r = Vector.MultiplyAddEstimate(n, Vector.Create(-0.693359375f), x);
        return (Vector.MultiplyAddEstimate(n, Vector.Create(2.12194440e-4f), r), n);
    }

    /// <summary>round(x·c): far from 0 floats are whole, and there the sum is rounded to one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Round(Vector<float> x, float c)
    {
        var far = Vector.Create(12582912f);                              // 1½ · 2²³
        return Vector.MultiplyAddEstimate(x, Vector.Create(c), far) - far;
    }

    /// <summary>eʳ for |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ExpNearZero(Vector<float> r) => Step(Step(Bow(r), r, 1), r, 1);

    /// <summary>eʳ − 1 for |r| ≤ ½ ln 2, where the greatest part, r itself, needs no rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ExpMinus1NearZero(Vector<float> r) => Vector.MultiplyAddEstimate(Bow(r), r * r, r);

    /// <summary>(eʳ − 1 − r) / r², a minimax fit to 0.03 ulp of eʳ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Bow(Vector<float> r)
    {
        var p = Step(Vector.Create(1.38145813e-3f), r, 8.36872589e-3f);
        p = Step(p, r, 4.16683890e-2f);
        p = Step(p, r, 1.66665211e-1f);
        return Step(p, r, 4.99999940e-1f);
    }

    /// <summary>p · 2ⁿ, rounded once, also to a denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Scale(Vector<float> p, Vector<float> n)
    {
        if (Avx512F.VL.IsSupported && Vector<float>.Count == Vector256<float>.Count) return Avx512F.VL.Scale(p.AsVector256(), n.AsVector256()).AsVector();
        var i = Vector.ConvertToInt32Native(n);
        var half = i >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(i - half);                 // the first product is exact
    }

    /// <summary>p · 2ⁿ where neither overflow nor a denormal can come out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Shift(Vector<float> p, Vector<float> n) => Vector.AsVectorSingle(Vector.AsVectorInt32(p) + (Vector.ConvertToInt32Native(n) << 23));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> n) => Vector.AsVectorSingle(n + Vector.Create(127) << 23);

    /// <summary>From e^(−|x|), which cannot overflow: 1/(1 + e⁻ˣ) for x ≥ 0, eˣ/(1 + eˣ) below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Sigmoid(Vector<float> x)
    {
        var (p, n) = ExpParts(Vector.MaxNative(Vector.Create(-104f), x | Vector.Create(-0f)));
        var e = Scale(p, n);
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), e, Vector<float>.One) / (Vector<float>.One + e);
    }

    /// <inheritdoc cref="Sigmoid(Vector{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Sigmoid(Vector<double> x)
    {
        var e = Exp(-Vector.Abs(x));
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), e, Vector<double>.One) / (Vector<double>.One + e);
    }

    /// <summary>With eˣ = (1 + q)·2ⁿ and t = 2⁻ⁿ, eˣ − 1 = (q + (1 − t))·2ⁿ, where 1 − t needs no rounding while q counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Expm1(Vector<float> x)
    {
        // Beyond these bounds the result is ∞ or rounds to −1.
        var (r, n) = ModuloLn2(Vector.MinNative(Vector.Create(89f), Vector.MaxNative(Vector.Create(-18f), x)));
        var y = ExpMinus1NearZero(r) + (Vector<float>.One - Scale(Vector<float>.One, -n));
        return Vector.CopySign(Scale(y, n), x);                              // −0 stays
    }

    /// <summary>Kahan: with u = eˣ rounded, (u − 1)·x / ln u makes good what the rounding lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Expm1(Vector<double> x)
    {
        var u = Exp(x);
        var d = u - Vector<double>.One;
        var near = Vector.ConditionalSelect(Vector.Equals(d, Vector<double>.Zero), x, d * (x / Vector.Log(u)));
        return Vector.ConditionalSelect(Vector.GreaterThan(Vector.Abs(x), Vector.Create(0.5)), d, near);
    }

    /// <summary>−m/(2 + m) = −(m/2 − m/2·m/(2 + m)) with m = e^(−2|x|) − 1, and the sign of x. With e^(−2|x|) = (1 + q)·2ⁿ, m = q·2ⁿ + (2ⁿ − 1), which is rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Tanh(Vector<float> x)
    {
        var negative = x | Vector.Create(-0f);
        var (r, n) = ModuloLn2(Vector.MaxNative(Vector.Create(-18.1f), negative + negative));         // beyond, tanh rounds to 1
        var power = Shift(Vector<float>.One, n);
        var m = Vector.MultiplyAddEstimate(ExpMinus1NearZero(r), power, power - Vector<float>.One);
        var half = m * Vector.Create(0.5f);
        return Vector.CopySign(Vector.MultiplyAddEstimate(half, m / (Vector.Create(-2f) - m), half), x);
    }

    /// <summary>Near 0 a rational function (Cephes), beyond 1 − 2/(e^(2|x|) + 1), with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Tanh(Vector<double> x)
    {
        var z = x * x;
        var p = Step(Vector.Create(-9.64399179425052238628e-1), z, -9.92877231001918586564e1);
        p = Step(p, z, -1.61468768441708447952e3);
        var q = Step(Vector.Create(1.0), z, 1.12811678491632931402e2);
        q = Step(q, z, 2.23548839060100448583e3);
        q = Step(q, z, 4.84406305325125486048e3);
        var near = x + x * z * (p / q);

        var a = Vector.Abs(x);
        var far = Vector<double>.One - Vector.Create(2.0) / (Exp(a + a) + Vector<double>.One);
        return Vector.ConditionalSelect(Vector.LessThan(a, Vector.Create(0.625)), near, Vector.CopySign(far, x));
    }

    /// <summary>p · x + c: a step of Horner's rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Step(Vector<float> p, Vector<float> x, float c) => Vector.MultiplyAddEstimate(p, x, Vector.Create(c));

    /// <inheritdoc cref="Step(Vector{float}, Vector{float}, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Step(Vector<double> p, Vector<double> x, double c) => Vector.MultiplyAddEstimate(p, x, Vector.Create(c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref T Lane<T>(ref Vector<T> x, int i) => ref Unsafe.Add(ref Unsafe.As<Vector<T>, T>(ref x), i);

    private static bool IsFloat<T>() => typeof(T) == typeof(float);

    private static bool IsDouble<T>() => typeof(T) == typeof(double);
}
