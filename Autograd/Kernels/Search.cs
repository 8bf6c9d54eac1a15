using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Where the best element is.</summary>
internal static class Search
{
    /// <summary>For every row of the middle of a dense block [outer, n, inner]: the index of the first element that no other beats, or of the first NaN.</summary>
    internal static void Run<TBetter, T>(ref T x, ref long index, int outer, int n, int inner)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        int lanes = Vector<T>.Count;
        for (int o = 0; o < outer; o++)
        {
            ref T block = ref Unsafe.Add(ref x, (nint)o * n * inner);
            ref long found = ref Unsafe.Add(ref index, (nint)o * inner);
            if (inner == 1 && n >= lanes) found = Row<TBetter, T>(ref block, n);
            else if (inner >= lanes && Unsafe.SizeOf<T>() >= sizeof(int))
            {
                for (int j = 0; j < inner; j += lanes)
                {
                    int at = Math.Min(j, inner - lanes);                    // the last columns overlap those before
                    Columns<TBetter, T>(ref Unsafe.Add(ref block, at), ref Unsafe.Add(ref found, at), n, inner);
                }
            }
            else
                for (int j = 0; j < inner; j++) Unsafe.Add(ref found, j) = Reference<TBetter, T>(ref Unsafe.Add(ref block, j), n, inner);
        }
    }

    /// <summary>The definition, element by element.</summary>
    internal static int Reference<TBetter, T>(ref T x, int n, int step)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        int best = 0;
        T value = x;
        for (int i = 1; i < n && !T.IsNaN(value); i++)
        {
            T candidate = Unsafe.Add(ref x, (nint)i * step);
            if (!TBetter.Holds(candidate, value) && !T.IsNaN(candidate)) continue;
            (best, value) = (i, candidate);
        }
        return best;
    }

    /// <summary>Neighbours: first what the best is, then where.</summary>
    [MethodImpl(Compile.Kernel)]
    private static int Row<TBetter, T>(ref T x, int n)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        int lanes = Vector<T>.Count, last = n - lanes;
        Vector<T> end = Vector.LoadUnsafe(ref x, (nuint)last), best0 = end, best1 = end, ordered = Vector.Equals(end, end);
        for (int i = 0; i < last; i += 2 * lanes)
        {
            var c0 = Vector.LoadUnsafe(ref x, (nuint)i);
            var c1 = Vector.LoadUnsafe(ref x, (nuint)Math.Min(i + lanes, last));
            best0 = Vector.ConditionalSelect(TBetter.Many(c0, best0), c0, best0);
            best1 = Vector.ConditionalSelect(TBetter.Many(c1, best1), c1, best1);
            ordered &= Vector.Equals(c0, c0) & Vector.Equals(c1, c1);
        }
        bool hasNaN = !Vector.EqualsAll(ordered.As<T, byte>(), Vector<byte>.AllBitsSet);
        best0 = Vector.ConditionalSelect(TBetter.Many(best1, best0), best1, best0);
        var value = new Vector<T>(best0[Reference<TBetter, T>(ref Unsafe.As<Vector<T>, T>(ref best0), lanes, 1)]);
        for (int i = 0; ; i += lanes)
        {
            i = Math.Min(i, last);
            var c = Vector.LoadUnsafe(ref x, (nuint)i);
            var found = hasNaN ? ~Vector.Equals(c, c) : Vector.Equals(c, value);
            if (Vector.EqualsAll(found.As<T, byte>(), Vector<byte>.Zero)) continue;
            return i + Reference<TBetter, T>(ref Unsafe.Add(ref x, i), lanes, 1);
        }
    }

    /// <summary>As many columns as a register has lanes. The indices stand in lanes as wide as the elements.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Columns<TBetter, T>(ref T x, ref long index, int n, int stride)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        Vector<T> best = Vector.LoadUnsafe(ref x), at = Vector<T>.Zero;
        for (int i = 1; i < n; i++)
        {
            var c = Vector.LoadUnsafe(ref x, (nuint)i * (nuint)stride);
            var here = Unsafe.SizeOf<T>() == sizeof(int) ? new Vector<int>(i).As<int, T>() : new Vector<long>(i).As<long, T>();
            var better = Vector.Equals(best, best) & (TBetter.Many(c, best) | ~Vector.Equals(c, c));
            best = Vector.ConditionalSelect(better, c, best);
            at = Vector.ConditionalSelect(better, here, at);
        }
        for (int j = 0; j < Vector<T>.Count; j++)
            Unsafe.Add(ref index, j) = Unsafe.SizeOf<T>() == sizeof(int) ? at.As<T, int>()[j] : at.As<T, long>()[j];
    }

    /// <summary>For every place the index of the last element up to it that none up to it beats; after a NaN, of the last NaN.</summary>
    internal static void BestSoFar<TBetter, T>(ref T x, ref long index, int n, int step)
        where TBetter : struct, IRelation
        where T : unmanaged, INumber<T>
    {
        for (int i = 0, best = 0; i < n; i++)
        {
            T candidate = Unsafe.Add(ref x, (nint)i * step), value = Unsafe.Add(ref x, (nint)best * step);
            if (T.IsNaN(candidate) || !T.IsNaN(value) && !TBetter.Holds(value, candidate)) best = i;
            Unsafe.Add(ref index, (nint)i * step) = best;
        }
    }
}
