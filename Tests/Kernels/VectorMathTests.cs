using System.Numerics;
using System.Runtime.Intrinsics;
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
    [InlineData("expm1", 2)]
    [InlineData("log", 2)]
    [InlineData("log1p", 2)]
    [InlineData("log2", 2)]
    [InlineData("sin", 2)]
    [InlineData("cos", 2)]
    [InlineData("pow 2.7", 2)]
    [InlineData("pow 3", 2)]
    [InlineData("pow -0.4", 2)]
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
        "expm1" => (VectorMath.Expm1(x), static v => ExpMinus1(v)),
        "log" => (VectorMath.Log(x), static v => Math.Log(v)),
        "log1p" => (VectorMath.Log1p(x), static v => LogPlus1(v)),
        "log2" => (VectorMath.Log2(x), static v => Math.Log2(v)),
        "sin" => (VectorMath.Sin(x), static v => Math.Sin(v)),
        "cos" => (VectorMath.Cos(x), static v => Math.Cos(v)),
        "pow 2.7" => (VectorMath.Pow(x, Vector.Create(2.7f)), static v => Math.Pow(v, 2.7f)),
        "pow 3" => (VectorMath.Pow(x, Vector.Create(3f)), static v => Math.Pow(v, 3)),
        "pow -0.4" => (VectorMath.Pow(x, Vector.Create(-0.4f)), static v => Math.Pow(v, -0.4f)),
        "tanh" => (VectorMath.Tanh(x), static v => Math.Tanh(v)),
        "sigmoid" => (VectorMath.Sigmoid(x), static v => v < 0 ? Math.Exp(v) / (1 + Math.Exp(v)) : 1 / (1 + Math.Exp(-v))),
        "gelu" => (VectorMath.Gelu(x), static v => float.IsNegativeInfinity(v) ? 0 : float.IsPositiveInfinity(v) ? v : ErrorFunction.Gelu(v)),
        _ => (VectorMath.Erf(x), static v => ErrorFunction.Erf(v)),
    };

    /// <summary>ln(1 + x) = ln u · x/(u − 1) with u = 1 + x rounded (Kahan).</summary>
    private static double LogPlus1(double x)
    {
        double u = 1 + x;
        return u == 1 || double.IsPositiveInfinity(x) ? x : Math.Log(u) * x / (u - 1);
    }

    /// <summary>eˣ − 1 = (u − 1)·x / ln u with u = eˣ rounded (Kahan).</summary>
    private static double ExpMinus1(double x)
    {
        double u = Math.Exp(x);
        return u == 1 ? x : Math.Abs(x) > 1 ? u - 1 : (u - 1) * x / Math.Log(u);
    }

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

    /// <summary>Bases and exponents where a power is no product of a logarithm: zeros, infinities, NaN, ±1, whole numbers and the last that are odd.</summary>
    private static readonly float[] Corners =
    [
        0, -0f, 1, -1, 2, -2, 0.5f, -0.5f, 3, -3, -2.5f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon, -float.Epsilon,
        1e-39f, float.MaxValue, float.MinValue, 1.0000001f, 0.99999994f, -1.0000001f, -0.99999994f, 8388609, 16777215, -16777215, 16777216, -1e10f,
    ];

    [Fact]
    public void A_power_of_a_corner_case_is_what_IEEE_754_says()
    {
        foreach (float x in Corners)
            foreach (float n in Corners)
            {
                float y = VectorMath.Pow(x, n), expected = (float)Math.Pow(x, n);
                Ulps(y, expected).ShouldBeLessThanOrEqualTo(1, $"{x:R} to the power {n:R} is {y:R}");
                if (y == 0) float.IsNegative(y).ShouldBe(float.IsNegative(expected), $"{x:R} to the power {n:R}");
            }
    }

    [Fact]
    public void A_power_of_any_two_floats()
    {
        var random = new Random(1);
        for (int i = 0; i < 1_000_000; i++)
        {
            float x = BitConverter.Int32BitsToSingle(random.Next()), n = (float)Math.Exp(random.NextDouble() * 30 - 20) * (random.Next(2) * 2 - 1);
            Ulps(VectorMath.Pow(x, n), Math.Pow(x, n)).ShouldBeLessThanOrEqualTo(2, $"{x:R} to the power {n:R}");
        }
    }

    /// <summary>The lanes that are too large for the quick way go another one, but they alone.</summary>
    [Fact]
    public void A_result_does_not_depend_on_its_neighbours()
    {
        Func<Vector<float>, Vector<float>>[] functions = [VectorMath.Sin, VectorMath.Cos, VectorMath.Gelu, VectorMath.GeluSlope];
        foreach (var f in functions)
            foreach (float far in new[] { 4, -5.5f, 1e6f, -1e30f })
                for (int lane = 0; lane < Vector<float>.Count; lane++)
                {
                    var near = new Vector<float>(-0.7f);
                    f(near.WithElement(lane, far)).ShouldBe(f(near).WithElement(lane, f(new Vector<float>(far))[0]));
                }
    }

    [Fact]
    public void Nor_does_a_result_in_double_precision()
    {
        Func<Vector<double>, Vector<double>>[] functions =
        [
            VectorMath.Exp, VectorMath.Expm1, VectorMath.Log, VectorMath.Log1p, VectorMath.Log2, VectorMath.Sin, VectorMath.Cos,
            VectorMath.Tanh, VectorMath.Sigmoid, VectorMath.Erf, VectorMath.Gelu, VectorMath.GeluSlope,
        ];
        double[] values = [0, 1e-310, 0.3, -0.7, 1, 1.5, -4, 20.3, -707, 800, 1e6, -1e12, 1e300, double.PositiveInfinity, double.NaN];
        for (int f = 0; f < functions.Length; f++)
            foreach (double near in values)
                foreach (double far in values)
                    for (int lane = 0; lane < Vector<double>.Count; lane++)
                    {
                        var mixed = functions[f](new Vector<double>(near).WithElement(lane, far));
                        var expected = functions[f](new Vector<double>(near)).WithElement(lane, functions[f](new Vector<double>(far))[0]);
                        mixed.ShouldBe(expected, $"function {f} of {near:R} beside {far:R}");
                    }
    }

    /// <summary>Near and far, and where they are nearly 0.</summary>
    [Fact]
    public void Sine_and_cosine_in_double_precision()
    {
        var random = new Random(6);
        for (int i = 0; i < 1_000_000; i++)
        {
            double x = (i % 3) switch { 0 => Math.Exp(random.NextDouble() * 70 - 40), 1 => random.Next() * (Math.PI / 2), _ => random.NextDouble() * 10 } * (1 - i % 2 * 2);
            IsNext(VectorMath.Sin(new Vector<double>(x))[0], Math.Sin(x)).ShouldBeTrue($"sin {x:R}");
            IsNext(VectorMath.Cos(new Vector<double>(x))[0], Math.Cos(x)).ShouldBeTrue($"cos {x:R}");
        }
        foreach (double none in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
        {
            VectorMath.Sin(new Vector<double>(none))[0].ShouldBe(double.NaN);
            VectorMath.Cos(new Vector<double>(none))[0].ShouldBe(double.NaN);
        }
        BitConverter.DoubleToInt64Bits(VectorMath.Sin(new Vector<double>(-0.0))[0]).ShouldBe(long.MinValue);

        static bool IsNext(double y, double exact) => y >= Math.BitDecrement(exact) && y <= Math.BitIncrement(exact);
    }

    /// <summary>Where the processor takes sixteen at once, an element must not tell in what company it came.</summary>
    [Fact]
    public void Sixteen_floats_get_the_bits_of_one()
    {
        if (!VectorMath.HasWide) return;
        (Func<Vector512<float>, Vector512<float>> Sixteen, Func<Vector<float>, Vector<float>> Some)[] functions =
        [
            (VectorMath.Exp, VectorMath.Exp), (VectorMath.Sigmoid, VectorMath.Sigmoid), (VectorMath.Tanh, VectorMath.Tanh),
            (VectorMath.Gelu, VectorMath.Gelu), (VectorMath.GeluSlope, VectorMath.GeluSlope),
        ];
        foreach (var (sixteen, some) in functions)
            for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride * 7)
            {
                float x = BitConverter.UInt32BitsToSingle((uint)bits), company = bits % 2 == 0 ? -0.7f : 5;
                float y = sixteen(Vector512.Create(company).WithElement(7, x))[7];
                y.ShouldBe(some(new Vector<float>(x))[0], $"at {x:R} beside {company}");
            }
    }

    /// <summary>The exponential of which only a sum is wanted: to 2⁻²³ near 0, where it counts, and to three times that at −87, beyond which it does not fall further.</summary>
    [Fact]
    public void The_simpler_exponential_is_right_to_the_last_bits()
    {
        if (!VectorMath.HasWide) return;
        for (uint bits = 0x8000_0000; bits <= 0xFF80_0000; bits += Stride * 3)             // −0 to −∞
        {
            float x = BitConverter.UInt32BitsToSingle(bits), y = VectorMath.ExpOfNegative(Vector512.Create(-0.7f).WithElement(5, x))[5];
            double near = Math.Max(x, -87.0), exact = Math.Exp(near);
            ((double)y).ShouldBe(exact, exact * (1 - near / 40) * Math.Pow(2, -23), $"at {x:R}");
        }
        float.IsNaN(VectorMath.ExpOfNegative(Vector512.Create(float.NaN))[0]).ShouldBeTrue();
    }

    /// <summary>Runs of all lengths about a register's, at any offset from a cache line, leave alone what lies beside them.</summary>
    [Fact]
    public void Long_runs_have_the_bits_of_single_elements()
    {
        var random = new Random(5);
        float[] x = new float[400], y = new float[x.Length];
        for (int i = 0; i < x.Length; i++) x[i] = 20 * random.NextSingle() - 10;
        for (int offset = 0; offset < 17; offset++)
            for (int n = Elementwise.Tile; n < Elementwise.Tile + 40; n++)
            {
                Array.Fill(y, 77);
                Elementwise.Unary<Sigmoid.Kernel, float>(ref x[3], 1, ref y[offset], 1, n);
                for (int i = 0; i < y.Length; i++)
                    y[i].ShouldBe(i < offset || i >= offset + n ? 77 : VectorMath.Sigmoid(new Vector<float>(x[3 + i - offset]))[0], $"{n} from {offset}: at {i}");
            }
    }

    [Fact]
    public void Odd_functions_keep_the_sign_of_zero()
    {
        Func<Vector<float>, Vector<float>>[] functions = [VectorMath.Sin, VectorMath.Log1p, VectorMath.Expm1, VectorMath.Tanh];
        foreach (var f in functions) BitConverter.SingleToInt32Bits(f(new Vector<float>(-0f))[0]).ShouldBe(int.MinValue);
    }

    /// <summary>The slope of GELU runs through 0 at −0.75, so its error is measured against its greatest values, which are near 1.</summary>
    [Fact]
    public void The_slope_of_gelu_is_within_one_and_a_half_ulps_of_1()
    {
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride * 7)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)bits);
            if (!float.IsFinite(x)) continue;
            double Φ = 0.5 * (1 + ErrorFunction.Erf(x / Math.Sqrt(2))), φ = Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
            ((double)VectorMath.GeluSlope(new Vector<float>(x))[0]).ShouldBe(Φ + x * φ, 1.8e-7, $"at {x:R}");
        }
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
