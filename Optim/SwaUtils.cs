using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>What goes with <see cref="AveragedModel"/>, PyTorch's <c>torch.optim.swa_utils</c>: ways to average, and the statistics of batch norm.</summary>
public static class SwaUtils
{
    /// <summary>All models count alike: <c>averaged + (current − averaged) / (n + 1)</c>. For <c>avgFn</c>.</summary>
    public static Func<Tensor, Tensor, long, Tensor> GetSwaAvgFn() => static (averaged, current, n) => averaged + (current - averaged) / (double)(n + 1);

    /// <summary>Older models count less and less: <c>decay · averaged + (1 − decay) · current</c>. For <c>avgFn</c>.</summary>
    /// <param name="decay">How much of the average is kept, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is out of range.</exception>
    public static Func<Tensor, Tensor, long, Tensor> GetEmaAvgFn(double decay = 0.999)
    {
        new Requirements("GetEmaAvgFn").Hold(decay is >= 0 and <= 1, nameof(decay), "must be in [0, 1]", decay);
        return (averaged, current, _) => averaged * decay + current * (1 - decay);
    }

    /// <summary>As <see cref="GetSwaAvgFn"/>, for all tensors of a dtype at once, in place. For <c>multiAvgFn</c>.</summary>
    public static Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long> GetSwaMultiAvgFn() => InPlace(GetSwaAvgFn());

    /// <summary>As <see cref="GetEmaAvgFn"/>, for all tensors of a dtype at once, in place. For <c>multiAvgFn</c>.</summary>
    /// <param name="decay">How much of the average is kept, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is out of range.</exception>
    public static Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long> GetEmaMultiAvgFn(double decay = 0.999) => InPlace(GetEmaAvgFn(decay));

    private static Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long> InPlace(Func<Tensor, Tensor, long, Tensor> avgFn) => (averaged, current, n) =>
    {
        for (int i = 0; i < averaged.Count; i++) averaged[i].Copy_(avgFn(averaged[i], current[i], n));
    };

    // ---- batch norm ----------------------------------------------------------------------------------------------------------

    /// <summary>
    /// Computes the running statistics of the batch norm layers anew, as averages over the batches of one pass: those of an averaged model
    /// belong to none of the weights that were averaged.
    /// <code>SwaUtils.UpdateBn(loader, averaged);</code>
    /// </summary>
    /// <remarks>
    /// As in PyTorch all batches count alike, also a smaller last one. The model computes in training mode meanwhile, so dropout drops; ops
    /// are not recorded. Afterwards every module's mode and every layer's momentum is what it was, also after an exception. A model without
    /// batch norm is not run at all.
    /// </remarks>
    /// <param name="loader">The batches of inputs.</param>
    /// <param name="model">The model.</param>
    public static void UpdateBn<TIn, TOut>(IEnumerable<TIn> loader, Module<TIn, TOut> model) => UpdateBn(loader, model, x => model.Call(x));

    /// <summary>The same over batches of inputs and targets, of which the targets are left alone.</summary>
    /// <inheritdoc cref="UpdateBn{TIn, TOut}(IEnumerable{TIn}, Module{TIn, TOut})"/>
    public static void UpdateBn<TIn, TTarget, TOut>(IEnumerable<(TIn Input, TTarget Target)> loader, Module<TIn, TOut> model)
        => UpdateBn(loader, model, batch => model.Call(batch.Input));

    /// <summary>The same for any model and batches of any kind: <paramref name="forward"/> runs the model on a batch.</summary>
    /// <param name="loader">The batches.</param>
    /// <param name="model">The model whose layers are meant.</param>
    /// <param name="forward">Runs the model on a batch: <c>batch => model.Call(batch.Source, batch.Target)</c>.</param>
    /// <inheritdoc cref="UpdateBn{TIn, TOut}(IEnumerable{TIn}, Module{TIn, TOut})" path="/remarks"/>
    public static void UpdateBn<TBatch>(IEnumerable<TBatch> loader, Module model, Action<TBatch> forward)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        (BatchNorm Layer, double? Momentum)[] layers = [.. model.Modules().OfType<BatchNorm>().Where(static m => m.TrackRunningStats).Select(static m => (m, m.Momentum))];
        if (layers.Length == 0) return;
        (Module Module, bool Training)[] modes = [.. model.Modules().Select(static m => (m, m.Training))];
        try
        {
            model.Train();
            foreach (var (layer, _) in layers)
            {
                layer.ResetRunningStats();
                layer.Momentum = null;                       // the average over all batches
            }
            using (Torch.NoGrad())
                foreach (var batch in loader) forward(batch);
        }
        finally
        {
            foreach (var (layer, momentum) in layers) layer.Momentum = momentum;
            foreach (var (module, training) in modes) module.Training = training;
        }
    }
}
