using System.Reflection;
using System.Text.RegularExpressions;
using Shouldly;

namespace MiniTorch.Tests.Architecture;

/// <summary>The arrows between the assemblies, and what the kernels may know.</summary>
public class ArchitectureTests
{
    [Theory]
    [InlineData("MiniTorch.Autograd")]
    [InlineData("MiniTorch.NN", "MiniTorch.Autograd")]
    [InlineData("MiniTorch.Optim", "MiniTorch.Autograd", "MiniTorch.NN")]
    [InlineData("MiniTorch.Data", "MiniTorch.Autograd")]
    public void An_assembly_refers_only_to_those_below_it(string assembly, params string[] below)
    {
        var referenced = Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!).Where(name => name.StartsWith("MiniTorch", StringComparison.Ordinal));
        referenced.ShouldBeSubsetOf(below);
    }

    [Theory]
    [InlineData("MiniTorch.Autograd")]
    [InlineData("MiniTorch.NN")]
    [InlineData("MiniTorch.Optim")]
    public void The_core_needs_no_package_but_System_Numerics_Tensors(string assembly)
    {
        var foreign = Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!)
            .Where(name => !name.StartsWith("MiniTorch", StringComparison.Ordinal) && !name.StartsWith("System.", StringComparison.Ordinal));
        foreign.ShouldBeEmpty();
    }

    /// <summary>Spans in, spans out: a kernel that mentions a tensor or the graph is no kernel.</summary>
    [Fact]
    public void Kernels_know_nothing_of_tensors_and_graphs()
    {
        string folder = Path.Combine(Repository.Root, "Autograd", "Kernels");
        string[] files = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);
        files.Length.ShouldBeGreaterThan(10);
        foreach (string file in files)
        {
            string code = Regex.Replace(File.ReadAllText(file), @"//.*$|using System\.Numerics\.Tensors;|TensorPrimitives", "", RegexOptions.Multiline);
            Regex.Matches(code, @"\b(Tensor|Node|Function|Engine|Storage|Grads)\b").Select(m => $"{Path.GetFileName(file)}: {m.Value}").ShouldBeEmpty();
        }
    }

    [Fact]
    public void No_source_file_is_too_long_to_read()
    {
        string[] reasons =
        [
            "MicroKernels.g.cs",                  // generated
            "Tiles.g.cs",                         // generated
            "Torch.Functions.cs",                 // a list of one-line forwards, one per function of torch
        ];
        string[] folders = ["Autograd", "NN", "Optim", "Data", "Examples"];
        var tooLong = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => !reasons.Contains(Path.GetFileName(file)) && File.ReadLines(file).Count() > 400);
        tooLong.ShouldBeEmpty();
    }
}
