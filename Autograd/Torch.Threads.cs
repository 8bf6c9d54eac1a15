using MiniTorch.Kernels;

namespace MiniTorch;

public static partial class Torch
{
    /// <summary>
    /// Sets how many threads work on one operation, the calling one included. 1 keeps everything on the calling thread. Results have the
    /// same bits for any number.
    /// </summary>
    /// <param name="numThreads">At the start, the number of processors that the process may use.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static void SetNumThreads(int numThreads) => Team.Threads = numThreads >= 1
        ? numThreads
        : throw new ArgumentOutOfRangeException(nameof(numThreads), numThreads, $"SetNumThreads: expected at least 1 thread, the calling one; got {numThreads}.");

    /// <summary>How many threads work on one operation, the calling one included.</summary>
    public static int GetNumThreads() => Team.Threads;
}
