using System.Runtime.CompilerServices;

namespace MiniTorch.NN;

/// <summary>
/// Where in a model an exception came up. It stays the exception it is, with its type and stack trace; the message gets a line
/// "in layers.0 (Linear)". Each module on the way out adds its part of the path, in an exception filter: nothing is caught and thrown
/// again, and a call that succeeds pays nothing.
/// </summary>
internal sealed class Place
{
    private const string Key = "MiniTorch.Module";              // in Exception.Data, for loggers

    private readonly string innermost, message;
    private Module outermost;
    private string path = "";

    private Place(Module module, string message) => (innermost, outermost, this.message) = (module.TypeName(), module, message);

    /// <summary>The module, its path and type.</summary>
    public override string ToString() => path.Length == 0 ? $"in {innermost}" : $"in {path} ({innermost})";

    /// <summary>Notes on the exception that it came out of <paramref name="module"/>. Always false: an exception filter.</summary>
    internal static bool Note(Exception e, Module module)
    {
        if (e.Data[Key] is not Place place)
            e.Data[Key] = place = new Place(module, Message(e) ?? e.Message);
        else if (module.NameOf(place.outermost) is { } name)
            (place.path, place.outermost) = (place.path.Length == 0 ? name : $"{name}.{place.path}", module);
        Message(e) = $"{place.message}{Environment.NewLine}        {place}";
        return false;
    }

    // .NET has no way to add to a message; debuggers rely on the name of this field.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    private static extern ref string? Message(Exception e);
}
