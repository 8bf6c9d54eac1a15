using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch;

/// <summary>
/// An n-dimensional array of one <see cref="DType"/>, and a variable of automatic differentiation. Several tensors may be views of one
/// storage (transpose, slice, expand). Nothing needs to be disposed.
/// </summary>
[DebuggerDisplay("{DebugText,nq}")]
public partial class Tensor
{
    private int[]? strides;                   // null: row-major without gaps
    private bool requiresGrad;
    private Node? fn;                   // of a leaf: its one AccumulateGrad, made when first needed
    private int fnVersion;              // of a view: the storage's version that fn belongs to
    private Tensor? viewOf;             // of a view: the tensor whose history a change in place rewrites
    private bool untracked;             // of a view made under NoGrad: it does not follow that history

    /// <summary>A new row-major tensor with a storage of its own.</summary>
    internal Tensor(Shape shape, DType dtype, bool zero = false)
        : this(shape, Counted(shape), dtype, zero)
    {
    }

    private Tensor(Shape shape, int count, DType dtype, bool zero)
    {
        (Shape, DType, Count) = (shape, dtype, count);
        Storage = new Storage((long)count * dtype.Size(), zero);
    }

    /// <summary>A tensor over memory that exists: a view, or the user's array.</summary>
    internal Tensor(Storage storage, Shape shape, DType dtype, int[]? strides, int offset)
    {
        (Storage, Shape, DType, Offset, Count) = (storage, shape, dtype, offset, Counted(shape));
        this.strides = strides is null || IsRowMajor(shape, strides) ? null : strides;
    }

    /// <summary>A new row-major tensor for the result of an op, its contents not yet set; in a backward pass a gradient that is no longer needed.</summary>
    internal static Tensor New(Shape shape, DType dtype) => New(shape, Counted(shape), dtype);

    /// <summary>A result of the same shape as this tensor, row-major.</summary>
    internal Tensor NewLike(DType dtype) => New(Shape, Count, dtype);

    private static Tensor New(Shape shape, int count, DType dtype)
    {
        if (Spares.Current?.Take((long)count * dtype.Size()) is not { } spare) return new Tensor(shape, count, dtype, zero: false);
        (spare.Shape, spare.Count, spare.DType) = (shape, count, dtype);
        return spare;
    }

    /// <summary>Of a spare, the next in its pile: a spare is nobody's view.</summary>
    internal Tensor? Below
    {
        get => viewOf;
        set => viewOf = value;
    }

    /// <summary>Forgets everything but <see cref="Shape"/>, <see cref="DType"/> and the contents, so that the tensor is as good as new.</summary>
    internal void Clear()
    {
        (strides, fn, viewOf, grad, Name) = (null, null, null, null, null);
        (requiresGrad, untracked, Wrapped, Offset) = (false, false, false, 0);
        Storage.Clear();
    }

    /// <summary>A leaf over the memory of another tensor, for <c>Parameter</c>: the only type that derives from this one.</summary>
    private protected Tensor(Tensor data) => (Storage, Shape, DType, strides, Offset, Count) = (data.Storage, data.Shape, data.DType, data.strides, data.Offset, data.Count);

    /// <summary>The sizes of the dimensions.</summary>
    public Shape Shape { get; private set; }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; private set; }

    /// <summary>The number of dimensions.</summary>
    public int Ndim => Shape.Length;

    /// <summary>The number of dimensions.</summary>
    public int Dim() => Shape.Length;

    /// <summary>The number of elements.</summary>
    public int Numel() => Count;

    /// <summary>The sizes of the dimensions, as <see cref="Shape"/>.</summary>
    public Shape Size() => Shape;

    /// <summary>The size of one dimension; −1 is the last.</summary>
    public int Size(int dim) => Ndim == 0
        ? throw new ArgumentOutOfRangeException(nameof(dim), dim, "Size: a 0-dim tensor has no dimensions.")
        : Shape[MiniTorch.Shape.Dim(dim, Ndim, "Size")];

    /// <summary>How many elements lie between neighbours, per dimension.</summary>
    /// <remarks>Along a size of 1, and in a tensor without elements, there are no neighbours: the number is that of a row-major layout, where PyTorch may tell another.</remarks>
    public int[] Stride() => [.. Strides];

    /// <summary>The index in the storage of the first element.</summary>
    public int StorageOffset() => Offset;

    /// <summary>True when the elements lie row-major without gaps.</summary>
    public bool IsContiguous() => strides is null;

    /// <summary>True for Float32 and Float64.</summary>
    public bool IsFloatingPoint() => DType.IsFloat();

    /// <summary>A name for pictures and messages; null when none was given.</summary>
    public string? Name { get; set; }

    /// <summary>Gives the tensor a name for pictures and messages, and returns it.</summary>
    public Tensor Named(string name)
    {
        Name = name;
        return this;
    }

    internal Storage Storage { get; private set; }

    internal int Offset { get; private set; }

    internal int Count { get; private set; }

    /// <summary>A 0-dim tensor made from a plain number, which does not raise the dtype of what it meets.</summary>
    internal bool Wrapped { get; set; }

    internal ReadOnlySpan<int> Strides => strides ?? MiniTorch.Shape.Strides(Shape.Span);

    /// <summary>The first element. Only for code below <see cref="Kernels.Dispatch"/>, which keeps the storage alive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref T First<T>() => ref Unsafe.Add(ref Storage.First<T>(), Offset);

    /// <summary>The elements of a contiguous tensor; see <see cref="First"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<T> Flat<T>()
    {
        Debug.Assert(IsContiguous() && Unsafe.SizeOf<T>() == DType.Size(), "Flat is for contiguous tensors of the same element size");
        return MemoryMarshal.CreateSpan(ref First<T>(), Count);
    }

    /// <summary>The storage from this tensor's first element on, for kernels that take strides; see <see cref="First"/>.</summary>
    internal Span<T> Rest<T>() => MemoryMarshal.CreateSpan(ref First<T>(), (int)(Storage.Bytes / Unsafe.SizeOf<T>()) - Offset);

    /// <summary>
    /// How this tensor runs through the <paramref name="n"/> elements of a row-major result in a single go: 1 when it is such a run itself, 0
    /// when it is one element, or one that is stretched; −1 when it takes more than a step.
    /// </summary>
    internal int Step(int n)
    {
        if (strides is null) return Count == n ? 1 : Count == 1 ? 0 : -1;
        foreach (int s in strides)
            if (s != 0) return -1;
        return 0;
    }

    /// <summary>The strides with which this tensor runs through a shape that it broadcasts to: 0 where it repeats.</summary>
    internal ReadOnlySpan<int> StridesFor(Shape shape, Span<int> into)
    {
        int missing = shape.Length - Ndim;
        into[..missing].Clear();
        for (int i = Ndim - 1, dense = 1; i >= 0; i--)
        {
            into[missing + i] = Shape[i] == 1 && shape[missing + i] != 1 ? 0 : strides is null ? dense : strides[i];
            dense *= Shape[i];
        }
        return into;
    }

    /// <summary>The value of a tensor with one element, converted to <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public T Item<T>()
        where T : unmanaged
    {
        if (Count != 1)
            throw new InvalidOperationException($"Item: a tensor of shape {Shape} has {Count} elements; only one element can be read as a number.  Reduce it first, or use ToArray<T>().");
        return DTypes.Of<T>() == DType ? Read<T>() : To(DTypes.Of<T>()).Item<T>();
    }

    /// <summary>The value of a tensor with one element, as a double.</summary>
    public double Item() => Count == 1 && DType == DType.Float32 ? Read<float>() : Item<double>();   // a loss is read without a conversion kernel

    private T Read<T>()
        where T : unmanaged
    {
        T value = First<T>();
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>The elements in row-major order, copied into a new array and converted to <typeparamref name="T"/>.</summary>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        using (GradMode.Off())
        {
            var x = To(DTypes.Of<T>()).Contiguous();
            var array = x.Flat<T>().ToArray();
            GC.KeepAlive(x);
            return array;
        }
    }

    /// <summary>
    /// The elements of a contiguous tensor as a span over its own memory: writing into it changes the tensor (and its views) without
    /// autograd's knowledge. The memory stays valid as long as the span is used.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, or holds another type than <typeparamref name="T"/>.</exception>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
            throw new InvalidOperationException($"AsSpan<{typeof(T).Name}>: the tensor holds {DType}.  Use ToArray<{typeof(T).Name}>() for a converted copy.");
        if (!IsContiguous())
            throw new InvalidOperationException($"AsSpan: the elements of this {Shape} view do not lie row-major without gaps (strides {MiniTorch.Shape.Text(Strides)}).  Call Contiguous() first.");
        Storage.Escape();
        return Flat<T>();
    }

    private static int Counted(Shape shape)
    {
        long n = 1;
        foreach (int d in shape.Span)
            if ((n *= d) > int.MaxValue) return Counted(shape.Numel(), shape);      // it may yet be 0
        return (int)n;
    }

    private static int Counted(long n, Shape shape) => n <= int.MaxValue
        ? (int)n
        : throw new ArgumentOutOfRangeException(nameof(shape), $"A tensor of shape {shape} has {(n == long.MaxValue ? "too many" : $"{n:N0}")} elements; the limit is {int.MaxValue:N0}.");

    internal static bool IsRowMajor(Shape shape, ReadOnlySpan<int> strides)
    {
        if (shape.Numel() == 0) return true;
        for (int i = shape.Length - 1, expected = 1; i >= 0; i--)
        {
            if (shape[i] == 1) continue;
            if (strides[i] != expected) return false;
            expected *= shape[i];
        }
        return true;
    }

    private string DebugText => Count <= 16 ? ToString() : $"{DType} {Shape}{(RequiresGrad ? ", requires_grad" : "")}";
}
