namespace MiniTorch.Kernels;

/// <summary>
/// erf(x) = 2/√π ∫₀ˣ e^(−t²) dt in double precision, to about one unit in the last place: a power series near 0, a continued fraction
/// of erfc beyond. .NET has none. The reference for the vector forms in <see cref="VectorMath"/>.
/// </summary>
internal static class ErrorFunction
{
    private const double TwoOverSqrtPi = 1.1283791670955126;
    private const double SqrtPi = 1.7724538509055161;

    internal static double Erf(double x)
    {
        double z = Math.Abs(x);
        if (double.IsNaN(x)) return x;
        if (z >= 6) return Math.Sign(x);                                   // erfc(6) = 2e-17 is below half an ulp of 1
        double y = z < 2.5 ? Series(z) : 1 - Complement(z);
        return x < 0 ? -y : y;
    }

    /// <summary>x·Φ(x) = x·erfc(−x/√2)/2, where the small Φ of a negative x keeps its digits.</summary>
    internal static double Gelu(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2), q = (z < 2.5 ? 1 - Erf(z) : Complement(z)) / 2;
        return x < 0 ? x * q : x - x * q;
    }

    // erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)): all terms positive, nothing cancels.
    private static double Series(double x)
    {
        if (x < 1e-8) return TwoOverSqrtPi * x;
        double term = x, sum = x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return TwoOverSqrtPi * Math.Exp(-x * x) * sum;
    }

    // erfc(x) = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), evaluated from the inside out.
    private static double Complement(double x)
    {
        double f = x;
        for (int n = 60; n >= 1; n--) f = x + n / 2.0 / f;
        return Math.Exp(-x * x) / (SqrtPi * f);
    }
}
