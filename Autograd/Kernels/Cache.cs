namespace MiniTorch.Kernels;

/// <summary>What kernels take for granted of a processor's caches.</summary>
internal static class Cache
{
    /// <summary>The bytes of a line.</summary>
    internal const int Line = 64;
}
