using System.Numerics;
using System.Runtime.CompilerServices;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// <see cref="SGD"/> with decoupled weight decay: θ shrinks directly, and the decay stays out of the momentum.
/// <code>
/// θ ← θ − lr · λθ
/// b ← μb + (1 − τ)g          at the first step b ← g
/// θ ← θ − lr · b             with Nesterov θ ← θ − lr · (g + μb)
/// </code>
/// Loshchilov and Hutter, "Decoupled weight decay regularization" (ICLR 2019, arXiv:1711.05101), Algorithm 1.
/// <para>For whom SGD with momentum serves well, and who tunes the decay: the best λ depends less on the rate than that of an L2 penalty does.
/// Without momentum it is SGD with that penalty.</para>
/// </summary>
/// <remarks>
/// Published codes differ in what the decay is multiplied by. Here it is the learning rate, as in PyTorch's <see cref="AdamW"/>, so that a
/// schedule of the rate is one of the decay too. In the paper, and in the authors' code, it is the schedule's multiplier ηₜ alone,
/// θ ← θ − ηₜλ′θ: with a base rate α, and lr = ηₜα, that is λ = λ′ / α here.
/// <para>The paper writes momentum in velocity form, m ← β₁m + ηₜαg and θ ← θ − m; the authors' code multiplies by the rate on leaving the
/// buffer, and so does this class, as SGD. For a constant rate both are the same sequence. Nesterov is not in the paper.</para>
/// <para>There is none in PyTorch. A state dict has the keys of SGD's.</para>
/// </remarks>
public sealed class SGDW : ElementwiseOptimizer<SGD.Group, SGD.Buffers>
{
    /// <summary>Descent on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="momentum">μ: how much of the buffer is kept in a step; 0 for none.</param>
    /// <param name="dampening">τ: how much of the gradient is kept out of the buffer.</param>
    /// <param name="weightDecay">λ: θ shrinks by lr · λ of itself in each step.</param>
    /// <param name="nesterov">Look ahead: descend along g + μb.</param>
    /// <param name="maximize">Ascend instead; the decay still shrinks.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters cannot be optimized.</exception>
    public SGDW(IEnumerable<Tensor> @params, double lr = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 1e-2, bool nesterov = false, bool maximize = false)
        : this(GroupOf(@params), lr, momentum, dampening, weightDecay, nesterov, maximize)
    {
    }

    /// <summary>Descent on parameters with names.</summary>
    /// <inheritdoc cref="SGDW(IEnumerable{Tensor}, double, double, double, double, bool, bool)"/>
    public SGDW(IEnumerable<(string Name, Parameter Value)> @params, double lr = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 1e-2, bool nesterov = false, bool maximize = false)
        : this(GroupOf(@params), lr, momentum, dampening, weightDecay, nesterov, maximize)
    {
    }

    /// <summary>Descent on groups of parameters; what a group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="SGDW(IEnumerable{Tensor}, double, double, double, double, bool, bool)"/>
    [OverloadResolutionPriority(1)]
    public SGDW(IEnumerable<SGD.Group> @params, double lr = 1e-3, double momentum = 0, double dampening = 0, double weightDecay = 1e-2, bool nesterov = false, bool maximize = false)
        : base(@params, new() { Lr = lr, Momentum = momentum, Dampening = dampening, WeightDecay = weightDecay, Nesterov = nesterov, Maximize = maximize })
    {
    }

    /// <inheritdoc/>
    protected override SGD.Buffers NewBuffers(Tensor parameter, SGD.Group group) => new();

    /// <inheritdoc/>
    protected override void Update<T>(Pass<T> pass, SGD.Group group, SGD.Buffers buffers)
    {
        if (group.Momentum == 0)
        {
            pass.Run(new Equation<T>(group, group.Dampening));
            return;
        }
        double dampening = buffers.MomentumBuffer is null ? 0 : group.Dampening;                // b ← g at the first step
        pass.Run(new Equation<T>(group, dampening), buffers.MomentumBuffer ??= pass.Parameter.ZerosLike());
    }

    /// <inheritdoc/>
    protected override void Explain(Explanation e, SGD.Group o)
    {
        var (lr, θ, g) = (e.Setting("lr", o.Lr), e.Parameter, e.Gradient);
        if (o.Maximize) g = e.Set("g", -g);
        if (o.WeightDecay != 0) θ = e.Set("θ", θ - lr * e.Setting("λ", o.WeightDecay) * θ);
        if (o.Momentum != 0)
        {
            var μ = e.Setting("μ", o.Momentum);
            var share = o.Dampening == 0 ? g : (1 - e.Setting("τ", o.Dampening)) * g;
            var b = e.Set("b", e.Remembers("momentum_buffer") ? μ * e.Before("b", "momentum_buffer") + share : g, "momentum_buffer");
            g = o.Nesterov ? e.Set("g", g + μ * b) : b;
        }
        e.Set("θ", θ - lr * g);
    }

    private readonly struct Equation<T>(SGD.Group o, double dampening) : IUpdate<T>, IUpdate1<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly Vector<T> lr = Rounded<T>(o.Lr), κ = Rounded<T>(1 - o.Lr * o.WeightDecay), μ = Rounded<T>(o.Momentum), ω = Rounded<T>(1 - dampening);
        private readonly bool nesterov = o.Nesterov, maximize = o.Maximize;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g)
        {
            if (maximize) g = -g;
            θ = κ * θ - lr * g;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> b)
        {
            if (maximize) g = -g;
            b = μ * b + ω * g;                                // b ← μb + (1 − τ)g
            θ = κ * θ - lr * (nesterov ? g + μ * b : b);      // θ ← θ − lr · λθ − lr · b,   κ = 1 − lr · λ
        }
    }
}
