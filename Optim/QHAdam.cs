using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Quasi-hyperbolic Adam: both of Adam's averages are mixed with the latest gradient and its square, by ν₁ and ν₂.
/// <code>
/// g ← ∇f(θ) + λθ
/// w₁ ← 1 + β₁w₁                 m ← (1 − 1/w₁)m + g / w₁
/// w₂ ← 1 + β₂w₂                 v ← (1 − 1/w₂)v + g² / w₂
/// θ ← θ − lr · ((1 − ν₁)g + ν₁m) / (√((1 − ν₂)g² + ν₂v) + ε)
/// </code>
/// Ma and Yarats, "Quasi-hyperbolic momentum and Adam for deep learning" (ICLR 2019, arXiv:1810.06801), the update rule of QHAdam, in the
/// edition of the authors' code (<c>qhoptim</c>), which adds the decay.
/// <para>By default ν₁ = ν₂ = 1, which is <see cref="Adam"/>. A first try is ν₁ = 0.7 with β₁ = 0.995. Where rare large gradients throw
/// Adam off, take ν₂ a little below 1: the step that such a gradient makes is then at most lr / √(1 − ν₂). ν₁ = β₁ is Adam with
/// Nesterov's momentum.</para>
/// </summary>
/// <remarks>
/// m and v are kept as the corrected averages, as in the authors' code: wᵢ = 1 + βᵢ + βᵢ² + … is the sum of the weights in an average, and
/// in exact arithmetic m is Adam's m̂. It stays an average when β changes on the way. A ν of 1 leaves the other term out, so that 0 · ∞
/// does not arise. The code's argument <c>decouple_weight_decay</c> has the name here that PyTorch's Adam gives it.
/// </remarks>
public sealed class QHAdam : ElementwiseOptimizer<QHAdam.Group, QHAdam.Buffers>
{
    /// <summary>QHAdam on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="nus">ν₁ and ν₂: how much of the numerator and of the root is the average; the rest is the latest gradient. By default (1, 1).</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty, or of the decoupled decay.</param>
    /// <param name="decoupledWeightDecay">Shrink θ by lr · λ directly instead of adding λθ to the gradient.</param>
    /// <param name="eps">ε: keeps the quotient finite, and steps small where gradients are tiny.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public QHAdam(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, (double, double)? nus = null, double weightDecay = 0,
        bool decoupledWeightDecay = false, double eps = 1e-8, bool maximize = false)
        : this(GroupOf(@params), lr, betas, nus, weightDecay, decoupledWeightDecay, eps, maximize)
    {
    }

    /// <summary>QHAdam on parameters with names.</summary>
    /// <inheritdoc cref="QHAdam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, ValueTuple{double, double}?, double, bool, double, bool)"/>
    public QHAdam(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, (double, double)? nus = null,
        double weightDecay = 0, bool decoupledWeightDecay = false, double eps = 1e-8, bool maximize = false)
        : this(GroupOf(@params), lr, betas, nus, weightDecay, decoupledWeightDecay, eps, maximize)
    {
    }

    /// <summary>QHAdam on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="QHAdam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, ValueTuple{double, double}?, double, bool, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public QHAdam(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, (double, double)? nus = null, double weightDecay = 0,
        bool decoupledWeightDecay = false, double eps = 1e-8, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Nus = nus ?? (1, 1),
            WeightDecay = weightDecay,
            DecoupledWeightDecay = decoupledWeightDecay,
            Eps = eps,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        buffers.Beta1Weight = 1 + group.Betas.Item1 * buffers.Beta1Weight;
        buffers.Beta2Weight = 1 + group.Betas.Item2 * buffers.Beta2Weight;
        pass.Run(new Equation<T>(group, 1 / buffers.Beta1Weight, 1 / buffers.Beta2Weight), buffers.ExpAvg, buffers.ExpAvgSq);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps);
        Term ν1 = e.Setting("ν₁", o.Nus.Item1), ν2 = e.Setting("ν₂", o.Nus.Item2);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0)
        {
            var λ = e.Setting("λ", o.WeightDecay);
            if (o.DecoupledWeightDecay) θ = e.Set("θ", θ - lr * λ * θ);
            else g = e.Set("g", g + λ * θ);
        }
        var w1 = e.Set("w₁", 1 + β1 * e.Before("w₁", "beta1_weight"));
        var w2 = e.Set("w₂", 1 + β2 * e.Before("w₂", "beta2_weight"));
        var m = e.Set("m", (1 - 1 / w1) * e.Before("m", "exp_avg") + g / w1, "exp_avg");
        var v = e.Set("v", (1 - 1 / w2) * e.Before("v", "exp_avg_sq") + Term.Square(g) / w2, "exp_avg_sq");
        if (o.Nus.Item1 != 1) m = e.Set("m'", (1 - ν1) * g + ν1 * m);
        if (o.Nus.Item2 != 1) v = e.Set("v'", (1 - ν2) * Term.Square(g) + ν2 * v);
        e.Set("θ", θ - lr * m / (Term.Sqrt(v) + ε));
    }

    private readonly struct Equation<T>(Group o, double share1, double share2) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> kept1 = Rounded<T>(1 - share1), share1 = Rounded<T>(share1), kept2 = Rounded<T>(1 - share2), share2 = Rounded<T>(share2);
        private readonly Vector<T> ν1 = Rounded<T>(o.Nus.Item1), μ1 = Rounded<T>(1 - o.Nus.Item1), ν2 = Rounded<T>(o.Nus.Item2), μ2 = Rounded<T>(1 - o.Nus.Item2);
        private readonly Vector<T> lr = Rounded<T>(o.Lr), ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay), κ = Rounded<T>(1 - o.Lr * o.WeightDecay);
        private readonly bool penalty = o.WeightDecay != 0 && !o.DecoupledWeightDecay, decay = o.DecoupledWeightDecay, maximize = o.Maximize;
        private readonly bool mix1 = o.Nus.Item1 != 1, mix2 = o.Nus.Item2 != 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            if (maximize) g = -g;
            if (penalty) g += λ * θ;                                  // not for λ = 0: 0 · ∞ is NaN
            if (decay) θ *= κ;                                        // κ = 1 − lr · λ
            m = kept1 * m + share1 * g;                               // m ← (1 − 1/w₁)m + g / w₁
            v = kept2 * v + share2 * g * g;                           // v ← (1 − 1/w₂)v + g² / w₂
            var numerator = mix1 ? μ1 * g + ν1 * m : m;               // (1 − ν₁)g + ν₁m
            var square = mix2 ? μ2 * g * g + ν2 * v : v;            // (1 − ν₂)g² + ν₂v
            θ -= lr * numerator / (Vector.SquareRoot(square) + ε);
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private (double, double)? nus;
        private bool? decoupledWeightDecay;

        /// <summary>ν₁ and ν₂: how much of the numerator and of the root is the average; the rest is the latest gradient.</summary>
        public (double, double) Nus { get => nus!.Value; set => nus = value; }

        /// <summary>Whether θ shrinks by lr · λ directly.</summary>
        public bool DecoupledWeightDecay { get => decoupledWeightDecay!.Value; set => decoupledWeightDecay = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            nus = visitor.Field("nus", nus);
            decoupledWeightDecay = visitor.Field("decoupled_weight_decay", decoupledWeightDecay);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.Hold(double.IsFinite(Nus.Item1), "nus.Item1", "must be finite", Nus.Item1);
            must.Hold(Nus.Item2 is >= 0 and <= 1, "nus.Item2", "must be in [0, 1]", Nus.Item2);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter) => (ExpAvg, ExpAvgSq) = (parameter.ZerosLike(), parameter.ZerosLike());

        /// <summary>w₁ = 1 + β₁ + β₁² + …: the weights in m, added up.</summary>
        public double Beta1Weight { get; internal set; }

        /// <summary>w₂ = 1 + β₂ + β₂² + …: the weights in v, added up.</summary>
        public double Beta2Weight { get; internal set; }

        /// <summary>m: the average of the gradients.</summary>
        public Tensor ExpAvg { get; private set; }

        /// <summary>v: the average of their squares.</summary>
        public Tensor ExpAvgSq { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Beta1Weight = visitor.Field("beta1_weight", Beta1Weight);
            Beta2Weight = visitor.Field("beta2_weight", Beta2Weight);
            ExpAvg = visitor.Field("exp_avg", ExpAvg);
            ExpAvgSq = visitor.Field("exp_avg_sq", ExpAvgSq);
        }
    }
}
