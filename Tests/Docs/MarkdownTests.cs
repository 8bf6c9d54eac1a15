using System.Text.RegularExpressions;
using Shouldly;

namespace MiniTorch.Tests.Docs;

/// <summary>
/// What the README and the docs show is true: every C# block stands word for word in the sources, where it is compiled; a block from
/// <see cref="Snippets"/> that is followed by a text block or a picture is run, and must print that text.
/// </summary>
[Collection("Console")]
public class MarkdownTests
{
    public sealed record Block(string File, int Line, string Code, string? Output)
    {
        public override string ToString() => $"{File}:{Line}";
    }

    public static TheoryData<Block> Blocks()
    {
        string[] files = [Path.Combine(Repository.Root, "README.md"), Path.Combine(Repository.Root, "CONTRIBUTING.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")];
        var data = new TheoryData<Block>();
        foreach (string file in files)
        {
            string text = File.ReadAllText(file);
            foreach (Match m in Regex.Matches(text, @"^```csharp\n(?<code>.*?)^```\n(\s*^```(text|mermaid)\n(?<output>.*?)^```)?", RegexOptions.Singleline | RegexOptions.Multiline))
            {
                int line = text[..m.Index].Count(c => c == '\n') + 1;
                data.Add(new(Path.GetRelativePath(Repository.Root, file), line, m.Groups["code"].Value, m.Groups["output"].Success ? m.Groups["output"].Value : null));
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Every_code_block_stands_in_the_sources(Block block)
    {
        string code = Flat(block.Code);
        Sources.Value.ShouldContain(source => source.Contains(code, StringComparison.Ordinal), $"{block} is in no source file:\n{block.Code}");
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void What_a_block_prints_is_what_the_page_says(Block block)
    {
        if (block.Output is null) return;
        var snippet = typeof(Snippets).GetMethods().SingleOrDefault(m => m.IsStatic && Body(m.Name) is { } body && body.Contains(Flat(block.Code), StringComparison.Ordinal));
        snippet.ShouldNotBeNull($"{block} shows an output, but its code is in no method of Snippets.");

        var before = Console.Out;
        using var printed = new StringWriter();
        try
        {
            Console.SetOut(printed);
            Torch.ManualSeed(0);
            snippet.Invoke(null, null);
        }
        finally
        {
            Console.SetOut(before);
        }
        Assert.Equal(block.Output.TrimEnd(), printed.ToString().ReplaceLineEndings("\n").TrimEnd());
    }

    /// <summary>Without indentation, so that a block may stand anywhere.</summary>
    private static string Flat(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static readonly Lazy<string[]> Sources = new(() => [.. Directory.GetFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Select(file => Flat(File.ReadAllText(file)))]);

    private static string? Body(string method)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "Tests", "Docs", "Snippets.cs"));
        var m = Regex.Match(text, $@"public static void {method}\(\)\s*\{{(?<body>.*?)^    \}}", RegexOptions.Singleline | RegexOptions.Multiline);
        return m.Success ? Flat(m.Groups["body"].Value) : null;
    }
}

/// <summary>Tests that redirect the console run one after the other.</summary>
[CollectionDefinition("Console", DisableParallelization = true)]
public sealed class ConsoleCollection;
