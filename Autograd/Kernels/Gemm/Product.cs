using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// <c>C[M, N] = Init[M, N] + A[M, K]·B[K, N]</c> over pinned memory. Init is C itself to accumulate, one row with stride 0 for a bias, and
/// null for zeros: one notion for the three.
/// </summary>
internal unsafe struct Product<T>(int m, int n, int k, T* a, nint aRow, nint aCol, T* b, nint bRow, nint bCol, T* c, nint cRow)
    where T : unmanaged
{
    public int M = m, N = n, K = k;
    public T* A = a;
    public nint ARow = aRow, ACol = aCol;
    public T* B = b;
    public nint BRow = bRow, BCol = bCol;
    public T* C = c;
    public nint CRow = cRow;
    public T* Init;
    public nint InitRow;

    /// <summary>The bytes of A and of B, if they were packed.</summary>
    public readonly long BytesOfA => (long)M * K * sizeof(T);

    /// <inheritdoc cref="BytesOfA"/>
    public readonly long BytesOfB => (long)K * N * sizeof(T);

    /// <summary>Some rows of C: a share of the work that needs nothing from the others.</summary>
    public readonly Product<T> Rows(int start, int count)
    {
        var part = this;
        part.M = count;
        part.A += start * ARow;
        part.C += start * CRow;
        if (Init != null) part.Init += start * InitRow;
        return part;
    }

    /// <summary>Some columns of C.</summary>
    public readonly Product<T> Columns(int start, int count)
    {
        var part = this;
        part.N = count;
        part.B += start * BCol;
        part.C += start;
        if (Init != null) part.Init += start;
        return part;
    }

    /// <summary>Some terms of every sum. All but the first part go on from what is in C, so the parts must be done in order.</summary>
    public readonly Product<T> Depth(int start, int count)
    {
        var part = this;
        part.K = count;
        part.A += start * ACol;
        part.B += start * BRow;
        if (start == 0) return part;
        part.Init = C;
        part.InitRow = CRow;
        return part;
    }

    /// <summary>The same product, for code that has just learnt what T is.</summary>
    public readonly ref Product<U> As<U>()
        where U : unmanaged => ref Unsafe.As<Product<T>, Product<U>>(ref Unsafe.AsRef(in this));
}
