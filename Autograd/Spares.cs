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

    private readonly Stack<Tensor>?[] stacks = new Stack<Tensor>?[Largest / Unit + 1];      // by size
    private int held;                                                           // bytes

    /// <summary>The backward pass of this thread whose gradients are its own to overwrite; 0 in one that is itself recorded, and in the user's code.</summary>
    internal int Run;

    /// <summary>Those of this thread; null when no backward pass is running. (The first test costs less than the look-up per thread.)</summary>
    internal static Spares? Current => running == 0 ? null : mine;

    internal static Spares Begin()
    {
        Interlocked.Increment(ref running);
        return mine ??= new();
    }

    internal static void End() => Interlocked.Decrement(ref running);

    /// <summary>A tensor over so many bytes, to be given shape and dtype; null when there is none.</summary>
    internal Tensor? Take(long bytes)
    {
        if (Run == 0 || !Fits(bytes) || stacks[bytes / Unit] is not { } stack || !stack.TryPop(out var spare)) return null;
        held -= (int)bytes;
        spare.Storage.Born = Run;
        return spare;
    }

    /// <summary>Lets go of a gradient whose storage nobody else refers to: it goes back to the pool, or waits here as a whole unless there are enough.</summary>
    internal static void Put(Tensor g)
    {
        if (!g.Storage.Return()) mine?.Keep(g);
    }

    private void Keep(Tensor g)
    {
        int bytes = g.Storage.Bytes;
        if (!Fits(bytes) || held + bytes > Limit) return;
        g.Clear();
        (stacks[bytes / Unit] ??= new()).Push(g);
        held += bytes;
    }

    private static bool Fits(long bytes) => bytes <= Largest && bytes % Unit == 0;
}
