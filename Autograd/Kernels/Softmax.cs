using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Softmax and its logarithm along the middle of a dense block [outer, n, inner]. The largest element is taken out first.</summary>
internal static partial class Softmax
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
                else if (n <= 2 * lanes) Pair(ref px, ref py, n, log);
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
        var top = new Vector<T>(Reduce.Lanes<Largest, T>(row));
        var e = VectorMath.Exp(row - top);
        var sum = Total<T>(Wide(e));
        row = log ? Minus(row, Parts(top, sum.Log, sum.Log)) : Times(e, Parts(Vector<T>.Zero, sum.Inverse, sum.Inverse));
        for (int i = 0; i < n; i++) Unsafe.Add(ref y, i) = Unsafe.Add(ref lane, i);
    }

    /// <summary>A row of up to two registers, which stays in them. The second overlaps the first; the lanes that come twice count once.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Pair<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint last = (nuint)(n - Vector<T>.Count);
        Vector<T> x0 = Vector.LoadUnsafe(ref x), x1 = Vector.LoadUnsafe(ref x, last);
        var top = new Vector<T>(Reduce.Lanes<Largest, T>(Vector.Max(x0, x1)));
        Vector<T> e0 = VectorMath.Exp(x0 - top), e1 = VectorMath.Exp(x1 - top);
        var sum = Total<T>(Wide(e0 + Without(e1, 2 * Vector<T>.Count - n)));
        var (y0, y1) = (e0, e1);
        if (log)
        {
            var logSum = Parts(top, sum.Log, sum.Log);
            (y0, y1) = (Minus(x0, logSum), Minus(x1, logSum));
        }
        else
        {
            var factor = Parts(Vector<T>.Zero, sum.Inverse, sum.Inverse);
            (y0, y1) = (Times(e0, factor), Times(e1, factor));
        }
        y0.StoreUnsafe(ref y);
        y1.StoreUnsafe(ref y, last);
    }

    /// <summary>A row of neighbours. Its last register overlaps the one before; the lanes that come twice count once.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Row<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint last = (nuint)(n - Vector<T>.Count), step = (nuint)Vector<T>.Count;
        int twice = (Vector<T>.Count - n % Vector<T>.Count) % Vector<T>.Count;
        var top = new Vector<T>(Reduce.Lanes<Largest, T>(Top(ref x, last, step)));
        Exponentials(ref x, ref y, last, step, top, row: true, twice, keep: !log, out var sum0, out var sum1);
        var sum = Total<T>((sum0, sum1));
        if (log) Subtract(ref x, ref y, last, step, Parts(top, sum.Log, sum.Log));
        else Multiply(ref y, last, step, Parts(Vector<T>.Zero, sum.Inverse, sum.Inverse));
    }

    /// <summary>As many columns as a register has lanes.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Columns<T>(ref T x, ref T y, int n, int stride, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint step = (nuint)stride, last = (nuint)(n - 1) * step;
        var top = Top(ref x, last, step);
        Exponentials(ref x, ref y, last, step, top, row: false, twice: 0, keep: !log, out var sum0, out var sum1);
        if (log) Subtract(ref x, ref y, last, step, Parts(top, Vector.Log(sum0), Vector.Log(sum1)));
        else Multiply(ref y, last, step, Parts(Vector<T>.Zero, Vector<double>.One / sum0, Vector<double>.One / sum1));
    }

    private readonly struct Largest : IFold
    {
        static T IFold.Neutral<T>() => T.MinValue;

        static T IFold.One<T>(T a, T b) => T.Max(a, b);

        static Vector<T> IFold.Many<T>(Vector<T> a, Vector<T> b) => Vector.Max(a, b);
    }
}
