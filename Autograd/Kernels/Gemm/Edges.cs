namespace MiniTorch.Kernels;

/// <summary>Whether the last register of a tile's rows is only partly inside the matrix: a choice made once per tile, not per element.</summary>
internal interface IEdge
{
    /// <summary>Whether loads and stores there are masked.</summary>
    static abstract bool Ragged { get; }
}

internal readonly struct WholeEdge : IEdge
{
    public static bool Ragged => false;
}

internal readonly struct RaggedEdge : IEdge
{
    public static bool Ragged => true;
}
