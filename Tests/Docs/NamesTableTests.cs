using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MiniTorch.Data;
using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;
using Module = MiniTorch.NN.Module;

namespace MiniTorch.Tests.Docs;

/// <summary>
/// Names follow PyTorch by one rule, and this is the check: every public name is one of PyTorch's under the rule, or stands in a list of
/// our own with a reason. The table of the docs is rendered from the same facts.
/// </summary>
public class NamesTableTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "pytorch-to-minitorch.md");

    /// <summary>PyTorch's names that the rule does not lead to, and where they went.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["torch.from_numpy"] = "Torch.FromArray",
        ["torch.no_grad"] = "using (Torch.NoGrad())",
        ["torch.set_printoptions"] = "Torch.SetPrintoptions",
        ["torch.Tensor.tolist"] = "x.ToArray<T>()",
        ["torch.Tensor.numpy"] = "x.AsSpan<T>()",
        ["torch.nn.Module.__call__"] = "model.Call(x)",
        ["torch.nn.Module.__repr__"] = "model.ToString()",
    };

    private sealed record Section(string Python, string Title, string Ours, IEnumerable<MemberInfo> Members, string[] OwnNames);

    private static Section[] Sections =>
    [
        new("torch", "torch", "Torch.", Methods(typeof(Torch)),
            ["FromArray", "Grad", "None", "Ellipsis", "Slice", "DefaultGenerator"]),
        new("torch.Tensor", "torch.Tensor", "x.", Methods(typeof(Tensor)), ["Named", "Name", "ToArray", "AsSpan", "Element"]),
        new("torch.autograd", "torch.autograd", "Autograd.", Methods(typeof(Autograd)), ["GetAnalyticalJacobian", "GetNumericalJacobian", "Gradcheck", "Gradgradcheck"]),
        new("torch.nn", "torch.nn", "new ", Types(typeof(Module).Assembly, typeof(Module)), ["BatchNorm", "ConvNd"]),
        new("torch.nn.Module", "torch.nn.Module", "model.", Methods(typeof(Module)), ["RegisterFullBackwardPreHook", "Training"]),
        new("torch.nn.functional", "torch.nn.functional", "F.", Methods(typeof(Functional)),
            ["MaxPool1dWithIndices", "MaxPool2dWithIndices", "ScaledDotProductAttention"]),            // PyTorch 2 has the last
        new("torch.nn.init", "torch.nn.init", "Init.", Methods(typeof(Init)), []),
        new("torch.nn.utils", "torch.nn.utils", "Utils.", Methods(typeof(Utils)), []),
        new("torch.optim", "torch.optim", "new ", Types(typeof(Optimizer).Assembly, typeof(Optimizer)),
            ["AMSBound", "AdaBound", "AdamBuffers", "AdamGroup", "AggMo", "ElementwiseOptimizer", "GradientNoise", "JointOptimizer", "LAMB", "Lion", "Lookahead", "NadaMax", "Newton", "OptimizerWrapper",
             "QHAdam", "QHM", "SGDW", "SWATS", "Adafactor", "Muon"]),                                  // PyTorch 2 has the last two
        new("torch.optim.swa_utils", "torch.optim.swa_utils", "SwaUtils.", Methods(typeof(SwaUtils)), []),
        new("torch.optim.swa_utils", "torch.optim.swa_utils, classes", "new ", [typeof(AveragedModel)], []),
        new("torch.optim.lr_scheduler", "torch.optim.lr_scheduler", "new ", Types(typeof(Optimizer).Assembly, typeof(Scheduler)),
            ["Scheduler", "RecurrentLR", "CompositeLR", "MomentumCyclingLR", "NoamLR", "WarmupLR", "SWALR"]),      // the last is torch.optim.swa_utils'
        new("torch.utils.data", "torch.utils.data", "new ", Types(typeof(DataLoader).Assembly, typeof(object)),
            ["Collate", "DataLoaderException", "Digits", "Iris", "StackDataset", "RandomSplits", "WorkerInfo"]),
    ];

    [Fact]
    public void The_page_is_what_the_code_says()
    {
        string rendered = Render();
        if (Environment.GetEnvironmentVariable("MINITORCH_RENDER") is "1") File.WriteAllText(Page, rendered);
        Assert.True(File.ReadAllText(Page) == rendered, "docs/pytorch-to-minitorch.md is not up to date: run the tests with MINITORCH_RENDER=1");
    }

    /// <summary>A name that is not PyTorch's is a decision: it stands in the list of our own.</summary>
    [Fact]
    public void Every_name_is_PyTorchs_or_a_decision()
    {
        var strays = Sections.SelectMany(section => section.Members
            .Select(m => m.Name.Split('`')[0]).Distinct()
            .Where(name => !section.OwnNames.Contains(name) && !Candidates(name).Any(Theirs[section.Python].Contains))
            .Select(name => $"{section.Python}: {name}"));
        strays.ShouldBeEmpty();
    }

    /// <summary>The rows of the table of idioms: each C# name in them exists.</summary>
    [Fact]
    public void The_idioms_use_names_that_exist()
    {
        var known = Sections.SelectMany(s => s.Members).Select(m => m.Name.Split('`')[0]).ToHashSet();
        known.UnionWith(typeof(Optimizer).GetMembers().Concat(typeof(ParamGroup).GetMembers()).Concat(typeof(Module<Tensor, Tensor>).GetMembers()).Select(m => m.Name));
        foreach (var (_, ours) in Idioms)
            foreach (Match m in Regex.Matches(ours, @"(?<=\b(x|a|opt|g|model|loss|F|Torch)\.|new )[A-Z]\w+"))
                known.ShouldContain(m.Value, ours);
    }

    private static readonly (string Python, string Ours)[] Idioms =
    [
        ("torch.randn(2, 3)", "Torch.Randn(2, 3)` or, with `using static MiniTorch.Torch;`, `Randn(2, 3)"),
        ("torch.randn(2, 3, requires_grad=True)", "Torch.Randn([2, 3], requiresGrad: true)"),
        ("x.shape  x.grad  x.requires_grad  x.grad_fn  x.is_leaf", "x.Shape  x.Grad  x.RequiresGrad  x.GradFn  x.IsLeaf"),
        ("torch.tensor([[1, 2], [3, 4.5]])", "Torch.Tensor([[1, 2], [3, 4.5]])"),
        ("x.sum(dim=1, keepdim=True)", "x.Sum(dim: 1, keepdim: true)"),
        ("a @ b", "a.Matmul(b)"),
        ("x[:, 1:-1]", "x[.., 1..^1]"),
        ("x[mask]  x[..., None]  x[::2]", "x[mask]  x[Ellipsis, None]  x[Slice(step: 2)]"),
        ("x[0] = 5.0", "x[0] = 5.0"),
        ("loss.item()  float(loss)  int(n)", "loss.Item()  (double)loss  (int)n"),
        ("x.add_(y, alpha=2)", "x.Add_(y, alpha: 2)"),
        ("w -= lr * w.grad", "w -= lr * w.Grad"),
        ("with torch.no_grad():", "using (Torch.NoGrad())"),
        ("torch.autograd.grad(y, x)[0]", "Torch.Grad(y, x)"),
        ("F.cross_entropy(logits, y)", "F.CrossEntropy(logits, y)"),
        ("nn.Linear(3, 4, bias=False)", "new Linear(3, 4, bias: false)"),
        ("def forward(self, x)", "protected override Tensor Forward(Tensor x)"),
        ("model(x)", "model.Call(x)"),
        ("y, (h, c) = lstm(x, (h0, c0))", "var (y, (h, c)) = lstm.Call(x, (h0, c0))"),
        ("optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98))", "new Adam(model.Parameters(), lr: 1e-3, betas: (0.9, 0.98))"),
        ("opt.zero_grad(); loss.backward(); opt.step()", "opt.ZeroGrad(); loss.Backward(); opt.Step();"),
        ("f\"{loss:.4f}\"", "$\"{loss:F4}\""),
        ("for g in opt.param_groups: g['lr'] *= 0.1", "foreach (var g in opt.ParamGroups) g.Lr *= 0.1;"),
    ];

    private static string Render()
    {
        var page = new StringBuilder("""
            # PyTorch to MiniTorch

            **Take PyTorch's name, drop the underscores, capitalise each part; keep argument order, defaults and meaning; keep the trailing underscore of in-place ops.**
            Named arguments are camelCase (`weightDecay`, `tMax`), one PyTorch word stays one word (`keepdim`, `lr`, `eps`); keys inside state dicts stay snake_case.
            What means nothing here (`device`, `foreach`, `capturable`, `fused`) is left out. This page is rendered from the code by a test.

            | PyTorch | MiniTorch |
            |---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (python, ours) in Idioms) page.Append($"| `{python}` | `{ours}` |\n");
        foreach (var section in Sections)
        {
            var pairs = Pairs(section);
            page.Append($"\n## {section.Title}\n\n").Append(string.Join(", ", pairs.Select(p => $"`{p.Python}` → `{section.Ours}{p.Ours}`"))).Append('\n');
        }
        page.Append("\n## Named otherwise\n\n| PyTorch | MiniTorch |\n|---|---|\n");
        foreach (var (python, ours) in Renamed) page.Append($"| `{python}` | `{ours}` |\n");
        return page.ToString();
    }

    /// <summary>The members that are PyTorch's under the rule, with both names.</summary>
    private static List<(string Python, string Ours)> Pairs(Section section)
    {
        var theirs = Theirs[section.Python];
        var pairs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in section.Members.Select(m => m.Name.Split('`')[0]).Distinct())
            if (Candidates(name, isType: section.Ours == "new ").FirstOrDefault(theirs.Contains) is { } python) pairs[python] = name;
        return [.. pairs.Select(p => (p.Key, p.Value))];
    }

    /// <summary>What a name of ours may be in Python: as it is (classes), in snake case, or all in lower case.</summary>
    private static IEnumerable<string> Candidates(string name, bool isType = false)
    {
        if (isType) yield return name;
        yield return Regex.Replace(name, "(?<=[a-z0-9])(?=[A-Z])", "_").ToLowerInvariant();
        yield return name.ToLowerInvariant();
        if (name == "MT") yield return "mT";
        yield return name;
    }

    private static readonly Dictionary<string, HashSet<string>> Theirs = JsonSerializer.Deserialize<Dictionary<string, HashSet<string>>>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "names.json")))!;

    private static IEnumerable<MemberInfo> Methods(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(m => m is MethodInfo { IsSpecialName: false } or PropertyInfo)
        .Where(m => m.Name is not ("ToString" or "Equals" or "GetHashCode"));

    private static IEnumerable<MemberInfo> Types(Assembly assembly, Type root) => assembly.GetExportedTypes().Where(t => !t.IsNested && t.IsClass && root.IsAssignableFrom(t));
}
