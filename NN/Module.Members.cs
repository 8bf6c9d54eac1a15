using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MiniTorch.NN;

public abstract partial class Module
{
    /// <summary>The fields of each type of module that may hold something of interest, with their names.</summary>
    private static readonly ConditionalWeakTable<Type, Field[]> Fields = [];

    private List<(string Name, object Value, bool Persistent)>? registered;

    private sealed record Field(FieldInfo Info, string Name, BufferAttribute? Buffer);

    /// <summary>What a module has itself, in the order of declaration.</summary>
    private sealed class Members
    {
        internal List<(string Name, Parameter Parameter)> Parameters { get; } = [];

        internal List<(string Name, Tensor Buffer)> Buffers { get; } = [];

        internal List<(string Name, Module Module)> Children { get; } = [];

        /// <summary>The names of the buffers that are not saved.</summary>
        internal HashSet<string> Transient { get; } = [];
    }

    // ---- without a member ---------------------------------------------------------------------------------------------

    /// <summary>Adds a parameter that no member holds, or that a member of the same name will hold; returns it.</summary>
    /// <exception cref="ArgumentException">The name is empty, contains a dot, or is taken.</exception>
    public Parameter RegisterParameter(string name, Parameter parameter) => Register(name, parameter, "RegisterParameter");

    /// <summary>Adds a module that no member holds, or that a member of the same name will hold; returns it.</summary>
    /// <exception cref="ArgumentException">The name is empty, contains a dot, or is taken.</exception>
    public T RegisterModule<T>(string name, T module)
        where T : Module
        => Register(name, module, "RegisterModule");

    /// <summary>Adds a tensor that is state but no parameter; returns it. The other way is <see cref="BufferAttribute">[Buffer]</see> on a member.</summary>
    /// <param name="name">Its name in the state dict.</param>
    /// <param name="tensor">The buffer.</param>
    /// <param name="persistent">False leaves it out of the state dict.</param>
    /// <exception cref="ArgumentException">The name is empty, contains a dot, or is taken.</exception>
    public Tensor RegisterBuffer(string name, Tensor tensor, bool persistent = true)
        => tensor is Parameter
            ? throw new ArgumentException($"RegisterBuffer: `{name}` is a Parameter.  Use RegisterParameter, or pass a plain tensor.", nameof(tensor))
            : Register(name, tensor, "RegisterBuffer", persistent);

    private T Register<T>(string name, T value, string op, bool persistent = true)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (name.Contains('.', StringComparison.Ordinal)) throw new ArgumentException($"{op}: the name `{name}` contains a dot, which separates names in a path.", nameof(name));
        registered ??= [];
        if (registered.Exists(r => r.Name == name)) throw new ArgumentException($"{op}: {GetType().Name} has a `{name}` already.", nameof(name));
        registered.Add((name, value, persistent));
        return value;
    }

    // ---- found in members -----------------------------------------------------------------------------------------------

    private Members Own()
    {
        var own = new Members();
        var names = new Dictionary<string, object>();
        foreach (var field in FieldsOfThis())
            Collect(field.Name, field.Info.GetValue(this), field.Buffer, field.Info, own, names);
        if (registered is null) return own;
        foreach (var (name, value, persistent) in registered)
            Collect(name, value, new BufferAttribute(persistent), null, own, names);
        return own;
    }

    private void Collect(string name, object? value, BufferAttribute? buffer, FieldInfo? field, Members own, Dictionary<string, object> names)
    {
        switch (value)
        {
            case null:
                break;
            case Parameter p when IsNew(p):
                own.Parameters.Add((name, p));
                break;
            case Module m when IsNew(m):
                own.Children.Add((name, m));
                break;
            case Tensor t when buffer is not null && t is not Parameter && IsNew(t):
                own.Buffers.Add((name, t));
                if (!buffer.Persistent) own.Transient.Add(name);
                break;
            case Tensor or Module or string or Delegate:
                break;
            case Array { Rank: > 1 } array when MayHold(array.GetType()):
                throw Untracked($"an array of {array.Rank} dimensions");
            case IDictionary dictionary when MayHold(dictionary.GetType()):
                foreach (DictionaryEntry entry in dictionary)
                    if (entry.Value is Parameter or Module || entry.Value is not (null or Tensor) && MayHold(entry.Value.GetType()) || entry.Value is Tensor && buffer is not null)
                        Collect(Join(name, KeyOf(entry.Key, dictionary.GetType())), entry.Value, buffer, field, own, names);
                break;
            case IList list when MayHold(list.GetType()):
                for (int i = 0; i < list.Count; i++) Collect(Join(name, $"{i}"), list[i], buffer, field, own, names);
                break;
            case IReadOnlyList<object> list and (IEnumerable<Module> or IEnumerable<Parameter>):
                for (int i = 0; i < list.Count; i++) Collect(Join(name, $"{i}"), list[i], buffer, field, own, names);
                break;
            case ITuple tuple:
                for (int i = 0; i < tuple.Length; i++) Collect(Join(name, $"{i}"), tuple[i], buffer, field, own, names);
                break;
            case IEnumerable<Module> or IEnumerable<Parameter>:
                throw Untracked($"a {TypeName(value.GetType())}, which has no order or no count");
        }

        bool IsNew(object found)
        {
            if (names.TryAdd(name, found)) return true;
            if (ReferenceEquals(names[name], found)) return false;
            throw new InvalidOperationException($"{GetType().Name}: two members are called `{name}`.  Give one another name with [Name(\"…\")].");
        }

        string KeyOf(object key, Type type)
        {
            if (!HasOrder(type)) throw Untracked($"a {TypeName(type)}, which has no order of its own");
            if (key is not (string or int or long)) throw Untracked($"a dictionary whose keys are of type {TypeName(key.GetType())}");
            string text = key.ToString()!;
            return text.Length > 0 && !text.Contains('.', StringComparison.Ordinal)
                ? text
                : throw Untracked($"a dictionary with the key \"{text}\": a name is not empty and contains no dot");
        }

        InvalidOperationException Untracked(string what) => new(
            $"{GetType().Name}.{(field is null ? name : MemberName(field))}: parameters and modules cannot be found in {what}.  " +
            "Use an array, a List, a ModuleList, or a Dictionary or ModuleDict with string keys.");
    }

    private Field[] FieldsOfThis()
        => Fields.TryGetValue(GetType(), out var fields) ? fields : Fields.GetOrAdd(GetType(), [.. FieldsOf(GetType())]);

    private static List<Field> FieldsOf([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.AllFields | DynamicallyAccessedMemberTypes.AllProperties)] Type type)
    {
        const BindingFlags declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var fields = type.BaseType is { } parent && parent != typeof(Module) ? FieldsOf(parent) : [];
        foreach (var field in type.GetFields(declared))
        {
            if (!MayHold(field.FieldType)) continue;
            MemberInfo member = field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal) && type.GetProperty(MemberName(field), declared) is { } property ? property : field;
            string name = member.GetCustomAttribute<NameAttribute>()?.Name ?? SnakeCase(MemberName(field));
            fields.Add(new Field(field, name, member.GetCustomAttribute<BufferAttribute>()));
        }
        return fields;
    }

    /// <summary>The name in the source: of a property for <c>&lt;Weight&gt;k__BackingField</c>, of a constructor's parameter for <c>&lt;body&gt;P</c>.</summary>
    private static string MemberName(FieldInfo field)
        => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;

    /// <summary>Can a field of this type hold a tensor or a module, be it in a collection?</summary>
    private static bool MayHold(Type type)
    {
        if (typeof(Module).IsAssignableFrom(type) || typeof(Tensor).IsAssignableFrom(type) || type == typeof(object)) return true;
        if (type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(string)) return false;
        if (type.IsArray) return MayHold(type.GetElementType()!);
        if (type.IsGenericType) return Array.Exists(type.GetGenericArguments(), MayHold);
        return type.IsInterface || typeof(IEnumerable).IsAssignableFrom(type);
    }

    private static bool HasOrder(Type? type)
    {
        for (; type is not null; type = type.BaseType)
        {
            var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
            if (generic == typeof(Dictionary<,>) || generic == typeof(OrderedDictionary<,>) || generic == typeof(SortedDictionary<,>) || generic == typeof(SortedList<,>)) return true;
        }
        return false;
    }

    /// <summary><c>RunningMean</c>, <c>runningMean</c> and <c>_runningMean</c> → <c>running_mean</c>; <c>HTTPProxy</c> → <c>http_proxy</c>.</summary>
    internal static string SnakeCase(string name)
    {
        var snake = new System.Text.StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (c == '_' && snake.Length == 0) continue;
            bool word = char.IsUpper(c) && i > 0 && name[i - 1] != '_' && (!char.IsUpper(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]));
            if (word) snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }
        return snake.ToString();
    }
}
