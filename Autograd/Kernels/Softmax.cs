using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Softmax and its logarithm along the middle of a dense block [outer, n, inner]. The largest element is taken out first.</summary>
internal static class Softmax
{
    internal static void Run<T>(ref T x, ref T y, int outer, int n, int inner, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        for (int o = 0; o < outer; o++)
            for (int j = 0; j < inner; j++)
            {
                nint at = (nint)o * n * inner + j;
                if (inner == 1) Row(ref Unsafe.Add(ref x, at), ref Unsafe.Add(ref y, at), n, log);
                else Strided(ref Unsafe.Add(ref x, at), ref Unsafe.Add(ref y, at), n, inner, log);
            }
    }

    private static void Row<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        if (n == 0) return;
        T top = Reduce.Row<Largest, T>(ref x, n);
        Vector<T> vtop = new(top), vsum = Vector<T>.Zero;
        int i = 0;
        for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
        {
            var e = VectorMath.Exp(Vector.LoadUnsafe(ref x, (nuint)i) - vtop);
            if (!log) e.StoreUnsafe(ref y, (nuint)i);
            vsum += e;
        }
        T sum = Vector.Sum(vsum);
        for (; i < n; i++)
        {
            T e = VectorMath.Exp(new Vector<T>(Unsafe.Add(ref x, i) - top))[0];
            if (!log) Unsafe.Add(ref y, i) = e;
            sum += e;
        }

        T logSum = T.Log(sum);                              // subtracted apart from the largest element, which may be huge
        for (i = 0; i <= n - Vector<T>.Count; i += Vector<T>.Count)
            (log ? Vector.LoadUnsafe(ref x, (nuint)i) - vtop - new Vector<T>(logSum) : Vector.LoadUnsafe(ref y, (nuint)i) / new Vector<T>(sum)).StoreUnsafe(ref y, (nuint)i);
        for (; i < n; i++)
            Unsafe.Add(ref y, i) = log ? Unsafe.Add(ref x, i) - top - logSum : Unsafe.Add(ref y, i) / sum;
    }

    private static void Strided<T>(ref T x, ref T y, int n, int step, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        T top = T.NegativeInfinity, sum = T.Zero;
        for (int i = 0; i < n; i++) top = T.Max(top, Unsafe.Add(ref x, (nint)i * step));
        for (int i = 0; i < n; i++) sum += T.Exp(Unsafe.Add(ref x, (nint)i * step) - top);
        T logSum = T.Log(sum);
        for (int i = 0; i < n; i++)
        {
            T v = Unsafe.Add(ref x, (nint)i * step);
            Unsafe.Add(ref y, (nint)i * step) = log ? v - top - logSum : T.Exp(v - top) / sum;
        }
    }

    private readonly struct Largest : IFold
    {
        static T IFold.Neutral<T>() => T.MinValue;

        static T IFold.One<T>(T a, T b) => T.Max(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }
}
