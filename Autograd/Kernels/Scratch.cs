using System.Buffers;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>Pinned memory for the time of a call, from a pool; it begins on a cache line and holds what was left in it.</summary>
internal readonly unsafe struct Scratch<T> : IDisposable
    where T : unmanaged
{
    private readonly byte[] array;
    private readonly GCHandle pin;

    internal Scratch(long count)
    {
        array = ArrayPool<byte>.Shared.Rent(checked((int)(count * sizeof(T)) + Cache.Line));
        pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        Start = (T*)((pin.AddrOfPinnedObject() + Cache.Line - 1) & -Cache.Line);
        Count = count;
    }

    internal T* Start { get; }

    internal long Count { get; }

    internal Span<T> Span => new(Start, (int)Count);

    public void Dispose()
    {
        pin.Free();
        ArrayPool<byte>.Shared.Return(array);
    }
}
