using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>
/// <c>C[M, N] = Init[M, N] + A[M, K] · B[K, N]</c> over pinned memory. Init is C itself to accumulate, a row with stride 0 for a bias,
/// and null for zeros; one notion for the three.
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

    /// <summary>The same product, for code that has just learnt what T is.</summary>
    public readonly ref Product<U> As<U>()
        where U : unmanaged => ref Unsafe.As<Product<T>, Product<U>>(ref Unsafe.AsRef(in this));
}
