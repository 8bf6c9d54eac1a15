using System.Runtime.CompilerServices;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>
/// Comparison with a text that was read and approved once: <c>Snapshots/Class.Method.verified.txt</c> beside the test. On a mismatch the new
/// text is written next to it as <c>received</c>; if it is better, rename it. (The file names are those of the library Verify.)
/// </summary>
internal static class Snapshots
{
    /// <param name="text">What the test produced.</param>
    /// <param name="parameter">Of a theory: what tells this case from the others.</param>
    /// <param name="file">The test's source file.</param>
    /// <param name="method">The test's name.</param>
    internal static void Match(string text, string? parameter = null, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        string folder = Path.Combine(Path.GetDirectoryName(file)!, "Snapshots");
        string name = $"{Path.GetFileNameWithoutExtension(file)}.{method}{(parameter is null ? "" : $"_{parameter}")}";
        Directory.CreateDirectory(folder);
        text.ShouldMatchApproved(options => options
            .SubFolder(folder)
            .NoDiff()
            .WithFileExtension("txt")
            .WithFilenameGenerator((_, _, type, extension) => $"{name}.{(type == "approved" ? "verified" : type)}.{extension}"));
    }
}
