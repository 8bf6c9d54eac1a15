using MiniTorch.Kernels;

namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>Sets elements to 0 with probability p while training, and scales the others by 1/(1 − p) (Hinton et al. 2012).</summary>
    /// <param name="input">Any shape.</param>
    /// <param name="p">The probability to drop an element.</param>
    /// <param name="training">False returns the input as it is.</param>
    /// <param name="inplace">True to overwrite the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is outside of [0, 1].</exception>
    public static Tensor Dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
        => Masked(input, input.Shape, p, training, inplace, "Dropout");

    /// <summary>Drops whole channels: <c>[n, c, l]</c>, or <c>[c, l]</c>.</summary>
    /// <inheritdoc cref="Dropout"/>
    public static Tensor Dropout1d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Channels(input, 1, p, training, inplace, "Dropout1d");

    /// <summary>Drops whole channels: <c>[n, c, h, w]</c>, or <c>[c, h, w]</c>.</summary>
    /// <inheritdoc cref="Dropout"/>
    /// <remarks>PyTorch 1.13 took three dimensions for [n, c, l] with a warning; newer versions, and this, for one example [c, h, w].</remarks>
    public static Tensor Dropout2d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Channels(input, 2, p, training, inplace, "Dropout2d");

    /// <summary>Drops whole channels: <c>[n, c, d, h, w]</c>, or <c>[c, d, h, w]</c>.</summary>
    /// <inheritdoc cref="Dropout"/>
    public static Tensor Dropout3d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Channels(input, 3, p, training, inplace, "Dropout3d");

    private static Tensor Channels(Tensor input, int dims, double p, bool training, bool inplace, string op)
    {
        if (input.Ndim != dims + 1 && input.Ndim != dims + 2)
            throw new ArgumentException($"{op}: expected {dims + 2} dimensions (or {dims + 1} for one example), got shape {input.Shape}.", nameof(input));
        int kept = input.Ndim - dims;
        return Masked(input, [.. input.Shape.Span[..kept], .. Enumerable.Repeat(1, dims)], p, training, inplace, op);
    }

    private static Tensor Masked(Tensor input, Shape maskShape, double p, bool training, bool inplace, string op)
    {
        if (!(p is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p, $"{op}: p must be in [0, 1], got {p}.");
        if (!training || p == 0 || input.Numel() == 0) return input;
        var x = Real(input, op);
        var mask = DropoutMask(maskShape, x.DType, p);
        return inplace ? InPlace(x, Change.Dropout_, x => Product(x, mask)) : Product(x, mask);

        static Tensor Product(Tensor x, Tensor mask)
        {
            var y = Pointwise.Binary<Mul.Kernel>(x, mask, "Dropout");
            return Tensor.Recording(x) ? y.Record(new Ops.Dropout(x, mask)) : y;
        }
    }

    /// <summary>0 with probability p, else 1/(1 − p).</summary>
    private static Tensor DropoutMask(Shape shape, DType dtype, double p)
    {
        var mask = new Tensor(shape, dtype);
        Dispatch.Floats(dtype, new MaskKernel(mask, p), mask);
        return mask;
    }

    private readonly struct MaskKernel(Tensor mask, double p) : IFloatKernel
    {
        void IFloatKernel.Run<T>() => RandomKernels.Dropout(mask.Flat<T>(), p, Torch.DefaultGenerator);
    }
}

internal static partial class Ops
{
    internal sealed class Dropout : Node
    {
        internal Dropout(Tensor x, Tensor mask)
            : base(x) => Save(mask);

        // y = x ⊙ m,  m = 0 or 1/(1 − p)   ⇒   dx = dy ⊙ m
        protected override Grads Backward(Tensor dy) => dy * A;
    }
}

/// <summary>Drops single elements while training: <see cref="Functional.Dropout"/>.</summary>
public class Dropout : Module<Tensor, Tensor>
{
    /// <summary>Dropout with probability <paramref name="p"/>.</summary>
    /// <param name="p">The probability to drop an element.</param>
    /// <param name="inplace">True to overwrite the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">p is outside of [0, 1].</exception>
    public Dropout(double p = 0.5, bool inplace = false)
    {
        if (!(p is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(p), p, $"{TypeName()}: p must be in [0, 1], got {p}.");
        (P, Inplace) = (p, inplace);
    }

    /// <summary>The probability to drop an element.</summary>
    public double P { get; set; }

    /// <summary>True to overwrite the input.</summary>
    public bool Inplace { get; }

    /// <inheritdoc/>
    public override string ExtraRepr() => $"p={Repr(P)}, inplace={Inplace}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Dropout(x, P, Training, Inplace);
}

/// <summary>Drops whole channels of <c>[n, c, l]</c> while training: <see cref="Functional.Dropout1d"/>.</summary>
/// <inheritdoc cref="Dropout(double, bool)"/>
public class Dropout1d(double p = 0.5, bool inplace = false) : Dropout(p, inplace)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Dropout1d(x, P, Training, Inplace);
}

/// <summary>Drops whole channels of <c>[n, c, h, w]</c> while training: <see cref="Functional.Dropout2d"/>.</summary>
/// <inheritdoc cref="Dropout(double, bool)"/>
public class Dropout2d(double p = 0.5, bool inplace = false) : Dropout(p, inplace)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Dropout2d(x, P, Training, Inplace);
}

/// <summary>Drops whole channels of <c>[n, c, d, h, w]</c> while training: <see cref="Functional.Dropout3d"/>.</summary>
/// <inheritdoc cref="Dropout(double, bool)"/>
public class Dropout3d(double p = 0.5, bool inplace = false) : Dropout(p, inplace)
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Dropout3d(x, P, Training, Inplace);
}
