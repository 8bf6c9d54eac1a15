using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Softmax and its logarithm along the middle of a dense block [outer, n, inner]. The largest element is taken out first.</summary>
internal static class Softmax
{
    [MethodImpl(Compile.Kernel)]
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
    [MethodImpl(Compile.Kernel)]
    private static void Short<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var row = new Vector<T>(T.NegativeInfinity);
        ref T lane = ref Unsafe.As<Vector<T>, T>(ref row);
        for (int i = 0; i < n; i++) Unsafe.Add(ref lane, i) = Unsafe.Add(ref x, i);
        T top = Reduce.Lanes<Largest, T>(row);
        var e = VectorMath.Exp(row - new Vector<T>(top));
        var (sum0, sum1) = Wide(e);
        double sum = Total<T>(sum0, sum1);
        var (high, low) = LogSum(top, sum);
        row = log ? Minus(row, new(high), new(low)) : Times(e, new(1 / sum), new(1 / sum));
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref lane, i);
    }

    /// <summary>A row of neighbours. Its last register overlaps the one before; the lanes that come twice count once.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Row<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        nuint last = (nuint)(n - Vector<T>.Count), step = (nuint)Vector<T>.Count;
        T top = Reduce.Row<Largest, T>(ref x, n);
        int twice = (Vector<T>.Count - n % Vector<T>.Count) % Vector<T>.Count;
        Exponentials(ref x, ref y, last, step, new(top), twice, out var sum0, out var sum1);
        double sum = Total<T>(sum0, sum1);
        if (log)
        {
            var (high, low) = LogSum(top, sum);
            Subtract(ref x, ref y, last, step, new(high), new(low));
        }
        else Multiply(ref y, last, step, new(1 / sum), new(1 / sum));
    }

    /// <summary>As many columns as a register has lanes.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Columns<T>(ref T x, ref T y, int n, int stride, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint step = (nuint)stride, last = (nuint)(n - 1) * step;
        var top = Top(ref x, last, step);
        Exponentials(ref x, ref y, last, step, top, 0, out var sum0, out var sum1);
        if (log)
        {
            Vector<T> high = default, low = default;
            for (int j = 0; j < Vector<T>.Count; j++)
            {
                var parts = LogSum(top[j], j < Vector<double>.Count ? sum0[j] : sum1[j - Vector<double>.Count]);
                (high, low) = (high.WithElement(j, parts.High), low.WithElement(j, parts.Low));
            }
            Subtract(ref x, ref y, last, step, high, low);
        }
        else Multiply(ref y, last, step, Vector<double>.One / sum0, Vector<double>.One / sum1);
    }

    // ---- passes over registers at 0, step, 2·step, … and last, which may overlap the one before ----------------------------

    [MethodImpl(Compile.Kernel)]
    private static Vector<T> Top<T>(ref T x, nuint last, nuint step)
        where T : unmanaged
    {
        var top = Vector.LoadUnsafe(ref x, last);
        for (nuint i = 0; i < last; i += step) top = Vector.Max(top, Vector.LoadUnsafe(ref x, i));
        return top;
    }

    /// <summary>y = e^(x − top), and its sums per lane in double; the first lanes of the last register, which came before, do not count.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Exponentials<T>(ref T x, ref T y, nuint last, nuint step, Vector<T> top, int twice, out Vector<double> sum0, out Vector<double> sum1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<double> s0 = Vector<double>.Zero, s1 = Vector<double>.Zero;
        for (nuint i = 0; i < last; i += step)
        {
            var e = VectorMath.Exp(Vector.LoadUnsafe(ref x, i) - top);
            e.StoreUnsafe(ref y, i);
            var (e0, e1) = Wide(e);
            s0 += e0;
            s1 += e1;
        }
        var end = VectorMath.Exp(Vector.LoadUnsafe(ref x, last) - top);
        end.StoreUnsafe(ref y, last);
        end = Vector.ConditionalSelect(Vector.LessThan(Vector<T>.Indices, new Vector<T>(T.CreateTruncating(twice))), Vector<T>.Zero, end);
        var (end0, end1) = Wide(end);
        (sum0, sum1) = (s0 + end0, s1 + end1);
    }

    [MethodImpl(Compile.Kernel)]
    private static void Multiply<T>(ref T y, nuint last, nuint step, Vector<double> factor0, Vector<double> factor1)
        where T : unmanaged
    {
        var end = Times(Vector.LoadUnsafe(ref y, last), factor0, factor1);
        for (nuint i = 0; i < last; i += step) Times(Vector.LoadUnsafe(ref y, i), factor0, factor1).StoreUnsafe(ref y, i);
        end.StoreUnsafe(ref y, last);
    }

    [MethodImpl(Compile.Kernel)]
    private static void Subtract<T>(ref T x, ref T y, nuint last, nuint step, Vector<T> high, Vector<T> low)
        where T : unmanaged
    {
        for (nuint i = 0; i < last; i += step) Minus(Vector.LoadUnsafe(ref x, i), high, low).StoreUnsafe(ref y, i);
        Minus(Vector.LoadUnsafe(ref x, last), high, low).StoreUnsafe(ref y, last);
    }

    // ---- arithmetic that rounds once ---------------------------------------------------------------------------------------

    private static double Total<T>(Vector<double> sum0, Vector<double> sum1) => typeof(T) == typeof(double) ? Vector.Sum(sum0) : Vector.Sum(sum0) + Vector.Sum(sum1);

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
