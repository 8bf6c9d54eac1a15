using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// NAdam: <see cref="Adam"/> with Nesterov's momentum, which looks ahead: part of the step is the gradient itself, and the average
/// counts as much as it will in the next step.
/// <code>
/// g ← ∇f(θ) + λθ
/// μₜ = β₁(1 − ½·0.96^(t·ψ))      M ← M·μₜ
/// m ← β₁m + (1 − β₁)g            m̄ = (1 − μₜ)/(1 − M)·g + μₜ₊₁/(1 − M·μₜ₊₁)·m
/// v ← β₂v + (1 − β₂)g²           v̂ = v / (1 − β₂ᵗ)
/// θ ← θ − lr · m̄ / (√v̂ + ε)
/// </code>
/// Dozat, "Incorporating Nesterov momentum into Adam" (workshop of ICLR 2016), its last algorithm, Nadam. With
/// <c>decoupledWeightDecay</c> θ shrinks by lr · λ of itself instead, as in <see cref="AdamW"/>.
/// <para>Wherever Adam serves; often it gets there in a few steps less. Its β₁ warms up: it begins at half and comes to its full value
/// within thousands of steps, the sooner the larger ψ.</para>
/// </summary>
/// <remarks>
/// As in PyTorch, m averages with β₁ where the paper takes μₜ, and μₜ only weighs m and g. (PyTorch 1.13 multiplied by μₜ twice where it
/// does not run over all tensors together; this is what all versions since 2.0 do.)
/// </remarks>
public sealed class NAdam : ElementwiseOptimizer<NAdam.Group, NAdam.Buffers>
{
    /// <summary>NAdam on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite, and steps small where gradients are tiny.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty, or of the decoupled decay.</param>
    /// <param name="momentumDecay">ψ: how fast the momentum warms up.</param>
    /// <param name="decoupledWeightDecay">Shrink θ by lr · λ directly instead of adding λθ to the gradient.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public NAdam(
        IEnumerable<Tensor> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3, bool decoupledWeightDecay = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay, maximize)
    {
    }

    /// <summary>NAdam on parameters with names.</summary>
    /// <inheritdoc cref="NAdam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, bool, bool)"/>
    public NAdam(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3, bool decoupledWeightDecay = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay, maximize)
    {
    }

    /// <summary>NAdam on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="NAdam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public NAdam(
        IEnumerable<Group> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3, bool decoupledWeightDecay = false, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Eps = eps,
            WeightDecay = weightDecay,
            MomentumDecay = momentumDecay,
            DecoupledWeightDecay = decoupledWeightDecay,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        double t = ++buffers.Step, μ = group.Momentum(t), next = group.Momentum(t + 1);
        buffers.MuProduct *= μ;
        double forG = (1 - μ) / (1 - buffers.MuProduct), forM = next / (1 - buffers.MuProduct * next);
        pass.Run(new Equation<T>(group, forG, forM, 1 - Math.Pow(group.Betas.Item2, t)), buffers.ExpAvg, buffers.ExpAvgSq);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps);
        Term ψ = e.Setting("ψ", o.MomentumDecay), t = e.NextStep();
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0)
        {
            var λ = e.Setting("λ", o.WeightDecay);
            if (o.DecoupledWeightDecay) θ = e.Set("θ", θ - lr * λ * θ);
            else g = e.Set("g", g + λ * θ);
        }
        var μ = e.Set("μ", β1 * (1 - 0.5 * Term.Pow(0.96, t * ψ)));
        var next = e.Set("μ₊", β1 * (1 - 0.5 * Term.Pow(0.96, (t + 1) * ψ)));
        var product = e.Set("M", e.Before("M", "mu_product") * μ, "mu_product");
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var v = e.Set("v", β2 * e.Before("v", "exp_avg_sq") + (1 - β2) * Term.Square(g), "exp_avg_sq");
        var m̄ = e.Set("m̄", (1 - μ) / (1 - product) * g + next / (1 - product * next) * m);
        var v̂ = e.Set("v̂", v / (1 - Term.Pow(β2, t)));
        e.Set("θ", θ - lr * m̄ / (Term.Sqrt(v̂) + ε));
    }

    private readonly struct Equation<T>(Group o, double forG, double forM, double correction) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded<T>(o.Betas.Item2), ω2 = Rounded<T>(1 - o.Betas.Item2);
        private readonly Vector<T> αg = Rounded<T>(o.Lr * forG), αm = Rounded<T>(o.Lr * forM), c = Rounded<T>(1 / Math.Sqrt(correction));
        private readonly Vector<T> ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay), κ = Rounded<T>(1 - o.Lr * o.WeightDecay);
        private readonly bool penalty = o.WeightDecay != 0 && !o.DecoupledWeightDecay, decay = o.DecoupledWeightDecay, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            if (maximize) g = -g;
            if (penalty) g += λ * θ;                                          // not for λ = 0: 0 · ∞ is NaN
            if (decay) θ *= κ;                                                // κ = 1 − lr · λ
            m = β1 * m + ω1 * g;                                              // m ← β₁m + (1 − β₁)g
            v = β2 * v + ω2 * g * g;                                          // v ← β₂v + (1 − β₂)g²
            θ -= (αg * g + αm * m) / (c * Vector.SquareRoot(v) + ε);          // θ ← θ − lr · m̄ / (√v̂ + ε)
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private double? momentumDecay;
        private bool? decoupledWeightDecay;

        /// <summary>ψ: how fast the momentum warms up.</summary>
        public double MomentumDecay { get => momentumDecay!.Value; set => momentumDecay = value; }

        /// <summary>Whether θ shrinks by lr · λ directly.</summary>
        public bool DecoupledWeightDecay { get => decoupledWeightDecay!.Value; set => decoupledWeightDecay = value; }

        /// <summary>μₜ: the momentum of step t.</summary>
        internal double Momentum(double t) => Betas.Item1 * (1 - 0.5 * Math.Pow(0.96, t * MomentumDecay));

        /// <inheritdoc/>
        protected override void VisitBeforeMaximize(FieldVisitor visitor)
        {
            momentumDecay = visitor.Field("momentum_decay", momentumDecay);
            decoupledWeightDecay = visitor.Field("decoupled_weight_decay", decoupledWeightDecay);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(MomentumDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : AdamBuffers
    {
        internal Buffers(Tensor parameter)
            : base(parameter)
        {
        }

        /// <summary>M: the product of all μ so far.</summary>
        public double MuProduct { get; internal set; } = 1;

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            MuProduct = visitor.Field("mu_product", MuProduct);
        }
    }
}
