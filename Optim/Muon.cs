using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Muon, for the weight matrices of hidden layers: momentum whose singular values are all made 1, so that no direction is left behind.
/// <code>
/// B ← μB + (1 − μ)g
/// G ← (1 − μ)g + μB          with Nesterov, else G ← B
/// X ← G / max(‖G‖, ε)        and k times   X ← aX + b(XXᵀ)X + c(XXᵀ)²X
/// θ ← θ − lr · λθ            then   θ ← θ − lr · r · X
/// r = √max(1, n/m)           or, for "match_rms_adamw", 0.2·√max(n, m), for θ of shape [n, m]
/// </code>
/// Jordan, "Muon: an optimizer for hidden layers in neural networks" (2024, kellerjordan.github.io/posts/muon); "match_rms_adamw" is from Liu et al.,
/// "Muon is scalable for LLM training" (arXiv:2502.16982). The variant is <c>torch.optim.Muon</c> of PyTorch 2.9: its code averages (B as above), where its
/// documentation sums up (B ← μB + g); as X does not depend on the scale of G, that matters only through ε and at a change of μ.
/// <para>For the matrices between the first and the last layer, with <see cref="AdamW"/> for all the rest (biases, gains, embeddings, the last layer).
/// With "match_rms_adamw" a rate and decay tuned for AdamW can be kept.</para>
/// </summary>
/// <remarks>
/// The Newton–Schulz iteration runs in the parameter's dtype; PyTorch runs it in bfloat16, so its results differ in the third digit.
/// The default polynomial does not converge: it drives the singular values quickly into [0.7, 1.2] and keeps them there.
/// <para>A step allocates about four matrices of the parameter's size, and three square ones of its smaller side.</para>
/// </remarks>
public sealed class Muon : Optimizer<Muon.Group, Muon.Buffers>
{
    /// <summary>Muon on these matrices.</summary>
    /// <param name="params">The parameters, all with two dimensions.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="weightDecay">λ: the strength of the decoupled decay.</param>
    /// <param name="momentum">μ: how much of the average of the gradients is kept in a step.</param>
    /// <param name="nesterov">Look ahead: mix the gradient into the average once more.</param>
    /// <param name="nsCoefficients">a, b and c of the polynomial. By default (3.4445, −4.775, 2.0315).</param>
    /// <param name="eps">ε: the smallest norm that G is divided by.</param>
    /// <param name="nsSteps">k: how often the polynomial is applied, at most 99 times.</param>
    /// <param name="adjustLrFn"><c>"original"</c>, which null stands for, or <c>"match_rms_adamw"</c>: how r follows from the shape.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or a parameter is no matrix or cannot be optimized.</exception>
    public Muon(
        IEnumerable<Tensor> @params, double lr = 1e-3, double weightDecay = 0.1, double momentum = 0.95, bool nesterov = true,
        (double, double, double)? nsCoefficients = null, double eps = 1e-7, int nsSteps = 5, string? adjustLrFn = null)
        : this(GroupOf(@params), lr, weightDecay, momentum, nesterov, nsCoefficients, eps, nsSteps, adjustLrFn)
    {
    }

    /// <summary>Muon on matrices with names.</summary>
    /// <inheritdoc cref="Muon(IEnumerable{Tensor}, double, double, double, bool, ValueTuple{double, double, double}?, double, int, string?)"/>
    public Muon(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, double weightDecay = 0.1, double momentum = 0.95, bool nesterov = true,
        (double, double, double)? nsCoefficients = null, double eps = 1e-7, int nsSteps = 5, string? adjustLrFn = null)
        : this(GroupOf(@params), lr, weightDecay, momentum, nesterov, nsCoefficients, eps, nsSteps, adjustLrFn)
    {
    }

    /// <summary>Muon on groups of matrices; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Muon(IEnumerable{Tensor}, double, double, double, bool, ValueTuple{double, double, double}?, double, int, string?)"/>
    [OverloadResolutionPriority(1)]
    public Muon(
        IEnumerable<Group> @params, double lr = 1e-3, double weightDecay = 0.1, double momentum = 0.95, bool nesterov = true,
        (double, double, double)? nsCoefficients = null, double eps = 1e-7, int nsSteps = 5, string? adjustLrFn = null)
        : base(@params, new()
        {
            Lr = lr,
            WeightDecay = weightDecay,
            Momentum = momentum,
            Nesterov = nesterov,
            NsCoefficients = nsCoefficients ?? (3.4445, -4.775, 2.0315),
            Eps = eps,
            NsSteps = nsSteps,
            AdjustLrFn = adjustLrFn,
        })
    {
    }

    private protected override void Admit(Group group)
    {
        for (int i = 0; i < group.Parameters.Length; i++)
            if (group.Parameters[i].Ndim != 2)
                throw new ArgumentException($"Muon: {group.Called(i)} is no matrix.  Give biases, gains, embeddings and convolutions to another optimizer, such as AdamW.", "params");
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, Group group, Buffers buffers)
    {
        var b = buffers.MomentumBuffer.Lerp_(gradient, 1 - group.Momentum);
        var x = Orthogonal(group.Nesterov ? gradient.Lerp(b, group.Momentum) : b, group.NsCoefficients, group.Eps, group.NsSteps);
        if (group.WeightDecay != 0) parameter.Mul_(1 - group.Lr * group.WeightDecay);
        parameter.Sub_(x, alpha: group.Lr * Ratio(parameter.Shape, group.AdjustLrFn));
    }

    /// <summary>By Newton–Schulz iteration a matrix with the singular vectors of G, and singular values near 1: <c>[n, m] → [n, m]</c>.</summary>
    internal static Tensor Orthogonal(Tensor g, (double A, double B, double C) polynomial, double eps, int steps)
    {
        if (g.Size(0) > g.Size(1)) return Orthogonal(g.T, polynomial, eps, steps).T;                    // so that XXᵀ is small
        var x = g / Math.Max(g.Norm().Item(), eps);
        for (int i = 0; i < steps; i++)
        {
            var gram = x.MmT(x);
            var p = gram.Mm(gram).Mul_(polynomial.C).Add_(gram, alpha: polynomial.B);
            x = p.Mm(x).Add_(x, alpha: polynomial.A);                                                 // X ← aX + (bXXᵀ + c(XXᵀ)²)X
        }
        return x;
    }

    private static double Ratio(Shape shape, string? adjustLrFn)
    {
        double n = shape[0], m = shape[1];
        return adjustLrFn == "match_rms_adamw" ? 0.2 * Math.Sqrt(Math.Max(n, m)) : Math.Sqrt(Math.Max(1, n / m));
    }

    /// <summary>Matrices with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup, IHasMomentum
    {
        private double? weightDecay, momentum, eps;
        private bool? nesterov;
        private (double, double, double)? nsCoefficients;
        private int? nsSteps;

        /// <summary>λ: the strength of the decoupled decay.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>μ: how much of the average of the gradients is kept in a step.</summary>
        public double Momentum { get => momentum!.Value; set => momentum = value; }

        /// <summary>Whether the gradient is mixed into the average once more.</summary>
        public bool Nesterov { get => nesterov!.Value; set => nesterov = value; }

        /// <summary>a, b and c of the polynomial.</summary>
        public (double, double, double) NsCoefficients { get => nsCoefficients!.Value; set => nsCoefficients = value; }

        /// <summary>ε: the smallest norm that G is divided by.</summary>
        public double Eps { get => eps!.Value; set => eps = value; }

        /// <summary>k: how often the polynomial is applied.</summary>
        public int NsSteps { get => nsSteps!.Value; set => nsSteps = value; }

        /// <summary><c>"original"</c>, which null stands for, or <c>"match_rms_adamw"</c>.</summary>
        public string? AdjustLrFn { get; set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            momentum = visitor.Field("momentum", momentum);
            nesterov = visitor.Field("nesterov", nesterov);
            nsCoefficients = visitor.Field("ns_coefficients", nsCoefficients);
            eps = visitor.Field("eps", eps);
            nsSteps = visitor.Field("ns_steps", nsSteps);
            AdjustLrFn = visitor.Field("adjust_lr_fn", AdjustLrFn);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(WeightDecay);
            must.NotBeNegative(Momentum);
            must.NotBeNegative(Eps);
            must.Hold(NsSteps is >= 0 and < 100, nameof(NsSteps), "must be in [0, 100)", NsSteps);
            must.Hold(AdjustLrFn is null or "original" or "match_rms_adamw", nameof(AdjustLrFn), "must be null, \"original\" or \"match_rms_adamw\"", $"\"{AdjustLrFn}\"");
        }
    }

    /// <summary>What is remembered of a matrix.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => MomentumBuffer = parameter.ZerosLike();

        /// <summary>B: the running average of the gradients.</summary>
        public Tensor MomentumBuffer { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor) => MomentumBuffer = visitor.Field("momentum_buffer", MomentumBuffer);
    }
}
