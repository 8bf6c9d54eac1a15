using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// RAdam: <see cref="Adam"/> that does not trust its v before it has seen enough gradients. Until then it is plain momentum, and the
/// trust grows with the length ρ of the average.
/// <code>
/// g ← ∇f(θ) + λθ
/// m ← β₁m + (1 − β₁)g           m̂ = m / (1 − β₁ᵗ)
/// v ← β₂v + (1 − β₂)g²          v̂ = v / (1 − β₂ᵗ)
/// ρ∞ = 2/(1 − β₂) − 1           ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ)
/// θ ← θ − lr · m̂                if ρ ≤ 5, else with r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)
/// θ ← θ − lr · r · m̂ / √v̂
/// </code>
/// Liu et al., "On the variance of the adaptive learning rate and beyond" (ICLR 2020, arXiv:1908.03265), Algorithm 2. With
/// <c>decoupledWeightDecay</c> θ shrinks by lr · λ of itself instead, as in <see cref="AdamW"/>.
/// <para>Where Adam needs a warm-up of the learning rate, RAdam brings its own.</para>
/// </summary>
/// <remarks>
/// As in PyTorch there is an ε, added to √v before the correction, and ρ must exceed 5 (the authors' code has 5 as well, the paper 4).
/// The first steps divide by nothing: where gradients are large, so are they.
/// </remarks>
public sealed class RAdam : ElementwiseOptimizer<RAdam.Group, RAdam.Buffers>
{
    /// <summary>RAdam on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite, and steps small where gradients are tiny.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty, or of the decoupled decay.</param>
    /// <param name="decoupledWeightDecay">Shrink θ by lr · λ directly instead of adding λθ to the gradient.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public RAdam(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        bool decoupledWeightDecay = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, decoupledWeightDecay, maximize)
    {
    }

    /// <summary>RAdam on parameters with names.</summary>
    /// <inheritdoc cref="RAdam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool, bool)"/>
    public RAdam(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        bool decoupledWeightDecay = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, decoupledWeightDecay, maximize)
    {
    }

    /// <summary>RAdam on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="RAdam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public RAdam(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        bool decoupledWeightDecay = false, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Eps = eps,
            WeightDecay = weightDecay,
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
        double t = ++buffers.Step, α = group.Lr / (1 - Math.Pow(group.Betas.Item1, t));
        double? trust = Trust(group.Betas.Item2, t);
        pass.Run(new Equation<T>(group, α * (trust ?? 1), rectified: trust is not null), buffers.ExpAvg, buffers.ExpAvgSq);
    }

    /// <summary>r · √(1 − β₂ᵗ); null as long as v is not to be trusted.</summary>
    private static double? Trust(double β2, double t)
    {
        double limit = 2 / (1 - β2) - 1, power = Math.Pow(β2, t), ρ = limit - 2 * t * power / (1 - power);
        return ρ > 5 ? Math.Sqrt((ρ - 4) * (ρ - 2) * limit / ((limit - 4) * (limit - 2) * ρ)) * Math.Sqrt(1 - power) : null;
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0)
        {
            var λ = e.Setting("λ", o.WeightDecay);
            if (o.DecoupledWeightDecay) θ = e.Set("θ", θ - lr * λ * θ);
            else g = e.Set("g", g + λ * θ);
        }
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var v = e.Set("v", β2 * e.Before("v", "exp_avg_sq") + (1 - β2) * Term.Square(g), "exp_avg_sq");
        var m̂ = e.Set("m̂", m / (1 - Term.Pow(β1, t)));
        var limit = e.Set("ρ∞", 2 / (1 - β2) - 1);
        var ρ = e.Set("ρ", limit - 2 * t * Term.Pow(β2, t) / (1 - Term.Pow(β2, t)));
        if (ρ.Value > 5)
        {
            var r = e.Set("r", Term.Sqrt((ρ - 4) * (ρ - 2) * limit / ((limit - 4) * (limit - 2) * ρ)));
            e.Set("θ", θ - lr * r * m̂ * Term.Sqrt(1 - Term.Pow(β2, t)) / (Term.Sqrt(v) + ε));
        }
        else e.Set("θ", θ - lr * m̂);
    }

    private readonly struct Equation<T>(Group o, double α, bool rectified) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded<T>(o.Betas.Item2), ω2 = Rounded<T>(1 - o.Betas.Item2);
        private readonly Vector<T> α = Rounded<T>(α), ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay), κ = Rounded<T>(1 - o.Lr * o.WeightDecay);
        private readonly bool penalty = o.WeightDecay != 0 && !o.DecoupledWeightDecay, decay = o.DecoupledWeightDecay, maximize = o.Maximize, rectified = rectified;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            if (maximize) g = -g;
            if (penalty) g += λ * θ;                                          // not for λ = 0: 0 · ∞ is NaN
            if (decay) θ *= κ;                                                // κ = 1 − lr · λ
            m = β1 * m + ω1 * g;                                              // m ← β₁m + (1 − β₁)g
            v = β2 * v + ω2 * g * g;                                          // v ← β₂v + (1 − β₂)g²
            θ -= rectified ? α * m / (Vector.SquareRoot(v) + ε) : α * m;      // θ ← θ − lr · r · m̂ / √v̂
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private bool? decoupledWeightDecay;

        /// <summary>Whether θ shrinks by lr · λ directly.</summary>
        public bool DecoupledWeightDecay { get => decoupledWeightDecay!.Value; set => decoupledWeightDecay = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            decoupledWeightDecay = visitor.Field("decoupled_weight_decay", decoupledWeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : AdamBuffers
    {
        internal Buffers(Tensor parameter)
            : base(parameter)
        {
        }
    }
}
