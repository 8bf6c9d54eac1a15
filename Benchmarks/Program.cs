using System.Globalization;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Running;
using MiniTorch.Benchmarks;

// dotnet run -c Release --project Benchmarks -- workloads [--only REGEX] [--warmup SECONDS] [--check]   whole training steps, a JSON line each
// dotnet run -c Release --project Benchmarks -- --filter '*Chain*'                                       single kernels, by BenchmarkDotNet
if (args is not ["workloads", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
    return;
}

string only = Option("--only", "");
double warmUp = double.Parse(Option("--warmup", "3"), CultureInfo.InvariantCulture);
foreach (var workload in Workloads.All.Where(w => Regex.IsMatch(w.Name, only)))
{
    if (args.Contains("--check"))
    {
        Console.WriteLine($"{{\"name\":\"{workload.Name}\",\"check\":[{string.Join(",", workload.Check().Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}]}}");
        continue;
    }
    var (median, min, max) = workload.Measure(warmUp);
    Console.WriteLine(FormattableString.Invariant($"{{\"name\":\"{workload.Name}\",\"us_per_step\":{median:F2},\"min\":{min:F2},\"max\":{max:F2}}}"));
}

string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : otherwise;
