using System.Reflection;
using System.Text;

namespace MiniTorch.Tests.Docs;

/// <summary>The public surface of each library, as text in <c>Api/</c>: a change of it shows in the diff.</summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("MiniTorch.Autograd")]
    [InlineData("MiniTorch.NN")]
    [InlineData("MiniTorch.Optim")]
    [InlineData("MiniTorch.Data")]
    public void The_public_surface_is_as_recorded(string assembly) => Snapshots.Match(Describe(Assembly.Load(assembly)), assembly);

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.AppendLine($"{Kind(type)} {Name(type)}{Bases(type)}");
            if (type.IsEnum) text.AppendLine($"    {string.Join(", ", Enum.GetNames(type))}");
            else
                foreach (string member in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                    .Where(Visible).Select(Line).Order(StringComparer.Ordinal)) text.AppendLine($"    {member}");
            text.AppendLine();
        }
        return text.ToString();
    }

    private static string Kind(Type t) =>
        t.IsEnum ? "enum" : t.IsInterface ? "interface" : t.IsValueType ? "struct" : t.IsSubclassOf(typeof(Delegate)) ? "delegate"
        : t is { IsAbstract: true, IsSealed: true } ? "static class" : t.IsAbstract ? "abstract class" : t.IsSealed ? "sealed class" : "class";

    private static string Bases(Type t)
    {
        string[] bases = [.. (t.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum) ? new[] { Name(b) } : []),
            .. t.GetInterfaces().Where(i => i.IsPublic).Select(Name).Order(StringComparer.Ordinal)];
        return bases.Length == 0 || t.IsEnum ? "" : $" : {string.Join(", ", bases)}";
    }

    private static bool Visible(MemberInfo m) => m switch
    {
        MethodInfo method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
        ConstructorInfo constructor => constructor.IsPublic || constructor.IsFamily || constructor.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily,
        PropertyInfo property => property.GetAccessors(true).Any(a => a.IsPublic || a.IsFamily || a.IsFamilyOrAssembly),
        _ => false,
    };

    private static string Line(MemberInfo m) => m switch
    {
        MethodInfo x => $"{(x.IsStatic ? "static " : "")}{(x.IsAbstract ? "abstract " : "")}{(x.IsPublic ? "" : "protected ")}{Name(x.ReturnType)} {x.Name}{Generic(x)}({Parameters(x)})",
        ConstructorInfo x => $"{(x.IsPublic ? "" : "protected ")}new({Parameters(x)})",
        FieldInfo x => $"{(x.IsLiteral ? "const " : x.IsStatic ? "static " : "")}{Name(x.FieldType)} {x.Name}",
        PropertyInfo x => $"{(x.GetAccessors(true)[0].IsStatic ? "static " : "")}{Name(x.PropertyType)} {x.Name}{(x.GetIndexParameters().Length > 0 ? $"[{string.Join(", ", x.GetIndexParameters().Select(Parameter))}]" : "")} {{{(x.GetMethod?.IsPublic == true ? " get;" : "")}{(x.SetMethod?.IsPublic == true ? " set;" : "")} }}",
        _ => m.ToString()!,
    };

    private static string Generic(MethodInfo m) => m.IsGenericMethod ? $"<{string.Join(", ", m.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase m) => string.Join(", ", m.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo p) => $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "null"}" : "")}";

    private static string Name(Type t)
    {
        if (t.IsByRef) return $"ref {Name(t.GetElementType()!)}";
        if (t.IsArray) return $"{Name(t.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(t) is { } inner) return $"{Name(inner)}?";
        string name = t.IsNested && !t.IsGenericParameter ? $"{Name(t.DeclaringType!)}.{t.Name}" : t.Name;
        if (t.IsGenericType) name = $"{name.Split('`')[0]}<{string.Join(", ", t.GetGenericArguments().Select(Name))}>";
        return t.FullName switch
        {
            "System.Int32" => "int",
            "System.Int64" => "long",
            "System.Single" => "float",
            "System.Double" => "double",
            "System.Boolean" => "bool",
            "System.Byte" => "byte",
            "System.String" => "string",
            "System.Object" => "object",
            "System.Void" => "void",
            _ => name,
        };
    }
}
