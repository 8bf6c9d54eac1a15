using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// RMSprop: divides the gradient by the root of its mean square of late.
/// <code>
/// g ← ∇f(θ) + λθ
/// v ← αv + (1 − α)g²
/// m ← αm + (1 − α)g             centered only: then √(v − m²) stands for √v
/// b ← μb + g / (√v + ε)         without momentum b = g / (√v + ε)
/// θ ← θ − lr · b
/// </code>
/// Tieleman and Hinton, "Lecture 6.5: rmsprop" of "Neural networks for machine learning" (2012); centered as in Graves, "Generating sequences
/// with recurrent neural networks" (2013, arXiv:1308.0850), equations 38 to 41.
/// <para>For recurrent networks and reinforcement learning, where it is at home. <see cref="Adam"/> is RMSprop with an averaged gradient and
/// corrected averages: without the correction, the first steps here are up to 1/√(1 − α) times lr, ten times with α = 0.99.</para>
/// </summary>
/// <remarks>
/// As in PyTorch ε stands outside of the root (in TensorFlow and in Graves's paper inside), and the rate multiplies the buffer b, not what enters it.
/// By rounding v − m² can come out below 0, and its root NaN, where a gradient is constant: leave <c>centered</c> off there.
/// </remarks>
public sealed class RMSprop : ElementwiseOptimizer<RMSprop.Group, RMSprop.Buffers>
{
    /// <summary>RMSprop on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step.</param>
    /// <param name="alpha">α: how much of the averages of g² and g is kept in a step.</param>
    /// <param name="eps">ε: keeps the quotient finite, and steps small where gradients are tiny.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="momentum">μ: how much of the buffer is kept in a step; 0 for none.</param>
    /// <param name="centered">Divide by the standard deviation of the gradient instead.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public RMSprop(
        IEnumerable<Tensor> @params, double lr = 1e-2, double alpha = 0.99, double eps = 1e-8, double weightDecay = 0, double momentum = 0,
        bool centered = false, bool maximize = false)
        : this(GroupOf(@params), lr, alpha, eps, weightDecay, momentum, centered, maximize)
    {
    }

    /// <summary>RMSprop on parameters with names.</summary>
    /// <inheritdoc cref="RMSprop(IEnumerable{Tensor}, double, double, double, double, double, bool, bool)"/>
    public RMSprop(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-2, double alpha = 0.99, double eps = 1e-8, double weightDecay = 0, double momentum = 0,
        bool centered = false, bool maximize = false)
        : this(GroupOf(@params), lr, alpha, eps, weightDecay, momentum, centered, maximize)
    {
    }

    /// <summary>RMSprop on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="RMSprop(IEnumerable{Tensor}, double, double, double, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public RMSprop(
        IEnumerable<Group> @params, double lr = 1e-2, double alpha = 0.99, double eps = 1e-8, double weightDecay = 0, double momentum = 0,
        bool centered = false, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Alpha = alpha,
            Eps = eps,
            WeightDecay = weightDecay,
            Momentum = momentum,
            Centered = centered,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter.ZerosLike());

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        buffers.Step++;
        var (equation, v) = (new Equation<T>(group), buffers.SquareAvg);
        var b = group.Momentum == 0 ? null : buffers.MomentumBuffer ??= pass.Parameter.ZerosLike();
        var m = group.Centered ? buffers.GradAvg ??= pass.Parameter.ZerosLike() : null;
        if (m is null && b is null) pass.Run(equation, v);
        else if (m is null) pass.Run(equation, v, b!);
        else if (b is null) pass.Run(new Centered<T>(equation), v, m);
        else pass.Run(equation, v, m, b);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), α = e.Setting("α", o.Alpha), ε = e.Setting("ε", o.Eps);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        var v = e.Set("v", α * e.Before("v", "square_avg") + (1 - α) * Term.Square(g), "square_avg");
        if (o.Centered) v -= Term.Square(e.Set("m", α * e.Before("m", "grad_avg") + (1 - α) * g, "grad_avg"));
        var root = Term.Sqrt(v) + ε;
        if (o.Momentum == 0) e.Set("θ", θ - lr * g / root);
        else e.Set("θ", θ - lr * e.Set("b", e.Setting("μ", o.Momentum) * e.Before("b", "momentum_buffer") + g / root, "momentum_buffer"));
    }

    private readonly struct Equation<T>(Group o) : IUpdate1<T>, IUpdate2<T>, IUpdate3<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> lr = Rounded<T>(o.Lr), α = Rounded<T>(o.Alpha), ω = Rounded<T>(1 - o.Alpha);
        private readonly Vector<T> ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay), μ = Rounded<T>(o.Momentum);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> v) => θ -= lr * Scaled(Decayed(θ, g), ref v);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Centered(ref Vector<T> θ, Vector<T> g, ref Vector<T> v, ref Vector<T> m) => θ -= lr * Scaled(Decayed(θ, g), ref v, ref m);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> v, ref Vector<T> b)
        {
            b = μ * b + Scaled(Decayed(θ, g), ref v);                         // b ← μb + g / (√v + ε)
            θ -= lr * b;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> v, ref Vector<T> m, ref Vector<T> b)
        {
            b = μ * b + Scaled(Decayed(θ, g), ref v, ref m);
            θ -= lr * b;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Decayed(Vector<T> θ, Vector<T> g)
        {
            if (maximize) g = -g;
            return decay ? g + λ * θ : g;                                     // not for λ = 0: 0 · ∞ is NaN
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Scaled(Vector<T> g, ref Vector<T> v)
        {
            v = α * v + ω * g * g;                                            // v ← αv + (1 − α)g²
            return g / (Vector.SquareRoot(v) + ε);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Scaled(Vector<T> g, ref Vector<T> v, ref Vector<T> m)
        {
            v = α * v + ω * g * g;
            m = α * m + ω * g;                                                // m ← αm + (1 − α)g
            return g / (Vector.SquareRoot(v - m * m) + ε);
        }
    }

    /// <summary>Centered without momentum: the second buffer is m, not b.</summary>
    private readonly struct Centered<T>(Equation<T> equation) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> v, ref Vector<T> m) => equation.Centered(ref θ, g, ref v, ref m);
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup, IHasMomentum
    {
        private double? alpha, eps, weightDecay, momentum;
        private bool? centered, maximize;

        /// <summary>α: how much of the averages of g² and g is kept in a step.</summary>
        public double Alpha { get => alpha!.Value; set => alpha = value; }

        /// <summary>ε: keeps the quotient finite.</summary>
        public double Eps { get => eps!.Value; set => eps = value; }

        /// <summary>λ: the strength of the L2 penalty.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>μ: how much of the buffer is kept in a step.</summary>
        public double Momentum { get => momentum!.Value; set => momentum = value; }

        /// <summary>Whether to divide by the standard deviation of the gradient.</summary>
        public bool Centered { get => centered!.Value; set => centered = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            momentum = visitor.Field("momentum", momentum);
            alpha = visitor.Field("alpha", alpha);
            eps = visitor.Field("eps", eps);
            centered = visitor.Field("centered", centered);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(Alpha);
            must.NotBeNegative(Eps);
            must.NotBeNegative(WeightDecay);
            must.NotBeNegative(Momentum);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor squareAvg) => SquareAvg = squareAvg;

        /// <summary>How many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>v: the running average of the squared gradients.</summary>
        public Tensor SquareAvg { get; private set; }

        /// <summary>b: the running sum of the scaled gradients; null without momentum.</summary>
        public Tensor? MomentumBuffer { get; internal set; }

        /// <summary>m: the running average of the gradients; null unless centered.</summary>
        public Tensor? GradAvg { get; internal set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            SquareAvg = visitor.Field("square_avg", SquareAvg);
            MomentumBuffer = visitor.Field("momentum_buffer", MomentumBuffer, optional: true);
            GradAvg = visitor.Field("grad_avg", GradAvg, optional: true);
        }
    }
}
