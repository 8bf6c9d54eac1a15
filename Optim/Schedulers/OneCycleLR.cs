namespace MiniTorch.Optim;

/// <summary>
/// One cycle over the whole training: the rates rise from low = max / divFactor to max and fall to low / finalDivFactor, the momentum goes against them.
/// <code>
/// steps            rate             momentum
/// up to pN − 1     low → max        max → base
/// up to N − 1      max → end        base → max
/// </code>
/// with <c>threePhase</c> back to low until 2pN − 2 first, and to end after that with the highest momentum. Along half a cosine, or a line.
/// Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates" (2017, arXiv:1708.07120),
/// section 3; two phases and the cosine are fastai's.
/// <para>Step it after every batch. It allows far higher rates than a constant one, and often the same result in a fraction of the epochs.</para>
/// </summary>
/// <remarks>
/// Making it sets the rates, the initial rates and the momentum (β₁ of Adam and its kin); changes from outside are forgotten at the next step.
/// As in PyTorch one step more than <see cref="TotalSteps"/> − 1 is possible, and goes on along the curve; the next is an error.
/// </remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="maxLr">The highest rate.</param>
/// <param name="totalSteps">N: the number of steps; or else give <paramref name="epochs"/> and <paramref name="stepsPerEpoch"/>.</param>
/// <param name="epochs">The number of epochs.</param>
/// <param name="stepsPerEpoch">The number of steps in each.</param>
/// <param name="pctStart">p: the part of the steps in which the rates rise, in [0, 1].</param>
/// <param name="annealStrategy"><c>"cos"</c> or <c>"linear"</c>.</param>
/// <param name="cycleMomentum">Whether the momentum moves against the rate.</param>
/// <param name="baseMomentum">The lowest momentum, by default 0.85.</param>
/// <param name="maxMomentum">The highest momentum, by default 0.95.</param>
/// <param name="divFactor">The highest rate divided by the first.</param>
/// <param name="finalDivFactor">The first rate divided by the last.</param>
/// <param name="threePhase">Go back to the first rate before the last descent, as in the paper.</param>
/// <param name="lastEpoch">The step to resume after; −1 to start.</param>
public sealed class OneCycleLR(
    Optimizer optimizer, PerGroup<double> maxLr, int? totalSteps = null, int? epochs = null, int? stepsPerEpoch = null, double pctStart = 0.3,
    string annealStrategy = "cos", bool cycleMomentum = true, PerGroup<double>? baseMomentum = null, PerGroup<double>? maxMomentum = null,
    double divFactor = 25, double finalDivFactor = 1e4, bool threePhase = false, int lastEpoch = -1)
    : MomentumCyclingLR(optimizer, cycleMomentum, baseMomentum ?? 0.85, maxMomentum ?? 0.95, lastEpoch)
{
    /// <summary>The highest rate.</summary>
    public PerGroup<double> MaxLr { get; private set; } = maxLr;

    /// <summary>N: the number of steps of the cycle.</summary>
    public int TotalSteps { get; private set; } = StepsOf(totalSteps, epochs, stepsPerEpoch);

    /// <summary>p: the part of the steps in which the rates rise.</summary>
    public double PctStart { get; private set; } = pctStart;

    /// <summary><c>"cos"</c> or <c>"linear"</c>.</summary>
    public string AnnealStrategy { get; private set; } = annealStrategy;

    /// <summary>The highest rate divided by the first.</summary>
    public double DivFactor { get; private set; } = divFactor;

    /// <summary>The first rate divided by the last.</summary>
    public double FinalDivFactor { get; private set; } = finalDivFactor;

    /// <summary>Whether the rates go back to the first before the last descent.</summary>
    public bool ThreePhase { get; private set; } = threePhase;

    private protected override double StartOf(int group) => MaxLr[group] / DivFactor;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        if (t > TotalSteps)
            throw new InvalidOperationException($"OneCycleLR: step {t} is past the end: totalSteps is {TotalSteps}.  Give more, or stop stepping.");
        double low = BaseLrs[group], end = low / FinalDivFactor;
        return At(t) switch
        {
            (0, var done) => Anneal(low, MaxLr[group], done),
            (1, var done) => Anneal(MaxLr[group], ThreePhase ? low : end, done),
            (_, var done) => Anneal(low, end, done),
        };
    }

    private protected override double GetMomentum(int t, int group) => At(t) switch
    {
        (0, var done) => Anneal(MaxMomentum[group], BaseMomentum[group], done),
        (1, var done) => Anneal(BaseMomentum[group], MaxMomentum[group], done),
        _ => MaxMomentum[group],
    };

    /// <summary>The phase at step <paramref name="t"/>, and which part of it is over.</summary>
    private (int Phase, double Done) At(int t)
    {
        double up = PctStart * TotalSteps - 1, down = 2 * PctStart * TotalSteps - 2, end = TotalSteps - 1;
        return t <= up ? (0, Part(t, 0, up))
            : !ThreePhase ? (1, Part(t, up, end))
            : t <= down ? (1, Part(t, up, down)) : (2, Part(t, down, end));
    }

    /// <summary>A phase of no length is over at once (in PyTorch it divides by zero).</summary>
    private static double Part(int t, double start, double end) => start == end ? 1 : (t - start) / (end - start);

    private double Anneal(double from, double to, double done)
        => AnnealStrategy == "cos" ? to + (from - to) / 2 * (1 + Math.Cos(Math.PI * done)) : from + (to - from) * done;

    internal override Action Prepare(Rates rates)
    {
        Action finish = base.Prepare(rates);
        return () =>
        {
            finish();
            for (int i = 0; i < Groups.Count; i++) Groups[i].InitialLr = BaseLrs[i];
        };
    }

    private static int StepsOf(int? totalSteps, int? epochs, int? stepsPerEpoch)
    {
        var must = new Requirements(nameof(OneCycleLR));
        must.Hold(totalSteps is null or >= 1, nameof(totalSteps), "must be at least 1", totalSteps);
        if (totalSteps is not null) return totalSteps.Value;
        if (epochs is null || stepsPerEpoch is null) throw new ArgumentException("OneCycleLR: give totalSteps, or both epochs and stepsPerEpoch.", nameof(totalSteps));
        must.Hold(epochs >= 1, nameof(epochs), "must be at least 1", epochs);
        must.Hold(stepsPerEpoch >= 1, nameof(stepsPerEpoch), "must be at least 1", stepsPerEpoch);
        long steps = (long)epochs * (long)stepsPerEpoch;
        must.Hold(steps <= int.MaxValue, "epochs · stepsPerEpoch", $"must be at most {int.MaxValue}", steps);
        return (int)steps;
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        TotalSteps = visitor.Field("total_steps", TotalSteps);
        AnnealStrategy = visitor.Field("_anneal_func_type", AnnealStrategy, optional: true);
        MaxLr = visitor.Field("max_lrs", MaxLr, Groups, optional: true);                        // PyTorch has these in the groups,
        PctStart = visitor.Field("pct_start", PctStart, optional: true);                        // and the phases instead of the factors
        DivFactor = visitor.Field("div_factor", DivFactor, optional: true);
        FinalDivFactor = visitor.Field("final_div_factor", FinalDivFactor, optional: true);
        ThreePhase = visitor.Field("three_phase", ThreePhase);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        base.Validate(must);
        must.FitAndNotBeNegative(MaxLr, Groups);
        must.Hold(TotalSteps >= 1, nameof(TotalSteps), "must be at least 1", TotalSteps);
        must.Hold(PctStart is >= 0 and <= 1, nameof(PctStart), "must be in [0, 1]", PctStart);
        must.Hold(AnnealStrategy is "cos" or "linear", nameof(AnnealStrategy), "must be \"cos\" or \"linear\"", $"\"{AnnealStrategy}\"");
        must.BePositive(DivFactor);
        must.BePositive(FinalDivFactor);
    }
}
