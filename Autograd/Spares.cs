namespace MiniTorch;

/// <summary>
/// Small gradients that nobody refers to any more, as whole objects, for the gradients that come next: what a small op costs is mostly
/// allocation, and a backward pass makes and drops a tensor per op. Each thread has its own. (Large ones go back to the pool of
/// <see cref="Memory"/>.)
/// </summary>
internal static class Spares
{
    private const int Unit = sizeof(float), Largest = 4 << 10;                  // bytes; larger ones are pooled
    private const int Limit = 256 << 10;

    [ThreadStatic] private static Stack<Tensor>?[]? stacks;                     // by size
    [ThreadStatic] private static int held;                                     // bytes

    /// <summary>A tensor over so many bytes, to be given shape and dtype; null when there is none.</summary>
    internal static Tensor? Take(long bytes)
    {
        if (stacks is null || !Fits(bytes) || stacks[bytes / Unit] is not { } stack || !stack.TryPop(out var spare)) return null;
        held -= (int)bytes;
        spare.Renew();
        return spare;
    }

    /// <summary>Keeps a gradient whose storage nobody refers to, unless there are enough.</summary>
    internal static void Put(Tensor g)
    {
        int bytes = g.Storage.Bytes;
        if (!Fits(bytes) || held + bytes > Limit) return;
        stacks ??= new Stack<Tensor>?[Largest / Unit + 1];
        (stacks[bytes / Unit] ??= new()).Push(g);
        held += bytes;
    }

    private static bool Fits(long bytes) => bytes <= Largest && bytes % Unit == 0;
}
