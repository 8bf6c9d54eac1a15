namespace MiniTorch.NN;

/// <summary>
/// A tensor that is to be learnt: as a member of a <see cref="Module"/> it appears among the module's parameters without further ado.
/// Always a leaf.
/// </summary>
public sealed class Parameter : Tensor
{
    /// <summary>A parameter over the memory of <paramref name="data"/>, which is shared, not copied; its history is left behind.</summary>
    /// <param name="data">The initial values.</param>
    /// <param name="requiresGrad">False for a frozen parameter.</param>
    /// <exception cref="InvalidOperationException">A gradient is asked for, but the dtype has none.</exception>
    public Parameter(Tensor data, bool requiresGrad = true)
        : base(data ?? throw new ArgumentNullException(nameof(data))) => RequiresGrad = requiresGrad;

    /// <summary>"Parameter containing:" and the tensor, as PyTorch prints it.</summary>
    public override string ToString() => $"Parameter containing:\n{base.ToString()}";
}
