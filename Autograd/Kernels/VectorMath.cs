using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Functions of a vector register of floats or doubles. (The type tests are decided by the compiler.)</summary>
internal static class VectorMath
{
    internal static Vector<T> Exp<T>(Vector<T> x) => IsFloat<T>() ? Vector.Exp(x.As<T, float>()).As<float, T>() : Vector.Exp(x.As<T, double>()).As<double, T>();

    internal static Vector<T> Log<T>(Vector<T> x) => IsFloat<T>() ? Vector.Log(x.As<T, float>()).As<float, T>() : Vector.Log(x.As<T, double>()).As<double, T>();

    internal static Vector<T> Log2<T>(Vector<T> x) => IsFloat<T>() ? Vector.Log2(x.As<T, float>()).As<float, T>() : Vector.Log2(x.As<T, double>()).As<double, T>();

    internal static Vector<T> Sin<T>(Vector<T> x) => IsFloat<T>() ? Vector.Sin(x.As<T, float>()).As<float, T>() : Vector.Sin(x.As<T, double>()).As<double, T>();

    internal static Vector<T> Cos<T>(Vector<T> x) => IsFloat<T>() ? Vector.Cos(x.As<T, float>()).As<float, T>() : Vector.Cos(x.As<T, double>()).As<double, T>();

    internal static Vector<T> Floor<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Floor(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Floor(x.As<T, double>()).As<double, T>() : x;

    internal static Vector<T> Ceiling<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Ceiling(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Ceiling(x.As<T, double>()).As<double, T>() : x;

    internal static Vector<T> Truncate<T>(Vector<T> x)
        => IsFloat<T>() ? Vector.Truncate(x.As<T, float>()).As<float, T>() : IsDouble<T>() ? Vector.Truncate(x.As<T, double>()).As<double, T>() : x;

    /// <summary>1 / (1 + e⁻ˣ); e⁻ˣ overflows to ∞ for very negative x, which gives 0.</summary>
    internal static Vector<T> Sigmoid<T>(Vector<T> x) => Vector<T>.One / (Vector<T>.One + Exp(-x));

    /// <summary>tanh: near 0 an odd polynomial or rational (Cephes), beyond 1 − 2/(e^(2|x|) + 1) with the sign of x.</summary>
    internal static Vector<T> Tanh<T>(Vector<T> x)
        => IsFloat<T>() ? Tanh(x.As<T, float>()).As<float, T>() : Tanh(x.As<T, double>()).As<double, T>();

    private static Vector<float> Tanh(Vector<float> x)
    {
        var z = x * x;
        var p = new Vector<float>(-5.70498872745e-3f) * z + new Vector<float>(2.06390887954e-2f);
        p = p * z - new Vector<float>(5.37397155531e-2f);
        p = p * z + new Vector<float>(1.33314422036e-1f);
        p = p * z - new Vector<float>(3.33332819422e-1f);
        var near = p * z * x + x;

        var a = Vector.Abs(x);
        var far = Vector<float>.One - new Vector<float>(2) / (Vector.Exp(a + a) + Vector<float>.One);
        return Vector.ConditionalSelect(Vector.LessThan(a, new Vector<float>(0.625f)), near, Vector.CopySign(far, x));
    }

    private static Vector<double> Tanh(Vector<double> x)
    {
        var z = x * x;
        var p = new Vector<double>(-9.64399179425052238628e-1) * z - new Vector<double>(9.92877231001918586564e1);
        p = p * z - new Vector<double>(1.61468768441708447952e3);
        var q = (z + new Vector<double>(1.12811678491632931402e2)) * z + new Vector<double>(2.23548839060100448583e3);
        q = q * z + new Vector<double>(4.84406305325125486048e3);
        var near = x + x * z * (p / q);

        var a = Vector.Abs(x);
        var far = Vector<double>.One - new Vector<double>(2) / (Vector.Exp(a + a) + Vector<double>.One);
        return Vector.ConditionalSelect(Vector.LessThan(a, new Vector<double>(0.625)), near, Vector.CopySign(far, x));
    }

    private static bool IsFloat<T>() => typeof(T) == typeof(float);

    private static bool IsDouble<T>() => typeof(T) == typeof(double);
}
