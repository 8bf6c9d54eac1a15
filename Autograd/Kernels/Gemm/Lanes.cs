using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MiniTorch.Kernels;

/// <summary>
/// What a matrix kernel asks of a vector register <typeparamref name="V"/> of numbers <typeparamref name="T"/>. Kernels are generic
/// over it and written once; the implementations are empty structs, so the JIT compiles each pair as if it were written by hand.
/// </summary>
internal unsafe interface ILanes<V, T>
    where V : unmanaged
    where T : unmanaged
{
    /// <summary>Numbers in a register.</summary>
    static abstract int Count { get; }

    /// <summary>
    /// The tile of C that one micro-kernel call keeps in registers: rows, and registers per row. Both products leave room for a row of B
    /// and one broadcast element of A: 8·3 + 3 + 1 of 32 AVX-512 registers, 6·2 + 2 + 1 of 16 AVX2 ones. More than that spills.
    /// </summary>
    static abstract int TileRows { get; }

    /// <inheritdoc cref="TileRows"/>
    static abstract int TileVectors { get; }

    /// <summary>Whether a masked load costs about as much as a plain one. Where not, a ragged B is packed and padded instead.</summary>
    static abstract bool CheapMasks { get; }

    /// <summary>All ones in the first <paramref name="count"/> lanes.</summary>
    static abstract V Mask(int count);

    static abstract V Load(T* p);

    /// <summary>Zero, without touching memory, where the mask is clear.</summary>
    static abstract V Load(T* p, V mask);

    static abstract void Store(T* p, V value);

    /// <summary>Touches only the memory where the mask is set.</summary>
    static abstract void Store(T* p, V value, V mask);

    static abstract V Broadcast(T x);

    /// <summary>x·y + z, rounded once wherever the hardware can.</summary>
    static abstract V MultiplyAdd(V x, V y, V z);

    /// <summary>The sums over the lanes of four registers.</summary>
    static abstract Vector256<T> Sums(V w, V x, V y, V z);
}

/// <summary>16 floats, AVX-512.</summary>
internal readonly unsafe struct Single512 : ILanes<Vector512<float>, float>
{
    public static int Count => 16;
    public static int TileRows => 8;
    public static int TileVectors => 3;
    public static bool CheapMasks => true;

    public static Vector512<float> Mask(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
    public static Vector512<float> Load(float* p) => Vector512.Load(p);
    public static Vector512<float> Load(float* p, Vector512<float> mask) => Avx512F.MaskLoad(p, mask, Vector512<float>.Zero);
    public static void Store(float* p, Vector512<float> value) => value.Store(p);
    public static void Store(float* p, Vector512<float> value, Vector512<float> mask) => Avx512F.MaskStore(p, mask, value);
    public static Vector512<float> Broadcast(float x) => Vector512.Create(x);
    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> z) =>
        Vector512.FusedMultiplyAdd(x, y, z);

    public static Vector256<float> Sums(Vector512<float> w, Vector512<float> x, Vector512<float> y, Vector512<float> z) =>
        Single256.Sums(w.GetLower() + w.GetUpper(), x.GetLower() + x.GetUpper(), y.GetLower() + y.GetUpper(), z.GetLower() + z.GetUpper());
}

/// <summary>8 doubles, AVX-512.</summary>
internal readonly unsafe struct Double512 : ILanes<Vector512<double>, double>
{
    public static int Count => 8;
    public static int TileRows => 8;
    public static int TileVectors => 3;
    public static bool CheapMasks => true;

    public static Vector512<double> Mask(int count) =>
        Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble();

    public static Vector512<double> Load(double* p) => Vector512.Load(p);
    public static Vector512<double> Load(double* p, Vector512<double> mask) => Avx512F.MaskLoad(p, mask, Vector512<double>.Zero);
    public static void Store(double* p, Vector512<double> value) => value.Store(p);
    public static void Store(double* p, Vector512<double> value, Vector512<double> mask) => Avx512F.MaskStore(p, mask, value);
    public static Vector512<double> Broadcast(double x) => Vector512.Create(x);
    public static Vector512<double> MultiplyAdd(Vector512<double> x, Vector512<double> y, Vector512<double> z) =>
        Vector512.FusedMultiplyAdd(x, y, z);

    public static Vector256<double> Sums(Vector512<double> w, Vector512<double> x, Vector512<double> y, Vector512<double> z) =>
        Double256.Sums(w.GetLower() + w.GetUpper(), x.GetLower() + x.GetUpper(), y.GetLower() + y.GetUpper(), z.GetLower() + z.GetUpper());
}

/// <summary>8 floats, AVX2 with FMA.</summary>
internal readonly unsafe struct Single256 : ILanes<Vector256<float>, float>
{
    public static int Count => 8;
    public static int TileRows => 6;
    public static int TileVectors => 2;
    public static bool CheapMasks => true;

    public static Vector256<float> Mask(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
    public static Vector256<float> Load(float* p) => Vector256.Load(p);
    public static Vector256<float> Load(float* p, Vector256<float> mask) => Avx.MaskLoad(p, mask);
    public static void Store(float* p, Vector256<float> value) => value.Store(p);
    public static void Store(float* p, Vector256<float> value, Vector256<float> mask)
    {
        if (Avx512F.VL.IsSupported) Avx512F.VL.MaskStore(p, mask, value);           // five times as fast as the older instruction on Zen 4
        else Avx.MaskStore(p, mask, value);
    }

    public static Vector256<float> Broadcast(float x) => Vector256.Create(x);
    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> z) =>
        Vector256.FusedMultiplyAdd(x, y, z);

    public static Vector256<float> Sums(Vector256<float> w, Vector256<float> x, Vector256<float> y, Vector256<float> z)
    {
        var halves = Avx.HorizontalAdd(Avx.HorizontalAdd(w, x), Avx.HorizontalAdd(y, z));
        return (halves.GetLower() + halves.GetUpper()).ToVector256Unsafe();
    }
}

/// <summary>4 doubles, AVX2 with FMA.</summary>
internal readonly unsafe struct Double256 : ILanes<Vector256<double>, double>
{
    public static int Count => 4;
    public static int TileRows => 6;
    public static int TileVectors => 2;
    public static bool CheapMasks => true;

    public static Vector256<double> Mask(int count) =>
        Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).AsDouble();

    public static Vector256<double> Load(double* p) => Vector256.Load(p);
    public static Vector256<double> Load(double* p, Vector256<double> mask) => Avx.MaskLoad(p, mask);
    public static void Store(double* p, Vector256<double> value) => value.Store(p);
    public static void Store(double* p, Vector256<double> value, Vector256<double> mask)
    {
        if (Avx512F.VL.IsSupported) Avx512F.VL.MaskStore(p, mask, value);
        else Avx.MaskStore(p, mask, value);
    }

    public static Vector256<double> Broadcast(double x) => Vector256.Create(x);
    public static Vector256<double> MultiplyAdd(Vector256<double> x, Vector256<double> y, Vector256<double> z) =>
        Vector256.FusedMultiplyAdd(x, y, z);

    public static Vector256<double> Sums(Vector256<double> w, Vector256<double> x, Vector256<double> y, Vector256<double> z)
    {
        Vector256<double> wx = Avx.HorizontalAdd(w, x), yz = Avx.HorizontalAdd(y, z);
        return Vector256.Create(wx.GetLower() + wx.GetUpper(), yz.GetLower() + yz.GetUpper());
    }
}

/// <summary>
/// Whatever <see cref="Vector{T}"/> is on this machine (NEON, SSE): no masks in hardware, and FMA only if it is not emulated.
/// </summary>
internal readonly unsafe struct PortableLanes<T> : ILanes<Vector<T>, T>
    where T : unmanaged, INumberBase<T>
{
    public static int Count => Vector<T>.Count;
    public static int TileRows => 6;
    public static int TileVectors => 2;
    public static bool CheapMasks => false;

    public static Vector<T> Mask(int count) => Vector.LessThan(Vector<T>.Indices, Vector.Create(T.CreateTruncating(count)));
    public static Vector<T> Load(T* p) => Vector.Load(p);

    public static Vector<T> Load(T* p, Vector<T> mask)
    {
        var value = Vector<T>.Zero;
        for (var i = 0; i < Vector<T>.Count; i++)
            if (!T.IsZero(mask[i])) value = value.WithElement(i, p[i]);
        return value;
    }

    public static void Store(T* p, Vector<T> value) => Vector.Store(value, p);

    public static void Store(T* p, Vector<T> value, Vector<T> mask)
    {
        for (var i = 0; i < Vector<T>.Count; i++)
            if (!T.IsZero(mask[i])) p[i] = value[i];
    }

    public static Vector<T> Broadcast(T x) => Vector.Create(x);

    public static Vector<T> MultiplyAdd(Vector<T> x, Vector<T> y, Vector<T> z)
    {
        if (typeof(T) == typeof(float))
            return Vector.MultiplyAddEstimate(x.As<T, float>(), y.As<T, float>(), z.As<T, float>()).As<float, T>();
        if (typeof(T) == typeof(double))
            return Vector.MultiplyAddEstimate(x.As<T, double>(), y.As<T, double>(), z.As<T, double>()).As<double, T>();
        return x * y + z;
    }

    public static Vector256<T> Sums(Vector<T> w, Vector<T> x, Vector<T> y, Vector<T> z) =>
        Vector256<T>.Zero
            .WithElement(0, Vector.Sum(w)).WithElement(1, Vector.Sum(x)).WithElement(2, Vector.Sum(y)).WithElement(3, Vector.Sum(z));
}

/// <summary>
/// Whether the last register of a tile's rows is only partly inside the matrix: a choice made once per tile, not per element.
/// </summary>
internal interface IEdge
{
    /// <summary>Whether loads and stores there are masked.</summary>
    static abstract bool Ragged { get; }
}

internal readonly struct WholeEdge : IEdge
{
    public static bool Ragged => false;
}

internal readonly struct RaggedEdge : IEdge
{
    public static bool Ragged => true;
}
