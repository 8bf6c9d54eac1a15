using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>Fills of spans with random numbers, draw for draw what PyTorch's CPU kernels take from the same generator.</summary>
/// <remarks>
/// Elements are filled in the order of the span. PyTorch fills a strided tensor in the order of its memory, not of its indices.
/// </remarks>
internal static partial class RandomKernels
{
    /// <summary>One element from the generator's bits. A struct, so that each fill is compiled to a loop without calls.</summary>
    private interface ISampler<T>
    {
        T Next(Mt19937 bits);
    }

    private static void Fill<T, TSampler>(Span<T> y, TSampler sampler, Generator generator) where TSampler : struct, ISampler<T>
    {
        lock (generator.Lock)
        {
            var bits = generator.Twister;
            foreach (ref var value in y) value = sampler.Next(bits);
        }
    }

    // ---- real numbers -----------------------------------------------------------------------------------------------

    /// <summary><c>uniform_</c>: every element from [from, to).</summary>
    /// <remarks>PyTorch accepts <c>from == to</c>, and rounding can return <paramref name="to"/> itself; so do we.</remarks>
    public static void Uniform<T>(Span<T> y, double from, double to, Generator generator) where T : struct, IFloatingPointIeee754<T>
    {
        if (!(from <= to))
            throw new ArgumentException($"Uniform: from must not be above to, got from = {from}, to = {to}.", nameof(from));
        T low = T.CreateTruncating(from), high = T.CreateTruncating(to);
        if (!T.IsFinite(high - low))
            throw new ArgumentOutOfRangeException(nameof(to), $"Uniform: to - from must fit the dtype, got from = {from}, to = {to}.");
        Fill(y, new UniformSampler<T>(low, high - low), generator);
    }

    private readonly struct UniformSampler<T>(T from, T length) : ISampler<T> where T : struct, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Next(Mt19937 bits) => T.FusedMultiplyAdd(Unit<T>(bits), length, from);
    }

    /// <summary>A number from [0, 1) with as many random bits as T has digits: 24 of one draw, or 53 of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Unit<T>(Mt19937 bits) where T : struct, IFloatingPointIeee754<T> => typeof(T) == typeof(float)
        ? T.CreateTruncating((bits.Next32() & (1u << 24) - 1) * (1f / (1u << 24)))
        : T.CreateTruncating((bits.Next64() & (1ul << 53) - 1) * (1d / (1ul << 53)));

    /// <summary><c>exponential_</c>: density λ·exp(−λx), computed in double for every T.</summary>
    public static void Exponential<T>(Span<T> y, double lambda, Generator generator) where T : struct, IFloatingPointIeee754<T>
    {
        if (!(lambda >= 0))
            throw new ArgumentOutOfRangeException(nameof(lambda), $"Exponential: lambda must be at least 0, got {lambda}.");
        Fill(y, new ExponentialSampler<T>(lambda), generator);
    }

    private readonly struct ExponentialSampler<T>(double lambda) : ISampler<T> where T : struct, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Next(Mt19937 bits) => T.CreateTruncating(-1 / lambda * Math.Log(1 - Unit<double>(bits)));
    }

    // ---- yes or no --------------------------------------------------------------------------------------------------

    /// <summary><c>bernoulli_(p)</c>: 1 with probability p, else 0; two draws each, whatever T.</summary>
    /// <remarks>This is the stream of PyTorch's own kernel. A build of PyTorch with Intel MKL takes this one fill from MKL's generator.</remarks>
    public static void Bernoulli<T>(Span<T> y, double p, Generator generator) where T : struct, INumberBase<T>
    {
        if (!(p >= 0 && p <= 1))
            throw new ArgumentOutOfRangeException(nameof(p), $"Bernoulli: p must be in [0, 1], got {p}.");
        Fill(y, new ChoiceSampler<T>(p, T.One), generator);
    }

    /// <inheritdoc cref="Bernoulli{T}(Span{T}, double, Generator)"/>
    public static void Bernoulli(Span<bool> y, double p, Generator generator) => Bernoulli(MemoryMarshal.AsBytes(y), p, generator);

    /// <summary>The factors of <c>dropout</c>: 0 with probability p, else 1/(1 − p).</summary>
    /// <remarks>As in PyTorch, p = 0 and p = 1 draw nothing.</remarks>
    public static void Dropout<T>(Span<T> y, double p, Generator generator) where T : struct, IFloatingPointIeee754<T>
    {
        if (!(p >= 0 && p <= 1))
            throw new ArgumentOutOfRangeException(nameof(p), $"Dropout: p must be in [0, 1], got {p}.");
        if (p is 0 or 1)
            y.Fill(T.CreateTruncating(1 - p));
        else
            Fill(y, new ChoiceSampler<T>(1 - p, T.One / T.CreateTruncating(1 - p)), generator);
    }

    private readonly struct ChoiceSampler<T>(double p, T yes) : ISampler<T> where T : struct, INumberBase<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Next(Mt19937 bits) => Indicator<T>(Unit<double>(bits) < p) * yes;
    }

    /// <summary><c>bernoulli</c> with a probability for every element: compared in the precision of p, so a float costs one draw.</summary>
    public static void Bernoulli<T, TP>(Span<T> y, ReadOnlySpan<TP> p, Generator generator)
        where T : struct, INumberBase<T> where TP : struct, IFloatingPointIeee754<TP>
    {
        for (var i = 0; i < p.Length; i++)
            if (!(p[i] >= TP.Zero && p[i] <= TP.One))
                throw new ArgumentOutOfRangeException(nameof(p), $"Bernoulli: every p must be in [0, 1], got {p[i]} at position {i}.");

        lock (generator.Lock)
            for (var i = 0; i < y.Length; i++)
                y[i] = Indicator<T>(Unit<TP>(generator.Twister) < p[i]);
    }

    /// <summary>1 for true, 0 for false, without a branch: nobody can predict a coin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Indicator<T>(bool happened) where T : struct, INumberBase<T> => T.CreateTruncating(Unsafe.BitCast<bool, byte>(happened));
}
