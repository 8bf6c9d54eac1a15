using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Adafactor: like Adam without momentum, but of the average of g² it remembers only the row and the column means, and it moves in
/// proportion to the size of the parameter itself.
/// <code>
/// ω = t^τ,   ρ = min(lr, 1/√t),   α = max(ε₂, RMS(θ)) · ρ
/// R ← (1 − ω)R + ω · (row means of g²)
/// C ← (1 − ω)C + ω · (column means of g²)
/// V = R·C / max(mean R, ε₁)                 of a vector V ← (1 − ω)V + ωg², not factored
/// U = g / max(√V, ε₁)
/// θ ← θ − lr · λθ,   θ ← θ − α · U / max(1, RMS(U)/d)
/// </code>
/// Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost" (2018, arXiv:1804.04235), Algorithms 4 and 5, in the edition of
/// <c>torch.optim.Adafactor</c>: lr takes the place of the paper's constant 1e-2 and also scales the decay; ε₁ bounds the denominators
/// instead of being added to g²; means replace sums, which is the same V.
/// <para>When there is no memory for Adam's two averages: a matrix [n, m] needs n + m numbers instead of 2nm.</para>
/// </summary>
/// <remarks>
/// A parameter of more than two dimensions is a stack of matrices, each factored by itself, but RMS(θ) and RMS(U) are of the whole. The
/// first betas are small (ω = 1 at t = 1), so no bias needs a correction. A norm that is NaN is left out of its maximum, as in PyTorch: then
/// the weights with a NaN become NaN, and not all.
/// <para>A step allocates temporaries of the parameter's size for g², V, U and their norms; nothing of that size is kept.</para>
/// </remarks>
public sealed class Adafactor : Optimizer<Adafactor.Group, Adafactor.Buffers>
{
    /// <summary>Adafactor on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The largest relative step ρ, and the factor of the decay.</param>
    /// <param name="beta2Decay">τ: by which power of t the new g² count less; not positive.</param>
    /// <param name="eps">ε₁ and ε₂: what denominators are at least, and the size that a parameter is at least taken to have. By default (null, 1e-3), where null is the dtype's machine epsilon.</param>
    /// <param name="d">The root mean square that U is clipped to; at least 1.</param>
    /// <param name="weightDecay">λ: the strength of the decoupled decay.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public Adafactor(
        IEnumerable<Tensor> @params, double lr = 1e-2, double beta2Decay = -0.8, (double?, double)? eps = null, double d = 1, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, beta2Decay, eps, d, weightDecay, maximize)
    {
    }

    /// <summary>Adafactor on parameters with names.</summary>
    /// <inheritdoc cref="Adafactor(IEnumerable{Tensor}, double, double, ValueTuple{double?, double}?, double, double, bool)"/>
    public Adafactor(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-2, double beta2Decay = -0.8, (double?, double)? eps = null, double d = 1, double weightDecay = 0,
        bool maximize = false)
        : this(GroupOf(@params), lr, beta2Decay, eps, d, weightDecay, maximize)
    {
    }

    /// <summary>Adafactor on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Adafactor(IEnumerable{Tensor}, double, double, ValueTuple{double?, double}?, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public Adafactor(
        IEnumerable<Group> @params, double lr = 1e-2, double beta2Decay = -0.8, (double?, double)? eps = null, double d = 1, double weightDecay = 0, bool maximize = false)
        : base(@params, new() { Lr = lr, Beta2Decay = beta2Decay, Eps = eps ?? (null, 1e-3), D = d, WeightDecay = weightDecay, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(parameter);

    /// <inheritdoc/>
    protected override void Update(Tensor parameter, Tensor gradient, Group group, Buffers buffers)
    {
        double t = ++buffers.Step, ω = Math.Pow(t, group.Beta2Decay), ε1 = group.SmallestDivisor(parameter.DType);
        double α = double.MaxNumber(group.Eps.Item2, Rms(parameter)) * Math.Min(group.Lr, 1 / Math.Sqrt(t));
        var g = group.Maximize ? -gradient : gradient;
        if (group.WeightDecay != 0) parameter.Mul_(1 - group.Lr * group.WeightDecay);
        var u = Normalized(g, buffers.Estimate(g.Square(), ω, ε1), ε1);
        parameter.Sub_(u, alpha: α / double.MaxNumber(1, Rms(u) / group.D));
    }

    /// <summary>U = g / max(√V, ε₁)</summary>
    private static Tensor Normalized(Tensor g, Tensor v, double ε1) => v.Clamp(min: ε1 * ε1).Rsqrt_().Mul_(g);

    private static double Rms(Tensor x) => x.Norm().Item() / Math.Sqrt(x.Count);

    /// <inheritdoc/>
    protected override void Explain(Explanation e, Group o)
    {
        Term lr = e.Setting("lr", o.Lr), τ = e.Setting("τ", o.Beta2Decay), ε2 = e.Setting("ε₂", o.Eps.Item2), t = e.NextStep();
        double smallest = o.SmallestDivisor(e.WholeParameter.DType);
        var ε1 = e.Setting("ε₁", smallest);
        var (θ, g) = (e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        var ω = e.Set("ω", Term.Pow(t, τ));
        var α = e.Set("α", Term.Max(ε2, e.Setting("RMS(θ)", Rms(e.WholeParameter))) * Term.Min(lr, 1 / Term.Sqrt(t)));
        if (o.WeightDecay != 0) θ = e.Set("θ", (1 - lr * e.Setting("λ", o.WeightDecay)) * θ);

        // The same averages again, on copies: what is in them of other weights enters as a number.
        var all = new Buffers(e.WholeParameter, e);
        var square = e.WholeGradient.Square();
        var estimate = all.Estimate(square, ω.Value, smallest);
        Term v;
        if (all.RowVar is { } rows)
        {
            var r = e.Set("R", (1 - ω) * e.Before("R", "row_var") + ω * e.Element("row(g²)", square.Mean(-1, keepdim: true)), "row_var");
            var c = e.Set("C", (1 - ω) * e.Before("C", "col_var") + ω * e.Element("col(g²)", square.Mean(-2, keepdim: true)), "col_var");
            v = e.Set("V", r * c / Term.Max(e.Element("mean(R)", rows.Mean(-2, keepdim: true)), ε1));
        }
        else
        {
            v = e.Set("V", (1 - ω) * e.Before("V", "variance") + ω * Term.Square(g), "variance");
        }
        var u = e.Set("U", g / Term.Max(Term.Sqrt(v), ε1));
        var size = e.Setting("RMS(U)", Rms(Normalized(e.WholeGradient, estimate, smallest)));
        e.Set("θ", θ - α * u / Term.Max(1, size / e.Setting("d", o.D)));
    }

    /// <summary>Parameters with settings of their own; those not set are inherited.</summary>
    public sealed class Group : ParamGroup
    {
        private double? beta2Decay, d, weightDecay;
        private (double?, double)? eps;
        private bool? maximize;

        /// <summary>τ: by which power of t the new g² count less.</summary>
        public double Beta2Decay { get => beta2Decay!.Value; set => beta2Decay = value; }

        /// <summary>ε₁ and ε₂: what denominators are at least (null is the dtype's machine epsilon), and the size that a parameter is at least taken to have.</summary>
        public (double?, double) Eps { get => eps!.Value; set => eps = value; }

        /// <summary>The root mean square that U is clipped to.</summary>
        public double D { get => d!.Value; set => d = value; }

        /// <summary>λ: the strength of the decoupled decay.</summary>
        public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

        /// <summary>Whether to ascend.</summary>
        public bool Maximize { get => maximize!.Value; set => maximize = value; }

        /// <summary>ε₁ as a number.</summary>
        internal double SmallestDivisor(DType dtype) => Eps.Item1 ?? dtype.Eps();

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            beta2Decay = visitor.Field("beta2_decay", beta2Decay);
            eps = visitor.Field("eps", eps);
            d = visitor.Field("d", d);
            weightDecay = visitor.Field("weight_decay", weightDecay);
            maximize = visitor.Field("maximize", maximize);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.Hold(Beta2Decay <= 0, nameof(Beta2Decay), "must not be positive", Beta2Decay);
            must.Hold(Eps.Item1 is null or >= 0, "eps.Item1", "must be null or not negative", Eps.Item1);
            must.NotBeNegative(Eps.Item2);
            must.Hold(D >= 1, nameof(D), "must be at least 1", D);
            must.NotBeNegative(WeightDecay);
        }
    }

    /// <summary>What is remembered of a parameter: <see cref="RowVar"/> and <see cref="ColVar"/> of one with several dimensions, else <see cref="Variance"/>.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers(Tensor parameter)
        {
            if (parameter.Ndim < 2) Variance = parameter.ZerosLike();
            else (RowVar, ColVar) = (Means(^1), Means(^2));

            Tensor Means(Index dim)
            {
                int[] sizes = parameter.Shape.ToArray();
                sizes[dim] = 1;
                return Torch.Zeros(sizes, parameter.DType);
            }
        }

        /// <summary>What was remembered when a recorded step began, copied.</summary>
        internal Buffers(Tensor parameter, Explanation e)
        {
            if (parameter.Ndim < 2) Variance = e.WholeBefore("variance").Clone();
            else (RowVar, ColVar) = (e.WholeBefore("row_var").Clone(), e.WholeBefore("col_var").Clone());
        }

        /// <summary>t: how many steps the parameter has made.</summary>
        public double Step { get; internal set; }

        /// <summary>R: the average of the row means of g², <c>[…, n, 1]</c>.</summary>
        public Tensor? RowVar { get; private set; }

        /// <summary>C: the average of the column means of g², <c>[…, 1, m]</c>.</summary>
        public Tensor? ColVar { get; private set; }

        /// <summary>V: the average of g² of a vector.</summary>
        public Tensor? Variance { get; private set; }

        /// <summary>Takes in the new g², and gives V.</summary>
        internal Tensor Estimate(Tensor square, double ω, double ε1)
        {
            if (RowVar is null || ColVar is null) return Variance!.Lerp_(square, ω);
            RowVar.Lerp_(square.Mean(-1, keepdim: true), ω);
            ColVar.Lerp_(square.Mean(-2, keepdim: true), ω);
            return RowVar * ColVar / RowVar.Mean(-2, keepdim: true).Clamp_(min: ε1);
        }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            Step = visitor.Field("step", Step);
            if (Variance is not null)
            {
                Variance = visitor.Field("variance", Variance);
                return;
            }
            RowVar = visitor.Field("row_var", RowVar);
            ColVar = visitor.Field("col_var", ColVar);
        }
    }
}
