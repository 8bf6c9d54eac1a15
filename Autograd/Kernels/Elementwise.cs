using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniTorch.Kernels;

/// <summary>
/// Elementwise ops over strided operands. Where the elements of a run are neighbours, or one element repeats, a vector register at a time;
/// else one element at a time, with the same formula, so an element gets the same bits wherever it stands.
/// </summary>
/// <remarks>
/// Three tricks serve all loops. A repeated element is spread over one register's worth of memory that is read again and again: its
/// offset is masked to 0. The first and the last register of a run overlap their neighbours, so that those are aligned and there is no
/// tail; what is overlapped is read before it is overwritten, because the result may lie on an operand. And a short row that repeats is
/// laid out several times, so that it becomes a long one.
/// </remarks>
internal static partial class Elementwise
{
    internal const int Tile = 256;                      // elements that a repeated short row is spread over; from so many on a run is long

    // ---- y = f(x) -------------------------------------------------------------------------------------------------------

    /// <summary>y = f(x) over a walk.</summary>
    internal static void Unary<TOp, T>(ref T x, ref T y, Odometer o)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        do
        {
            for (int r = 0; r < o.Rows; r++)
                Unary<TOp, T>(ref Unsafe.Add(ref x, o.A + r * o.RowA), o.StepA, ref Unsafe.Add(ref y, o.Y + r * o.RowY), o.StepY, o.Length);
        }
        while (o.NextBlock());
    }

    /// <summary>y = f(x) for n neighbours or elements some steps apart.</summary>
    internal static void Unary<TOp, T>(ref T x, int stepX, ref T y, int stepY, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        if (TOp.Vectorized && stepX == 1 && stepY == 1)
        {
            if (n >= Tile)
            {
                if (typeof(T) == typeof(float) && TOp.Wide) Wide<TOp>(ref Unsafe.As<T, float>(ref x), ref Unsafe.As<T, float>(ref y), n);
                else Long<TOp, T>(ref x, ref y, n);
            }
            else if (n >= Vector<T>.Count) Dense<TOp, T>(ref x, ref y, n);
            else if (n > 0) Few<TOp, T>(ref x, ref y, n);
        }
        else
            for (int i = 0; i < n; i++) Unsafe.Add(ref y, i * stepY) = TOp.One<T, TOp>(Unsafe.Add(ref x, i * stepX));
    }

    [MethodImpl(Compile.Kernel)]
    private static void Dense<TOp, T>(ref T x, ref T y, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        nuint width = (nuint)Vector<T>.Count, end = (nuint)n - width, i = 0, next = Aligned(ref y, n);
        var v = Vector.LoadUnsafe(ref x);
        while (true)                                    // with one copy of a formula that may be long
        {
            next = Math.Min(next, end);
            var following = Vector.LoadUnsafe(ref x, next);
            TOp.Many(v).StoreUnsafe(ref y, i);
            if (i == end) return;
            (i, v, next) = (next, following, next + width);
        }
    }

    /// <summary>The same for many elements: both ends wait, so that the loop between them is as short as can be.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Long<TOp, T>(ref T x, ref T y, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        nuint width = (nuint)Vector<T>.Count, end = (nuint)n - width;
        Vector<T> first = Vector.LoadUnsafe(ref x), last = Vector.LoadUnsafe(ref x, end);
        for (nuint i = Aligned(ref y, n); i < end; i += width) TOp.Many(Vector.LoadUnsafe(ref x, i)).StoreUnsafe(ref y, i);
        Dense<TOp, T>(ref Unsafe.As<Vector<T>, T>(ref first), ref y, Vector<T>.Count);
        Dense<TOp, T>(ref Unsafe.As<Vector<T>, T>(ref last), ref Unsafe.Add(ref y, end), Vector<T>.Count);
    }

    /// <summary>And for many floats, sixteen at a time.</summary>
    [MethodImpl(Compile.Kernel)]
    private static unsafe void Wide<TOp>(ref float x, ref float y, int n)
        where TOp : struct, IUnary
    {
        nuint width = (nuint)Vector512<float>.Count, end = (nuint)n - width;
        Vector512<float> first = Vector512.LoadUnsafe(ref x), last = Vector512.LoadUnsafe(ref x, end);
        for (nuint i = width - (nuint)Unsafe.AsPointer(ref y) % 64 / sizeof(float); i < end; i += width) TOp.Sixteen(Vector512.LoadUnsafe(ref x, i)).StoreUnsafe(ref y, i);
        Dense<TOp, float>(ref Unsafe.As<Vector512<float>, float>(ref first), ref y, Vector512<float>.Count);
        Dense<TOp, float>(ref Unsafe.As<Vector512<float>, float>(ref last), ref Unsafe.Add(ref y, end), Vector512<float>.Count);
    }

    // ---- y = f(a, b) ----------------------------------------------------------------------------------------------------

    /// <summary>y = f(a, b) over a walk.</summary>
    internal static void Binary<TOp, T>(ref T a, ref T b, ref T y, Odometer o)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        bool joined = o.StepY == 1 && o.RowY == o.Length, shortRows = TOp.Vectorized && joined && o.Rows > 1 && o.Length <= Tile / 4;
        bool denseA = o.StepA == 1 && o.RowA == o.Length, denseB = o.StepB == 1 && o.RowB == o.Length;
        do
        {
            ref T pa = ref Unsafe.Add(ref a, o.A);
            ref T pb = ref Unsafe.Add(ref b, o.B);
            ref T py = ref Unsafe.Add(ref y, o.Y);
            if (shortRows && denseA && o.StepB == 1 && o.RowB == 0) TiledB<TOp, T>(ref pa, ref pb, ref py, o.Rows, o.Length);
            else if (shortRows && denseB && o.StepA == 1 && o.RowA == 0) TiledA<TOp, T>(ref pa, ref pb, ref py, o.Rows, o.Length);
            else Rows<TOp, T>(ref pa, o.StepA, o.RowA, ref pb, o.StepB, o.RowB, ref py, o.StepY, o.RowY, o.Rows, o.Length);
        }
        while (o.NextBlock());
    }

    /// <summary>y = f(a, b) for n elements some steps apart.</summary>
    internal static void Binary<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T y, int stepY, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        if (n == 1) y = TOp.One<T, TOp>(a, b);
        else if (n < Vector<T>.Count && n > 0 && TOp.Vectorized && stepY == 1 && (stepA | stepB) is 0 or 1) Few<TOp, T>(ref a, stepA, ref b, stepB, ref y, n);
        else Rows<TOp, T>(ref a, stepA, 0, ref b, stepB, 0, ref y, stepY, 0, 1, n);
    }

    [MethodImpl(Compile.Kernel)]
    private static void Rows<TOp, T>(ref T a, int stepA, int rowA, ref T b, int stepB, int rowB, ref T y, int stepY, int rowY, int rows, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        bool vectors = TOp.Vectorized && stepY == 1 && (stepA | stepB) is 0 or 1 && n >= Vector<T>.Count;
        nuint maskA = (nuint)(-stepA), maskB = (nuint)(-stepB), width = (nuint)Vector<T>.Count, end = (nuint)n - width;
        for (; rows > 0; rows--)
        {
            if (vectors)
            {
                Vector<T> repeatedA = new(a), repeatedB = new(b);
                ref T pa = ref stepA == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedA) : ref a;
                ref T pb = ref stepB == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedB) : ref b;
                var first = TOp.Many(Vector.LoadUnsafe(ref pa), Vector.LoadUnsafe(ref pb));
                var last = TOp.Many(Vector.LoadUnsafe(ref pa, end & maskA), Vector.LoadUnsafe(ref pb, end & maskB));
                nuint i = Aligned(ref y, n);
                for (; i < end; i += width)
                    TOp.Many(Vector.LoadUnsafe(ref pa, i & maskA), Vector.LoadUnsafe(ref pb, i & maskB)).StoreUnsafe(ref y, i);
                first.StoreUnsafe(ref y);
                last.StoreUnsafe(ref y, end);
            }
            else
                for (int i = 0; i < n; i++) Unsafe.Add(ref y, i * stepY) = TOp.One<T, TOp>(Unsafe.Add(ref a, i * stepA), Unsafe.Add(ref b, i * stepB));
            a = ref Unsafe.Add(ref a, rowA);
            b = ref Unsafe.Add(ref b, rowB);
            y = ref Unsafe.Add(ref y, rowY);
        }
    }

    /// <summary>Dense rows against one short row that repeats.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void TiledB<TOp, T>(ref T a, ref T b, ref T y, int rows, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        Span<T> tile = stackalloc T[Tile];
        int high = Repeat(ref b, tile, rows, n), wide = high * n, left = rows % high;
        Rows<TOp, T>(ref a, 1, wide, ref tile[0], 1, 0, ref y, 1, wide, rows / high, wide);
        int done = (rows - left) * n;
        Rows<TOp, T>(ref Unsafe.Add(ref a, done), 1, 0, ref tile[0], 1, 0, ref Unsafe.Add(ref y, done), 1, 0, 1, left * n);
    }

    /// <inheritdoc cref="TiledB"/>
    [MethodImpl(Compile.Kernel)]
    private static void TiledA<TOp, T>(ref T a, ref T b, ref T y, int rows, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        Span<T> tile = stackalloc T[Tile];
        int high = Repeat(ref a, tile, rows, n), wide = high * n, left = rows % high;
        Rows<TOp, T>(ref tile[0], 1, 0, ref b, 1, wide, ref y, 1, wide, rows / high, wide);
        int done = (rows - left) * n;
        Rows<TOp, T>(ref tile[0], 1, 0, ref Unsafe.Add(ref b, done), 1, 0, ref Unsafe.Add(ref y, done), 1, 0, 1, left * n);
    }

    /// <summary>Writes the row as often into the tile as it fits and is needed; returns how often.</summary>
    [MethodImpl(Compile.Kernel)]
    private static int Repeat<T>(ref T row, Span<T> tile, int rows, int n)
        where T : unmanaged
    {
        int times = Math.Min(Tile / n, rows);
        for (int i = 0; i < n; i++) tile[i] = Unsafe.Add(ref row, i);
        for (int i = n; i < times * n; i++) tile[i] = tile[i - n];
        return times;
    }

    // ---- y = f(a, b, c) -------------------------------------------------------------------------------------------------

    /// <summary>y = f(a, b, c) over a walk.</summary>
    internal static void Ternary<TOp, T>(ref T a, ref T b, ref T c, ref T y, Odometer o)
        where TOp : struct, ITernary
        where T : unmanaged, INumber<T>
    {
        do
        {
            for (int r = 0; r < o.Rows; r++)
                Ternary<TOp, T>(
                    ref Unsafe.Add(ref a, o.A + r * o.RowA), o.StepA, ref Unsafe.Add(ref b, o.B + r * o.RowB), o.StepB,
                    ref Unsafe.Add(ref c, o.C + r * o.RowC), o.StepC, ref Unsafe.Add(ref y, o.Y + r * o.RowY), o.StepY, o.Length);
        }
        while (o.NextBlock());
    }

    /// <summary>y = f(a, b, c) for n elements some steps apart.</summary>
    internal static void Ternary<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T c, int stepC, ref T y, int stepY, int n)
        where TOp : struct, ITernary
        where T : unmanaged, INumber<T>
    {
        if (n < Vector<T>.Count && n > 0 && stepY == 1 && (stepA | stepB | stepC) is 0 or 1) Few<TOp, T>(ref a, stepA, ref b, stepB, ref c, stepC, ref y, n);
        else Run<TOp, T>(ref a, stepA, ref b, stepB, ref c, stepC, ref y, stepY, n);
    }

    [MethodImpl(Compile.Kernel)]
    private static void Run<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T c, int stepC, ref T y, int stepY, int n)
        where TOp : struct, ITernary
        where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (stepY == 1 && (stepA | stepB | stepC) is 0 or 1)
            for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
                TOp.Many(Load(ref a, stepA, i), Load(ref b, stepB, i), Load(ref c, stepC, i)).StoreUnsafe(ref y, (nuint)i);
        for (; i < n; i++)
            Unsafe.Add(ref y, i * stepY) = TOp.One<T, TOp>(Unsafe.Add(ref a, i * stepA), Unsafe.Add(ref b, i * stepB), Unsafe.Add(ref c, i * stepC));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load<T>(ref T x, int step, int i)
        where T : unmanaged
        => step == 0 ? new Vector<T>(x) : Vector.LoadUnsafe(ref x, (nuint)i);

    /// <summary>Where the second register of a run is stored: a whole register later, or before that where a long run is then aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe nuint Aligned<T>(ref T y, int n)
        where T : unmanaged
        => (nuint)Vector<T>.Count - (n < Tile ? 0 : (nuint)Unsafe.AsPointer(ref y) % (nuint)Vector<byte>.Count / (nuint)sizeof(T));
}
