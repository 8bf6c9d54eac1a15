using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

// Functions of sixteen floats at once, where the processor has such registers. Step for step the formulas for Vector<float>, and so the same
// bits; but one instruction does the work of two, which such long chains of them need to keep the arithmetic units busy: a quarter faster.
internal static partial class VectorMath
{
    /// <summary>Whether it has; and two of our own registers make one of them, as everything that halves or doubles one takes for granted.</summary>
    internal static bool HasWide => Avx512F.VL.IsSupported && Vector512.IsHardwareAccelerated && Vector<float>.Count == Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        var (r, n) = ModuloLn2(Vector512.MinNative(Vector512.Create(89f), Vector512.MaxNative(Vector512.Create(-104f), x)));
        return Avx512F.Scale(Step(Step(Bow(r), r, 1), r, 1), n);
    }

    /// <summary>
    /// eˣ with less work, for x ≤ 0 and to be added to a 1: to 1 ulp near 0, to 3 at −87, and no less than there. With x = n·ln 2/16 + r and
    /// |r| ≤ ln 2/32 it is 2^(n/16)·eʳ. The low four bits of n pick from a table, the others are the exponent; moved there together, the low
    /// ones add to the mantissa what the table leaves out.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ExpOfNegative(Vector512<float> x)
    {
        x = Vector512.MaxNative(Vector512.Create(-87f), x);
        var far = Vector512.Create(12582912f);                              // 1½ · 2²³: there the sum is rounded to a whole number
        var turned = Vector512.MultiplyAddEstimate(x, Vector512.Create(23.0831207f), far);
        var r = Vector512.MultiplyAddEstimate(turned - far, Vector512.Create(-0.0433216988f), x);
        var powers = Vector512.Create(
            1f, 1.0442737f, 1.0905077f, 1.1387886f, 1.1892071f, 1.2418578f, 1.2968396f, 1.3542556f,
            1.4142135f, 1.4768262f, 1.5422108f, 1.6104903f, 1.6817929f, 1.7562522f, 1.8340081f, 1.9152066f);
        var n = turned.AsInt32();
        var power = (Avx512F.PermuteVar16x32(powers.AsInt32() - (Vector512<int>.Indices << 19), n) + (n << 19)).AsSingle();
        var q = Step(Step(Vector512.Create(0.166666667f), r, 0.5f), r, 1) * r;
        return Vector512.MultiplyAddEstimate(power, q, power);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var (r, n) = ModuloLn2(Vector512.MaxNative(Vector512.Create(-104f), x | Vector512.Create(-0f)));
        var e = Avx512F.Scale(Step(Step(Bow(r), r, 1), r, 1), n);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), e, Vector512<float>.One) / (Vector512<float>.One + e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        var negative = x | Vector512.Create(-0f);
        var (r, n) = ModuloLn2(Vector512.MaxNative(Vector512.Create(-18.1f), negative + negative));
        var power = (Vector512<float>.One.AsInt32() + (Vector512.ConvertToInt32Native(n) << 23)).AsSingle();
        var m = Vector512.MultiplyAddEstimate(Vector512.MultiplyAddEstimate(Bow(r), r * r, r), power, power - Vector512<float>.One);
        var half = m * Vector512.Create(0.5f);
        return Vector512.CopySign(Vector512.MultiplyAddEstimate(half, m / (Vector512.Create(-2f) - m), half), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> R, Vector512<float> N) ModuloLn2(Vector512<float> x)
    {
        var far = Vector512.Create(12582912f);
        var n = Vector512.MultiplyAddEstimate(x, Vector512.Create(1.44269504f), far) - far;
        var r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-0.693359375f), x);
        return (Vector512.MultiplyAddEstimate(n, Vector512.Create(2.12194440e-4f), r), n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Bow(Vector512<float> r)
    {
        var p = Step(Vector512.Create(1.38145813e-3f), r, 8.36872589e-3f);
        p = Step(p, r, 4.16683890e-2f);
        p = Step(p, r, 1.66665211e-1f);
        return Step(p, r, 4.99999940e-1f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Step(Vector512<float> p, Vector512<float> x, float c) => Vector512.MultiplyAddEstimate(p, x, Vector512.Create(c));
}
