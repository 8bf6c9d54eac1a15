using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// The runs of <see cref="Elementwise"/>, the long ones shared out among threads. An element has the same bits wherever a run is cut,
/// because it goes through the same formula in a full register and in the tail.
/// </summary>
internal static class Runs
{
    /// <summary>Elements per piece: 2 µs of additions, 8 of the dearest functions.</summary>
    internal const int Grain = 1 << 14;

    private const int Long = Team.Least * Grain;            // asked here, too, to spare the many short runs the way through the team

    /// <summary>Whether a dense result and so many dense operands are too large for the cache.</summary>
    private static bool Streams<T>(int operands, int stepY, int n)
        where T : unmanaged
        => stepY == 1 && n >= Elementwise.Stream / ((1 + operands) * Unsafe.SizeOf<T>());

    internal static void Unary<TOp, T>(ref T x, int stepX, ref T y, int stepY, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        if (n < Long) Elementwise.Unary<TOp, T>(ref x, stepX, ref y, stepY, n);
        else Team.Run(n, Grain, new UnaryRun<TOp, T>(ref x, stepX, ref y, stepY, TOp.Vectorized && stepX == 1 && Streams<T>(1, stepY, n) && !Unsafe.AreSame(ref x, ref y)));
    }

    private readonly ref struct UnaryRun<TOp, T>(ref T x, int stepX, ref T y, int stepY, bool stream) : IRange
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        private readonly ref T x = ref x, y = ref y;

        public void Run(int start, int count)
        {
            ref T px = ref Unsafe.Add(ref x, start * stepX), py = ref Unsafe.Add(ref y, start * stepY);
            if (stream && count >= Elementwise.Tile) Elementwise.Streamed<TOp, T>(ref px, ref py, count);
            else Elementwise.Unary<TOp, T>(ref px, stepX, ref py, stepY, count);
        }
    }

    internal static void Binary<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T y, int stepY, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        if (n < Long) Elementwise.Binary<TOp, T>(ref a, stepA, ref b, stepB, ref y, stepY, n);
        else
        {
            bool stream = TOp.Vectorized && (stepA | stepB) is 0 or 1 && Streams<T>(stepA + stepB, stepY, n) && !Unsafe.AreSame(ref a, ref y) && !Unsafe.AreSame(ref b, ref y);
            Team.Run(n, Grain, new BinaryRun<TOp, T>(ref a, stepA, ref b, stepB, ref y, stepY, stream));
        }
    }

    private readonly ref struct BinaryRun<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T y, int stepY, bool stream) : IRange
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        private readonly ref T a = ref a, b = ref b, y = ref y;

        public void Run(int start, int count)
        {
            ref T pa = ref Unsafe.Add(ref a, start * stepA), pb = ref Unsafe.Add(ref b, start * stepB), py = ref Unsafe.Add(ref y, start * stepY);
            if (stream && count >= Elementwise.Tile) Elementwise.Streamed<TOp, T>(ref pa, stepA, ref pb, stepB, ref py, count);
            else Elementwise.Binary<TOp, T>(ref pa, stepA, ref pb, stepB, ref py, stepY, count);
        }
    }

    internal static void Ternary<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T c, int stepC, ref T y, int stepY, int n)
        where TOp : struct, ITernary
        where T : unmanaged, INumber<T>
    {
        if (n < Long) Elementwise.Ternary<TOp, T>(ref a, stepA, ref b, stepB, ref c, stepC, ref y, stepY, n);
        else Team.Run(n, Grain, new TernaryRun<TOp, T>(ref a, stepA, ref b, stepB, ref c, stepC, ref y, stepY));
    }

    private readonly ref struct TernaryRun<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T c, int stepC, ref T y, int stepY) : IRange
        where TOp : struct, ITernary
        where T : unmanaged, INumber<T>
    {
        private readonly ref T a = ref a, b = ref b, c = ref c, y = ref y;

        public void Run(int start, int count)
            => Elementwise.Ternary<TOp, T>(
                ref Unsafe.Add(ref a, start * stepA), stepA, ref Unsafe.Add(ref b, start * stepB), stepB, ref Unsafe.Add(ref c, start * stepC), stepC,
                ref Unsafe.Add(ref y, start * stepY), stepY, count);
    }
}
