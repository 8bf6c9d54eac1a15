using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Stochastic gradient descent, with momentum if asked for.
/// <code>
/// g ← ∇f(θ) + λθ
/// b ← μb + (1 − τ)g          at the first step b ← g
/// θ ← θ − lr · b             with Nesterov θ ← θ − lr · (g + μb)
/// </code>
/// Polyak, "Some methods of speeding up the convergence of iteration methods" (1964); the Nesterov variant as in Sutskever et al., "On the
/// importance of initialization and momentum in deep learning" (2013), written for the gradient at θ itself.
/// <para>The plainest choice, and with momentum 0.9, weight decay and a falling rate still a very good one for convolutional networks.
/// It needs its learning rate tuned; <see cref="Adam"/> forgives more.</para>
/// </summary>
/// <remarks>
/// As in PyTorch the rate multiplies the buffer, not the gradient that enters it, so a change of the rate acts at once. Textbooks have it
/// the other way round:
/// <code>
/// v ← ρv − αg                θ ← θ + v
/// v ← ρv − α∇f(θ + ρv)       θ ← θ + v           Nesterov
/// </code>
/// With ρ = μ and α = lr that is v = −lr · b, and for a constant rate the same sequence of θ; with Nesterov, θ here is θ + ρv there, the point
/// at which the gradient is taken. When the rate changes from α to α′, the textbook's next step still has ρv in it, this one
/// (α′ / α) · ρv.
/// <para>Dampening τ does not act on the first step, and not at all without momentum. Maximizing negates the
/// gradient before the decay is added: the decay always shrinks.</para>
/// </remarks>
public sealed class SGD : ElementwiseOptimizer<SGD.Group, SGD.Buffers>
{
    /// <summary>Descent on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="momentum">μ: how much of the buffer is kept in a step; 0 for none.</param>
    /// <param name="dampening">τ: how much of the gradient is kept out of the buffer.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="nesterov">Look ahead: descend along g + μb.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public SGD(IEnumerable<Tensor> @params, double lr = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false, bool maximize = false)
        : this(GroupOf(@params), lr, momentum, dampening, weightDecay, nesterov, maximize)
    {
    }

    /// <summary>Descent on parameters with names.</summary>
    /// <inheritdoc cref="SGD(IEnumerable{Tensor}, double, double, double, double, bool, bool)"/>
    public SGD(IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false, bool maximize = false)
        : this(GroupOf(@params), lr, momentum, dampening, weightDecay, nesterov, maximize)
    {
    }

    /// <summary>Descent on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="SGD(IEnumerable{Tensor}, double, double, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public SGD(IEnumerable<Group> @params, double lr = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false, bool maximize = false)
        : base(@params, new() { Lr = lr, Momentum = momentum, Dampening = dampening, WeightDecay = weightDecay, Nesterov = nesterov, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new();

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        if (group.Momentum == 0)
        {
            pass.Run(new Equation<T>(group, group.Dampening));
            return;
        }
        double dampening = buffers.MomentumBuffer is null ? 0 : group.Dampening;                // b ← g at the first step
        pass.Run(new Equation<T>(group, dampening), buffers.MomentumBuffer ??= pass.Parameter.ZerosLike());
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        var (lr, θ, g) = (e.Setting("lr", o.Lr), e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        if (o.Momentum != 0)
        {
            var μ = e.Setting("μ", o.Momentum);
            var share = o.Dampening == 0 ? g : (1 - e.Setting("τ", o.Dampening)) * g;
            var b = e.Set("b", e.Remembers("momentum_buffer") ? μ * e.Before("b", "momentum_buffer") + share : g, "momentum_buffer");
            g = o.Nesterov ? e.Set("g", g + μ * b) : b;
        }
        e.Set("θ", θ - lr * g);
    }

    private readonly struct Equation<T>(Group o, double dampening) : IUpdate<T>, IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> lr = Rounded<T>(o.Lr), λ = Rounded<T>(o.WeightDecay), μ = Rounded<T>(o.Momentum), ω = Rounded<T>(1 - dampening);
        private readonly bool decay = o.WeightDecay != 0, nesterov = o.Nesterov, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g) => θ -= lr * Decayed(θ, g);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b)
        {
            g = Decayed(θ, g);
            b = μ * b + ω * g;                                // b ← μb + (1 − τ)g
            θ -= lr * (nesterov ? g + μ * b : b);             // θ ← θ − lr · b
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Decayed(Vector<T> θ, Vector<T> g)
        {
            if (maximize) g = -g;
            return decay ? g + λ * θ : g;                     // not for λ = 0: 0 · ∞ is NaN
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup, IHasMomentum
    {
        private double? momentum, dampening, weightDecay;
        private bool? nesterov, maximize;

        /// <summary>μ: how much of the buffer is kept in a step.</summary>
        public double Momentum { get => momentum!.Value; set => momentum = value; }

        /// <summary>τ: how much of the gradient is kept out of the buffer.</summary>
        public double Dampening { get => dampening!.Value; set => dampening = value; }

        /// <summary>λ: the strength of the L2 penalty.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether to descend along g + μb.</summary>
        public bool Nesterov { get => nesterov!.Value; set => nesterov = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            momentum = visitor.Field("momentum", momentum);
            dampening = visitor.Field("dampening", dampening);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            nesterov = visitor.Field("nesterov", nesterov);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(Momentum);
            must.NotBeNegative(WeightDecay);
            must.HoldAtFirst(!Nesterov || (Momentum > 0 && Dampening == 0), "nesterov", "needs a momentum, and dampening 0", $"{Momentum} and {Dampening}");
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        /// <summary>b: the running sum of the gradients; null without momentum.</summary>
        public Tensor? MomentumBuffer { get; internal set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor) => MomentumBuffer = visitor.Field("momentum_buffer", MomentumBuffer, optional: true);
    }
}
