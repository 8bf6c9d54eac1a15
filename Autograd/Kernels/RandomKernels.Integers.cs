using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

internal static partial class RandomKernels
{
    /// <summary><c>random_(from, to)</c> and <c>randint</c>: whole numbers from [from, to), in any dtype.</summary>
    /// <remarks>
    /// A draw modulo the length of the range, hence slightly uneven, as in PyTorch: 32 bits, or 64 where the range is longer than that and
    /// T is not Int32 or UInt8. Where float or double T cannot tell neighbours apart, the bounds move inwards to numbers it can hold.
    /// </remarks>
    public static void Random<T>(Span<T> y, long from, long to, Generator generator) where T : struct, INumber<T>, IMinMaxValue<T>
    {
        if (from >= to)
            throw new ArgumentException($"Random: from must be below to, got from = {from}, to = {to}.", nameof(from));
        (long first, long last) = IsReal<T>() ? (NarrowUp<T>(from), NarrowDown<T>(to) - 1) : (from, to - 1);
        if (first > last)
            throw new ArgumentException($"Random: {typeof(T).Name} holds no number from [{from}, {to}).", nameof(from));
        CheckHolds<T>(from, nameof(from));
        CheckHolds<T>(to - 1, nameof(to));
        RandomRange(y, first, (ulong)last - (ulong)first + 1, generator);
    }

    /// <summary><c>random_(from, None)</c>: whole numbers from <paramref name="from"/> up to the largest of T, or 2^digits if T is real.</summary>
    public static void RandomFrom<T>(Span<T> y, long from, Generator generator) where T : struct, INumber<T>, IMinMaxValue<T>
    {
        CheckHolds<T>(from, nameof(from));
        if (IsReal<T>()) from = NarrowUp<T>(from);
        if (from > Largest<T>())
            throw new ArgumentOutOfRangeException(nameof(from), $"Random: from must be at most {Largest<T>()} for {typeof(T).Name}, got {from}.");
        RandomRange(y, from, (ulong)Largest<T>() - (ulong)from + 1, generator);
    }

    /// <summary><c>random_()</c>: whole numbers from 0 up to the largest of T, or 2^digits if T is real.</summary>
    public static void Random<T>(Span<T> y, Generator generator) where T : struct, INumber<T>, IMinMaxValue<T>
    {
        // Int64 and Float64 take 64 bits, as their ranges are longer than 32; Float32's 2²⁴ + 1 numbers need no more than 32.
        RandomRange(y, 0, (ulong)Largest<T>() + 1, generator);
    }

    /// <inheritdoc cref="Random{T}(Span{T}, Generator)"/>
    public static void Random(Span<bool> y, Generator generator) => Random(y, 0, 2, generator);

    /// <inheritdoc cref="Random{T}(Span{T}, long, long, Generator)"/>
    public static void Random(Span<bool> y, long from, long to, Generator generator)
    {
        if (from < 0 || to > 2)
            throw new ArgumentOutOfRangeException(nameof(from), $"Random: a Bool is 0 or 1, got from = {from}, to = {to}.");
        Random(MemoryMarshal.AsBytes(y), from, to, generator);
    }

    /// <summary><c>randperm</c>: the numbers 0 … n − 1 in random order, with n − 1 draws.</summary>
    /// <remarks>Fisher–Yates from the front, each partner a 32-bit draw modulo the numbers that are left.</remarks>
    public static void Randperm<T>(Span<T> y, Generator generator) where T : struct, INumber<T>
    {
        for (var i = 0; i < y.Length; i++) y[i] = T.CreateTruncating(i);
        lock (generator.Lock)
            for (var i = 0; i < y.Length - 1; i++)
            {
                var partner = i + (int)(generator.Twister.Next32() % (uint)(y.Length - i));
                (y[i], y[partner]) = (y[partner], y[i]);
            }
    }

    // range = 0 stands for 2⁶⁴, all of Int64.
    private static void RandomRange<T>(Span<T> y, long from, ulong range, Generator generator) where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var wide = typeof(T) == typeof(long) || IsReal<T>();
        if (range == 0)
            Fill(y, new AnySampler<T>(), generator);
        else if (wide && range > uint.MaxValue)
            Fill(y, new WideRangeSampler<T>(from, range), generator);
        else
            Fill(y, new RangeSampler<T>(from, range), generator);
    }

    private readonly struct RangeSampler<T>(long from, ulong range) : ISampler<T> where T : struct, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Next(Mt19937 bits) => T.CreateTruncating((long)(bits.Next32() % range) + from);
    }

    private readonly struct WideRangeSampler<T>(long from, ulong range) : ISampler<T> where T : struct, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Next(Mt19937 bits) => T.CreateTruncating((long)(bits.Next64() % range) + from);
    }

    private readonly struct AnySampler<T> : ISampler<T> where T : struct, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Next(Mt19937 bits) => T.CreateTruncating((long)bits.Next64());
    }

    private static bool IsReal<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    private static int Digits<T>() => typeof(T) == typeof(float) ? 24 : 53;

    private static long Largest<T>() where T : struct, INumber<T>, IMinMaxValue<T> =>
        IsReal<T>() ? 1L << Digits<T>() : long.CreateSaturating(T.MaxValue);

    private static void CheckHolds<T>(long value, string name) where T : struct, INumber<T>, IMinMaxValue<T>
    {
        if (value < long.CreateSaturating(T.MinValue) || value > long.CreateSaturating(T.MaxValue))
            throw new ArgumentOutOfRangeException(name, $"Random: {value} is outside the range of {typeof(T).Name}, {T.MinValue} to {T.MaxValue}.");
    }

    // The nearest bound above `from`, where the conversion of from + 1 rounds below it: one step of T further up.
    private static long NarrowUp<T>(long from) where T : struct, INumber<T>
    {
        var rounded = ToLong(T.CreateTruncating(from + 1));
        return rounded < from ? rounded + StepAt<T>(from + 1) : from;
    }

    // The mirror image: where the conversion of to − 1 rounds up to `to`, one step of T down.
    private static long NarrowDown<T>(long to) where T : struct, INumber<T>
    {
        var rounded = ToLong(T.CreateTruncating(to - 1));
        return rounded >= to ? rounded - StepAt<T>(to - 1) : to;
    }

    private static long ToLong<T>(T value) where T : struct, INumber<T> => long.CreateSaturating(value);

    // The distance between neighbours of T around n: 2^(⌊log₂|n|⌋ − digits + 1).
    private static long StepAt<T>(long n) => 1L << (BitOperations.Log2((ulong)Math.Abs(n)) - Digits<T>() + 1);
}
