using System.Runtime.CompilerServices;

namespace MiniTorch.NN;

public abstract partial class Module
{
    private HookList<Func<Module, Tensor?[], Tensor?[], Tensor?[]?>>? backwardHooks;
    private HookList<Func<Module, Tensor?[], Tensor?[]?>>? backwardPreHooks;

    private protected bool HasBackwardHooks => backwardHooks is { Count: > 0 } || backwardPreHooks is { Count: > 0 };

    /// <summary>
    /// Calls <paramref name="hook"/> in every backward pass, when the gradients of the module's inputs are computed: with the module, the
    /// gradients of its inputs and of its outputs (null where there is none). What it returns, unless null, takes the place of the
    /// gradients of the inputs. Returns a handle that removes the hook.
    /// </summary>
    /// <remarks>
    /// Inputs and outputs are seen where they are tensors, not inside of other objects; an output may be an array or a tuple of tensors. As
    /// in PyTorch, of an LSTM's <c>(y, (h, c))</c> only y is seen: the inner tuple counts as one output, whose gradient is null.
    /// </remarks>
    public HookHandle RegisterFullBackwardHook(Func<Module, Tensor?[], Tensor?[], Tensor?[]?> hook) => (backwardHooks ??= new()).Add(hook);

    /// <inheritdoc cref="RegisterFullBackwardHook(Func{Module, Tensor[], Tensor[], Tensor[]})"/>
    public HookHandle RegisterFullBackwardHook(Action<Module, Tensor?[], Tensor?[]> hook) => RegisterFullBackwardHook((module, gradInput, gradOutput) =>
    {
        hook(module, gradInput, gradOutput);
        return null;
    });

    /// <summary>
    /// Calls <paramref name="hook"/> in every backward pass, when the gradients of the module's outputs are known; what it returns, unless
    /// null, takes their place. Returns a handle that removes the hook.
    /// </summary>
    public HookHandle RegisterFullBackwardPreHook(Func<Module, Tensor?[], Tensor?[]?> hook) => (backwardPreHooks ??= new()).Add(hook);

    internal Tensor?[] RunBackwardPreHooks(Tensor?[] gradOutput)
    {
        foreach (var hook in backwardPreHooks?.All ?? []) gradOutput = Replaced(gradOutput, hook(this, gradOutput), "output");
        return gradOutput;
    }

    internal Tensor?[] RunBackwardHooks(Tensor?[] gradInput, Tensor?[] gradOutput)
    {
        foreach (var hook in backwardHooks?.All ?? []) gradInput = Replaced(gradInput, hook(this, gradInput, gradOutput), "input");
        return gradInput;
    }

    private Tensor?[] Replaced(Tensor?[] before, Tensor?[]? after, string what)
        => after is null || after.Length == before.Length
            ? after ?? before
            : throw new InvalidOperationException($"{GetType().Name}: a backward hook returned {after.Length} gradients in place of those of {before.Length} {what}s.");
}

/// <summary>Hooks in the order of their registration; each can be removed, also while they run.</summary>
internal sealed class HookList<THook>
    where THook : Delegate
{
    private readonly List<THook> hooks = [];

    internal int Count => hooks.Count;

    internal THook[] All => [.. hooks];

    internal HookHandle Add(THook hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        hooks.Add(hook);
        return new HookHandle(() => hooks.RemoveAt(hooks.FindIndex(h => ReferenceEquals(h, hook))));
    }
}

/// <summary>What runs around the Forward of a module that has hooks.</summary>
/// <param name="take">The single inputs.</param>
/// <param name="make">Puts them together again.</param>
internal sealed class ForwardHooks<TIn, TOut>(Func<TIn, object?[]> take, Func<object?[], TIn> make)
{
    internal HookList<Func<Module, TIn, TIn?>> Before { get; } = new();

    internal HookList<Func<Module, TIn, TOut, TOut?>> After { get; } = new();

    internal TOut Run(Module module, TIn x, Func<TIn, TOut> forward)
    {
        foreach (var hook in Before.All) x = hook(module, x) ?? x;
        var border = GradMode.Enabled ? module.Border() : null;
        if (border is not null) x = make(border.Enter(take(x)));
        var y = forward(x);
        foreach (var hook in After.All) y = hook(module, x, y) ?? y;
        return border is null ? y : (TOut)border.Leave(y!);
    }
}

public abstract partial class Module
{
    internal ModuleBorder? Border() => HasBackwardHooks ? new(this) : null;
}

/// <summary>One call of a module with backward hooks: its inputs and outputs pass through nodes that see their gradients.</summary>
internal sealed class ModuleBorder(Module module)
{
    private Tensor?[]? gradOutput;                  // null while none has come through the outputs
    private bool gradientsLeave;                    // does an input require a gradient?

    internal object?[] Enter(object?[] inputs)
    {
        int[] at = Positions(inputs);
        if (at.Length == 0) return inputs;
        gradientsLeave = true;
        var crossed = new ModuleInput(dy =>
        {
            if (gradOutput is null) return dy;      // as in PyTorch: came past the outputs, such as through the c of an LSTM
            var gradInput = module.RunBackwardHooks(Spread(dy, at, inputs.Length), gradOutput);
            gradOutput = null;
            return [.. at.Select(i => gradInput[i])];
        }).Apply([.. at.Select(i => (Tensor)inputs[i]!)]);
        object?[] result = [.. inputs];
        for (int i = 0; i < at.Length; i++) result[at[i]] = crossed[i];
        return result;
    }

    internal object Leave(object output)
    {
        object?[] outputs = output switch
        {
            Tensor y => [y],
            Tensor[] many => many,
            ITuple tuple when Tuples.CanReplace(tuple) => Tuples.Items(tuple),
            _ => throw new InvalidOperationException($"{module.GetType().Name}: backward hooks see outputs of type Tensor, Tensor[] or a tuple, not {output.GetType().Name}."),
        };
        int[] at = Positions(outputs);
        if (at.Length == 0) return output;
        var crossed = new ModuleOutput(dy =>
        {
            var known = gradOutput = module.RunBackwardPreHooks(Spread(dy, at, outputs.Length));
            if (!gradientsLeave) module.RunBackwardHooks([null], known);
            return [.. at.Select(i => known[i])];
        }).Apply([.. at.Select(i => (Tensor)outputs[i]!)]);
        object?[] result = [.. outputs];
        for (int i = 0; i < at.Length; i++) result[at[i]] = crossed[i];
        return output switch
        {
            Tensor => result[0]!,
            ITuple tuple => Tuples.Replaced(tuple, result),
            _ => result.Cast<Tensor>().ToArray(),
        };
    }

    private static int[] Positions(object?[] values) => [.. Enumerable.Range(0, values.Length).Where(i => values[i] is Tensor { RequiresGrad: true })];

    private static Tensor?[] Spread(Tensor?[] dy, int[] at, int count)
    {
        var all = new Tensor?[count];
        for (int i = 0; i < at.Length; i++) all[at[i]] = dy[i];
        return all;
    }
}

/// <summary>y = x: where gradients leave a module that has backward hooks.</summary>
internal sealed class ModuleInput(Func<Tensor?[], Tensor?[]> onGradients) : MultiFunction
{
    protected override Tensor[] Forward(Tensor[] x) => [.. x];

    protected override Grads Backward(Tensor?[] dy) => Grads.Create(onGradients(dy));
}

/// <summary>y = x: where gradients enter a module that has backward hooks.</summary>
internal sealed class ModuleOutput(Func<Tensor?[], Tensor?[]> onGradients) : MultiFunction
{
    protected override Tensor[] Forward(Tensor[] x) => [.. x];

    protected override Grads Backward(Tensor?[] dy) => Grads.Create(onGradients(dy));
}
