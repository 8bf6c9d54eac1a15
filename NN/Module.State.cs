using System.Text;

namespace MiniTorch.NN;

/// <summary>What a state dict and a module do not have in common.</summary>
/// <param name="MissingKeys">In the module, not in the dict.</param>
/// <param name="UnexpectedKeys">In the dict, not in the module.</param>
public sealed record IncompatibleKeys(IReadOnlyList<string> MissingKeys, IReadOnlyList<string> UnexpectedKeys)
{
    /// <summary>The keys, or PyTorch's "All keys matched successfully".</summary>
    public override string ToString() => MissingKeys.Count + UnexpectedKeys.Count == 0
        ? "<All keys matched successfully>"
        : $"missing: [{string.Join(", ", MissingKeys)}], unexpected: [{string.Join(", ", UnexpectedKeys)}]";
}

public abstract partial class Module
{
    /// <summary>
    /// Parameters and persistent buffers by their paths, in PyTorch's order. The tensors share memory with the module and have no history;
    /// a shared parameter appears under each of its paths.
    /// </summary>
    /// <param name="prefix">Stands before every key, as it is (with its dot).</param>
    /// <param name="keepVars">True for the parameters themselves instead of detached tensors.</param>
    public OrderedDictionary<string, Tensor> StateDict(string prefix = "", bool keepVars = false)
    {
        var state = new OrderedDictionary<string, Tensor>();
        foreach (var (key, value) in State()) state[prefix + key] = keepVars ? value : value.Detach();
        return state;
    }

    private IEnumerable<(string Key, Tensor Value)> State()
    {
        foreach (var (path, module) in NamedModules("", removeDuplicate: false))
        {
            var own = module.Own();
            foreach (var (name, p) in own.Parameters) yield return (Join(path, name), p);
            foreach (var (name, b) in own.Buffers)
                if (!own.Transient.Contains(name)) yield return (Join(path, name), b);
        }
    }

    /// <summary>
    /// Copies the values of a state dict into the parameters and buffers. If anything does not fit, nothing is changed.
    /// </summary>
    /// <param name="stateDict">Tensors by path, as <see cref="StateDict"/> gives them; another dtype is converted.</param>
    /// <param name="strict">False to accept keys that only one side has. A wrong shape is never accepted.</param>
    /// <param name="assign">True to take over the dict's tensors, memory and dtype, instead of copying their values.</param>
    /// <returns>The keys that only one side has.</returns>
    /// <exception cref="ArgumentException">Keys or shapes do not fit; the message lists all of them. Or a tensor is null.</exception>
    public IncompatibleKeys LoadStateDict(IReadOnlyDictionary<string, Tensor> stateDict, bool strict = true, bool assign = false)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        var state = State().ToList();
        var keys = state.Select(static s => s.Key).ToHashSet();
        string[] missing = [.. state.Select(static s => s.Key).Where(key => !stateDict.ContainsKey(key))];
        string[] unexpected = [.. stateDict.Keys.Where(key => !keys.Contains(key))];
        (string Key, Tensor Mine, Tensor Given)[] common = [.. state.Where(s => stateDict.ContainsKey(s.Key)).Select(s => (s.Key, s.Value, stateDict[s.Key]))];
        if (common.FirstOrDefault(static c => c.Given is null).Key is { } empty)
            throw new ArgumentException($"LoadStateDict: `{empty}` is null in the state dict, expected a tensor.", nameof(stateDict));
        string[] misshapen = [.. common.Where(static c => c.Mine.Shape != c.Given.Shape).Select(static c => $"{c.Key} is {c.Mine.Shape} in the model, {c.Given.Shape} in the dict")];

        if (misshapen.Length > 0 || strict && missing.Length + unexpected.Length > 0)
            throw new ArgumentException(Misfit(missing, unexpected, misshapen, strict), nameof(stateDict));

        using (GradMode.Off())
        {
            foreach (var (_, mine, given) in common)
            {
                if (assign) mine.SetData(given.Detach());
                else mine.Copy_(given);
            }
        }
        return new(missing, unexpected);
    }

    private string Misfit(string[] missing, string[] unexpected, string[] misshapen, bool strict)
    {
        var text = new StringBuilder($"LoadStateDict: the state dict does not fit {TypeName()}, which stays as it is.");
        List("Missing", missing);
        List("Unexpected", unexpected);
        List("Of another shape", misshapen);
        if (strict && misshapen.Length == 0) text.Append("\n  Pass strict: false to load what the two have in common.");
        return text.ToString();

        void List(string what, string[] keys)
        {
            if (keys.Length > 0) text.Append($"\n  {what}: {string.Join(", ", keys)}.");
        }
    }
}
