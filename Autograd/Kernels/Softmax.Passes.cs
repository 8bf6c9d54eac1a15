using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

// The passes over the registers at 0, step, 2·step, … and last, which may overlap the one before.
internal static partial class Softmax
{
    private const int Stretch = 8;                          // registers that are summed in single precision

    /// <summary>The largest in each lane. (A NaN may be passed over: it comes back in the sum.)</summary>
    [MethodImpl(Compile.Kernel)]
    private static Vector<T> Top<T>(ref T x, nuint last, nuint step)
        where T : unmanaged
    {
        Vector<T> t0 = Vector.LoadUnsafe(ref x, last), t1 = t0, t2 = t0, t3 = t0;
        nuint i = 0;
        for (; i + 3 * step < last; i += 4 * step)
        {
            t0 = Vector.MaxNative(t0, Vector.LoadUnsafe(ref x, i));
            t1 = Vector.MaxNative(t1, Vector.LoadUnsafe(ref x, i + step));
            t2 = Vector.MaxNative(t2, Vector.LoadUnsafe(ref x, i + 2 * step));
            t3 = Vector.MaxNative(t3, Vector.LoadUnsafe(ref x, i + 3 * step));
        }
        for (; i < last; i += step) t0 = Vector.MaxNative(t0, Vector.LoadUnsafe(ref x, i));
        return Vector.MaxNative(Vector.MaxNative(t0, t1), Vector.MaxNative(t2, t3));
    }

    /// <summary>
    /// e^(x − top), kept in y or not, and its sums per lane: over a stretch of registers in single precision, from stretch to stretch in
    /// double. Where it is one row, the first lanes of the last register, which came before, do not count.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static void Exponentials<T>(ref T x, ref T y, nuint last, nuint step, Vector<T> top, bool row, int twice, bool keep, out Vector<double> sum0, out Vector<double> sum1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        (sum0, sum1) = (Vector<double>.Zero, Vector<double>.Zero);
        nuint i = 0;
        if (typeof(T) == typeof(float) && VectorMath.HasWide && row)
            i = Exponentials(ref Unsafe.As<T, float>(ref x), ref Unsafe.As<T, float>(ref y), last, (float)(object)top[0], keep, out sum0, out sum1);
        while (i < last)
        {
            var sum = Vector<T>.Zero;
            for (nuint end = Math.Min(last, i + Stretch * step); i < end; i += step)
            {
                var e = VectorMath.Exp(Vector.LoadUnsafe(ref x, i) - top);
                if (keep) e.StoreUnsafe(ref y, i);
                sum += e;
            }
            var (e0, e1) = Wide(sum);
            (sum0, sum1) = (sum0 + e0, sum1 + e1);
        }
        var rest = VectorMath.Exp(Vector.LoadUnsafe(ref x, last) - top);
        if (keep) rest.StoreUnsafe(ref y, last);
        var (rest0, rest1) = Wide(Without(rest, twice));
        (sum0, sum1) = (sum0 + rest0, sum1 + rest1);
    }

    /// <summary>The same for neighbours, sixteen at a time, as far as they go; returns how far.</summary>
    [MethodImpl(Compile.Kernel)]
    private static nuint Exponentials(ref float x, ref float y, nuint last, float top, bool keep, out Vector<double> sum0, out Vector<double> sum1)
    {
        const nuint width = 16;
        Vector512<float> tops = Vector512.Create(top);
        Vector512<double> s0 = Vector512<double>.Zero, s1 = s0;
        nuint i = 0, whole = last - last % width;
        while (i < whole)
        {
            var sum = Vector512<float>.Zero;
            for (nuint end = Math.Min(whole, i + Stretch * width); i < end; i += width)
            {
                var e = VectorMath.Exp(Vector512.LoadUnsafe(ref x, i) - tops);
                if (keep) e.StoreUnsafe(ref y, i);
                sum += e;
            }
            (s0, s1) = (s0 + Vector512.WidenLower(sum), s1 + Vector512.WidenUpper(sum));
        }
        (sum0, sum1) = ((s0.GetLower() + s0.GetUpper()).AsVector(), (s1.GetLower() + s1.GetUpper()).AsVector());
        return i;
    }

    [MethodImpl(Compile.Kernel)]
    private static void Multiply<T>(ref T y, nuint last, nuint step, (Vector<T> High, Vector<T> Low) factor)
        where T : unmanaged
    {
        var end = Times(Vector.LoadUnsafe(ref y, last), factor);
        for (nuint i = 0; i < last; i += step) Times(Vector.LoadUnsafe(ref y, i), factor).StoreUnsafe(ref y, i);
        end.StoreUnsafe(ref y, last);
    }

    [MethodImpl(Compile.Kernel)]
    private static void Subtract<T>(ref T x, ref T y, nuint last, nuint step, (Vector<T> High, Vector<T> Low) logSum)
        where T : unmanaged
    {
        nuint i = 0;
        if (typeof(T) == typeof(float) && VectorMath.HasWide)               // in double precision, which has fewer steps there
        {
            var (high, low) = (Double(logSum.High), Double(logSum.Low));      // not added up: beside a large x the sum would lose the logarithm
            for (; i < last; i += step) Difference(Vector.LoadUnsafe(ref x, i), high, low).StoreUnsafe(ref y, i);
            Difference(Vector.LoadUnsafe(ref x, last), high, low).StoreUnsafe(ref y, last);
            return;
        }
        for (; i < last; i += step) Minus(Vector.LoadUnsafe(ref x, i), logSum).StoreUnsafe(ref y, i);
        Minus(Vector.LoadUnsafe(ref x, last), logSum).StoreUnsafe(ref y, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Difference<T>(Vector<T> x, Vector512<double> high, Vector512<double> low)
        => Avx512F.ConvertToVector256Single(Double(x) - high - low).AsVector().As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Double<T>(Vector<T> x) => Avx512F.ConvertToVector512Double(x.As<T, float>().AsVector256());

    // ---- arithmetic that rounds once ---------------------------------------------------------------------------------------

    /// <summary>What a row needs of the sum of its exponentials, in every lane.</summary>
    private static (Vector<double> Log, Vector<double> Inverse) Total<T>((Vector<double> Low, Vector<double> High) sums)
    {
        double sum = typeof(T) == typeof(double) ? Vector.Sum(sums.Low) : Vector.Sum(sums.Low + sums.High);
        return (new(Math.Log(sum)), new(1 / sum));
    }

    /// <summary>Zeros for the first n lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Without<T>(Vector<T> x, int n)
        where T : unmanaged, INumber<T>
        => Vector.ConditionalSelect(Vector.LessThan(Vector<T>.Indices, new Vector<T>(T.CreateTruncating(n))), Vector<T>.Zero, x);

    /// <summary>a + b in two parts, the second what rounding the first loses.</summary>
    private static (Vector<T> High, Vector<T> Low) Parts<T>(Vector<T> a, Vector<double> b0, Vector<double> b1)
    {
        var (a0, a1) = Wide(a);
        var high = Narrow<T>(a0 + b0, a1 + b1);
        var (high0, high1) = Wide(high);
        return (high, Narrow<T>(a0 - high0 + b0, a1 - high1 + b1));
    }

    /// <summary>e · factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Times<T>(Vector<T> e, (Vector<T> High, Vector<T> Low) factor) => Fused.MultiplyAdd(e, factor.High, e * factor.Low);

    /// <summary>x − high − low: the error of the first difference is known (Knuth) and brought in with the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Minus<T>(Vector<T> x, (Vector<T> High, Vector<T> Low) sum)
    {
        Vector<T> y = x - sum.High, z = y - x, lost = x - (y - z) - (sum.High + z);
        return Vector.ConditionalSelect(Vector.Equals(lost, lost), y + (lost - sum.Low), y);             // −∞ stays
    }

    /// <summary>A register of floats as two of doubles; one of doubles as itself, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<double>, Vector<double>) Wide<T>(Vector<T> x)
    {
        if (typeof(T) == typeof(double)) return (x.As<T, double>(), x.As<T, double>());
        Vector.Widen(x.As<T, float>(), out var low, out var high);
        return (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Narrow<T>(Vector<double> low, Vector<double> high)
        => typeof(T) == typeof(double) ? low.As<double, T>() : Vector.Narrow(low, high).As<float, T>();
}
