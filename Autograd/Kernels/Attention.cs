using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>
/// Scaled dot-product attention of one head, y = softmax(σ·q·kᵀ + bias)·v, and its derivative. The matrices are read where they lie, heads
/// between heads; only the probabilities are written down.
/// </summary>
internal static class Attention
{
    /// <summary>From queries, keys and values to the probabilities p and the result y.</summary>
    /// <param name="q">Queries <c>[l, e]</c>.</param>
    /// <param name="k">Keys <c>[s, e]</c>.</param>
    /// <param name="v">Values <c>[s, d]</c>.</param>
    /// <param name="bias">What is added to the scores <c>[l, s]</c>, −∞ for a key that is not to be seen; or empty.</param>
    /// <param name="drop">Factors of the probabilities <c>[l, s]</c>; or empty.</param>
    /// <param name="scale">σ.</param>
    /// <param name="causal">Query i sees the keys up to i.</param>
    /// <param name="p">The probabilities <c>[l, s]</c>.</param>
    /// <param name="dropped">With factors, room for p ⊙ drop.</param>
    /// <param name="y">The result <c>[l, d]</c>.</param>
    internal static void Forward<T>(
        Matrix<T> q, Matrix<T> k, Matrix<T> v, Matrix<T> bias, Matrix<T> drop, T scale, bool causal, Matrix<T> p, Matrix<T> dropped, Matrix<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        p.SetToProduct(q, k.Transposed);
        for (int i = 0; i < p.Rows; i++)
            Softmax(p.Row(i), causal ? Math.Min(i + 1, p.Columns) : p.Columns, scale, bias.IsEmpty ? [] : bias.Row(i));
        y.SetToProduct(Dropped(p, drop, dropped), v);
    }

    /// <summary>
    /// From dy the gradients of q, k and v; one that is empty is not wanted. With w = p ⊙ drop and dw = dy·vᵀ: dv = wᵀ·dy,
    /// ds = p ⊙ (dw ⊙ drop − Σ p ⊙ dw ⊙ drop), which is also the gradient of the bias, dq = σ·ds·k, dk = σ·dsᵀ·q.
    /// </summary>
    internal static void Backward<T>(
        Matrix<T> q, Matrix<T> k, Matrix<T> v, Matrix<T> drop, T scale, Matrix<T> p, Matrix<T> dropped, Matrix<T> dy,
        Matrix<T> dq, Matrix<T> dk, Matrix<T> dv, Matrix<T> ds)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!dv.IsEmpty) dv.SetToProduct(Dropped(p, drop, dropped).Transposed, dy);
        if (ds.IsEmpty) return;
        ds.SetToProduct(dy, v.Transposed);
        for (int i = 0; i < p.Rows; i++) Slope(p.Row(i), drop.IsEmpty ? [] : drop.Row(i), ds.Row(i));
        if (!dq.IsEmpty) dq.SetToProduct(ds, k);
        if (!dk.IsEmpty) dk.SetToProduct(ds.Transposed, q);
        for (int i = 0; i < dq.Rows; i++) Scale(dq.Row(i), scale);
        for (int i = 0; i < dk.Rows; i++) Scale(dk.Row(i), scale);
    }

    /// <summary>The probabilities that weigh the values: p ⊙ drop.</summary>
    private static Matrix<T> Dropped<T>(Matrix<T> p, Matrix<T> drop, Matrix<T> dropped)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (drop.IsEmpty) return p;
        for (int i = 0; i < p.Rows; i++)
        {
            Span<T> from = p.Row(i), factors = drop.Row(i), to = dropped.Row(i);
            for (int j = 0; j < to.Length; j++) to[j] = from[j] * factors[j];
        }
        return dropped;
    }

    /// <summary>s ← softmax(σ·s + bias) over the first <paramref name="seen"/> elements, 0 beyond. The largest element is taken out first.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Softmax<T>(Span<T> row, int seen, T scale, ReadOnlySpan<T> bias)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Up to the next full register the elements beyond are −∞: a register is cheaper than single elements.
        int width = Math.Min((seen + Vector<T>.Count - 1) / Vector<T>.Count * Vector<T>.Count, row.Length);
        row[seen..width].Fill(T.NegativeInfinity);
        row[width..].Clear();

        ref T s = ref MemoryMarshal.GetReference(row), b = ref MemoryMarshal.GetReference(bias);
        bool biased = !bias.IsEmpty;
        Vector<T> vscale = new(scale), vtop = new(T.NegativeInfinity);
        int i = 0;
        for (; i <= width - Vector<T>.Count; i += Vector<T>.Count)
        {
            var t = Vector.LoadUnsafe(ref s, (nuint)i) * vscale;
            if (biased) t += Vector.LoadUnsafe(ref b, (nuint)i);
            t.StoreUnsafe(ref s, (nuint)i);
            vtop = Vector.Max(vtop, t);
        }
        T top = T.NegativeInfinity;
        for (int lane = 0; lane < Vector<T>.Count; lane++) top = T.Max(top, vtop[lane]);
        for (; i < width; i++)
        {
            T t = Unsafe.Add(ref s, i) * scale;
            if (biased) t += Unsafe.Add(ref b, i);
            Unsafe.Add(ref s, i) = t;
            top = T.Max(top, t);
        }

        vtop = new(top);
        var vsum = Vector<T>.Zero;
        for (i = 0; i <= width - Vector<T>.Count; i += Vector<T>.Count)
        {
            var e = VectorMath.Exp(Vector.LoadUnsafe(ref s, (nuint)i) - vtop);
            e.StoreUnsafe(ref s, (nuint)i);
            vsum += e;
        }
        T sum = Vector.Sum(vsum);
        for (; i < width; i++)
        {
            T e = VectorMath.Exp(new Vector<T>(Unsafe.Add(ref s, i) - top))[0];
            Unsafe.Add(ref s, i) = e;
            sum += e;
        }

        var total = new Vector<T>(sum);
        for (i = 0; i <= width - Vector<T>.Count; i += Vector<T>.Count) (Vector.LoadUnsafe(ref s, (nuint)i) / total).StoreUnsafe(ref s, (nuint)i);
        for (; i < width; i++) Unsafe.Add(ref s, i) /= sum;
    }

    /// <summary>d ← p ⊙ (d ⊙ drop − Σ p ⊙ d ⊙ drop): through the softmax, and the factors before it.</summary>
    [MethodImpl(Compile.Kernel)]
    private static void Slope<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> drop, Span<T> d)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int j = 0; j < drop.Length; j++) d[j] *= drop[j];

        ref T pp = ref MemoryMarshal.GetReference(p), pd = ref MemoryMarshal.GetReference(d);
        var vsum = Vector<T>.Zero;
        int i = 0;
        for (; i <= d.Length - Vector<T>.Count; i += Vector<T>.Count) vsum += Vector.LoadUnsafe(ref pp, (nuint)i) * Vector.LoadUnsafe(ref pd, (nuint)i);
        T sum = Vector.Sum(vsum);
        for (; i < d.Length; i++) sum += Unsafe.Add(ref pp, i) * Unsafe.Add(ref pd, i);

        var total = new Vector<T>(sum);
        for (i = 0; i <= d.Length - Vector<T>.Count; i += Vector<T>.Count)
            (Vector.LoadUnsafe(ref pp, (nuint)i) * (Vector.LoadUnsafe(ref pd, (nuint)i) - total)).StoreUnsafe(ref pd, (nuint)i);
        for (; i < d.Length; i++) Unsafe.Add(ref pd, i) = Unsafe.Add(ref pp, i) * (Unsafe.Add(ref pd, i) - sum);
    }

    private static void Scale<T>(Span<T> x, T factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T px = ref MemoryMarshal.GetReference(x);
        var v = new Vector<T>(factor);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) (Vector.LoadUnsafe(ref px, (nuint)i) * v).StoreUnsafe(ref px, (nuint)i);
        for (; i < x.Length; i++) Unsafe.Add(ref px, i) *= factor;
    }
}
