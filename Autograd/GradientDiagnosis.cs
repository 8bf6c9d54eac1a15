namespace MiniTorch;

/// <summary>
/// Recognises the usual mistakes in a derivative by the two Jacobians. Each method states one mistake, tests whether all the numbers
/// agree with it, and says so in one sentence; where no method is sure, nothing is said.
/// </summary>
internal sealed class GradientDiagnosis(Jacobian analytical, Jacobian numerical, GradientCheck.Settings settings)
{
    internal required Tensor Input { get; init; }

    internal required Tensor Output { get; init; }

    internal required Func<int, double, double, double[]> Slopes { get; init; }

    internal required (int Row, int Column) Worst { get; init; }

    private int Rows => analytical.Rows;

    private int Columns => analytical.Columns;

    private string InputCalled => Input.Name is null ? "the input" : $"`{Input.Name}`";

    internal string? Find() =>
        NotANumber() ?? Kink() ?? Noise() ?? Zero() ?? IgnoresIncoming() ?? Factor() ?? Transposed() ?? Elementwise()
        ?? MissingSum() ?? Lost() ?? Superfluous() ?? Shuffled() ?? FewElements();

    // ---- the whole matrix ------------------------------------------------------------------------------------------------

    private string? NotANumber()
    {
        var (r, c) = Worst;
        if (Enumerable.Range(0, Columns).Any(k => !double.IsFinite(numerical[r, k])))
            return $"the function itself is not finite near {Element(r)} = {Value(r)}: choose inputs away from there.";
        if (double.IsFinite(analytical[r, c])) return null;
        return $"the derivative is {GradientReport.Text(analytical[r, c])} at {Element(r)} = {Value(r)}, where the function has the slope {GradientReport.Text(numerical[r, c])}: a 0 · ∞ or 0 / 0 inside of it?";
    }

    private string? Zero()
    {
        if (All((a, _) => a == 0))
        {
            return analytical.HasPath
                ? "analytic is zero everywhere: does the derivative return null or zeros, or is a factor of it rounded or compared?"
                : $"analytic is zero everywhere, since no path in the graph leads to {InputCalled}: is it detached (Detach(), Item(), ToArray(), NoGrad) on the way?";
        }
        return All((_, n) => settings.Close(0, n))
            ? $"numeric is zero everywhere: the function does not depend on {InputCalled}, or only in steps (rounding, comparison, argmax), but its derivative is not zero."
            : null;
    }

    private string? Factor()
    {
        // The factor at the largest element must hold everywhere.
        var (row, column, nonzero) = Largest();
        if (nonzero == 0) return null;
        double c = analytical[row, column] / numerical[row, column];
        double whole = Math.Round(c), part = Math.Round(1 / c);
        bool isWhole = Near(c, whole) && Math.Abs(whole) <= 1 << 20, isPart = !isWhole && c != 0 && Near(1 / c, part) && Math.Abs(part) <= 1 << 20;
        double factor = isWhole ? whole : isPart ? 1 / part : c;
        if (!All((a, n) => settings.Close(a, factor * n))) return null;

        if (factor == -1) return "the sign is reversed: analytic = −numeric.";
        string sign = factor < 0 ? ", and the sign is reversed" : "";
        if (isWhole) return $"analytic = {whole} × numeric: a factor {Math.Abs(whole)} too much{sign}.{Size(Math.Abs(whole), "a sum where a mean is meant")}";
        if (isPart)
        {
            string twice = part == 2 ? $"  Is {InputCalled} used twice and counted once, or the 2 of a square forgotten?" : "";
            return $"analytic = numeric / {part}: a factor {Math.Abs(part)} is missing{sign}.{Size(Math.Abs(part), "a mean where a sum is meant")}{twice}";
        }
        return nonzero > 1 ? $"analytic = {factor.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)} × numeric everywhere: a constant factor." : null;
    }

    /// <summary>A hint where a factor is the size of a dimension, or of all.</summary>
    private string Size(double factor, string mistake)
    {
        if (factor < 3) return "";
        if (factor == Rows) return $"  {factor} is the number of elements of {InputCalled}: {mistake}?";
        for (int d = 0; d < Input.Ndim; d++)
            if (Input.Shape[d] == factor) return $"  {factor} is the size of dimension {d} of {InputCalled}: {mistake}?";
        if (factor == Columns) return $"  {factor} is the number of elements of the output: {mistake}?";
        for (int d = 0; d < Output.Ndim; d++)
            if (Output.Shape[d] == factor) return $"  {factor} is the size of dimension {d} of the output: {mistake}?";
        return "";
    }

    private string? IgnoresIncoming()
    {
        if (Columns < 2) return null;
        for (int r = 0; r < Rows; r++)
            for (int c = 1; c < Columns; c++)
                if (analytical[r, c] != analytical[r, 0]) return null;
        return "analytic is the same whichever output element the gradient comes from: the derivative does not multiply by dy.";
    }

    private string? Transposed()
    {
        if (Rows == Columns && Rows > 1 && Matches((r, c) => (c, r)))
            return "analytic is the transpose of numeric: a matrix is multiplied where its transpose is needed.";
        for (int d = 0; d + 1 < Input.Ndim; d++)
            for (int e = d + 1; e < Input.Ndim; e++)
            {
                if (Input.Shape[d] < 2 || Input.Shape[e] < 2) continue;
                if (Matches((r, c) => (Swapped(Input.Shape, d, e, r), c)))
                {
                    return Input.Shape[d] == Input.Shape[e]
                        ? $"the gradient of {InputCalled} arrives transposed (dimensions {d} and {e} exchanged)."
                        : $"the gradient of {InputCalled} has the elements of its transpose (dimensions {d} and {e}) in the input's shape: Reshape where Transpose is needed.";
                }
            }
        for (int d = 0; d + 1 < Output.Ndim; d++)
            for (int e = d + 1; e < Output.Ndim; e++)
                if (Output.Shape[d] > 1 && Output.Shape[e] > 1 && Matches((r, c) => (r, Swapped(Output.Shape, d, e, c))))
                    return $"the incoming gradient is read transposed (dimensions {d} and {e} of dy exchanged).";
        if (Rows > 1 && Matches((r, c) => (Rows - 1 - r, c))) return $"the gradient of {InputCalled} arrives in reverse order.";
        return null;
    }

    /// <summary>Where an element goes when the elements of the transpose are written out one after the other.</summary>
    private static int Swapped(Shape shape, int d, int e, int element)
    {
        int[] index = GradientReport.Index(shape, element), sizes = shape.ToArray();
        (index[d], index[e]) = (index[e], index[d]);
        (sizes[d], sizes[e]) = (sizes[e], sizes[d]);
        int at = 0;
        for (int i = 0; i < sizes.Length; i++) at = at * sizes[i] + index[i];
        return at;
    }

    private bool Matches(Func<int, int, (int Row, int Column)> place)
    {
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
            {
                var (row, column) = place(r, c);
                if (!settings.Close(analytical[row, column], numerical[r, c])) return false;
            }
        return true;
    }

    // ---- ops that work element by element: both matrices are diagonal --------------------------------------------------------

    private string? Elementwise()
    {
        if (Rows != Columns || Rows < 2) return null;
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
                if (r != c && (analytical[r, c] != 0 || !settings.Close(0, numerical[r, c]))) return null;

        double[] x = Input.ToArray<double>(), y = Output.ToArray<double>();
        var n = Diagonal(numerical);
        string? says = null;
        Try("analytic is 1: dy is passed on unchanged.", i => 1);
        Try("analytic is the value y of the op instead of its derivative.", i => y[i]);
        Try($"analytic is {InputCalled} itself instead of the derivative.", i => x[i]);
        Try($"analytic = numeric × {InputCalled}: a factor x too much.", i => n[i] * x[i]);
        Try($"analytic = numeric / {InputCalled}: a factor x is missing.", i => n[i] / x[i]);
        Try("analytic = numeric × y, y being the op's own value: a factor y too much.", i => n[i] * y[i]);
        Try("analytic = numeric / y, y being the op's own value: a factor y is missing.", i => n[i] / y[i]);
        Try("analytic = 1 / numeric: the fraction is upside down.", i => 1 / n[i]);
        Try("analytic = numeric²: a factor is multiplied twice.", i => n[i] * n[i]);
        double offset = analytical[0, 0] - n[0];
        Try($"analytic = numeric {(offset < 0 ? "−" : "+")} {GradientReport.Text(Math.Round(Math.Abs(offset), 6))}: a constant term is wrong.", i => n[i] + offset);
        return says;

        void Try(string mistake, Func<int, double> formula)
        {
            for (int i = 0; i < Rows && says is null; i++)
                if (!settings.Close(analytical[i, i], formula(i))) return;
            says ??= mistake;
        }
    }

    // ---- right in some places ----------------------------------------------------------------------------------------------

    /// <summary>The gradient is right for one slice of the output and zero for the others.</summary>
    private string? MissingSum()
    {
        for (int d = 0; d < Output.Ndim; d++)
        {
            if (Output.Shape[d] < 2) continue;
            for (int k = 0; k < Output.Shape[d]; k++)
            {
                if (!Slice(Output.Shape, d, k, byColumn: true)) continue;
                int aligned = d - (Output.Ndim - Input.Ndim);
                bool broadcast = aligned < 0 || Input.Shape[aligned] == 1;
                return $"only index {k} of dimension {d} of dy is used: {(broadcast ? $"{InputCalled} was broadcast over that dimension, so its gradient is the sum over it" : "the sum over that dimension is missing")}.";
            }
        }
        for (int d = 0; d < Input.Ndim; d++)
            for (int k = 0; k < Input.Shape[d] && Input.Shape[d] > 1; k++)
                if (Slice(Input.Shape, d, k, byColumn: false))
                    return $"only index {k} of dimension {d} of {InputCalled} gets its gradient, the others get zero.";
        return null;
    }

    /// <summary>Right where the index along one dimension is k, zero elsewhere; and both occur.</summary>
    private bool Slice(Shape shape, int dim, int k, bool byColumn)
    {
        bool inside = false, outside = false;
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
            {
                double a = analytical[r, c], n = numerical[r, c];
                if (GradientReport.Index(shape, byColumn ? c : r)[dim] == k)
                {
                    if (!settings.Close(a, n)) return false;
                    inside |= !settings.Close(0, n);
                }
                else
                {
                    if (a != 0) return false;
                    outside |= !settings.Close(0, n);
                }
            }
        return inside && outside;
    }

    private string? Lost()
    {
        int lost = 0, right = 0;
        if (!Everywhere((r, c, a, n) =>
            {
                if (settings.Close(a, n)) right += settings.Close(0, n) ? 0 : 1;
                else if (a == 0) lost++;
                else return false;
                return true;
            }) || right == 0) return null;
        return $"what is there is right, but {lost} of {lost + right} contributions are zero: overwritten where they should be added (an index that occurs twice), or masked out?";
    }

    private string? Superfluous()
    {
        int wrong = 0, right = 0;
        if (!Everywhere((r, c, a, n) =>
            {
                if (settings.Close(a, n)) right += settings.Close(0, n) ? 0 : 1;
                else if (settings.Close(0, n)) wrong++;
                else return false;
                return true;
            }) || right == 0) return null;
        return $"{wrong} elements have a gradient where the function is flat: is a mask (of relu, clamp, where, max) left out?";
    }

    private string? Shuffled()
    {
        if (Rows < 2) return null;
        bool distinct = false;
        for (int c = 0; c < Columns; c++)
        {
            var (a, n) = (Column(analytical, c), Column(numerical, c));
            Array.Sort(a);
            Array.Sort(n);
            for (int r = 0; r < Rows; r++)
                if (!settings.Close(a[r], n[r])) return null;
            distinct |= n[^1] - n[0] > settings.Allowed(n[^1]);
        }
        return distinct ? $"the gradient of {InputCalled} has the right numbers in the wrong places." : null;
    }

    private string? FewElements()
    {
        var rows = new SortedSet<int>();
        Everywhere((r, c, a, n) => settings.Close(a, n) || rows.Add(r) || true);
        return rows.Count > 3 || 2 * rows.Count > Rows ? null : $"off only at {string.Join(", ", rows.Select(r => $"{Element(r)} = {Value(r)}"))}; all other elements are right.";
    }

    // ---- the numeric side may be at fault -----------------------------------------------------------------------------------

    /// <summary>Every element that is off belongs to an input element whose slopes on both sides differ.</summary>
    private string? Kink()
    {
        string? first = null;
        int kinks = 0;
        for (int r = 0; r < Rows; r++)
        {
            int[] off = [.. Enumerable.Range(0, Columns).Where(c => !settings.Close(analytical[r, c], numerical[r, c]))];
            if (off.Length == 0) continue;
            if (++kinks > 16) return null;
            double h = settings.Eps;
            double[] left = Slopes(r, -h, 0), right = Slopes(r, 0, h), wide = Slopes(r, -10 * h, 10 * h);
            foreach (int c in off)
            {
                double l = left[c], s = right[c];
                if (!(Math.Abs(l - s) > 0.05 * Math.Max(Math.Abs(l), Math.Abs(s)) + 100 * settings.Atol)) return null;
                bool jump = Math.Abs(wide[c]) < 0.2 * Math.Abs(numerical[r, c]);
                first ??= $"off only at {Element(r)} = {Value(r)}, " + (jump
                    ? "where the function jumps"
                    : $"at a kink: the slope is {Short(l)} on the left and {Short(s)} on the right (analytic: {Short(analytical[r, c])})");
            }
        }
        return kinks switch
        {
            0 => null,
            1 => $"{first}.  Choose inputs away from it.",
            _ => $"{first}, and at {kinks - 1} more such place{(kinks == 2 ? "" : "s")}.  Choose inputs away from them.",
        };
    }

    /// <summary>The numeric derivative changes more with eps than it differs from the analytic one.</summary>
    private string? Noise()
    {
        var (r, c) = Worst;
        double n = numerical[r, c], wide = Slopes(r, -10 * settings.Eps, 10 * settings.Eps)[c];
        if (Math.Abs(wide - n) < 0.5 * Math.Abs(analytical[r, c] - n)) return null;
        string cause = Through32() is { } node ? $"{node.Name} computes in Float32 on the way, which is too coarse: compute in Float64 throughout." : "are values very large, or the input near a singularity?";
        return $"the numeric derivative is not reliable here: {Short(n)} with eps = {Short(settings.Eps)}, {Short(wide)} with {Short(10 * settings.Eps)}.  {char.ToUpperInvariant(cause[0])}{cause[1..]}";
    }

    private Node? Through32()
    {
        if (Output.GradFn is not { } root) return null;
        var seen = new HashSet<Node> { root };
        var waiting = new Queue<Node>([root]);
        while (waiting.TryDequeue(out var node))
        {
            if (node.OutputDType == DType.Float32) return node;
            foreach (var next in node.NextFunctions)
                if (next is not null && seen.Add(next)) waiting.Enqueue(next);
        }
        return null;
    }

    // ---- small things -----------------------------------------------------------------------------------------------------------

    private bool Everywhere(Func<int, int, double, double, bool> test)
    {
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
                if (!test(r, c, analytical[r, c], numerical[r, c])) return false;
        return true;
    }

    private bool All(Func<double, double, bool> test) => Everywhere((_, _, a, n) => test(a, n));

    private (int Row, int Column, int Nonzero) Largest()
    {
        var (row, column, nonzero) = (0, 0, 0);
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
            {
                if (!settings.Close(0, numerical[r, c])) nonzero++;
                if (Math.Abs(numerical[r, c]) > Math.Abs(numerical[row, column])) (row, column) = (r, c);
            }
        return (row, column, nonzero);
    }

    private bool Near(double value, double goal) => goal != 0 && Math.Abs(value - goal) <= settings.Rtol * Math.Abs(goal);

    private double[] Diagonal(Jacobian j) => [.. Enumerable.Range(0, Rows).Select(i => j[i, i])];

    private double[] Column(Jacobian j, int c) => [.. Enumerable.Range(0, Rows).Select(r => j[r, c])];

    private string Element(int row) => GradientReport.Element(Input.Name ?? "input", Input.Shape, row);

    private string Value(int row) => GradientReport.Text(Input.At(row).ToDouble());

    private static string Short(double value) => (Math.Abs(value) < 1e-9 ? 0 : value).ToString("G5", System.Globalization.CultureInfo.InvariantCulture);
}
