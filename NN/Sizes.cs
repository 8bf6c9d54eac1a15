namespace MiniTorch.NN;

/// <summary>A number for rows and columns alike, <c>3</c>, or one for each, <c>(3, 5)</c>: kernel sizes, strides, dilations.</summary>
public readonly record struct Pair
{
    private readonly bool single;

    private Pair(int y, int x, bool single) => (Y, X, this.single) = (y, x, single);

    /// <summary>The number for the rows (the height).</summary>
    public int Y { get; }

    /// <summary>The number for the columns (the width).</summary>
    public int X { get; }

    /// <summary>The same number twice.</summary>
    public static implicit operator Pair(int both) => new(both, both, true);

    /// <summary>Rows first.</summary>
    public static implicit operator Pair((int Y, int X) each) => new(each.Y, each.X, false);

    /// <summary>As Python prints it: <c>3</c> or <c>(3, 5)</c>.</summary>
    public override string ToString() => single ? $"{Y}" : $"({Y}, {X})";

    internal Shape Both => [Y, X];
}

/// <summary>
/// What stands around the input of a convolution: so many elements on both sides, <c>1</c> or <c>(1, 2)</c>; <c>"same"</c>, so many that
/// the output is as large as the input; or <c>"valid"</c>, none.
/// </summary>
public readonly record struct Padding
{
    private Padding(Pair amount, string? word) => (Amount, Word) = (amount, word);

    internal Pair Amount { get; }

    /// <summary>"same", or null for a number.</summary>
    internal string? Word { get; }

    /// <summary>On all sides alike.</summary>
    public static implicit operator Padding(int all) => new(all, null);

    /// <summary>Above and below, left and right.</summary>
    public static implicit operator Padding((int Y, int X) each) => new(each, null);

    /// <summary>Above and below, left and right.</summary>
    public static implicit operator Padding(Pair each) => new(each, null);

    /// <summary><c>"same"</c> or <c>"valid"</c>.</summary>
    /// <exception cref="ArgumentException">Another word.</exception>
    public static implicit operator Padding(string word) => word switch
    {
        "same" => new(0, word),
        "valid" => default,
        _ => throw new ArgumentException($"A padding is a number, a pair of numbers, \"same\" or \"valid\", got \"{word}\".", nameof(word)),
    };

    /// <summary>As Python prints it.</summary>
    public override string ToString() => Word ?? Amount.ToString();
}
