using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

// Truth values are bytes, 0 or 1: a register of them goes with one, four or eight registers of numbers.
internal static partial class Elementwise
{
    /// <summary>y = 1 where the relation holds between a and b, else 0; over a walk.</summary>
    internal static void Relation<TOp, T>(ref T a, ref T b, ref byte y, Odometer o)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        do
        {
            for (int r = 0; r < o.Rows; r++)
                Relation<TOp, T>(
                    ref Unsafe.Add(ref a, o.A + r * o.RowA), o.StepA, ref Unsafe.Add(ref b, o.B + r * o.RowB), o.StepB,
                    ref Unsafe.Add(ref y, o.Y + r * o.RowY), o.StepY, o.Length);
        }
        while (o.NextBlock());
    }

    [MethodImpl(Compile.Kernel)]
    private static void Relation<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref byte y, int stepY, int n)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (stepY == 1 && (stepA | stepB) is 0 or 1 && n >= Vector<byte>.Count)
        {
            Vector<T> repeatedA = new(a), repeatedB = new(b);
            ref T pa = ref stepA == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedA) : ref a;
            ref T pb = ref stepB == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedB) : ref b;
            for (; i <= n - Vector<byte>.Count; i += Vector<byte>.Count)
                (Truths<TOp, T>(ref pa, (nuint)(-stepA), ref pb, (nuint)(-stepB), (nuint)i) & Vector<byte>.One).StoreUnsafe(ref y, (nuint)i);
        }
        for (; i < n; i++) Unsafe.Add(ref y, i * stepY) = TOp.Holds(Unsafe.Add(ref a, i * stepA), Unsafe.Add(ref b, i * stepB)) ? (byte)1 : (byte)0;
    }

    /// <summary>A register of truth values, all bits set where the relation holds. An operand whose mask is 0 repeats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<byte> Truths<TOp, T>(ref T a, nuint maskA, ref T b, nuint maskB, nuint i)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        nuint w = (nuint)Vector<T>.Count;
        if (Unsafe.SizeOf<T>() == 1) return Holds<TOp, T>(ref a, maskA, ref b, maskB, i).As<T, byte>();
        if (Unsafe.SizeOf<T>() == 4) return Vector.Narrow(Narrow<TOp, T>(ref a, maskA, ref b, maskB, i), Narrow<TOp, T>(ref a, maskA, ref b, maskB, i + 2 * w));
        return Vector.Narrow(
            Vector.Narrow(Narrow2<TOp, T>(ref a, maskA, ref b, maskB, i), Narrow2<TOp, T>(ref a, maskA, ref b, maskB, i + 2 * w)),
            Vector.Narrow(Narrow2<TOp, T>(ref a, maskA, ref b, maskB, i + 4 * w), Narrow2<TOp, T>(ref a, maskA, ref b, maskB, i + 6 * w)));
    }

    /// <summary>Two registers of 4-byte numbers to one of 2-byte truth values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<ushort> Narrow<TOp, T>(ref T a, nuint maskA, ref T b, nuint maskB, nuint i)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
        => Vector.Narrow(Holds<TOp, T>(ref a, maskA, ref b, maskB, i).As<T, uint>(), Holds<TOp, T>(ref a, maskA, ref b, maskB, i + (nuint)Vector<T>.Count).As<T, uint>());

    /// <summary>Two registers of 8-byte numbers to one of 4-byte truth values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Narrow2<TOp, T>(ref T a, nuint maskA, ref T b, nuint maskB, nuint i)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
        => Vector.Narrow(Holds<TOp, T>(ref a, maskA, ref b, maskB, i).As<T, ulong>(), Holds<TOp, T>(ref a, maskA, ref b, maskB, i + (nuint)Vector<T>.Count).As<T, ulong>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Holds<TOp, T>(ref T a, nuint maskA, ref T b, nuint maskB, nuint i)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
        => TOp.Many(Vector.LoadUnsafe(ref a, i & maskA), Vector.LoadUnsafe(ref b, i & maskB));

    /// <summary>y = 1 where x has the property, else 0; over a walk.</summary>
    internal static void Predicate<TOp, T>(ref T x, ref byte y, Odometer o)
        where TOp : struct, IPredicate
        where T : unmanaged, INumber<T>
    {
        do
        {
            for (int r = 0; r < o.Rows; r++)
            {
                ref T px = ref Unsafe.Add(ref x, o.A + r * o.RowA);
                Relation<Property<TOp>, T>(ref px, o.StepA, ref px, 0, ref Unsafe.Add(ref y, o.Y + r * o.RowY), o.StepY, o.Length);
            }
        }
        while (o.NextBlock());
    }

    /// <summary>A property as a relation that looks at its first operand only.</summary>
    private readonly struct Property<TOp> : IRelation
        where TOp : struct, IPredicate
    {
        static bool IRelation.Holds<T>(T a, T b) => TOp.Holds(a);

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => TOp.Many(a);
    }

    /// <summary>y = a where the mask is set, else b; over a walk whose operands are the mask, a and b.</summary>
    internal static void Choose<T>(ref byte mask, ref T a, ref T b, ref T y, Odometer o)
        where T : unmanaged
    {
        do
        {
            for (int r = 0; r < o.Rows; r++)
                Choose(
                    ref Unsafe.Add(ref mask, o.A + r * o.RowA), o.StepA, ref Unsafe.Add(ref a, o.B + r * o.RowB), o.StepB,
                    ref Unsafe.Add(ref b, o.C + r * o.RowC), o.StepC, ref Unsafe.Add(ref y, o.Y + r * o.RowY), o.StepY, o.Length);
        }
        while (o.NextBlock());
    }

    [MethodImpl(Compile.Kernel)]
    private static void Choose<T>(ref byte mask, int stepM, ref T a, int stepA, ref T b, int stepB, ref T y, int stepY, int n)
        where T : unmanaged
    {
        int i = 0;
        if (stepM == 1 && stepY == 1 && (stepA | stepB) is 0 or 1 && n >= Vector<byte>.Count)
        {
            Vector<T> repeatedA = new(a), repeatedB = new(b);
            ref T pa = ref stepA == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedA) : ref a;
            ref T pb = ref stepB == 0 ? ref Unsafe.As<Vector<T>, T>(ref repeatedB) : ref b;
            nuint maskA = (nuint)(-stepA), maskB = (nuint)(-stepB), w = (nuint)Vector<T>.Count;
            for (; i <= n - Vector<byte>.Count; i += Vector<byte>.Count)
            {
                nuint at = (nuint)i;
                var no = Vector.Equals(Vector.LoadUnsafe(ref mask, at), Vector<byte>.Zero).As<byte, sbyte>();
                if (Unsafe.SizeOf<T>() == 1)
                {
                    Choose(no.As<sbyte, T>(), ref pa, maskA, ref pb, maskB, ref y, at);
                    continue;
                }
                Vector.Widen(no, out var low, out var high);
                Vector.Widen(low, out var no0, out var no1);
                Vector.Widen(high, out var no2, out var no3);
                if (Unsafe.SizeOf<T>() == 4)
                {
                    Choose(no0.As<int, T>(), ref pa, maskA, ref pb, maskB, ref y, at);
                    Choose(no1.As<int, T>(), ref pa, maskA, ref pb, maskB, ref y, at + w);
                    Choose(no2.As<int, T>(), ref pa, maskA, ref pb, maskB, ref y, at + 2 * w);
                    Choose(no3.As<int, T>(), ref pa, maskA, ref pb, maskB, ref y, at + 3 * w);
                    continue;
                }
                Choose2(no0, ref pa, maskA, ref pb, maskB, ref y, at);
                Choose2(no1, ref pa, maskA, ref pb, maskB, ref y, at + 2 * w);
                Choose2(no2, ref pa, maskA, ref pb, maskB, ref y, at + 4 * w);
                Choose2(no3, ref pa, maskA, ref pb, maskB, ref y, at + 6 * w);
            }
        }
        for (; i < n; i++)
            Unsafe.Add(ref y, i * stepY) = Unsafe.Add(ref mask, i * stepM) != 0 ? Unsafe.Add(ref a, i * stepA) : Unsafe.Add(ref b, i * stepB);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Choose<T>(Vector<T> no, ref T a, nuint maskA, ref T b, nuint maskB, ref T y, nuint i)
        where T : unmanaged
        => Vector.ConditionalSelect(no, Vector.LoadUnsafe(ref b, i & maskB), Vector.LoadUnsafe(ref a, i & maskA)).StoreUnsafe(ref y, i);

    /// <summary>The same for 8-byte numbers, of which two registers go with a register of 4-byte truth values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Choose2<T>(Vector<int> no, ref T a, nuint maskA, ref T b, nuint maskB, ref T y, nuint i)
        where T : unmanaged
    {
        Vector.Widen(no, out var low, out var high);
        Choose(low.As<long, T>(), ref a, maskA, ref b, maskB, ref y, i);
        Choose(high.As<long, T>(), ref a, maskA, ref b, maskB, ref y, i + (nuint)Vector<T>.Count);
    }
}
