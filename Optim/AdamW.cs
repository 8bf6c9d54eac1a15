using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// <see cref="Adam"/> with decoupled weight decay: θ shrinks directly, and the decay stays out of the averages.
/// <code>
/// θ ← θ − lr · λθ
/// m ← β₁m + (1 − β₁)g           m̂ = m / (1 − β₁ᵗ)
/// v ← β₂v + (1 − β₂)g²          v̂ = v / (1 − β₂ᵗ)
/// θ ← θ − lr · m̂ / (√v̂ + ε)
/// </code>
/// Loshchilov and Hutter, "Decoupled weight decay regularization" (ICLR 2019, arXiv:1711.05101), Algorithm 2.
/// <para>The usual choice for transformers. Give biases and the scales of normalizations a group with <c>WeightDecay = 0</c>.</para>
/// </summary>
/// <remarks>
/// As in PyTorch the decay is multiplied by the learning rate, where the paper has only the schedule's multiplier η: with
/// PyTorch's λ = 0.01 and lr = 0.001 the paper's λ is 1e-5. The decay is on by default, λ = 0.01. It stays decoupled when the state dict of
/// an Adam is loaded, as PyTorch has it.
/// </remarks>
public sealed class AdamW : Adam
{
    /// <summary>AdamW on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate: about how far an element moves in a step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="eps">ε: keeps the quotient finite, and steps small where gradients are tiny.</param>
    /// <param name="weightDecay">λ: θ shrinks by lr · λ of itself in each step.</param>
    /// <param name="amsgrad">Divide by the root of the largest v so far.</param>
    /// <param name="maximize">Ascend instead; the decay still shrinks.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public AdamW(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 1e-2,
        bool amsgrad = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, amsgrad, maximize)
    {
    }

    /// <summary>AdamW on parameters with names.</summary>
    /// <inheritdoc cref="AdamW(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool, bool)"/>
    public AdamW(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 1e-2,
        bool amsgrad = false, bool maximize = false)
        : this(GroupOf(@params), lr, betas, eps, weightDecay, amsgrad, maximize)
    {
    }

    /// <summary>AdamW on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="AdamW(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public AdamW(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double eps = 1e-8, double weightDecay = 1e-2,
        bool amsgrad = false, bool maximize = false)
        : base(@params, lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay: true)
    {
    }

    private protected override void Keep(Group loaded) => loaded.DecoupledWeightDecay = true;
}
