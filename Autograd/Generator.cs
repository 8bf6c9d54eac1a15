using System.Buffers.Binary;
using System.Security.Cryptography;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>A stream of random numbers: with the same seed, the same numbers as a <c>torch.Generator</c> on the CPU.</summary>
/// <remarks>
/// Any thread may use it: every fill of a tensor, and every method here, locks it once. Which of two threads draws first is then a matter of
/// luck, so a run that must be repeatable gives each thread a generator of its own.
/// </remarks>
public sealed class Generator
{
    /// <summary>The seed of a new generator, <c>default_rng_seed_val</c> in PyTorch.</summary>
    public const long DefaultSeed = 67280421310721;

    /// <summary>A generator seeded with <see cref="DefaultSeed"/>, as <c>torch.Generator()</c>.</summary>
    public Generator() => Twister = new Mt19937(DefaultSeed);

    /// <summary>Held by whoever draws from <see cref="Twister"/>, for a whole fill.</summary>
    internal Lock Lock { get; } = new();

    /// <summary>The source of the bits.</summary>
    internal Mt19937 Twister { get; }

    /// <summary>The second half of the last Box–Muller pair, waiting to be the next normal draw.</summary>
    internal double? NextNormal { get; set; }

    // PyTorch keeps a float beside the double, but no CPU fill of float32 or float64 reads or writes it. It travels with the state.
    private float? NextFloatNormal { get; set; }

    /// <summary>Starts the stream over from a seed, and forgets a waiting normal draw.</summary>
    /// <param name="seed">Any number; the stream depends on its low 32 bits alone.</param>
    /// <returns>This generator.</returns>
    public Generator ManualSeed(long seed)
    {
        lock (Lock)
        {
            Twister.SetSeed((ulong)seed);
            NextNormal = null;
            NextFloatNormal = null;
        }
        return this;
    }

    /// <summary>The seed that the stream was started from.</summary>
    /// <remarks>PyTorch returns the same 64 bits as an unsigned number: for <c>-1</c> it says <c>18446744073709551615</c>.</remarks>
    public long InitialSeed()
    {
        lock (Lock) return (long)Twister.Seed;
    }

    /// <summary>Starts the stream over from a seed that the operating system draws.</summary>
    /// <returns>The seed: 53 bits, so that it survives a trip through a double.</returns>
    public long Seed()
    {
        var seed = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long))) & (1L << 53) - 1;
        ManualSeed(seed);
        return seed;
    }

    /// <summary>Everything the coming draws depend on, byte for byte what <c>torch.Generator.get_state()</c> returns.</summary>
    /// <returns>5056 bytes. A state may be carried to PyTorch, and one from there given to <see cref="SetState"/>.</returns>
    public byte[] GetState()
    {
        lock (Lock)
            return GeneratorState.Write(Twister, NextNormal, NextFloatNormal);
    }

    /// <summary>Continues the stream from where <see cref="GetState"/> was called.</summary>
    /// <param name="state">What <see cref="GetState"/>, or PyTorch's <c>get_state()</c>, returned.</param>
    /// <returns>This generator.</returns>
    /// <exception cref="ArgumentException"><paramref name="state"/> has another length, or is no state that a generator can be in.</exception>
    public Generator SetState(ReadOnlySpan<byte> state)
    {
        lock (Lock)
            (NextNormal, NextFloatNormal) = GeneratorState.Read(state, Twister);
        return this;
    }
}
