using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// <see cref="AdaBound"/> whose rates never rise again, because they are divided by the root of the largest v so far.
/// <code>
/// m ← β₁m + (1 − β₁)g
/// v ← β₂v + (1 − β₂)g²           v_max ← max(v_max, v)
/// η = clip(α / (√v_max + ε), ηₗ, ηᵤ)
/// θ ← θ − η · m
/// </code>
/// Luo, Xiong, Liu and Sun, "Adaptive gradient methods with dynamic bound of learning rate" (ICLR 2019, arXiv:1902.09843), Algorithm 3,
/// in the edition of the authors' code, where it is AdaBound's flag <c>amsbound</c>; α and the bounds are AdaBound's.
/// <para>Where <see cref="AdaBound"/> is unsteady because rare large gradients are forgotten between two of them.</para>
/// </summary>
public sealed class AMSBound : AdaBound
{
    /// <summary>AMSBound on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate of the part that is Adam: about how far an element moves in an early step.</param>
    /// <param name="betas">β₁ and β₂: how much of the averages of g and g² is kept in a step. By default (0.9, 0.999).</param>
    /// <param name="finalLr">The rate of all elements in the end. It multiplies an average: where SGD with momentum μ likes lr, that is lr / (1 − μ).</param>
    /// <param name="gamma">γ: how fast the bounds close in, about 1/γ steps; 0 for never.</param>
    /// <param name="eps">ε: keeps the quotient finite.</param>
    /// <param name="weightDecay">λ: the strength of the L2 penalty.</param>
    /// <param name="maximize">Ascend instead.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public AMSBound(
        IEnumerable<Tensor> @params, double lr = 1e-3, (double, double)? betas = null, double finalLr = 0.1, double gamma = 1e-3, double eps = 1e-8,
        double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, finalLr, gamma, eps, weightDecay, maximize)
    {
    }

    /// <summary>AMSBound on parameters with names.</summary>
    /// <inheritdoc cref="AMSBound(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, double, bool)"/>
    public AMSBound(
        IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, (double, double)? betas = null, double finalLr = 0.1, double gamma = 1e-3,
        double eps = 1e-8, double weightDecay = 0, bool maximize = false)
        : this(GroupOf(@params), lr, betas, finalLr, gamma, eps, weightDecay, maximize)
    {
    }

    /// <summary>AMSBound on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="AMSBound(IEnumerable{Tensor}, double, ValueTuple{double, double}?, double, double, double, double, bool)"/>
    [OverloadResolutionPriority(1)]
    public AMSBound(
        IEnumerable<Group> @params, double lr = 1e-3, (double, double)? betas = null, double finalLr = 0.1, double gamma = 1e-3, double eps = 1e-8,
        double weightDecay = 0, bool maximize = false)
        : base(@params, lr, betas, finalLr, gamma, eps, weightDecay, amsbound: true, maximize)
    {
    }

    private protected override void Keep(Group loaded) => loaded.Amsbound = true;
}
