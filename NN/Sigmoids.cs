using System.Numerics;
using System.Runtime.Intrinsics;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

// Smooth activations.
public static partial class Functional
{
    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Tensor Sigmoid(Tensor input) => input.Sigmoid();

    /// <summary>The hyperbolic tangent.</summary>
    public static Tensor Tanh(Tensor input) => input.Tanh();

    /// <summary>ln σ(x), exact also where σ(x) would be 0 or 1.</summary>
    public static Tensor Logsigmoid(Tensor input)
    {
        var x = Real(input, "Logsigmoid");
        Tensor y;
        using (GradMode.Off()) y = x.Clamp(max: 0.0) - (-x.Abs()).Exp().Log1p();
        return Tensor.Recording(x) ? y.Record(new Ops.Logsigmoid(x)) : y;
    }

    /// <summary>x·Φ(x), where Φ is the distribution function of the normal distribution (Hendrycks, Gimpel 2016).</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="approximate"><c>"none"</c>, or <c>"tanh"</c> for ½x(1 + tanh(√(2/π)(x + 0.044715x³))).</param>
    /// <exception cref="ArgumentException">Another approximation.</exception>
    public static Tensor Gelu(Tensor input, string approximate = "none")
    {
        var x = Real(input, "Gelu");
        if (approximate == "tanh")
        {
            var approximation = Pointwise.Unary<Ops.GeluTanh.Kernel>(x);
            return Tensor.Recording(x) ? approximation.Record(new Ops.GeluTanh(x)) : approximation;
        }
        if (approximate != "none") throw new ArgumentException($"Gelu: approximate is \"none\" or \"tanh\", got \"{approximate}\".", nameof(approximate));
        var y = Pointwise.Unary<Ops.Gelu.Kernel>(x);
        return Tensor.Recording(x) ? y.Record(new Ops.Gelu(x)) : y;
    }

    /// <summary>x·σ(x), also called swish.</summary>
    public static Tensor Silu(Tensor input, bool inplace = false)
    {
        if (inplace) return InPlace(input, Change.Silu_, static x => Silu(x));
        var x = Real(input, "Silu");
        var y = Pointwise.Unary<Ops.Silu.Kernel>(x);
        return Tensor.Recording(x) ? y.Record(new Ops.Silu(x)) : y;
    }

    /// <summary>x·tanh(Softplus(x)) (Misra 2019).</summary>
    public static Tensor Mish(Tensor input) => input * Softplus(input).Tanh();

    /// <summary>ln(1 + e^(βx)) / β: a smooth max(x, 0), exactly x where βx is above the threshold.</summary>
    /// <exception cref="ArgumentOutOfRangeException">β is 0.</exception>
    public static Tensor Softplus(Tensor input, double beta = 1, double threshold = 20)
    {
        if (beta == 0) throw new ArgumentOutOfRangeException(nameof(beta), beta, "Softplus: beta must not be 0.");
        var x = Real(input, "Softplus");
        Tensor y;
        using (GradMode.Off())
        {
            var z = x * beta;
            y = Torch.Where(z.Gt(threshold), x, z.Exp().Log1p() / beta);
        }
        return Tensor.Recording(x) ? y.Record(new Ops.Softplus(x, beta, threshold)) : y;
    }

    /// <summary>x / (1 + |x|).</summary>
    public static Tensor Softsign(Tensor input) => input / (input.Abs() + 1);

    /// <summary>x − tanh x.</summary>
    public static Tensor Tanhshrink(Tensor input) => input - input.Tanh();

    /// <summary>a·σ(b), where a and b are the halves of the input along a dimension.</summary>
    /// <exception cref="ArgumentException">The size of the dimension is odd.</exception>
    public static Tensor Glu(Tensor input, int dim = -1)
    {
        int size = input.Size(dim);
        if (size % 2 != 0) throw new ArgumentException($"Glu: dimension {dim} of {input.Shape} has the odd size {size}, which has no halves.", nameof(dim));
        return input.Narrow(dim, 0, size / 2) * input.Narrow(dim, size / 2, size / 2).Sigmoid();
    }
}

internal static partial class Ops
{
    internal sealed class Logsigmoid : Node
    {
        internal Logsigmoid(Tensor x)
            : base(x) => Save(x);

        // y = ln σ(x)   ⇒   dx = dy ⊙ σ(−x)
        protected override Grads Backward(Tensor dy) => dy * (-A).Sigmoid();
    }

    internal sealed class Gelu : Node
    {
        internal readonly struct Kernel : IUnary
        {
            static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.Gelu(x);

            static bool IUnary.Wide => VectorMath.HasWide;

            static Vector512<float> IUnary.Sixteen(Vector512<float> x) => VectorMath.Gelu(x);
        }

        private const double Sqrt1_2 = 0.70710678118654752, Sqrt1_2π = 0.39894228040143268;             // 1/√2 and 1/√(2π)

        internal Gelu(Tensor x)
            : base(x) => Save(x);

        // y = x·Φ(x)   ⇒   dx = dy ⊙ (Φ(x) + x·φ(x)),   Φ(x) = (1 + erf(x/√2))/2,   φ(x) = e^(−x²/2)/√(2π)
        protected override Grads Backward(Tensor dy)
        {
            if (!GradMode.Enabled) return dy * Pointwise.Real<Slope>(A);
            var x = A;
            var Φ = ((x * Sqrt1_2).Erf() + 1) * 0.5;
            var φ = (x * x * -0.5).Exp() * Sqrt1_2π;
            return dy * (Φ + x * φ);
        }

        /// <summary>The same at once, where it is not itself to be differentiated.</summary>
        private readonly struct Slope : IUnary
        {
            static Vector<T> IUnary.Many<T>(Vector<T> x) => VectorMath.GeluSlope(x);

            static bool IUnary.Wide => VectorMath.HasWide;

            static Vector512<float> IUnary.Sixteen(Vector512<float> x) => VectorMath.GeluSlope(x);
        }
    }

    internal sealed class GeluTanh : Node
    {
        private const double Cubic = 0.044715, Sqrt2_π = 0.79788456080286536;   // √(2/π)

        internal readonly struct Kernel : IUnary
        {
            static Vector<T> IUnary.Many<T>(Vector<T> x)
            {
                var (half, c, s) = (Number<T>(0.5), Number<T>(Cubic), Number<T>(Sqrt2_π));
                return half * x * (Vector<T>.One + VectorMath.Tanh(s * (x + c * x * x * x)));
            }

            private static Vector<T> Number<T>(double value)
                where T : INumber<T>
                => new(T.CreateTruncating(value));
        }

        internal GeluTanh(Tensor x)
            : base(x) => Save(x);

        // y = x(1 + tanh u)/2,  u = √(2/π)(x + cx³)   ⇒   dx = dy ⊙ ((1 + tanh u)/2 + x(1 − tanh² u)/2 ⊙ u′),   u′ = √(2/π)(1 + 3cx²)
        protected override Grads Backward(Tensor dy)
        {
            var x = A;
            var x2 = x * x;
            var t = (x * (x2 * Cubic + 1) * Sqrt2_π).Tanh();
            return dy * ((t + 1 + x * (1 - t * t) * ((x2 * (3 * Cubic) + 1) * Sqrt2_π)) * 0.5);
        }
    }

    internal sealed class Silu : Node
    {
        internal readonly struct Kernel : IUnary
        {
            static Vector<T> IUnary.Many<T>(Vector<T> x) => x * VectorMath.Sigmoid(x);
        }

        internal Silu(Tensor x)
            : base(x) => Save(x);

        // y = x·σ(x)   ⇒   dx = dy ⊙ σ ⊙ (1 + x ⊙ (1 − σ))
        protected override Grads Backward(Tensor dy)
        {
            var σ = A.Sigmoid();
            return dy * (σ * (A * (1 - σ) + 1));
        }
    }

    internal sealed class Softplus : Node
    {
        private readonly double β, threshold;

        internal Softplus(Tensor x, double β, double threshold)
            : base(x)
        {
            (this.β, this.threshold) = (β, threshold);
            Save(x);
        }

        // y = ln(1 + e^(βx))/β, or x beyond the threshold   ⇒   dx = dy ⊙ σ(βx), or dy
        protected override Grads Backward(Tensor dy)
        {
            var z = A * β;
            return Torch.Where(z.Gt(threshold), dy, dy * z.Sigmoid());
        }
    }
}

/// <summary>1 / (1 + e⁻ˣ).</summary>
public class Sigmoid : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Sigmoid();
}

/// <summary>The hyperbolic tangent.</summary>
public class Tanh : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Tanh();
}

/// <summary>ln σ(x): <see cref="Functional.Logsigmoid"/>.</summary>
public class LogSigmoid : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Logsigmoid(x);
}

/// <summary>x·Φ(x): <see cref="Functional.Gelu"/>.</summary>
/// <param name="approximate"><c>"none"</c> or <c>"tanh"</c>.</param>
public class GELU(string approximate = "none") : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"approximate='{approximate}'";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Gelu(x, approximate);
}

/// <summary>x·σ(x): <see cref="Functional.Silu"/>.</summary>
/// <param name="inplace">True to overwrite the input.</param>
public class SiLU(bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => inplace ? "inplace=True" : "";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Silu(x, inplace);
}

/// <summary>x·tanh(Softplus(x)): <see cref="Functional.Mish"/>.</summary>
public class Mish : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Mish(x);
}

/// <summary>A smooth max(x, 0): <see cref="Functional.Softplus"/>.</summary>
/// <param name="beta">How sharp the bend is.</param>
/// <param name="threshold">The βx beyond which the result is x.</param>
public class Softplus(double beta = 1, double threshold = 20) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"beta={Repr(beta)}, threshold={Repr(threshold)}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Softplus(x, beta, threshold);
}

/// <summary>x / (1 + |x|).</summary>
public class Softsign : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Softsign(x);
}

/// <summary>x − tanh x.</summary>
public class Tanhshrink : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Tanhshrink(x);
}

/// <summary>One half of the input, gated by the other: <see cref="Functional.Glu"/>.</summary>
/// <param name="dim">The dimension that is halved.</param>
public class GLU(int dim = -1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"dim={dim}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Glu(x, dim);
}
