using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// L-BFGS: Newton's direction with an inverse Hessian that is guessed from the last steps s and the changes y of the gradient over them.
/// <code>
/// q ← −g
/// for the pairs from new to old:   αᵢ ← sᵢ·q / yᵢ·sᵢ,   q ← q − αᵢyᵢ
/// d ← q · (y·s / y·y)                                   of the newest pair
/// for the pairs from old to new:   d ← d + (αᵢ − yᵢ·d / yᵢ·sᵢ)sᵢ
/// θ ← θ + t·d
/// </code>
/// Nocedal and Wright, "Numerical optimization" (2006), Algorithms 7.4 and 7.5; the variant, with all its tolerances, is PyTorch's, which follows
/// Schmidt's minFunc: the first direction is −g with t = lr · min(1, 1/Σ|g|), later t = lr; a pair enters the memory only if y·s &gt; 1e-10.
/// <para>For smooth losses over all of the data: few, large steps where a first-order method needs thousands. Noise (mini-batches,
/// dropout) misleads it. Use the line search, unless evaluating the loss is very expensive.</para>
/// <code>
/// var opt = new LBFGS(model.Parameters(), lineSearchFn: "strong_wolfe");
/// var loss = opt.Step(() =&gt;
/// {
///     opt.ZeroGrad();
///     var loss = F.MSELoss(model.Call(x), y);
///     loss.Backward();
///     return loss;
/// });
/// </code>
/// </summary>
/// <remarks>
/// One step makes up to <c>maxIter</c> iterations and needs a closure; it returns the first loss, as in PyTorch. There is one group of
/// parameters; one without a gradient counts as having zeros, which is PyTorch's exception from the rule that it is skipped. Numbers of
/// the algorithm (t, α, y·s) are computed in double whatever the parameters' dtype is; PyTorch rounds some of them to Float32.
/// <para>The memory holds 2 · <c>historySize</c> + 2 vectors of the length of all parameters. Each evaluation of the closure allocates one more for
/// the gradient, each iteration two or three for y, s and d, and a line search two (a copy of the parameters).</para>
/// </remarks>
public sealed class LBFGS : JointOptimizer<LBFGS.Group, LBFGS.Buffers>
{
    /// <summary>L-BFGS on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The step length t along a direction; with a line search its first guess.</param>
    /// <param name="maxIter">Iterations in a step, at most.</param>
    /// <param name="maxEval">Evaluations of the closure in a step, after which no new iteration begins. By default 5/4 of <paramref name="maxIter"/>.</param>
    /// <param name="toleranceGrad">A step ends when no element of the gradient is larger.</param>
    /// <param name="toleranceChange">A step ends when the loss or all parameters change by less. (The line search has its own, 1e-9.)</param>
    /// <param name="historySize">How many pairs (y, s) are remembered.</param>
    /// <param name="lineSearchFn">Null to go by t = lr, or <c>"strong_wolfe"</c> to search a point that satisfies the strong Wolfe conditions.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized together.</exception>
    public LBFGS(
        IEnumerable<Tensor> @params, double lr = 1, int maxIter = 20, int? maxEval = null, double toleranceGrad = 1e-7, double toleranceChange = 1e-9,
        int historySize = 100, string? lineSearchFn = null)
        : this(GroupOf(@params), lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn)
    {
    }

    /// <summary>L-BFGS on parameters with names.</summary>
    /// <inheritdoc cref="LBFGS(IEnumerable{Tensor}, double, int, int?, double, double, int, string?)"/>
    public LBFGS(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1, int maxIter = 20, int? maxEval = null, double toleranceGrad = 1e-7, double toleranceChange = 1e-9,
        int historySize = 100, string? lineSearchFn = null)
        : this(GroupOf(@params), lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn)
    {
    }

    /// <summary>L-BFGS on one group of parameters; what the group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="LBFGS(IEnumerable{Tensor}, double, int, int?, double, double, int, string?)"/>
    [OverloadResolutionPriority(1)]
    public LBFGS(
        IEnumerable<Group> @params, double lr = 1, int maxIter = 20, int? maxEval = null, double toleranceGrad = 1e-7, double toleranceChange = 1e-9,
        int historySize = 100, string? lineSearchFn = null)
        : base(@params, new()
        {
            Lr = lr,
            MaxIter = maxIter,
            MaxEval = maxEval ?? maxIter * 5 / 4,
            ToleranceGrad = toleranceGrad,
            ToleranceChange = toleranceChange,
            HistorySize = historySize,
            LineSearchFn = lineSearchFn,
        })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new(group.Parameters.Sum(p => p.Count));

    private protected override Tensor Minimize(Func<Tensor> closure, Group group)
    {
        var θ = new ParameterVector(group.Parameters);
        var memory = BuffersOf(group.Parameters[0], group);
        var first = closure();
        double loss = first.Item();
        var g = θ.Gradient();
        memory.FuncEvals++;
        int evaluations = 1;
        bool done = Largest(g) <= group.ToleranceGrad;
        for (int iteration = 1; !done; iteration++)
        {
            var d = memory.Direction(g, group.HistorySize);
            double t = memory.NIter == 1 ? double.MinNumber(1, 1 / g.Abs().Sum().Item()) * group.Lr : group.Lr;
            double slope = g.Dot(d).Item(), lossBefore = loss;
            memory.Remember(d, t, g, loss);
            if (slope > -group.ToleranceChange) break;

            if (group.LineSearchFn is not null)
            {
                var search = new StrongWolfe(new Line(θ, d, closure), new LinePoint(0, loss, g, slope));
                (t, loss, g, _) = search.Search(t);
                θ.Move(t, d);
                memory.Remember(t, search.Evaluations);
                evaluations += search.Evaluations;
            }
            else
            {
                θ.Move(t, d);
                if (iteration == group.MaxIter) break;                // where this loss would be of no use
                loss = closure().Item();
                g = θ.Gradient();
                memory.Remember(t, 1);
                evaluations++;
            }
            done = iteration == group.MaxIter || evaluations >= group.MaxEval || Largest(g) <= group.ToleranceGrad
                || Largest(d) * Math.Abs(t) <= group.ToleranceChange || Math.Abs(loss - lossBefore) < group.ToleranceChange;
        }
        return first;
    }

    private static double Largest(Tensor x) => x.Abs().Max().Item();

    /// <summary>The parameters with their settings.</summary>
    public sealed class Group : ParamGroup
    {
        private int? maxIter, maxEval, historySize;
        private double? toleranceGrad, toleranceChange;

        /// <summary>Iterations in a step, at most.</summary>
        public int MaxIter { get => maxIter!.Value; set => maxIter = value; }

        /// <summary>Evaluations of the closure in a step, after which no new iteration begins.</summary>
        public int MaxEval { get => maxEval!.Value; set => maxEval = value; }

        /// <summary>A step ends when no element of the gradient is larger.</summary>
        public double ToleranceGrad { get => toleranceGrad!.Value; set => toleranceGrad = value; }

        /// <summary>A step ends when the loss or all parameters change by less.</summary>
        public double ToleranceChange { get => toleranceChange!.Value; set => toleranceChange = value; }

        /// <summary>How many pairs (y, s) are remembered.</summary>
        public int HistorySize { get => historySize!.Value; set => historySize = value; }

        /// <summary>Null, or <c>"strong_wolfe"</c>.</summary>
        public string? LineSearchFn { get; set; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            maxIter = visitor.Field("max_iter", maxIter);
            maxEval = visitor.Field("max_eval", maxEval);
            toleranceGrad = visitor.Field("tolerance_grad", toleranceGrad);
            toleranceChange = visitor.Field("tolerance_change", toleranceChange);
            historySize = visitor.Field("history_size", historySize);
            LineSearchFn = visitor.Field("line_search_fn", LineSearchFn);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.BePositive(MaxIter);
            must.BePositive(MaxEval);
            must.NotBeNegative(ToleranceGrad);
            must.NotBeNegative(ToleranceChange);
            must.BePositive(HistorySize);
            must.Hold(LineSearchFn is null or "strong_wolfe", nameof(LineSearchFn), "must be null or \"strong_wolfe\"", $"\"{LineSearchFn}\"");
        }
    }

    /// <summary>What is remembered of all parameters together, kept with the first one under PyTorch's names.</summary>
    public sealed class Buffers : ParamBuffers
    {
        private readonly int count;
        private List<Tensor>? y, s;
        private List<double>? ρ;
        private double?[]? α;

        internal Buffers(int count) => this.count = count;

        /// <summary>How often the closure was evaluated.</summary>
        public int FuncEvals { get; internal set; }

        /// <summary>How many iterations there were, in all steps.</summary>
        public int NIter { get; private set; }

        /// <summary>The last direction; null before the first iteration.</summary>
        public Tensor? D { get; private set; }

        /// <summary>How far along it the parameters went.</summary>
        public double? T { get; private set; }

        /// <summary>The changes y of the gradient, the oldest first.</summary>
        public IReadOnlyList<Tensor>? OldDirs => y;

        /// <summary>The steps s over which they happened.</summary>
        public IReadOnlyList<Tensor>? OldStps => s;

        /// <summary>1 / (y·s) of each pair.</summary>
        public IReadOnlyList<double>? Ro => ρ;

        /// <summary>y·s / y·y of the newest pair: the inverse Hessian before the pairs are put to it.</summary>
        public double? HDiag { get; private set; }

        /// <summary>The gradient at the beginning of the last iteration.</summary>
        public Tensor? PrevFlatGrad { get; private set; }

        /// <summary>The loss there.</summary>
        public double? PrevLoss { get; private set; }

        /// <summary>Begins an iteration: learns from the last one, and gives the direction −H⁻¹·g.</summary>
        internal Tensor Direction(Tensor g, int historySize)
        {
            if (++NIter == 1)
            {
                (y, s, ρ, HDiag) = ([], [], [], 1);
                return -g;
            }
            Learn(g - PrevFlatGrad!, D! * T!.Value, historySize);
            α = new double?[historySize];
            var q = -g;
            for (int i = y!.Count - 1; i >= 0; i--)
            {
                α[i] = s![i].Dot(q).Item() * ρ![i];
                q.Sub_(y[i], alpha: α[i]!.Value);
            }
            q.Mul_(HDiag!.Value);
            for (int i = 0; i < y.Count; i++) q.Add_(s![i], alpha: α[i]!.Value - y[i].Dot(q).Item() * ρ![i]);
            return q;
        }

        private void Learn(Tensor newY, Tensor newS, int historySize)
        {
            double ys = newY.Dot(newS).Item();
            if (!(ys > 1e-10)) return;
            for (; y!.Count >= historySize; ρ!.RemoveAt(0))
            {
                y.RemoveAt(0);
                s!.RemoveAt(0);
            }
            y.Add(newY);
            s!.Add(newS);
            ρ!.Add(1 / ys);
            HDiag = ys / newY.Dot(newY).Item();
        }

        internal void Remember(Tensor d, double t, Tensor g, double loss) => (D, T, PrevFlatGrad, PrevLoss) = (d, t, g, loss);

        internal void Remember(double t, int evaluations) => (T, FuncEvals) = (t, FuncEvals + evaluations);

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            FuncEvals = visitor.Field("func_evals", FuncEvals);
            NIter = visitor.Field("n_iter", NIter);
            D = visitor.Field("d", D, optional: true);
            T = visitor.Field("t", T, optional: true);
            y = visitor.Field("old_dirs", y?.ToArray(), optional: true)?.ToList();
            s = visitor.Field("old_stps", s?.ToArray(), optional: true)?.ToList();
            ρ = visitor.Field("ro", ρ?.ToArray(), optional: true)?.ToList();
            HDiag = visitor.Field("H_diag", HDiag, optional: true);
            PrevFlatGrad = visitor.Field("prev_flat_grad", PrevFlatGrad, optional: true);
            PrevLoss = visitor.Field("prev_loss", PrevLoss, optional: true);
            α = visitor.Field("al", α, optional: true);
            Check();
        }

        /// <summary>Refuses what was loaded and does not belong to these parameters, or is not complete.</summary>
        private void Check()
        {
            if (NIter == 0) return;
            if (D is null || T is null || y is null || s is null || ρ is null || HDiag is null || PrevFlatGrad is null || PrevLoss is null)
                throw new ArgumentException($"LBFGS.LoadStateDict: after {NIter} iterations `d`, `t`, `old_dirs`, `old_stps`, `ro`, `H_diag`, `prev_flat_grad` and `prev_loss` are needed.");
            if (y.Count != s.Count || y.Count != ρ.Count)
                throw new ArgumentException($"LBFGS.LoadStateDict: `old_dirs`, `old_stps` and `ro` have {y.Count}, {s.Count} and {ρ.Count} entries; all must have as many.");
            foreach (var x in (Tensor[])[D, PrevFlatGrad, .. y, .. s])
                if (x.Shape != [count]) throw new ArgumentException($"LBFGS.LoadStateDict: a vector of shape {x.Shape} was saved, but the parameters have {count} elements.");
        }
    }
}
