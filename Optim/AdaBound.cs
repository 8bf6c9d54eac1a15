using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adam whose rate of each element is clipped into bounds that close in on one final rate: it begins as Adam and ends as SGD with momentum.
/// <code>
/// g ← ∇f(θ) + λθ
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²
/// α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
/// ηₗ = η∞ · (1 − 1 / (γt + 1))        ηᵤ = η∞ · (1 + 1 / (γt))        η∞ = finalLr · lr / baseLr
/// η = clip(α / (√v + ε), ηₗ, ηᵤ)
/// θ ← θ − η · m
/// </code>
/// Luo, Xiong, Liu and Sun, "Adaptive gradient methods with dynamic bound of learning rate" (ICLR 2019, arXiv:1902.09843), Algorithm 2,
/// in the edition of the authors' code (<c>adabound</c>). With <c>amsbound</c> the root is taken of the largest v so far: Algorithm 3,
/// <see cref="AMSBound"/>.
/// <para>Where Adam is fast at first but SGD generalizes better in the end, without tuning a switch between the two: the final rate is
/// what SGD would like, and the results depend little on it.</para>
/// </summary>
/// <remarks>
/// The authors' code departs from their paper, and this class follows the code: averages are corrected for their start, β₁ is constant,
/// the rate is not divided by √t, γ stands where the paper has 1 − β₂, and the bounds move with the rate: where a schedule has taken
/// lr to a tenth of the rate that the group began with, they are a tenth too. Unlike <see cref="Adam"/>'s, ε is added to the root of the
/// uncorrected v. What differs from the code: the rate at the beginning is in the state dict (the code forgets it and takes the rate at
/// the reload); γ = 0 opens the bounds for good (division by zero there); a group that begins at lr = 0 has η∞ = finalLr.
/// </remarks>
public class AdaBound : ElementwiseOptimizer<AdaBound.Group, AdaBound.Buffers>
{
    /// <summary>AdaBound on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate of the part that is Adam: about how far an element moves in an early step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="finalLr">The rate of all elements in the end. It multiplies an average: where SGD with momentum μ likes lr, that is lr / (1 − μ).</param>
    /// <param name="gamma">γ: how fast the bounds close in, about 1/γ steps; 0 for never.</param>
    /// <param name="eps">ε: keeps the quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="amsbound">Divide by the root of the largest v so far.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public AdaBound(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double finalLr = 0.1, double gamma = 1e-3, double eps = 1e-8,
        double weightDecay = 0, bool amsbound = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, finalLr, gamma, eps, weightDecay, amsbound, maximize)
    {
    }

    /// <summary>AdaBound on parameters with names.</summary>
    /// <inheritdoc cref="AdaBound(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, double, bool, bool)"/>
    public AdaBound(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double finalLr = 0.1, double gamma = 1e-3,
        double eps = 1e-8, double weightDecay = 0, bool amsbound = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, finalLr, gamma, eps, weightDecay, amsbound, maximize)
    {
    }

    /// <summary>AdaBound on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="AdaBound(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public AdaBound(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double finalLr = 0.1, double gamma = 1e-3, double eps = 1e-8,
        double weightDecay = 0, bool amsbound = false, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            FinalLr = finalLr,
            Gamma = gamma,
            Eps = eps,
            WeightDecay = weightDecay,
            Amsbound = amsbound,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        double t = ++buffers.Step;
        var equation = new Equation<T>(group, group.Rate(t), group.Bounds(t));
        if (group.Amsbound) pass.Run(equation, buffers.ExpAvg, buffers.ExpAvgSq, buffers.MaxExpAvgSq ??= pass.Parameter.ZerosLike());
        else pass.Run(equation, buffers.ExpAvg, buffers.ExpAvgSq);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        Term lower = e.Setting("ηₗ", o.Bounds(t.Value).Lower), upper = e.Setting("ηᵤ", o.Bounds(t.Value).Upper);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var v = e.Set("v", β2 * e.Before("v", "exp_avg_sq") + (1 - β2) * Term.Square(g), "exp_avg_sq");
        if (o.Amsbound) v = e.Set("v_max", Term.Max(e.Before("v_max", "max_exp_avg_sq"), v), "max_exp_avg_sq");
        var α = e.Set("α", lr * Term.Sqrt(1 - Term.Pow(β2, t)) / (1 - Term.Pow(β1, t)));
        var η = e.Set("η", Term.Min(Term.Max(α / (Term.Sqrt(v) + ε), lower), upper));
        e.Set("θ", θ - η * m);
    }

    private readonly struct Equation<T>(Group o, double rate, (double Lower, double Upper) bounds) : IUpdate2<T>, IUpdate3<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded<T>(o.Betas.Item2), ω2 = Rounded<T>(1 - o.Betas.Item2);
        private readonly Vector<T> α = Rounded<T>(rate), lower = Rounded<T>(bounds.Lower), upper = Rounded<T>(bounds.Upper);
        private readonly Vector<T> ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            Average(θ, g, ref m, ref v);
            θ -= Clipped(v) * m;                                      // θ ← θ − η · m
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v, ref Vector<T> vmax)
        {
            Average(θ, g, ref m, ref v);
            vmax = Vector.Max(vmax, v);
            θ -= Clipped(vmax) * m;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Average(Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            if (maximize) g = -g;
            if (decay) g += λ * θ;                                    // not for λ = 0: 0 · ∞ is NaN
            m = β1 * m + ω1 * g;                                      // m ← β₁m + (1 − β₁)g
            v = β2 * v + ω2 * g * g;                                  // v ← β₂v + (1 − β₂)g²
        }

        /// <summary>η = clip(α / (√v + ε), ηₗ, ηᵤ). Where v is NaN any η will do, since m is NaN too: so the clip need not care.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Clipped(Vector<T> v) => Vector.ClampNative(α / (Vector.SquareRoot(v) + ε), lower, upper);
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private double? finalLr, gamma, baseLr;
        private bool? amsbound;

        /// <summary>The rate of all elements in the end.</summary>
        public double FinalLr { get => finalLr!.Value; set => finalLr = value; }

        /// <summary>γ: how fast the bounds close in; 0 for never.</summary>
        public double Gamma { get => gamma!.Value; set => gamma = value; }

        /// <summary>Whether to divide by the root of the largest v so far.</summary>
        public bool Amsbound { get => amsbound!.Value; set => amsbound = value; }

        /// <summary>The rate with which the group was added: what the final rate is in proportion to.</summary>
        public double BaseLr { get => baseLr!.Value; set => baseLr = value; }

        /// <summary>α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ).</summary>
        internal double Rate(double t) => Lr * Math.Sqrt(1 - Math.Pow(Betas.Item2, t)) / (1 - Math.Pow(Betas.Item1, t));

        /// <summary>ηₗ and ηᵤ: between 0 and ∞ at first, and both at η∞ in the end.</summary>
        internal (double Lower, double Upper) Bounds(double t)
        {
            if (Gamma == 0) return (0, double.PositiveInfinity);
            double final = FinalLr * (BaseLr > 0 ? Lr / BaseLr : Math.Sign(Lr));
            return (final * (1 - 1 / (Gamma * t + 1)), final * (1 + 1 / (Gamma * t)));
        }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            finalLr = visitor.Field("final_lr", finalLr);
            gamma = visitor.Field("gamma", gamma);
            amsbound = visitor.Field("amsbound", amsbound);
            baseLr = visitor.Field<double?>("base_lr", baseLr ?? Lr, optional: true);     // never inherited: each group begins with its own
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(FinalLr);
            must.BeAFraction(Gamma);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : AdamBuffers
    {
        internal Buffers(Tensor parameter)
            : base(parameter)
        {
        }

        /// <summary>The largest v so far; null without amsbound.</summary>
        public Tensor? MaxExpAvgSq { get; internal set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            MaxExpAvgSq = visitor.Field("max_exp_avg_sq", MaxExpAvgSq, optional: true);
        }
    }
}
