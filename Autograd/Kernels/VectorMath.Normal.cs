using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

// The error function.
internal static partial class VectorMath
{
    /// <summary>The error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Erf<T>(Vector<T> x) => IsFloat<T>() ? Erf(x.As<T, float>()).As<float, T>() : Erf(x.As<T, double>()).As<double, T>();

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
        var far = Vector<double>.One - Exp(-(t * t)) * p / q;
        return Vector.ConditionalSelect(Vector.LessThan(t, Vector.Create(0.46875)), near, Vector.CopySign(far, x));
    }
}
