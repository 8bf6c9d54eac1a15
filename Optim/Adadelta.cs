using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adadelta: steps in the parameter's own unit, without a learning rate to choose: the gradient is scaled by how far the element moved
/// lately over how large its gradients were.
/// <code>
/// g ← ∇f(θ) + λθ
/// s ← ρs + (1 − ρ)g²            the mean square of the gradients
/// Δ = √(d + ε) / √(s + ε) · g
/// d ← ρd + (1 − ρ)Δ²            the mean square of the steps
/// θ ← θ − lr · Δ
/// </code>
/// Zeiler, "ADADELTA: an adaptive learning rate method" (2012, arXiv:1212.5701), Algorithm 1; the paper has no lr.
/// <para>When no rate is known. As d begins with 0, the first steps are of the size √ε, and it takes long to come up to speed: a larger ε
/// helps. <see cref="Adam"/> is faster almost always.</para>
/// </summary>
/// <remarks>
/// As in the paper and in PyTorch ε stands inside of both roots. Their quotient is not taken as one root, which would be faster: where
/// gradients are very large, (d + ε) / (s + ε) is too small a number for the dtype, and its root is not.
/// </remarks>
public sealed class Adadelta : ElementwiseOptimizer<Adadelta.Group, Adadelta.Buffers>
{
    /// <summary>Adadelta on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">What Δ is multiplied by: 1 in the paper.</param>
    /// <param name="rho">ρ: how much of the mean squares is kept in a step.</param>
    /// <param name="eps">ε: lets the first steps begin, and keeps the quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Adadelta(IEnumerable<Tensor> @params, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, rho, eps, weightDecay, maximize)
    {
    }

    /// <summary>Adadelta on parameters with names.</summary>
    /// <inheritdoc cref="Adadelta(IEnumerable{Tensor}, double, double, double, double, bool)"/>
    public Adadelta(IEnumerable<(string Name, Parameter Value)> @params, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, rho, eps, weightDecay, maximize)
    {
    }

    /// <summary>Adadelta on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Adadelta(IEnumerable{Tensor}, double, double, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public Adadelta(IEnumerable<Group> @params, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weightDecay = 0, bool maximize = false)
        : base(@params, new() { Lr = lr, Rho = rho, Eps = eps, WeightDecay = weightDecay, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        buffers.Step++;
        pass.Run(new Equation<T>(group), buffers.SquareAvg, buffers.AccDelta);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), ρ = e.Setting("ρ", o.Rho), ε = e.Setting("ε", o.Eps);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        var d = e.Before("d", "acc_delta");
        var s = e.Set("s", ρ * e.Before("s", "square_avg") + (1 - ρ) * Term.Square(g), "square_avg");
        var Δ = e.Set("Δ", Term.Sqrt(d + ε) / Term.Sqrt(s + ε) * g);
        e.Set("d", ρ * d + (1 - ρ) * Term.Square(Δ), "acc_delta");
        e.Set("θ", θ - lr * Δ);
    }

    private readonly struct Equation<T>(Group o) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> lr = Rounded<T>(o.Lr), ρ = Rounded<T>(o.Rho), ω = Rounded<T>(1 - o.Rho), ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> s, ref Vector<T> d)
        {
            if (maximize) g = -g;
            if (decay) g += λ * θ;                                    // not for λ = 0: 0 · ∞ is NaN
            s = ρ * s + ω * g * g;                                    // s ← ρs + (1 − ρ)g²
            var Δ = Vector.SquareRoot(d + ε) / Vector.SquareRoot(s + ε) * g;
            d = ρ * d + ω * Δ * Δ;                                    // d ← ρd + (1 − ρ)Δ²
            θ -= lr * Δ;
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup
    {
        private double? rho, eps, weightDecay;
        private bool? maximize;

        /// <summary>ρ: how much of the mean squares is kept in a step.</summary>
        public double Rho { get => rho!.Value; set => rho = value; }

        /// <summary>ε: lets the first steps begin, and keeps the quotient finite.</summary>
        public double Eps { get => eps!.Value; set => eps = value; }

        /// <summary>λ: the strength of the L2 penalty.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            rho = visitor.Field("rho", rho);
            eps = visitor.Field("eps", eps);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.Hold(Rho is >= 0 and <= 1, nameof(Rho), "must be in [0, 1]", Rho);
            must.NotBeNegative(Eps);
            must.NotBeNegative(WeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => (SquareAvg, AccDelta) = (parameter.ZerosLike(), parameter.ZerosLike());

        /// <summary>How many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>s: the mean square of the gradients.</summary>
        public Tensor SquareAvg { get; private set; }

        /// <summary>d: the mean square of the steps.</summary>
        public Tensor AccDelta { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            SquareAvg = visitor.Field("square_avg", SquareAvg);
            AccDelta = visitor.Field("acc_delta", AccDelta);
        }
    }
}
