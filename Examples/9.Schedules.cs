using MiniTorch.Examples.Drawing;
using MiniTorch.Optim;
using static MiniTorch.Torch;

namespace MiniTorch.Examples;

/// <summary>Every learning-rate schedule as a curve. <c>Preview</c> lists the rates to come without touching the optimizer.</summary>
internal static class Schedules
{
    private const int Steps = 120;

    /// <summary>Each with arguments that show what it does in 120 steps, from a rate of 1.</summary>
    private static readonly (string Name, string Arguments, Func<Optimizer, LRScheduler> Make)[] All =
    [
        ("StepLR", "stepSize 30, γ 0.5", o => new StepLR(o, stepSize: 30, gamma: 0.5)),
        ("MultiStepLR", "at 40, 60, 100, γ 0.5", o => new MultiStepLR(o, [40, 60, 100], gamma: 0.5)),
        ("ConstantLR", "a third until 40", o => new ConstantLR(o, totalIters: 40)),
        ("LinearLR", "0.1 to 1 in 80", o => new LinearLR(o, startFactor: 0.1, totalIters: 80)),
        ("ExponentialLR", "γ 0.97", o => new ExponentialLR(o, gamma: 0.97)),
        ("PolynomialLR", "power 2, 100", o => new PolynomialLR(o, totalIters: 100, power: 2)),
        ("LambdaLR", "1 / (1 + t / 20)", o => new LambdaLR(o, t => 1 / (1 + t / 20.0))),
        ("MultiplicativeLR", "× (1 − 1 / (t + 9))", o => new MultiplicativeLR(o, t => 1 - 1 / (t + 9.0))),
        ("CosineAnnealingLR", "T 120", o => new CosineAnnealingLR(o, tMax: 120)),
        ("CosineAnnealingWarmRestarts", "T 17, × 2", o => new CosineAnnealingWarmRestarts(o, t0: 17, tMult: 2)),
        ("CyclicLR", "triangular2, 15 up", o => new CyclicLR(o, baseLr: 0.1, maxLr: 1, stepSizeUp: 15, mode: "triangular2", cycleMomentum: false)),
        ("CyclicLR", "exp_range, γ 0.985", o => new CyclicLR(o, baseLr: 0.1, maxLr: 1, stepSizeUp: 12, mode: "exp_range", gamma: 0.985, cycleMomentum: false)),
        ("OneCycleLR", "cos", o => new OneCycleLR(o, maxLr: 1, totalSteps: Steps + 1, cycleMomentum: false)),
        ("OneCycleLR", "linear, three phases", o => new OneCycleLR(o, maxLr: 1, totalSteps: Steps + 1, annealStrategy: "linear", threePhase: true, cycleMomentum: false)),
        ("NoamLR", "warm-up 30", o => new NoamLR(o, dModel: 1, warmupSteps: 30, factor: Math.Sqrt(30))),
        ("WarmupLR", "20, then cosine", o => new WarmupLR(o, warmupSteps: 20, after: new CosineAnnealingLR(o, tMax: 100))),
        ("SequentialLR", "linear, constant, exponential", o => new SequentialLR(o, [new LinearLR(o, 0.05, 1, 20), new ConstantLR(o, 1, 1), new ExponentialLR(o, 0.95)], [20, 60])),
        ("ChainedScheduler", "warm-up × step", o => new ChainedScheduler([new LinearLR(o, 0.1, 1, 25), new StepLR(o, 30, 0.6)])),
        ("SWALR", "to 0.2 in 60", o => new SWALR(o, swaLr: 0.2, annealEpochs: 60)),
    ];

    internal static void Run(bool quick)
    {
        const int Columns = 5, Width = 186, Height = 104, Across = Width + 30, Down = Height + 66;
        int panels = All.Length + 1;                                       // and ReduceLROnPlateau, which follows a loss
        var picture = new Picture(64 + Columns * Across, 96 + (panels + Columns - 1) / Columns * Down, "Learning-rate schedules", $"the rate over {Steps} steps; that of the optimizer is 1");

        Console.WriteLine($"{"step",-28}{string.Join("", Enumerable.Range(0, 7).Select(k => $"{k * Steps / 6,8}"))}");
        foreach (var (i, (name, arguments, make)) in All.Index())
        {
            var optimizer = new SGD([Zeros(1)], lr: 1);
            var schedule = make(optimizer);
            double first = optimizer.ParamGroups[0].Lr;
            Show(i, name, arguments, [first, .. schedule.Preview(Steps).Select(rates => rates[0])]);
        }
        Show(All.Length, "ReduceLROnPlateau", "of the loss drawn thin", Plateau(out double[] losses), losses);
        picture.Save("schedules");

        void Show(int i, string name, string arguments, double[] rates, double[]? losses = null)
        {
            Console.WriteLine($"{name,-28}{string.Join("", Enumerable.Range(0, 7).Select(k => $"{rates[k * Steps / 6],8:F3}"))}");
            var panel = picture.Panel(44 + i % Columns * Across, 114 + i / Columns * Down, Width, Height, new Axis(0, Steps), new Axis(0, 1.05));
            panel.Axes(xTicks: 4, yTicks: 2);
            panel.Title(name, under: arguments);
            if (losses is not null) panel.Line(Curve(losses), Picture.Faint, 1);
            panel.Line(Curve(rates), Picture.Colours[0]);
        }

        static IEnumerable<(double, double)> Curve(double[] values) => values.Select((value, step) => ((double)step, value));
    }

    /// <summary>A loss that falls to a floor which lies lower for lower rates, as it does in training.</summary>
    private static double[] Plateau(out double[] losses)
    {
        var optimizer = new SGD([Zeros(1)], lr: 1);
        var scheduler = new ReduceLROnPlateau(optimizer, factor: 0.5, patience: 8, threshold: 0.01);
        var (rates, curve, loss) = (new List<double>(), new List<double>(), 1.0);
        for (int step = 0; step <= Steps; step++)
        {
            rates.Add(optimizer.ParamGroups[0].Lr);
            curve.Add(loss);
            loss += 0.15 * (0.05 + 0.6 * optimizer.ParamGroups[0].Lr - loss);
            scheduler.Step(loss);
        }
        losses = [.. curve];
        return [.. rates];
    }
}
