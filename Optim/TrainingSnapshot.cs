using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Everything that training changes, to put it back bit for bit: parameters, buffers and gradients, the mode of every module, the
/// optimizer's settings and memory, and the state of the default generator.
/// </summary>
internal sealed class TrainingSnapshot
{
    private readonly Optimizer optimizer;
    private readonly OptimizerStateDict memory;
    private readonly (Tensor X, Tensor Value, Tensor? Grad)[] tensors;
    private readonly (Module Module, bool Training)[] modes;
    private readonly byte[] random = Torch.GetRngState();

    internal TrainingSnapshot(Module model, Optimizer optimizer)
    {
        this.optimizer = optimizer;
        memory = Copy(optimizer.StateDict());
        modes = [.. model.Modules().Select(static m => (m, m.Training))];
        var all = model.Parameters().Concat(model.Buffers()).Concat(optimizer.ParamGroups.SelectMany(static group => group.Params));
        tensors = [.. all.Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>().Select(static x => (x, x.Detach().Clone(), x.Grad?.Detach().Clone()))];
    }

    internal void Restore()
    {
        using var noGrad = Torch.NoGrad();
        foreach (var (x, value, grad) in tensors)
        {
            x.Copy_(value);
            x.Grad = grad;
        }
        foreach (var (module, training) in modes) module.Training = training;
        optimizer.LoadStateDict(memory);
        Torch.SetRngState(random);
    }

    /// <summary>A state dict whose tensors are no longer the optimizer's own.</summary>
    internal static OptimizerStateDict Copy(OptimizerStateDict own)
    {
        var copy = new OptimizerStateDict { ParamGroups = own.ParamGroups };
        foreach (var (index, remembered) in own.State)
            copy.State[index] = remembered.ToDictionary(static entry => entry.Key, static entry => entry.Value is Tensor x ? x.Detach().Clone() : entry.Value);
        return copy;
    }
}
