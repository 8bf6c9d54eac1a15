using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

// Sine and cosine in double precision. (Those of .NET take another formula for the whole register when one lane of it is large, so that a
// result would depend on its neighbours.)
internal static partial class VectorMath
{
    /// <summary>Up to this angle, what three doubles leave out of n·π/2 is far below half an ulp of the smallest rest.</summary>
    private const double LongTurns = 1e9;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Sin(Vector<double> x) => SinAfter(0, Vector.Abs(x)) ^ (x & Vector.Create(-0.0));      // sin(−x) = −sin x, and −0 stays

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Cos(Vector<double> x) => SinAfter(1, Vector.Abs(x));

    /// <summary>sin(a + q·π/2) for a ≥ 0 and q = 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> SinAfter(int q, Vector<double> a)
    {
        var (n, r, ρ) = Turn(a);
        var z = r * r;

        // sin r = r + r³·S(r²) and cos r = 1 − r²/2 + r⁴·C(r²) (fdlibm); ρ adds cos r ≈ 1 − r²/2 times itself to the one, and −r times itself to the other.
        var s = Step(Step(Vector.Create(1.58969099521155010221e-10), z, -2.50507602534068634195e-8), z, 2.75573137070700676789e-6);
        s = Step(Step(Step(s, z, -1.98412698298579493134e-4), z, 8.33333333332248946124e-3), z, -1.66666666666666324348e-1);
        var half = z * Vector.Create(0.5);
        s = r + Vector.MultiplyAddEstimate(s, z * r, Vector.MultiplyAddEstimate(-half, ρ, ρ));

        var c = Step(Step(Vector.Create(-1.13596475577881948265e-11), z, 2.08757232129817482790e-9), z, -2.75573143513906633035e-7);
        c = Step(Step(Step(c, z, 2.48015872894767294178e-5), z, -1.38888888888741095749e-3), z, 4.16666666666666019037e-2);
        var most = Vector<double>.One - half;
        c = most + (Vector<double>.One - most - half + Vector.MultiplyAddEstimate(c, z * z, -r * ρ));       // with what rounding "most" has lost

        var quadrant = n + Vector.Create((long)q);
        var odd = Vector.Equals(quadrant & Vector<long>.One, Vector<long>.One);
        var y = Vector.ConditionalSelect(Vector.AsVectorDouble(odd), c, s) ^ Vector.AsVectorDouble((quadrant & Vector.Create(2L)) << 62);
        return Vector.GreaterThanAny(a, Vector.Create(LongTurns)) ? SinFarAfter(q, a, y) : y;
    }

    /// <summary>a = n·π/2 + r + ρ with |r| ≤ π/4, where ρ is what rounding r loses, and the two low bits of n count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<long> N, Vector<double> R, Vector<double> Lost) Turn(Vector<double> a)
    {
        // Adding 1½·2⁵² rounds, and leaves n in the low bits. The first difference is exact, and so are the products in two parts; the error
        // of the second difference is known (Knuth).
        var far = Vector.Create(6755399441055744.0);
        var turned = Vector.MultiplyAddEstimate(a, Vector.Create(0.6366197723675814), far);
        var n = turned - far;
        var t = Vector.FusedMultiplyAdd(n, Vector.Create(-1.5707963267948966), a);
        var p = n * Vector.Create(6.123233995736766e-17);
        Vector<double> r = t - p, v = r - t, ρ = t - (r - v) - (p + v);
        ρ -= Vector.FusedMultiplyAdd(n, Vector.Create(6.123233995736766e-17), -p);
        ρ = Vector.FusedMultiplyAdd(n, Vector.Create(1.4973849048591698e-33), ρ);
        return (Vector.AsVectorInt64(turned), r, ρ);
    }

    /// <summary>The lanes that lie beyond; the others stay, so that a result does not depend on its neighbours.</summary>
    private static Vector<double> SinFarAfter(int q, Vector<double> a, Vector<double> y)
    {
        for (int i = 0; i < Vector<double>.Count; i++)
            if (Lane(ref a, i) is > LongTurns and var angle) Lane(ref y, i) = q == 0 ? Math.Sin(angle) : Math.Cos(angle);
        return y;
    }
}
