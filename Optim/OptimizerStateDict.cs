namespace MiniTorch.Optim;

/// <summary>
/// What an optimizer remembers, as data for files, in PyTorch's structure and with PyTorch's keys:
/// <c>{"state": {0: {"step": …, "exp_avg": …}}, "param_groups": [{"lr": …, "betas": […], "params": [0, 1]}]}</c>.
/// Numbers are <see cref="double"/>, <see cref="int"/> and <see cref="bool"/>, tuples are arrays of double.
/// </summary>
public sealed class OptimizerStateDict
{
    /// <summary>By the index of a parameter what is remembered of it: tensors (counters too, 0-dim), by name.</summary>
    public IDictionary<int, IDictionary<string, object?>> State { get; init; } = new Dictionary<int, IDictionary<string, object?>>();

    /// <summary>Per group its settings by name; <c>params</c> holds the indices of its parameters, and <c>param_names</c> their names if they have any.</summary>
    public IList<IDictionary<string, object?>> ParamGroups { get; init; } = [];
}
