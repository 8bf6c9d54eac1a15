using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>
/// Runs of less than a register, in one that is filled up with their first element: a formula that is as long as that of a logarithm
/// is computed once, and not for every element. (Methods of their own: a formula that stands twice in one is more than the compiler inlines.)
/// </summary>
internal static partial class Elementwise
{
    [MethodImpl(Compile.Kernel)]
    private static void Few<TOp, T>(ref T x, ref T y, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
        => Store(TOp.Many(LoadSome(ref x, n)), ref y, n);

    [MethodImpl(Compile.Kernel)]
    private static void Few<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T y, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
        => Store(TOp.Many(LoadSome(ref a, stepA == 0 ? 1 : n), LoadSome(ref b, stepB == 0 ? 1 : n)), ref y, n);

    [MethodImpl(Compile.Kernel)]
    private static void Few<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T c, int stepC, ref T y, int n)
        where TOp : struct, ITernary
        where T : unmanaged, INumber<T>
        => Store(TOp.Many(LoadSome(ref a, stepA == 0 ? 1 : n), LoadSome(ref b, stepB == 0 ? 1 : n), LoadSome(ref c, stepC == 0 ? 1 : n)), ref y, n);

    /// <summary>The first n lanes from memory; the rest repeat the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector<T> LoadSome<T>(ref T x, int n)
        where T : unmanaged
    {
        if (HasMasks<T>())
        {
            var mask = Mask<T>(n);
            fixed (T* p = &x)
            {
                var some = sizeof(T) == sizeof(int)
                    ? Avx2.MaskLoad((int*)p, mask.AsVector256().AsInt32()).AsVector().As<int, T>()
                    : Avx2.MaskLoad((long*)p, mask.AsVector256().AsInt64()).AsVector().As<long, T>();
                return Vector.ConditionalSelect(mask, some, new Vector<T>(x));
            }
        }
        var lanes = new Vector<T>(x);
        for (int i = 1; i < n; i++) Unsafe.Add(ref Unsafe.As<Vector<T>, T>(ref lanes), i) = Unsafe.Add(ref x, i);
        return lanes;
    }

    /// <summary>The first n lanes go to memory. (The masked store of AVX2 takes 4 ns on Zen 4.)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store<T>(Vector<T> lanes, ref T y, int n)
        where T : unmanaged
    {
        if (HasMasks<T>() && Avx512F.VL.IsSupported)
        {
            var mask = Mask<T>(n).AsVector256();
            fixed (T* p = &y)
            {
                if (sizeof(T) == sizeof(int)) Avx512F.VL.MaskStore((int*)p, mask.AsInt32(), lanes.AsVector256().AsInt32());
                else Avx512F.VL.MaskStore((long*)p, mask.AsInt64(), lanes.AsVector256().AsInt64());
            }
            return;
        }
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref Unsafe.As<Vector<T>, T>(ref lanes), i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe bool HasMasks<T>()
        where T : unmanaged
        => Avx2.IsSupported && Vector<byte>.Count == 32 && sizeof(T) is sizeof(int) or sizeof(long);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector<T> Mask<T>(int n)
        where T : unmanaged
        => sizeof(T) == sizeof(int)
            ? Vector.LessThan(Vector<int>.Indices, new Vector<int>(n)).As<int, T>()
            : Vector.LessThan(Vector<long>.Indices, new Vector<long>(n)).As<long, T>();
}
