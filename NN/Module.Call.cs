namespace MiniTorch.NN;

/// <summary>
/// A module that computes: it overrides <see cref="Forward"/>, and callers say <c>y = module.Call(x)</c>, PyTorch's <c>module(x)</c>.
/// </summary>
/// <typeparam name="TIn">The input, mostly <see cref="Tensor"/>; a tuple or record where there is more to say.</typeparam>
/// <typeparam name="TOut">The output.</typeparam>
public abstract class Module<TIn, TOut> : Module
{
    private ForwardHooks<TIn, TOut>? hooks;

    private ForwardHooks<TIn, TOut> Hooks => hooks ??= new(static x => [x], static x => (TIn)x[0]!);

    private protected override void ForgetHooks()
    {
        base.ForgetHooks();
        hooks = null;
    }

    /// <summary>Computes the output. To be overridden, not called: <see cref="Call"/> runs the hooks too.</summary>
    protected abstract TOut Forward(TIn x);

    /// <summary>
    /// Runs the hooks and <c>Forward</c>. An exception on the way says in which module it came up: "in layers.0 (Linear)".
    /// </summary>
    public TOut Call(TIn x)
    {
        try
        {
            return hooks is null && !HasBackwardHooks ? Forward(x) : Hooks.Run(this, x, Forward);
        }
        catch (Exception e) when (Place.Note(e, this))             // takes a note in passing, and catches nothing
        {
            throw;
        }
    }

    /// <summary>
    /// Calls <paramref name="hook"/> with the input before every <c>Forward</c>; what it returns, unless null, takes the input's place.
    /// Returns a handle that removes the hook.
    /// </summary>
    public HookHandle RegisterForwardPreHook(Func<Module, TIn, TIn?> hook) => Hooks.Before.Add(hook);

    /// <summary>Calls <paramref name="hook"/> with the input before every <c>Forward</c>. Returns a handle that removes the hook.</summary>
    public HookHandle RegisterForwardPreHook(Action<Module, TIn> hook) => Hooks.Before.Add((module, x) =>
    {
        hook(module, x);
        return x;
    });

    /// <summary>
    /// Calls <paramref name="hook"/> with input and output after every <c>Forward</c>; what it returns, unless null, takes the output's
    /// place. Returns a handle that removes the hook.
    /// </summary>
    public HookHandle RegisterForwardHook(Func<Module, TIn, TOut, TOut?> hook) => Hooks.After.Add(hook);

    /// <summary>Calls <paramref name="hook"/> with input and output after every <c>Forward</c>. Returns a handle that removes the hook.</summary>
    public HookHandle RegisterForwardHook(Action<Module, TIn, TOut> hook) => Hooks.After.Add((module, x, y) =>
    {
        hook(module, x, y);
        return y;
    });
}

/// <summary>A module with two inputs, such as a loss: <c>loss.Call(output, target)</c>. See <see cref="Module{TIn, TOut}"/>.</summary>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input.</typeparam>
/// <typeparam name="TOut">The output.</typeparam>
public abstract class Module<T1, T2, TOut> : Module
{
    private ForwardHooks<(T1, T2), TOut>? hooks;

    private ForwardHooks<(T1, T2), TOut> Hooks => hooks ??= new(static x => [x.Item1, x.Item2], static x => ((T1)x[0]!, (T2)x[1]!));

    private protected override void ForgetHooks()
    {
        base.ForgetHooks();
        hooks = null;
    }

    /// <inheritdoc cref="Module{TIn, TOut}.Forward"/>
    protected abstract TOut Forward(T1 x1, T2 x2);

    /// <inheritdoc cref="Module{TIn, TOut}.Call"/>
    public TOut Call(T1 x1, T2 x2)
    {
        try
        {
            return hooks is null && !HasBackwardHooks ? Forward(x1, x2) : Hooks.Run(this, (x1, x2), x => Forward(x.Item1, x.Item2));
        }
        catch (Exception e) when (Place.Note(e, this))
        {
            throw;
        }
    }

    /// <summary>
    /// Calls <paramref name="hook"/> with the inputs before every <c>Forward</c>; what it returns, unless null, takes their place.
    /// Returns a handle that removes the hook.
    /// </summary>
    public HookHandle RegisterForwardPreHook(Func<Module, (T1, T2), (T1, T2)?> hook) => Hooks.Before.Add((module, x) => hook(module, x) ?? x);

    /// <summary>
    /// Calls <paramref name="hook"/> with inputs and output after every <c>Forward</c>; what it returns, unless null, takes the output's
    /// place. Returns a handle that removes the hook.
    /// </summary>
    public HookHandle RegisterForwardHook(Func<Module, (T1, T2), TOut, TOut?> hook) => Hooks.After.Add(hook);
}

/// <summary>A module with three inputs: <c>attention.Call(query, key, value)</c>. See <see cref="Module{TIn, TOut}"/>.</summary>
/// <typeparam name="T1">The first input.</typeparam>
/// <typeparam name="T2">The second input.</typeparam>
/// <typeparam name="T3">The third input.</typeparam>
/// <typeparam name="TOut">The output.</typeparam>
public abstract class Module<T1, T2, T3, TOut> : Module
{
    private ForwardHooks<(T1, T2, T3), TOut>? hooks;

    private ForwardHooks<(T1, T2, T3), TOut> Hooks
        => hooks ??= new(static x => [x.Item1, x.Item2, x.Item3], static x => ((T1)x[0]!, (T2)x[1]!, (T3)x[2]!));

    private protected override void ForgetHooks()
    {
        base.ForgetHooks();
        hooks = null;
    }

    /// <inheritdoc cref="Module{TIn, TOut}.Forward"/>
    protected abstract TOut Forward(T1 x1, T2 x2, T3 x3);

    /// <inheritdoc cref="Module{TIn, TOut}.Call"/>
    public TOut Call(T1 x1, T2 x2, T3 x3)
    {
        try
        {
            return hooks is null && !HasBackwardHooks ? Forward(x1, x2, x3) : Hooks.Run(this, (x1, x2, x3), x => Forward(x.Item1, x.Item2, x.Item3));
        }
        catch (Exception e) when (Place.Note(e, this))
        {
            throw;
        }
    }

    /// <inheritdoc cref="Module{T1, T2, TOut}.RegisterForwardPreHook"/>
    public HookHandle RegisterForwardPreHook(Func<Module, (T1, T2, T3), (T1, T2, T3)?> hook) => Hooks.Before.Add((module, x) => hook(module, x) ?? x);

    /// <inheritdoc cref="Module{T1, T2, TOut}.RegisterForwardHook"/>
    public HookHandle RegisterForwardHook(Func<Module, (T1, T2, T3), TOut, TOut?> hook) => Hooks.After.Add(hook);
}
