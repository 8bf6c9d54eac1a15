using System.Text;

namespace MiniTorch.Optim;

/// <summary>
/// The last update of one weight, line by line: an optimizer writes its equation in <see cref="Term"/>s, and each <see cref="Set"/>
/// becomes a line with the symbols, the numbers put into them, and the result.
/// </summary>
public sealed class Explanation
{
    private readonly RecordedStep step;
    private readonly int[] index;
    private readonly string title;
    private readonly List<string> settings = [];
    private readonly List<(string Symbol, string Line)> lines = [];

    internal Explanation(string title, RecordedStep step, int[] index)
    {
        (this.title, this.step, this.index) = (title, step, index);
        Gradient = Term.Named("g", At(step.Gradient), setting: false);
        Parameter = Term.Named("θ", At(step.Parameter), setting: false);
        lines.Add(("g", Gradient.Numbers));
    }

    /// <summary>θ: the weight before the step.</summary>
    public Term Parameter { get; }

    /// <summary>g: its gradient.</summary>
    public Term Gradient { get; }

    /// <summary>All weights of the parameter before the step, for equations with a norm in them.</summary>
    public Tensor WholeParameter => step.Parameter;

    /// <summary>All of its gradient.</summary>
    public Tensor WholeGradient => step.Gradient;

    /// <summary>By their key in a state dict the values after the step, as the explanation has them.</summary>
    internal Dictionary<string, double> After { get; } = [];

    /// <summary>The weight after the step, as the explanation has it.</summary>
    internal double Result { get; private set; }

    /// <summary>A number that is the same for all weights: a setting, the step's number, a norm.</summary>
    /// <returns>A term that shows as <paramref name="symbol"/>, and among numbers as its value.</returns>
    public Term Setting(string symbol, double value)
    {
        var term = Term.Named(symbol, value, setting: true);
        settings.Add($"{symbol} = {term.Numbers}");
        return term;
    }

    /// <summary>Whether a quantity was remembered before the step.</summary>
    public bool Remembers(string key) => step.Buffers.ContainsKey(key);

    /// <summary>A quantity that was remembered before the step; 0 if there was none.</summary>
    /// <param name="symbol">How it shows.</param>
    /// <param name="key">Its key in a state dict.</param>
    public Term Before(string symbol, string key) => Term.Named(symbol, step.Buffers.TryGetValue(key, out object? value) ? Number(value) : 0, setting: false);

    /// <summary>All of a quantity that was remembered before the step, for equations with a norm in them.</summary>
    /// <param name="key">Its key in a state dict.</param>
    public Tensor WholeBefore(string key) => (Tensor)step.Buffers[key]!;

    /// <summary>This weight's element of another tensor of the parameter's shape.</summary>
    internal Term ElementOf(string symbol, Tensor x) => Term.Named(symbol, At(x), setting: false);

    /// <summary>The number of this step: one more than was counted before it.</summary>
    public Term NextStep() => Setting("t", Before("t", "step").Value + 1);

    /// <summary>A line: <paramref name="symbol"/> becomes <paramref name="value"/>. The last line must be that of θ.</summary>
    /// <param name="symbol">The quantity that is computed.</param>
    /// <param name="value">The formula.</param>
    /// <param name="key">If it is remembered for the next step: its key in a state dict.</param>
    /// <returns>The quantity, for the lines that follow.</returns>
    public Term Set(string symbol, Term value, string? key = null)
    {
        string amount = Term.Text(value.Value);
        string numbers = value.Numbers == amount ? amount : $"{value.Numbers} = {amount}";
        lines.Add((symbol, value.Symbols == symbol || value.Symbols == value.Numbers ? numbers : $"{value.Symbols} = {numbers}"));
        if (key is not null) After[key] = value.Value;
        Result = value.Value;
        return Term.Named(symbol, value.Value, setting: false);
    }

    /// <summary>The title with the settings, then a line for each quantity.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(title).Append(settings.Count > 0 ? $"   ({string.Join(", ", settings)})" : "");
        int width = lines.Max(line => Width(line.Symbol));
        foreach (var (symbol, line) in lines) text.Append('\n').Append(symbol).Append(' ', width - Width(symbol)).Append(" = ").Append(line);
        return text.ToString();
    }

    /// <summary>How many columns a symbol takes: a hat takes none.</summary>
    private static int Width(string symbol) => symbol.Count(c => char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.NonSpacingMark);

    private double Number(object? value) => value is Tensor { Ndim: 0 } single ? single.Item() : value is Tensor x ? At(x) : FieldData.Number(value);

    private double At(Tensor x)
    {
        var element = x;
        foreach (int i in index) element = element[i];
        return element.Item();
    }
}

/// <summary>What a step began with, copied: kept when <see cref="Optimizer.RecordSteps"/> is set.</summary>
internal sealed record RecordedStep(Tensor Parameter, Tensor Gradient, ParamGroup Group, IReadOnlyDictionary<string, object?> Buffers);
