using System.Numerics;

namespace MiniTorch.Kernels;

/// <summary>Code for every element type that has arithmetic; Bool runs as <see cref="byte"/>.</summary>
internal interface INumberKernel
{
    void Run<T>()
        where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

/// <summary>Code for every floating-point type.</summary>
internal interface IFloatKernel
{
    void Run<T>()
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>;
}

/// <summary>
/// From the dtype, known at run time, to the element type, known to the compiler: the only place that does it. A span does not keep the
/// storage it came from alive, so whoever opens spans in a kernel passes the owners here, and they outlive the run.
/// </summary>
internal static class Dispatch
{
    internal static void Numbers<TKernel>(DType dtype, TKernel kernel, object a, object? b = null, object? c = null, object? d = null)
        where TKernel : INumberKernel, allows ref struct
    {
        switch (dtype)
        {
            case DType.Float32: kernel.Run<float>(); break;
            case DType.Float64: kernel.Run<double>(); break;
            case DType.Int64: kernel.Run<long>(); break;
            case DType.Int32: kernel.Run<int>(); break;
            default: kernel.Run<byte>(); break;
        }
        KeepAlive(a, b, c, d);
    }

    internal static void Floats<TKernel>(DType dtype, TKernel kernel, object a, object? b = null, object? c = null, object? d = null)
        where TKernel : IFloatKernel, allows ref struct
    {
        if (dtype == DType.Float32) kernel.Run<float>();
        else if (dtype == DType.Float64) kernel.Run<double>();
        else throw new ArgumentException($"expected a floating-point dtype, got {dtype}.");
        KeepAlive(a, b, c, d);
    }

    private static void KeepAlive(object a, object? b, object? c, object? d)
    {
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        GC.KeepAlive(d);
    }
}
