namespace MiniTorch.Optim;

/// <summary>
/// Lowers the rates when a metric has stopped improving: <c>lr ← max(factor · lr, minLr)</c> after more than <c>patience</c> epochs in a row without a new best.
/// <code>
/// var scheduler = new ReduceLROnPlateau(opt, factor: 0.5, patience: 3);
/// for (int epoch = 0; epoch &lt; 100; epoch++)
/// {
///     Train(opt);
///     scheduler.Step(Validate());
/// }
/// </code>
/// A new best, for <c>"min"</c>, is below <c>best · (1 − threshold)</c> (<c>"rel"</c>) or <c>best − threshold</c> (<c>"abs"</c>); for <c>"max"</c> above, with plus.
/// <para>For trainings whose length is not known, and as a safety net: no schedule has to be chosen.</para>
/// </summary>
/// <remarks>
/// As in PyTorch NaN is never better; with a negative metric the relative threshold lets a slightly worse one count as better (take
/// <c>"abs"</c>); and a reduction by less than <c>eps</c> is dropped. It is no <see cref="LRScheduler"/>, because it cannot step without a metric: so
/// neither can it be a part of a <see cref="ChainedScheduler"/> or <see cref="SequentialLR"/>, which PyTorch refuses at run time.
/// </remarks>
public sealed class ReduceLROnPlateau : Scheduler
{
    /// <summary>Lowers the rates of this optimizer.</summary>
    /// <param name="optimizer">The optimizer whose rates change.</param>
    /// <param name="mode"><c>"min"</c> for a metric that should fall, <c>"max"</c> for one that should rise.</param>
    /// <param name="factor">What the rates are multiplied by, in [0, 1).</param>
    /// <param name="patience">The number of epochs without a new best that are tolerated.</param>
    /// <param name="threshold">By how much a new best must be better.</param>
    /// <param name="thresholdMode"><c>"rel"</c>: a part of the best, or <c>"abs"</c>: in the metric's unit.</param>
    /// <param name="cooldown">The number of epochs after a reduction that do not count.</param>
    /// <param name="minLr">The lowest rate.</param>
    /// <param name="eps">The smallest reduction that is made.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public ReduceLROnPlateau(
        Optimizer optimizer, string mode = "min", double factor = 0.1, int patience = 10, double threshold = 1e-4, string thresholdMode = "rel",
        int cooldown = 0, PerGroup<double> minLr = default, double eps = 1e-8)
        : base(GroupsOf(optimizer))
    {
        (Mode, Factor, Patience, Threshold, ThresholdMode, Cooldown, MinLr, Eps) = (mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps);
        Best = mode == "min" ? double.PositiveInfinity : double.NegativeInfinity;
        Validate(new(Name));
    }

    /// <summary><c>"min"</c> or <c>"max"</c>.</summary>
    public string Mode { get; private set; }

    /// <summary>What the rates are multiplied by.</summary>
    public double Factor { get; private set; }

    /// <summary>The number of epochs without a new best that are tolerated.</summary>
    public int Patience { get; private set; }

    /// <summary>By how much a new best must be better.</summary>
    public double Threshold { get; private set; }

    /// <summary><c>"rel"</c> or <c>"abs"</c>.</summary>
    public string ThresholdMode { get; private set; }

    /// <summary>The number of epochs after a reduction that do not count.</summary>
    public int Cooldown { get; private set; }

    /// <summary>The lowest rate.</summary>
    public PerGroup<double> MinLr { get; private set; }

    /// <summary>The smallest reduction that is made.</summary>
    public double Eps { get; private set; }

    /// <summary>The best metric so far; infinite before the first.</summary>
    public double Best { get; private set; }

    /// <summary>The number of epochs since the best, or since the last reduction.</summary>
    public int NumBadEpochs { get; private set; }

    /// <summary>The number of epochs that do not count yet.</summary>
    public int CooldownCounter { get; private set; }

    /// <summary>Goes to the next epoch, whose metric this is.</summary>
    public void Step(double metrics)
    {
        Validate(new(Name));                                            // groups may have been added
        LastEpoch++;
        if (IsBetter(metrics)) (Best, NumBadEpochs) = (metrics, 0);
        else NumBadEpochs++;

        if (CooldownCounter > 0)
        {
            CooldownCounter--;
            NumBadEpochs = 0;
        }
        if (NumBadEpochs > Patience)
        {
            Reduce();
            (CooldownCounter, NumBadEpochs) = (Cooldown, 0);
        }
        SetLastLr(RatesNow());
    }

    /// <summary>Goes to the next epoch, whose metric is this tensor of one element, for example the loss.</summary>
    public void Step(Tensor metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        Step(metrics.Item());
    }

    /// <summary>The rates that steps with these metrics would set: <c>[step][group]</c>. Nothing is changed.</summary>
    public double[][] Preview(params IEnumerable<double> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var shadow = (ReduceLROnPlateau)Shadow();
        var rates = new List<double[]>();
        foreach (double metric in metrics)
        {
            shadow.Step(metric);
            rates.Add(shadow.GetLastLr());
        }
        return [.. rates];
    }

    private bool IsBetter(double metric) => (Mode, ThresholdMode) switch
    {
        ("min", "rel") => metric < Best * (1 - Threshold),
        ("min", _) => metric < Best - Threshold,
        (_, "rel") => metric > Best * (1 + Threshold),
        _ => metric > Best + Threshold,
    };

    private void Reduce()
    {
        for (int i = 0; i < Groups.Count; i++)
        {
            double lr = Math.Max(Groups[i].Lr * Factor, MinLr[i]);
            if (Groups[i].Lr - lr > Eps) Groups[i].Lr = lr;
        }
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        LastEpoch = visitor.Field("last_epoch", LastEpoch);
        Mode = visitor.Field("mode", Mode);
        Factor = visitor.Field("factor", Factor);
        Patience = visitor.Field("patience", Patience);
        Threshold = visitor.Field("threshold", Threshold);
        ThresholdMode = visitor.Field("threshold_mode", ThresholdMode);
        Cooldown = visitor.Field("cooldown", Cooldown);
        MinLr = visitor.Field("min_lrs", MinLr, Groups);
        Eps = visitor.Field("eps", Eps);
        Best = visitor.Field("best", Best);
        NumBadEpochs = visitor.Field("num_bad_epochs", NumBadEpochs);
        CooldownCounter = visitor.Field("cooldown_counter", CooldownCounter);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(Mode is "min" or "max", nameof(Mode), "must be \"min\" or \"max\"", $"\"{Mode}\"");
        must.BeAFraction(Factor);
        must.NotBeNegative(Patience);
        must.NotBeNegative(Threshold);
        must.Hold(ThresholdMode is "rel" or "abs", nameof(ThresholdMode), "must be \"rel\" or \"abs\"", $"\"{ThresholdMode}\"");
        must.NotBeNegative(Cooldown);
        must.FitAndNotBeNegative(MinLr, Groups);
        must.NotBeNegative(Eps);
    }
}
