using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

// Logarithms. In single precision of x = (1 + f)·2ᵉ with 1 + f in [¾, 1½): f is exact, and near x = 1, where ln x is small, e = 0.
internal static partial class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log<T>(Vector<T> x) => IsFloat<T>() ? Log(x.As<T, float>()).As<float, T>() : Vector.Log(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log2<T>(Vector<T> x) => IsFloat<T>() ? Log2(x.As<T, float>()).As<float, T>() : Vector.Log2(x.As<T, double>()).As<double, T>();

    /// <summary>ln(1 + x), exact also near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Log1p<T>(Vector<T> x) => IsFloat<T>() ? Log1p(x.As<T, float>()).As<float, T>() : Log1p(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Log(Vector<float> x)
    {
        var (f, e) = Split(x);
        return LogOf(f, e);
    }

    /// <summary>e + (f + Bend(f))/ln 2, where the greatest part of f/ln 2, f itself, needs no rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Log2(Vector<float> x)
    {
        var (f, e) = Split(x);
        return e + (f + Vector.MultiplyAddEstimate(f, Vector.Create(0.44269504f), Bend(f) * Vector.Create(1.4426950f)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Log1p(Vector<float> x)
    {
        var u = Vector<float>.One + x;
        var (f, e) = Split(u);
        var lost = x - (u - Vector<float>.One);                              // by the rounding of u, which is 2ᵉ times that of 1 + f
        var scale = Vector.AsVectorSingle(Vector.Create(0x3f800000) - (Vector.ConvertToInt32Native(e) << 23));
        f += Vector.ConditionalSelect(Vector.LessThan(x, Vector.Create(16777216f)), lost * scale, Vector<float>.Zero);
        return Vector.CopySign(LogOf(f, e), x);                              // −0 stays
    }

    /// <summary>x = (1 + f)·2ᵉ with 1 + f in [¾, 1½). At 0, e is −∞, and at ∞ it is ∞; below 0 one of the two is NaN: so is then the logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> F, Vector<float> E) Split(Vector<float> x)
    {
        if (Avx512F.VL.IsSupported && Vector<float>.Count == Vector256<float>.Count)
        {
            const byte fromThreeQuarters = 0b1011;                           // and NaN for a negative number
            var m = Avx512F.VL.GetMantissa(x.AsVector256(), fromThreeQuarters);
            var below = Vector256.LessThan(m, Vector256<float>.One) & Vector256<float>.One;
            return ((m - Vector256<float>.One).AsVector(), (Avx512F.VL.GetExponent(x.AsVector256()) + below).AsVector());
        }
        var denormal = Vector.LessThan(x, Vector.Create(1.17549435e-38f));
        var bits = Vector.AsVectorInt32(Vector.ConditionalSelect(denormal, x * Vector.Create(8388608f), x));
        var n = bits - Vector.Create(0x3f400000) >> 23;                      // ¾ has these bits
        var f = Vector.AsVectorSingle(bits - (n << 23)) - Vector<float>.One;
        var e = Vector.ConvertToSingle(n) - (Vector.AsVectorSingle(denormal) & Vector.Create(23f));
        e = Vector.ConditionalSelect(Vector.LessThan(x, Vector.Create(float.PositiveInfinity)), e, x);
        e = Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), Vector.Create(float.NaN), e);
        return (f, Vector.ConditionalSelect(Vector.Equals(x, Vector<float>.Zero), Vector.Create(float.NegativeInfinity), e));
    }

    /// <summary>ln((1 + f)·2ᵉ). ln 2 is added in two parts, the first of which has so few digits that e times it is exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> LogOf(Vector<float> f, Vector<float> e)
        => Vector.MultiplyAddEstimate(e, Vector.Create(0.6931457519f), f + Vector.MultiplyAddEstimate(e, Vector.Create(1.4286068e-6f), Bend(f)));

    /// <summary>ln(1 + f) − f = f²·P(f) for 1 + f in [¾, 1½), a minimax fit to 0.15 ulp of the logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Bend(Vector<float> f)
    {
        var p = Step(Vector.Create(-4.4909636e-2f), f, 1.0448334e-1f);
        p = Step(p, f, -1.3162232e-1f);
        p = Step(p, f, 1.4482061e-1f);
        p = Step(p, f, -1.6647767e-1f);
        p = Step(p, f, 1.9990607e-1f);
        p = Step(p, f, -2.5000055e-1f);
        p = Step(p, f, 3.3333455e-1f);
        p = Step(p, f, -0.5f);
        return p * (f * f);
    }

    /// <summary>Kahan: with u = 1 + x rounded, ln u · x/(u − 1) makes good what the rounding lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Log1p(Vector<double> x)
    {
        var u = Vector<double>.One + x;
        var d = u - Vector<double>.One;
        var y = Vector.ConditionalSelect(Vector.Equals(d, Vector<double>.Zero), x, Vector.Log(u) * (x / d));
        return Vector.ConditionalSelect(Vector.Equals(x, Vector.Create(double.PositiveInfinity)), x, y);      // ∞/∞ is not 1
    }
}
