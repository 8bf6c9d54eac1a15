using System.Reflection;
using System.Text.Json;
using MiniTorch.Optim;

namespace MiniTorch.Tests.Optim;

/// <summary>Makes optimizers from data: PyTorch's names of classes and arguments, as the goldens have them.</summary>
internal static class Make
{
    internal static readonly JsonElement NoArguments = JsonSerializer.SerializeToElement(new { });

    internal static Type[] All<TBase>() => [.. typeof(TBase).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(TBase)) && type is { IsAbstract: false, IsPublic: true })];

    /// <summary>The class of an optimizer's parameter groups; null for a wrapper, which has those of its inner optimizer.</summary>
    internal static Type? GroupType(Type optimizer)
        => optimizer.BaseType is not { } up ? null : up.IsGenericType ? up.GetGenericArguments()[0] : GroupType(up);

    /// <summary>An optimizer of one group.</summary>
    internal static Optimizer Optimizer(string name, JsonElement args, params Tensor[] parameters) => Optimizer(name, args, [(parameters, NoArguments)]);

    /// <summary>An optimizer of several groups with what each overrides. A wrapper has its inner optimizer among its arguments: <c>new { k = 5, inner = new { SGD = new { lr = 0.1 } } }</c>.</summary>
    internal static Optimizer Optimizer(string name, JsonElement args, IReadOnlyList<(Tensor[] Params, JsonElement Overrides)> groups)
    {
        var type = All<Optimizer>().Single(type => type.Name == name);
        if (type.IsSubclassOf(typeof(OptimizerWrapper)))
        {
            var inner = args.GetProperty("inner").EnumerateObject().Single();
            return (Optimizer)Construct(type, Optimizer(inner.Name, inner.Value, groups), args);
        }
        var groupType = GroupType(type)!;
        var array = Array.CreateInstance(groupType, groups.Count);
        for (int i = 0; i < groups.Count; i++)
        {
            object group = Activator.CreateInstance(groupType)!;
            groupType.GetProperty("Params")!.SetValue(group, groups[i].Params);
            foreach (var item in groups[i].Overrides.EnumerateObject().Where(item => item.Name != "params"))
            {
                var property = groupType.GetProperty(Pascal(item.Name))!;
                property.SetValue(group, Convert(item.Value, property.PropertyType));
            }
            array.SetValue(group, i);
        }
        return (Optimizer)Construct(type, array, args);
    }

    private static object Construct(Type type, object first, JsonElement args)
    {
        var constructor = type.GetConstructors().Single(c => c.GetParameters()[0].ParameterType.IsInstanceOfType(first));
        var parameters = constructor.GetParameters();
        var values = parameters.Select(p => p.DefaultValue).ToArray();
        values[0] = first;
        foreach (var item in args.EnumerateObject().Where(item => item.Name != "inner"))
        {
            var parameter = parameters.Single(p => p.Name == Camel(item.Name));
            values[parameter.Position] = Convert(item.Value, parameter.ParameterType);
        }
        return constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, values, null);
    }

    internal static object? Convert(JsonElement value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (value.ValueKind == JsonValueKind.Null) return null;
        if (type == typeof(Generator)) return new Generator().ManualSeed(value.GetInt64());
        if (!type.Name.StartsWith("ValueTuple", StringComparison.Ordinal)) return value.Deserialize(type);
        var items = value.EnumerateArray().Zip(type.GetGenericArguments(), Convert).ToArray();
        return Activator.CreateInstance(type, items);
    }

    private static string Pascal(string name) => string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    internal static string Camel(string name)
    {
        string pascal = Pascal(name);
        return char.ToLowerInvariant(pascal[0]) + pascal[1..];
    }
}
