using System.Numerics.Tensors;

namespace MiniTorch.Kernels;

/// <summary>Systems of linear equations.</summary>
internal static class LinearSystem
{
    /// <summary>
    /// Solves A·x = b by Gaussian elimination with partial pivoting (Golub and Van Loan, "Matrix computations", section 3.4), in place.
    /// </summary>
    /// <param name="a">A, <c>[n, n]</c> row-major; overwritten.</param>
    /// <param name="b">b, <c>[n]</c>; becomes x.</param>
    /// <param name="tolerance">Pivots up to this are taken for zeros.</param>
    /// <returns>Null, or the first column without a pivot, and the best candidate for it: A is singular or not finite, and b holds nothing of use.</returns>
    internal static (int Column, double Pivot)? Solve(Span<double> a, Span<double> b, double tolerance)
    {
        int n = b.Length;
        for (int k = 0; k < n; k++)
        {
            int best = k;
            for (int i = k + 1; i < n; i++)
                if (Math.Abs(a[i * n + k]) > Math.Abs(a[best * n + k])) best = i;
            double pivot = a[best * n + k];
            if (!(Math.Abs(pivot) > tolerance && double.IsFinite(pivot))) return (k, pivot);

            var row = a.Slice(k * n + k, n - k);
            if (best != k)
            {
                for (int j = 0; j < row.Length; j++) (row[j], a[best * n + k + j]) = (a[best * n + k + j], row[j]);
                (b[k], b[best]) = (b[best], b[k]);
            }
            for (int i = k + 1; i < n; i++)
            {
                double factor = a[i * n + k] / pivot;
                if (factor == 0) continue;
                var other = a.Slice(i * n + k, n - k);
                TensorPrimitives.MultiplyAdd(row, -factor, other, other);
                b[i] -= factor * b[k];
            }
        }
        for (int k = n - 1; k >= 0; k--)
        {
            var row = a.Slice(k * n + k, n - k);
            b[k] = (b[k] - TensorPrimitives.Dot<double>(row[1..], b[(k + 1)..])) / row[0];
        }
        return null;
    }
}
