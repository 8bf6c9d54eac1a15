using System.Runtime.CompilerServices;

namespace MiniTorch.Optim;

/// <summary>
/// What settings must satisfy: <c>must.BeAFraction(Betas.Item1)</c>. The message names the owner, the setting as the user writes it, and
/// the value: "Adam: betas.Item1 must be in [0, 1), got 1.2."
/// </summary>
public readonly struct Requirements
{
    private readonly string owner;
    private readonly bool loaded;

    internal Requirements(string owner, bool loaded = false) => (this.owner, this.loaded) = (owner, loaded);

    /// <summary>At least 0; NaN is refused.</summary>
    public void NotBeNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "")
        => Hold(value >= 0, name, "must not be negative", value);

    /// <summary>Above 0; NaN is refused.</summary>
    public void BePositive(double value, [CallerArgumentExpression(nameof(value))] string name = "")
        => Hold(value > 0, name, "must be positive", value);

    /// <summary>In [0, 1): the weight of the past in a running average.</summary>
    public void BeAFraction(double value, [CallerArgumentExpression(nameof(value))] string name = "")
        => Hold(value >= 0 && value < 1, name, "must be in [0, 1)", value);

    /// <summary>What is a mistake to begin with, but may come about as settings change: so what is loaded may have it.</summary>
    internal void HoldAtFirst(bool condition, string name, string message, object? value) => Hold(condition || loaded, name, message, value);

    /// <summary>Any condition: <paramref name="message"/> says what must be.</summary>
    public void Hold(bool condition, string name, string message, object? value)
    {
        if (condition) return;
        name = char.ToLowerInvariant(name[0]) + name[1..];
        throw new ArgumentOutOfRangeException(name.Split('.')[0], $"{owner}: {name} {message}, got {value}.");
    }
}
