using System.Globalization;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Running;
using MiniTorch.Benchmarks;
using MiniTorch.Benchmarks.Comparison;

// bash Benchmarks/compare.sh [--only REGEX] [--json | --markdown | --check] [--rounds N] [--warmup SECONDS] [--python PATH] [--core N]
//                                                                                                        beside PyTorch
// dotnet run -c Release --project Benchmarks -- workloads [--only REGEX] [--warmup SECONDS] [--check]    whole training steps, a JSON line each
// dotnet run -c Release --project Benchmarks -- --filter '*Chain*'                                       single kernels, by BenchmarkDotNet
switch (args)
{
    case ["compare", ..]:
        return Compare();
    case ["serve", var name]:
        Server.Run(Workloads.All.Single(w => w.Name == name));
        return 0;
    case ["workloads", ..]:
        Run();
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}

int Compare()
{
    var only = new Regex(Option("--only", "")!);
    var (rounds, warmUp) = ((int)Number("--rounds", 7), Number("--warmup", 3));
    if (Machine.Find(Option("--python", null), args.Contains("--core") ? (int)Number("--core", 0) : null) is not { } machine) return 2;

    Console.Error.WriteLine(machine.Describe());
    Console.Error.WriteLine($"- warm-up until the times stop falling, at least {warmUp} s each; {rounds} rounds in turn");
    if (machine.Warning is { } warning) Console.Error.WriteLine(warning);

    if (args.Contains("--check")) return Check.Run(machine, only) ? 0 : 1;
    var rows = new Comparison(machine, rounds, warmUp).Run(only);
    if (args.Contains("--json")) Report.Json(rows);
    else if (args.Contains("--markdown")) Report.Markdown(rows, machine, rounds, warmUp);
    else Report.Table(rows);

    if (machine.Warning is not null) Console.Error.WriteLine(machine.Warning);
    return 0;
}

void Run()
{
    foreach (var workload in Workloads.All.Where(w => Regex.IsMatch(w.Name, Option("--only", "")!)))
    {
        if (args.Contains("--check"))
        {
            string sums = string.Join(",", workload.Check(workload.Checked).Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
            Console.WriteLine($"{{\"name\":\"{workload.Name}\",\"check\":[{sums}]}}");
            continue;
        }
        var (median, min, max) = workload.Measure(Number("--warmup", 3));
        Console.WriteLine(FormattableString.Invariant($"{{\"name\":\"{workload.Name}\",\"us_per_step\":{median:F2},\"min\":{min:F2},\"max\":{max:F2}}}"));
    }
}

double Number(string name, double otherwise) => Option(name, null) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

string? Option(string name, string? otherwise) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : otherwise;
