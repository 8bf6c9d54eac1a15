using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>
/// What a recurrent cell does beside its two matrix products, for some units of one example at one time step. Rows of gates hold a block
/// of all units per gate. Forward above, derivative below; <c>x</c> and <c>hidden</c> are the shares W·x + b of the input and of the state.
/// </summary>
internal interface IRecurrentCell
{
    /// <summary>The number of gates.</summary>
    static abstract int Gates { get; }

    /// <summary>Does it note a value per unit beside its gates: c of the LSTM, the hidden share of the GRU's n?</summary>
    static abstract bool HasInner { get; }

    /// <summary>Is <c>inner</c> a second state, mixed into that of the next step in h's place?</summary>
    static abstract bool HasCellState { get; }

    /// <summary>Does a gate multiply the hidden share alone, so that the two shares have gradients of their own?</summary>
    static abstract bool HasOwnHiddenGradient { get; }

    /// <summary>The gates of a row that are functions of the sum of the two shares; they take the place of <paramref name="x"/>.</summary>
    static abstract void Open<T>(int size, ref T x, ref T hidden)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>From the gates and the state before to the new state.</summary>
    static abstract void Mix<T>(Units<T> at, ref T gates, ref T hidden, ref T before, ref T inner, ref T h)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>
    /// From the gradients of h, as output (<paramref name="dy"/>) and as the state of the next step (<paramref name="dh"/>), to those of the
    /// two shares. What reaches the state before without passing a matrix product is left in <paramref name="dh"/> or <paramref name="dc"/>.
    /// </summary>
    static abstract void Backward<T>(
        Units<T> at, ref T gates, ref T before, ref T inner, ref T dy, ref T dh, ref T dc, ref T dx, ref T dHidden)
        where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>Some neighbouring units of a row: a vector register full of them, or in the tail one, for which all lanes are the same.</summary>
internal readonly struct Units<T>(int size, int first, bool full)
    where T : unmanaged
{
    /// <summary>These units of the block <paramref name="gate"/> of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector<T> Of(ref T row, int gate = 0)
        => full ? Vector.LoadUnsafe(ref row, (nuint)(gate * size + first)) : new Vector<T>(Unsafe.Add(ref row, gate * size + first));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set(ref T row, Vector<T> value, int gate = 0)
    {
        if (full) value.StoreUnsafe(ref row, (nuint)(gate * size + first));
        else Unsafe.Add(ref row, gate * size + first) = value[0];
    }
}

/// <summary>Hochreiter and Schmidhuber 1997, with Gers's forget gate; the gates in the order i, f, g, o.</summary>
internal readonly struct LstmCell : IRecurrentCell
{
    static int IRecurrentCell.Gates => 4;

    static bool IRecurrentCell.HasInner => true;

    static bool IRecurrentCell.HasCellState => true;

    static bool IRecurrentCell.HasOwnHiddenGradient => false;

    // i, f, o = σ(x + hidden),  g = tanh(x + hidden)
    static void IRecurrentCell.Open<T>(int size, ref T x, ref T hidden)
    {
        Recurrent.Activate<SigmoidActivation, T>(ref x, ref hidden, 0, 2 * size);
        Recurrent.Activate<TanhActivation, T>(ref x, ref hidden, 2 * size, 3 * size);
        Recurrent.Activate<SigmoidActivation, T>(ref x, ref hidden, 3 * size, 4 * size);
    }

    // c = f⊙c′ + i⊙g,   h = o ⊙ tanh c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IRecurrentCell.Mix<T>(Units<T> at, ref T gates, ref T hidden, ref T before, ref T inner, ref T h)
    {
        Vector<T> i = at.Of(ref gates, 0), f = at.Of(ref gates, 1), g = at.Of(ref gates, 2), o = at.Of(ref gates, 3);
        var c = f * at.Of(ref before) + i * g;
        at.Set(ref inner, c);
        at.Set(ref h, o * TanhActivation.Of(c));
    }

    // dc += dh⊙o ⊙ tanh′c   ⇒   di = dc⊙g,  df = dc⊙c′,  dg = dc⊙i,  do = dh⊙tanh c, each through its activation;   dc′ = dc⊙f
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IRecurrentCell.Backward<T>(
        Units<T> at, ref T gates, ref T before, ref T inner, ref T dy, ref T dh, ref T dc, ref T dx, ref T dHidden)
    {
        Vector<T> i = at.Of(ref gates, 0), f = at.Of(ref gates, 1), g = at.Of(ref gates, 2), o = at.Of(ref gates, 3);
        Vector<T> tanh = TanhActivation.Of(at.Of(ref inner)), sum = at.Of(ref dy) + at.Of(ref dh);
        var d = at.Of(ref dc) + TanhActivation.Through(tanh, sum * o);
        at.Set(ref dx, SigmoidActivation.Through(i, d * g), 0);
        at.Set(ref dx, SigmoidActivation.Through(f, d * at.Of(ref before)), 1);
        at.Set(ref dx, TanhActivation.Through(g, d * i), 2);
        at.Set(ref dx, SigmoidActivation.Through(o, sum * tanh), 3);
        at.Set(ref dc, d * f);
        at.Set(ref dh, Vector<T>.Zero);
    }
}

/// <summary>Cho et al. 2014, in cuDNN's form: r multiplies the hidden share of n, bias included. The gates in the order r, z, n.</summary>
internal readonly struct GruCell : IRecurrentCell
{
    static int IRecurrentCell.Gates => 3;

    static bool IRecurrentCell.HasInner => true;

    static bool IRecurrentCell.HasCellState => false;

    static bool IRecurrentCell.HasOwnHiddenGradient => true;

    // r, z = σ(x + hidden)
    static void IRecurrentCell.Open<T>(int size, ref T x, ref T hidden) => Recurrent.Activate<SigmoidActivation, T>(ref x, ref hidden, 0, 2 * size);

    // n = tanh(x + r⊙hidden)   ⇒   h = (1 − z)⊙n + z⊙h′
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IRecurrentCell.Mix<T>(Units<T> at, ref T gates, ref T hidden, ref T before, ref T inner, ref T h)
    {
        Vector<T> r = at.Of(ref gates, 0), z = at.Of(ref gates, 1), share = at.Of(ref hidden, 2);
        var n = TanhActivation.Of(at.Of(ref gates, 2) + r * share);
        at.Set(ref gates, n, 2);
        at.Set(ref inner, share);
        at.Set(ref h, n + z * (at.Of(ref before) - n));
    }

    // dn = dh⊙(1 − z),  dz = dh⊙(h′ − n),  dr = dn⊙hidden, each through its activation;   the hidden share of n gets dn⊙r;   dh′ = dh⊙z
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IRecurrentCell.Backward<T>(
        Units<T> at, ref T gates, ref T before, ref T inner, ref T dy, ref T dh, ref T dc, ref T dx, ref T dHidden)
    {
        Vector<T> r = at.Of(ref gates, 0), z = at.Of(ref gates, 1), n = at.Of(ref gates, 2), sum = at.Of(ref dy) + at.Of(ref dh);
        var dn = TanhActivation.Through(n, sum * (Vector<T>.One - z));
        var dz = SigmoidActivation.Through(z, sum * (at.Of(ref before) - n));
        var dr = SigmoidActivation.Through(r, dn * at.Of(ref inner));
        at.Set(ref dx, dr, 0);
        at.Set(ref dx, dz, 1);
        at.Set(ref dx, dn, 2);
        at.Set(ref dHidden, dr, 0);
        at.Set(ref dHidden, dz, 1);
        at.Set(ref dHidden, dn * r, 2);
        at.Set(ref dh, sum * z);
    }
}

/// <summary>Elman 1990: h = f(x + hidden), f being tanh or relu.</summary>
internal readonly struct ElmanCell<TActivation> : IRecurrentCell
    where TActivation : struct, IActivation
{
    static int IRecurrentCell.Gates => 1;

    static bool IRecurrentCell.HasInner => false;

    static bool IRecurrentCell.HasCellState => false;

    static bool IRecurrentCell.HasOwnHiddenGradient => false;

    static void IRecurrentCell.Open<T>(int size, ref T x, ref T hidden) => Recurrent.Activate<TActivation, T>(ref x, ref hidden, 0, size);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IRecurrentCell.Mix<T>(Units<T> at, ref T gates, ref T hidden, ref T before, ref T inner, ref T h) => at.Set(ref h, at.Of(ref gates));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IRecurrentCell.Backward<T>(
        Units<T> at, ref T gates, ref T before, ref T inner, ref T dy, ref T dh, ref T dc, ref T dx, ref T dHidden)
    {
        at.Set(ref dx, TActivation.Through(at.Of(ref gates), at.Of(ref dy) + at.Of(ref dh)));
        at.Set(ref dh, Vector<T>.Zero);
    }
}

/// <summary>A function y = f(x), and what its derivative, read from y, makes of a gradient.</summary>
internal interface IActivation
{
    static abstract Vector<T> Of<T>(Vector<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>;

    static abstract Vector<T> Through<T>(Vector<T> y, Vector<T> dy)
        where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>y = σ(x)   ⇒   dx = dy ⊙ y ⊙ (1 − y).</summary>
internal readonly struct SigmoidActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Of<T>(Vector<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
        => VectorMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Through<T>(Vector<T> y, Vector<T> dy)
        where T : unmanaged, IFloatingPointIeee754<T>
        => dy * y * (Vector<T>.One - y);
}

/// <summary>y = tanh x   ⇒   dx = dy ⊙ (1 − y²).</summary>
internal readonly struct TanhActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Of<T>(Vector<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
        => VectorMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Through<T>(Vector<T> y, Vector<T> dy)
        where T : unmanaged, IFloatingPointIeee754<T>
        => dy * (Vector<T>.One - y * y);
}

/// <summary>y = max(x, 0)   ⇒   dx = dy where y > 0; NaN stays NaN with slope 1.</summary>
internal readonly struct ReluActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<T> IActivation.Of<T>(Vector<T> x) => Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<T>.Zero), Vector<T>.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<T> IActivation.Through<T>(Vector<T> y, Vector<T> dy) => Vector.ConditionalSelect(Vector.LessThanOrEqual(y, Vector<T>.Zero), Vector<T>.Zero, dy);
}

/// <summary>
/// A cell on all examples of a time step, rows of <c>size</c> units or <c>size</c> times <see cref="IRecurrentCell.Gates"/>. A method per part:
/// all the formulas together are more than the compiler inlines into one.
/// </summary>
internal static class Recurrent
{
    /// <summary>From the shares <paramref name="x"/>, which become the gates, and the state before to the new state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Forward<TCell, T>(int size, Span<T> x, ReadOnlySpan<T> hidden, ReadOnlySpan<T> before, Span<T> inner, Span<T> h)
        where TCell : struct, IRecurrentCell
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int row = 0; row < h.Length; row += size)
        {
            ref T gates = ref Row(x, row * TCell.Gates), share = ref Row(hidden, row * TCell.Gates);
            TCell.Open(size, ref gates, ref share);
            Mix<TCell, T>(size, ref gates, ref share, ref Row(before, row), ref Row(inner, TCell.HasInner ? row : 0), ref Row(h, row));
        }
    }

    /// <summary>x ← f(x + hidden) for a part of a row.</summary>
    [MethodImpl(Compile.Kernel)]
    internal static void Activate<TActivation, T>(ref T x, ref T hidden, int from, int to)
        where TActivation : struct, IActivation
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = from;
        for (; i <= to - Vector<T>.Count; i += Vector<T>.Count)
            TActivation.Of(Vector.LoadUnsafe(ref x, (nuint)i) + Vector.LoadUnsafe(ref hidden, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        for (; i < to; i++)
            Unsafe.Add(ref x, i) = TActivation.Of(new Vector<T>(Unsafe.Add(ref x, i) + Unsafe.Add(ref hidden, i)))[0];
    }

    [MethodImpl(Compile.Kernel)]
    private static void Mix<TCell, T>(int size, ref T gates, ref T hidden, ref T before, ref T inner, ref T h)
        where TCell : struct, IRecurrentCell
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= size - Vector<T>.Count; i += Vector<T>.Count) TCell.Mix(new Units<T>(size, i, full: true), ref gates, ref hidden, ref before, ref inner, ref h);
        for (; i < size; i++) TCell.Mix(new Units<T>(size, i, full: false), ref gates, ref hidden, ref before, ref inner, ref h);
    }

    /// <inheritdoc cref="IRecurrentCell.Backward"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Backward<TCell, T>(
        int size, ReadOnlySpan<T> gates, ReadOnlySpan<T> before, ReadOnlySpan<T> inner, ReadOnlySpan<T> dy, Span<T> dh, Span<T> dc, Span<T> dx, Span<T> dHidden)
        where TCell : struct, IRecurrentCell
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int row = 0, gate = 0; row < dy.Length; row += size, gate += size * TCell.Gates)
        {
            ref T pg = ref Row(gates, gate), pBefore = ref Row(before, row), pInner = ref Row(inner, TCell.HasInner ? row : 0), pdy = ref Row(dy, row);
            ref T pdh = ref Row(dh, row), pdc = ref Row(dc, TCell.HasCellState ? row : 0), pdx = ref Row(dx, gate), pdHidden = ref Row(dHidden, gate);
            int i = 0;
            for (; i <= size - Vector<T>.Count; i += Vector<T>.Count)
                TCell.Backward(new Units<T>(size, i, full: true), ref pg, ref pBefore, ref pInner, ref pdy, ref pdh, ref pdc, ref pdx, ref pdHidden);
            for (; i < size; i++)
                TCell.Backward(new Units<T>(size, i, full: false), ref pg, ref pBefore, ref pInner, ref pdy, ref pdh, ref pdc, ref pdx, ref pdHidden);
        }
    }

    private static ref T Row<T>(ReadOnlySpan<T> rows, int at) => ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), at);
}
