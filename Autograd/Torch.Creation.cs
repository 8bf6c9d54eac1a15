using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>
/// The functions of Python's <c>torch</c>. With <c>using static MiniTorch.Torch;</c> they stand alone: <c>Randn(2, 3)</c>.
/// A shape is a list of sizes; when options follow, it goes in brackets: <c>Randn([2, 3], requiresGrad: true)</c>.
/// </summary>
public static partial class Torch
{
    private static DType defaultDtype = DType.Float32;

    /// <summary>Sets the dtype of floating-point tensors whose dtype is not given. Float32 at the start.</summary>
    /// <exception cref="ArgumentException">No floating-point dtype.</exception>
    public static void SetDefaultDtype(DType dtype) => defaultDtype = dtype.IsFloat()
        ? dtype
        : throw new ArgumentException($"SetDefaultDtype: {dtype} is no floating-point dtype; Float32 and Float64 are.", nameof(dtype));

    /// <summary>The dtype of floating-point tensors whose dtype is not given.</summary>
    public static DType GetDefaultDtype() => defaultDtype;

    // ---- filled with one value -----------------------------------------------------------------------------------------

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(params Shape shape) => new(Valid(shape, "Zeros"), defaultDtype, zero: true);

    /// <summary>Zeros of a dtype (by default the default floating-point one).</summary>
    public static Tensor Zeros(Shape shape, DType? dtype = null, bool requiresGrad = false)
        => Leaf(new(Valid(shape, "Zeros"), dtype ?? defaultDtype, zero: true), requiresGrad);

    /// <summary>Ones.</summary>
    public static Tensor Ones(params Shape shape) => Full(shape, 1, defaultDtype);

    /// <summary>Ones of a dtype (by default the default floating-point one).</summary>
    public static Tensor Ones(Shape shape, DType? dtype = null, bool requiresGrad = false) => Full(shape, 1, dtype ?? defaultDtype, requiresGrad);

    /// <summary>Memory as it comes, to be filled: the contents are not defined.</summary>
    public static Tensor Empty(params Shape shape) => new(Valid(shape, "Empty"), defaultDtype);

    /// <summary>Memory as it comes, to be filled: the contents are not defined.</summary>
    public static Tensor Empty(Shape shape, DType? dtype = null, bool requiresGrad = false)
        => Leaf(new(Valid(shape, "Empty"), dtype ?? defaultDtype), requiresGrad);

    /// <summary>One value everywhere; the dtype is that of the value unless given.</summary>
    public static Tensor Full(Shape shape, Scalar fillValue, DType? dtype = null, bool requiresGrad = false)
        => Leaf(Filled(new(Valid(shape, "Full"), dtype ?? fillValue.DType), fillValue), requiresGrad);

    /// <summary>A new tensor, filled with a value.</summary>
    internal static Tensor Filled(Tensor y, Scalar value)
    {
        Dispatch.Numbers(y.DType, new FillKernel(y.DType == DType.Bool ? value.ToDouble() != 0 : value, y), y);
        return y;
    }

    private readonly struct FillKernel(Scalar value, Tensor y) : INumberKernel
    {
        void INumberKernel.Run<T>() => y.Flat<T>().Fill(value.To<T>());
    }

    /// <summary>Zeros with the shape of <paramref name="input"/>, and its dtype unless given.</summary>
    public static Tensor ZerosLike(Tensor input, DType? dtype = null, bool requiresGrad = false) => Zeros(input.Shape, dtype ?? input.DType, requiresGrad);

    /// <summary>Ones with the shape of <paramref name="input"/>, and its dtype unless given.</summary>
    public static Tensor OnesLike(Tensor input, DType? dtype = null, bool requiresGrad = false) => Ones(input.Shape, dtype ?? input.DType, requiresGrad);

    /// <summary>Unfilled memory with the shape of <paramref name="input"/>, and its dtype unless given.</summary>
    public static Tensor EmptyLike(Tensor input, DType? dtype = null, bool requiresGrad = false) => Empty(input.Shape, dtype ?? input.DType, requiresGrad);

    /// <summary>One value with the shape of <paramref name="input"/>, and its dtype unless given.</summary>
    public static Tensor FullLike(Tensor input, Scalar fillValue, DType? dtype = null, bool requiresGrad = false)
        => Full(input.Shape, fillValue, dtype ?? input.DType, requiresGrad);

    // ---- from numbers --------------------------------------------------------------------------------------------------

    /// <summary>A 0-dim tensor: a <c>double</c> gives the default floating-point dtype, an integer Int64, a truth value Bool.</summary>
    public static Tensor Tensor(Scalar data, DType? dtype = null, bool requiresGrad = false) => Full([], data, dtype, requiresGrad);

    /// <summary>
    /// A tensor of the numbers in an array of any rank, jagged (<c>new[] { new[] { 1.0, 2.0 }, … }</c>) or rectangular (<c>double[,]</c>), copied.
    /// <c>double</c> stands for Python's float and gives the default floating-point dtype; see <see cref="FromArray{T}(T[])"/> to keep the type.
    /// </summary>
    /// <exception cref="ArgumentException">Rows of different lengths, or elements that are no numbers.</exception>
    public static Tensor Tensor(Array data, DType? dtype = null, bool requiresGrad = false)
    {
        ArgumentNullException.ThrowIfNull(data);
        var y = Arrays.ToTensor(data);
        if (dtype is null && y.DType == DType.Float64) dtype = defaultDtype;
        else if (dtype is null && y.DType == DType.Int32) dtype = DType.Int64;
        return Leaf(dtype is null ? y : y.To(dtype.Value), requiresGrad);
    }

    /// <summary>A 1-dim tensor of these numbers, as the default floating-point dtype: <c>Tensor([1, 2.5])</c>.</summary>
    public static Tensor Tensor(ReadOnlySpan<double> data, DType? dtype = null, bool requiresGrad = false)
        => Leaf(Copied(data).To(dtype ?? defaultDtype), requiresGrad);

    /// <summary>No elements, as the default floating-point dtype: <c>Tensor([])</c> has the shape [0].</summary>
    /// <param name="data">Nothing: a list without elements fits every type of element, so one that is never meant decides between them.</param>
    /// <param name="dtype">Another dtype.</param>
    /// <param name="requiresGrad">Whether gradients are wanted.</param>
    [OverloadResolutionPriority(1)]
    public static Tensor Tensor(ReadOnlySpan<DBNull> data, DType? dtype = null, bool requiresGrad = false) => Empty([data.Length], dtype, requiresGrad);

    /// <summary>A 1-dim tensor of these numbers, as Float32.</summary>
    public static Tensor Tensor(ReadOnlySpan<float> data, DType? dtype = null, bool requiresGrad = false) => Leaf(Copied(data).To(dtype ?? DType.Float32), requiresGrad);

    /// <summary>A 1-dim tensor of these integers, as Int64: <c>Tensor([1, 2])</c>.</summary>
    public static Tensor Tensor(ReadOnlySpan<int> data, DType? dtype = null, bool requiresGrad = false) => Leaf(Copied(data).To(dtype ?? DType.Int64), requiresGrad);

    /// <summary>A 1-dim tensor of these integers, as Int64.</summary>
    public static Tensor Tensor(ReadOnlySpan<long> data, DType? dtype = null, bool requiresGrad = false) => Leaf(Copied(data).To(dtype ?? DType.Int64), requiresGrad);

    /// <summary>A 1-dim tensor of these truth values, as Bool.</summary>
    public static Tensor Tensor(ReadOnlySpan<bool> data, DType? dtype = null, bool requiresGrad = false) => Leaf(Copied(data).To(dtype ?? DType.Bool), requiresGrad);

    /// <summary>A matrix from its rows: <c>Tensor([[1, 2], [3, 4]])</c> is Int64, <c>Tensor([[1, 2], [3, 4.5]])</c> has the default floating-point dtype.</summary>
    /// <exception cref="ArgumentException">Rows of different lengths, or elements that are no numbers.</exception>
    public static Tensor Tensor<T>(ReadOnlySpan<T[]> data, DType? dtype = null, bool requiresGrad = false)
        where T : unmanaged
        => Tensor((Array)data.ToArray(), dtype, requiresGrad);

    /// <summary>A 3-dim tensor from its matrices: <c>Tensor([[[1, 2], [3, 4]]])</c>; see <see cref="Tensor(Array, DType?, bool)"/> for more dimensions.</summary>
    /// <exception cref="ArgumentException">Rows of different lengths, or elements that are no numbers.</exception>
    public static Tensor Tensor<T>(ReadOnlySpan<T[][]> data, DType? dtype = null, bool requiresGrad = false)
        where T : unmanaged
        => Tensor((Array)data.ToArray(), dtype, requiresGrad);

    /// <summary>A tensor of an array's own element type, copied: <c>double[]</c> gives Float64, <c>int[]</c> Int32.</summary>
    public static Tensor FromArray<T>(T[] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        return Copied<T>(data);
    }

    /// <summary>A tensor of this shape from its elements in row-major order, copied; the element type is kept.</summary>
    /// <exception cref="ArgumentException">The number of elements is not that of the shape.</exception>
    public static Tensor FromArray<T>(ReadOnlySpan<T> data, Shape shape)
        where T : unmanaged
        => data.Length == shape.Numel()
            ? Copied(data, shape)
            : throw new ArgumentException($"FromArray: {data.Length} elements do not fill a tensor of shape {shape} ({shape.Numel()} elements).", nameof(data));

    private static Tensor Copied<T>(ReadOnlySpan<T> data)
        where T : unmanaged
        => Copied(data, [data.Length]);

    private static Tensor Copied<T>(ReadOnlySpan<T> data, Shape shape)
        where T : unmanaged
    {
        var y = new Tensor(shape, DTypes.Of<T>());
        data.CopyTo(y.Flat<T>());
        return y;
    }

    /// <summary>A plain number as a 0-dim tensor that never raises the dtype of what it meets.</summary>
    internal static Tensor Number(Scalar value, DType dtype)
    {
        var y = new Tensor([], dtype) { Wrapped = true };
        switch (dtype)
        {
            case DType.Float32: y.First<float>() = (float)value.ToDouble(); break;
            case DType.Float64: y.First<double>() = value.ToDouble(); break;
            case DType.Int64: y.First<long>() = value.ToInt64(); break;
            case DType.Int32: y.First<int>() = (int)value.ToInt64(); break;
            case DType.UInt8: y.First<byte>() = (byte)value.ToInt64(); break;
            default: y.First<bool>() = value.ToDouble() != 0; break;
        }
        return y;
    }

    // ---- ranges --------------------------------------------------------------------------------------------------------

    /// <summary>0, 1, … below <paramref name="end"/>.</summary>
    public static Tensor Arange(Scalar end, DType? dtype = null, bool requiresGrad = false) => Arange(0L, end, 1L, dtype, requiresGrad);

    /// <summary>start, start + step, … short of <paramref name="end"/>; integers when all three are, else floating point.</summary>
    /// <exception cref="ArgumentException">A step of 0, or one that leads away from the end.</exception>
    public static Tensor Arange(Scalar start, Scalar end, Scalar? step = null, DType? dtype = null, bool requiresGrad = false)
    {
        var by = step ?? 1;
        bool whole = !start.IsFloat && !end.IsFloat && !by.IsFloat;
        var type = dtype ?? (whole ? DType.Int64 : defaultDtype);
        if (by.ToDouble() == 0) throw new ArgumentException("Arange: step is 0.", nameof(step));
        if (double.IsNaN(start.ToDouble()) || double.IsNaN(end.ToDouble()) || double.IsInfinity(end.ToDouble() - start.ToDouble()))
            throw new ArgumentException($"Arange: a range from {start} to {end} has no end.", nameof(end));
        double length = Math.Ceiling((end.ToDouble() - start.ToDouble()) / by.ToDouble());
        if (length < 0) throw new ArgumentException($"Arange: a step of {by} leads away from {end}, starting at {start}.", nameof(step));
        if (length > int.MaxValue) throw new ArgumentException($"Arange: {length:N0} elements from {start} to {end} by {by} are too many.", nameof(end));

        if (whole && !type.IsFloat())
        {
            var integers = new Tensor([(int)length], DType.Int64);
            var span = integers.Flat<long>();
            for (int i = 0; i < span.Length; i++) span[i] = start.ToInt64() + i * by.ToInt64();
            return Leaf(integers.To(type), requiresGrad);
        }
        var y = new Tensor([(int)length], DType.Float64);
        var values = y.Flat<double>();
        for (int i = 0; i < values.Length; i++) values[i] = start.ToDouble() + i * by.ToDouble();
        return Leaf(y.To(type), requiresGrad);
    }

    /// <summary><paramref name="steps"/> values evenly from <paramref name="start"/> to <paramref name="end"/>, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of steps.</exception>
    public static Tensor Linspace(double start, double end, int steps, DType? dtype = null, bool requiresGrad = false)
        => Leaf(Spaced(start, end, steps, "Linspace", static (x, _) => x, 0).To(dtype ?? defaultDtype), requiresGrad);

    /// <summary>Powers of <paramref name="base"/> with exponents evenly from <paramref name="start"/> to <paramref name="end"/>, both included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of steps.</exception>
    public static Tensor Logspace(double start, double end, int steps, double @base = 10, DType? dtype = null, bool requiresGrad = false)
        => Leaf(Spaced(start, end, steps, "Logspace", static (x, b) => Math.Pow(b, x), @base).To(dtype ?? defaultDtype), requiresGrad);

    private static Tensor Spaced(double start, double end, int steps, string op, Func<double, double, double> f, double b)
    {
        if (steps < 0) throw new ArgumentOutOfRangeException(nameof(steps), steps, $"{op}: steps must not be negative, got {steps}.");
        var y = new Tensor([steps], DType.Float64);
        var values = y.Flat<double>();
        double step = steps > 1 ? (end - start) / (steps - 1) : 0;
        for (int i = 0; i < steps; i++)
            values[i] = f(i < steps / 2 || steps == 1 ? start + i * step : end - (steps - 1 - i) * step, b);   // from both ends, so that both are exact
        return y;
    }

    /// <summary>The identity matrix: <c>[n, m]</c> with ones on the diagonal; square when <paramref name="m"/> is not given.</summary>
    public static Tensor Eye(int n, int? m = null, DType? dtype = null, bool requiresGrad = false)
    {
        var y = new Tensor(Valid([n, m ?? n], "Eye"), dtype ?? defaultDtype, zero: true);
        y.Diagonal().Fill_(1);
        return Leaf(y.Detach(), requiresGrad);
    }

    private static Shape Valid(Shape shape, string op)
    {
        foreach (int d in shape.Span)
            if (d < 0) throw new ArgumentOutOfRangeException(nameof(shape), $"{op}: the size {d} in {shape} is negative.");
        return shape;
    }

    private static Tensor Leaf(Tensor x, bool requiresGrad) => requiresGrad ? x.RequiresGrad_() : x;
}

public partial class Tensor
{
    /// <summary>Zeros of this shape and dtype.</summary>
    internal Tensor ZerosLike() => new(Shape, DType, zero: true);
}

/// <summary>Reading nested arrays.</summary>
internal static class Arrays
{
    internal static Tensor ToTensor(Array data)
    {
        var shape = new List<int>();
        Type element = Measure(data, shape);
        if (element == typeof(double)) return Fill<double>(data, shape);
        if (element == typeof(float)) return Fill<float>(data, shape);
        if (element == typeof(long)) return Fill<long>(data, shape);
        if (element == typeof(int)) return Fill<int>(data, shape);
        if (element == typeof(byte)) return Fill<byte>(data, shape);
        if (element == typeof(bool)) return Fill<bool>(data, shape);
        throw new ArgumentException($"Tensor: elements of type {element.Name} are no numbers; double, float, long, int, byte and bool are.", nameof(data));
    }

    private static Type Measure(Array data, List<int> shape)
    {
        for (int d = 0; d < data.Rank; d++) shape.Add(data.GetLength(d));
        var element = data.GetType().GetElementType()!;
        if (!element.IsArray) return element;
        if (data.Length > 0 && data.GetValue(new int[data.Rank]) is Array inner) return Measure(inner, shape);
        while (element.IsArray) element = element.GetElementType()!;
        return element;
    }

    private static Tensor Fill<T>(Array data, List<int> shape)
        where T : unmanaged
    {
        var y = new Tensor(shape.ToArray(), DTypes.Of<T>());
        int used = Copy(data, y.Flat<T>(), shape, 0);
        return used == y.Count ? y : throw Ragged();
    }

    private static int Copy<T>(Array data, Span<T> into, List<int> shape, int depth)
        where T : unmanaged
    {
        for (int d = 0; d < data.Rank; d++)
            if (data.GetLength(d) != shape[depth + d]) throw Ragged();
        if (!data.GetType().GetElementType()!.IsArray)
        {
            var elements = MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(data)), data.Length);
            elements.CopyTo(into);
            return elements.Length;
        }
        int used = 0;
        foreach (object? row in data)
            used += Copy(row as Array ?? throw Ragged(), into[used..], shape, depth + data.Rank);
        return used;
    }

    private static ArgumentException Ragged() => new("Tensor: the rows of a nested array have different lengths; a tensor is rectangular.", "data");
}
