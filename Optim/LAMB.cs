using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// LAMB (layer-wise adaptive moments for batch training): Adam's direction, with a step as long as the layer's weights warrant.
/// <code>
/// m ← β₁m + (1 − β₁)g           m̂ = m / (1 − β₁ᵗ)
/// v ← β₂v + (1 − β₂)g²          v̂ = v / (1 − β₂ᵗ)
/// u ← m̂ / (√v̂ + ε) + λθ
/// r ← φ(‖θ‖) / ‖u‖              φ(z) = min(max(z, γₗ), γᵤ);  r = 1 where either is 0
/// θ ← θ − lr · ru
/// </code>
/// You et al., "Large batch optimization for deep learning: training BERT in 76 minutes" (ICLR 2020, arXiv:1904.00962), Algorithm 2. A layer
/// is a parameter tensor; the norms are Euclidean.
/// <para>For batches of many thousands, where a rate that suits all layers no longer exists. Give biases and the scales of normalizations
/// a group with <c>WeightDecay = 0</c>. With small batches <see cref="AdamW"/> does as well.</para>
/// </summary>
/// <remarks>
/// The edition is that of the conference, as in the code that the paper refers to (tensorflow/addons), whose defaults these are: averages
/// corrected, φ(z) = z, ε = 1e-6; a norm that is NaN counts as 0. Earlier editions on arXiv do not correct the averages
/// (<c>biasCorrection: false</c>). The paper leaves the bounds of φ open; others' codes take (0, 10).
/// <para>Two passes over the memory: one for the averages and both norms, one for the step, which computes u again. The squares are summed
/// in blocks whose bounds depend on the length alone, and the blocks' sums in double: the same bits for any number of threads. A step
/// allocates nothing, except a copy of a parameter or gradient that is not contiguous.</para>
/// <para>There is none in PyTorch.</para>
/// </remarks>
public sealed class LAMB : Optimizer<LAMB.Group, LAMB.Buffers>
{
    /// <summary>LAMB on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: by which part of its length a parameter moves in a step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the decay, which is part of the step that is scaled.</param>
    /// <param name="normBounds">γₗ and γᵤ: what ‖θ‖ counts as at least and at most. By default (0, ∞).</param>
    /// <param name="biasCorrection">Whether to correct the averages for having begun at 0.</param>
    /// <param name="maximize">Ascend instead; the decay still shrinks.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public LAMB(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-6, double weightDecay = 0,
        (double, double)? normBounds = null, bool biasCorrection = true, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, normBounds, biasCorrection, maximize)
    {
    }

    /// <summary>LAMB on parameters with names.</summary>
    /// <inheritdoc cref="LAMB(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, ValueTuple{double, double}?, bool, bool)"/>
    public LAMB(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-6, double weightDecay = 0,
        (double, double)? normBounds = null, bool biasCorrection = true, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, normBounds, biasCorrection, maximize)
    {
    }

    /// <summary>LAMB on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="LAMB(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, ValueTuple{double, double}?, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public LAMB(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-6, double weightDecay = 0,
        (double, double)? normBounds = null, bool biasCorrection = true, bool maximize = false)
        : base(@params, new()
        {
            Lr = lr,
            Betas = betas ?? (0.9, 0.999),
            Eps = eps,
            WeightDecay = weightDecay,
            NormBounds = normBounds ?? (0, double.PositiveInfinity),
            BiasCorrection = biasCorrection,
            Maximize = maximize,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, Group group, Buffers buffers)
    {
        buffers.Step++;
        var (θ, g) = (parameter.Contiguous(), gradient.Contiguous());
        Dispatch.Floats(parameter.DType, new Kernel(parameter, θ, g, group, buffers), parameter, θ, g, buffers);
    }

    private readonly struct Kernel(Tensor parameter, Tensor θ, Tensor g, Group o, Buffers buffers) : IFloatKernel
    {
        void IFloatKernel.Run<T>()
        {
            var (m, v) = (buffers.ExpAvg, buffers.ExpAvgSq);
            var direction = new Direction<T>(o, buffers.Step);
            var (θθ, uu) = Averages.Run(direction, ref θ.First<T>(), ref g.First<T>(), ref m.First<T>(), ref v.First<T>(), θ.Count);
            new Pass<T>(parameter, m).Run(new Descent<T>(direction, o.Lr * o.TrustRatio(Math.Sqrt(θθ), Math.Sqrt(uu))), v);      // reads m where others read g
        }
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), β1 = e.Setting("β₁", o.Betas.Item1), β2 = e.Setting("β₂", o.Betas.Item2), ε = e.Setting("ε", o.Eps), t = e.NextStep();
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        var m = e.Set("m", β1 * e.Before("m", "exp_avg") + (1 - β1) * g, "exp_avg");
        var v = e.Set("v", β2 * e.Before("v", "exp_avg_sq") + (1 - β2) * Term.Square(g), "exp_avg_sq");
        if (o.BiasCorrection) (m, v) = (e.Set("m̂", m / (1 - Term.Pow(β1, t))), e.Set("v̂", v / (1 - Term.Pow(β2, t))));
        var u = m / (Term.Sqrt(v) + ε);
        u = e.Set("u", o.WeightDecay == 0 ? u : u + e.Setting("λ", o.WeightDecay) * θ);
        var (ofθ, ofU) = Norms(e, o, t.Value);
        e.Set("θ", θ - lr * e.Setting("r", o.TrustRatio(ofθ, ofU)) * u);
    }

    /// <summary>‖θ‖ and ‖u‖ of a recorded step.</summary>
    private static (double OfΘ, double OfU) Norms(Explanation e, Group o, double t)
    {
        var (θ, g, (β1, β2)) = (e.WholeParameter.Double(), e.WholeGradient.Double(), o.Betas);
        if (o.Maximize) g = -g;
        var m = β1 * e.WholeBefore("exp_avg").Double() + (1 - β1) * g;
        var v = β2 * e.WholeBefore("exp_avg_sq").Double() + (1 - β2) * g.Square();
        var (first, second) = o.Corrections(t);
        var u = m / first / ((v / second).Sqrt() + o.Eps);
        if (o.WeightDecay != 0) u += o.WeightDecay * θ;
        return (θ.Norm().Item(), u.Norm().Item());
    }

    /// <summary>The averages, and where they point to.</summary>
    private readonly struct Direction<T>(Group o, double t)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> β1 = Rounded(o.Betas.Item1), ω1 = Rounded(1 - o.Betas.Item1);
        private readonly Vector<T> β2 = Rounded(o.Betas.Item2), ω2 = Rounded(1 - o.Betas.Item2);
        private readonly Vector<T> a = Rounded(1 / o.Corrections(t).First), c = Rounded(1 / Math.Sqrt(o.Corrections(t).Second));
        private readonly Vector<T> ε = Rounded(o.Eps), λ = Rounded(o.WeightDecay);
        private readonly bool decay = o.WeightDecay != 0, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Average(Vector<T> g, ref Vector<T> m, ref Vector<T> v)
        {
            if (maximize) g = -g;
            m = β1 * m + ω1 * g;                                      // m ← β₁m + (1 − β₁)g,   ω₁ = 1 − β₁ computed in double
            v = β2 * v + ω2 * g * g;                                  // v ← β₂v + (1 − β₂)g²
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector<T> At(Vector<T> θ, Vector<T> m, Vector<T> v)
        {
            var u = a * m / (c * Vector.SquareRoot(v) + ε);           // u ← m̂ / (√v̂ + ε) + λθ
            return decay ? u + λ * θ : u;                             // not for λ = 0: 0 · ∞ is NaN
        }

        internal static Vector<T> Rounded(double x) => new(T.CreateTruncating(x));
    }

    /// <summary>The second pass: θ ← θ − lr · ru.</summary>
    private readonly struct Descent<T>(Direction<T> direction, double rate) : IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> rate = Direction<T>.Rounded(rate);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> m, ref Vector<T> v) => θ -= rate * direction.At(θ, m, v);
    }

    /// <summary>The first pass: m, v, and the squares of θ and u summed.</summary>
    private static class Averages
    {
        private const int Block = 1 << 13, MostChunks = 256;          // elements whose squares are summed in T; parts that threads share

        internal static (double θθ, double uu) Run<T>(Direction<T> direction, ref T θ, ref T g, ref T m, ref T v, int n)
            where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
        {
            Span<(double θθ, double uu)> sums = stackalloc (double, double)[MostChunks];
            int size = Block * ((n - 1) / (Block * MostChunks) + 1), chunks = Math.Max((n - 1) / size + 1, 1);
            var pieces = new Pieces<T>(direction, ref θ, ref g, ref m, ref v, n, size, sums);
            if (chunks >= Team.Least) Team.Run(chunks, pieces);
            else
                for (int i = 0; i < chunks; i++) pieces.Run(i);

            var (θθ, uu) = (0.0, 0.0);
            foreach (var sum in sums[..chunks]) (θθ, uu) = (θθ + sum.θθ, uu + sum.uu);
            return (θθ, uu);
        }

        private readonly ref struct Pieces<T>(Direction<T> direction, ref T θ, ref T g, ref T m, ref T v, int n, int size, Span<(double θθ, double uu)> sums) : IChunks
            where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
        {
            private readonly ref T θ = ref θ, g = ref g, m = ref m, v = ref v;
            private readonly Span<(double θθ, double uu)> sums = sums;

            public void Run(int chunk)
            {
                var (θθ, uu) = (0.0, 0.0);
                int end = Math.Min((chunk + 1) * size, n);
                for (int i = chunk * size; i < end; i += Block)
                {
                    var sum = Sums(direction, ref Unsafe.Add(ref θ, i), ref Unsafe.Add(ref g, i), ref Unsafe.Add(ref m, i), ref Unsafe.Add(ref v, i), Math.Min(Block, end - i));
                    (θθ, uu) = (θθ + sum.θθ, uu + sum.uu);
                }
                sums[chunk] = (θθ, uu);
            }
        }

        [MethodImpl(Compile.Kernel)]
        private static (double θθ, double uu) Sums<T>(Direction<T> direction, ref T θ, ref T g, ref T m, ref T v, int n)
            where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
        {
            Vector<T> θθ = default, uu = default;
            int i = 0;
            for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
            {
                nuint k = (nuint)i;
                Vector<T> vθ = Vector.LoadUnsafe(ref θ, k), vm = Vector.LoadUnsafe(ref m, k), vv = Vector.LoadUnsafe(ref v, k);
                direction.Average(Vector.LoadUnsafe(ref g, k), ref vm, ref vv);
                vm.StoreUnsafe(ref m, k);
                vv.StoreUnsafe(ref v, k);
                var u = direction.At(vθ, vm, vv);
                θθ += vθ * vθ;
                uu += u * u;
            }
            if (i < n)
            {
                int left = n - i;
                Vector<T> vθ = Gather(ref θ, i, left), vm = Gather(ref m, i, left), vv = Gather(ref v, i, left);
                direction.Average(Gather(ref g, i, left), ref vm, ref vv);
                Pass<T>.Scatter(vm, ref Unsafe.Add(ref m, i), 1, left);
                Pass<T>.Scatter(vv, ref Unsafe.Add(ref v, i), 1, left);
                var u = Vector.ConditionalSelect(Vector.LessThan(Vector<T>.Indices, new(T.CreateTruncating(left))), direction.At(vθ, vm, vv), Vector<T>.Zero);     // else 0 / (0 + ε)
                θθ += vθ * vθ;
                uu += u * u;
            }
            return (double.CreateTruncating(Vector.Sum(θθ)), double.CreateTruncating(Vector.Sum(uu)));

            static Vector<T> Gather(ref T x, int i, int count) => Pass<T>.Gather(ref Unsafe.Add(ref x, i), 1, count);
        }
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : AdamGroup
    {
        private (double, double)? normBounds;
        private bool? biasCorrection;

        /// <summary>γₗ and γᵤ: what ‖θ‖ counts as at least and at most.</summary>
        public (double, double) NormBounds { get => normBounds!.Value; set => normBounds = value; }

        /// <summary>Whether the averages are corrected for having begun at 0.</summary>
        public bool BiasCorrection { get => biasCorrection!.Value; set => biasCorrection = value; }

        /// <summary>1 − β₁ᵗ and 1 − β₂ᵗ; 1 where nothing is corrected.</summary>
        internal (double First, double Second) Corrections(double t) => BiasCorrection ? (1 - Math.Pow(Betas.Item1, t), 1 - Math.Pow(Betas.Item2, t)) : (1, 1);

        /// <summary>r = φ(‖θ‖) / ‖u‖; 1 where either is 0 or NaN.</summary>
        internal double TrustRatio(double ofθ, double ofU)
        {
            double φ = Math.Min(Math.Max(ofθ, NormBounds.Item1), NormBounds.Item2);
            return φ > 0 && ofU > 0 ? φ / ofU : 1;
        }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            normBounds = visitor.Field("norm_bounds", normBounds);
            biasCorrection = visitor.Field("bias_correction", biasCorrection);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.Hold(NormBounds.Item1 >= 0 && NormBounds.Item2 >= NormBounds.Item1, nameof(NormBounds), "must not be negative, and the first not above the second", NormBounds);
        }
    }

    /// <summary>What is remembered of a parameter.</summary>
    public sealed class Buffers : AdamBuffers
    {
        internal Buffers(Tensor parameter)
            : base(parameter)
        {
        }
    }
}
