using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch.Optim;

/// <summary>One pass over a parameter, its gradient and up to four buffers: applies an equation to all elements.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly ref struct Pass<T>
    where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
{
    /// <summary>Elements that one thread updates at a time: 1 to 4 µs, for equations with no to four buffers.</summary>
    private const int Grain = 1 << 13;

    internal Pass(Tensor parameter, Tensor gradient) => (Parameter, Gradient) = (parameter, gradient);

    /// <summary>The parameter θ.</summary>
    public Tensor Parameter { get; }

    /// <summary>The gradient g.</summary>
    public Tensor Gradient { get; }

    /// <summary>Applies an equation without buffers.</summary>
    public void Run<TUpdate>(TUpdate update)
        where TUpdate : struct, IUpdate<T>
        => Loop(new None<TUpdate>(update), null, null, null, null);

    /// <summary>Applies an equation with one buffer, of the parameter's shape and contiguous.</summary>
    public void Run<TUpdate>(TUpdate update, Tensor a)
        where TUpdate : struct, IUpdate1<T>
        => Loop(new One<TUpdate>(update), a, null, null, null);

    /// <summary>Applies an equation with two buffers, of the parameter's shape and contiguous.</summary>
    public void Run<TUpdate>(TUpdate update, Tensor a, Tensor b)
        where TUpdate : struct, IUpdate2<T>
        => Loop(new Two<TUpdate>(update), a, b, null, null);

    /// <summary>Applies an equation with three buffers, of the parameter's shape and contiguous.</summary>
    public void Run<TUpdate>(TUpdate update, Tensor a, Tensor b, Tensor c)
        where TUpdate : struct, IUpdate3<T>
        => Loop(new Three<TUpdate>(update), a, b, c, null);

    /// <summary>Applies an equation with four buffers, of the parameter's shape and contiguous.</summary>
    public void Run<TUpdate>(TUpdate update, Tensor a, Tensor b, Tensor c, Tensor d)
        where TUpdate : struct, IUpdate4<T>
        => Loop(new Four<TUpdate>(update), a, b, c, d);

    private void Loop<TUpdate>(in TUpdate update, Tensor? a, Tensor? b, Tensor? c, Tensor? d)
        where TUpdate : struct, IEquation
    {
        ref T θ = ref Parameter.First<T>(), g = ref Gradient.First<T>();
        ref T pa = ref First(a), pb = ref First(b), pc = ref First(c), pd = ref First(d);
        if (Parameter.IsContiguous() && Gradient.IsContiguous())
            Team.Run(Parameter.Count, Grain, new DenseRange<TUpdate>(in update, ref θ, ref g, ref pa, ref pb, ref pc, ref pd));
        else
            Walk(in update, ref θ, ref g, ref pa, ref pb, ref pc, ref pd);
    }

    /// <summary>The buffers are row-major, whatever the parameter is: operand B walks through them.</summary>
    private void Walk<TUpdate>(in TUpdate update, ref T θ, ref T g, ref T a, ref T b, ref T c, ref T d)
        where TUpdate : struct, IEquation
    {
        int rank = Parameter.Ndim;
        Span<int> scratch = stackalloc int[Odometer.Scratch(rank)];
        var o = new Odometer(scratch, Parameter.Shape.Span, Parameter.Strides, Gradient.Strides, Shape.Strides(Parameter.Shape.Span));
        if (o.Length == 0) return;
        do
        {
            Piecewise(
                in update, ref Unsafe.Add(ref θ, o.Y), o.StepY, ref Unsafe.Add(ref g, o.A), o.StepA, ref Unsafe.Add(ref a, o.B), ref Unsafe.Add(ref b, o.B),
                ref Unsafe.Add(ref c, o.B), ref Unsafe.Add(ref d, o.B), o.Length);
        }
        while (o.Next());
    }

    private readonly ref struct DenseRange<TUpdate>(in TUpdate update, ref T θ, ref T g, ref T a, ref T b, ref T c, ref T d) : IRange
        where TUpdate : struct, IEquation
    {
        private readonly ref readonly TUpdate update = ref update;
        private readonly ref T θ = ref θ, g = ref g, a = ref a, b = ref b, c = ref c, d = ref d;

        void IRange.Run(int start, int count)
        {
            int done = start + Dense(in update, ref At(ref θ, start), ref At(ref g, start), ref At(ref a, start), ref At(ref b, start), ref At(ref c, start), ref At(ref d, start), count);
            if (done == start + count) return;
            Piecewise(
                in update, ref At(ref θ, done), 1, ref At(ref g, done), 1, ref At(ref a, done), ref At(ref b, done),
                ref At(ref c, done), ref At(ref d, done), start + count - done);
        }

        /// <summary>An element of an operand, if it is there.</summary>
        private static ref T At(ref T x, int i) => ref Unsafe.IsNullRef(ref x) ? ref x : ref Unsafe.Add(ref x, i);
    }

    private static ref T First(Tensor? buffer)
    {
        if (buffer is null) return ref Unsafe.NullRef<T>();
        Debug.Assert(buffer.IsContiguous(), "buffers are contiguous");
        return ref buffer.First<T>();
    }

    /// <summary>All full registers; returns how many elements that were. (Compiled once and for good: the first steps of a training count too.)</summary>
    [MethodImpl(Compile.Kernel)]
    private static int Dense<TUpdate>(in TUpdate equation, ref T θ, ref T g, ref T a, ref T b, ref T c, ref T d, int n)
        where TUpdate : struct, IEquation
    {
        var update = equation;                           // of which the compiler knows that no store changes it
        int i = 0;
        for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
        {
            nuint k = (nuint)i;
            Vector<T> vθ = Vector.LoadUnsafe(ref θ, k), va = default, vb = default, vc = default, vd = default;
            if (TUpdate.Buffers > 0) va = Vector.LoadUnsafe(ref a, k);
            if (TUpdate.Buffers > 1) vb = Vector.LoadUnsafe(ref b, k);
            if (TUpdate.Buffers > 2) vc = Vector.LoadUnsafe(ref c, k);
            if (TUpdate.Buffers > 3) vd = Vector.LoadUnsafe(ref d, k);
            update.Apply(ref vθ, Vector.LoadUnsafe(ref g, k), ref va, ref vb, ref vc, ref vd);
            vθ.StoreUnsafe(ref θ, k);
            if (TUpdate.Buffers > 0) va.StoreUnsafe(ref a, k);
            if (TUpdate.Buffers > 1) vb.StoreUnsafe(ref b, k);
            if (TUpdate.Buffers > 2) vc.StoreUnsafe(ref c, k);
            if (TUpdate.Buffers > 3) vd.StoreUnsafe(ref d, k);
        }
        return i;
    }

    /// <summary>A run in any layout, and the tail of a dense one: element by element into registers and back, so that the equation and its rounding are the same.</summary>
    private static void Piecewise<TUpdate>(in TUpdate update, ref T θ, int stepθ, ref T g, int stepG, ref T a, ref T b, ref T c, ref T d, int n)
        where TUpdate : struct, IEquation
    {
        for (int i = 0; i < n; i += Vector<T>.Count)
        {
            int count = Math.Min(Vector<T>.Count, n - i);
            Vector<T> vθ = Gather(ref Unsafe.Add(ref θ, i * stepθ), stepθ, count), va = default, vb = default, vc = default, vd = default;
            if (TUpdate.Buffers > 0) va = Gather(ref Unsafe.Add(ref a, i), 1, count);
            if (TUpdate.Buffers > 1) vb = Gather(ref Unsafe.Add(ref b, i), 1, count);
            if (TUpdate.Buffers > 2) vc = Gather(ref Unsafe.Add(ref c, i), 1, count);
            if (TUpdate.Buffers > 3) vd = Gather(ref Unsafe.Add(ref d, i), 1, count);
            update.Apply(ref vθ, Gather(ref Unsafe.Add(ref g, i * stepG), stepG, count), ref va, ref vb, ref vc, ref vd);
            Scatter(vθ, ref Unsafe.Add(ref θ, i * stepθ), stepθ, count);
            if (TUpdate.Buffers > 0) Scatter(va, ref Unsafe.Add(ref a, i), 1, count);
            if (TUpdate.Buffers > 1) Scatter(vb, ref Unsafe.Add(ref b, i), 1, count);
            if (TUpdate.Buffers > 2) Scatter(vc, ref Unsafe.Add(ref c, i), 1, count);
            if (TUpdate.Buffers > 3) Scatter(vd, ref Unsafe.Add(ref d, i), 1, count);
        }
    }

    internal static Vector<T> Gather(ref T x, int step, int count)
    {
        var v = Vector<T>.Zero;
        for (int k = 0; k < count; k++) Unsafe.Add(ref Unsafe.As<Vector<T>, T>(ref v), k) = Unsafe.Add(ref x, k * step);
        return v;
    }

    internal static void Scatter(Vector<T> v, ref T x, int step, int count)
    {
        for (int k = 0; k < count; k++) Unsafe.Add(ref x, k * step) = Unsafe.Add(ref Unsafe.As<Vector<T>, T>(ref v), k);
    }

    // ---- equations with fewer buffers, as equations with four: so that the loops exist once -----------------------------------

    private interface IEquation
    {
        static abstract int Buffers { get; }

        void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d);
    }

    private readonly struct None<TUpdate>(TUpdate update) : IEquation
        where TUpdate : struct, IUpdate<T>
    {
        public static int Buffers => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d) => update.Apply(ref θ, g);
    }

    private readonly struct One<TUpdate>(TUpdate update) : IEquation
        where TUpdate : struct, IUpdate1<T>
    {
        public static int Buffers => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d) => update.Apply(ref θ, g, ref a);
    }

    private readonly struct Two<TUpdate>(TUpdate update) : IEquation
        where TUpdate : struct, IUpdate2<T>
    {
        public static int Buffers => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d) => update.Apply(ref θ, g, ref a, ref b);
    }

    private readonly struct Three<TUpdate>(TUpdate update) : IEquation
        where TUpdate : struct, IUpdate3<T>
    {
        public static int Buffers => 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d) => update.Apply(ref θ, g, ref a, ref b, ref c);
    }

    private readonly struct Four<TUpdate>(TUpdate update) : IEquation
        where TUpdate : struct, IUpdate4<T>
    {
        public static int Buffers => 4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d) => update.Apply(ref θ, g, ref a, ref b, ref c, ref d);
    }
}
