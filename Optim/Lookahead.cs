namespace MiniTorch.Optim;

/// <summary>
/// Lookahead: an optimizer runs ahead with fast weights θ for k steps; then slow weights φ follow a part of the way, and it starts again
/// from there.
/// <code>
/// k times:  θ ← the inner optimizer's step from θ
/// φ ← φ + α(θ − φ)
/// θ ← φ
/// </code>
/// Zhang, Lucas, Hinton and Ba, "Lookahead optimizer: k steps forward, 1 step back" (NeurIPS 2019, arXiv:1907.08610), Algorithm 1.
/// <code>
/// var opt = new Lookahead(new Adam(model.Parameters(), lr: 1e-3), k: 5, alpha: 0.5);
/// </code>
/// <para>It damps what oscillates, so that the inner optimizer may have a larger rate or momentum, for one more copy of the weights. The
/// paper's k is 5 or 10, its α 0.5 or 0.8. Measure after a multiple of k steps: then the weights are the slow ones, which do better.</para>
/// </summary>
/// <remarks>
/// As in the authors' code φ begins with the initial weights, and both meet after every k steps. There the initial weights are those at
/// construction, here those at the first step, so that weights loaded in between count. The inner optimizer keeps its averages when θ goes
/// back: the authors' default (<c>pullback_momentum="none"</c>); their two other choices know only SGD's buffer, and are left out. Their α
/// is 0.8 by default. With α = 1 it is the inner optimizer.
/// <para>A parameter without a gradient goes back too when the others do. A step allocates nothing beyond the inner optimizer's, except for
/// the slow weights at the first one, and for a temporary of each parameter's size at every k-th.</para>
/// <para>The state dict has in addition <c>lookahead.k</c>, <c>lookahead.alpha</c> and <c>lookahead.step</c> (steps since both met) in the
/// first group, and <c>lookahead.slow</c> in the state of each parameter. There is no Lookahead in PyTorch.</para>
/// </remarks>
public sealed class Lookahead : OptimizerWrapper
{
    private Dictionary<Tensor, Tensor> slow = [];
    private readonly Dictionary<Tensor, Tensor> recorded = [];         // φ before the last step, if that pulled back and steps are recorded

    /// <summary>Lookahead over an optimizer.</summary>
    /// <param name="inner">The optimizer that makes the fast steps.</param>
    /// <param name="k">How many steps it runs ahead.</param>
    /// <param name="alpha">α: which part of the way the slow weights follow, above 0 and at most 1.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public Lookahead(Optimizer inner, int k = 5, double alpha = 0.5)
        : base(inner, "lookahead")
    {
        (K, Alpha) = (k, alpha);
        Validate(new(Name));
    }

    /// <summary>How many steps the inner optimizer runs ahead.</summary>
    public int K { get; private set; }

    /// <summary>α: which part of the way the slow weights follow.</summary>
    public double Alpha { get; private set; }

    /// <summary>How many steps were made since slow and fast weights met, below <see cref="K"/>.</summary>
    public int FastSteps { get; private set; }

    /// <summary>φ: by parameter its slow weights, from the first step on.</summary>
    public IReadOnlyDictionary<Tensor, Tensor> SlowWeights => slow;

    private protected override Tensor? Run(Func<Tensor>? closure)
    {
        recorded.Clear();
        for (int i = 0; i < ParamGroups.Count; i++)
            foreach (var θ in ParamGroups[i].Parameters)
                if (!slow.ContainsKey(θ)) slow.Add(θ, θ.Detach().Clone());

        var loss = Inner.TakeStep(closure);
        FastSteps++;
        if (FastSteps == K) Meet();
        return loss;
    }

    private void Meet()
    {
        using var _ = GradMode.Off();
        foreach (var group in ParamGroups)
            foreach (var θ in group.Parameters)
            {
                var φ = slow[θ];
                if (RecordSteps) recorded.Add(θ, φ.Clone());
                θ.Copy_(φ.Lerp_(θ, Alpha));                          // exactly θ where they are the same, or α is 1
            }
        FastSteps = 0;
    }

    internal override Explanation Explained(Tensor parameter, int[] index)
    {
        var e = base.Explained(parameter, index);
        if (!recorded.TryGetValue(parameter, out var before)) return e;
        Term α = e.Setting("α", Alpha), φ = e.Element("φ", before), θ = Term.Named("θ", e.Result, setting: false);
        e.Set("θ", φ + α * (θ - φ));
        return e;
    }

    private protected override void Visit(FieldVisitor visitor)
    {
        K = visitor.Field(Key("k"), K);
        Alpha = visitor.Field(Key("alpha"), Alpha);
        FastSteps = visitor.Field(Key("step"), FastSteps);
    }

    private protected override void Visit(Tensor parameter, FieldVisitor visitor)
    {
        if (visitor.Field(Key("slow"), slow.GetValueOrDefault(parameter), optional: true) is not { } φ) return;
        if (φ.Shape != parameter.Shape)
            throw new ArgumentException($"{Name}.LoadStateDict: `{Key("slow")}` has the shape {φ.Shape}, its parameter {parameter.Shape}.");
        slow[parameter] = φ;
    }

    private protected override void Validate(Requirements must)
    {
        must.Hold(K >= 1, nameof(K), "must be at least 1", K);
        must.Hold(Alpha > 0 && Alpha <= 1, nameof(Alpha), "must be in (0, 1]", Alpha);
        must.Hold(FastSteps >= 0 && FastSteps < K, nameof(FastSteps), $"must be in [0, {K})", FastSteps);
    }

    private protected override OptimizerWrapper Blank() => new Lookahead(Inner, K, Alpha);

    private protected override void Adopt(OptimizerWrapper loaded)
    {
        var other = (Lookahead)loaded;
        (K, Alpha, FastSteps, slow) = (other.K, other.Alpha, other.FastSteps, other.slow);
    }
}
