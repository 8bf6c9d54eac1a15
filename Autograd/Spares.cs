namespace MiniTorch;

/// <summary>
/// Small gradients that nobody refers to any more, as whole objects, for the gradients that come next: what a small op costs is mostly
/// allocation, and a backward pass makes and drops a tensor per op. Each thread has its own. (Large ones go back to the pool of
/// <see cref="Memory"/>.)
/// </summary>
internal sealed class Spares
{
    private const int Unit = sizeof(float), Largest = 4 << 10;                  // bytes; larger ones are pooled
    private const int Limit = 256 << 10;

    [ThreadStatic] private static Spares? mine;
    private static int running;                                                 // backward passes, of all threads

    private readonly Pile[] piles = new Pile[Largest / Unit + 1];              // by size
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
        if (Run == 0 || !Fits(bytes)) return null;
        ref var pile = ref piles[bytes / Unit];
        if (pile.Top is not { } spare) return null;
        (pile.Top, spare.Below) = (spare.Below, null);
        held -= (int)bytes;
        spare.Storage.Born = Run;
        return spare;
    }

    /// <summary>Lets go of a gradient whose storage nobody else refers to: it goes back to the pool, or waits here as a whole unless there are enough.</summary>
    internal void Put(Tensor g)
    {
        int bytes = g.Storage.Bytes;
        if (g.Storage.Return() || !Fits(bytes) || held + bytes > Limit) return;
        g.Clear();
        ref var pile = ref piles[bytes / Unit];
        (g.Below, pile.Top) = (pile.Top, g);
        held += bytes;
    }

    private static bool Fits(long bytes) => bytes <= Largest && bytes % Unit == 0;

    /// <summary>Spares of one size, linked through <see cref="Tensor.Below"/>.</summary>
    private struct Pile
    {
        internal Tensor? Top;
    }
}
