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
        {
            ref float px = ref Unsafe.As<T, float>(ref x), py = ref Unsafe.As<T, float>(ref y);
            float first = (float)(object)top[0];
            i = keep ? Exponentials(ref px, ref py, last, first, out sum0, out sum1) : Total(ref px, ref py, last, first, out sum0, out sum1);
        }
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
    private static nuint Exponentials(ref float x, ref float y, nuint last, float top, out Vector<double> sum0, out Vector<double> sum1)
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
                e.StoreUnsafe(ref y, i);
                sum += e;
            }
            (s0, s1) = (s0 + Vector512.WidenLower(sum), s1 + Vector512.WidenUpper(sum));
        }
        (sum0, sum1) = ((s0.GetLower() + s0.GetUpper()).AsVector(), (s1.GetLower() + s1.GetUpper()).AsVector());
        return i;
    }

    /// <summary>
    /// The same sums where nothing else is wanted, and so from a simpler exponential. Meanwhile the next row, and the place for the result of
    /// this one, come into the cache.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static unsafe nuint Total(ref float x, ref float y, nuint last, float top, out Vector<double> sum0, out Vector<double> sum1)
    {
        const nuint width = 16;
        Vector512<float> tops = Vector512.Create(top);
        Vector512<double> s0 = Vector512<double>.Zero, s1 = s0;
        nuint i = 0, whole = last - last % width, row = last + (nuint)Vector<float>.Count;
        while (i < whole)
        {
            var sum = Vector512<float>.Zero;
            for (nuint end = Math.Min(whole, i + Stretch * width); i < end; i += width)
            {
                Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref x, i + row)));
                Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref y, i)));
                sum += VectorMath.ExpOfNegative(Vector512.LoadUnsafe(ref x, i) - tops);
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
        for (nuint i = 0; i < last; i += step) Minus(Vector.LoadUnsafe(ref x, i), logSum).StoreUnsafe(ref y, i);
        Minus(Vector.LoadUnsafe(ref x, last), logSum).StoreUnsafe(ref y, last);
    }

    /// <summary>The same for n neighbours, at least sixteen, sixteen at a time.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Subtract(ref float x, ref float y, int n, float high, float low)
    {
        const nuint width = 16;
        Vector512<float> h = Vector512.Create(high), l = Vector512.Create(low);
        nuint last = (nuint)n - width;
        for (nuint i = 0; i < last; i += width) Minus(Vector512.LoadUnsafe(ref x, i), h, l).StoreUnsafe(ref y, i);
        Minus(Vector512.LoadUnsafe(ref x, last), h, l).StoreUnsafe(ref y, last);
    }

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

    /// <summary>
    /// The same. Where the error is not a number, y is −∞, and stays so with any number instead. Every second sum is a product with 1 or −1
    /// as well: multipliers add too, and would otherwise have nothing to do.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Minus(Vector512<float> x, Vector512<float> high, Vector512<float> low)
    {
        Vector512<float> one = Vector512<float>.One, minus = Vector512.Create(-1f);
        Vector512<float> y = x - high, z = Vector512.FusedMultiplyAdd(x, minus, y);
        var lost = Vector512.FusedMultiplyAdd(y - z, minus, x) - Vector512.FusedMultiplyAdd(z, one, high);
        return Vector512.FusedMultiplyAdd(low, minus, Vector512.MaxNative(lost, Vector512.Create(float.MinValue))) + y;
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
