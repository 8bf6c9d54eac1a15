using System.Globalization;
using System.Text;

namespace MiniTorch;

/// <summary>The message about two Jacobians that differ: where, by how much, which op, and the kind of mistake when it shows.</summary>
internal sealed class GradientReport(string op, Jacobian analytical, Jacobian numerical, GradientCheck.Settings settings)
{
    private const int Window = 6;                               // rows and columns of a Jacobian that are shown
    private const int LongestPath = 12;

    internal required Tensor Input { get; init; }

    internal required string InputName { get; init; }

    internal required Tensor Output { get; init; }

    internal required string OutputName { get; init; }

    /// <summary>How the message calls the output before an index.</summary>
    internal required string ElementName { get; init; }

    /// <summary>The slopes of the output between two places around an element of the input.</summary>
    internal required Func<int, double, double, double[]> Slopes { get; init; }

    internal GradcheckException ToException()
    {
        var (row, column, off) = Worst();
        double a = analytical[row, column], n = numerical[row, column];
        string? diagnosis = new GradientDiagnosis(analytical, numerical, settings)
        {
            Input = Input,
            Output = Output,
            Slopes = Slopes,
            Worst = (row, column),
        }.Find();

        var text = new StringBuilder();
        text.Append($"{op}: the gradient of {OutputName} {Output.Shape}{MadeBy(Output)} by {InputName} {Input.Shape} is wrong");
        text.AppendLine(off == 1 ? " in 1 element." : $" in {off:N0} of {(long)analytical.Rows * analytical.Columns:N0} elements.").AppendLine();
        if (diagnosis is not null) text.AppendLine($"  Diagnosis  {diagnosis}").AppendLine();
        text.AppendLine($"  Worst at   d {Element(ElementName, Output.Shape, column)} / d {Element(Input.Name ?? "input", Input.Shape, row)}");
        text.AppendLine($"  analytic   {Text(a)}");
        text.AppendLine($"  numeric    {Text(n)}");
        text.AppendLine($"  error      {Text(Math.Abs(a - n))}   (allowed: {Text(settings.Allowed(n))} = atol + rtol · |numeric|)");
        if (Path() is { } path) text.AppendLine($"  Path       {path}");
        text.AppendLine().AppendLine($"  analytic{Extent(row, column)}");
        Write(text, analytical, row, column);
        text.AppendLine($"  numeric{Extent(row, column)}");
        Write(text, numerical, row, column);
        return new GradcheckException(text.ToString().ReplaceLineEndings("\n").TrimEnd())
        {
            Diagnosis = diagnosis,
            Analytical = analytical.ToTensor(),
            Numerical = numerical.ToTensor(),
        };
    }

    /// <summary>The element whose error exceeds what is allowed by the largest factor; what is no number comes first.</summary>
    private (int Row, int Column, int Off) Worst()
    {
        var (worst, row, column, off) = (-1.0, 0, 0, 0);
        for (int r = 0; r < analytical.Rows; r++)
        {
            for (int c = 0; c < analytical.Columns; c++)
            {
                double a = analytical[r, c], n = numerical[r, c];
                if (settings.Close(a, n)) continue;
                off++;
                double excess = Math.Abs(a - n) / Math.Max(settings.Allowed(n), double.Epsilon);
                if (double.IsNaN(excess)) excess = double.PositiveInfinity;
                if (excess > worst) (worst, row, column) = (excess, r, c);
            }
        }
        return (row, column, off);
    }

    private string Extent(int row, int column)
    {
        var (top, bottom) = Shown(row, analytical.Rows);
        var (left, right) = Shown(column, analytical.Columns);
        bool all = bottom - top == analytical.Rows && right - left == analytical.Columns;
        string part = all ? "" : $" {top}…{bottom - 1} of {analytical.Rows} by {left}…{right - 1} of {analytical.Columns}";
        return $" (rows: input elements, columns: output elements{part}; * is off)";
    }

    private void Write(StringBuilder text, Jacobian j, int row, int column)
    {
        var (top, bottom) = Shown(row, j.Rows);
        var (left, right) = Shown(column, j.Columns);
        for (int r = top; r < bottom; r++)
        {
            var line = new StringBuilder("   ");
            for (int c = left; c < right; c++)
            {
                double value = j[r, c] == 0 ? 0 : j[r, c];                   // not −0
                line.Append((value.ToString("G6", CultureInfo.InvariantCulture) + (settings.Close(analytical[r, c], numerical[r, c]) ? " " : "*")).PadLeft(14));
            }
            text.AppendLine(line.ToString().TrimEnd());
        }
    }

    /// <summary>A window of a long dimension around the element of interest.</summary>
    private static (int From, int To) Shown(int at, int size)
    {
        int from = Math.Clamp(at - Window / 2, 0, Math.Max(0, size - Window));
        return (from, Math.Min(size, from + Window));
    }

    /// <summary>The ops on a shortest path from the input to the output; null when there is none or it is long.</summary>
    private string? Path()
    {
        var goal = Input.Edge();
        var start = Output.Edge();
        if (start is null || goal is null || !analytical.HasPath) return null;
        var from = new Dictionary<Node, Node?> { [start] = null };
        var waiting = new Queue<Node>([start]);
        while (waiting.TryDequeue(out var node) && !from.ContainsKey(goal))
            foreach (var next in node.NextFunctions)
                if (next is not null && from.TryAdd(next, node)) waiting.Enqueue(next);

        if (!from.TryGetValue(goal, out var step)) return null;
        var names = new List<string> { Input.Name ?? "input" };
        for (; step is not null; step = from[step]) names.Add(step.Name);
        names.Add(ElementName);
        return names.Count > LongestPath ? null : string.Join(" → ", names);
    }

    internal static string MadeBy(Tensor output) => output.GradFn is { } node ? $" (made by {node.Name})" : "";

    /// <summary>An element by its indices: <c>w[1, 2]</c>.</summary>
    internal static string Element(string name, Shape shape, int element)
    {
        if (shape.Length == 0) return name;
        return name + Shape.Text(Index(shape, element));
    }

    internal static int[] Index(Shape shape, int element)
    {
        var index = new int[shape.Length];
        for (int d = shape.Length - 1; d >= 0; element /= shape[d--]) index[d] = element % shape[d];
        return index;
    }

    internal static string Text(double value) => value.ToString("G8", CultureInfo.InvariantCulture);
}
