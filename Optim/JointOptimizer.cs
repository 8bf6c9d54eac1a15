using System.Diagnostics;

namespace MiniTorch.Optim;

/// <summary>
/// The base of an optimizer that moves all parameters together and evaluates the closure as often as it needs: so <c>Step</c> needs one,
/// and there is one group of parameters, of one dtype.
/// </summary>
/// <typeparam name="TGroup">The type of its parameter group.</typeparam>
/// <typeparam name="TBuffers">The type of what it remembers, kept with the first parameter.</typeparam>
public abstract class JointOptimizer<TGroup, TBuffers> : Optimizer<TGroup, TBuffers>
    where TGroup : ParamGroup, new()
    where TBuffers : ParamBuffers
{
    private protected JointOptimizer(IEnumerable<TGroup> groups, TGroup defaults)
        : base(groups, defaults)
    {
    }

    /// <summary>One step; ops are not recorded, but in the closure.</summary>
    /// <returns>The loss before the step.</returns>
    private protected abstract Tensor Minimize(Func<Tensor> closure, TGroup group);

    private protected sealed override Tensor? Run(Func<Tensor>? closure)
    {
        if (closure is null)
            throw new InvalidOperationException($"{Name}: a step evaluates the loss as often as it needs.  Call Step with a closure that clears the gradients, computes the loss, calls Backward on it and returns it.");
        var group = ParamGroups[0];
        using (GradMode.Off()) return Minimize(Recorded, group);

        Tensor Recorded()
        {
            Tensor loss;
            using (Torch.EnableGrad()) loss = closure() ?? throw new InvalidOperationException($"{Name}: the closure returned null, expected the loss.");
            for (int i = 0; i < group.Parameters.Length; i++) Check(group, i);
            return loss;
        }
    }

    /// <summary>Not called: <see cref="Minimize"/> moves all parameters.</summary>
    protected sealed override void Update(Tensor parameter, Tensor gradient, TGroup group, TBuffers buffers) => throw new UnreachableException();

    private protected sealed override void Admit(TGroup group)
    {
        if (ParamGroups.Count > 0) throw new ArgumentException($"{Name}: there is only one group of parameters, as all of them move together; got a second one.", "params");
        for (int i = 1; i < group.Parameters.Length; i++)
            if (group.Parameters[i].DType != group.Parameters[0].DType)
                throw new ArgumentException($"{Name}: {group.Called(i)} is {group.Parameters[i].DType}, {group.Called(0)} is {group.Parameters[0].DType}; all must have one dtype, as they move together.", "params");
        if (group.Parameters.Length > 0 && Array.TrueForAll(group.Parameters, p => p.Count == 0)) throw new ArgumentException($"{Name}: the parameters have no elements to optimize.", "params");
    }

    internal sealed override Explanation Explained(Tensor parameter, int[] index)
        => throw new NotSupportedException($"{Name}.Explain: {Name} moves all parameters together; there is no equation of one weight to show.");
}
