using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>Softmax and its logarithm along the middle of a dense block [outer, n, inner]. The largest element is taken out first.</summary>
internal static partial class Softmax
{
    private const int Late = 1024;                          // elements of a row that is still in the cache when the next has been weighed

    internal static void Run<T>(ref T x, ref T y, int outer, int n, int inner, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        if (n == 0 || outer == 0) return;
        int lanes = Vector<T>.Count;
        if (inner == 1 && n > 2 * lanes)
        {
            Rows(ref x, ref y, outer, n, log);
            return;
        }
        for (int o = 0; o < outer; o++)
        {
            ref T px = ref Unsafe.Add(ref x, (nint)o * n * inner), py = ref Unsafe.Add(ref y, (nint)o * n * inner);
            if (inner == 1)
            {
                if (n < lanes) Short(ref px, ref py, n, log);
                else Pair(ref px, ref py, n, log);
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

    /// <summary>
    /// A row of up to two registers, which stays in them. The second overlaps the first; the lanes that come twice count once. (Compiled for good
    /// only when it has been called often: that takes the time of thousands of such rows.)
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
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

    /// <summary>
    /// Rows of neighbours. A row is finished when the next one has been weighed, so that there is something to do while its sum and the
    /// logarithm of that come out; but a long one at once, before it has left the cache.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static void Rows<T>(ref T x, ref T y, int rows, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        (Vector<T> High, Vector<T> Low) before = default;
        for (int r = 0; r < rows; r++)
        {
            ref T px = ref Unsafe.Add(ref x, (nint)r * n), py = ref Unsafe.Add(ref y, (nint)r * n);
            var weight = Weigh(ref px, ref py, n, log);
            if (n > Late) Finish(ref px, ref py, n, weight, log);
            else if (r > 0) Finish(ref Unsafe.Subtract(ref px, n), ref Unsafe.Subtract(ref py, n), n, before, log);
            before = weight;
        }
        nint last = (nint)(rows - 1) * n;
        if (n <= Late) Finish(ref Unsafe.Add(ref x, last), ref Unsafe.Add(ref y, last), n, before, log);
    }

    /// <summary>
    /// The exponentials of a row, and what they are to be multiplied by; or ln Σ eˣ. The last register overlaps the one before; the lanes that
    /// come twice count once.
    /// </summary>
    [MethodImpl(Compile.Kernel)]
    private static (Vector<T> High, Vector<T> Low) Weigh<T>(ref T x, ref T y, int n, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint last = (nuint)(n - Vector<T>.Count), step = (nuint)Vector<T>.Count;
        int twice = (Vector<T>.Count - n % Vector<T>.Count) % Vector<T>.Count;
        var top = new Vector<T>(Reduce.Lanes<Largest, T>(Top(ref x, last, step)));
        Exponentials(ref x, ref y, last, step, top, row: true, twice, keep: !log, out var sum0, out var sum1);
        var sum = Total<T>((sum0, sum1));
        return log ? Parts(top, sum.Log, sum.Log) : Parts(Vector<T>.Zero, sum.Inverse, sum.Inverse);
    }

    private static void Finish<T>(ref T x, ref T y, int n, (Vector<T> High, Vector<T> Low) weight, bool log)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nuint last = (nuint)(n - Vector<T>.Count), step = (nuint)Vector<T>.Count;
        if (!log) Multiply(ref y, last, step, weight);
        else if (typeof(T) == typeof(float) && VectorMath.HasWide)
            Subtract(ref Unsafe.As<T, float>(ref x), ref Unsafe.As<T, float>(ref y), n, (float)(object)weight.High[0], (float)(object)weight.Low[0]);
        else Subtract(ref x, ref y, last, step, weight);
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
