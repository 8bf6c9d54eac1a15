using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;

namespace MiniTorch;

public partial class Tensor
{
    /// <summary>The same values in another dtype; this tensor itself when it has that dtype already.</summary>
    public Tensor To(DType dtype)
    {
        if (dtype == DType) return this;
        var y = new Tensor(Shape, dtype) { Wrapped = Wrapped };
        CopyKernel.Run(this, y);
        return dtype.IsFloat() && Recording(this) ? y.Record(new To(this)) : y;
    }

    /// <summary>As <c>To(DType.Float32)</c>.</summary>
    public Tensor Float() => To(DType.Float32);

    /// <summary>As <c>To(DType.Float64)</c>.</summary>
    public Tensor Double() => To(DType.Float64);

    /// <summary>As <c>To(DType.Int64)</c>.</summary>
    public Tensor Long() => To(DType.Int64);

    /// <summary>As <c>To(DType.Int32)</c>.</summary>
    public Tensor Int() => To(DType.Int32);

    /// <summary>As <c>To(DType.UInt8)</c>.</summary>
    public Tensor Byte() => To(DType.UInt8);

    /// <summary>As <c>To(DType.Bool)</c>.</summary>
    public Tensor Bool() => To(DType.Bool);

    /// <summary>The same values in the dtype of <paramref name="other"/>.</summary>
    public Tensor TypeAs(Tensor other) => To(other.DType);

    /// <summary>A copy with memory of its own, row-major; gradients flow through it.</summary>
    public Tensor Clone()
    {
        var y = NewLike(DType);
        CopyKernel.Run(this, y);
        return Recording(this) ? y.Record(new Clone(this)) : y;
    }

    /// <summary>This tensor when its elements lie row-major without gaps, else such a copy.</summary>
    public Tensor Contiguous() => IsContiguous() ? this : Clone();

    /// <summary>Copies the values of <paramref name="source"/>, broadcast and converted, into this tensor.</summary>
    /// <exception cref="ArgumentException">The source does not broadcast to this shape.</exception>
    public Tensor Copy_(Tensor source) => Assign(source, Change.Copy_);

    /// <summary>Sets every element to a number.</summary>
    public Tensor Fill_(Scalar value) => Assign(Torch.Number(value, DType), Change.Fill_);

    /// <summary>Sets every element to zero.</summary>
    public Tensor Zero_() => Assign(Torch.Number(0, DType), Change.Zero_);

    /// <summary>This tensor takes the values of another: the end of assignment and copy.</summary>
    internal Tensor Assign(Tensor source, Change change)
    {
        CheckInPlace(change, source);
        if (source.Shape != Shape)
        {
            while (source.Ndim > Ndim && source.Shape[0] == 1) source = source.Squeeze(0);
            if (!source.Shape.BroadcastsTo(Shape))
                throw new ArgumentException($"{change}: values of shape {source.Shape} do not broadcast to the {Shape} that is assigned to.");
        }
        if (source.DType != DType) source = source.To(DType);
        Tensor? value = null;
        if (GradMode.Enabled && (source.RequiresGrad || RequiresGrad || ViewOf is { RequiresGrad: true }))
        {
            value = source.Shape == Shape ? source : source.Expand(Shape);        // its history from before the change, of which it may be a part
            value = ViewOf is null ? OverwrittenBy(value) : Recording(value) ? value.Detach().Record(new Clone(value)) : value;
        }
        CopyKernel.Run(ReferenceEquals(source.Storage, Storage) ? source.Detach().Clone() : source, this);
        Storage.Changed(change);
        if (value is not null) TakeHistory(value);
        return this;
    }

    /// <summary>The values of another tensor in place of this one's, whose gradient is 0: they no longer count.</summary>
    internal Tensor OverwrittenBy(Tensor source) => Recording(this, source) ? source.Detach().Record(new Overwrite(this, source)) : source.Detach();

    /// <summary>A number as a 0-dim tensor of the dtype that it has beside this tensor.</summary>
    internal Tensor Number(Scalar value) => Torch.Number(value, Promotion.Of(this, value));

    /// <summary>Integers and truth values as the default floating-point dtype.</summary>
    internal Tensor AsReal() => DType.IsFloat() ? this : To(Torch.GetDefaultDtype());

    /// <summary>
    /// The value before a change in place, for an op that saves its own input: with memory of its own, so that the change does not destroy
    /// what the derivative will read.
    /// </summary>
    internal Tensor Before(bool saved, Change change)
    {
        CheckInPlace(change);
        if (!saved || !GradMode.Enabled) return this;
        var old = new Tensor(Shape, DType);
        CopyKernel.Run(this, old);
        (old.fn, old.requiresGrad) = (Edge(), RequiresGrad);
        return old;
    }

    /// <summary>The short way of an op in place: nothing to record, and a real number stays one.</summary>
    private bool WriteDirectly<TOp>(Change change)
        where TOp : struct, IUnary
    {
        if (!DType.IsFloat() || GradMode.Enabled && (RequiresGrad || ViewOf is { RequiresGrad: true })) return false;
        CheckInPlace(change);
        Pointwise.RunReal<TOp>(this, this);
        Storage.Changed(change);
        return true;
    }

    /// <summary>The same with an operand of this dtype that lies elsewhere in memory.</summary>
    private bool WriteDirectly<TOp>(Tensor other, Change change)
        where TOp : struct, IBinary
    {
        if (!IsDirect(other) || DType == DType.Bool) return false;
        if (typeof(TOp) == typeof(Div.Kernel) && !DType.IsFloat()) return false;
        CheckInPlace(change);
        Pointwise.Run<TOp>(this, other, this);
        Storage.Changed(change);
        return true;
    }

    /// <summary>Can this tensor be changed by that one where it lies? Nothing to record, one dtype, no memory in common but all of it.</summary>
    private bool IsDirect(Tensor other)
        => !(GradMode.Enabled && (RequiresGrad || other.RequiresGrad || ViewOf is { RequiresGrad: true }))
            && other.DType == DType && other.Shape.BroadcastsTo(Shape)
            && (ReferenceEquals(other, this) || !ReferenceEquals(other.Storage, Storage));

    /// <inheritdoc cref="WriteDirectly{TOp}(Tensor, Change)"/>
    private bool WriteDirectly<TOp>(Scalar other, Change change)
        where TOp : struct, IBinary
    {
        if (GradMode.Enabled && (RequiresGrad || ViewOf is { RequiresGrad: true })) return false;
        if (Promotion.Of(this, other) != DType || DType == DType.Bool) return false;
        if (typeof(TOp) == typeof(Div.Kernel) && !DType.IsFloat()) return false;
        CheckInPlace(change);
        Pointwise.RunWithNumber<TOp>(this, other);
        Storage.Changed(change);
        return true;
    }
}

internal sealed class To(Tensor x) : Node(x)
{
    // y = x in another dtype   ⇒   dx = dy, which the engine casts back
    protected override Grads Backward(Tensor dy) => dy;
}

internal sealed class Clone(Tensor x) : Node(x)
{
    // y = x   ⇒   dx = dy
    protected override Grads Backward(Tensor dy) => dy;
}

internal sealed class Overwrite(Tensor x, Tensor s) : Node(x, s)
{
    // y = s, whatever x was   ⇒   dx = 0,   ds = dy
    protected override Grads Backward(Tensor dy) => [NeedsA ? dy.ZerosLike() : null, dy];
}

/// <summary>Copies values between tensors of any layout and dtype; the source may broadcast.</summary>
internal static class CopyKernel
{
    internal static void Run(Tensor x, Tensor y)
    {
        if (y.DType == DType.Bool && x.DType != DType.Bool) Dispatch.Numbers(x.DType, new ToBool(x, y), x, y);
        else Dispatch.Numbers(x.DType, new From(x, y), x, y);
    }

    private readonly struct From(Tensor x, Tensor y) : INumberKernel
    {
        void INumberKernel.Run<TFrom>()
        {
            if (x.DType == y.DType) Copy<TFrom, TFrom>(x, y);
            else Dispatch.Numbers(y.DType, new Into<TFrom>(x, y), x, y);
        }
    }

    private readonly struct Into<TFrom>(Tensor x, Tensor y) : INumberKernel
        where TFrom : unmanaged, INumber<TFrom>, IMinMaxValue<TFrom>
    {
        void INumberKernel.Run<TTo>()
            => Copy<TFrom, TTo>(x, y);
    }

    private static void Copy<TFrom, TTo>(Tensor x, Tensor y)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        ref TFrom px = ref x.First<TFrom>();
        ref TTo py = ref y.First<TTo>();
        if (x.Count == y.Count && x.IsContiguous() && y.IsContiguous())
        {
            Conversion.Run(ref px, 1, ref py, 1, y.Count);
            return;
        }
        Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
        var o = Walk.Of(scratch, y, x);
        if (o.Length == 0) return;
        Conversion.Run(ref px, ref py, o);
    }

    private readonly struct ToBool(Tensor x, Tensor y) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            ref T px = ref x.First<T>();
            ref byte py = ref y.First<byte>();
            Span<int> scratch = stackalloc int[Walk.Scratch(y.Ndim)];
            var o = Walk.Of(scratch, y, x);
            if (o.Length == 0) return;
            Conversion.ToBool(ref px, ref py, o);
        }
    }
}
