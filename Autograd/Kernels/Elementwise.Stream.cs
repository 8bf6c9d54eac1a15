using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

internal static partial class Elementwise
{
    // ---- where operands and result together are larger than the cache: the result is written past it, so that its lines need not be read
    // first and push nothing out -------------------------------------------------------------------------------------------------------------

    /// <summary>From how many bytes on, all together: about what a core has of a cache that it shares with others.</summary>
    internal const int Stream = 10 << 20;

    /// <summary>y = f(x) for n neighbours, at least a <see cref="Tile"/>; y is not x.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static unsafe void Streamed<TOp, T>(ref T x, ref T y, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        nuint width = (nuint)Vector<T>.Count, end = (nuint)n - width, i = 0;
        fixed (T* to = &y)                                          // it must not move: only an aligned register can be stored this way
        {
            nuint next = Aligned(ref y, n);
            while (true)                                            // with one copy of a formula that may be long
            {
                var v = TOp.Many(Vector.LoadUnsafe(ref x, i));
                if (i == 0 || i == end) v.StoreUnsafe(ref y, i);
                else v.StoreAlignedNonTemporal(to + i);
                if (i == end) break;
                (i, next) = (Math.Min(next, end), next + width);
            }
        }
        Interlocked.MemoryBarrier();                                // such stores are not ordered: other threads must see them before they hear of them
    }

    /// <summary>y = f(a, b) for n neighbours, at least a <see cref="Tile"/>; a step of 0 repeats an element; y is neither a nor b.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static unsafe void Streamed<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T y, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        nuint maskA = (nuint)(-stepA), maskB = (nuint)(-stepB), width = (nuint)Vector<T>.Count, end = (nuint)n - width, i = 0;
        Vector<T> repeatedA = new(a), repeatedB = new(b);
        ref T pa = ref stepA == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedA) : ref a;
        ref T pb = ref stepB == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedB) : ref b;
        fixed (T* to = &y)
        {
            TOp.Many(Vector.LoadUnsafe(ref pa), Vector.LoadUnsafe(ref pb)).StoreUnsafe(ref y);
            for (i = Aligned(ref y, n); i < end; i += width)
                TOp.Many(Vector.LoadUnsafe(ref pa, i & maskA), Vector.LoadUnsafe(ref pb, i & maskB)).StoreAlignedNonTemporal(to + i);
            TOp.Many(Vector.LoadUnsafe(ref pa, end & maskA), Vector.LoadUnsafe(ref pb, end & maskB)).StoreUnsafe(ref y, end);
        }
        Interlocked.MemoryBarrier();
    }
}
