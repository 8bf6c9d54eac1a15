using System.Globalization;

namespace MiniTorch.Optim;

/// <summary>
/// A number that knows how it was computed: with its value it carries the formula twice, in symbols and in numbers, so that
/// <c>β1 * m + (1 - β1) * g</c> in C# is at once <c>β₁·m + (1 − β₁)·g</c>, <c>0.9·(−0.004) + 0.1·(−0.0123)</c> and −0.00483.
/// </summary>
public readonly struct Term
{
    private enum Form
    {
        Sum,
        Product,
        Negated,
        Whole,
    }

    private readonly Form form, numbersForm;
    private readonly bool setting;                                    // made of settings only: in numbers it is one number

    private Term(double value, string symbols, Form form, string numbers, Form numbersForm, bool setting)
    {
        (Value, Symbols, this.form, Numbers, this.numbersForm, this.setting) = (value, symbols, form, numbers, numbersForm, setting);
        if (setting) (Numbers, this.numbersForm) = (Text(value), value < 0 ? Form.Negated : Form.Whole);
    }

    /// <summary>What it amounts to.</summary>
    public double Value { get; }

    /// <summary>The formula in symbols.</summary>
    public string Symbols { get; }

    /// <summary>The formula in numbers.</summary>
    public string Numbers { get; }

    /// <summary>A quantity with a name.</summary>
    internal static Term Named(string symbol, double value, bool setting)
        => new(value, symbol, Form.Whole, Text(value), value < 0 ? Form.Negated : Form.Whole, setting);

    /// <summary>A number that stands in the equation itself.</summary>
    public static implicit operator Term(double value) => Named(Text(value), value, setting: true);

    /// <summary>a + b</summary>
    public static Term operator +(Term a, Term b) => Join(a, " + ", b, a.Value + b.Value, Form.Sum, Form.Sum, Form.Product);

    /// <summary>a − b</summary>
    public static Term operator -(Term a, Term b) => Join(a, " − ", b, a.Value - b.Value, Form.Sum, Form.Sum, Form.Product);

    /// <summary>a·b</summary>
    public static Term operator *(Term a, Term b) => Join(a, "·", b, a.Value * b.Value, Form.Product, Form.Product, Form.Whole);

    /// <summary>a / b</summary>
    public static Term operator /(Term a, Term b) => Join(a, " / ", b, a.Value / b.Value, Form.Product, Form.Product, Form.Whole);

    /// <summary>−a</summary>
    public static Term operator -(Term a)
        => new(-a.Value, "−" + Wrap(a.Symbols, a.form, Form.Whole), Form.Negated, "−" + Wrap(a.Numbers, a.numbersForm, Form.Whole), Form.Negated, a.setting);

    /// <summary>√a</summary>
    public static Term Sqrt(Term a) => Around("√", a, "", Math.Sqrt(a.Value));

    /// <summary>a²</summary>
    public static Term Square(Term a) => Around("", a, "²", a.Value * a.Value);

    /// <summary>aᵇ, where b is t or another setting.</summary>
    public static Term Pow(Term a, Term b)
        => b.Symbols == "t" && a.setting ? Around("", a, "ᵗ", Math.Pow(a.Value, b.Value)) : Join(a, "^", b, Math.Pow(a.Value, b.Value), Form.Product, Form.Whole, Form.Whole);

    /// <summary>|a|</summary>
    public static Term Abs(Term a) => new(Math.Abs(a.Value), $"|{a.Symbols}|", Form.Whole, $"|{a.Numbers}|", Form.Whole, a.setting);

    /// <summary>The sign of a: −1, 0 or 1; 0 for NaN.</summary>
    public static Term Sign(Term a) => Call("sign", double.IsNaN(a.Value) ? 0 : Math.Sign(a.Value), a);

    /// <summary>The larger one.</summary>
    public static Term Max(Term a, Term b) => Call("max", Math.Max(a.Value, b.Value), a, b);

    /// <summary>The smaller one.</summary>
    public static Term Min(Term a, Term b) => Call("min", Math.Min(a.Value, b.Value), a, b);

    /// <summary>The formula in symbols.</summary>
    public override string ToString() => Symbols;

    /// <summary>Six significant digits: −0.0048, 1.25e-07.</summary>
    internal static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal) switch
    {
        ['-', .. var digits] => "−" + digits,
        var digits => digits,
    };

    /// <summary>Two terms with an operator between; each in parentheses if it binds weaker than its place asks for.</summary>
    private static Term Join(Term a, string op, Term b, double value, Form form, Form left, Form right) => new(
        value,
        Wrap(a.Symbols, a.form, left) + op + Wrap(b.Symbols, b.form, right), form,
        (a.numbersForm == Form.Negated ? a.Numbers : Wrap(a.Numbers, a.numbersForm, left)) + op + Wrap(b.Numbers, b.numbersForm, b.numbersForm == Form.Negated ? Form.Whole : right), form,
        a.setting && b.setting);

    private static Term Around(string before, Term a, string after, double value) => new(
        value, before + Wrap(a.Symbols, a.form, Form.Whole) + after, Form.Whole, before + Wrap(a.Numbers, a.numbersForm, Form.Whole) + after, Form.Whole, a.setting);

    private static Term Call(string function, double value, params Term[] arguments) => new(
        value, $"{function}({string.Join(", ", arguments.Select(a => a.Symbols))})", Form.Whole, $"{function}({string.Join(", ", arguments.Select(a => a.Numbers))})", Form.Whole,
        arguments.All(a => a.setting));

    private static string Wrap(string text, Form form, Form place) => form < place ? $"({text})" : text;
}
