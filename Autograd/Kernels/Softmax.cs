using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Softmax and its logarithm along the middle of a dense block [outer, n, inner]. The largest element is taken out first.</summary>
internal static class Softmax
{
    internal static void Run<T>(ref T x, ref T y, int outer, int n, int inner, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        if (n == 0) return;
        int lanes = Vector<T>.Count;
        for (int o = 0; o < outer; o++)
        {
            ref T px = ref Unsafe.Add(ref x, (nint)o * n * inner), py = ref Unsafe.Add(ref y, (nint)o * n * inner);
            if (inner == 1)
            {
                if (n < lanes) Short(ref px, ref py, n, log);
                else Row(ref px, ref py, n, log);
            }
            else if (inner < lanes)
                for (int j = 0; j < inner; j++) Reference(ref Unsafe.Add(ref px, j), ref Unsafe.Add(ref py, j), n, inner, log);
            else
                for (int j = 0; j < inner; j += lanes)
                {
                    int at = Math.Min(j, inner - lanes);                    // the last columns overlap those before
                    Columns(ref Unsafe.Add(ref px, at), ref Unsafe.Add(ref py, at), n, inner, log);
                }
        }
    }

    /// <summary>The definition, element by element.</summary>
    internal static void Reference<T>(ref T x, ref T y, int n, int step, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T top = T.NegativeInfinity, sum = T.Zero;
        for (int i = 0; i < n; i++) top = T.Max(top, Unsafe.Add(ref x, (nint)i * step));
        for (int i = 0; i < n; i++) sum += T.Exp(Unsafe.Add(ref x, (nint)i * step) - top);
        T logSum = T.Log(sum);
        for (int i = 0; i < n; i++)
        {
            T v = Unsafe.Add(ref x, (nint)i * step) - top;
            Unsafe.Add(ref y, (nint)i * step) = log ? v - logSum : T.Exp(v) / sum;
        }
    }

    /// <summary>A row of less than a register: the other lanes are −∞, whose exponential is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Short<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var row = new Vector<T>(T.NegativeInfinity);
        ref T lane = ref Unsafe.As<Vector<T>, T>(ref row);
        for (int i = 0; i < n; i++) Unsafe.Add(ref lane, i) = Unsafe.Add(ref x, i);
        row -= new Vector<T>(Reduce.Lanes<Largest, T>(row));
        var e = VectorMath.Exp(row);
        T sum = Vector.Sum(e);
        row = log ? row - new Vector<T>(T.Log(sum)) : Quotient(e, sum);
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref lane, i);
    }

    /// <summary>A row of neighbours. Its last register overlaps the one before; the lanes that come twice count once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int lanes = Vector<T>.Count;
        nuint width = (nuint)lanes, last = (nuint)(n - lanes), i;
        var end = Vector.LoadUnsafe(ref x, last);
        var largest = end;
        for (i = 0; i < last; i += width) largest = Vector.Max(largest, Vector.LoadUnsafe(ref x, i));
        var top = new Vector<T>(Reduce.Lanes<Largest, T>(largest));

        end = VectorMath.Exp(end - top);
        int twice = (lanes - n % lanes) % lanes;
        var sums = Vector.ConditionalSelect(Vector.LessThan(Vector<T>.Indices, new Vector<T>(T.CreateTruncating(twice))), Vector<T>.Zero, end);
        for (i = 0; i < last; i += width)
        {
            var e = VectorMath.Exp(Vector.LoadUnsafe(ref x, i) - top);
            sums += e;
            if (!log) e.StoreUnsafe(ref y, i);
        }
        T sum = Vector.Sum(sums);

        if (log)
        {
            var logSum = new Vector<T>(T.Log(sum));         // subtracted apart from the largest element, which may be huge
            for (i = 0; i < last; i += width) (Vector.LoadUnsafe(ref x, i) - top - logSum).StoreUnsafe(ref y, i);
            (Vector.LoadUnsafe(ref x, last) - top - logSum).StoreUnsafe(ref y, last);
            return;
        }
        for (i = 0; i < last; i += width) Quotient(Vector.LoadUnsafe(ref y, i), sum).StoreUnsafe(ref y, i);
        Quotient(end, sum).StoreUnsafe(ref y, last);
    }

    /// <summary>As many columns as a register has lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<T>(ref T x, ref T y, int n, int stride, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint step = (nuint)stride, end = (nuint)n * step, i;
        var top = Vector.LoadUnsafe(ref x);
        for (i = step; i < end; i += step) top = Vector.Max(top, Vector.LoadUnsafe(ref x, i));
        var sum = Vector<T>.Zero;
        for (i = 0; i < end; i += step)
        {
            var e = VectorMath.Exp(Vector.LoadUnsafe(ref x, i) - top);
            sum += e;
            if (!log) e.StoreUnsafe(ref y, i);
        }
        var logSum = log ? VectorMath.Log(sum) : sum;
        for (i = 0; i < end; i += step)
            (log ? Vector.LoadUnsafe(ref x, i) - top - logSum : Vector.LoadUnsafe(ref y, i) / sum).StoreUnsafe(ref y, i);
    }

    /// <summary>e / sum, by the reciprocal and one step of Newton's method, which is faster than a division and rounds as well.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Quotient<T>(Vector<T> e, T sum)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float)) return e / new Vector<T>(sum);
        Vector<float> v = e.As<T, float>(), r = new(float.CreateTruncating(T.One / sum));
        var q = v * r;
        var missing = Vector.MultiplyAddEstimate(-q, new Vector<float>(float.CreateTruncating(sum)), v);
        return Vector.MultiplyAddEstimate(missing, r, q).As<float, T>();
    }

    private readonly struct Largest : IFold
    {
        static T IFold.Neutral<T>() => T.MinValue;

        static T IFold.One<T>(T a, T b) => T.Max(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }
}
