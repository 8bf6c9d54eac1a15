using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>Copies from one layout and element type to another.</summary>
internal static class Conversion
{
    private const int ShortRow = 256;                   // bytes; longer rows are worth a call
    private const int Ahead = 4;                        // cache lines that a row is fetched ahead

    /// <summary>y = x over a walk, truncating towards zero and wrapping round as C does where the type changes.</summary>
    internal static void Run<TFrom, TTo>(ref TFrom x, ref TTo y, Odometer o)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        bool same = typeof(TFrom) == typeof(TTo), transposed = same && o.StepY == 1 && o.RowA == 1 && o.StepA > 1;
        bool shortRows = same && o.StepA == 1 && o.StepY == 1 && o.Length * Unsafe.SizeOf<TTo>() <= ShortRow;
        bool stream = shortRows && Streams<TTo>(ref y, o);
        do
        {
            ref TFrom px = ref Unsafe.Add(ref x, o.A);
            ref TTo py = ref Unsafe.Add(ref y, o.Y);
            if (transposed) Transpose.Run(ref Unsafe.As<TFrom, TTo>(ref px), o.StepA, ref py, o.RowY, o.Rows, o.Length);
            else if (stream) Streamed(ref Unsafe.As<TFrom, TTo>(ref px), o.RowA, ref py, o.RowY, o.Rows, o.Length);
            else if (shortRows)
                ShortRows(ref Unsafe.As<TFrom, TTo>(ref px), o.RowA, ref py, o.RowY, o.Rows, o.Length);
            else
                for (int r = 0; r < o.Rows; r++)
                    Run(ref Unsafe.Add(ref px, r * o.RowA), o.StepA, ref Unsafe.Add(ref py, r * o.RowY), o.StepY, o.Length);
        }
        while (o.NextBlock());
        if (stream) Interlocked.MemoryBarrier();                    // such stores are not ordered: other threads must see them before they hear of them
    }

    /// <summary>y = x for n elements some steps apart.</summary>
    internal static void Run<TFrom, TTo>(ref TFrom x, int stepX, ref TTo y, int stepY, int n)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        if (stepX == 1 && stepY == 1)
        {
            if (typeof(TFrom) == typeof(TTo))
            {
                MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<TFrom, TTo>(ref x), n).CopyTo(MemoryMarshal.CreateSpan(ref y, n));
                return;
            }
            if (typeof(TTo) == typeof(float) || typeof(TTo) == typeof(double))
            {
                TensorPrimitives.ConvertTruncating(MemoryMarshal.CreateReadOnlySpan(ref x, n), MemoryMarshal.CreateSpan(ref y, n));
                return;
            }
        }
        else if (stepX == 0 && stepY == 1)
        {
            MemoryMarshal.CreateSpan(ref y, n).Fill(ScalarMath.Cast<TFrom, TTo>(x));
            return;
        }
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i * stepY) = ScalarMath.Cast<TFrom, TTo>(Unsafe.Add(ref x, i * stepX));
    }

    [MethodImpl(Compile.Kernel)]
    private static void ShortRows<T>(ref T x, int rowX, ref T y, int rowY, int rows, int n)
        where T : unmanaged
    {
        nuint width = (nuint)Vector<T>.Count, end = (nuint)n - width;
        for (; rows > 0; rows--)
        {
            if (n >= Vector<T>.Count)
            {
                for (nuint i = 0; i < end; i += width) Vector.LoadUnsafe(ref x, i).StoreUnsafe(ref y, i);
                Vector.LoadUnsafe(ref x, end).StoreUnsafe(ref y, end);
            }
            else
                for (int i = 0; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref x, i);
            x = ref Unsafe.Add(ref x, rowX);
            y = ref Unsafe.Add(ref y, rowY);
        }
    }

    /// <summary>Whether a walk is too large for the cache, and its short rows are whole cache lines of the result.</summary>
    private static unsafe bool Streams<T>(ref T y, Odometer o)
        where T : unmanaged
    {
        nuint odd = (nuint)Unsafe.AsPointer(ref Unsafe.Add(ref y, o.Y)) | (nuint)(o.Length * sizeof(T)) | (nuint)o.StridesOfRows * (nuint)sizeof(T);
        return odd % Cache.Line == 0 && 2 * o.Count * sizeof(T) >= Elementwise.Stream;
    }

    /// <summary>
    /// Short rows that are whole cache lines, written past the cache. The rows of the next blocks most often lie beside those of this one, but
    /// these are too far from each other for the processor to see that, and are fetched ahead for it.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static unsafe void Streamed<T>(ref T x, int rowX, ref T y, int rowY, int rows, int n)
        where T : unmanaged
    {
        fixed (T* from = &x, to = &y)
        {
            if ((nuint)to % Cache.Line != 0)                              // the collector has just moved it
            {
                ShortRows(ref x, rowX, ref y, rowY, rows, n);
                return;
            }
            T* px = from, py = to;
            for (; rows > 0; rows--, px += rowX, py += rowY)
                for (int i = 0; i < n; i += Vector<T>.Count)
                {
                    if (Sse.IsSupported) Sse.Prefetch0(px + i + Ahead * Cache.Line / sizeof(T));
                    Vector.Load(px + i).StoreAlignedNonTemporal(py + i);
                }
        }
    }

    /// <summary>y = 1 where x is not zero: the cast to Bool, over a walk. (NaN is not zero.)</summary>
    internal static void ToBool<T>(ref T x, ref byte y, Odometer o)
        where T : unmanaged, INumber<T>
        => Elementwise.Predicate<NotZero, T>(ref x, ref y, o);

    private readonly struct NotZero : IPredicate
    {
        static bool IPredicate.Holds<T>(T x) => !T.IsZero(x);

        static Vector<T> IPredicate.Many<T>(Vector<T> x) => ~Vector.Equals(x, Vector<T>.Zero);
    }
}
