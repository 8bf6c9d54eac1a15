using System.Numerics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>The vector functions in single precision against the same function in double precision, rounded, all over the number line.</summary>
public class VectorMathTests
{
    /// <summary>The step through the bit patterns: every 997th float is tested; MINITORCH_ALL_FLOATS tests all four billion.</summary>
    private static readonly uint Stride = Environment.GetEnvironmentVariable("MINITORCH_ALL_FLOATS") is "1" ? 1u : 997u;

    [Theory]
    [InlineData("exp", 2)]
    [InlineData("log", 2)]
    [InlineData("tanh", 2)]
    [InlineData("sigmoid", 2)]
    [InlineData("erf", 2)]
    [InlineData("gelu", 2)]
    public void Is_within_some_ulps_of_the_rounded_result(string function, int ulps)
    {
        Span<float> x = stackalloc float[Vector<float>.Count];
        (double Error, float At) worst = (0, 0);
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride * (ulong)x.Length)
        {
            for (int i = 0; i < x.Length; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)Math.Min(bits + (ulong)i * Stride, uint.MaxValue));
            var (y, exact) = Both(function, new Vector<float>(x));
            for (int i = 0; i < x.Length; i++)
            {
                double error = Ulps(y[i], exact(x[i]));
                if (error > worst.Error) worst = (error, x[i]);
            }
        }
        worst.Error.ShouldBeLessThanOrEqualTo(ulps, $"{function}({worst.At:R}) = bits {BitConverter.SingleToUInt32Bits(worst.At):x8}");
    }

    private static (Vector<float> Y, Func<float, double> Exact) Both(string function, Vector<float> x) => function switch
    {
        "exp" => (VectorMath.Exp(x), static v => Math.Exp(v)),
        "log" => (VectorMath.Log(x), static v => Math.Log(v)),
        "tanh" => (VectorMath.Tanh(x), static v => Math.Tanh(v)),
        "sigmoid" => (VectorMath.Sigmoid(x), static v => v < 0 ? Math.Exp(v) / (1 + Math.Exp(v)) : 1 / (1 + Math.Exp(-v))),
        "gelu" => (VectorMath.Gelu(x), static v => float.IsNegativeInfinity(v) ? 0 : float.IsPositiveInfinity(v) ? v : ErrorFunction.Gelu(v)),
        _ => (VectorMath.Erf(x), static v => ErrorFunction.Erf(v)),
    };

    /// <summary>How many floats lie between y and the rounded exact result; infinite when one is NaN or infinite and the other not.</summary>
    private static double Ulps(float y, double exact)
    {
        float rounded = (float)exact;
        if (float.IsNaN(rounded) || float.IsNaN(y)) return float.IsNaN(rounded) && float.IsNaN(y) ? 0 : double.PositiveInfinity;
        return Math.Abs((long)Ordinal(y) - Ordinal(rounded));
    }

    private static int Ordinal(float x)
    {
        int bits = BitConverter.SingleToInt32Bits(x);
        return bits < 0 ? int.MinValue - bits : bits;
    }

    /// <summary>erf in double precision against values from Abramowitz and Stegun's table 7.1 and from the 50-digit series of mpmath.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1e-10, 1.1283791670955126e-10)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(1, 0.8427007929497149)]
    [InlineData(2, 0.9953222650189527)]
    [InlineData(2.6, 0.9997639655834707)]
    [InlineData(-3.5, -0.9999992569016276)]
    [InlineData(6, 1)]
    public void The_error_function_in_double_precision(double x, double expected)
        => ErrorFunction.Erf(x).ShouldBe(expected, 4e-16 * Math.Max(Math.Abs(expected), 1e-10));
}
