using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

// The error function and what is made of it.
internal static partial class VectorMath
{
    /// <summary>The error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Erf<T>(Vector<T> x) => IsFloat<T>() ? Erf(x.As<T, float>()).As<float, T>() : Erf(x.As<T, double>()).As<double, T>();

    /// <summary>x·Φ(x), where Φ is the distribution function of the normal distribution.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Gelu<T>(Vector<T> x) => IsFloat<T>() ? Gelu(x.As<T, float>()).As<float, T>() : Gelu(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Erf(Vector<float> x)
    {
        // Near 0, x + x·p(x²); beyond, 1 − e^p(|x|), where p fits ln erfc. Both are minimax fits, to 0.2 and 0.03 ulp.
        var s = x * x;
        var near = Step(Vector.Create(-6.0903577833e-4f), s, 5.0119622610e-3f);
        near = Step(near, s, -2.6778908446e-2f);
        near = Step(near, s, 1.1282140762e-1f);
        near = Step(near, s, -3.7612524629e-1f);
        near = Step(near, s, 1.2837915123e-1f);
        near = Vector.MultiplyAddEstimate(near, x, x);

        var a = Vector.MinNative(Vector.Create(4f), Vector.Abs(x));                      // beyond, erf rounds to 1
        var far = Step(Vector.Create(-2.0909556042e-5f), a, 4.3230300071e-4f);
        far = Step(far, a, -4.1605271399e-3f);
        far = Step(far, a, 2.5091497228e-2f);
        far = Step(far, a, -1.0823661834e-1f);
        far = Step(far, a, -6.3338667154e-1f);
        far = Step(far, a, -1.1294951439e0f);
        far = Step(far, a, 1.7055204080e-4f);
        var (p, n) = ExpParts(far);
        far = Vector<float>.One - Shift(p, n);
        return Vector.ConditionalSelect(Vector.GreaterThan(a, Vector.Create(0.9f)), Vector.CopySign(far, x), near);
    }

    /// <summary>
    /// x·Φ(x) = max(x, 0) − t·Φ(−t) with t = |x|: nothing cancels. Φ(−t) = e^(−t²/2)·R(t), where R falls slowly from ½.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Gelu(Vector<float> x)
    {
        var t = Vector.MinNative(Vector.Create(14.5f), Vector.Abs(x));                      // beyond, t·Φ(−t) rounds to 0
        var n = Round(t * t, -0.72134752f);
        return Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, x) - Scale(Tail(t, n), n);
    }

    /// <summary>
    /// t·Φ(−t)·2⁻ⁿ for n = round(−t²/2 / ln 2). In single precision t² and the polynomials would round too often for 2 ulps, so they are
    /// taken in double: e^(−t²/2) = 2ⁿ·eʳ = 2ⁿ·(1 + d), of which d need not be.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Tail(Vector<float> t, Vector<float> n)
    {
        if (Avx512F.IsSupported && Vector<float>.Count == Vector256<float>.Count)
        {
            Vector512<double> wide = Avx512F.ConvertToVector512Double(t.AsVector256()), turns = Avx512F.ConvertToVector512Double(n.AsVector256());
            var near = Avx512F.ConvertToVector256Single(Vector512.MultiplyAddEstimate(turns, Vector512.Create(-Ln2), wide * wide * -0.5));
            var d = Avx512F.ConvertToVector512Double(ExpMinus1NearZero(near.AsVector()).AsVector256());
            return Avx512F.ConvertToVector256Single((d + Vector512<double>.One) * Ratio(wide)).AsVector();
        }
        Vector.Widen(t, out var t0, out var t1);
        Vector.Widen(n, out var n0, out var n1);
        var r = Vector.Narrow(
            Vector.MultiplyAddEstimate(n0, Vector.Create(-Ln2), t0 * t0 * Vector.Create(-0.5)), Vector.MultiplyAddEstimate(n1, Vector.Create(-Ln2), t1 * t1 * Vector.Create(-0.5)));
        Vector.Widen(ExpMinus1NearZero(r), out var d0, out var d1);
        return Vector.Narrow((d0 + Vector<double>.One) * Ratio(t0), (d1 + Vector<double>.One) * Ratio(t1));
    }

    private const double Ln2 = 0.69314718055994531;

    // t·R(t) = t·Φ(−t)·e^(t²/2) ≈ t·P(t)/Q(t) for 0 ≤ t ≤ 14.5, a minimax fit to 0.1 ulp of a float
    private const double P0 = 0.500000002971, P1 = 0.438492839471, P2 = 0.183381831765, P3 = 0.0406827026056, P4 = 0.0041236588923;
    private const double Q1 = 1.67487066452, Q2 = 1.20311226886, Q3 = 0.469857909782, Q4 = 0.101982792123, Q5 = 0.010336361894;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Ratio(Vector<double> t)
        => t * Step(Step(Step(Step(Vector.Create(P4), t, P3), t, P2), t, P1), t, P0)
            / Step(Step(Step(Step(Step(Vector.Create(Q5), t, Q4), t, Q3), t, Q2), t, Q1), t, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Ratio(Vector512<double> t)
        => t * Step(Step(Step(Step(Vector512.Create(P4), t, P3), t, P2), t, P1), t, P0)
            / Step(Step(Step(Step(Step(Vector512.Create(Q5), t, Q4), t, Q3), t, Q2), t, Q1), t, 1);

    /// <inheritdoc cref="Step(Vector{float}, Vector{float}, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Step(Vector512<double> p, Vector512<double> x, double c) => Vector512.MultiplyAddEstimate(p, x, Vector512.Create(c));

    /// <summary>Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Erf(Vector<double> x)
    {
        var z = x * x;
        var p = Step(Vector.Create(1.85777706184603153e-1), z, 3.16112374387056560);
        p = Step(p, z, 1.13864154151050156e2);
        p = Step(p, z, 3.77485237685302021e2);
        p = Step(p, z, 3.20937758913846947e3);
        var q = Step(Vector<double>.One, z, 2.36012909523441209e1);
        q = Step(q, z, 2.44024637934444173e2);
        q = Step(q, z, 1.28261652607737228e3);
        q = Step(q, z, 2.84423683343917062e3);
        var near = x * p / q;

        // Beyond, erfc t = e^(−t²)·P(t)/Q(t); erfc 6 = 2e-17 is below half an ulp of 1.
        var t = Vector.MinNative(Vector.Create(6.0), Vector.Abs(x));
        p = Step(Vector.Create(2.15311535474403846e-8), t, 5.64188496988670089e-1);
        p = Step(p, t, 8.88314979438837594);
        p = Step(p, t, 6.61191906371416295e1);
        p = Step(p, t, 2.98635138197400131e2);
        p = Step(p, t, 8.81952221241769090e2);
        p = Step(p, t, 1.71204761263407058e3);
        p = Step(p, t, 2.05107837782607147e3);
        p = Step(p, t, 1.23033935479799725e3);
        q = Step(Vector<double>.One, t, 1.57449261107098347e1);
        q = Step(q, t, 1.17693950891312499e2);
        q = Step(q, t, 5.37181101862009858e2);
        q = Step(q, t, 1.62138957456669019e3);
        q = Step(q, t, 3.29079923573345963e3);
        q = Step(q, t, 4.36261909014324716e3);
        q = Step(q, t, 3.43936767414372164e3);
        q = Step(q, t, 1.23033935480374942e3);
        var far = Vector<double>.One - Vector.Exp(-(t * t)) * p / q;
        return Vector.ConditionalSelect(Vector.LessThan(t, Vector.Create(0.46875)), near, Vector.CopySign(far, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Gelu(Vector<double> x)
        => x * Vector.Create(0.5) * (Vector<double>.One + Erf(x * Vector.Create(0.70710678118654752)));
}
