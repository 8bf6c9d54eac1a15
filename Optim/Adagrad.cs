using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adagrad: divides each element's step by the root of all its squared gradients so far, so that what moves rarely moves far.
/// <code>
/// g ← ∇f(θ) + λθ
/// s ← s + g²                    s begins as the initial accumulator value
/// θ ← θ − lr / (1 + (t − 1)·δ) · g / (√s + ε)
/// </code>
/// Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization" (JMLR 12, 2011), Figure 1, with
/// the diagonal matrix.
/// <para>For sparse features and convex problems, where its steps shrink at the right pace, 1/√t. In deep networks they become too small:
/// take <see cref="RMSprop"/> or <see cref="Adam"/>, which forget old gradients.</para>
/// </summary>
/// <remarks>
/// As in PyTorch ε stands outside of the root, and δ (<c>lrDecay</c>), which the paper does not have, acts from the second step on. PyTorch
/// makes <c>sum</c> for all parameters at construction, and has none for groups that are added later; here each parameter has its own from its
/// first gradient on.
/// </remarks>
public sealed class Adagrad : ElementwiseOptimizer<Adagrad.Group, Adagrad.Buffers>
{
    /// <summary>Adagrad on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: how far an element moves in its first step.</param>
    /// <param name="lrDecay">δ: how fast the learning rate falls of itself.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="initialAccumulatorValue">What the sum of squares begins with.</param>
    /// <param name="eps">ε: keeps the quotient finite.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Adagrad(
        IEnumerable<Tensor> @params, double lr = 1e-2, double lrDecay = 0, double weightDecay = 0, double initialAccumulatorValue = 0, double eps = 1e-10,
        bool maximize = false)
        : this(GroupOf(@params), lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize)
    {
    }

    /// <summary>Adagrad on parameters with names.</summary>
    /// <inheritdoc cref="Adagrad(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    public Adagrad(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-2, double lrDecay = 0, double weightDecay = 0, double initialAccumulatorValue = 0,
        double eps = 1e-10, bool maximize = false)
        : this(GroupOf(@params), lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize)
    {
    }

    /// <summary>Adagrad on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Adagrad(IEnumerable{Tensor}, double, double, double, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public Adagrad(
        IEnumerable<Group> @params, double lr = 1e-2, double lrDecay = 0, double weightDecay = 0, double initialAccumulatorValue = 0, double eps = 1e-10,
        bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            LrDecay = lrDecay,
            WeightDecay = weightDecay,
            InitialAccumulatorValue = initialAccumulatorValue,
            Eps = eps,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(Torch.FullLike(parameter, group.InitialAccumulatorValue));

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers) => pass.Run(new Equation<T>(group, ++buffers.Step), buffers.Sum);

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        if (o.LrDecay != 0) lr = e.Set("lr", lr / (1 + (t - 1) * e.Setting("δ", o.LrDecay)));
        var s = e.Set("s", e.Before("s", "sum") + Term.Square(g), "sum");
        e.Set("θ", θ - lr * g / (Term.Sqrt(s) + ε));
    }

    private readonly struct Equation<T>(Group o, double t) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> lr = Rounded<T>(o.Lr / (1 + (t - 1) * o.LrDecay)), ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> s)
        {
            if (maximize) g = -g;
            if (decay) g += λ * θ;                                    // not for λ = 0: 0 · ∞ is NaN
            s += g * g;                                               // s ← s + g²
            θ -= lr * g / (Vector.SquareRoot(s) + ε);                 // θ ← θ − lr · g / (√s + ε)
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup
    {
        private double? lrDecay, weightDecay, initialAccumulatorValue, eps;
        private bool? maximize;

        /// <summary>δ: how fast the learning rate falls of itself.</summary>
        public double LrDecay { get => lrDecay!.Value; set => lrDecay = value; }

        /// <summary>λ: the strength of the L2 penalty.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>What the sum of squares begins with.</summary>
        public double InitialAccumulatorValue { get => initialAccumulatorValue!.Value; set => initialAccumulatorValue = value; }

        /// <summary>ε: keeps the quotient finite.</summary>
        public double Eps { get => eps!.Value; set => eps = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            lrDecay = visitor.Field("lr_decay", lrDecay);
            eps = visitor.Field("eps", eps);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            initialAccumulatorValue = visitor.Field("initial_accumulator_value", initialAccumulatorValue);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(LrDecay);
            must.NotBeNegative(WeightDecay);
            must.NotBeNegative(InitialAccumulatorValue);
            must.NotBeNegative(Eps);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor sum) => Sum = sum;

        /// <summary>t: how many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>s: the sum of the squares of all gradients.</summary>
        public Tensor Sum { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            Sum = visitor.Field("sum", Sum);
        }
    }
}
