using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Quasi-hyperbolic momentum: a step along a mean of the gradient and of its running average, weighted by ν.
/// <code>
/// g ← ∇f(θ) + λθ
/// b ← βb + (1 − β)g
/// θ ← θ − lr · ((1 − ν)g + νb)
/// </code>
/// Ma and Yarats, "Quasi-hyperbolic momentum and Adam for deep learning" (ICLR 2019, arXiv:1810.06801), the update rule of QHM, in the
/// edition of the authors' code (<c>qhoptim</c>), which adds the decay.
/// <para>To try in place of <see cref="SGD"/> with momentum: ν lets the average be long without the latest gradient drowning in it. The
/// defaults are the authors' rule of thumb, ν = 0.7 and β = 0.999. Each ν is a method: ν = 0 plain descent, ν = 1 momentum, ν = β
/// Nesterov's momentum.</para>
/// </summary>
/// <remarks>
/// The buffer is an average and not a sum: where <see cref="SGD"/> with momentum μ has the rate lr, take lr / (1 − μ) here. It is
/// dampened from the first step on, which PyTorch's dampening leaves out. <c>decoupledWeightDecay</c> is the code's
/// <c>weight_decay_type="direct"</c>: θ shrinks by lr · λ of itself before the step. The code has no defaults for lr, β and ν.
/// </remarks>
public sealed class QHM : ElementwiseOptimizer<QHM.Group, QHM.Buffers>
{
    /// <summary>QHM on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="momentum">β: how much of the average is kept in a step.</param>
    /// <param name="nu">ν: how much of a step is along the average; the rest is along the gradient.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty, or of the decoupled decay.</param>
    /// <param name="decoupledWeightDecay">Shrink θ by lr · λ directly instead of adding λθ to the gradient.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public QHM(
        IEnumerable<Tensor> @params, double lr = 1e-3, double momentum = 0.999, double nu = 0.7, double weightDecay = 0, bool decoupledWeightDecay = false,
        bool maximize = false)
        : this(GroupOf(@params), lr, momentum, nu, weightDecay, decoupledWeightDecay, maximize)
    {
    }

    /// <summary>QHM on parameters with names.</summary>
    /// <inheritdoc cref="QHM(IEnumerable{Tensor}, double, double, double, double, bool, bool)"/>
    public QHM(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, double momentum = 0.999, double nu = 0.7, double weightDecay = 0,
        bool decoupledWeightDecay = false, bool maximize = false)
        : this(GroupOf(@params), lr, momentum, nu, weightDecay, decoupledWeightDecay, maximize)
    {
    }

    /// <summary>QHM on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="QHM(IEnumerable{Tensor}, double, double, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public QHM(
        IEnumerable<Group> @params, double lr = 1e-3, double momentum = 0.999, double nu = 0.7, double weightDecay = 0, bool decoupledWeightDecay = false,
        bool maximize = false)
        : base(@params, new() { Lr = lr, Momentum = momentum, Nu = nu, WeightDecay = weightDecay, DecoupledWeightDecay = decoupledWeightDecay, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers) => pass.Run(new Equation<T>(group), buffers.MomentumBuffer);

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β = e.Setting("β", o.Momentum), ν = e.Setting("ν", o.Nu);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0)
        {
            var λ = e.Setting("λ", o.WeightDecay);
            if (o.DecoupledWeightDecay) θ = e.Set("θ", θ - lr * λ * θ);
            else g = e.Set("g", g + λ * θ);
        }
        var b = e.Set("b", β * e.Before("b", "momentum_buffer") + (1 - β) * g, "momentum_buffer");
        e.Set("θ", θ - lr * ((1 - ν) * g + ν * b));
    }

    private readonly struct Equation<T>(Group o) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β = Rounded<T>(o.Momentum), ω = Rounded<T>(1 - o.Momentum);
        private readonly Vector<T> ofB = Rounded<T>(o.Lr * o.Nu), ofG = Rounded<T>(o.Lr * (1 - o.Nu));
        private readonly Vector<T> λ = Rounded<T>(o.WeightDecay), κ = Rounded<T>(1 - o.Lr * o.WeightDecay);
        private readonly bool penalty = o.WeightDecay != 0 && !o.DecoupledWeightDecay, decay = o.DecoupledWeightDecay, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b)
        {
            if (maximize) g = -g;
            if (penalty) g += λ * θ;                                  // not for λ = 0: 0 · ∞ is NaN
            if (decay) θ *= κ;                                        // κ = 1 − lr · λ
            b = β * b + ω * g;                                        // b ← βb + (1 − β)g
            θ -= ofB * b + ofG * g;                                   // θ ← θ − lr · ((1 − ν)g + νb)
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup, IHasMomentum
    {
        private double? momentum, nu, weightDecay;
        private bool? decoupledWeightDecay, maximize;

        /// <summary>β: how much of the average is kept in a step.</summary>
        public double Momentum { get => momentum!.Value; set => momentum = value; }

        /// <summary>ν: how much of a step is along the average; the rest is along the gradient.</summary>
        public double Nu { get => nu!.Value; set => nu = value; }

        /// <summary>λ: the strength of the L2 penalty, or of the decoupled decay.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether θ shrinks by lr · λ directly.</summary>
        public bool DecoupledWeightDecay { get => decoupledWeightDecay!.Value; set => decoupledWeightDecay = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            momentum = visitor.Field("momentum", momentum);
            nu = visitor.Field("nu", nu);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            decoupledWeightDecay = visitor.Field("decoupled_weight_decay", decoupledWeightDecay);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.BeAFraction(Momentum);
            must.Hold(double.IsFinite(Nu), "nu", "must be finite", Nu);
            must.NotBeNegative(WeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => MomentumBuffer = parameter.ZerosLike();

        /// <summary>b: the running average of the gradients.</summary>
        public Tensor MomentumBuffer { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor) => MomentumBuffer = visitor.Field("momentum_buffer", MomentumBuffer);
    }
}
