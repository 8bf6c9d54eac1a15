using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Aggregated momentum: several momentum buffers, from none to very long, and a step along their mean.
/// <code>
/// g ← ∇f(θ) + λθ
/// bᵢ ← βᵢbᵢ + g                 for i = 1 … K
/// θ ← θ − lr/K · Σ bᵢ
/// </code>
/// Lucas, Sun, Zemel and Grosse, "Aggregated momentum: stability through passive damping" (ICLR 2019, arXiv:1804.00325), the update
/// rule of AggMo, in the edition of the authors' code, which adds the decay.
/// <para>For a momentum far above 0.9 without its oscillations: what the long buffer overshoots, the short ones damp. The default
/// [0, 0.9, 0.99] needs little tuning; <see cref="FromExpForm(IEnumerable{Tensor}, double, double, int, double, bool)"/> makes longer lists.
/// With one β it is <see cref="SGD"/> with momentum.</para>
/// </summary>
/// <remarks>
/// The buffers are sums, as PyTorch's momentum. The code keeps them in a dictionary by β; here the state dict has
/// <c>momentum_buffer_0</c>, <c>momentum_buffer_1</c> and so on in the order of the list, so that two equal βs do not share one. A step
/// costs one pass over the weights for each four buffers.
/// </remarks>
public sealed class AggMo : ElementwiseOptimizer<AggMo.Group, AggMo.Buffers>
{
    private const int AtOnce = 4;                                     // buffers that one pass can hold

    /// <summary>AggMo on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="betas">βᵢ: how much of each buffer is kept in a step. By default [0, 0.9, 0.99].</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public AggMo(IEnumerable<Tensor> @params, double lr = 1e-3, double[]? betas = null, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, weightDecay, maximize)
    {
    }

    /// <summary>AggMo on parameters with names.</summary>
    /// <inheritdoc cref="AggMo(IEnumerable{Tensor}, double, double[], double, bool)"/>
    public AggMo(IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, double[]? betas = null, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, weightDecay, maximize)
    {
    }

    /// <summary>AggMo on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="AggMo(IEnumerable{Tensor}, double, double[], double, bool)"/>
    [OverloadResolutionPriority(1)]
    public AggMo(IEnumerable<Group> @params, double lr = 1e-3, double[]? betas = null, double weightDecay = 0, bool maximize = false)
        : base(@params, new() { Lr = lr, Betas = betas ?? [0, 0.9, 0.99], WeightDecay = weightDecay, Maximize = maximize })
    {
    }

    /// <summary>AggMo with the βs in exponential form, βᵢ = 1 − aⁱ for i = 0 … K − 1: by default [0, 0.9, 0.99].</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="a">a: each buffer is 1/a times as long as the one before.</param>
    /// <param name="k">K: how many buffers.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public static AggMo FromExpForm(IEnumerable<Tensor> @params, double lr = 1e-3, double a = 0.1, int k = 3, double weightDecay = 0, bool maximize = false)
    {
        var must = new Requirements(nameof(AggMo));
        must.Hold(a is > 0 and <= 1, "a", "must be in (0, 1]", a);
        must.Hold(k > 0, "k", "must be positive", k);
        return new AggMo(@params, lr, [.. Enumerable.Range(0, k).Select(i => 1 - Math.Pow(a, i))], weightDecay, maximize);
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter, group.Betas.Count);

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, Group group, Buffers buffers)
    {
        var b = buffers.MomentumBuffers;
        bool ready = b.Count > AtOnce && (group.WeightDecay != 0 || group.Maximize);
        if (ready)
        {
            // The decay is of θ before the step, which the first of several passes changes.
            buffers.Decayed ??= pass.Parameter.ZerosLike();
            pass.Run(new Decay<T>(group), buffers.Decayed);
            pass = new Pass<T>(pass.Parameter, buffers.Decayed);
        }
        for (int i = 0; i < b.Count; i += AtOnce)
        {
            var equation = new Equation<T>(group, i, ready);
            switch (b.Count - i)
            {
                case 1: pass.Run(equation, b[i]); break;
                case 2: pass.Run(equation, b[i], b[i + 1]); break;
                case 3: pass.Run(equation, b[i], b[i + 1], b[i + 2]); break;
                default: pass.Run(equation, b[i], b[i + 1], b[i + 2], b[i + 3]); break;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), K = e.Setting("K", o.Betas.Count);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) g = e.Set("g", g + e.Setting("λ", o.WeightDecay) * θ);
        var b = o.Betas.Select((β, i) =>
        {
            string symbol = "b" + Index(i);
            return e.Set(symbol, e.Setting("β" + Index(i), β) * e.Before(symbol, Buffers.Key(i)) + g, Buffers.Key(i));
        });
        e.Set("θ", θ - lr / K * b.Aggregate((sum, next) => sum + next));
    }

    /// <summary>The i-th of the list, as an index counted from 1: ₁, ₂, … ₁₂.</summary>
    private static string Index(int i) => string.Concat($"{i + 1}".Select(digit => (char)('₀' + (digit - '0'))));

    private readonly struct Equation<T>(Group o, int first, bool ready) : IUpdate1<T>, IUpdate2<T>, IUpdate3<T>, IUpdate4<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = At(o, first), β2 = At(o, first + 1), β3 = At(o, first + 2), β4 = At(o, first + 3);
        private readonly Vector<T> α = Rounded<T>(o.Lr / o.Betas.Count);
        private readonly Decay<T> decay = new(o);
        private readonly bool ready = ready;

        private static Vector<T> At(Group o, int i) => i < o.Betas.Count ? Rounded<T>(o.Betas[i]) : default;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b1)
        {
            g = Decayed(θ, g);
            Move(ref θ, g, β1, ref b1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b1, ref Vector<T> b2)
        {
            g = Decayed(θ, g);
            Move(ref θ, g, β1, ref b1);
            Move(ref θ, g, β2, ref b2);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b1, ref Vector<T> b2, ref Vector<T> b3)
        {
            g = Decayed(θ, g);
            Move(ref θ, g, β1, ref b1);
            Move(ref θ, g, β2, ref b2);
            Move(ref θ, g, β3, ref b3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b1, ref Vector<T> b2, ref Vector<T> b3, ref Vector<T> b4)
        {
            g = Decayed(θ, g);
            Move(ref θ, g, β1, ref b1);
            Move(ref θ, g, β2, ref b2);
            Move(ref θ, g, β3, ref b3);
            Move(ref θ, g, β4, ref b4);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Decayed(Vector<T> θ, Vector<T> g) => ready ? g : decay.Of(θ, g);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Move(ref Vector<T> θ, Vector<T> g, Vector<T> β, ref Vector<T> b)
        {
            b = β * b + g;                                            // bᵢ ← βᵢbᵢ + g
            θ -= α * b;                                               // θ ← θ − lr/K · bᵢ
        }
    }

    /// <summary>The gradient with its sign and decay; as an equation, one that keeps it in a buffer.</summary>
    private readonly struct Decay<T>(Group o) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> λ = Rounded<T>(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> decayed) => decayed = Of(θ, g);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> θ, Vector<T> g)
        {
            if (maximize) g = -g;
            return decay ? g + λ * θ : g;                             // not for λ = 0: 0 · ∞ is NaN
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup
    {
        private double[]? betas;
        private double? weightDecay;
        private bool? maximize;

        /// <summary>βᵢ: how much of each buffer is kept in a step. Their number stays what it was when the group was added.</summary>
        /// <exception cref="ArgumentException">Another number of βs than before.</exception>
        public IReadOnlyList<double> Betas
        {
            get => betas!;
            set
            {
                ArgumentNullException.ThrowIfNull(value);
                if (betas is not null && value.Count != betas.Length)
                    throw new ArgumentException($"AggMo: the group has {betas.Length} betas and a buffer for each, got {value.Count}.  Make a new optimizer to change their number.", nameof(value));
                betas = [.. value];
            }
        }

        /// <summary>λ: the strength of the L2 penalty.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

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
            must.Hold(Betas.Count > 0, "betas", "must not be empty", "[]");
            for (int i = 0; i < Betas.Count; i++) must.BeAFraction(Betas[i], $"betas[{i}]");
            must.NotBeNegative(WeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : ParamBuffers
    {
        private readonly Tensor[] momentum;

        internal Buffers(Tensor parameter, int count) => momentum = [.. Enumerable.Range(0, count).Select(_ => parameter.ZerosLike())];

        /// <summary>bᵢ: the running sums of the gradients.</summary>
        public IReadOnlyList<Tensor> MomentumBuffers => momentum;

        /// <summary>The gradient of this step with its sign and decay, where it takes several passes.</summary>
        internal Tensor? Decayed { get; set; }

        internal static string Key(int i) => $"momentum_buffer_{i}";

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            for (int i = 0; i < momentum.Length; i++) momentum[i] = visitor.Field(Key(i), momentum[i]);
        }
    }
}
