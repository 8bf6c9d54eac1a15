namespace MiniTorch.Benchmarks.Comparison;

/// <summary>What was measured of one workload: medians over the rounds, and PyTorch's number divided by ours in each round.</summary>
internal sealed record Row(string Name, string Unit, double Ours, double PyTorch, double[] Ratios)
{
    /// <summary>Above 1 where we are ahead.</summary>
    internal double Ratio { get; } = Statistics.Median(Ratios);

    internal double Low { get; } = Ratios.Min();

    internal double High { get; } = Ratios.Max();

    internal FirstSecond? First { get; init; }

    internal double Flops { get; init; }

    /// <summary>A row from the numbers of each round, the smaller the better.</summary>
    internal static Row Of(string name, string unit, IReadOnlyList<(double Ours, double PyTorch)> rounds) => new(
        name, unit, Statistics.Median([.. rounds.Select(r => r.Ours)]), Statistics.Median([.. rounds.Select(r => r.PyTorch)]),
        [.. rounds.Select(r => r.PyTorch / r.Ours)]);
}

/// <summary>The first second as users feel it: from the start of the process to the first step, the steps that are done after one second, and seconds per step in the first second of steps.</summary>
internal sealed record FirstSecond((double FirstStep, long Early, double Mean) Ours, (double FirstStep, long Early, double Mean) PyTorch);
