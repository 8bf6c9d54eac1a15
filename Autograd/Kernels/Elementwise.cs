using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>
/// One run of an elementwise op: <c>n</c> results, neighbours <c>step</c> elements apart (0 repeats one element). Where everything is
/// dense or repeated, a vector register at a time; else one element at a time, with the same formula.
/// </summary>
internal static class Elementwise
{
    /// <summary>y = f(x).</summary>
    internal static void Unary<TOp, T>(ref T x, int stepX, ref T y, int stepY, int n)
        where TOp : struct, IUnary
        where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (TOp.Vectorized && stepX == 1 && stepY == 1)
            for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
                TOp.Many(Vector.LoadUnsafe(ref x, (nuint)i)).StoreUnsafe(ref y, (nuint)i);
        for (; i < n; i++) Unsafe.Add(ref y, i * stepY) = TOp.One<T, TOp>(Unsafe.Add(ref x, i * stepX));
    }

    /// <summary>y = f(a, b).</summary>
    internal static void Binary<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T y, int stepY, int n)
        where TOp : struct, IBinary
        where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (TOp.Vectorized && stepY == 1 && n >= Vector<T>.Count)
        {
            if (stepA == 1 && stepB == 1)
            {
                for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
                    TOp.Many(Vector.LoadUnsafe(ref a, (nuint)i), Vector.LoadUnsafe(ref b, (nuint)i)).StoreUnsafe(ref y, (nuint)i);
            }
            else if (stepA == 1 && stepB == 0)
            {
                var vb = new Vector<T>(b);
                for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
                    TOp.Many(Vector.LoadUnsafe(ref a, (nuint)i), vb).StoreUnsafe(ref y, (nuint)i);
            }
            else if (stepA == 0 && stepB == 1)
            {
                var va = new Vector<T>(a);
                for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
                    TOp.Many(va, Vector.LoadUnsafe(ref b, (nuint)i)).StoreUnsafe(ref y, (nuint)i);
            }
        }
        for (; i < n; i++) Unsafe.Add(ref y, i * stepY) = TOp.One<T, TOp>(Unsafe.Add(ref a, i * stepA), Unsafe.Add(ref b, i * stepB));
    }

    /// <summary>y = f(a, b, c).</summary>
    internal static void Ternary<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref T c, int stepC, ref T y, int stepY, int n)
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

    /// <summary>y = 1 where the relation holds between a and b, else 0.</summary>
    internal static void Relation<TOp, T>(ref T a, int stepA, ref T b, int stepB, ref byte y, int stepY, int n)
        where TOp : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < n; i++)
            Unsafe.Add(ref y, i * stepY) = TOp.Holds(Unsafe.Add(ref a, i * stepA), Unsafe.Add(ref b, i * stepB)) ? (byte)1 : (byte)0;
    }

    /// <summary>y = 1 where x has the property, else 0.</summary>
    internal static void Predicate<TOp, T>(ref T x, int stepX, ref byte y, int stepY, int n)
        where TOp : struct, IPredicate
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i * stepY) = TOp.Holds(Unsafe.Add(ref x, i * stepX)) ? (byte)1 : (byte)0;
    }

    /// <summary>y = a where the mask is set, else b.</summary>
    internal static void Choose<T>(ref byte mask, int stepM, ref T a, int stepA, ref T b, int stepB, ref T y, int stepY, int n)
        where T : unmanaged
    {
        for (int i = 0; i < n; i++)
            Unsafe.Add(ref y, i * stepY) = Unsafe.Add(ref mask, i * stepM) != 0 ? Unsafe.Add(ref a, i * stepA) : Unsafe.Add(ref b, i * stepB);
    }

    /// <summary>y = x, from one element type to another: truncating towards zero, and wrapping round as C does.</summary>
    internal static void Cast<TFrom, TTo>(ref TFrom x, int stepX, ref TTo y, int stepY, int n)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        if (typeof(TFrom) == typeof(TTo) && stepX == 1 && stepY == 1)
        {
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<TFrom, TTo>(ref x), n).CopyTo(MemoryMarshal.CreateSpan(ref y, n));
            return;
        }
        if (stepX == 1 && stepY == 1 && (typeof(TTo) == typeof(float) || typeof(TTo) == typeof(double)))
        {
            TensorPrimitives.ConvertTruncating(MemoryMarshal.CreateReadOnlySpan(ref x, n), MemoryMarshal.CreateSpan(ref y, n));
            return;
        }
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i * stepY) = ScalarMath.Cast<TFrom, TTo>(Unsafe.Add(ref x, i * stepX));
    }

    /// <summary>y = 1 where x is not zero: the cast to Bool.</summary>
    internal static void CastToBool<T>(ref T x, int stepX, ref byte y, int stepY, int n)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i * stepY) = T.IsZero(Unsafe.Add(ref x, i * stepX)) ? (byte)0 : (byte)1;
    }
}
