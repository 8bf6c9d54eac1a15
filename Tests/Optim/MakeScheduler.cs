using System.Reflection;
using System.Text.Json;
using MiniTorch.Optim;

namespace MiniTorch.Tests.Optim;

/// <summary>Makes schedulers from data: PyTorch's names of classes and arguments, as the goldens have them; functions by their source, inner schedulers as [name, arguments].</summary>
internal static class MakeScheduler
{
    private static readonly Dictionary<string, Func<double, double>> Functions = new()
    {
        ["lambda t: 0.95 ** t"] = t => Math.Pow(0.95, t),
        ["lambda t: 0.98"] = t => 0.98,
        ["lambda t: 1 / (1 + t)"] = t => 1 / (1 + t),
        ["lambda t: 1 - 1 / (t + 5)"] = t => 1 - 1 / (t + 5),
        ["lambda x: 0.95 ** x"] = x => Math.Pow(0.95, x),
        ["lambda x: 1 / (1 + x)"] = x => 1 / (1 + x),
    };

    internal static Scheduler Of(Optimizer optimizer, string name, JsonElement args)
    {
        var type = Make.All<Scheduler>().Single(type => type.Name == name);
        var constructor = type.GetConstructors().Single(c => c.GetParameters().All(p => p.ParameterType != typeof(Func<int, double>)));
        var parameters = constructor.GetParameters();
        object?[] values = [.. parameters.Select(p => p.ParameterType == typeof(Optimizer) ? optimizer : p.DefaultValue)];
        foreach (var item in args.EnumerateObject())
        {
            var parameter = parameters.Single(p => p.Name == Make.Camel(item.Name));
            values[parameter.Position] = Convert(item.Value, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, optimizer);
        }
        return (Scheduler)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, values, null);
    }

    private static object? Convert(JsonElement value, Type type, Optimizer optimizer)
    {
        if (type == typeof(IEnumerable<LRScheduler>)) return value.EnumerateArray().Select(Inner).ToArray();
        if (type == typeof(LRScheduler)) return Inner(value);
        if (type == typeof(PerGroup<double>)) return PerGroup(value, item => item.GetDouble());
        if (type == typeof(PerGroup<Func<int, double>>)) return PerGroup<Func<int, double>>(value, item => t => Functions[item.GetString()!](t));
        return type == typeof(Func<double, double>) ? Functions[value.GetString()!] : Make.Convert(value, type);

        LRScheduler Inner(JsonElement row) => (LRScheduler)Of(optimizer, row[0].GetString()!, row[1]);
    }

    private static PerGroup<T> PerGroup<T>(JsonElement value, Func<JsonElement, T> read)
        => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(read).ToArray() : read(value);
}
