using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MiniTorch.Data;

/// <summary>Making one batch of a list of samples: <c>torch.utils.data.default_collate</c>.</summary>
public static class Collate
{
    /// <summary>
    /// The batch of some samples. The kind of the first decides:
    /// <list type="bullet">
    /// <item>tensors <c>[…]</c> are stacked, <c>[b, …]</c>; arrays of numbers too;</item>
    /// <item>numbers become a vector <c>[b]</c>: int and long Int64, float Float32, double Float64, byte UInt8, bool Bool;</item>
    /// <item>tuples of two to four become a tuple, an array of tensors an array, a dictionary a dictionary, of the batches of their parts;</item>
    /// <item>strings become an array of strings.</item>
    /// </list>
    /// </summary>
    /// <typeparam name="TItem">What one sample is: <c>(Tensor, int)</c>.</typeparam>
    /// <typeparam name="TBatch">What the batch of them is: <c>(Tensor, Tensor)</c>.</typeparam>
    /// <exception cref="ArgumentException">There are no samples, they differ in kind or shape, or there is no rule for their kind.</exception>
    /// <exception cref="InvalidOperationException">The batch is no <typeparamref name="TBatch"/>.</exception>
    public static TBatch Default<TItem, TBatch>(IReadOnlyList<TItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count == 0) throw new ArgumentException("Collate: there are no samples to make a batch of.", nameof(items));
        var batch = Join([.. items]);
        return batch is TBatch result ? result : throw new InvalidOperationException(
            $"Collate: samples of type {Name(typeof(TItem))} make a batch of type {Name(batch.GetType())}, not {Name(typeof(TBatch))}.  "
            + $"Write DataLoader<{Name(typeof(TItem))}, {Name(batch.GetType())}>, or pass a collateFn.");
    }

    private static object Join(object?[] items) => items[0] switch
    {
        Tensor => Torch.Stack(As<Tensor>(items)),
        int => Torch.Tensor((ReadOnlySpan<int>)As<int>(items)),
        long => Torch.FromArray(As<long>(items)),
        float => Torch.FromArray(As<float>(items)),
        double => Torch.FromArray(As<double>(items)),
        byte => Torch.FromArray(As<byte>(items)),
        bool => Torch.FromArray(As<bool>(items)),
        string => As<string>(items),
        float[] => Torch.Stack(Array.ConvertAll(As<float[]>(items), Torch.FromArray)),
        double[] => Torch.Stack(Array.ConvertAll(As<double[]>(items), Torch.FromArray)),
        long[] => Torch.Stack(Array.ConvertAll(As<long[]>(items), Torch.FromArray)),
        int[] => Torch.Stack(Array.ConvertAll(As<int[]>(items), static x => Torch.Tensor((ReadOnlySpan<int>)x))),
        Tensor[] first => Columns(first.Length, As<Tensor[]>(items), static x => x.Length, static (x, i) => x[i]),
        IReadOnlyDictionary<string, Tensor> first => Entries(first.Keys, As<IReadOnlyDictionary<string, Tensor>>(items)),
        ITuple first => Tuple(Columns(first.Length, As<ITuple>(items), static x => x.Length, static (x, i) => x[i]), first),
        var first => throw NoRule(first),
    };

    private static T[] As<T>(object?[] items) => Array.ConvertAll(items, x => x is T value ? value : throw new ArgumentException(
        $"Collate: a batch holds samples of one kind only, found {Name(items[0]?.GetType())} and {Name(x?.GetType())}."));

    private static Tensor[] Columns<T>(int width, T[] items, Func<T, int> widthOf, Func<T, int, object?> part)
    {
        foreach (var item in items)
            if (widthOf(item) != width)
                throw new ArgumentException($"Collate: the samples of a batch must have as many parts, found {width} and {widthOf(item)}.");
        var columns = new Tensor[width];
        for (int i = 0; i < width; i++)
        {
            var column = Join(Array.ConvertAll(items, x => part(x, i)));
            columns[i] = column as Tensor ?? throw NoRule(items[0]);
        }
        return columns;
    }

    private static Dictionary<string, Tensor> Entries(IEnumerable<string> keys, IReadOnlyDictionary<string, Tensor>[] items)
        => keys.ToDictionary(static key => key, key => Torch.Stack(Array.ConvertAll(items, x => x.TryGetValue(key, out var value)
            ? value
            : throw new ArgumentException($"Collate: a sample has no entry \"{key}\", the first one has."))));

    // Spelled out, since a tuple type made at run time is not there in a program that was compiled ahead of time.
    private static object Tuple(Tensor[] columns, ITuple sample) => columns switch
    {
        [var a, var b] => (a, b),
        [var a, var b, var c] => (a, b, c),
        [var a, var b, var c, var d] => (a, b, c, d),
        _ => throw NoRule(sample),
    };

    private static ArgumentException NoRule(object? item) => new(
        $"Collate: there is no rule for samples of type {Name(item?.GetType())}: tensors, numbers, strings, arrays of numbers, and tuples of "
        + "tensors and numbers have one.  Pass a collateFn.");

    [return: NotNullIfNotNull(nameof(type))]
    private static string? Name(Type? type)
    {
        if (type is null || !type.IsGenericType) return type?.Name;
        string arguments = string.Join(", ", type.GetGenericArguments().Select(Name));
        bool tuple = type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);
        return tuple ? $"({arguments})" : $"{type.Name.Split('`')[0]}<{arguments}>";
    }
}
