using System.Globalization;
using System.Runtime.CompilerServices;

namespace MiniTorch.Optim;

/// <summary>Writes the fields of an object as lines <c>    key: value</c>, sorted by key, as PyTorch prints a parameter group. Tensors are left out.</summary>
internal sealed class SettingsText : FieldVisitor
{
    private readonly SortedDictionary<string, string> lines = new(StringComparer.Ordinal);

    public override T Field<T>(string key, T value, bool optional = false)
    {
        if (value is not Tensor && (value is not null || typeof(T) == typeof(string))) lines[key] = Repr(value);
        return value;
    }

    public override string ToString() => string.Concat(lines.Select(line => $"    {line.Key}: {line.Value}\n"));

    /// <summary>As Python prints it: <c>True</c>, <c>1e-08</c>, <c>(0.9, 0.999)</c>, <c>None</c>; a whole number without a point, as one that was given as <c>0</c>.</summary>
    private static string Repr(object? value) => value switch
    {
        null => "None",
        double.PositiveInfinity => "inf",
        double number => number.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
        ITuple tuple => $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Repr(tuple[i])))})",
        IEnumerable<string> names => $"[{string.Join(", ", names.Select(name => $"'{name}'"))}]",
        IEnumerable<double> list => $"[{string.Join(", ", list.Select(item => Repr(item)))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
