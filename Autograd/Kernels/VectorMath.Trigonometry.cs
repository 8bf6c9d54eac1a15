using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

// Sine and cosine.
internal static partial class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sin<T>(Vector<T> x) => IsFloat<T>() ? Sin(x.As<T, float>()).As<float, T>() : Vector.Sin(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Cos<T>(Vector<T> x) => IsFloat<T>() ? Cos(x.As<T, float>()).As<float, T>() : Vector.Cos(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Sin(Vector<float> x) => SinAfter(0, Vector.Abs(x)) ^ (x & Vector.Create(-0f));      // sin(−x) = −sin x, and −0 stays

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Cos(Vector<float> x) => SinAfter(1, Vector.Abs(x));

    /// <summary>Up to this angle, what three floats leave out of n·π/2 is below half an ulp of the smallest rest.</summary>
    private const float Turns = 100_000;

    /// <summary>sin(a + q·π/2) for a ≥ 0 and q = 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> SinAfter(int q, Vector<float> a)
    {
        // a = n·π/2 + r with |r| ≤ π/4. Adding 1½·2²³ rounds, and leaves n in the low bits. Fused, each step rounds r itself, and not n·π/2.
        var far = Vector.Create(12582912f);
        var turned = Vector.MultiplyAddEstimate(a, Vector.Create(0.63661977f), far);
        var n = turned - far;
        var r = Vector.FusedMultiplyAdd(n, Vector.Create(-1.5707964f), a);
        r = Vector.FusedMultiplyAdd(n, Vector.Create(4.371139e-8f), r);
        r = Vector.FusedMultiplyAdd(n, Vector.Create(1.7151245e-15f), r);
        var z = r * r;

        // sin r = r + r³·S(r²) and cos r = 1 − r²/2 + r⁴·C(r²), minimax fits to 0.07 and 0.002 ulp
        var s = Step(Step(Vector.Create(-1.9518298e-4f), z, 8.332189e-3f), z, -1.6666655e-1f);
        s = Vector.MultiplyAddEstimate(s, z * r, r);
        var c = Step(Step(Vector.Create(2.4432327e-5f), z, -1.388731e-3f), z, 4.1666646e-2f);
        c = Step(Step(c, z, -0.5f), z, 1);

        var quadrant = Vector.AsVectorInt32(turned) + Vector.Create(q);
        var odd = Vector.Equals(quadrant & Vector<int>.One, Vector<int>.One);
        var y = Vector.ConditionalSelect(Vector.AsVectorSingle(odd), c, s) ^ Vector.AsVectorSingle((quadrant & Vector.Create(2)) << 30);
        return Vector.GreaterThanAny(a, Vector.Create(Turns)) ? Far(q, a, y) : y;
    }

    /// <summary>
    /// The lanes of y that lie beyond, one at a time, by the library's functions, which take as many digits of π as the angle demands. The
    /// other lanes stay: a result does not depend on its neighbours.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<float> Far(int q, Vector<float> a, Vector<float> y)
    {
        for (int i = 0; i < Vector<float>.Count; i++)
            if (a[i] > Turns) y = y.WithElement(i, (float)(q == 0 ? Math.Sin(a[i]) : Math.Cos(a[i])));
        return y;
    }
}
