using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Lion (evolved sign momentum): every element moves by the same amount, lr, in the direction of an average of the gradients.
/// <code>
/// c ← β₁m + (1 − β₁)g
/// θ ← θ − lr · (sign c + λθ)
/// m ← β₂m + (1 − β₂)g
/// </code>
/// Chen et al., "Symbolic discovery of optimization algorithms" (NeurIPS 2023, arXiv:2302.06675), Algorithm 2, found by a search among
/// programs.
/// <para>Half of Adam's memory: one buffer. A step is larger than one of Adam, so the authors advise a rate 3 to 10 times smaller than
/// AdamW's, and a λ as many times larger. The gain shows with large batches. A step never gets shorter by itself: end with a falling
/// rate.</para>
/// </summary>
/// <remarks>
/// As the authors' code (google/automl) has it: θ decays before it moves, and m is averaged after, so that the newest gradient weighs
/// 1 − β₁ in the direction but only 1 − β₂ in what is remembered. The sign of 0 is 0, and so is that of NaN, as in PyTorch: a NaN in the
/// gradient stays in m, and from then on that element only decays.
/// <para>There is none in PyTorch.</para>
/// </remarks>
public sealed class Lion : ElementwiseOptimizer<Lion.Group, Lion.Buffers>
{
    /// <summary>Lion on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: how far every element moves in a step.</param>
    /// <param name="betas">β₁: how much of the average goes into the direction; β₂: how much of it is kept. By default (0.9, 0.99).</param>
    /// <param name="weightDecay">λ: θ shrinks by lr · λ of itself in each step.</param>
    /// <param name="maximize">Ascend instead; the decay still shrinks.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Lion(IEnumerable<Tensor> @params, double lr = 1e-4, (double, double)? betas = null, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, weightDecay, maximize)
    {
    }

    /// <summary>Lion on parameters with names.</summary>
    /// <inheritdoc cref="Lion(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, bool)"/>
    public Lion(IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-4, (double, double)? betas = null, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, weightDecay, maximize)
    {
    }

    /// <summary>Lion on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Lion(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public Lion(IEnumerable<Group> @params, double lr = 1e-4, (double, double)? betas = null, double weightDecay = 0, bool maximize = false)
        : base(@params, new() { Lr = lr, Betas = betas ?? (0.9, 0.99), WeightDecay = weightDecay, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers) => pass.Run(new Equation<T>(group), buffers.ExpAvg);

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), m = e.Before("m", "exp_avg");
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) θ = e.Set("θ", θ - lr * e.Setting("λ", o.WeightDecay) * θ);
        var c = e.Set("c", β1 * m + (1 - β1) * g);
        e.Set("m", β2 * m + (1 - β2) * g, "exp_avg");
        e.Set("θ", θ - lr * Term.Sign(c));
    }

    private readonly struct Equation<T>(Group o) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded<T>(o.Betas.Item2), ω2 = Rounded<T>(1 - o.Betas.Item2);
        private readonly Vector<T> lr = Rounded<T>(o.Lr), κ = Rounded<T>(1 - o.Lr * o.WeightDecay);
        private readonly bool maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m)
        {
            if (maximize) g = -g;
            var c = β1 * m + ω1 * g;                                  // c ← β₁m + (1 − β₁)g,   ω₁ = 1 − β₁ computed in double
            var up = Vector.ConditionalSelect(Vector.LessThan(c, Vector<T>.Zero), lr, Vector<T>.Zero);
            var down = Vector.ConditionalSelect(Vector.GreaterThan(c, Vector<T>.Zero), lr, Vector<T>.Zero);
            θ = κ * θ + (up - down);                                  // θ ← θ − lr · λθ − lr · sign c,   κ = 1 − lr · λ
            m = β2 * m + ω2 * g;                                      // m ← β₂m + (1 − β₂)g
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup, IHasMomentum
    {
        private (double, double)? betas;
        private double? weightDecay;
        private bool? maximize;

        /// <summary>β₁: how much of the average goes into the direction; β₂: how much of it is kept.</summary>
        public (double, double) Betas { get => betas!.Value; set => betas = value; }

        /// <summary>λ: θ shrinks by lr · λ of itself in each step.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <summary>β₁.</summary>
        double IHasMomentum.Momentum { get => Betas.Item1; set => Betas = (value, Betas.Item2); }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            betas = visitor.Field("betas", betas);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.BeAFraction(Betas.Item1);
            must.BeAFraction(Betas.Item2);
            must.NotBeNegative(WeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => ExpAvg = parameter.ZerosLike();

        /// <summary>m: the running average of the gradients.</summary>
        public Tensor ExpAvg { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor) => ExpAvg = visitor.Field("exp_avg", ExpAvg);
    }
}
