using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Functions of a vector register of floats or doubles. (The type tests are decided by the compiler.) In single precision within 2 units in
/// the last place over the whole range, denormals included: the tests walk through it.
/// </summary>
internal static class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Exp<T>(Vector<T> x) => IsFloat<T>() ? Exp(x.As<T, float>()).As<float, T>() : Vector.Exp(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log<T>(Vector<T> x) => IsFloat<T>() ? Vector.Log(x.As<T, float>()).As<float, T>() : Vector.Log(x.As<T, double>()).As<double, T>();

    /// <summary>ln(1 + x), exact also near 0: with u = 1 + x rounded, ln u · x/(u − 1) makes good what the rounding lost (Kahan).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log1p<T>(Vector<T> x)
    {
        var u = Vector<T>.One + x;
        var d = u - Vector<T>.One;
        var y = Vector.ConditionalSelect(Vector.Equals(d, Vector<T>.Zero), x, Log(u) * (x / d));
        return Vector.ConditionalSelect(Vector.Equals(x, Vector<T>.One / Vector<T>.Zero), x, y);        // ∞/∞ is not 1
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log2<T>(Vector<T> x) => IsFloat<T>() ? Vector.Log2(x.As<T, float>()).As<float, T>() : Vector.Log2(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sin<T>(Vector<T> x) => IsFloat<T>() ? Vector.Sin(x.As<T, float>()).As<float, T>() : Vector.Sin(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Cos<T>(Vector<T> x) => IsFloat<T>() ? Vector.Cos(x.As<T, float>()).As<float, T>() : Vector.Cos(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Floor<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Floor(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Floor(x.As<T, double>()).As<double, T>() : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Ceiling<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Ceiling(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Ceiling(x.As<T, double>()).As<double, T>() : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Truncate<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Truncate(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Truncate(x.As<T, double>()).As<double, T>() : x;

    /// <summary>The logistic function, from e^(−|x|), which cannot overflow: 1/(1 + e⁻ˣ) for x ≥ 0, eˣ/(1 + eˣ) below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sigmoid<T>(Vector<T> x)
    {
        var e = Exp(-Vector.Abs(x));
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), e, Vector<T>.One) / (Vector<T>.One + e);
    }

    /// <summary>tanh: near 0 an odd polynomial or rational (Cephes), beyond 1 − 2/(e^(2|x|) + 1) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Tanh<T>(Vector<T> x)
        => IsFloat<T>() ? Tanh(x.As<T, float>()).As<float, T>() : Tanh(x.As<T, double>()).As<double, T>();

    /// <summary>The error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Erf<T>(Vector<T> x)
    {
        if (IsFloat<T>()) return Erf(x.As<T, float>()).As<float, T>();
        Span<double> lanes = stackalloc double[Vector<double>.Count];
        x.As<T, double>().CopyTo(lanes);
        for (int i = 0; i < lanes.Length; i++) lanes[i] = ErrorFunction.Erf(lanes[i]);
        return new Vector<double>(lanes).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Erf(Vector<float> x)
    {
        // Near 0, x + x·p(x²); beyond, 1 − e^p(|x|), where p fits ln erfc. Both are minimax fits, to 0.2 and 0.03 ulp.
        var s = x * x;
        var near = Step(new Vector<float>(-6.0903577833e-4f), s, 5.0119622610e-3f);
        near = Step(near, s, -2.6778908446e-2f);
        near = Step(near, s, 1.1282140762e-1f);
        near = Step(near, s, -3.7612524629e-1f);
        near = Step(near, s, 1.2837915123e-1f);
        near = Vector.MultiplyAddEstimate(near, x, x);

        var a = Vector.Abs(x);
        var far = Step(new Vector<float>(-2.0909556042e-5f), a, 4.3230300071e-4f);
        far = Step(far, a, -4.1605271399e-3f);
        far = Step(far, a, 2.5091497228e-2f);
        far = Step(far, a, -1.0823661834e-1f);
        far = Step(far, a, -6.3338667154e-1f);
        far = Step(far, a, -1.1294951439e0f);
        far = Step(far, a, 1.7055204080e-4f);
        far = Vector<float>.One - Exp(far);
        far = Vector.ConditionalSelect(Vector.GreaterThan(a, new Vector<float>(3.9f)), Vector<float>.One, far);
        return Vector.ConditionalSelect(Vector.GreaterThan(a, new Vector<float>(0.9f)), Vector.CopySign(far, x), near);
    }

    // eˣ = 2ⁿ · eʳ with n = round(x / ln 2) and |r| ≤ ½ ln 2. ln 2 is subtracted in two parts, the first of which has trailing zeros, so that
    // n times it is exact. The polynomial is that of Cephes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        var n = Vector.Round(x * new Vector<float>(1.44269504f));
        var r = Vector.MultiplyAddEstimate(n, new Vector<float>(-0.693359375f), x);
        r = Vector.MultiplyAddEstimate(n, new Vector<float>(2.12194440e-4f), r);
        var p = Step(new Vector<float>(1.9875691500e-4f), r, 1.3981999507e-3f);
        p = Step(p, r, 8.3334519073e-3f);
        p = Step(p, r, 4.1665795894e-2f);
        p = Step(p, r, 1.6666665459e-1f);
        p = Step(p, r, 5.0000001201e-1f);
        var y = Vector.MultiplyAddEstimate(p, r * r, r) + Vector<float>.One;

        // Times 2ⁿ in two halves: the first is exact, the second rounds once, also to a denormal.
        var i = Vector.ConvertToInt32Native(n);
        var half = i >> 1;
        y = y * PowerOfTwo(half) * PowerOfTwo(i - half);
        y = Vector.ConditionalSelect(Vector.GreaterThan(x, new Vector<float>(88.7228394f)), new Vector<float>(float.PositiveInfinity), y);
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(-103.9720840f)), Vector<float>.Zero, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> n) => Vector.AsVectorSingle(n + new Vector<int>(127) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Tanh(Vector<float> x)
    {
        var z = x * x;
        var p = Step(new Vector<float>(-5.70498872745e-3f), z, 2.06390887954e-2f);
        p = Step(p, z, -5.37397155531e-2f);
        p = Step(p, z, 1.33314422036e-1f);
        p = Step(p, z, -3.33332819422e-1f);
        var near = Vector.MultiplyAddEstimate(p, z * x, x);

        var a = Vector.Abs(x);
        var far = Vector<float>.One - new Vector<float>(2) / (Exp(a + a) + Vector<float>.One);
        return Vector.ConditionalSelect(Vector.LessThan(a, new Vector<float>(0.625f)), near, Vector.CopySign(far, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Tanh(Vector<double> x)
    {
        var z = x * x;
        var p = Step(new Vector<double>(-9.64399179425052238628e-1), z, -9.92877231001918586564e1);
        p = Step(p, z, -1.61468768441708447952e3);
        var q = Step(new Vector<double>(1), z, 1.12811678491632931402e2);
        q = Step(q, z, 2.23548839060100448583e3);
        q = Step(q, z, 4.84406305325125486048e3);
        var near = x + x * z * (p / q);

        var a = Vector.Abs(x);
        var far = Vector<double>.One - new Vector<double>(2) / (Vector.Exp(a + a) + Vector<double>.One);
        return Vector.ConditionalSelect(Vector.LessThan(a, new Vector<double>(0.625)), near, Vector.CopySign(far, x));
    }

    /// <summary>p · x + c: a step of Horner's rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Step(Vector<float> p, Vector<float> x, float c) => Vector.MultiplyAddEstimate(p, x, new Vector<float>(c));

    /// <inheritdoc cref="Step(Vector{float}, Vector{float}, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Step(Vector<double> p, Vector<double> x, double c) => Vector.MultiplyAddEstimate(p, x, new Vector<double>(c));

    private static bool IsFloat<T>() => typeof(T) == typeof(float);

    private static bool IsDouble<T>() => typeof(T) == typeof(double);
}
