using System.Text;

namespace MiniTorch.Optim;

/// <summary>
/// What all optimizers have in common: they hold parameters in groups, and change them in <see cref="Step()"/> by the gradients that
/// <c>Backward</c> left.
/// <code>
/// var opt = new Adam(model.Parameters(), lr: 1e-3);
/// opt.ZeroGrad();
/// loss.Backward();
/// opt.Step();
/// foreach (var g in opt.ParamGroups) g.Lr *= 0.1;
/// </code>
/// </summary>
/// <remarks>
/// A parameter whose gradient is null is skipped: it is not decayed, its averages and its step counter stay as they are. A gradient of
/// zeros is a gradient.
/// </remarks>
public abstract class Optimizer
{
    private Action<Optimizer>[] preHooks = [], postHooks = [];          // replaced, never changed: a hook may remove itself while they run

    private protected Optimizer()
    {
    }

    /// <summary>The groups of parameters with their settings.</summary>
    public abstract IReadOnlyList<ParamGroup> ParamGroups { get; }

    /// <summary>The optimizer's name, for messages.</summary>
    internal string Name => GetType().Name;

    /// <summary>Clears the gradients of all parameters: sets them to null, or else to zeros.</summary>
    /// <param name="setToNone">False to fill the gradients with zeros instead; a parameter without a gradient stays without.</param>
    public void ZeroGrad(bool setToNone = true)
    {
        for (int i = 0; i < ParamGroups.Count; i++)
            foreach (var p in ParamGroups[i].Parameters)
                if (setToNone) p.DropGrad();
                else p.GradInternal = p.GradInternal?.Detach().Zero_();
    }

    /// <summary>Changes all parameters that have a gradient, once.</summary>
    /// <exception cref="InvalidOperationException">A gradient does not have the shape and dtype of its parameter.</exception>
    public void Step() => TakeStep(null);

    /// <summary>Computes the loss and its gradients by <paramref name="closure"/>, then changes all parameters that have a gradient.</summary>
    /// <param name="closure">Clears the gradients, computes the loss, calls <c>Backward</c> on it and returns it. Ops in it are recorded even inside of <c>NoGrad</c>.</param>
    /// <returns>The closure's loss.</returns>
    public Tensor Step(Func<Tensor> closure)
    {
        ArgumentNullException.ThrowIfNull(closure);
        return TakeStep(closure)!;
    }

    internal Tensor? TakeStep(Func<Tensor>? closure)
    {
        foreach (var hook in preHooks) hook(this);
        var loss = Run(closure);
        foreach (var hook in postHooks) hook(this);
        return loss;
    }

    /// <summary>One step: evaluates the closure, if there is one, and changes the parameters. An optimizer that evaluates it more than once overrides this.</summary>
    private protected abstract Tensor? Run(Func<Tensor>? closure);

    /// <summary>The name, and the settings of each group, as PyTorch prints them.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Name} (");
        foreach (var (i, group) in ParamGroups.Index())
        {
            var settings = new SettingsText();
            group.Visit(settings);
            settings.Field("param_names", group.Names);
            text.Append($"\nParameter Group {i}\n{settings}");
        }
        return text.Append(')').ToString();
    }

    // ---- explanations --------------------------------------------------------------------------------------------------------

    /// <summary>Whether every step keeps a copy of what it begins with, for <see cref="Explain"/>. Off by default: it costs memory and time.</summary>
    public abstract bool RecordSteps { get; set; }

    /// <summary>
    /// The last update of one weight, with the numbers put into the equation. Set <see cref="RecordSteps"/> before the step.
    /// <code>
    /// Adam, parameter 0 (`weight`, [4, 2]), weight [0, 1]   (lr = 0.001, β₁ = 0.9, …)
    /// g = −0.0123
    /// m = β₁·m + (1 − β₁)·g = 0.9·(−0.004) + 0.1·(−0.0123) = −0.00483
    /// …
    /// </code>
    /// </summary>
    /// <param name="parameter">A parameter of this optimizer.</param>
    /// <param name="index">The place of the weight in it: an index per dimension.</param>
    /// <exception cref="InvalidOperationException">The last step was not recorded, or did not change this parameter.</exception>
    /// <exception cref="NotSupportedException">The optimizer has no equation of one weight.</exception>
    public string Explain(Tensor parameter, params int[] index) => Explained(parameter, index).ToString();

    internal abstract Explanation Explained(Tensor parameter, int[] index);

    // ---- hooks ---------------------------------------------------------------------------------------------------------------

    /// <summary>Calls <paramref name="hook"/> at the beginning of every step, before a closure is evaluated.</summary>
    /// <returns>A handle that removes the hook.</returns>
    public HookHandle RegisterStepPreHook(Action<Optimizer> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        preHooks = [.. preHooks, hook];
        return new HookHandle(() => preHooks = Without(preHooks, hook));
    }

    /// <summary>Calls <paramref name="hook"/> at the end of every step.</summary>
    /// <returns>A handle that removes the hook.</returns>
    public HookHandle RegisterStepPostHook(Action<Optimizer> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        postHooks = [.. postHooks, hook];
        return new HookHandle(() => postHooks = Without(postHooks, hook));
    }

    private static Action<Optimizer>[] Without(Action<Optimizer>[] hooks, Action<Optimizer> hook)
    {
        var rest = hooks.ToList();
        rest.Remove(hook);
        return [.. rest];
    }

    /// <summary>What the optimizer remembers, to save it and go on later. Settings are copied; tensors are the optimizer's own, as in PyTorch.</summary>
    public abstract OptimizerStateDict StateDict();

    /// <summary>
    /// Takes over the settings and the memory of a saved optimizer. Parameters are matched by their order. Tensors are copied and
    /// converted to the dtype of their parameter. If anything does not fit, nothing is changed.
    /// </summary>
    /// <exception cref="ArgumentException">Another number of groups or parameters, a key that is missing or unknown, a shape that differs.</exception>
    public abstract void LoadStateDict(OptimizerStateDict stateDict);
}
