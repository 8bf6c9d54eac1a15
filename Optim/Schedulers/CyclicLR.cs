namespace MiniTorch.Optim;

/// <summary>
/// Moves the rates up and down between two bounds, along straight lines:
/// <code>
/// lr = base + (max − base) · h(t) · scale            h: from 0 up to 1 in stepSizeUp steps, down to 0 in stepSizeDown
/// momentum = max − (max − base) · h(t) · scale
/// </code>
/// with scale 1 (<c>"triangular"</c>), halved at each cycle (<c>"triangular2"</c>) or <c>γᵗ</c> (<c>"exp_range"</c>).
/// Smith, "Cyclical learning rates for training neural networks" (WACV 2017, arXiv:1506.01186), section 3.
/// <para>Step it after every batch. It needs bounds, from a range test, but no length of the training; half a cycle is 2 to 10 epochs.</para>
/// </summary>
/// <remarks>
/// Making it sets the rates to <paramref name="baseLr"/> (PyTorch to the initial rates, if another scheduler was made before); a change from
/// outside is forgotten at the next step. With Adam and its kin β₁ is cycled, as in PyTorch 2. The exponent of <c>"exp_range"</c> is t, as in
/// PyTorch and the author's code, not the number of the cycle.
/// </remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="baseLr">The lower bound.</param>
/// <param name="maxLr">The upper bound.</param>
/// <param name="stepSizeUp">The number of steps from the lower bound to the upper.</param>
/// <param name="stepSizeDown">The number of steps from the upper bound to the lower; by default as many.</param>
/// <param name="mode"><c>"triangular"</c>, <c>"triangular2"</c> or <c>"exp_range"</c>.</param>
/// <param name="gamma">γ of <c>"exp_range"</c>.</param>
/// <param name="scaleFn">A scale of your own instead of the mode's, a function of the cycle (from 1) or of t.</param>
/// <param name="scaleMode">Of which: <c>"cycle"</c> or <c>"iterations"</c>.</param>
/// <param name="cycleMomentum">Whether the momentum moves against the rate.</param>
/// <param name="baseMomentum">The lowest momentum, by default 0.8.</param>
/// <param name="maxMomentum">The highest momentum, by default 0.9.</param>
/// <param name="lastEpoch">The step to resume after; −1 to start.</param>
public sealed class CyclicLR(
    Optimizer optimizer, PerGroup<double> baseLr, PerGroup<double> maxLr, int stepSizeUp = 2000, int? stepSizeDown = null, string mode = "triangular",
    double gamma = 1, Func<double, double>? scaleFn = null, string scaleMode = "cycle", bool cycleMomentum = true,
    PerGroup<double>? baseMomentum = null, PerGroup<double>? maxMomentum = null, int lastEpoch = -1)
    : MomentumCyclingLR(optimizer, cycleMomentum, baseMomentum ?? 0.8, maxMomentum ?? 0.9, lastEpoch)
{
    private readonly Func<double, double>? scaleFn = scaleFn;

    /// <summary>The lower bound of the rates.</summary>
    public PerGroup<double> BaseLr { get; } = baseLr;

    /// <summary>The upper bound of the rates.</summary>
    public PerGroup<double> MaxLr { get; private set; } = maxLr;

    /// <summary>The number of steps of a cycle.</summary>
    public double TotalSize { get; private set; } = (double)stepSizeUp + (stepSizeDown ?? stepSizeUp);

    /// <summary>Which part of a cycle goes up.</summary>
    public double StepRatio { get; private set; } = stepSizeUp / ((double)stepSizeUp + (stepSizeDown ?? stepSizeUp));

    /// <summary><c>"triangular"</c>, <c>"triangular2"</c> or <c>"exp_range"</c>.</summary>
    public string Mode { get; private set; } = mode;

    /// <summary>γ of <c>"exp_range"</c>.</summary>
    public double Gamma { get; private set; } = gamma;

    /// <summary>What the scale depends on: <c>"cycle"</c> or <c>"iterations"</c>.</summary>
    public string ScaleMode { get; private set; } = scaleFn is not null ? scaleMode : mode == "exp_range" ? "iterations" : "cycle";

    private protected override double StartOf(int group) => BaseLr[group];

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
    {
        var (height, scale) = Position(t);
        return BaseLrs[group] + (MaxLr[group] - BaseLrs[group]) * height * scale;
    }

    private protected override double GetMomentum(int t, int group)
    {
        var (height, scale) = Position(t);
        return MaxMomentum[group] - (MaxMomentum[group] - BaseMomentum[group]) * height * scale;
    }

    /// <summary>The height on the triangle, from 0 to 1, and the scale.</summary>
    private (double Height, double Scale) Position(int t)
    {
        double cycle = Math.Floor(1 + t / TotalSize);
        double x = 1 + t / TotalSize - cycle;                                  // which part of this cycle is over
        double height = x <= StepRatio ? x / StepRatio : (x - 1) / (StepRatio - 1);
        return (height, Scale(ScaleMode == "cycle" ? cycle : t));
    }

    private double Scale(double x)
        => scaleFn is not null ? scaleFn(x) : Mode == "triangular" ? 1 : Mode == "triangular2" ? 1 / Math.Pow(2, x - 1) : Math.Pow(Gamma, x);

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        MaxLr = visitor.Field("max_lrs", MaxLr, Groups);
        TotalSize = visitor.Field("total_size", TotalSize);
        StepRatio = visitor.Field("step_ratio", StepRatio);
        Mode = visitor.Field("mode", Mode);
        Gamma = visitor.Field("gamma", Gamma);
        ScaleMode = visitor.Field("scale_mode", ScaleMode);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        base.Validate(must);
        must.FitAndNotBeNegative(BaseLr, Groups);
        must.FitAndNotBeNegative(MaxLr, Groups);
        double up = TotalSize == 0 ? 0 : Math.Round(StepRatio * TotalSize), down = TotalSize - up;
        must.Hold(up >= 1, "stepSizeUp", "must be at least 1", up);
        must.Hold(down >= 1, "stepSizeDown", "must be at least 1", down);
        must.Hold(Mode is "triangular" or "triangular2" or "exp_range" || scaleFn is not null, nameof(Mode), "must be \"triangular\", \"triangular2\" or \"exp_range\"", $"\"{Mode}\"");
        must.Hold(ScaleMode is "cycle" or "iterations", nameof(ScaleMode), "must be \"cycle\" or \"iterations\"", $"\"{ScaleMode}\"");
        must.NotBeNegative(Gamma);
    }
}
