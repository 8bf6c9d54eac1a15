using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Averaged stochastic gradient descent: descent with a falling rate, and beside it the average of all places it came through, which is nearer
/// to the minimum than the last of them.
/// <code>
/// g ← ∇f(θ) + λθ
/// θ ← (1 − δη)θ − ηg
/// ā ← ā + μ(θ − ā)              while μ = 1, ā = θ
/// η ← lr / (1 + δ·lr·t)^α       η begins as lr
/// μ ← 1 / max(1, t − t₀)        μ begins as 1
/// </code>
/// Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (SIAM J. Control Optim. 30, 1992); the rates as Xu, "Towards optimal
/// one pass large scale learning with averaged stochastic gradient descent" (2011, arXiv:1107.2490).
/// <para>For noisy gradients of convex losses. The average is in the state, and the model does not see it: copy it over when the training is
/// done, <c>p.Copy_(opt.State[p].Ax)</c> inside of <c>Torch.NoGrad()</c>. It begins only after t₀ steps, a million by default.</para>
/// </summary>
/// <remarks>
/// As in PyTorch a step takes the η and μ that the step before left, so that the first decays with η = lr, and a change of lr acts one step
/// later; and δ (<c>lambd</c>) both shrinks θ and slows the rate.
/// </remarks>
public sealed class ASGD : ElementwiseOptimizer<ASGD.Group, ASGD.Buffers>
{
    /// <summary>Averaged descent on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate to begin with.</param>
    /// <param name="lambd">δ: how much θ shrinks, and how soon the rate falls.</param>
    /// <param name="alpha">α: the power of the rate's fall.</param>
    /// <param name="t0">t₀: the step after which the average begins.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public ASGD(
        IEnumerable<Tensor> @params, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, lambd, alpha, t0, weightDecay, maximize)
    {
    }

    /// <summary>Averaged descent on parameters with names.</summary>
    /// <inheritdoc cref="ASGD(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    public ASGD(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weightDecay = 0,
        bool maximize = false)
        : this(GroupOf(@params), lr, lambd, alpha, t0, weightDecay, maximize)
    {
    }

    /// <summary>Averaged descent on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="ASGD(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public ASGD(
        IEnumerable<Group> @params, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weightDecay = 0, bool maximize = false)
        : base(@params, new() { Lr = lr, Lambd = lambd, Alpha = alpha, T0 = t0, WeightDecay = weightDecay, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter.ZerosLike(), group.Lr);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        double t = ++buffers.Step;
        pass.Run(new Equation<T>(group, buffers.Eta, buffers.Mu), buffers.Ax);
        buffers.Eta = group.Lr / Math.Pow(1 + group.Lambd * group.Lr * t, group.Alpha);
        buffers.Mu = 1 / Math.Max(1, t - group.T0);
    }

    /// <summary>The average is left out: the weight does not depend on it.</summary>
    protected override void Explain(Explanation e, Group o)
    {
        Term η = e.Setting("η", e.Before("η", "eta").Value), δ = e.Setting("δ", o.Lambd);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        e.Set("θ", (1 - δ * η) * θ - η * g);
    }

    private readonly struct Equation<T>(Group o, double η, double μ) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> η = Rounded<T>(η), κ = Rounded<T>(1 - o.Lambd * η), μ = Rounded<T>(μ), λ = Rounded<T>(o.WeightDecay);
        private readonly bool averages = μ != 1, decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> ā)
        {
            if (maximize) g = -g;
            if (decay) g += λ * θ;                                    // not for λ = 0: 0 · ∞ is NaN
            θ = κ * θ - η * g;                                        // θ ← (1 − δη)θ − ηg
            ā = averages ? ā + μ * (θ - ā) : θ;                       // ā ← ā + μ(θ − ā)
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup
    {
        private double? lambd, alpha, t0, weightDecay;
        private bool? maximize;

        /// <summary>δ: how much θ shrinks, and how soon the rate falls.</summary>
        public double Lambd { get => lambd!.Value; set => lambd = value; }

        /// <summary>α: the power of the rate's fall.</summary>
        public double Alpha { get => alpha!.Value; set => alpha = value; }

        /// <summary>t₀: the step after which the average begins.</summary>
        public double T0 { get => t0!.Value; set => t0 = value; }

        /// <summary>λ: the strength of the L2 penalty.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            lambd = visitor.Field("lambd", lambd);
            alpha = visitor.Field("alpha", alpha);
            t0 = visitor.Field("t0", t0);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(WeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor ax, double eta) => (Ax, Eta) = (ax, eta);

        /// <summary>t: how many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>η: the rate of the next step.</summary>
        public double Eta { get; internal set; }

        /// <summary>μ: what the next step weighs in the average.</summary>
        public double Mu { get; internal set; } = 1;

        /// <summary>ā: the average of the parameter since step t₀.</summary>
        public Tensor Ax { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            Eta = visitor.Field("eta", Eta);
            Mu = visitor.Field("mu", Mu);
            Ax = visitor.Field("ax", Ax);
        }
    }
}
