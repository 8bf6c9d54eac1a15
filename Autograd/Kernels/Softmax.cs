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
        T top = Reduce.Lanes<Largest, T>(row);
        var e = VectorMath.ExpFinely(row - new Vector<T>(top));
        double sum = Total(e, Vector<T>.Zero);
        var (high, low) = LogSum(top, sum);
        row = log ? Minus(row, new(high), new(low)) : Times(e, new(1 / sum), new(1 / sum));
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

        end = VectorMath.ExpFinely(end - top);
        int twice = (lanes - n % lanes) % lanes;
        Vector<T> sums = Vector.ConditionalSelect(Vector.LessThan(Vector<T>.Indices, new Vector<T>(T.CreateTruncating(twice))), Vector<T>.Zero, end), lost = Vector<T>.Zero;
        for (i = 0; i < last; i += width)
        {
            var e = VectorMath.ExpFinely(Vector.LoadUnsafe(ref x, i) - top);
            (sums, lost) = Plus(sums, lost, e);
            if (!log) e.StoreUnsafe(ref y, i);
        }
        double sum = Total(sums, lost);

        if (log)
        {
            var parts = LogSum(top[0], sum);
            Vector<T> high = new(parts.High), low = new(parts.Low);
            for (i = 0; i < last; i += width) Minus(Vector.LoadUnsafe(ref x, i), high, low).StoreUnsafe(ref y, i);
            Minus(Vector.LoadUnsafe(ref x, last), high, low).StoreUnsafe(ref y, last);
            return;
        }
        var factor = new Vector<double>(1 / sum);
        for (i = 0; i < last; i += width) Times(Vector.LoadUnsafe(ref y, i), factor, factor).StoreUnsafe(ref y, i);
        Times(end, factor, factor).StoreUnsafe(ref y, last);
    }

    /// <summary>As many columns as a register has lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<T>(ref T x, ref T y, int n, int stride, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint step = (nuint)stride, end = (nuint)n * step, i;
        var top = Vector.LoadUnsafe(ref x);
        for (i = step; i < end; i += step) top = Vector.Max(top, Vector.LoadUnsafe(ref x, i));
        Vector<T> sums = Vector<T>.Zero, lost = Vector<T>.Zero;
        for (i = 0; i < end; i += step)
        {
            var e = VectorMath.ExpFinely(Vector.LoadUnsafe(ref x, i) - top);
            (sums, lost) = Plus(sums, lost, e);
            if (!log) e.StoreUnsafe(ref y, i);
        }
        if (log)
        {
            Vector<T> high = default, low = default;
            for (int j = 0; j < Vector<T>.Count; j++)
            {
                var parts = LogSum(top[j], double.CreateTruncating(sums[j]) + double.CreateTruncating(lost[j]));
                (high, low) = (high.WithElement(j, parts.High), low.WithElement(j, parts.Low));
            }
            for (i = 0; i < end; i += step) Minus(Vector.LoadUnsafe(ref x, i), high, low).StoreUnsafe(ref y, i);
            return;
        }
        var (sum0, sum1) = Wide(sums);
        var (lost0, lost1) = Wide(lost);
        Vector<double> factor0 = Vector<double>.One / (sum0 + lost0), factor1 = Vector<double>.One / (sum1 + lost1);
        for (i = 0; i < end; i += step) Times(Vector.LoadUnsafe(ref y, i), factor0, factor1).StoreUnsafe(ref y, i);
    }

    // ---- sums that round once --------------------------------------------------------------------------------------------

    /// <summary>sum + e, and what its rounding loses (Knuth).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<T> Sum, Vector<T> Lost) Plus<T>(Vector<T> sum, Vector<T> lost, Vector<T> e)
    {
        Vector<T> s = sum + e, z = s - sum;
        return (s, lost + (sum - (s - z) + (e - z)));
    }

    private static double Total<T>(Vector<T> sums, Vector<T> lost)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int i = 0; i < Vector<T>.Count; i++) sum += double.CreateTruncating(sums[i]) + double.CreateTruncating(lost[i]);
        return sum;
    }

    /// <summary>e · factor, in double precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Times<T>(Vector<T> e, Vector<double> factor0, Vector<double> factor1)
    {
        var (e0, e1) = Wide(e);
        return typeof(T) == typeof(double) ? (e0 * factor0).As<double, T>() : Vector.Narrow(e0 * factor0, e1 * factor1).As<float, T>();
    }

    /// <summary>A register of floats as two of doubles; one of doubles as itself, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<double>, Vector<double>) Wide<T>(Vector<T> x)
    {
        if (typeof(T) == typeof(double)) return (x.As<T, double>(), x.As<T, double>());
        Vector.Widen(x.As<T, float>(), out var low, out var high);
        return (low, high);
    }

    /// <summary>ln Σ eˣ = top + ln sum in two parts, the second what rounding the first loses.</summary>
    private static (T High, T Low) LogSum<T>(T top, double sum)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double largest = double.CreateTruncating(top), log = Math.Log(sum);
        T high = T.CreateTruncating(largest + log);
        return (high, T.CreateTruncating(largest - double.CreateTruncating(high) + log));
    }

    /// <summary>x − high − low, rounded as if once: the error of the first difference is known (Knuth) and brought in with the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Minus<T>(Vector<T> x, Vector<T> high, Vector<T> low)
    {
        Vector<T> y = x - high, z = y - x, lost = x - (y - z) - (high + z);
        return Vector.ConditionalSelect(Vector.Equals(lost, lost), y + (lost - low), y);             // −∞ stays
    }

    private readonly struct Largest : IFold
    {
        static T IFold.Neutral<T>() => T.MinValue;

        static T IFold.One<T>(T a, T b) => T.Max(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }
}
