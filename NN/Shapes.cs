namespace MiniTorch.NN;

/// <summary>y = x.</summary>
public class Identity : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x;
}

/// <summary>Joins dimensions into one, by default all but the first: <c>[n, c, h, w]</c> → <c>[n, c·h·w]</c>.</summary>
/// <param name="startDim">The first dimension that is joined.</param>
/// <param name="endDim">The last.</param>
public class Flatten(int startDim = 1, int endDim = -1) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"start_dim={startDim}, end_dim={endDim}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Flatten(startDim, endDim);
}

/// <summary>Splits one dimension into several: <c>[n, c·h·w]</c> → <c>[n, c, h, w]</c> with <c>new Unflatten(1, [c, h, w])</c>.</summary>
/// <param name="dim">The dimension that is split.</param>
/// <param name="unflattenedSize">The sizes it is split into; one may be −1.</param>
public class Unflatten(int dim, Shape unflattenedSize) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => $"dim={dim}, unflattened_size=({string.Join(", ", unflattenedSize)}{(unflattenedSize.Length == 1 ? "," : "")})";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Unflatten(dim, unflattenedSize);
}
