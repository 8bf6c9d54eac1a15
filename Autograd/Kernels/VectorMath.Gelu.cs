using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

// GELU and its slope. Φ is the distribution function of the normal distribution, φ its density.
internal static partial class VectorMath
{
    /// <summary>x·Φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Gelu<T>(Vector<T> x) => IsFloat<T>() ? Gelu(x.As<T, float>()).As<float, T>() : Gelu(x.As<T, double>()).As<double, T>();

    /// <summary>Φ(x) + x·φ(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> GeluSlope<T>(Vector<T> x) => IsFloat<T>() ? GeluSlope(x.As<T, float>()).As<float, T>() : GeluSlope(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Gelu(Vector<double> x)
        => x * Vector.Create(0.5) * (Vector<double>.One + Erf(x * Vector.Create(0.70710678118654752)));

    /// <summary>With Φ(x) = (1 + erf(x/√2))/2 and φ(x) = e^(−x²/2)/√(2π).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> GeluSlope(Vector<double> x)
        => Vector.Create(0.5) * (Vector<double>.One + Erf(x * Vector.Create(0.70710678118654752)))
            + x * Exp(x * x * Vector.Create(-0.5)) * Vector.Create(0.39894228040143268);

    // ---- from tables ----------------------------------------------------------------------------------------------------

    // Where the processor can pick from the sixteen numbers of a register, those are the coefficients of sixteen polynomials, and there is
    // neither exponential nor quotient. The few lanes beyond the table take the long way, and they alone: a result does not depend on its
    // neighbours. (That way is no call: around one, all registers would go to memory and back, though it is never taken.) Eight numbers are
    // half of sixteen: picking from half a register is no faster.
    private const float EndOfTable = 3.375f;

    /// <summary>x·Φ(x) = max(x, 0) − t·Φ(−t) with t = |x|: nothing cancels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Gelu(Vector<float> x)
    {
        var t = Vector.Abs(x);
        var positive = Vector.MaxNative(Vector<float>.Zero, x);
        if (!HasWide) return positive - Tail(t);
        var tail = TableOfTails(Half(t)).GetLower().AsVector();
        var far = Vector.GreaterThan(t, Vector.Create(EndOfTable));
        if (Vector.AnyWhereAllBitsSet(far)) tail = Vector.ConditionalSelect(far, Tail(t), tail);
        return positive - tail;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Gelu(Vector512<float> x)
    {
        var t = Vector512.Abs(x);
        var tail = TableOfTails(t);
        var far = Vector512.GreaterThan(t, Vector512.Create(EndOfTable));
        if (Vector512.AnyWhereAllBitsSet(far)) tail = Vector512.ConditionalSelect(far, Both(Tail(t.GetLower().AsVector()), Tail(t.GetUpper().AsVector())), tail);
        return Vector512.MaxNative(Vector512<float>.Zero, x) - tail;
    }

    /// <summary>With h(t) = Φ(−t) − t·φ(t), the slope is 1 − h(x) for x ≥ 0 and h(−x) below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> GeluSlope(Vector<float> x)
    {
        if (!HasWide) return SlopeOf(x);
        var t = Vector.Abs(x);
        var h = TableOfSlopes(Half(t)).GetLower().AsVector();
        var slope = Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), h, Vector<float>.One - h);
        var far = Vector.GreaterThan(t, Vector.Create(EndOfTable));
        return Vector.AnyWhereAllBitsSet(far) ? Vector.ConditionalSelect(far, SlopeOf(x), slope) : slope;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> GeluSlope(Vector512<float> x)
    {
        var t = Vector512.Abs(x);
        var h = TableOfSlopes(t);
        var slope = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), h, Vector512<float>.One - h);
        var far = Vector512.GreaterThan(t, Vector512.Create(EndOfTable));
        return Vector512.AnyWhereAllBitsSet(far)
            ? Vector512.ConditionalSelect(far, Both(SlopeOf(x.GetLower().AsVector()), SlopeOf(x.GetUpper().AsVector())), slope) : slope;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Half(Vector<float> lower) => lower.AsVector256().ToVector512Unsafe();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Both(Vector<float> lower, Vector<float> upper) => Vector512.Create(lower.AsVector256(), upper.AsVector256());

    /// <summary>t = n·7/32 + d with |d| ≤ 7/64, where the low bits of n count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<int> N, Vector512<float> D) Place(Vector512<float> t)
    {
        var far = Vector512.Create(12582912f);                              // 1½ · 2²³: there the sum is rounded to a whole number
        var turned = Vector512.MultiplyAddEstimate(t, Vector512.Create(32f / 7), far);
        return (turned.AsInt32(), Vector512.MultiplyAddEstimate(turned - far, Vector512.Create(-7f / 32), t));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pick(Vector512<int> n, Vector512<float> table) => Avx512F.PermuteVar16x32(table, n);

    /// <summary>
    /// t·Φ(−t) near t = n·7/32: minimax fits in proportion to it, to 0.2 ulp, the coefficients rounded so that their errors make up for each
    /// other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TableOfTails(Vector512<float> t)
    {
        var (n, d) = Place(t);
        var p = Pick(n, Vector512.Create(
            -0.002730282f, -0.0121621005f, -0.020949932f, -0.02358333f, -0.020105535f, -0.012498503f, -0.0037014904f, 0.0036145065f,
            0.007917474f, 0.009028613f, 0.007769118f, 0.0053536785f, 0.0028519938f, 9.1101753e-4f, -2.647497e-4f, -7.743057e-4f));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            0.06675266f, 0.059365775f, 0.040656984f, 0.015700262f, -0.008682608f, -0.026777947f, -0.03564794f, -0.035510857f,
            -0.028933434f, -0.019411797f, -0.010052157f, -0.0027983144f, 0.0016897746f, 0.003706913f, 0.0040088044f, 0.0033978543f)));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            -1.0317195e-5f, 0.056121375f, 0.10067667f, 0.12557314f, 0.1283221f, 0.11210765f, 0.08398795f, 0.05218167f,
            0.023591382f, 0.0023378443f, -0.010437093f, -0.015836414f, -0.016091218f, -0.013551316f, -0.010067447f, -0.006779997f)));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            -0.39894214f, -0.380191f, -0.3278358f, -0.2523945f, -0.16790988f, -0.0881476f, -0.023380086f, 0.021291204f,
            0.045834444f, 0.053882767f, 0.050774682f, 0.041805636f, 0.031114709f, 0.02129255f, 0.013529129f, 0.008031087f)));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            0.5f, 0.32821697f, 0.1722665f, 0.044744458f, -0.04726117f, -0.1028826f, -0.12660281f, -0.12629572f,
            -0.11092615f, -0.088603996f, -0.06540505f, -0.045024917f, -0.02906853f, -0.017665997f, -0.01013259f, -0.005495157f)));
        return Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            0, 0.09043615f, 0.14475754f, 0.16788952f, 0.16693859f, 0.1498791f, 0.124261916f, 0.096244894f,
            0.070103526f, 0.048216466f, 0.031397235f, 0.019391043f, 0.011372677f, 0.006339574f, 0.0033610398f, 0.0016955547f)));
    }

    /// <summary>Φ(−t) − t·φ(t) near t = n·7/32, likewise; near its zero at 0.75 in proportion to 0.05.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TableOfSlopes(Vector512<float> t)
    {
        var (n, d) = Place(t);
        var p = Pick(n, Vector512.Create(
            -0.05917819f, -0.05025347f, -0.02606285f, 0.0032693676f, 0.0271297f, 0.039681464f, 0.038507715f, 0.027220063f,
            0.012081895f, -0.0011778206f, -0.009312312f, -0.011902684f, -0.010459264f, -0.0071349605f, -0.0037043272f, -0.0011403303f));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            -1.101744e-4f, -0.061802898f, -0.10489775f, -0.11790361f, -0.10056022f, -0.06262658f, -0.01870619f, 0.01788544f,
            0.03948201f, 0.04514618f, 0.038939353f, 0.026905436f, 0.014394064f, 0.00465671f, -0.0012662f, -0.0038519546f)));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            0.26597136f, 0.23807277f, 0.16293895f, 0.06275794f, -0.03505391f, -0.10758563f, -0.14305183f, -0.142371f,
            -0.11587826f, -0.07763301f, -0.040096126f, -0.011051565f, 0.006883813f, 0.014912235f, 0.016080098f, 0.0136048505f)));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            -2.0156982e-7f, 0.16837062f, 0.30203527f, 0.3767189f, 0.38496754f, 0.3363256f, 0.25196436f, 0.15654723f,
            0.07077522f, 0.0070136674f, -0.031311404f, -0.04751066f, -0.04827506f, -0.040655352f, -0.030202968f, -0.02034014f)));
        p = Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            -0.7978846f, -0.7603824f, -0.6556737f, -0.5047873f, -0.3358179f, -0.17629462f, -0.046758268f, 0.04258277f,
            0.09166965f, 0.107765526f, 0.10154911f, 0.08361087f, 0.0622292f, 0.042584956f, 0.027058171f, 0.016062144f)));
        return Vector512.MultiplyAddEstimate(p, d, Pick(n, Vector512.Create(
            0.5f, 0.32821697f, 0.1722665f, 0.044744458f, -0.04726117f, -0.1028826f, -0.12660281f, -0.12629572f,
            -0.11092615f, -0.088603996f, -0.06540505f, -0.045024917f, -0.029068528f, -0.017665995f, -0.010132589f, -0.005495157f)));
    }

    // ---- far from 0, and without tables -----------------------------------------------------------------------------------

    /// <summary>t·Φ(−t) = t·e^(−t²/2)·R(t), where R falls slowly from ½.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Tail(Vector<float> t)
    {
        t = Vector.MinNative(Vector.Create(14.5f), t);                      // beyond, t·Φ(−t) rounds to 0
        var n = Round(t * t, -0.72134752f);
        return Scale(Tail(t, n), n);
    }

    /// <inheritdoc cref="GeluSlope(Vector{double})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> SlopeOf(Vector<float> x)
        => Vector.Create(0.5f) * (Vector<float>.One + Erf(x * Vector.Create(0.70710678f))) + x * Exp(x * x * Vector.Create(-0.5f)) * Vector.Create(0.39894228f);

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
}
