using System.Globalization;

namespace MiniTorch.NN;

public abstract partial class Module
{
    /// <summary>What stands in the parentheses of the printed form: <c>in_features=3, out_features=4, bias=True</c>.</summary>
    public virtual string ExtraRepr() => "";

    /// <summary>The module and what is inside, indented, as PyTorch prints it.</summary>
    public override string ToString()
    {
        string extra = ExtraRepr();
        List<string> lines = extra.Length == 0 ? [] : [.. extra.Split('\n')];
        int extras = lines.Count;
        foreach (var (name, child) in ChildrenToPrint()) lines.Add($"({name}): {child.Replace("\n", "\n  ", StringComparison.Ordinal)}");
        return lines switch
        {
            [] => $"{TypeName()}()",
            [var line] when extras == 1 => $"{TypeName()}({line})",
            _ => $"{TypeName()}(\n  {string.Join("\n  ", lines)}\n)",
        };
    }

    private protected virtual IEnumerable<(string Name, string Text)> ChildrenToPrint() => Own().Children.Select(static c => (c.Name, c.Module.ToString()));

    /// <summary>The type's name without its parameters.</summary>
    internal string TypeName() => TypeName(GetType());

    private static string TypeName(Type type) => type.Name.Split('`')[0];

    /// <summary>The name of a module directly inside this one, null if it is not.</summary>
    internal string? NameOf(Module child) => Own().Children.Find(c => ReferenceEquals(c.Module, child)).Name;

    /// <summary>A number or truth value as Python prints it: <c>0.5</c>, <c>1.0</c>, <c>1e-05</c>, <c>True</c>.</summary>
    private protected static string Repr(Scalar value)
    {
        if (value.Kind != DType.Float64) return value.ToString();
        string text = value.ToDouble().ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
        return text.AsSpan().IndexOfAny(".enN∞") >= 0 ? text : $"{text}.0";
    }
}
