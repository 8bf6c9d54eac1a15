using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// A model whose weights are the average of another model's weights over time. Averages lie in the middle of where training
/// wanders about, generalise better than its last point, and are free but for their memory.
/// <code>
/// var averaged = new AveragedModel(model, avgFn: SwaUtils.GetEmaAvgFn(0.999));      // without avgFn all count alike: SWA
/// foreach (var (x, y) in loader)
/// {
///     Train(model, x, y);
///     averaged.UpdateParameters(model);                                             // SWA: once an epoch, over the last quarter of training
/// }
/// SwaUtils.UpdateBn(loader, averaged);                                              // if there is batch norm
/// averaged.Eval().Call(x);
/// </code>
/// Izmailov et al., "Averaging weights leads to wider optima and better generalization" (UAI 2018, arXiv:1803.05407), Algorithm 1: SWA,
/// the plain average, with a cyclical or high constant rate. Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992):
/// the idea. The exponential average (EMA) forgets the beginning by itself and is updated at every step.
/// <para>In a state dict: <c>n_averaged</c>, and the model's own keys after <c>module.</c>. The averaging function is not saved.</para>
/// </summary>
/// <remarks>
/// As in PyTorch 2 buffers follow the model, unless <c>useBuffers</c> averages them like parameters (1.13 left them as they were
/// at the beginning). An average of integers (<c>num_batches_tracked</c>) is rounded towards zero.
/// For a model that does not go from tensor to tensor see <see cref="AveragedModel{TModel}"/>.
/// </remarks>
public class AveragedModel : Module<Tensor, Tensor>
{
    private readonly Averaging averaging;

    /// <summary>An average that starts as a deep copy of the model (<see cref="ModuleExtensions.Deepcopy"/>).</summary>
    /// <param name="model">The model that will be averaged.</param>
    /// <param name="avgFn">From a tensor's average so far, its current value, and the number of models averaged so far to its new average. By default <see cref="SwaUtils.GetSwaAvgFn"/>.</param>
    /// <param name="multiAvgFn">The same in place, for all tensors of one dtype at once.</param>
    /// <param name="useBuffers">True to average the buffers too, instead of copying them.</param>
    /// <exception cref="ArgumentException">Both functions are given.</exception>
    public AveragedModel(
        Module<Tensor, Tensor> model, Func<Tensor, Tensor, long, Tensor>? avgFn = null,
        Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long>? multiAvgFn = null, bool useBuffers = false)
        => (Module, averaging) = (model.Deepcopy(), new(avgFn, multiAvgFn, useBuffers));

    /// <summary>How many models were averaged, 0-dim Int64.</summary>
    [Buffer]
    public Tensor NAveraged { get; } = Torch.Zeros([], DType.Int64);

    /// <summary>The model with the averaged weights.</summary>
    public Module<Tensor, Tensor> Module { get; }

    /// <summary>Takes the model's current weights into the average; the first time they become the average.</summary>
    /// <exception cref="ArgumentException">The model has other parameters or buffers than the average. Nothing is changed then.</exception>
    public void UpdateParameters(Module model) => averaging.Update(Module, model, NAveraged);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Module.Call(x);
}

/// <summary>An <see cref="AveragedModel"/> of any type of model, which is called by <c>averaged.Module.Call(…)</c>.</summary>
/// <typeparam name="TModel">The type of the model.</typeparam>
public class AveragedModel<TModel> : Module
    where TModel : Module
{
    private readonly Averaging averaging;

    /// <inheritdoc cref="AveragedModel(Module{Tensor, Tensor}, Func{Tensor, Tensor, long, Tensor}, Action{IReadOnlyList{Tensor}, IReadOnlyList{Tensor}, long}, bool)"/>
    public AveragedModel(
        TModel model, Func<Tensor, Tensor, long, Tensor>? avgFn = null,
        Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long>? multiAvgFn = null, bool useBuffers = false)
        => (Module, averaging) = (model.Deepcopy(), new(avgFn, multiAvgFn, useBuffers));

    /// <inheritdoc cref="AveragedModel.NAveraged"/>
    [Buffer]
    public Tensor NAveraged { get; } = Torch.Zeros([], DType.Int64);

    /// <inheritdoc cref="AveragedModel.Module"/>
    public TModel Module { get; }

    /// <inheritdoc cref="AveragedModel.UpdateParameters"/>
    public void UpdateParameters(TModel model) => averaging.Update(Module, model, NAveraged);
}

/// <summary>How the weights of one model enter those of another.</summary>
internal sealed class Averaging
{
    private readonly Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long>? multiAvgFn;
    private readonly Func<Tensor, Tensor, long, Tensor> avgFn;
    private readonly bool useBuffers;

    internal Averaging(Func<Tensor, Tensor, long, Tensor>? avgFn, Action<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>, long>? multiAvgFn, bool useBuffers)
    {
        if (avgFn is not null && multiAvgFn is not null)
            throw new ArgumentException("AveragedModel: avgFn and multiAvgFn were both given.  Pass one of them: avgFn averages tensor by tensor, multiAvgFn all of a dtype at once.", nameof(avgFn));
        (this.avgFn, this.multiAvgFn, this.useBuffers) = (avgFn ?? SwaUtils.GetSwaAvgFn(), multiAvgFn, useBuffers);
    }

    internal void Update(Module averaged, Module model, Tensor count)
    {
        ArgumentNullException.ThrowIfNull(model);
        var parameters = Pairs("parameters", averaged.NamedParameters().Select(static p => (p.Name, (Tensor)p.Parameter)), model.NamedParameters().Select(static p => (p.Name, (Tensor)p.Parameter)));
        var buffers = Pairs("buffers", averaged.NamedBuffers(), model.NamedBuffers());
        var (averages, copies) = useBuffers ? ([.. parameters, .. buffers], []) : (parameters, buffers);
        long n = count.Item<long>();
        if (n == 0) (averages, copies) = ([], [.. averages, .. copies]);

        using var noGrad = Torch.NoGrad();
        foreach (var (a, x) in copies) a.Copy_(x);
        if (multiAvgFn is null)
            foreach (var (a, x) in averages) a.Copy_(avgFn(a, x, n));
        else
            foreach (var group in averages.GroupBy(static pair => pair.Averaged.DType))
                multiAvgFn([.. group.Select(static pair => pair.Averaged)], [.. group.Select(static pair => pair.Current)], n);
        count.Add_(1);
    }

    private static (Tensor Averaged, Tensor Current)[] Pairs(string kind, IEnumerable<(string Name, Tensor Value)> averaged, IEnumerable<(string Name, Tensor Value)> current)
    {
        (string Name, Tensor Value)[] ours = [.. averaged], theirs = [.. current];
        string Text((string Name, Tensor Value)[] all, int i) => i < all.Length ? $"`{all[i].Name}` {all[i].Value.Shape}" : "none";
        for (int i = 0; i < Math.Max(ours.Length, theirs.Length); i++)
            if (i >= ours.Length || i >= theirs.Length || ours[i].Name != theirs[i].Name || ours[i].Value.Shape != theirs[i].Value.Shape)
                throw new ArgumentException($"AveragedModel.UpdateParameters: the model's {kind} are not those of the average: number {i} is {Text(theirs, i)}, expected {Text(ours, i)}.", nameof(current));
        return [.. ours.Zip(theirs, static (a, b) => (a.Value.Detach(), b.Value.Detach()))];
    }
}
