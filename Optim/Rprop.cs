using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Rprop, resilient backpropagation: only the signs of the gradients count. Each element has a step size of its own, which grows while the sign
/// stays and shrinks when it changes.
/// <code>
/// g ← ∇f(θ)
/// η = η₊ where g·p > 0, η₋ where g·p &lt; 0, else 1        p is the gradient of the step before
/// s ← η·s, kept between the smallest and the largest step size
/// g ← 0 where g·p &lt; 0                                    after a change of sign the element rests
/// θ ← θ − sign(g) · s
/// p ← g
/// </code>
/// Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm" (1993); without the way back
/// after a change of sign, as Igel and Hüsken, "Improving the Rprop learning algorithm" (2000), give it: iRprop⁻.
/// <para>For the gradient of all data: small networks, curve fitting. Not for mini-batches, whose noise changes signs at random:
/// take <see cref="RMSprop"/>.</para>
/// </summary>
/// <remarks>
/// As in PyTorch the learning rate is what the step sizes begin with, and nothing else: schedulers that change it later have no effect. An element
/// that rests leaves p = 0, so that the next step neither grows nor shrinks. A NaN gradient leaves the element where it is.
/// </remarks>
public sealed class Rprop : ElementwiseOptimizer<Rprop.Group, Rprop.Buffers>
{
    /// <summary>Rprop on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The step size to begin with.</param>
    /// <param name="etas">η₋ and η₊: by what a step size shrinks and grows. By default (0.5, 1.2).</param>
    /// <param name="stepSizes">The smallest and the largest step size. By default (1e-6, 50).</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Rprop(IEnumerable<Tensor> @params, double lr = 1e-2, (double, double)? etas = null, (double, double)? stepSizes = null, bool maximize = false)
        : this(GroupOf(@params), lr, etas, stepSizes, maximize)
    {
    }

    /// <summary>Rprop on parameters with names.</summary>
    /// <inheritdoc cref="Rprop(IEnumerable{Tensor}, double, ValueTuple{double, double}?, ValueTuple{double, double}?, bool)"/>
    public Rprop(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-2, (double, double)? etas = null, (double, double)? stepSizes = null, bool maximize = false)
        : this(GroupOf(@params), lr, etas, stepSizes, maximize)
    {
    }

    /// <summary>Rprop on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Rprop(IEnumerable{Tensor}, double, ValueTuple{double, double}?, ValueTuple{double, double}?, bool)"/>
    [OverloadResolutionPriority(1)]
    public Rprop(IEnumerable<Group> @params, double lr = 1e-2, (double, double)? etas = null, (double, double)? stepSizes = null, bool maximize = false)
        : base(@params, new() { Lr = lr, Etas = etas ?? (0.5, 1.2), StepSizes = stepSizes ?? (1e-6, 50), Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter.ZerosLike(), Torch.FullLike(parameter, group.Lr));

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        buffers.Step++;
        pass.Run(new Equation<T>(group), buffers.Prev, buffers.StepSize);
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term shrink = e.Setting("η₋", o.Etas.Item1), grow = e.Setting("η₊", o.Etas.Item2), min = e.Setting("s₋", o.StepSizes.Item1), max = e.Setting("s₊", o.StepSizes.Item2);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        var turn = e.Set("g·p", g * e.Before("p", "prev"));
        var η = e.Set("η", turn.Value > 0 ? grow : turn.Value < 0 ? shrink : 1);
        var s = e.Set("s", Term.Min(Term.Max(η * e.Before("s", "step_size"), min), max), "step_size");
        if (turn.Value < 0) g = e.Set("g", 0);
        e.Set("p", g, "prev");
        e.Set("θ", θ - Term.Sign(g) * s);
    }

    private readonly struct Equation<T>(Group o) : IUpdate2<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> shrink = Rounded<T>(o.Etas.Item1), grow = Rounded<T>(o.Etas.Item2);
        private readonly Vector<T> min = Rounded<T>(o.StepSizes.Item1), max = Rounded<T>(o.StepSizes.Item2);
        private readonly bool maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> p, ref Vector<T> s)
        {
            if (maximize) g = -g;
            Vector<T> same = Vector.GreaterThan(g * p, Vector<T>.Zero), turned = Vector.LessThan(g * p, Vector<T>.Zero);
            var η = Vector.ConditionalSelect(same, grow, Vector.ConditionalSelect(turned, shrink, Vector<T>.One));
            s = Vector.Min(Vector.Max(η * s, min), max);
            g = Vector.ConditionalSelect(turned, Vector<T>.Zero, g);
            θ -= Signed(s, g);                                        // θ ← θ − sign(g) · s
            p = g;
        }

        /// <summary>s with the sign of g; 0 where g is 0 or NaN.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> Signed(Vector<T> s, Vector<T> g)
            => Vector.ConditionalSelect(Vector.GreaterThan(g, Vector<T>.Zero), s, Vector.ConditionalSelect(Vector.LessThan(g, Vector<T>.Zero), -s, Vector<T>.Zero));
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup
    {
        private (double, double)? etas, stepSizes;
        private bool? maximize;

        /// <summary>η₋ and η₊: by what a step size shrinks and grows.</summary>
        public (double, double) Etas { get => etas!.Value; set => etas = value; }

        /// <summary>The smallest and the largest step size.</summary>
        public (double, double) StepSizes { get => stepSizes!.Value; set => stepSizes = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            etas = visitor.Field("etas", etas);
            stepSizes = visitor.Field("step_sizes", stepSizes);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.Hold(Etas.Item1 is > 0 and < 1, "etas.Item1", "must be in (0, 1)", Etas.Item1);
            must.Hold(Etas.Item2 > 1, "etas.Item2", "must be above 1", Etas.Item2);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor prev, Tensor stepSize) => (Prev, StepSize) = (prev, stepSize);

        /// <summary>How many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>p: the gradient of the step before; 0 where the sign had changed.</summary>
        public Tensor Prev { get; private set; }

        /// <summary>s: the step size of each element.</summary>
        public Tensor StepSize { get; private set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            Prev = visitor.Field("prev", Prev);
            StepSize = visitor.Field("step_size", StepSize);
        }
    }
}
