namespace MiniTorch;

/// <summary>The element type of a <c>Tensor</c>. Declared in order of promotion: of two, the later one wins.</summary>
public enum DType : byte
{
    /// <summary>One byte, 0 or 1 (<see cref="bool"/>).</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer (<see cref="byte"/>).</summary>
    UInt8,

    /// <summary>Signed 32-bit integer (<see cref="int"/>).</summary>
    Int32,

    /// <summary>Signed 64-bit integer (<see cref="long"/>), the dtype of indices.</summary>
    Int64,

    /// <summary>IEEE single precision (<see cref="float"/>), the default dtype.</summary>
    Float32,

    /// <summary>IEEE double precision (<see cref="double"/>), the dtype of gradient checks.</summary>
    Float64,
}

/// <summary>Facts about dtypes.</summary>
internal static class DTypes
{
    internal static bool IsFloat(this DType dtype) => dtype >= DType.Float32;

    /// <summary>Bytes per element.</summary>
    internal static int Size(this DType dtype) => 0x848411 >> 4 * (int)dtype & 15;         // a hexadecimal digit each, the first one last

    /// <summary>From 1 to the next larger number of a floating-point dtype: <c>torch.finfo(dtype).eps</c>.</summary>
    internal static double Eps(this DType dtype) => dtype == DType.Float32 ? Math.Pow(2, -23) : Math.Pow(2, -52);

    /// <summary>The dtype of a C# type.</summary>
    internal static DType Of<T>()
    {
        if (typeof(T) == typeof(float)) return DType.Float32;
        if (typeof(T) == typeof(double)) return DType.Float64;
        if (typeof(T) == typeof(long)) return DType.Int64;
        if (typeof(T) == typeof(int)) return DType.Int32;
        if (typeof(T) == typeof(byte)) return DType.UInt8;
        if (typeof(T) == typeof(bool)) return DType.Bool;
        throw new ArgumentException($"{typeof(T).Name} is no element type of a tensor: float, double, long, int, byte and bool are.");
    }

    /// <summary>0 bool, 1 integer, 2 floating point: promotion between tensors and numbers goes by category.</summary>
    internal static int Category(this DType dtype) => dtype == DType.Bool ? 0 : dtype.IsFloat() ? 2 : 1;

    /// <summary>PyTorch's name of the dtype: <c>float32</c>.</summary>
    internal static string PyTorchName(this DType dtype) => dtype switch
    {
        DType.Bool => "bool",
        DType.UInt8 => "uint8",
        DType.Int32 => "int32",
        DType.Int64 => "int64",
        DType.Float32 => "float32",
        _ => "float64",
    };
}
