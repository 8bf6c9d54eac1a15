using System.Globalization;
using System.Text;

namespace MiniTorch;

/// <summary>A graph made ready to be drawn: boxes with their lines of text, in the order of the computation, and arrows between them.</summary>
internal sealed class GraphDrawing
{
    private const int MostNumbers = 6;                                      // a tensor with more elements is shown without them
    private const string Gradient = "grad ";

    private readonly List<Box> boxes = [];
    private readonly List<(int From, int To)> arrows = [];                  // by number of the box, 0 for the note
    private string? note;

    private enum Kind
    {
        Leaf,
        Op,
        Result,
    }

    private sealed record Box(Kind Kind, string Title, string[] Details);

    /// <summary>The graph behind some results. Nothing recurses: a chain of a million ops can be asked for, and is abridged.</summary>
    internal static GraphDrawing Of(IReadOnlyList<Tensor> roots, List<(string Name, Tensor Tensor)> named, bool values, int maxNodes)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxNodes);
        var known = new Dictionary<Node, (string? Name, Tensor Tensor)>();
        foreach (var (name, x) in named)
            if (x.Edge() is { } node) known[node] = (name, x);

        var results = new List<Node>();
        foreach (var root in roots)
        {
            var node = root.Edge() ?? throw new InvalidOperationException(
                $"GraphView: this {root.Shape} tensor does not require a gradient, so no graph was recorded.  Set RequiresGrad on a leaf before computing it, outside of NoGrad.");
            results.Add(node);
            known.TryAdd(node, (root.Name, root));
        }

        var drawing = new GraphDrawing();
        var (shown, hidden) = Nearest(results, maxNodes);
        if (hidden > 0) drawing.note = $"{hidden.ToString("N0", CultureInfo.InvariantCulture)} more node{(hidden == 1 ? "" : "s")} before";
        var number = new Dictionary<Node, int>();
        foreach (var node in InputsFirst(results, shown))
        {
            number[node] = number.Count + 1;
            drawing.boxes.Add(BoxOf(node, results.Contains(node), known, values));
            bool cut = false;
            foreach (var input in node.NextFunctions)
            {
                if (input is null) continue;
                if (shown.Contains(input)) drawing.arrows.Add((number[input], number[node]));
                else cut = true;
            }
            if (cut) drawing.arrows.Add((0, number[node]));
        }
        return drawing;
    }

    /// <summary>The nodes nearest to the results, and how many others there are.</summary>
    private static (HashSet<Node> Shown, int Hidden) Nearest(List<Node> results, int most)
    {
        HashSet<Node> seen = [.. results], shown = [];
        var waiting = new Queue<Node>(seen);
        while (waiting.TryDequeue(out var node))
        {
            if (shown.Count < most) shown.Add(node);
            for (int i = 0; i < node.EdgeCount; i++)
                if (node.Edge(i) is { } input && seen.Add(input)) waiting.Enqueue(input);
        }
        return (shown, seen.Count - shown.Count);
    }

    /// <summary>The nodes to show, every one after its inputs.</summary>
    private static List<Node> InputsFirst(List<Node> results, HashSet<Node> shown)
    {
        var order = new List<Node>();
        var entered = new HashSet<Node>();
        var path = new Stack<(Node Node, int NextInput)>();
        foreach (var result in results)
        {
            Enter(result);
            while (path.TryPop(out var at))
            {
                if (at.NextInput == at.Node.EdgeCount)
                {
                    order.Add(at.Node);
                    continue;
                }
                path.Push((at.Node, at.NextInput + 1));
                if (at.Node.Edge(at.NextInput) is { } input) Enter(input);
            }
        }
        return order;

        void Enter(Node node)
        {
            if (shown.Contains(node) && entered.Add(node)) path.Push((node, 0));
        }
    }

    private static Box BoxOf(Node node, bool isResult, Dictionary<Node, (string? Name, Tensor Tensor)> known, bool values)
    {
        var leaf = (node as AccumulateGrad)?.Leaf;
        known.TryGetValue(node, out var given);
        string? name = given.Name ?? leaf?.Name;
        string shape = node is MultiFunction ? "several outputs" : node.OutputShape.Length == 0 ? "scalar" : node.OutputShape.ToString();
        bool sameDType = node.NextFunctions.Any(input => input?.OutputDType == node.OutputDType);
        var details = new List<string> { sameDType || node is MultiFunction ? shape : $"{shape} {node.OutputDType.PyTorchName()}" };
        if (Remark(node) is { } remark) details.Add(remark);
        if (values && (leaf ?? given.Tensor) is { Count: <= MostNumbers } x)
        {
            details.Add($"value {Numbers(x)}");
            if (x.GradInternal is { } g) details.Add($"{Gradient}{Numbers(g)}");
        }
        string title = leaf is not null ? name ?? "leaf" : name is null ? node.Name : $"{name} = {node.Name}";
        return new(isResult ? Kind.Result : leaf is not null ? Kind.Leaf : Kind.Op, title, [.. details]);
    }

    /// <summary>What the name of a node does not tell.</summary>
    private static string? Remark(Node node) => node switch
    {
        { Released: true } => "released by Backward",
        AsStridedScatter => "in place: a part is replaced",
        AsStrided => "view, after a change in place",
        Overwrite => "in place: all is replaced",
        _ => null,
    };

    private static string Numbers(Tensor x)
    {
        var text = new StringBuilder();
        Write(0, 0);
        return text.ToString();

        void Write(int dim, int first)
        {
            if (dim == x.Ndim)
            {
                text.Append(x.At(first).ToDouble().ToString("G4", CultureInfo.InvariantCulture));
                return;
            }
            text.Append('[');
            for (int i = 0; i < x.Shape[dim]; i++)
            {
                if (i > 0) text.Append(", ");
                Write(dim + 1, first * x.Shape[dim] + i);
            }
            text.Append(']');
        }
    }

    // ---- Graphviz ------------------------------------------------------------------------------------------------------------

    internal string ToDot()
    {
        var text = new StringBuilder(
            """
            digraph {
              graph [rankdir=LR, nodesep=0.3, ranksep=0.5, pad=0.2, fontname="Helvetica,Arial,sans-serif", fontsize=11, fontcolor="#475569"]
              graph [label="\nvalues flow along the arrows, gradients against them"]
              node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#64748b", fontcolor="#0f172a", penwidth=1.3, margin="0.16,0.08", fontname="Helvetica,Arial,sans-serif", fontsize=14]
              edge [color="#64748b", penwidth=1.3, arrowsize=0.8]

            """.ReplaceLineEndings("\n"));
        if (note is not null) text.Append($"  n0 [label=<<i>{Html(note)}</i>>, style=\"rounded,dashed\", color=\"#94a3b8\", fontcolor=\"#475569\", fontsize=11]\n");
        for (int i = 0; i < boxes.Count; i++)
        {
            var (kind, title, details) = boxes[i];
            string lines = string.Concat(details.Select(d => $"<br/><font point-size=\"11\" color=\"{(d.StartsWith(Gradient, StringComparison.Ordinal) ? "#b91c1c" : "#475569")}\">{Html(d)}</font>"));
            string look = kind switch
            {
                Kind.Leaf => ", fillcolor=\"#dcfce7\", color=\"#15803d\"",
                Kind.Result => ", fillcolor=\"#fef3c7\", color=\"#b45309\"",
                _ => "",
            };
            text.Append($"  n{i + 1} [label=<<b>{Html(title)}</b>{lines}>{look}]\n");
        }
        foreach (var (from, to) in arrows) text.Append($"  n{from} -> n{to}{(from == 0 ? " [style=dashed]" : "")}\n");
        return text.Append("}\n").ToString();
    }

    private static string Html(string text) => Escaped(text, c => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        _ => null,
    });

    // ---- Mermaid ---------------------------------------------------------------------------------------------------------------

    internal string ToMermaid()
    {
        var text = new StringBuilder("flowchart LR\n");
        if (note is not null) text.Append($"  n0[\"{Quoted(note)}\"]:::note\n");
        for (int i = 0; i < boxes.Count; i++)
        {
            var (kind, title, details) = boxes[i];
            string lines = string.Concat(details.Select(d => $"<br/>{Quoted(d)}"));
            string look = kind switch
            {
                Kind.Leaf => ":::leaf",
                Kind.Result => ":::result",
                _ => "",
            };
            text.Append($"  n{i + 1}(\"{Quoted(title)}{lines}\"){look}\n");
        }
        foreach (var (from, to) in arrows) text.Append($"  n{from} {(from == 0 ? "-.->" : "-->")} n{to}\n");
        text.Append("  classDef default fill:#ffffff,stroke:#64748b,color:#0f172a\n");
        text.Append("  classDef leaf fill:#dcfce7,stroke:#15803d,color:#0f172a\n");
        text.Append("  classDef result fill:#fef3c7,stroke:#b45309,color:#0f172a\n");
        if (note is not null) text.Append("  classDef note fill:none,stroke:#94a3b8,color:#475569,stroke-dasharray:4\n");
        return text.ToString();
    }

    /// <summary>Between quotes Mermaid reads everything as it is but quotes, its own escapes, HTML and Markdown.</summary>
    private static string Quoted(string text) => Escaped(text, c => "\"#&<>`*_~\\".Contains(c) ? $"#{(int)c};" : null);

    private static string Escaped(string text, Func<char, string?> escape)
        => string.Concat(text.Select(c => char.IsControl(c) ? " " : escape(c) ?? c.ToString()));
}
