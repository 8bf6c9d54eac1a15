namespace MiniTorch.Optim;

/// <summary>
/// Gradient noise: an optimizer sees each gradient with normal noise added, which fades as training goes on.
/// <code>
/// g ← ∇f(θ) + n        n ~ N(0, σₜ²) for each element,   σₜ² = η / (1 + t)^γ,   t = 0, 1, …
/// </code>
/// Neelakantan et al., "Adding gradient noise improves learning for very deep networks" (2015, arXiv:1511.06807), equation 1.
/// <code>
/// var opt = new GradientNoise(new SGD(model.Parameters(), lr: 0.1), eta: 0.01);
/// </code>
/// <para>Lecture notes often give the deviation instead of the variance: σₜ = c / (1 + t)^δ. That is η = c² and γ = 2δ here.</para>
/// <para>For deep networks that start badly or get stuck early. The paper's γ is 0.55, and its η one of 0.01, 0.3 and 1.</para>
/// </summary>
/// <remarks>
/// The noise is seen by the inner optimizer (its hooks, its explanations) and by nobody else: after the step the gradients are again what
/// <c>Backward</c> left. It comes after whatever you do to the gradients before the step, such as clipping. If the inner optimizer
/// evaluates a closure several times, each time there is fresh noise of the same σₜ; a line search does not cope with that.
/// <para>Noise is drawn in the order of the parameters; not for those without a gradient, and not at all for η = 0. A step allocates a
/// tensor of the gradient's size for each parameter.</para>
/// <para>The state dict has in addition <c>noise.eta</c>, <c>noise.gamma</c> and <c>noise.step</c> (t) in the first group. A generator that
/// was given is part of it as <c>noise.generator</c>, and when loaded goes on from there: the training continues with the same numbers.
/// The default generator is not: it belongs to the program, which saves it by <see cref="Torch.GetRngState"/>. There is no such
/// class in PyTorch.</para>
/// </remarks>
public sealed class GradientNoise : OptimizerWrapper
{
    private readonly Generator? generator;
    private readonly List<(Tensor Parameter, Tensor Gradient)> clean = [];         // while the inner optimizer sees noisy ones

    /// <summary>Gradient noise before an optimizer.</summary>
    /// <param name="inner">The optimizer that sees the noise.</param>
    /// <param name="eta">η: the variance of the noise at the first step.</param>
    /// <param name="gamma">γ: the power by which the variance falls; 0 for constant noise.</param>
    /// <param name="generator">Where the noise comes from, best one for this object alone; by default <see cref="Torch.DefaultGenerator"/>.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public GradientNoise(Optimizer inner, double eta = 0.01, double gamma = 0.55, Generator? generator = null)
        : base(inner, "noise")
    {
        (Eta, Gamma, this.generator) = (eta, gamma, generator);
        Validate(new(Name));
    }

    /// <summary>η: the variance of the noise at the first step.</summary>
    public double Eta { get; private set; }

    /// <summary>γ: the power by which the variance falls.</summary>
    public double Gamma { get; private set; }

    /// <summary>t: how many steps were made.</summary>
    public int Steps { get; private set; }

    /// <summary>σₜ: the standard deviation of the noise in the next step.</summary>
    public double Deviation => Math.Sqrt(Eta / Math.Pow(1 + Steps, Gamma));

    private protected override Tensor? Run(Func<Tensor>? closure)
    {
        try
        {
            if (closure is null) AddNoise();
            var loss = Inner.TakeStep(closure is null ? null : () => Noisy(closure));
            Steps++;
            return loss;
        }
        finally
        {
            TakeNoiseAway();
        }
    }

    private Tensor Noisy(Func<Tensor> closure)
    {
        TakeNoiseAway();                                                           // of the evaluation before
        var loss = closure();
        AddNoise();
        return loss;
    }

    private void AddNoise()
    {
        if (Eta == 0) return;
        using var _ = GradMode.Off();
        foreach (var group in ParamGroups)
            foreach (var p in group.Parameters)
                if (p.GradInternal is { } g)
                {
                    clean.Add((p, g));
                    p.GradInternal = Torch.Empty(g.Shape, g.DType).Normal_(0, Deviation, generator).Add_(g);
                }
    }

    private void TakeNoiseAway()
    {
        foreach (var (p, g) in clean) p.GradInternal = g;
        clean.Clear();
    }

    private protected override void Visit(FieldVisitor visitor)
    {
        Eta = visitor.Field(Key("eta"), Eta);
        Gamma = visitor.Field(Key("gamma"), Gamma);
        Steps = visitor.Field(Key("step"), Steps);
        if (generator is not null) generator.SetState(visitor.Field(Key("generator"), Torch.FromArray(generator.GetState())).ToArray<byte>());
    }

    private protected override void Validate(Requirements must)
    {
        must.NotBeNegative(Eta);
        must.NotBeNegative(Gamma);
        must.NotBeNegative(Steps);
    }

    private protected override OptimizerWrapper Blank() => new GradientNoise(Inner, Eta, Gamma, generator is null ? null : new());

    private protected override void Adopt(OptimizerWrapper loaded)
    {
        var other = (GradientNoise)loaded;
        (Eta, Gamma, Steps) = (other.Eta, other.Gamma, other.Steps);
        generator?.SetState(other.generator!.GetState());
    }
}
