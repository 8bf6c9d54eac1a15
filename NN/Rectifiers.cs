using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

// Activations made of straight pieces, and of exponentials below zero.
public static partial class Functional
{
    /// <summary>The positive part: max(x, 0). The slope at 0 is 0.</summary>
    public static Tensor Relu(Tensor input, bool inplace = false) => inplace ? Relu_(input) : input.Relu();

    /// <inheritdoc cref="Relu"/>
    public static Tensor Relu_(Tensor input) => input.Relu_();

    /// <summary>x above 0, slope·x below. The slope at 0 is the negative one.</summary>
    public static Tensor LeakyRelu(Tensor input, double negativeSlope = 0.01, bool inplace = false)
    {
        if (inplace) return LeakyRelu_(input, negativeSlope);
        var x = Real(input, "LeakyRelu");
        var y = Pointwise.WithNumber<Ops.LeakyRelu.Kernel>(x, negativeSlope);
        return Tensor.Recording(x) ? y.Record(new Ops.LeakyRelu(x, negativeSlope)) : y;
    }

    /// <inheritdoc cref="LeakyRelu"/>
    public static Tensor LeakyRelu_(Tensor input, double negativeSlope = 0.01) => InPlace(input, Change.LeakyRelu_, x => LeakyRelu(x, negativeSlope));

    /// <summary>x above 0, w·x below, with w learnt: one number, or one per channel, which is dimension 1.</summary>
    /// <exception cref="ArgumentException">The weight has neither one element nor one per channel.</exception>
    public static Tensor Prelu(Tensor input, Tensor weight)
    {
        int channels = input.Ndim > 1 ? input.Shape[1] : 1;
        if (weight.Numel() != 1 && weight.Numel() != channels)
            throw new ArgumentException($"Prelu: an input of shape {input.Shape} has {channels} channels, the weight {weight.Numel()} numbers.  It must have 1 or {channels}.", nameof(weight));
        var w = weight.Numel() == 1 ? weight.Reshape() : PerClass(weight, input.Ndim, 1);
        return Torch.Where(input.Gt(0), input, w * input);
    }

    /// <summary>x above 0, α(eˣ − 1) below (Clevert et al. 2015).</summary>
    public static Tensor Elu(Tensor input, double alpha = 1, bool inplace = false)
    {
        if (inplace) return Elu_(input, alpha);
        var x = Real(input, "Elu");
        var y = Pointwise.WithNumber<Ops.Elu.Kernel>(x, alpha);
        return Tensor.Recording(x) ? y.Record(new Ops.Elu(x, alpha)) : y;
    }

    /// <inheritdoc cref="Elu"/>
    public static Tensor Elu_(Tensor input, double alpha = 1) => InPlace(input, Change.Elu_, x => Elu(x, alpha));

    /// <summary>λ·Elu(x, α) with the constants that keep mean 0 and variance 1 through many layers (Klambauer et al. 2017).</summary>
    public static Tensor Selu(Tensor input) => Elu(input, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946;

    /// <summary>x above 0, α(e^(x/α) − 1) below: as Elu, with slope 1 on both sides of 0.</summary>
    public static Tensor Celu(Tensor input, double alpha = 1) => alpha == 1 ? Elu(input) : Elu(input / alpha) * alpha;

    /// <summary>x limited to [min, max]. The slope at both bounds is 0.</summary>
    /// <exception cref="ArgumentException">min lies above max.</exception>
    public static Tensor Hardtanh(Tensor input, double minVal = -1, double maxVal = 1, bool inplace = false)
    {
        if (inplace) return Hardtanh_(input, minVal, maxVal);
        if (!(minVal <= maxVal)) throw new ArgumentException($"Hardtanh: minVal must not lie above maxVal, got {minVal} and {maxVal}.", nameof(minVal));
        var x = Real(input, "Hardtanh");
        Tensor y;
        using (GradMode.Off()) y = x.Clamp(minVal, maxVal);
        return Tensor.Recording(x) ? y.Record(new Ops.Hardtanh(x, minVal, maxVal)) : y;
    }

    /// <inheritdoc cref="Hardtanh"/>
    public static Tensor Hardtanh_(Tensor input, double minVal = -1, double maxVal = 1) => InPlace(input, Change.Hardtanh_, x => Hardtanh(x, minVal, maxVal));

    /// <summary>x limited to [0, 6].</summary>
    public static Tensor Relu6(Tensor input, bool inplace = false) => Hardtanh(input, 0, 6, inplace);

    /// <summary>A sigmoid of straight pieces: (x + 3) / 6 limited to [0, 1].</summary>
    public static Tensor Hardsigmoid(Tensor input) => Hardtanh(input + 3, 0, 6) / 6;

    /// <summary>x · Hardsigmoid(x) (Howard et al. 2019).</summary>
    public static Tensor Hardswish(Tensor input)
    {
        var x = Real(input, "Hardswish");
        Tensor y;
        using (GradMode.Off()) y = x * (x + 3).Clamp(0, 6) / 6;
        return Tensor.Recording(x) ? y.Record(new Ops.Hardswish(x)) : y;
    }

    /// <summary>x above a threshold, else a value.</summary>
    public static Tensor Threshold(Tensor input, double threshold, double value, bool inplace = false)
        => inplace ? InPlace(input, Change.Threshold_, x => Threshold(x, threshold, value)) : input.MaskedFill(input.Le(threshold), value);

    /// <summary>x outside of [−λ, λ], else 0.</summary>
    public static Tensor Hardshrink(Tensor input, double lambd = 0.5) => input.MaskedFill(input.Abs().Le(lambd), 0.0);

    /// <summary>x moved towards 0 by λ, and 0 within [−λ, λ].</summary>
    public static Tensor Softshrink(Tensor input, double lambd = 0.5) => input - input.Clamp(-lambd, lambd);

    private static Tensor Real(Tensor x, string op) => x.DType.IsFloat() ? x : throw Errors.DType(op, x.DType, "a floating-point dtype");
}

internal static partial class Ops
{
    internal sealed class LeakyRelu : Node
    {
        private readonly double slope;

        internal readonly struct Kernel : IBinary
        {
            static Vector<T> IBinary.Many<T>(Vector<T> x, Vector<T> slope) => Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, x * slope);
        }

        internal LeakyRelu(Tensor x, double slope)
            : base(x)
        {
            this.slope = slope;
            Save(x);
        }

        // y = x, or s·x where x ≤ 0   ⇒   dx = dy, or s·dy where x ≤ 0
        protected override Grads Backward(Tensor dy) => Torch.Where(A.Gt(0), dy, dy * slope);
    }

    internal sealed class Elu : Node
    {
        private readonly double α;

        internal readonly struct Kernel : IBinary
        {
            static Vector<T> IBinary.Many<T>(Vector<T> x, Vector<T> α)
                => Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<T>.Zero), x, α * (VectorMath.Exp(x) - Vector<T>.One));
        }

        internal Elu(Tensor x, double α)
            : base(x)
        {
            this.α = α;
            Save(x);
        }

        // y = x, or α(eˣ − 1) where x ≤ 0   ⇒   dx = dy, or dy ⊙ αeˣ where x ≤ 0. (e^min(x, 0) cannot overflow where it is not used.)
        protected override Grads Backward(Tensor dy) => Torch.Where(A.Le(0), dy * (A.Clamp(max: 0.0).Exp() * α), dy);
    }

    internal sealed class Hardtanh : Node
    {
        private readonly double min, max;

        internal Hardtanh(Tensor x, double min, double max)
            : base(x)
        {
            (this.min, this.max) = (min, max);
            Save(x);
        }

        // y = min(max(x, l), h)   ⇒   dx = dy where l < x < h
        protected override Grads Backward(Tensor dy) => Torch.Where(A.Gt(min) & A.Lt(max), dy, 0);
    }

    internal sealed class Hardswish : Node
    {
        internal Hardswish(Tensor x)
            : base(x) => Save(x);

        // y = x·min(max(x + 3, 0), 6)/6   ⇒   dx = 0 below −3, dy above 3, and dy ⊙ (x/3 + 1/2) from the one to the other
        protected override Grads Backward(Tensor dy) => Torch.Where(A.Gt(3), dy, (dy * (A / 3 + 0.5)).MaskedFill(A.Lt(-3), 0));
    }
}

/// <summary>The positive part: max(x, 0).</summary>
/// <param name="inplace">True to overwrite the input.</param>
public class ReLU(bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => inplace ? "inplace=True" : "";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Relu(x, inplace);
}

/// <summary>x limited to [0, 6].</summary>
/// <param name="inplace">True to overwrite the input.</param>
public class ReLU6(bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => inplace ? "inplace=True" : "";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Relu6(x, inplace);
}

/// <summary>x above 0, slope·x below: <see cref="Functional.LeakyRelu"/>.</summary>
/// <param name="negativeSlope">The slope below 0.</param>
/// <param name="inplace">True to overwrite the input.</param>
public class LeakyReLU(double negativeSlope = 0.01, bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"negative_slope={Repr(negativeSlope)}{(inplace ? ", inplace=True" : "")}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.LeakyRelu(x, negativeSlope, inplace);
}

/// <summary>x above 0, w·x below, with w learnt: <see cref="Functional.Prelu"/>.</summary>
/// <param name="numParameters">1, or the number of channels.</param>
/// <param name="init">The initial w.</param>
/// <param name="dtype">The dtype of w; by default the default dtype.</param>
public class PReLU(int numParameters = 1, double init = 0.25, DType? dtype = null) : Module<Tensor, Tensor>
{
    /// <summary>w: <c>[numParameters]</c>.</summary>
    public Parameter Weight { get; set; } = new(Torch.Full([numParameters], init, dtype));

    /// <inheritdoc/>
    public override string ExtraRepr() => $"num_parameters={numParameters}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Prelu(x, Weight);
}

/// <summary>x above 0, α(eˣ − 1) below: <see cref="Functional.Elu"/>.</summary>
/// <param name="alpha">Minus the limit at −∞.</param>
/// <param name="inplace">True to overwrite the input.</param>
public class ELU(double alpha = 1, bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"alpha={Repr(alpha)}{(inplace ? ", inplace=True" : "")}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Elu(x, alpha, inplace);
}

/// <summary>x above 0, α(e^(x/α) − 1) below: <see cref="Functional.Celu"/>.</summary>
/// <param name="alpha">Minus the limit at −∞.</param>
public class CELU(double alpha = 1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"alpha={Repr(alpha)}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Celu(x, alpha);
}

/// <summary>An ELU that keeps mean 0 and variance 1: <see cref="Functional.Selu"/>.</summary>
public class SELU : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Selu(x);
}

/// <summary>x limited to [min, max]: <see cref="Functional.Hardtanh"/>.</summary>
/// <param name="minVal">The lower bound.</param>
/// <param name="maxVal">The upper bound.</param>
/// <param name="inplace">True to overwrite the input.</param>
public class Hardtanh(double minVal = -1, double maxVal = 1, bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"min_val={Repr(minVal)}, max_val={Repr(maxVal)}{(inplace ? ", inplace=True" : "")}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Hardtanh(x, minVal, maxVal, inplace);
}

/// <summary>A sigmoid of straight pieces: <see cref="Functional.Hardsigmoid"/>.</summary>
public class Hardsigmoid : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Hardsigmoid(x);
}

/// <summary>x times a sigmoid of straight pieces: <see cref="Functional.Hardswish"/>.</summary>
public class Hardswish : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Hardswish(x);
}

/// <summary>x above a threshold, else a value.</summary>
/// <param name="threshold">The threshold.</param>
/// <param name="value">What stands at and below it.</param>
/// <param name="inplace">True to overwrite the input.</param>
public class Threshold(double threshold, double value, bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"threshold={Repr(threshold)}, value={Repr(value)}{(inplace ? ", inplace=True" : "")}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Threshold(x, threshold, value, inplace);
}

/// <summary>x outside of [−λ, λ], else 0.</summary>
/// <param name="lambd">λ.</param>
public class Hardshrink(double lambd = 0.5) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => Repr(lambd);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Hardshrink(x, lambd);
}

/// <summary>x moved towards 0 by λ, and 0 within [−λ, λ].</summary>
/// <param name="lambd">λ.</param>
public class Softshrink(double lambd = 0.5) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => Repr(lambd);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Softshrink(x, lambd);
}
