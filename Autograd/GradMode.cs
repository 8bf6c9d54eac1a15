using System.Diagnostics.CodeAnalysis;

namespace MiniTorch;

/// <summary>
/// Whether ops are recorded. The setting flows with async code (an AsyncLocal); its change handler keeps a thread-static copy, which is
/// what ops read: one thread-static load instead of a look-up in the execution context.
/// </summary>
internal static class GradMode
{
    [ThreadStatic] private static bool off;
    private static readonly AsyncLocal<bool> Flow = new(static change => off = change.CurrentValue);

    internal static bool Enabled => !off;

    /// <summary>Sets the mode for this flow of control, over awaits and into tasks; returns what <see cref="Restore"/> takes.</summary>
    internal static (bool Flow, bool Thread) Set(bool enabled)
    {
        var before = (Flow.Value, off);
        Restore((!enabled, !enabled));
        return before;
    }

    /// <summary>Back to the mode before. Inside of a backward pass the thread's mode differs from that of the flow, so both are set.</summary>
    internal static void Restore((bool Flow, bool Thread) before)
    {
        Flow.Value = before.Flow;
        off = before.Thread;
    }

    /// <summary>Sets the mode of this thread only: for the library's own code, which never awaits. Returns the previous one.</summary>
    internal static bool SetThread(bool enabled)
    {
        bool before = !off;
        off = !enabled;
        return before;
    }

    /// <summary>A stretch of the library's own code in which ops are not recorded: <c>using (GradMode.Off()) { … }</c>.</summary>
    internal static ThreadScope Off() => new(SetThread(false));

    internal readonly ref struct ThreadScope(bool before)
    {
        internal void Dispose() => SetThread(before);
    }
}

/// <summary>A stretch of code with another grad mode; disposing it restores the mode before.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "a scope is opened and disposed, never compared")]
public readonly struct GradScope : IDisposable
{
    private readonly (bool Flow, bool Thread) before;

    internal GradScope(bool enabled) => before = GradMode.Set(enabled);

    /// <summary>Restores the grad mode that was in force before.</summary>
    public void Dispose() => GradMode.Restore(before);
}

public static partial class Torch
{
    /// <summary>Code in which ops are not recorded: <c>using (GradMode.Off()) { … }</c>.</summary>
    public static GradScope NoGrad() => new(false);

    /// <summary>Code in which ops are recorded, also inside of <see cref="NoGrad"/>.</summary>
    public static GradScope EnableGrad() => new(true);

    /// <summary>Code in which ops are recorded or not, by a flag.</summary>
    public static GradScope SetGradEnabled(bool mode) => new(mode);

    /// <summary>Code that only infers: here the same as <see cref="NoGrad"/>, without PyTorch's further restrictions on its results.</summary>
    public static GradScope InferenceMode(bool mode = true) => new(!mode && GradMode.Enabled);

    /// <summary>True where ops are recorded.</summary>
    public static bool IsGradEnabled() => GradMode.Enabled;
}
