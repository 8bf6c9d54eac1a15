using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MiniTorch.NN;

public abstract partial class Module
{
    /// <summary>Another module of the same type whose fields are the same, but for the hooks, of which it has none.</summary>
    internal Module ShallowCopy()
    {
        var copy = (Module)MemberwiseClone();
        copy.ForgetHooks();
        return copy;
    }

    private protected virtual void ForgetHooks() => (backwardHooks, backwardPreHooks) = (null, null);
}

/// <summary>
/// A deep copy on its way. Each object is copied once, so what is shared inside of the original (tied parameters) is shared inside of the
/// copy. Copied is whatever may hold tensors or modules: those themselves, collections and tuples of them, classes with fields of them, and
/// what a function has captured of them. All else is shared.
/// </summary>
internal sealed class DeepCopy
{
    private static readonly ConcurrentDictionary<Type, bool> Holders = new();

    private readonly Dictionary<object, object> made = new(ReferenceEqualityComparer.Instance);

    [return: NotNullIfNotNull(nameof(value))]
    internal object? Of(object? value)
    {
        if (value is null) return null;
        if (made.TryGetValue(value, out object? copy)) return copy;
        return value switch
        {
            Parameter p => made[p] = new Parameter(p.Detach().Clone(), p.RequiresGrad) { Name = p.Name },
            Tensor x => made[x] = Copied(x),
            Module m => Filled(m, m.ShallowCopy()),
            Delegate f => Rebound(f),
            Array array when MayHold(array.GetType()) => Filled(array),
            not Array when MayHold(value.GetType()) => Filled(value, MemberwiseClone(value)),
            _ => value,
        };
    }

    private static Tensor Copied(Tensor x)
    {
        var copy = x.Detach().Clone();
        copy.Name = x.Name;
        return copy.RequiresGrad_(x.RequiresGrad);
    }

    /// <summary>A function of the original's becomes one of the copy's: one that a module passes as its own method, or a lambda.</summary>
    private object Rebound(Delegate f)
    {
        if (f.GetInvocationList() is { Length: > 1 } several) return made[f] = Delegate.Combine([.. several.Select(g => (Delegate)Of(g))])!;
        object? target = Of(f.Target);
        return made[f] = ReferenceEquals(target, f.Target) ? f : Delegate.CreateDelegate(f.GetType(), target, f.Method);
    }

    private Array Filled(Array array)
    {
        var copy = (Array)array.Clone();
        made[array] = copy;
        int[] at = new int[array.Rank];
        for (int i = 0; i < array.Length; i++)
        {
            for (int d = array.Rank - 1, rest = i; d >= 0; rest /= array.GetLength(d), d--) at[d] = rest % array.GetLength(d);
            copy.SetValue(Of(array.GetValue(at)), at);
        }
        return copy;
    }

    private object Filled(object original, object copy)
    {
        if (HashesWhatIsCopied(original.GetType()))
            throw new InvalidOperationException($"Deepcopy: a {original.GetType().Name.Split('`')[0]} with tensors, modules or objects as keys cannot be copied: a copy of a key is another key.  Use strings or numbers as keys, or a List.");
        made[original] = copy;
        foreach (var field in FieldsOf(original.GetType()))
            if (!IsPlain(field.FieldType)) field.SetValue(copy, Of(field.GetValue(copy)));
        return copy;
    }

    private static bool HashesWhatIsCopied(Type type)
        => type.IsGenericType && (typeof(IDictionary).IsAssignableFrom(type) || type.GetGenericTypeDefinition() == typeof(HashSet<>)) && MayHold(type.GetGenericArguments()[0]);

    // ---- what may hold tensors or modules ----------------------------------------------------------------------------------

    private static bool IsPlain(Type type) => type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string);

    private static bool MayHold(Type type) => Holders.GetOrAdd(type, static t => MayHold(t, []));

    private static bool MayHold(Type type, HashSet<Type> above)
    {
        if (typeof(Tensor).IsAssignableFrom(type) || typeof(Module).IsAssignableFrom(type) || type == typeof(object)) return true;
        if (IsPlain(type) || typeof(Delegate).IsAssignableFrom(type) || !above.Add(type)) return false;
        if (type.IsArray) return ElementMayHold(type.GetElementType()!);
        if (type.Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal)))
            return (name.StartsWith("System.Collections", StringComparison.Ordinal) || typeof(ITuple).IsAssignableFrom(type)) && ArgumentsMayHold();
        return type.IsGenericType && ArgumentsMayHold() || FieldsOf(type).Any(f => f.FieldType != typeof(object) && MayHold(f.FieldType, above));

        bool ArgumentsMayHold() => Array.Exists(type.GetGenericArguments(), ElementMayHold);

        bool ElementMayHold(Type element) => typeof(Delegate).IsAssignableFrom(element) || MayHold(element, above);
    }

    // Modules keep their fields. Of other classes the trimmer may forget the metadata; of those that are used most it must not.
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(List<>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(Dictionary<,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(OrderedDictionary<,>))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.AllFields, typeof(RecurrentWeights))]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Modules are annotated; the usual collections are named above.")]
    private static IEnumerable<FieldInfo> FieldsOf(Type? type)
    {
        const BindingFlags declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (; type is not null && type != typeof(object); type = type.BaseType)
            foreach (var field in type.GetFields(declared)) yield return field;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = nameof(MemberwiseClone))]
    private static extern object MemberwiseClone(object x);
}
