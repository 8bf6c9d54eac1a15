namespace MiniTorch;

/// <summary>How tensors are printed: PyTorch's <c>torch.set_printoptions</c>, names and defaults included.</summary>
/// <remarks>A value of this type never changes: setting an option replaces <see cref="Current"/>, so no print sees half a change.</remarks>
public sealed record PrintOptions
{
    /// <summary>The options that <c>ToString</c> uses, in all threads.</summary>
    public static PrintOptions Current { get; internal set; } = new();

    /// <summary>Digits after the point of a float (4).</summary>
    public int Precision { get; private init; } = 4;

    /// <summary>A tensor of more elements than this is summarized (1,000); infinite prints everything.</summary>
    public double Threshold { get; private init; } = 1000;

    /// <summary>Elements shown at the beginning and at the end of each dimension of a summary (3).</summary>
    public int Edgeitems { get; private init; } = 3;

    /// <summary>Columns after which a line is broken (80).</summary>
    public int Linewidth { get; private init; } = 80;

    /// <summary>Scientific notation always, never, or where the numbers ask for it (null, the default).</summary>
    public bool? SciMode { get; private init; }

    /// <summary>These options with some replaced: first by the profile, if one is named, then one by one.</summary>
    /// <param name="precision">Digits after the point.</param>
    /// <param name="threshold">Number of elements beyond which a tensor is summarized.</param>
    /// <param name="edgeitems">Elements shown at each end of a summarized dimension.</param>
    /// <param name="linewidth">Columns of a line.</param>
    /// <param name="profile"><c>"default"</c>, <c>"short"</c> (2 digits, 2 edge items) or <c>"full"</c> (never summarizes).</param>
    /// <param name="sciMode">Scientific notation; as in PyTorch, leaving it out sets it back to automatic.</param>
    /// <remarks>Differs from PyTorch, which ignores an unknown profile and fails on bad numbers only when it prints.</remarks>
    /// <exception cref="ArgumentException">The profile is unknown.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Precision is negative or there is no edge item.</exception>
    internal PrintOptions With(
        int? precision = null, double? threshold = null, int? edgeitems = null, int? linewidth = null,
        string? profile = null, bool? sciMode = null)
    {
        if (precision < 0)
            throw new ArgumentOutOfRangeException(nameof(precision), precision, "SetPrintoptions: precision must be 0 or more.");
        if (edgeitems < 1)
            throw new ArgumentOutOfRangeException(nameof(edgeitems), edgeitems, "SetPrintoptions: edgeitems must be 1 or more.");

        var options = profile switch
        {
            null => this,
            "default" => new(),
            "short" => new() { Precision = 2, Edgeitems = 2 },
            "full" => new() { Threshold = double.PositiveInfinity },
            _ => throw new ArgumentException(
                $"SetPrintoptions: unknown profile \"{profile}\". Use \"default\", \"short\" or \"full\".", nameof(profile)),
        };
        return options with
        {
            Precision = precision ?? options.Precision,
            Threshold = threshold ?? options.Threshold,
            Edgeitems = edgeitems ?? options.Edgeitems,
            Linewidth = linewidth ?? options.Linewidth,
            SciMode = sciMode,
        };
    }
}
