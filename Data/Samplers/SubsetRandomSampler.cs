namespace MiniTorch.Data;

/// <summary>Given indices in random order, each once.</summary>
/// <param name="indices">The indices to visit.</param>
/// <param name="generator">Draws one permutation per pass; by default the default generator.</param>
public sealed class SubsetRandomSampler(IReadOnlyList<int> indices, Generator? generator = null) : Sampler<int>
{
    /// <inheritdoc/>
    public override int Count => indices.Count;

    /// <inheritdoc/>
    public override IEnumerator<int> GetEnumerator()
    {
        foreach (int i in Torch.Randperm(indices.Count, generator).ToArray<int>()) yield return indices[i];
    }
}
