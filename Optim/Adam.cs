using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adam: steps of a size that the gradients' own scale divides out of, per element.
/// <code>
/// g ← ∇f(θ) + λθ
/// m ← β₁m + (1 − β₁)g           m̂ = m / (1 − β₁ᵗ)
/// v ← β₂v + (1 − β₂)g²          v̂ = v / (1 − β₂ᵗ)
/// θ ← θ − lr · m̂ / (√v̂ + ε)
/// </code>
/// Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015, arXiv:1412.6980), Algorithm 1. With
/// <c>amsgrad</c> the root is taken of the largest v so far: Reddi, Kale and Kumar, "On the convergence of Adam and beyond" (ICLR 2018,
/// arXiv:1904.09237), Algorithm 2.
/// <para>The usual first choice: its default rate 1e-3 works more often than not. To decay weights, take <see cref="AdamW"/>: here
/// the decay goes through the averages, and is divided by √v̂ like everything else.</para>
/// </summary>
/// <remarks>
/// As in PyTorch, ε stands outside of the root of the corrected v̂, and amsgrad takes the maximum of v before it is corrected (the
/// paper knows no correction). The step t counts per parameter: one without a gradient is not counted.
/// </remarks>
public class Adam : ElementwiseOptimizer<Adam.Group, Adam.Buffers>
{
    /// <summary>Adam on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite, and steps small where gradients are tiny.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty, or of the decoupled decay.</param>
    /// <param name="amsgrad">Divide by the root of the largest v so far.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <param name="decoupledWeightDecay">Shrink θ by lr · λ directly instead of adding λθ to the gradient: <see cref="AdamW"/>.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Adam(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        bool amsgrad = false, bool maximize = false, bool decoupledWeightDecay = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay)
    {
    }

    /// <summary>Adam on parameters with names.</summary>
    /// <inheritdoc cref="Adam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool, bool, bool)"/>
    public Adam(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        bool amsgrad = false, bool maximize = false, bool decoupledWeightDecay = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay)
    {
    }

    /// <summary>Adam on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Adam(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public Adam(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 0,
        bool amsgrad = false, bool maximize = false, bool decoupledWeightDecay = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Eps = eps,
            WeightDecay = weightDecay,
            Amsgrad = amsgrad,
            Maximize = maximize,
            DecoupledWeightDecay = decoupledWeightDecay,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        var equation = new Equation<T>(group, ++buffers.Step);
        if (group.Amsgrad) pass.Run(equation, buffers.ExpAvg, buffers.ExpAvgSq, buffers.MaxExpAvgSq ??= pass.Parameter.ZerosLike());
        else pass.Run(equation, buffers.ExpAvg, buffers.ExpAvgSq);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0)
        {
            var λ = e.Setting("λ", o.WeightDecay);
            if (o.DecoupledWeightDecay) θ = e.Set("θ", θ - lr * λ * θ);
            else g = e.Set("g", g + λ * θ);
        }
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var v = e.Set("v", β2 * e.Before("v", "exp_avg_sq") + (1 - β2) * Term.Square(g), "exp_avg_sq");
        if (o.Amsgrad) v = e.Set("v_max", Term.Max(e.Before("v_max", "max_exp_avg_sq"), v), "max_exp_avg_sq");
        var m̂ = e.Set("m̂", m / (1 - Term.Pow(β1, t)));
        var v̂ = e.Set("v̂", v / (1 - Term.Pow(β2, t)));
        e.Set("θ", θ - lr * m̂ / (Term.Sqrt(v̂) + ε));
    }

    private readonly struct Equation<T>(Group o, double t) : IUpdate2<T>, IUpdate3<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded<T>(o.Betas.Item1), ω1 = Rounded<T>(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded<T>(o.Betas.Item2), ω2 = Rounded<T>(1 - o.Betas.Item2);
        private readonly Vector<T> α = Rounded<T>(o.Lr / o.Corrections(t).First), c = Rounded<T>(1 / Math.Sqrt(o.Corrections(t).Second));
        private readonly Vector<T> ε = Rounded<T>(o.Eps), λ = Rounded<T>(o.WeightDecay), κ = Rounded<T>(1 - o.Lr * o.WeightDecay);
        private readonly bool penalty = o.WeightDecay != 0 && !o.DecoupledWeightDecay, decay = o.DecoupledWeightDecay, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            Average(ref θ, g, ref m, ref v);
            θ -= α * m / (c * Vector.SquareRoot(v) + ε);              // θ ← θ − lr · m̂ / (√v̂ + ε)
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v, ref Vector<T> vmax)
        {
            Average(ref θ, g, ref m, ref v);
            vmax = Vector.Max(vmax, v);
            θ -= α * m / (c * Vector.SquareRoot(vmax) + ε);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Average(ref Vector<T> θ, Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            if (maximize) g = -g;
            if (penalty) g += λ * θ;                                  // not for λ = 0: 0 · ∞ is NaN
            if (decay) θ *= κ;                                        // AdamW: κ = 1 − lr · λ
            m = β1 * m + ω1 * g;                                      // m ← β₁m + (1 − β₁)g,   ω₁ = 1 − β₁ computed in double
            v = β2 * v + ω2 * g * g;                                  // v ← β₂v + (1 − β₂)g²
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private bool? amsgrad, decoupledWeightDecay;
        private (double T, (double, double) Betas, double First, double Second) last;

        /// <summary>1 − β₁ᵗ and 1 − β₂ᵗ, kept for the next parameter, which is mostly at the same step.</summary>
        internal (double First, double Second) Corrections(double t)
        {
            if (last.T != t || last.Betas != Betas) last = (t, Betas, 1 - Math.Pow(Betas.Item1, t), 1 - Math.Pow(Betas.Item2, t));
            return (last.First, last.Second);
        }

        /// <summary>Whether to divide by the root of the largest v so far.</summary>
        public bool Amsgrad { get => amsgrad!.Value; set => amsgrad = value; }

        /// <summary>Whether θ shrinks by lr · λ directly.</summary>
        public bool DecoupledWeightDecay { get => decoupledWeightDecay!.Value; set => decoupledWeightDecay = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            decoupledWeightDecay = visitor.Field("decoupled_weight_decay", decoupledWeightDecay);
        }

        /// <inheritdoc/>
        protected override void VisitBeforeMaximize(FieldVisitor visitor) => amsgrad = visitor.Field("amsgrad", amsgrad);
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : AdamBuffers
    {
        internal Buffers(Tensor parameter)
            : base(parameter)
        {
        }

        /// <summary>The largest v so far; null without amsgrad.</summary>
        public Tensor? MaxExpAvgSq { get; internal set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            MaxExpAvgSq = visitor.Field("max_exp_avg_sq", MaxExpAvgSq, optional: true);
        }
    }
}
