using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MiniTorch.Kernels;

internal static partial class RandomKernels
{
    private const int Block = 16;

    /// <summary><c>normal_</c> of a contiguous tensor: mean + std · n(0, 1), by Box–Muller.</summary>
    /// <remarks>
    /// Fewer than 16 elements are drawn one by one. From 16 on, the span is filled with uniform numbers and turned into normal ones in blocks
    /// of 16; if the last block is cut short, the last 16 elements are drawn a second time. In float32 the bits are those of PyTorch on a
    /// processor with AVX2; without it PyTorch itself differs from them, in a million draws by at most 2e-6.
    /// </remarks>
    public static void Normal<T>(Span<T> y, double mean, double std, Generator generator) where T : struct, IFloatingPointIeee754<T>
    {
        if (y.Length < Block)
        {
            NormalOneByOne(y, mean, std, generator);
            return;
        }
        CheckStd(std);
        lock (generator.Lock)
        {
            Uniform(y, 0, 1, generator);
            BoxMuller(y, mean, std);
            if (y.Length % Block == 0) return;
            var last = y[^Block..];
            Uniform(last, 0, 1, generator);
            BoxMuller(last, mean, std);
        }
    }

    /// <summary><c>normal_</c> of a strided tensor, or of fewer than 16 elements: in double, two for each pair of uniform numbers.</summary>
    /// <remarks>The second of a pair waits in the generator, and is the next draw whatever the dtype.</remarks>
    public static void NormalOneByOne<T>(Span<T> y, double mean, double std, Generator generator) where T : struct, IFloatingPointIeee754<T>
    {
        CheckStd(std);
        lock (generator.Lock)
            foreach (ref var value in y)
                value = T.CreateTruncating(Math.FusedMultiplyAdd(NextNormal(generator), std, mean));
    }

    private static double NextNormal(Generator generator)
    {
        if (generator.NextNormal is { } waiting)
        {
            generator.NextNormal = null;
            return waiting;
        }
        // 1 − u2 is exact. Later versions of PyTorch compute log1p(−u2), which moves the last bit of 3 draws in 100.
        double u1 = Unit<double>(generator.Twister), u2 = Unit<double>(generator.Twister);
        var radius = Math.Sqrt(-2 * Math.Log(1 - u2));
        var (sin, cos) = Math.SinCos(2 * Math.PI * u1);
        generator.NextNormal = radius * sin;
        return radius * cos;
    }

    /// <summary>Turns uniform numbers into normal ones, in whole blocks of 16: element i pairs with element i + 8.</summary>
    private static void BoxMuller<T>(Span<T> y, double mean, double std) where T : struct, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
            BoxMuller(MemoryMarshal.Cast<T, float>(y), (float)mean, (float)std);
        else
            BoxMuller(MemoryMarshal.Cast<T, double>(y), mean, std);
    }

    private static void BoxMuller(Span<float> y, float mean, float std)
    {
        for (; y.Length >= Block; y = y[Block..])
        {
            var u1 = Vector256<float>.One - Vector256.Create<float>(y);         // [0, 1) → (0, 1], for the logarithm
            var u2 = Vector256.Create<float>(y[8..]);
            var radius = Vector256.Sqrt(-2 * CephesMath.Log(u1));
            var (sin, cos) = CephesMath.SinCos((float)(2 * Math.PI) * u2);
            Vector256.FusedMultiplyAdd(radius * cos, Vector256.Create(std), Vector256.Create(mean)).CopyTo(y);
            Vector256.FusedMultiplyAdd(radius * sin, Vector256.Create(std), Vector256.Create(mean)).CopyTo(y[8..]);
        }
    }

    private static void BoxMuller(Span<double> y, double mean, double std)
    {
        for (; y.Length >= Block; y = y[Block..])
            for (var i = 0; i < 8; i++)
            {
                var radius = Math.Sqrt(-2 * Math.Log(1 - y[i]));
                var (sin, cos) = Math.SinCos(2 * Math.PI * y[i + 8]);
                y[i] = Math.FusedMultiplyAdd(radius * cos, std, mean);
                y[i + 8] = Math.FusedMultiplyAdd(radius * sin, std, mean);
            }
    }

    private static void CheckStd(double std)
    {
        if (!(std >= 0))
            throw new ArgumentOutOfRangeException(nameof(std), $"Normal: std must be at least 0, got {std}.");
    }
}
