using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

// Sine and cosine.
internal static partial class VectorMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sin<T>(Vector<T> x) => IsFloat<T>() ? Sin(x.As<T, float>()).As<float, T>() : Sin(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Cos<T>(Vector<T> x) => IsFloat<T>() ? Cos(x.As<T, float>()).As<float, T>() : Cos(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Sin(Vector<float> x) => SinAfter(0, Vector.Abs(x)) ^ (x & Vector.Create(-0f));      // sin(−x) = −sin x, and −0 stays

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Cos(Vector<float> x) => SinAfter(1, Vector.Abs(x));

    /// <summary>sin(a + q·π/2) for a ≥ 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> SinAfter(int q, Vector<float> a)
    {
        var (n, r) = Turn(a);
        if (Vector.GreaterThanAny(a, Vector.Create(Turns))) TurnFar(a, ref n, ref r);
        var z = r * r;

        // sin r = r + r³·S(r²) and cos r = 1 − r²/2 + r⁴·C(r²), minimax fits to 0.07 and 0.002 ulp
        var s = Step(Step(Vector.Create(-1.9518298e-4f), z, 8.332189e-3f), z, -1.6666655e-1f);
        s = Vector.MultiplyAddEstimate(s, z * r, r);
        var c = Step(Step(Vector.Create(2.4432327e-5f), z, -1.388731e-3f), z, 4.1666646e-2f);
        c = Step(Step(c, z, -0.5f), z, 1);

        var quadrant = n + Vector.Create(q);
        var odd = Vector.Equals(quadrant & Vector<int>.One, Vector<int>.One);
        return Vector.ConditionalSelect(Vector.AsVectorSingle(odd), c, s) ^ Vector.AsVectorSingle((quadrant & Vector.Create(2)) << 30);
    }

    /// <summary>Up to this angle, what three floats leave out of n·π/2 is below half an ulp of the smallest rest.</summary>
    private const float Turns = 100_000;

    /// <summary>a = n·π/2 + r with |r| ≤ π/4, where the two low bits of n count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<int> N, Vector<float> R) Turn(Vector<float> a)
    {
        // Adding 1½·2²³ rounds, and leaves n in the low bits. Fused, each step rounds r itself, and not n·π/2.
        var far = Vector.Create(12582912f);
        var turned = Vector.MultiplyAddEstimate(a, Vector.Create(0.63661977f), far);
        var n = turned - far;
        var r = Vector.FusedMultiplyAdd(n, Vector.Create(-1.5707964f), a);
        r = Vector.FusedMultiplyAdd(n, Vector.Create(4.371139e-8f), r);
        r = Vector.FusedMultiplyAdd(n, Vector.Create(1.7151245e-15f), r);
        return (Vector.AsVectorInt32(turned), r);
    }

    /// <summary>
    /// The same for the lanes that lie beyond; the others stay, so that a result does not depend on its neighbours. (Not a call: around one,
    /// all registers would go to memory and back, though it is never taken.)
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnFar(Vector<float> a, ref Vector<int> n, ref Vector<float> r)
    {
        var (turns, rest) = (n, r);
        for (int i = 0; i < Vector<float>.Count; i++)
        {
            float angle = Lane(ref a, i);
            if (angle is > Turns and < float.PositiveInfinity) (Lane(ref turns, i), Lane(ref rest, i)) = TurnFar(angle);
        }
        (n, r) = (turns, rest);
    }

    /// <summary>
    /// Payne and Hanek, Radian reduction for trigonometric functions, SIGNUM Newsletter 18 (1983): a is a whole number m times 2ˢ, and of 2/π
    /// only the digits count which, times 2ˢ, do not make whole turns, and as many more as the rest can lose to cancellation.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int N, float R) TurnFar(float a)
    {
        int bits = BitConverter.SingleToInt32Bits(a), skipped = (bits >> 23) - 136;
        ulong m = (uint)(bits & 0x7fffff | 0x800000);
        ref ulong digits = ref Unsafe.Add(ref MemoryMarshal.GetReference(TwoOverPi), skipped >> 6);
        ulong high = Join(digits, Unsafe.Add(ref digits, 1), skipped), low = Join(Unsafe.Add(ref digits, 1), Unsafe.Add(ref digits, 2), skipped);
        ulong quarters = high * m + ((low >> 32) * m >> 32);                 // a·2/π modulo 4, times 2⁶²
        ulong n = quarters + (1ul << 61) >> 62;
        return ((int)n, (float)((long)(quarters - (n << 62)) * (double.Pi / 2 / (1ul << 62))));
    }

    /// <summary>The 64 digits of a pair of words that follow the skipped ones, whole words not counted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Join(ulong a, ulong b, int skipped) => a << skipped | b >> 1 >> ~skipped;

    /// <summary>The binary digits of 2/π after 16 zeros.</summary>
    private static ReadOnlySpan<ulong> TwoOverPi => [0x0000a2f9836e4e44, 0x1529fc2757d1f534, 0xddc0db6295993c43, 0x9041fe5163abdebb];
}
