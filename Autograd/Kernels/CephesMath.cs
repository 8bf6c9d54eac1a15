using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector256;

namespace MiniTorch.Kernels;

/// <summary>Logarithm, sine and cosine of eight floats, rounded as the ones behind PyTorch's vectorised <c>randn</c>.</summary>
/// <remarks>
/// The single-precision routines of Moshier's Cephes library (1992), in the branch-free form of Pommier's <c>sse_mathfun</c> (2007). They are
/// right to about 1 ulp. Their exact bits are what makes <c>randn</c> equal PyTorch's, so every fused multiply-add below stands where the
/// compiler of PyTorch put one, and nowhere else; the result does not depend on the processor or on the C library.
/// </remarks>
internal static class CephesMath
{
    /// <summary>ln x for normal x &gt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log(Vector256<float> x)
    {
        // x = m · 2ᵉ with m in [√½, √2), and f = m − 1
        var bits = x.AsInt32();
        var e = ConvertToSingle((bits >> 23) - Create(126));
        var m = ((bits & Create(0x007fffff)) | Create(0.5f).AsInt32()).AsSingle();
        var small = LessThan(m, Create(0.707106781186547524f));
        e -= small & Vector256<float>.One;
        var f = m - Vector256<float>.One + (small & m);

        // ln(1 + f) = f − f²/2 + f³·P(f)
        var p = Create(7.0376836292e-2f);
        p = FusedMultiplyAdd(p, f, Create(-1.1514610310e-1f));
        p = FusedMultiplyAdd(p, f, Create(1.1676998740e-1f));
        p = FusedMultiplyAdd(p, f, Create(-1.2420140846e-1f));
        p = FusedMultiplyAdd(p, f, Create(1.4249322787e-1f));
        p = FusedMultiplyAdd(p, f, Create(-1.6668057665e-1f));
        p = FusedMultiplyAdd(p, f, Create(2.0000714765e-1f));
        p = FusedMultiplyAdd(p, f, Create(-2.4999993993e-1f));
        p = FusedMultiplyAdd(p, f, Create(3.3333331174e-1f));

        // ln x = ln(1 + f) + e·ln 2, with ln 2 in two parts
        var f2 = f * f;
        var y = FusedMultiplyAdd(p * f, f2, e * -2.12194440e-4f);
        y = FusedMultiplyAdd(f2, Create(-0.5f), y);
        return FusedMultiplyAdd(e, Create(0.693359375f), f + y);
    }

    /// <summary>sin x and cos x for 0 ≤ x &lt; 8192.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Sin, Vector256<float> Cos) SinCos(Vector256<float> x)
    {
        // x = j·π/4 + r with j even and |r| ≤ π/4; π/4 in three parts keeps r exact
        var j = (ConvertToInt32Native(x * 1.27323954473516f) + Vector256<int>.One) & Create(~1);
        var n = ConvertToSingle(j);
        var r = FusedMultiplyAdd(n, Create(-0.78515625f), x);
        r = FusedMultiplyAdd(n, Create(-2.4187564849853515625e-4f), r);
        r = FusedMultiplyAdd(n, Create(-3.77489497744594108e-8f), r);
        var r2 = r * r;

        // cos r = 1 − r²/2 + r⁴·C(r²)
        var c = FusedMultiplyAdd(Create(2.443315711809948e-5f), r2, Create(-1.388731625493765e-3f));
        c = FusedMultiplyAdd(c, r2, Create(4.166664568298827e-2f));
        c = FusedMultiplyAdd(c * r2, r2, r2 * -0.5f) + Vector256<float>.One;

        // sin r = r + r³·S(r²)
        var s = FusedMultiplyAdd(Create(-1.9515295891e-4f), r2, Create(8.3321608736e-3f));
        s = FusedMultiplyAdd(s, r2, Create(-1.6666654611e-1f));
        s = FusedMultiplyAdd(s * r2, r, r);

        // the octant swaps the two and sets the signs: bit 1 of j swaps, bit 2 negates the sine, both differing the cosine
        var keep = Vector256.Equals(j & Create(2), Vector256<int>.Zero).AsSingle();
        var sinSign = ((j & Create(4)) << 29).AsSingle();
        var cosSign = (AndNot(Create(4), j - Create(2)) << 29).AsSingle();
        return (ConditionalSelect(keep, s, c) ^ sinSign, ConditionalSelect(keep, c, s) ^ cosSign);
    }
}
