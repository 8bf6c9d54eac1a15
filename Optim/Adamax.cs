using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adamax: <see cref="Adam"/> with the largest gradient of late in place of the root of the mean square: the infinity norm.
/// <code>
/// g ← ∇f(θ) + λθ
/// m ← β₁m + (1 − β₁)g           m̂ = m / (1 − β₁ᵗ)
/// u ← max(β₂u, |g| + ε)
/// θ ← θ − lr · m̂ / u
/// </code>
/// Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015, arXiv:1412.6980), Algorithm 2.
/// <para>For sparse or heavy-tailed gradients, as of embeddings: one large gradient makes the steps small at once, and is forgotten at
/// the pace of β₂. A step is no longer than lr, or hardly: by (1 − β₁) / (1 − β₁/β₂) − 1, which is 0.9%, where gradients fall exactly as β₂ᵗ.</para>
/// </summary>
/// <remarks>As in PyTorch ε is added to |g| inside of the maximum; the paper has none, and divides 0 by 0 where no gradient was seen.</remarks>
public sealed class Adamax : ElementwiseOptimizer<Adamax.Group, Adamax.Buffers>
{
    /// <summary>Adamax on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step at most.</param>
    /// <param name="betas">β₁ and β₂: how much of the average of g and of the largest |g| is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Adamax(
        IEnumerable<Tensor> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, maximize)
    {
    }

    /// <summary>Adamax on parameters with names.</summary>
    /// <inheritdoc cref="Adamax(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool)"/>
    public Adamax(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, maximize)
    {
    }

    /// <summary>Adamax on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Adamax(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public Adamax(
        IEnumerable<Group> @params, double lr = 2e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0, bool maximize = false)
        : base(@params, new() { Lr = lr, Betas = betas ?? (0.9, 0.999), Eps = eps, WeightDecay = weightDecay, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
        => pass.Run(new Equation<T>(group, ++buffers.Step), buffers.ExpAvg, buffers.ExpInf);

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var u = e.Set("u", Term.Max(β2 * e.Before("u", "exp_inf"), Term.Abs(g) + ε), "exp_inf");
        var m̂ = e.Set("m̂", m / (1 - Term.Pow(β1, t)));
        e.Set("θ", θ - lr * m̂ / u);
    }

    private readonly struct Equation<T>(Group o, double t) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1), β2 = Rounded<T>(o.Betas.Item2);
        private readonly Vector<T> α = Rounded<T>(o.Lr / (1 - Math.Pow(o.Betas.Item1, t))), ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> u)
        {
            if (maximize) g = -g;
            if (decay) g += λ * θ;                                    // not for λ = 0: 0 · ∞ is NaN
            m = β1 * m + ω1 * g;                                      // m ← β₁m + (1 − β₁)g
            u = Vector.Max(β2 * u, Vector.Abs(g) + ε);                // u ← max(β₂u, |g| + ε)
            θ -= α * m / u;                                           // θ ← θ − lr · m̂ / u
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup;

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => (ExpAvg, ExpInf) = (parameter.ZerosLike(), parameter.ZerosLike());

        /// <summary>t: how many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>m: the running average of the gradients.</summary>
        public Tensor ExpAvg { get; private set; }

        /// <summary>u: the largest |g|, slowly forgotten.</summary>
        public Tensor ExpInf { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            ExpAvg = visitor.Field("exp_avg", ExpAvg);
            ExpInf = visitor.Field("exp_inf", ExpInf);
        }
    }
}
