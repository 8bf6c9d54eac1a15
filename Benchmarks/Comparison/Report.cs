using System.Globalization;

namespace MiniTorch.Benchmarks.Comparison;

/// <summary>
/// The rows as a table for the eye, as lines of JSON, or as Markdown. Each is printed as soon as it is measured, so that a run that is
/// broken off has told what it knew.
/// </summary>
internal static class Report
{
    private const string Heading = "workload                           ours      PyTorch       ratio  spread         first step, ms     steps in 1st second";

    internal static void Table(IEnumerable<Row> rows)
    {
        Console.WriteLine(Heading);
        foreach (var row in rows)
        {
            string first = row.First is { } f ? $"{f.Ours.FirstStep * 1e3,7:F0} {f.PyTorch.FirstStep * 1e3,7:F0}   {f.Ours.Early,11} {f.PyTorch.Early,7}" : "";
            string spread = $"{row.Low:G3}–{row.High:G3}";
            Console.WriteLine($"{row.Name,-26} {Number(row.Ours),12} {Number(row.PyTorch),12} {row.Unit,-3} {row.Ratio,7:F2}  {spread,-13} {first}");
        }
    }

    internal static void Json(IEnumerable<Row> rows)
    {
        foreach (var row in rows)
        {
            string first = row.First is { } f
                ? Invariant($",\"first_step_s\":[{f.Ours.FirstStep:G4},{f.PyTorch.FirstStep:G4}],\"steps_in_first_second\":[{f.Ours.Early},{f.PyTorch.Early}],\"us_in_first_second\":[{f.Ours.Mean * 1e6:G5},{f.PyTorch.Mean * 1e6:G5}]")
                : "";
            Console.WriteLine(Invariant($"{{\"name\":\"{row.Name}\",\"ours\":{row.Ours:G5},\"pytorch\":{row.PyTorch:G5},\"ratio\":{row.Ratio:G4},\"unit\":\"{row.Unit}\",\"spread\":[{row.Low:G4},{row.High:G4}]{first}}}"));
        }
    }

    internal static void Markdown(IEnumerable<Row> rows, Machine machine, int rounds, double warmUp)
    {
        double peak = Peak.Gflops();
        Console.WriteLine($"""
            # MiniTorch beside PyTorch

            Written by `bash Benchmarks/compare.sh --markdown`. Ratio: PyTorch's number divided by ours, above 1 where MiniTorch is ahead.

            {machine.Describe()}
            - FMA peak of that core, in float32: {peak:F0} GFLOP/s
            - Each workload: a fresh process on each side, one waiting while the other runs; warm-up until the times stop falling, at least {warmUp} s each;
              then {rounds} rounds in turn. Ours and PyTorch's: medians over the rounds; ratio and spread: median, least and largest of the rounds' ratios.
            {machine.Warning}
            | workload | ours | PyTorch | unit | ratio | spread | |
            |---|---:|---:|---|---:|---|---|
            """);
        List<Row> all = [];
        foreach (var row in rows)
        {
            all.Add(row);
            string note = row.Flops > 0 ? $"{row.Flops / row.Ours * 1e-3:F0} GFLOP/s, {row.Flops / row.Ours * 1e-1 / peak:F0} % of the peak" : "";
            Console.WriteLine($"| {row.Name} | {Number(row.Ours)} | {Number(row.PyTorch)} | {row.Unit} | **{row.Ratio:F2}** | {row.Low:F2} – {row.High:F2} | {note} |");
        }
        Console.WriteLine("""

            ## The first second

            As users feel it, before the compiler has seen which code is hot: from the start of the process to the end of the first step, the steps that
            are done one second after the start, and the time of a step in the first second of steps.

            | workload | first step after, ms: ours | PyTorch | steps in the first second: ours | PyTorch | µs per step in it: ours | PyTorch |
            |---|---:|---:|---:|---:|---:|---:|
            """);
        foreach (var row in all)
            if (row.First is { } f)
                Console.WriteLine($"| {row.Name} | {f.Ours.FirstStep * 1e3:F0} | {f.PyTorch.FirstStep * 1e3:F0} | {f.Ours.Early} | {f.PyTorch.Early} | {Number(f.Ours.Mean * 1e6)} | {Number(f.PyTorch.Mean * 1e6)} |");
    }

    private static string Number(double x) => x.ToString(x < 10 ? "F2" : x < 1000 ? "F1" : "N0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
