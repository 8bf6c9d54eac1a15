using System.Runtime.InteropServices;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// Memory that ends exactly where a page that cannot be touched begins (on Linux; elsewhere plain memory, so that tests run but prove
/// nothing).
/// </summary>
internal sealed unsafe class GuardedMemory : IDisposable
{
    private const int Page = 1 << 16;                       // a multiple of every page size in use
    private readonly int _length;
    private readonly byte* _start;

    public GuardedMemory(int length)
    {
        _length = (length + Page - 1) / Page * Page;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)(_length + Page), Page);
        new Span<byte>(_start, _length).Clear();
        if (OperatingSystem.IsLinux()) Protect(None);
    }

    /// <summary>The last <paramref name="count"/> numbers before the end.</summary>
    public Span<T> Last<T>(int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count * sizeof(T), _length);
        return new Span<T>(_start + _length - count * sizeof(T), count);
    }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) Protect(ReadWrite);  // the allocator may use it again
        NativeMemory.AlignedFree(_start);
    }

    private const int None = 0, ReadWrite = 3;

    private void Protect(int mode)
    {
        if (Mprotect(_start + _length, Page, mode) != 0) throw new InvalidOperationException($"mprotect: error {Marshal.GetLastPInvokeError()}");
    }

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mprotect(byte* address, nuint length, int mode);
}
