using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MiniTorch.NN;

/// <summary>Reading and replacing the items of a tuple <c>(a, b)</c> whose type is known at run time only.</summary>
internal static class Tuples
{
    /// <summary>Up to seven items stand in fields Item1, Item2, …; what is behind them is nested.</summary>
    internal static bool CanReplace(ITuple tuple) => tuple.GetType() is { Namespace: "System", IsValueType: true } && tuple.Length <= 7;

    internal static object?[] Items(ITuple tuple) => [.. Enumerable.Range(0, tuple.Length).Select(i => tuple[i])];

    /// <summary>The same tuple with other items.</summary>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(ValueTuple<,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(ValueTuple<,,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(ValueTuple<,,,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(ValueTuple<,,,,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(ValueTuple<,,,,,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(ValueTuple<,,,,,,>))]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The value types that are tuples are named above.")]
    internal static object Replaced(ITuple tuple, object?[] items)
    {
        object copy = RuntimeHelpers.GetObjectValue(tuple)!;
        for (int i = 0; i < items.Length; i++) copy.GetType().GetField($"Item{i + 1}")!.SetValue(copy, items[i]);
        return copy;
    }
}
