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
        if (Run == 0) return null;
        bytes = Math.Max(bytes, sizeof(long));                                  // as a storage has them
        ref var pile = ref PileOf(bytes);
        if (pile.Bytes != bytes || pile.Count == 0) return null;
        held -= (int)bytes;
        var spare = pile.Pop();
        spare.Storage.Born = Run;
        return spare;
    }

    /// <summary>Lets go of a gradient whose storage nobody else refers to: it goes back to the pool, or waits here as a whole unless there are enough.</summary>
    internal void Put(Tensor g)
    {
        int bytes = g.Storage.Bytes;
        ref var pile = ref PileOf(bytes);
        bool foreign = pile.Bytes != bytes && pile.Count > 0;                    // a pile that another size has now
        if (bytes > Largest || held + bytes > Limit || foreign || (Memory.Stress && bytes > sizeof(long)))
        {
            g.Storage.Return();
            return;
        }
        g.Clear();
        pile.Bytes = bytes;
        pile.Push(g);
        held += bytes;
    }

    private ref Pile PileOf(long bytes) => ref piles[(uint)(bytes * 2654435761 >> 24) % Sizes];

    /// <summary>Spares of one size.</summary>
    private struct Pile
    {
        private Tensor?[]? spares;
        internal int Count;
        internal int Bytes;

        internal void Push(Tensor spare)
        {
            if (spares is null || Count == spares.Length) Array.Resize(ref spares, Math.Max(2 * Count, 4));
            spares[Count++] = spare;
        }

        internal Tensor Pop()
        {
            var spare = spares![--Count]!;
            spares[Count] = null;
            return spare;
        }
    }
}
