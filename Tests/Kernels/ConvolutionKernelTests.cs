using System.Numerics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// The fast convolutions and poolings against their definitions, over random sizes, strides, paddings, dilations and groups. Which paths these
/// are depends on the machine: see <see cref="GemmTests"/>. Inputs end where memory that cannot be read begins; outputs lie between guards.
/// </summary>
/// <remarks>Tolerance: a sum of n products, in any order, is off by at most (n + 2)·ε·Σ|x·w|.</remarks>
public class ConvolutionKernelTests
{
    [Fact]
    public void Floats() => Verify<float>(1, 250);

    [Fact]
    public void Doubles() => Verify<double>(2, 250);

    /// <summary>More than one band to an image, more than one part to the batch, and several tiles of everything.</summary>
    [Theory]
    [InlineData(1, 1, 3, 20, 150, 160, 3, 1)]
    [InlineData(35, 2, 5, 18, 9, 10, 3, 1)]
    [InlineData(2, 1, 40, 33, 57, 61, 2, 2)]
    [InlineData(1, 1, 65, 3, 12, 600, 5, 3)]
    public void Large_shapes(int batch, int groups, int channels, int outputs, int height, int width, int kernel, int stride)
        => Verify<float>(new(batch, groups, channels, outputs, Axis.Of(height, kernel, stride, 1, 1), Axis.Of(width, kernel, stride, 1, 1)), new Random(3));

    [Fact]
    public void Sizes_that_do_not_fit_the_spans_are_refused()
    {
        var s = new ConvolutionShape(1, 1, 1, 1, Axis.Of(4, 3, 1, 0, 1), Axis.Of(4, 3, 1, 0, 1));
        float[] x = new float[16], w = new float[9], y = new float[4], tooSmall = new float[3];
        Should.Throw<ArgumentException>(() => Convolution.Forward<float>(s, x, w, [], tooSmall));
        Should.Throw<ArgumentException>(() => Convolution.Forward<float>(s, x, w, new float[2], y));
        Should.Throw<ArgumentException>(() => Convolution.Input<float>(s, tooSmall, w, x));
        Should.Throw<ArgumentException>(() => Convolution.Weight<float>(s, x, y, tooSmall));
    }

    private static void Verify<T>(int seed, int times)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        for (int i = 0; i < times; i++)
            Verify<T>(new(random.Next(1, 4), random.Next(1, 4), random.Next(1, 5), random.Next(1, 20), RandomAxis(random), RandomAxis(random)), random);
    }

    /// <summary>Also those of a transposed convolution, whose input may end before or behind the last window.</summary>
    private static Axis RandomAxis(Random random)
    {
        while (true)
        {
            var axis = Axis.Of(random.Next(1, 30), random.Next(1, 6), random.Next(1, 4), random.Next(4), random.Next(1, 4));
            if (axis.Output >= 1) return axis with { Size = Math.Max(1, axis.Size + random.Next(-1, 2)) };
        }
    }

    private static void Verify<T>(ConvolutionShape s, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var x = new Input<T>(s.InputCount, random);
        using var w = new Input<T>(s.WeightCount, random);
        using var y = new Input<T>(s.OutputCount, random);
        using var bias = new Input<T>(s.Groups * s.Outputs, random);
        double[] dx = new double[s.InputCount], dw = new double[s.WeightCount], dy = new double[s.OutputCount], no = [];
        string what = $"{typeof(T).Name} {s}";

        bool biased = random.Next(2) == 0;
        Convolution.ForwardReference<double>(s, x.Exact, w.Exact, biased ? bias.Exact : no, dy);
        var magnitude = new double[s.OutputCount];
        Convolution.ForwardReference<double>(s, x.Magnitude, w.Magnitude, biased ? bias.Magnitude : no, magnitude);
        Compare<T>(dy, magnitude, s.Taps, $"y of {what}", result => Convolution.Forward(s, x.Span, w.Span, biased ? bias.Span : [], result));

        Convolution.InputReference<double>(s, y.Exact, w.Exact, dx);
        magnitude = new double[s.InputCount];
        Convolution.InputReference<double>(s, y.Magnitude, w.Magnitude, magnitude);
        Compare<T>(dx, magnitude, s.Outputs * s.Y.Kernel * s.X.Kernel, $"dx of {what}", result => Convolution.Input(s, y.Span, w.Span, result));

        Convolution.WeightReference<double>(s, x.Exact, y.Exact, dw);
        magnitude = new double[s.WeightCount];
        Convolution.WeightReference<double>(s, x.Magnitude, y.Magnitude, magnitude);
        Compare<T>(dw, magnitude, s.Batch * s.OutputPlane, $"dw of {what}", result => Convolution.Weight(s, x.Span, y.Span, result));
    }

    private delegate void Computation<T>(Span<T> result);

    private static void Compare<T>(double[] exact, double[] magnitude, int terms, string what, Computation<T> compute)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Guard = 67;
        var memory = new T[exact.Length + 2 * Guard];
        Array.Fill(memory, T.CreateChecked(77));
        var result = memory.AsSpan(Guard, exact.Length);
        result.Fill(T.NaN);
        compute(result);
        double ε = double.CreateChecked(T.BitIncrement(T.One) - T.One);
        for (int i = 0; i < exact.Length; i++)
        {
            double actual = double.CreateChecked(result[i]);
            if (!(Math.Abs(actual - exact[i]) <= (terms + 2) * ε * magnitude[i])) Assert.Fail($"{what}: [{i}] is {actual}, not {exact[i]}");
        }
        result.Fill(T.CreateChecked(77));
        if (memory.AsSpan().ContainsAnyExcept(T.CreateChecked(77))) Assert.Fail($"{what}: wrote outside");
    }

    /// <summary>Random numbers that end at a page that cannot be read.</summary>
    private sealed class Input<T> : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly GuardedMemory memory;

        internal Input(long count, Random random)
        {
            memory = new((int)count * 8);
            Exact = new double[count];
            for (int i = 0; i < count; i++)
            {
                Exact[i] = (float)(2 * random.NextDouble() - 1);
                memory.Last<T>((int)count)[i] = T.CreateChecked(Exact[i]);
            }
        }

        internal Span<T> Span => memory.Last<T>(Exact.Length);

        internal double[] Exact { get; }

        internal double[] Magnitude => [.. Exact.Select(Math.Abs)];

        public void Dispose() => memory.Dispose();
    }

    // ---- pooling -----------------------------------------------------------------------------------------------------

    [Fact]
    public void Maxima_of_floats() => VerifyMaxima<float>(4);

    [Fact]
    public void Maxima_of_doubles() => VerifyMaxima<double>(5);

    /// <summary>Few different values, so that there are ties, and among them infinities and NaN.</summary>
    private static void VerifyMaxima<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        T[] values = [T.NaN, T.NegativeInfinity, T.PositiveInfinity, T.Zero, T.NegativeZero, T.One, T.CreateChecked(2), T.CreateChecked(3)];
        for (int n = 0; n < 500; n++)
        {
            int height = random.Next(1, 20), width = random.Next(1, 40), kernel = random.Next(1, 5), stride = random.Next(1, 4), padding = random.Next(kernel / 2 + 1);
            int dilation = padding == 0 ? random.Next(1, 3) : 1;
            bool ceil = random.Next(2) == 0;
            Window[] rows = Window.Sliding(height, kernel, stride, padding, dilation, ceil), columns = Window.Sliding(width, kernel, stride, padding, dilation, ceil);
            if (rows.Length == 0 || columns.Length == 0) continue;
            int planes = random.Next(1, 4), outputs = rows.Length * columns.Length, least = random.Next(4);
            var x = new T[planes * height * width];
            for (int i = 0; i < x.Length; i++) x[i] = values[random.Next(least, values.Length)];

            const int Guard = 40;
            T[] y = new T[planes * outputs], expected = new T[planes * outputs];
            long[] index = new long[planes * outputs + 2 * Guard], places = new long[planes * outputs];
            Array.Fill(index, -7);
            MaxPool.Any<T>(x, height, width, rows, columns, expected, places);
            MaxPool.Sliding<T>(x, height, width, rows, new Axis(width, kernel, stride, padding, dilation, columns.Length), y, index.AsSpan(Guard, places.Length));
            string what = $"{height}×{width}, kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}, ceil {ceil}";
            y.ShouldBe(expected, what);
            index.ShouldBe([.. Enumerable.Repeat(-7L, Guard), .. places, .. Enumerable.Repeat(-7L, Guard)], what);
        }
    }

    /// <summary>⟨A·x, y⟩ = ⟨x, Aᵀ·y⟩ for the averages A, and the averages of ones are one.</summary>
    [Fact]
    public void Averages_and_their_transpose()
    {
        var random = new Random(6);
        for (int n = 0; n < 200; n++)
        {
            int height = random.Next(1, 12), width = random.Next(1, 24), kernel = random.Next(1, 5), stride = random.Next(1, 4), padding = random.Next(kernel / 2 + 1);
            Window[] Windows(int size) => n % 2 == 0 ? Window.Adaptive(size, stride + 2) : Window.Sliding(size, kernel, stride, padding, ceilMode: n % 3 == 0);
            Window[] rows = Windows(height), columns = Windows(width);
            if (rows.Length == 0 || columns.Length == 0) continue;
            double[] x = Random(3 * height * width), y = Random(3 * rows.Length * columns.Length), ax = new double[y.Length], ay = new double[x.Length], scratch = new double[width];
            AvgPool.Forward<double>(x, height, width, rows, columns, 0, ax, scratch);
            AvgPool.Backward<double>(y, height, width, rows, columns, 0, ay, scratch);
            ax.Zip(y).Sum(static p => p.First * p.Second).ShouldBe(x.Zip(ay).Sum(static p => p.First * p.Second), 1e-12);

            Array.Fill(x, 1);
            AvgPool.Forward<double>(x, height, width, rows, columns, 0, ax, scratch);
            ax.ShouldAllBe(static v => Math.Abs(v - 1) < 1e-14);
        }

        double[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)];
    }
}
