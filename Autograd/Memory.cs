namespace MiniTorch;

/// <summary>Where every storage gets its bytes. One place, so that a pool can stand behind it.</summary>
internal static class Memory
{
    internal static byte[] Rent(Storage owner, long bytes, bool zero)
    {
        if (bytes > Array.MaxLength)
            throw new ArgumentException($"A tensor of {bytes:N0} bytes is larger than the {Array.MaxLength:N0} bytes that one storage holds.");
        _ = owner;
        return zero ? new byte[bytes] : GC.AllocateUninitializedArray<byte>((int)bytes);
    }

    /// <summary>Takes back a buffer that a backward pass made and nobody refers to any more.</summary>
    internal static void Return(Storage storage) => _ = storage;
}
