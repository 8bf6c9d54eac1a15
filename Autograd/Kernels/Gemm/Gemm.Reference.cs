using System.Numerics;

namespace MiniTorch.Kernels;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// The definition, in three loops. It serves the integers, and the tests hold every fast path against it. Integers wrap around, as in
    /// PyTorch.
    /// </summary>
    internal static void Reference<T>(in Product<T> p)
        where T : unmanaged, INumberBase<T>
    {
        for (var i = 0; i < p.M; i++)
        {
            for (var j = 0; j < p.N; j++)
            {
                var sum = p.Init == null ? T.Zero : p.Init[i * p.InitRow + j];
                for (var l = 0; l < p.K; l++) sum += p.A[i * p.ARow + l * p.ACol] * p.B[l * p.BRow + j * p.BCol];
                p.C[i * p.CRow + j] = sum;
            }
        }
    }
}
