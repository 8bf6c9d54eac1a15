using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Says when to stop: when a metric, mostly the loss on data held out, has not improved for a while. The weights of the best moment are kept.
/// <code>
/// var stopping = new EarlyStopping(patience: 5);
/// for (int epoch = 0; epoch &lt; 1000; epoch++)
/// {
///     Train(model, opt);
///     if (stopping.Step(Validate(model), model)) break;                // the model has its best weights again
/// }
/// </code>
/// Goodfellow, Bengio and Courville, "Deep learning" (2016), section 7.8, Algorithm 7.1: the count begins anew with every improvement.
/// <para>With an optimizer and a number of decays it stops late: each time the patience runs out, the model and the optimizer go back to the
/// best moment, all rates are multiplied by <c>factor</c>, and training goes on; only when that was done <c>decays</c> times does it
/// stop. Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks" (2012), section 5, divided the
/// rate by 10 whenever the validation error stopped improving, three times before they ended.</para>
/// <code>var stopping = new EarlyStopping(patience: 5, optimizer: opt, decays: 3);</code>
/// </summary>
/// <remarks>
/// NaN never improves. The patience is the number of steps in a row without improvement after which it runs out, as in the book; <c>ReduceLROnPlateau</c>
/// acts one step later.
/// </remarks>
public sealed class EarlyStopping
{
    private const string Weights = "best_weights.", Memory = "best_optimizer";

    private readonly Optimizer? optimizer;
    private Dictionary<string, Tensor>? weights;                    // of the best moment
    private OptimizerStateDict? memory;                             // likewise; only needed to go back and go on

    /// <summary>Waits for improvement.</summary>
    /// <param name="patience">The number of steps in a row without improvement that are too many.</param>
    /// <param name="minDelta">By how much the metric must be better than the best so far to count as improved.</param>
    /// <param name="mode">"min" for a metric that should fall, "max" for one that should rise.</param>
    /// <param name="restoreBestWeights">Give the model, when it stops, the weights and buffers of its best moment.</param>
    /// <param name="optimizer">The optimizer whose rates decay; needed for decays alone.</param>
    /// <param name="factor">What the rates are multiplied by, in (0, 1).</param>
    /// <param name="decays">How many times to go back and lower the rates before stopping.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or there are decays without an optimizer.</exception>
    public EarlyStopping(
        int patience = 10, double minDelta = 0, string mode = "min", bool restoreBestWeights = true, Optimizer? optimizer = null, double factor = 0.1, int decays = 0)
    {
        var must = new Requirements("EarlyStopping");
        must.Hold(patience >= 1, nameof(patience), "must be at least 1", patience);
        must.Hold(minDelta >= 0 && double.IsFinite(minDelta), nameof(minDelta), "must be finite and not negative", minDelta);
        must.Hold(mode is "min" or "max", nameof(mode), "must be \"min\" or \"max\"", $"\"{mode}\"");
        must.Hold(factor is > 0 and < 1, nameof(factor), "must be in (0, 1)", factor);
        must.Hold(decays >= 0, nameof(decays), "must not be negative", decays);
        if (decays > 0 && optimizer is null) throw new ArgumentException($"EarlyStopping: decays is {decays}, but there is no optimizer whose rates could decay.  Pass optimizer.", nameof(optimizer));
        (Patience, MinDelta, Mode, RestoreBestWeights, this.optimizer, Factor, Decays) = (patience, minDelta, mode, restoreBestWeights, optimizer, factor, decays);
    }

    /// <summary>The number of steps in a row without improvement that are too many.</summary>
    public int Patience { get; }

    /// <summary>By how much the metric must be better than the best so far.</summary>
    public double MinDelta { get; }

    /// <summary>"min" or "max".</summary>
    public string Mode { get; }

    /// <summary>Whether the model gets its best weights when it stops.</summary>
    public bool RestoreBestWeights { get; }

    /// <summary>What the rates are multiplied by.</summary>
    public double Factor { get; }

    /// <summary>How many times the rates decay before it stops.</summary>
    public int Decays { get; }

    /// <summary>The best metric so far; null before there was one (NaN is none).</summary>
    public double? Best { get; private set; }

    /// <summary>The number of the step with the best metric, from 0; −1 before there was one.</summary>
    public int BestStep { get; private set; } = -1;

    /// <summary>How many steps were made.</summary>
    public int Steps { get; private set; }

    /// <summary>How many steps in a row, up to now, brought no improvement.</summary>
    public int BadSteps { get; private set; }

    /// <summary>How many times the rates have decayed.</summary>
    public int Decayed { get; private set; }

    /// <summary>Whether it is time to stop.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes note of a metric; returns true when it is time to stop, and from then on.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="model">The model whose weights are kept when the metric has improved; null to keep none.</param>
    /// <exception cref="ArgumentException">There are decays, but no model that could go back.</exception>
    public bool Step(double metric, Module? model = null)
    {
        if (model is null && Decays > 0) throw new ArgumentNullException(nameof(model), "EarlyStopping: to go back to the best weights before the rates decay, Step needs the model.");
        if (Stopped) return true;
        if (IsBetter(metric))
        {
            (Best, BestStep, BadSteps) = (metric, Steps, 0);
            if (model is not null && (RestoreBestWeights || Decays > 0)) weights = Copied(model.StateDict());
            if (Decays > 0) memory = TrainingSnapshot.Copy(optimizer!.StateDict());
        }
        else
        {
            BadSteps++;
        }
        Steps++;
        if (BadSteps < Patience) return false;
        if (Decayed < Decays) GoBack(model!);
        else Stopped = true;
        if (Stopped && RestoreBestWeights && model is not null && weights is not null) LoadBest(model);
        return Stopped;
    }

    private bool IsBetter(double metric)
        => !double.IsNaN(metric) && (Best is not { } best || (Mode == "min" ? metric < best - MinDelta : metric > best + MinDelta));

    private void GoBack(Module model)
    {
        double[] rates = [.. optimizer!.ParamGroups.Select(group => group.Lr * Factor)];
        if (weights is not null) LoadBest(model);
        if (memory is not null) optimizer.LoadStateDict(memory);
        for (int i = 0; i < rates.Length; i++) optimizer.ParamGroups[i].Lr = rates[i];
        Decayed++;
        BadSteps = 0;
    }

    /// <summary>Gives the model its best weights and buffers, for training that ended otherwise.</summary>
    /// <exception cref="InvalidOperationException">None were kept.</exception>
    public void LoadBest(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (weights is null) throw new InvalidOperationException("EarlyStopping: no weights were kept.  Pass the model to Step, and restoreBestWeights: true to the constructor.");
        model.LoadStateDict(weights);
    }

    private static Dictionary<string, Tensor> Copied(IEnumerable<KeyValuePair<string, Tensor>> state) => state.ToDictionary(static s => s.Key, static s => s.Value.Detach().Clone());

    // ---- state dicts -------------------------------------------------------------------------------------------------------

    /// <summary>
    /// Where it is, as data for files: <c>best</c>, <c>best_step</c>, <c>steps</c>, <c>bad_steps</c>, <c>decayed</c>, <c>stopped</c>, the best
    /// weights under their own keys after <c>best_weights.</c>, and, with decays, the optimizer's state dict of the best moment as <c>best_optimizer</c>.
    /// </summary>
    public IDictionary<string, object?> StateDict()
    {
        var saver = new Saver();
        Visit(saver);
        foreach (var (key, x) in weights ?? []) saver.Saved[Weights + key] = x;
        if (memory is not null) saver.Saved[Memory] = memory;
        return saver.Saved;
    }

    /// <summary>Goes on where a saved one was. If anything does not fit, nothing is changed.</summary>
    /// <exception cref="ArgumentException">A key is missing, or has another type.</exception>
    public void LoadStateDict(IDictionary<string, object?> stateDict)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        const string where = "EarlyStopping.LoadStateDict: the state dict";
        var best = stateDict.Where(static s => s.Key.StartsWith(Weights, StringComparison.Ordinal)).ToArray();
        if (Array.Find(best, static s => s.Value is not Tensor) is { Key: not null } odd)
            throw new ArgumentException($"{where}: `{odd.Key}` is {odd.Value ?? "null"}, expected a tensor.", nameof(stateDict));
        ((EarlyStopping)MemberwiseClone()).Visit(new Loader(stateDict, where));
        Best = null;
        Visit(new Loader(stateDict, where));
        weights = best.Length == 0 ? null : Copied(best.Select(static s => KeyValuePair.Create(s.Key[Weights.Length..], (Tensor)s.Value!)));
        memory = stateDict.TryGetValue(Memory, out object? saved) && saved is OptimizerStateDict state ? TrainingSnapshot.Copy(state) : null;
    }

    private void Visit(FieldVisitor visitor)
    {
        Best = visitor.Field("best", Best, optional: true);
        BestStep = visitor.Field("best_step", BestStep);
        Steps = visitor.Field("steps", Steps);
        BadSteps = visitor.Field("bad_steps", BadSteps);
        Decayed = visitor.Field("decayed", Decayed);
        Stopped = visitor.Field("stopped", Stopped);
    }
}
