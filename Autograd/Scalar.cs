using System.Globalization;

namespace MiniTorch;

/// <summary>
/// A plain number among tensors: what a C# <c>double</c>, <c>long</c>, <c>int</c> or <c>bool</c> becomes in <c>x * 2</c>. It never raises
/// the dtype within a category: <c>float32 * 2.0</c> stays float32, <c>int32 * 2</c> stays int32, <c>int64 * 2.0</c> becomes float32.
/// </summary>
public readonly struct Scalar : IEquatable<Scalar>
{
    private readonly double value;
    private readonly long integer;

    private Scalar(double value, long integer, DType kind) => (this.value, this.integer, Kind) = (value, integer, kind);

    /// <summary><see cref="DType.Bool"/>, <see cref="DType.Int64"/> or <see cref="DType.Float64"/>: the category of the number.</summary>
    public DType Kind { get; }

    /// <summary>A floating-point number.</summary>
    public static implicit operator Scalar(double value) => new(value, (long)value, DType.Float64);

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(long value) => new(value, value, DType.Int64);

    /// <summary>A truth value.</summary>
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, value ? 1 : 0, DType.Bool);

    /// <summary>The number as a double.</summary>
    public double ToDouble() => value;

    /// <summary>The number as an integer, truncated towards zero.</summary>
    public long ToInt64() => integer;

    /// <summary>The number as an element, truncated towards zero for integers.</summary>
    internal T To<T>()
        where T : unmanaged, System.Numerics.INumber<T>
        => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? T.CreateTruncating(value) : T.CreateTruncating(integer);

    internal bool IsFloat => Kind == DType.Float64;

    /// <summary>The dtype the number has on its own: Bool, Int64, or the default floating-point dtype.</summary>
    internal DType DType => IsFloat ? Torch.GetDefaultDtype() : Kind;

    /// <summary>True for the same number in the same category.</summary>
    public bool Equals(Scalar other) => Kind == other.Kind && value.Equals(other.value) && integer == other.integer;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Scalar other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, value, integer);

    /// <summary>True for the same number in the same category.</summary>
    public static bool operator ==(Scalar left, Scalar right) => left.Equals(right);

    /// <summary>True when number or category differ.</summary>
    public static bool operator !=(Scalar left, Scalar right) => !left.Equals(right);

    /// <summary>The number as C# writes it.</summary>
    public override string ToString() => Kind switch
    {
        DType.Bool => value != 0 ? "True" : "False",
        DType.Int64 => integer.ToString(CultureInfo.InvariantCulture),
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
