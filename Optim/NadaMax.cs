using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adamax with Nesterov's momentum: the average of the gradients looks one step ahead, and the largest recent gradient sets the scale.
/// <code>
/// g ← ∇f(θ) + λθ
/// μₜ = β₁ · (1 − ½ · 0.96^(tψ))
/// m ← β₁m + (1 − β₁)g           m̄ = μₜ₊₁ · m / (1 − Π μᵢ, i ≤ t + 1) + (1 − μₜ) · g / (1 − Π μᵢ, i ≤ t)
/// u ← max(β₂u, |g| + ε)
/// θ ← θ − lr · m̄ / u
/// </code>
/// Dozat, "Incorporating Nesterov momentum into Adam" (ICLR workshop 2016), Algorithm 2, whose m̄ replaces the m̂ of Adamax: Kingma and Ba,
/// "Adam: a method for stochastic optimization" (ICLR 2015, arXiv:1412.6980), Algorithm 2.
/// <para>For sparse or spiky gradients, where <see cref="Adam"/>'s average of squares forgets a large gradient too soon, and for the
/// comparison: on smooth problems it does about what Nadam does.</para>
/// </summary>
/// <remarks>
/// NadaMax has no code by an author. This edition is put together of the two halves as PyTorch has them: m̄ and its schedule are those of
/// PyTorch's NAdam, where m decays by the constant β₁ (by μₜ in Dozat's paper) and ψ = 4e-3 is Dozat's 1/250; u with its ε inside of the
/// maximum is that of PyTorch's Adamax. Like there, u needs no correction: it begins at the first gradient's size.
/// </remarks>
public sealed class NadaMax : ElementwiseOptimizer<NadaMax.Group, NadaMax.Buffers>
{
    /// <summary>NadaMax on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step.</param>
    /// <param name="betas">β₁ and β₂: how much of the average of g, and of the largest |g|, is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="momentumDecay">ψ: how fast μ rises from β₁ / 2 to β₁.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public NadaMax(
        IEnumerable<Tensor> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, momentumDecay, maximize)
    {
    }

    /// <summary>NadaMax on parameters with names.</summary>
    /// <inheritdoc cref="NadaMax(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, bool)"/>
    public NadaMax(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, momentumDecay, maximize)
    {
    }

    /// <summary>NadaMax on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="NadaMax(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public NadaMax(
        IEnumerable<Group> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        double momentumDecay = 4e-3, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Eps = eps,
            WeightDecay = weightDecay,
            MomentumDecay = momentumDecay,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        double t = ++buffers.Step, μ = group.Mu(t), next = group.Mu(t + 1);
        buffers.MuProduct *= μ;
        double ofM = next / (1 - buffers.MuProduct * next), ofG = (1 - μ) / (1 - buffers.MuProduct);
        pass.Run(new Equation<T>(group, ofM, ofG), buffers.ExpAvg, buffers.ExpInf);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        Term μ = e.Setting("μₜ", o.Mu(t.Value)), next = e.Setting("μₜ₊₁", o.Mu(t.Value + 1)), Π = e.Setting("Π", e.Before("Π", "mu_product").Value * μ.Value);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var m̄ = e.Set("m̄", next * m / (1 - Π * next) + (1 - μ) * g / (1 - Π));
        var u = e.Set("u", Term.Max(β2 * e.Before("u", "exp_inf"), Term.Abs(g) + ε), "exp_inf");
        e.Set("θ", θ - lr * m̄ / u);
    }

    private readonly struct Equation<T>(Group o, double ofM, double ofG) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1), β2 = Rounded<T>(o.Betas.Item2);
        private readonly Vector<T> α = Rounded<T>(o.Lr * ofM), γ = Rounded<T>(o.Lr * ofG), ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> u)
        {
            if (maximize) g = -g;
            if (decay) g += λ * θ;                                    // not for λ = 0: 0 · ∞ is NaN
            m = β1 * m + ω1 * g;                                      // m ← β₁m + (1 − β₁)g
            u = Vector.Max(β2 * u, Vector.Abs(g) + ε);                // u ← max(β₂u, |g| + ε)
            θ -= (α * m + γ * g) / u;                                 // θ ← θ − lr · m̄ / u
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private double? momentumDecay;

        /// <summary>ψ: how fast μ rises from β₁ / 2 to β₁.</summary>
        public double MomentumDecay { get => momentumDecay!.Value; set => momentumDecay = value; }

        /// <summary>μₜ = β₁ · (1 − ½ · 0.96^(tψ)).</summary>
        internal double Mu(double t) => Betas.Item1 * (1 - 0.5 * Math.Pow(0.96, t * MomentumDecay));

        /// <inheritdoc/>
        protected override void VisitBeforeMaximize(FieldVisitor visitor) => momentumDecay = visitor.Field("momentum_decay", momentumDecay);

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(MomentumDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => (ExpAvg, ExpInf) = (parameter.ZerosLike(), parameter.ZerosLike());

        /// <summary>t: how many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>Π μᵢ: the product of the momenta so far.</summary>
        public double MuProduct { get; internal set; } = 1;

        /// <summary>m: the running average of the gradients.</summary>
        public Tensor ExpAvg { get; private set; }

        /// <summary>u: the largest recent gradient.</summary>
        public Tensor ExpInf { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            MuProduct = visitor.Field("mu_product", MuProduct);
            ExpAvg = visitor.Field("exp_avg", ExpAvg);
            ExpInf = visitor.Field("exp_inf", ExpInf);
        }
    }
}
