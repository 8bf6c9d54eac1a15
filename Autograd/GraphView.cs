namespace MiniTorch;

/// <summary>
/// Pictures of the graph behind a result, as Graphviz (<c>dot -Tsvg</c>) or Mermaid (which GitHub draws in Markdown). Leaves are green,
/// results amber, ops between them white. Arrows point the way the values were computed; the gradient of each value travels the same arrow
/// backwards, and where several arrows leave a box, the gradients that come back along them are added.
/// </summary>
/// <remarks>
/// A leaf or result bears the name that <see cref="Tensor.Named"/> gave it; other results can be named in the call, as can parameters:
/// <c>GraphView.ToDot(loss, model.NamedParameters())</c>. Inputs that require no gradient are not part of the graph. Draw it before
/// <c>Backward()</c>, which releases most of it.
/// </remarks>
public static class GraphView
{
    private const int MostNodes = 200;

    /// <summary>The graph behind a result in the DOT language of Graphviz.</summary>
    /// <param name="loss">The result.</param>
    /// <param name="values">Also show numbers and gradients of small tensors: of the leaves, the results, and those named in the call.</param>
    /// <param name="maxNodes">Draw at most so many boxes, those nearest to the result; a note stands for the others.</param>
    /// <exception cref="InvalidOperationException">The tensor does not require a gradient: there is no graph.</exception>
    public static string ToDot(Tensor loss, bool values = false, int maxNodes = MostNodes) => ToDot<Tensor>([loss], [], values, maxNodes);

    /// <inheritdoc cref="ToDot(Tensor, bool, int)"/>
    /// <param name="loss">The result.</param>
    /// <param name="named">Names of leaves and of results in between: <c>[("h", h)]</c>, or a module's <c>NamedParameters()</c>.</param>
    /// <param name="values">Also show numbers and gradients of small tensors: of the leaves, the results, and those named in the call.</param>
    /// <param name="maxNodes">Draw at most so many boxes, those nearest to the result; a note stands for the others.</param>
    public static string ToDot<T>(Tensor loss, IEnumerable<(string Name, T Tensor)> named, bool values = false, int maxNodes = MostNodes)
        where T : Tensor
        => ToDot([loss], named, values, maxNodes);

    /// <summary>The common graph behind several results in the DOT language of Graphviz.</summary>
    /// <param name="roots">The results.</param>
    /// <param name="values">Also show numbers and gradients of small tensors: of the leaves, the results, and those named in the call.</param>
    /// <param name="maxNodes">Draw at most so many boxes, those nearest to the results; a note stands for the others.</param>
    /// <exception cref="InvalidOperationException">A tensor does not require a gradient: there is no graph.</exception>
    public static string ToDot(IReadOnlyList<Tensor> roots, bool values = false, int maxNodes = MostNodes) => ToDot<Tensor>(roots, [], values, maxNodes);

    /// <inheritdoc cref="ToDot(IReadOnlyList{Tensor}, bool, int)"/>
    /// <param name="roots">The results.</param>
    /// <param name="named">Names of leaves and of results in between: <c>[("h", h)]</c>, or a module's <c>NamedParameters()</c>.</param>
    /// <param name="values">Also show numbers and gradients of small tensors: of the leaves, the results, and those named in the call.</param>
    /// <param name="maxNodes">Draw at most so many boxes, those nearest to the results; a note stands for the others.</param>
    public static string ToDot<T>(IReadOnlyList<Tensor> roots, IEnumerable<(string Name, T Tensor)> named, bool values = false, int maxNodes = MostNodes)
        where T : Tensor
        => GraphDrawing.Of(roots, Names(named), values, maxNodes).ToDot();

    /// <summary>The graph behind a result in the Mermaid language, for a <c>```mermaid</c> block of Markdown.</summary>
    /// <inheritdoc cref="ToDot(Tensor, bool, int)"/>
    public static string ToMermaid(Tensor loss, bool values = false, int maxNodes = MostNodes) => ToMermaid<Tensor>([loss], [], values, maxNodes);

    /// <summary>The graph behind a result in the Mermaid language, for a <c>```mermaid</c> block of Markdown.</summary>
    /// <inheritdoc cref="ToDot{T}(Tensor, IEnumerable{ValueTuple{string, T}}, bool, int)"/>
    public static string ToMermaid<T>(Tensor loss, IEnumerable<(string Name, T Tensor)> named, bool values = false, int maxNodes = MostNodes)
        where T : Tensor
        => ToMermaid([loss], named, values, maxNodes);

    /// <summary>The common graph behind several results in the Mermaid language, for a <c>```mermaid</c> block of Markdown.</summary>
    /// <inheritdoc cref="ToDot(IReadOnlyList{Tensor}, bool, int)"/>
    public static string ToMermaid(IReadOnlyList<Tensor> roots, bool values = false, int maxNodes = MostNodes) => ToMermaid<Tensor>(roots, [], values, maxNodes);

    /// <summary>The common graph behind several results in the Mermaid language, for a <c>```mermaid</c> block of Markdown.</summary>
    /// <inheritdoc cref="ToDot{T}(IReadOnlyList{Tensor}, IEnumerable{ValueTuple{string, T}}, bool, int)"/>
    public static string ToMermaid<T>(IReadOnlyList<Tensor> roots, IEnumerable<(string Name, T Tensor)> named, bool values = false, int maxNodes = MostNodes)
        where T : Tensor
        => GraphDrawing.Of(roots, Names(named), values, maxNodes).ToMermaid();

    private static List<(string, Tensor)> Names<T>(IEnumerable<(string Name, T Tensor)> named)
        where T : Tensor
    {
        ArgumentNullException.ThrowIfNull(named);
        return [.. named.Select(pair => (pair.Name, (Tensor)pair.Tensor))];
    }
}
