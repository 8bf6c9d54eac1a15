namespace MiniTorch;

/// <summary>The messages that several ops share. Each names the op, the shapes, what differs, and the way out.</summary>
internal static class Errors
{
    internal static ArgumentException Broadcast(string op, Shape a, Shape b, int dim, int p, int q) => new(
        $"{op}: shapes {a} and {b} do not broadcast: at dimension {dim} the sizes {p} and {q} differ and neither is 1.{BroadcastHint(a, b)}");

    private static string BroadcastHint(Shape a, Shape b)
    {
        // The commonest slip: a vector meant as a column. [n, m] with [n] works as [n, m] with [n, 1].
        var (big, small) = a.Length >= b.Length ? (a, b) : (b, a);
        if (small.Length == 1 && big.Length >= 2 && big[^2] == small[0])
            return $"  Did you mean .Unsqueeze(-1) on the {small}, to give [{small[0]}, 1]?";
        return big.Numel() == small.Numel() ? $"  Both have {big.Numel()} elements: did you mean .Reshape({big.ToString()[1..^1]})?" : "";
    }

    /// <summary>How to avoid a change in place: <c>Use w = w.Add(…)</c>, or a copy where there is no such form.</summary>
    internal static string InsteadOf(Change change, Tensor x)
    {
        string name = x.Name ?? "x", op = change.ToString();
        return op.EndsWith('_') && change is not (Change.Copy_ or Change.Fill_ or Change.Zero_) ? $"Use {name} = {name}.{op[..^1]}(…)" : $"Change {name}.Clone() instead";
    }

    internal static ArgumentException DType(string op, DType dtype, string expected) => new(
        $"{op}: expected {expected}, got {dtype}.  Convert with {Conversion(expected)} first.");

    private static string Conversion(string expected)
        => expected.Contains("Int64", StringComparison.Ordinal) || expected.StartsWith("integer", StringComparison.Ordinal) ? ".Long()"
            : expected.Contains("floating-point", StringComparison.Ordinal) ? ".Float()"
            : expected.Contains("a Bool", StringComparison.Ordinal) ? ".Bool()"
            : ".To(DType.…)";

    internal static ArgumentNullException NoOperand(string op) => new(
        null, $"{op}: an operand is null.  A Grad is null before Backward(), after ZeroGrad(), and where nothing that was run backward depends on the tensor.");

    internal static ArgumentException CannotCast(string op, DType from, DType to) => new(
        $"{op}: a result of dtype {from} cannot be stored in a tensor of dtype {to} without loss.  Use the form without underscore, or convert with .To(DType.{from}) first.");
}
