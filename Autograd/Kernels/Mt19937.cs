using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>The Mersenne Twister MT19937, seeded and read as PyTorch's CPU generator does it.</summary>
/// <remarks>
/// Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998). The 624 state words are twisted, and tempered, a block at a
/// time and in vectors, so that a draw is one read from an array. Not thread-safe: the <see cref="Generator"/> holds the lock.
/// </remarks>
internal sealed class Mt19937
{
    /// <summary>The number of words in the state, and of draws between two twists.</summary>
    public const int N = 624;

    private const int M = 397;
    private const uint UpperBit = 0x80000000, Matrix = 0x9908b0df;

    private readonly uint[] _state = new uint[N];
    private readonly uint[] _draws = new uint[N];       // the state, tempered
    private int _next;                                  // N: every draw of this block is spent
    private bool _twisted;                              // false: the state is still the seed's own expansion

    public Mt19937(ulong seed) => SetSeed(seed);

    /// <summary>The seed as given; only its low 32 bits reach the state.</summary>
    public ulong Seed { get; private set; }

    /// <summary>The untempered state words.</summary>
    public ReadOnlySpan<uint> State => _state;

    /// <summary>The draws taken from the current block, 0 before the first one ever.</summary>
    public int Position => _twisted ? _next : 0;

    /// <summary>The next 32 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Next32()
    {
        if (_next == N) Twist();
        return _draws[_next++];
    }

    /// <summary>The next 64 random bits: two draws, the first one on top.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next64()
    {
        ulong high = Next32();
        return high << 32 | Next32();
    }

    /// <summary>Starts over from a seed: Knuth's linear congruential expansion of its low 32 bits.</summary>
    public void SetSeed(ulong seed)
    {
        Seed = seed;
        _state[0] = (uint)seed;
        for (var i = 1; i < N; i++)
            _state[i] = 1812433253 * (_state[i - 1] ^ _state[i - 1] >> 30) + (uint)i;
        _next = N;
        _twisted = false;
    }

    /// <summary>Continues from what <see cref="Seed"/>, <see cref="State"/> and <see cref="Position"/> said earlier.</summary>
    public void SetState(ulong seed, ReadOnlySpan<uint> state, int position)
    {
        Seed = seed;
        state.CopyTo(_state);
        _twisted = position > 0;
        _next = _twisted ? position : N;
        if (_twisted) Temper(_state, _draws);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Twist()
    {
        // xᵢ ← x₍ᵢ₊M₎ ⊕ twist(xᵢ, xᵢ₊₁), indices mod N. From i = N − M on, x₍ᵢ₊M₎ is a word of the new block.
        Span<uint> x = _state;
        Twist(x, x[1..], x[M..], count: N - M);
        Twist(x[(N - M)..], x[(N - M + 1)..], x, count: M - 1);
        Twist(x[(N - 1)..], x, x[(M - 1)..], count: 1);

        Temper(_state, _draws);
        _twisted = true;
        _next = 0;
    }

    // In place: a vector of xᵢ₊₁ is read before the vector of xᵢ is written, and `far` is at least N − M words away.
    private static void Twist(Span<uint> x, ReadOnlySpan<uint> following, ReadOnlySpan<uint> far, int count)
    {
        var i = 0;
        for (; i <= count - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            var mixed = Vector.ConditionalSelect(new Vector<uint>(UpperBit), new Vector<uint>(x[i..]), new Vector<uint>(following[i..]));
            var odd = Vector.Negate(mixed & Vector<uint>.One);            // all ones where the last bit is set
            (new Vector<uint>(far[i..]) ^ mixed >> 1 ^ odd & new Vector<uint>(Matrix)).CopyTo(x[i..]);
        }
        for (; i < count; i++)
        {
            var mixed = x[i] & UpperBit | following[i] & ~UpperBit;
            x[i] = far[i] ^ mixed >> 1 ^ (mixed & 1) * Matrix;
        }
    }

    private static void Temper(ReadOnlySpan<uint> state, Span<uint> draws)
    {
        Debug.Assert(N % Vector<uint>.Count == 0, "624 = 16 · 39: whole vectors up to 512 bits.");
        for (var i = 0; i < N; i += Vector<uint>.Count)
        {
            var y = new Vector<uint>(state[i..]);
            y ^= y >> 11;
            y ^= y << 7 & new Vector<uint>(0x9d2c5680);
            y ^= y << 15 & new Vector<uint>(0xefc60000);
            y ^= y >> 18;
            y.CopyTo(draws[i..]);
        }
    }
}
