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
