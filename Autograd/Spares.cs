namespace MiniTorch;

/// <summary>
/// Gradients that nobody refers to any more, as whole objects, for the gradients that come next: what a small op costs is mostly allocation,
/// and a backward pass makes and drops a tensor per op. Each thread has its own. (The memory of large ones goes back to the pool of
/// <see cref="Memory"/> instead.)
/// </summary>
internal sealed class Spares
{
    private const int Largest = 64 << 10, Limit = 1 << 20;                      // bytes
    private const int Sizes = 256;                                              // a power of two

    [ThreadStatic] private static Spares? mine;
    private static int running;                                                 // backward passes, of all threads

    private readonly Pile[] piles = new Pile[Sizes];
    private int held;                                                           // bytes

    /// <summary>The backward pass of this thread whose gradients are its own to overwrite; 0 in one that is itself recorded, and in the user's code.</summary>
    internal int Run;

    /// <summary>Those of this thread; null when no backward pass is running. (The first test costs less than the look-up per thread.)</summary>
    internal static Spares? Current => running == 0 ? null : mine;

    internal static Spares OfThread => mine ??= new();

    internal static Spares Begin()
    {
        Interlocked.Increment(ref running);
        return OfThread;
    }

    internal static void End() => Interlocked.Decrement(ref running);

    /// <summary>A tensor over so many bytes, to be given shape and dtype; null when there is none.</summary>
    internal Tensor? Take(long bytes)
    {
        ref var pile = ref PileOf(bytes);
        if (Run == 0 || pile.Bytes != bytes || pile.Top is not { } spare) return null;
        (pile.Top, spare.Below) = (spare.Below, null);
        held -= (int)bytes;
        spare.Storage.Born = Run;
        return spare;
    }

    /// <summary>Lets go of a gradient whose storage nobody else refers to: it goes back to the pool, or waits here as a whole unless there are enough.</summary>
    internal void Put(Tensor g)
    {
        int bytes = g.Storage.Bytes;
        ref var pile = ref PileOf(bytes);
        bool foreign = pile.Bytes != bytes && pile.Top is not null;              // a pile that another size has now
        if (bytes > Largest || held + bytes > Limit || foreign || (Memory.Stress && bytes > sizeof(long)))
        {
            g.Storage.Return();
            return;
        }
        g.Clear();
        (g.Below, pile.Top, pile.Bytes) = (pile.Top, g, bytes);
        held += bytes;
    }

    private ref Pile PileOf(long bytes) => ref piles[(uint)(bytes * 2654435761 >> 24) % Sizes];

    /// <summary>Spares of one size, linked through <see cref="Tensor.Below"/>.</summary>
    private struct Pile
    {
        internal Tensor? Top;
        internal int Bytes;
    }
}
