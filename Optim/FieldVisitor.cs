using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace MiniTorch.Optim;

/// <summary>
/// Goes over the fields of an object that belong into a state dict. The object lists each field once, key and value; the visitor returns
/// the value that the field takes. So one list serves to save, to load and to inherit:
/// <code>Step = visitor.Field("step", Step);</code>
/// </summary>
public abstract class FieldVisitor
{
    private protected FieldVisitor()
    {
    }

    /// <summary>One field: double, int, bool, string, a tuple or array of them, counts of int, <see cref="Tensor"/>, an array of tensors, or null.</summary>
    /// <param name="key">The key in the state dict: PyTorch's, in snake_case.</param>
    /// <param name="value">The value now.</param>
    /// <param name="optional">Whether the field may be missing in what is loaded.</param>
    /// <returns>The value that the field takes.</returns>
    public abstract T Field<T>(string key, T value, bool optional = false);
}

/// <summary>Writes the fields into a dictionary; null is left out, but of a string, where it is one of the choices.</summary>
/// <param name="numbersAsTensors">Write a number as a 0-dim tensor, as PyTorch keeps its step counters.</param>
internal sealed class Saver(bool numbersAsTensors = false) : FieldVisitor
{
    internal Dictionary<string, object?> Saved { get; } = [];

    public override T Field<T>(string key, T value, bool optional = false)
    {
        if (value is not null || typeof(T) == typeof(string)) Saved[key] = numbersAsTensors && value is double number ? Exact(number) : FieldData.Of(value);
        return value;
    }

    private static Tensor Exact(double number) => Torch.Full([], number, (float)number == number ? DType.Float32 : DType.Float64);
}

/// <summary>Keeps the fields as they are, to be inherited; null is left out.</summary>
internal sealed class Keeper : FieldVisitor
{
    internal Dictionary<string, object> Kept { get; } = [];

    public override T Field<T>(string key, T value, bool optional = false)
    {
        if (value is not null) Kept[key] = value;
        return value;
    }
}

/// <summary>Gives fields that are not set the values of another object of the same type.</summary>
internal sealed class Inheriting(Keeper from) : FieldVisitor
{
    public override T Field<T>(string key, T value, bool optional = false)
        => value is null && from.Kept.TryGetValue(key, out object? inherited) ? (T)inherited : value;
}

/// <summary>Reads the fields from a dictionary. Flags may be missing: PyTorch gained most of them late.</summary>
/// <param name="from">What is loaded.</param>
/// <param name="where">Where that is, for messages: <c>Adam.LoadStateDict: param_groups[0]</c>.</param>
/// <param name="dtype">The dtype that tensors are converted to.</param>
internal sealed class Loader(IDictionary<string, object?> from, string where, DType dtype = default) : FieldVisitor
{
    internal HashSet<string> Read { get; } = [];

    public override T Field<T>(string key, T value, bool optional = false)
    {
        Read.Add(key);
        if (typeof(T) == typeof(string) && from.TryGetValue(key, out object? choice) && choice is null) return default!;
        if (!from.TryGetValue(key, out object? data) || data is null)
        {
            if (optional || typeof(T) == typeof(bool) || typeof(T) == typeof(bool?)) return value;
            throw new ArgumentException(from.ContainsKey(key)
                ? $"{where}: `{key}` is null."
                : $"{where} has no `{key}`, only {FieldData.List(from.Keys)}.  Was it saved by another class?");
        }
        if (typeof(T) == typeof(Tensor)) return (T)(object)Copy(key, data, (Tensor?)(object?)value);
        if (typeof(T) == typeof(Tensor[]) && data is IEnumerable list) return (T)(object)list.Cast<object?>().Select(x => Copy(key, x, null)).ToArray();
        try
        {
            return FieldData.To<T>(data);
        }
        catch (Exception error) when (error is InvalidCastException or OverflowException)
        {
            throw new ArgumentException($"{where}: `{key}` is {FieldData.Text(data)}, which does not fit {Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)}.");
        }
    }

    private Tensor Copy(string key, object? data, Tensor? now)
    {
        if (data is not Tensor x) throw new ArgumentException($"{where}: `{key}` is {FieldData.Text(data)}, expected a tensor.");
        if (now is not null && x.Shape != now.Shape) throw new ArgumentException($"{where}: `{key}` has the shape {x.Shape}, expected {now.Shape}.");
        return x.Detach().To(dtype).Clone();
    }
}

/// <summary>From typed fields to the plain data of a state dict, and back.</summary>
internal static class FieldData
{
    private const double Exact = 1L << 53;                           // up to here every whole number is a double

    internal static object? Of(object? value) => value switch
    {
        ITuple tuple => Items(tuple).Contains(null) ? NumbersOrNone(tuple) : Numbers(tuple),
        Array array => array.Clone(),
        Dictionary<int, int> counts => new Dictionary<int, int>(counts),
        _ => value,
    };

    /// <exception cref="InvalidCastException">The data does not fit.</exception>
    internal static T To<T>(object? data)
    {
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        object? value =
            type == typeof(double) ? Number(data) :
            type == typeof(int) ? (int)Whole(Number(data), int.MinValue, int.MaxValue) :
            type == typeof(long) ? (long)Whole(Number(data), -Exact, Exact) :
            type == typeof(double[]) ? Numbers(data) :
            type == typeof(int[]) ? Array.ConvertAll(Numbers(data), x => (int)Whole(x, int.MinValue, int.MaxValue)) :
            type == typeof(double?[]) ? NumbersOrNone(data) :
            type == typeof(Dictionary<int, int>) ? Counts(To<int[]>(data)) :
            type == typeof((double?, double)) && NumbersOrNone(data) is [var e, { } f] ? (e, f) :
            type == typeof((double, double)) && Numbers(data) is [var a, var b] ? (a, b) :
            type == typeof((double, double, double)) && Numbers(data) is [var p, var q, var r] ? (p, q, r) :
            data;
        return value is T typed ? typed : throw new InvalidCastException();
    }

    internal static double Number(object? data) => data switch
    {
        double or float or long or int or decimal => Convert.ToDouble(data),
        Tensor { Count: 1 } x => x.Item(),
        _ => throw new InvalidCastException(),
    };

    private static double Whole(double x, double least, double greatest)
        => x >= least && x <= greatest && double.IsInteger(x) ? x : throw new InvalidCastException();

    internal static double[] Numbers(object? data) => [.. Items(data).Select(Number)];

    internal static double?[] NumbersOrNone(object? data) => [.. Items(data).Select(item => item is null ? (double?)null : Number(item))];

    private static IEnumerable<object?> Items(object? data) => data switch
    {
        ITuple tuple => Enumerable.Range(0, tuple.Length).Select(i => tuple[i]),
        IDictionary counts => Elements(counts),
        IEnumerable list and not string => list.Cast<object?>(),
        _ => throw new InvalidCastException(),
    };

    /// <summary>Of Python's Counter, <c>{30: 1, 80: 2}</c>: each key as often as it was counted. Keys that went through JSON are strings.</summary>
    private static List<object?> Elements(IDictionary counts)
    {
        var elements = new List<object?>();
        foreach (DictionaryEntry entry in counts)
        {
            object key = entry.Key is string text && double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? number : entry.Key;
            elements.AddRange(Enumerable.Repeat(key, (int)Whole(Number(entry.Value), 0, 1e6)));
        }
        return elements;
    }

    /// <summary>Python's Counter: how often each number is there.</summary>
    internal static Dictionary<int, int> Counts(IEnumerable<int> numbers) => numbers.CountBy(static number => number).ToDictionary();

    internal static string Text(object? data) => data is null ? "null" : data is Tensor x ? $"a {x.DType} tensor of shape {x.Shape}" : $"{data} ({data.GetType().Name})";

    internal static string List(IEnumerable<string> keys) => string.Join(", ", keys.Select(key => $"`{key}`")) is { Length: > 0 } list ? list : "nothing";
}
