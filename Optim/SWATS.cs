using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Begins as Adam, and goes on as SGD with momentum once it knows at which rate: SWATS switches from Adam to SGD by itself.
/// <code>
/// Adam:   g ← ∇f(θ) + λθ
///         m ← β₁m + (1 − β₁)g
///         a ← β₂a + (1 − β₂)g²
///         p = −lr · √(1 − β₂ᵏ) / (1 − β₁ᵏ) · m / (√a + ε)
///         θ ← θ + p
///         γ = pᵀp / (−pᵀg)              the rate at which SGD's step, projected onto p, would be p
///         l ← β₂l + (1 − β₂)γ           Λ = l / (1 − β₂ᵏ)
///         if k > 1 and |Λ − γ| &lt; tolerance: SGD from now on, with v = 0
/// SGD:    v ← β₁v + g
///         θ ← θ − (1 − β₁)Λ · v
/// </code>
/// Keskar and Socher, "Improving generalization performance by switching from Adam to SGD" (2017, arXiv:1712.07628), Algorithm 1.
/// <para>Where Adam is fast at first but SGD generalizes better in the end, as on image classifiers, and tuning both is too much.
/// <see cref="AdaBound"/> goes the same way gradually.</para>
/// </summary>
/// <remarks>
/// The edition is the paper's, as the authors published no code. Its vector θ is here a whole group: pᵀp and pᵀg run over all parameters
/// of the group that have a gradient, and the group switches as one. So one group is Algorithm 1 to the letter, and groups are
/// independent of each other. Weights move one by one in both phases; only when to switch is decided over all of them. Unlike
/// <see cref="Adam"/>'s, ε is added to the root of the uncorrected a.
/// <para>What is added: the tolerance is a setting of its own (the paper takes ε for both); the switch waits for a positive Λ, as a negative
/// one would climb; after it a change of lr, for example by a schedule, scales Λ in proportion. The paper's λ is the l above. A
/// group is in its SGD phase when its <c>sgd_lr</c> is not 0; this, l, k and the rate at the switch are kept in the state dict's
/// <c>param_groups</c>.</para>
/// </remarks>
public sealed class SWATS : ElementwiseOptimizer<SWATS.Group, SWATS.Buffers>
{
    /// <summary>SWATS on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">Adam's learning rate: about how far an element moves in an early step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps Adam's quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="switchTolerance">How near Λ must come to γ for the switch; 0 to stay with Adam. The paper's 1e-9 is strict: 1e-5 switches sooner.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public SWATS(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-9, double weightDecay = 0,
        double switchTolerance = 1e-9, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, switchTolerance, maximize)
    {
    }

    /// <summary>SWATS on parameters with names.</summary>
    /// <inheritdoc cref="SWATS(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, bool)"/>
    public SWATS(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-9, double weightDecay = 0,
        double switchTolerance = 1e-9, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, switchTolerance, maximize)
    {
    }

    /// <summary>SWATS on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="SWATS(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public SWATS(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-9, double weightDecay = 0,
        double switchTolerance = 1e-9, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Eps = eps,
            WeightDecay = weightDecay,
            SwitchTolerance = switchTolerance,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new();

    private protected override Tensor? Run(Func<Tensor>? closure)
    {
        for (int i = 0; i < ParamGroups.Count; i++) ParamGroups[i].BeginStep();
        var loss = base.Run(closure);
        for (int i = 0; i < ParamGroups.Count; i++) ParamGroups[i].EndStep();
        return loss;
    }

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        double t = ++buffers.Step;
        if (group.Switched)
        {
            buffers.LeaveAdam();
            pass.Run(new SgdEquation<T>(group), buffers.MomentumBuffer ??= pass.Parameter.ZerosLike());
            return;
        }
        buffers.EnterAdam(pass.Parameter);
        var (pp, pg) = (buffers.PP!, buffers.PG!);
        pass.Run(new AdamEquation<T>(group, t), buffers.ExpAvg!, buffers.ExpAvgSq!, pp, pg);
        group.Observe(Total<T>(pp), Total<T>(pg));
    }

    /// <summary>The sum of all elements, in an order that depends on nothing but their number.</summary>
    private static double Total<T>(Tensor x)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
        => double.CreateTruncating(Reduce.LongRow<Sum.Fold, T>(ref x.First<T>(), x.Count));

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        if (o.Switched)
        {
            var Λ = e.Setting("Λ", o.RateNow);
            var v = e.Set("v", β1 * e.Before("v", "momentum_buffer") + g, "momentum_buffer");
            e.Set("θ", θ - (1 - β1) * Λ * v);
            return;
        }
        Term β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var a = e.Set("a", β2 * e.Before("a", "exp_avg_sq") + (1 - β2) * Term.Square(g), "exp_avg_sq");
        var p = e.Set("p", -lr * Term.Sqrt(1 - Term.Pow(β2, t)) / (1 - Term.Pow(β1, t)) * (m / (Term.Sqrt(a) + ε)));
        e.Set("θ", θ + p);
    }

    private readonly struct AdamEquation<T>(Group o, double t) : IUpdate4<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded<T>(o.Betas.Item2), ω2 = Rounded<T>(1 - o.Betas.Item2);
        private readonly Vector<T> α = Rounded<T>(o.Lr * Math.Sqrt(1 - Math.Pow(o.Betas.Item2, t)) / (1 - Math.Pow(o.Betas.Item1, t))), ε = Rounded<T>(o.Eps);
        private readonly Gradient<T> gradient = new(o);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> a, ref Vector<T> pp, ref Vector<T> pg)
        {
            g = gradient.Of(θ, g);
            m = β1 * m + ω1 * g;                                      // m ← β₁m + (1 − β₁)g
            a = β2 * a + ω2 * g * g;                                  // a ← β₂a + (1 − β₂)g²
            var p = -(α * m / (Vector.SquareRoot(a) + ε));
            θ += p;
            pp = p * p;                                               // the terms of pᵀp and pᵀg, to be summed up
            pg = p * g;
        }
    }

    private readonly struct SgdEquation<T>(Group o) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), η = Rounded<T>((1 - o.Betas.Item1) * o.RateNow);
        private readonly Gradient<T> gradient = new(o);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> v)
        {
            v = β1 * v + gradient.Of(θ, g);                           // v ← β₁v + g
            θ -= η * v;                                               // θ ← θ − (1 − β₁)Λ · v
        }
    }

    /// <summary>The gradient with its sign and decay.</summary>
    private readonly struct Gradient<T>(Group o)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> θ, Vector<T> g)
        {
            if (maximize) g = -g;
            return decay ? g + λ * θ : g;                             // not for λ = 0: 0 · ∞ is NaN
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited. It also keeps the estimate of the rate.</summary>
    public sealed class Group : AdamGroup
    {
        private double? switchTolerance;
        private double step, averageLr, switchLr;                     // k, l, and lr at the switch
        private (bool Moved, double PP, double PG) observed;

        /// <summary>How near Λ must come to γ for the switch.</summary>
        public double SwitchTolerance { get => switchTolerance!.Value; set => switchTolerance = value; }

        /// <summary>Whether the group has switched to SGD.</summary>
        public bool Switched => SgdLr > 0;

        /// <summary>Λ: the rate of SGD, as estimated at the switch; 0 before it.</summary>
        public double SgdLr { get; private set; }

        /// <summary>Λ, in proportion to what lr has become since the switch.</summary>
        internal double RateNow => SgdLr * (Lr / switchLr);

        internal void BeginStep() => observed = default;

        internal void Observe(double pp, double pg) => observed = (true, observed.PP + pp, observed.PG + pg);

        /// <summary>Estimates the rate by this step of Adam, and switches if the estimate has settled.</summary>
        internal void EndStep()
        {
            if (!observed.Moved) return;
            double k = ++step, β2 = Betas.Item2;
            if (observed.PG == 0) return;
            double γ = observed.PP / -observed.PG;
            averageLr = β2 * averageLr + (1 - β2) * γ;                // l ← β₂l + (1 − β₂)γ
            double Λ = averageLr / (1 - Math.Pow(β2, k));
            if (k > 1 && Math.Abs(Λ - γ) < SwitchTolerance && Λ > 0) (SgdLr, switchLr) = (Λ, Lr);
        }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            switchTolerance = visitor.Field("switch_tolerance", switchTolerance);
            step = visitor.Field("step", step);
            averageLr = visitor.Field("average_lr", averageLr);
            SgdLr = visitor.Field("sgd_lr", SgdLr);
            switchLr = visitor.Field("switch_lr", switchLr);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(SwitchTolerance);
        }
    }

    /// <summary>What is remembered of a parameter: in Adam's phase m and a, in SGD's v.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers()
        {
        }

        /// <summary>k: how many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>m: the running average of the gradients; null after the switch.</summary>
        public Tensor? ExpAvg { get; private set; }

        /// <summary>a: the running average of their squares; null after the switch.</summary>
        public Tensor? ExpAvgSq { get; private set; }

        /// <summary>v: the running sum of the gradients; null before the switch.</summary>
        public Tensor? MomentumBuffer { get; internal set; }

        /// <summary>The terms of pᵀp and pᵀg in this step.</summary>
        internal Tensor? PP { get; private set; }

        /// <inheritdoc cref="PP"/>
        internal Tensor? PG { get; private set; }

        internal void EnterAdam(Tensor parameter)
        {
            ExpAvg ??= parameter.ZerosLike();
            ExpAvgSq ??= parameter.ZerosLike();
            PP ??= parameter.ZerosLike();
            PG ??= parameter.ZerosLike();
        }

        internal void LeaveAdam() => ExpAvg = ExpAvgSq = PP = PG = null;

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            ExpAvg = visitor.Field("exp_avg", ExpAvg, optional: true);
            ExpAvgSq = visitor.Field("exp_avg_sq", ExpAvgSq, optional: true);
            MomentumBuffer = visitor.Field("momentum_buffer", MomentumBuffer, optional: true);
        }
    }
}
