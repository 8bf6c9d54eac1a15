using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Functions of one float or double that have no vector form. (The type tests are decided by the compiler.)</summary>
internal static class ScalarMath
{
    internal static T Tan<T>(T x) => IsFloat<T>() ? To<T>(MathF.Tan(Float(x))) : To<T>(Math.Tan(Double(x)));

    internal static T Asin<T>(T x) => IsFloat<T>() ? To<T>(MathF.Asin(Float(x))) : To<T>(Math.Asin(Double(x)));

    internal static T Acos<T>(T x) => IsFloat<T>() ? To<T>(MathF.Acos(Float(x))) : To<T>(Math.Acos(Double(x)));

    internal static T Atan<T>(T x) => IsFloat<T>() ? To<T>(MathF.Atan(Float(x))) : To<T>(Math.Atan(Double(x)));

    internal static T Sinh<T>(T x) => IsFloat<T>() ? To<T>(MathF.Sinh(Float(x))) : To<T>(Math.Sinh(Double(x)));

    internal static T Cosh<T>(T x) => IsFloat<T>() ? To<T>(MathF.Cosh(Float(x))) : To<T>(Math.Cosh(Double(x)));

    /// <summary>xⁿ, but for floats; for integers by squaring, wrapping round on overflow as C does (a negative exponent gives 0, but for a base of ±1).</summary>
    internal static T Pow<T>(T x, T n)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(double)) return To<T>(Math.Pow(Double(x), Double(n)));
        if (T.IsNegative(n))
            return x == T.One ? T.One : T.IsZero(x + T.One) ? (T.IsEvenInteger(n) ? T.One : -T.One) : T.Zero;
        var y = T.One;
        for (long e = long.CreateTruncating(n); e > 0; e >>= 1, x *= x)
            if ((e & 1) != 0) y *= x;
        return y;
    }

    /// <summary>Half to even, and whole numbers as they are.</summary>
    internal static T Round<T>(T x) => IsFloat<T>() ? To<T>(MathF.Round(Float(x))) : typeof(T) == typeof(double) ? To<T>(Math.Round(Double(x))) : x;

    /// <summary>The remainder with the divisor's sign.</summary>
    internal static T Remainder<T>(T a, T b)
        where T : unmanaged, INumber<T>
    {
        var r = Modulo(a, b);
        return !T.IsZero(r) && T.IsNegative(r) != T.IsNegative(b) ? r + b : r;
    }

    /// <summary>The remainder with the dividend's sign. The smallest integer divided by −1 is no integer, and .NET throws even for its remainder, 0.</summary>
    internal static T Modulo<T>(T a, T b)
        where T : unmanaged, INumber<T>
        => IsMinusOne(b) ? T.Zero : a % b;

    /// <summary>The quotient of integers, towards zero; the smallest integer divided by −1 wraps round to itself.</summary>
    internal static T Quotient<T>(T a, T b)
        where T : unmanaged, INumber<T>
        => IsMinusOne(b) ? -a : a / b;

    private static bool IsMinusOne<T>(T b)
        where T : unmanaged, INumber<T>
        => !IsFloat<T>() && typeof(T) != typeof(double) && T.IsNegative(b) && T.IsZero(b + T.One);

    /// <summary>⌊a / b⌋.</summary>
    internal static T FloorDivide<T>(T a, T b)
        where T : unmanaged, INumber<T>
    {
        if (IsFloat<T>() || typeof(T) == typeof(double))
        {
            if (T.IsZero(b)) return a / b;
            var r = a % b;
            var q = (a - r) / b;                                       // whole but for rounding
            if (!T.IsZero(r) && T.IsNegative(b) != T.IsNegative(r)) q -= T.One;
            if (T.IsZero(q)) return IsFloat<T>() ? To<T>(MathF.CopySign(0, Float(a / b))) : To<T>(Math.CopySign(0, Double(a / b)));
            var whole = IsFloat<T>() ? To<T>(MathF.Floor(Float(q))) : To<T>(Math.Floor(Double(q)));
            return q - whole > T.One / (T.One + T.One) ? whole + T.One : whole;
        }
        return Quotient(a - Remainder(a, b), b);
    }

    /// <summary>Truncates towards zero on the way to an integer, and wraps round as C does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TTo Cast<TFrom, TTo>(TFrom x)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        if (typeof(TTo) == typeof(float) || typeof(TTo) == typeof(double)) return TTo.CreateTruncating(x);
        if (IsFloat<TFrom>()) return TTo.CreateTruncating(ToInteger(Float(x)));
        if (typeof(TFrom) == typeof(double)) return TTo.CreateTruncating(ToInteger(Double(x)));
        return TTo.CreateTruncating(x);
    }

    /// <summary>NaN, the infinities and what is too large give the smallest integer, as the processor's conversion does.</summary>
    private static long ToInteger(double x) => Math.Abs(x) < 9.2233720368547758e18 ? (long)x : long.MinValue;

    private static bool IsFloat<T>() => typeof(T) == typeof(float);

    private static float Float<T>(T x) => (float)(object)x!;

    private static double Double<T>(T x) => (double)(object)x!;

    private static T To<T>(float x) => (T)(object)x;

    private static T To<T>(double x) => (T)(object)x;
}
