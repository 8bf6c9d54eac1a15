using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>
/// a·b + c where every rounding counts, as in a normalisation, whose result is a chain of two. A processor that cannot fuse the two steps
/// takes floats through double precision, in which their product is exact: slower, and as precise. (The tests are decided by the compiler.)
/// </summary>
internal static class Fused
{
    private static bool ByProcessor<T>() => typeof(T) == typeof(double) || Fma.IsSupported || AdvSimd.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> MultiplyAdd<T>(Vector<T> a, Vector<T> b, Vector<T> c)
    {
        if (typeof(T) == typeof(double)) return Vector.MultiplyAddEstimate(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();
        if (ByProcessor<T>()) return Vector.MultiplyAddEstimate(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>();
        Vector<float> x = a.As<T, float>(), y = b.As<T, float>(), z = c.As<T, float>();
        var lower = Vector.WidenLower(x) * Vector.WidenLower(y) + Vector.WidenLower(z);
        return Vector.Narrow(lower, Vector.WidenUpper(x) * Vector.WidenUpper(y) + Vector.WidenUpper(z)).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T MultiplyAdd<T>(T a, T b, T c)
        where T : IFloatingPointIeee754<T>
        => ByProcessor<T>()
            ? T.MultiplyAddEstimate(a, b, c)
            : T.CreateTruncating(double.CreateTruncating(a) * double.CreateTruncating(b) + double.CreateTruncating(c));
}
