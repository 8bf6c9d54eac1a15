using MiniTorch.Examples.Drawing;
using MiniTorch.Optim;
using static MiniTorch.Torch;

namespace MiniTorch.Examples;

/// <summary>
/// A race of all optimizers over five surfaces in two variables, each with the learning rate that suits it best: how many steps to a
/// minimum, and a picture of every way there.
/// </summary>
internal static class Optimizers
{
    /// <summary>A function of two variables with its minima, where to start, and the window to show.</summary>
    private sealed record Surface(
        string Name, string Formula, Func<Tensor, Tensor, Tensor> Height, (double X, double Y) Start, (double X, double Y)[] Minima, Axis X, Axis Y, double[] Levels);

    private static readonly Surface[] Surfaces =
    [
        new("Rosenbrock", "(1 − x)² + 100 (y − x²)²", (x, y) => (1 - x).Square() + 100 * (y - x.Square()).Square(),
            (-1.2, 1), [(1, 1)], new(-1.8, 1.8), new(-0.6, 2.1), [0.5, 3, 10, 30, 80, 200, 500, 1000]),
        new("Beale", "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
            (x, y) => (1.5 - x + x * y).Square() + (2.25 - x + x * y.Square()).Square() + (2.625 - x + x * y.Pow(3)).Square(),
            (1, 1.4), [(3, 0.5)], new(0, 4), new(-1.2, 1.8), [0.05, 0.3, 1, 3, 8, 16, 40, 100]),
        new("Himmelblau", "(x² + y − 11)² + (x + y² − 7)²", (x, y) => (x.Square() + y - 11).Square() + (x + y.Square() - 7).Square(),
            (-0.2, -1.1), [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)], new(-5.6, 5.6), new(-4.2, 4.2), [3, 15, 40, 75, 110, 150, 175, 300, 600]),
        new("saddle", "x² + (y² − 1)²", (x, y) => x.Square() + (y.Square() - 1).Square(),
            (1, 0.001), [(0, 1), (0, -1)], new(-1.8, 1.8), new(-1.35, 1.35), [0.05, 0.2, 0.5, 0.8, 1, 1.3, 2, 3]),
        new("ravine", "(u² + 100 v²) / 2, turned by 30°",
            (x, y) => (0.8660254 * x + 0.5 * y).Square() / 2 + 50 * (0.8660254 * y - 0.5 * x).Square(),
            (-1.6, -0.2), [(0, 0)], new(-2, 2), new(-1.5, 1.5), [0.1, 0.5, 1.5, 5, 15, 40, 90, 150]),
    ];

    private static readonly string[] Families = ["gradient and momentum", "a rate per weight", "adaptive moments", "signs and layers", "curvature", "around another"];

    /// <summary>So many steps near a minimum count as staying there.</summary>
    private const int Rest = 50;

    /// <summary>Every optimizer, from parameters and a learning rate.</summary>
    private static readonly (string Name, int Family, Func<Tensor[], double, Optimizer> Make)[] Entrants =
    [
        ("SGD", 0, (p, lr) => new SGD(p, lr)),
        ("SGD, momentum", 0, (p, lr) => new SGD(p, lr, momentum: 0.9)),
        ("SGD, Nesterov", 0, (p, lr) => new SGD(p, lr, momentum: 0.9, nesterov: true)),
        ("SGDW", 0, (p, lr) => new SGDW(p, lr, momentum: 0.9, weightDecay: 1e-4)),
        ("QHM", 0, (p, lr) => new QHM(p, lr, momentum: 0.95)),
        ("AggMo", 0, (p, lr) => new AggMo(p, lr)),
        ("ASGD", 0, (p, lr) => new ASGD(p, lr)),
        ("Adagrad", 1, (p, lr) => new Adagrad(p, lr)),
        ("Adadelta", 1, (p, lr) => new Adadelta(p, lr * 100)),
        ("RMSprop", 1, (p, lr) => new RMSprop(p, lr)),
        ("Rprop", 1, (p, lr) => new Rprop(p, lr)),
        ("Adam", 2, (p, lr) => new Adam(p, lr)),
        ("Adam, AMSGrad", 2, (p, lr) => new Adam(p, lr, amsgrad: true)),
        ("AdamW", 2, (p, lr) => new AdamW(p, lr, weightDecay: 1e-4)),
        ("NAdam", 2, (p, lr) => new NAdam(p, lr)),
        ("RAdam", 2, (p, lr) => new RAdam(p, lr)),
        ("Adamax", 2, (p, lr) => new Adamax(p, lr)),
        ("NadaMax", 2, (p, lr) => new NadaMax(p, lr)),
        ("QHAdam", 2, (p, lr) => new QHAdam(p, lr, nus: (0.7, 1))),
        ("AdaBound", 2, (p, lr) => new AdaBound(p, lr)),
        ("AMSBound", 2, (p, lr) => new AMSBound(p, lr)),
        ("SWATS", 2, (p, lr) => new SWATS(p, lr, switchTolerance: 1e-3)),
        ("Adafactor", 2, (p, lr) => new Adafactor(p, lr)),
        ("LAMB", 3, (p, lr) => new LAMB(p, lr)),
        ("Lion", 3, (p, lr) => new Lion(p, lr)),
        ("Muon", 3, (p, lr) => new Muon(p, lr, weightDecay: 0)),
        ("LBFGS", 4, (p, lr) => new LBFGS(p, lr, lineSearchFn: "strong_wolfe")),
        ("Newton, damped", 4, (p, lr) => new Newton(p, damping: 1 / lr, backtracking: true)),
        ("Lookahead", 5, (p, lr) => new Lookahead(new Adam(p, lr))),
        ("GradientNoise", 5, (p, lr) => new GradientNoise(new SGD(p, lr), generator: new Generator().ManualSeed(1))),
    ];

    internal static void Run(bool quick)
    {
        int budget = quick ? 100 : 3000;
        double[] rates = quick ? [0.003, 0.03, 0.3] : [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3];
        Console.WriteLine($"""
            Steps until an optimizer is within 0.05 of a minimum, and stays there for {Rest}; – if it does not within {budget:N0} steps.
            In brackets the learning rate, the best of {rates.Length}: of Adadelta a hundredth of it, of Newton's method 1 / damping.
            A step of LBFGS evaluates the gradient up to 25 times, one of Newton's method the Hessian too.

            {"",-20}{string.Join("", Surfaces.Select(surface => $"{surface.Name,18}"))}
            """);

        var runs = new Attempt?[Surfaces.Length, Entrants.Length];
        foreach (var (e, (name, _, make)) in Entrants.Index())
        {
            for (int s = 0; s < Surfaces.Length; s++)
                runs[s, e] = rates.Select(lr => Race(Surfaces[s], make, lr, budget)).MinBy(run => (run.Steps ?? budget + 1, run.Distance));
            Console.WriteLine($"{name,-20}{string.Join("", Enumerable.Range(0, Surfaces.Length).Select(s => $"{runs[s, e],18}"))}");
        }
        for (int s = 0; s < Surfaces.Length; s++) Draw(Surfaces[s], Enumerable.Range(0, Entrants.Length).Select(e => runs[s, e]!));
    }

    /// <summary>An attempt: after how many steps it had arrived for good, null if it did not, and its way.</summary>
    private sealed record Attempt(double Lr, int? Steps, double Distance, List<(double X, double Y)> Way)
    {
        public override string ToString() => Steps is { } steps ? $"{steps} ({Lr:G2})" : "–";
    }

    private static Attempt Race(Surface surface, Func<Tensor[], double, Optimizer> make, double lr, int budget)
    {
        var p = Tensor(new double[,] { { surface.Start.X, surface.Start.Y } }, requiresGrad: true);       // a matrix: Muon takes nothing else
        var optimizer = make([p], lr);
        var way = new List<(double X, double Y)> { surface.Start };
        int last = 0;                                                      // the last step that was not near a minimum
        double distance = double.PositiveInfinity;
        for (int step = 1; step <= budget; step++)
        {
            try
            {
                optimizer.Step(Height);
            }
            catch (InvalidOperationException)                              // Newton's method where the damped Hessian still bends down
            {
                return new(lr, null, double.PositiveInfinity, way);
            }
            var (x, y) = (p[0, 0].Item(), p[0, 1].Item());
            if (!(Math.Abs(x) + Math.Abs(y) < 1e3)) return new(lr, null, double.PositiveInfinity, way);         // it flew away
            way.Add((x, y));
            distance = surface.Minima.Min(minimum => Math.Sqrt(Math.Pow(x - minimum.X, 2) + Math.Pow(y - minimum.Y, 2)));
            if (distance > 0.05) last = step;
            if (step == last + Rest) break;
        }
        return last + Rest > budget ? new(lr, null, distance, way) : new(lr, last + 1, distance, way[..(last + 2)]);

        Tensor Height()
        {
            optimizer.ZeroGrad();
            var height = surface.Height(p[0, 0], p[0, 1]);
            height.Backward();
            return height;
        }
    }

    /// <summary>One panel for every optimizer, with its way from the ring to the dot.</summary>
    private static void Draw(Surface surface, IEnumerable<Attempt> runs)
    {
        const int Columns = 6, Width = 158, Height = 118, Across = Width + 20, Down = Height + 36;
        int rows = (Entrants.Length + Columns - 1) / Columns;
        var picture = new Picture(24 + Columns * Across, 116 + rows * Down, $"{surface.Name}: {surface.Formula}", "the ways of all optimizers, each with its best learning rate, and their steps to a minimum (×)");
        double legend = 24;
        foreach (var (name, colour) in Families.Zip(Picture.Colours))
        {
            picture.Text(legend, 76, "● " + name, size: 12, colour: colour, weight: 600);
            legend += 38 + 8 * name.Length;
        }
        picture.Define("surface", () =>
        {
            var map = picture.Panel(0, 0, Width, Height, surface.X, surface.Y);
            map.Contours((x, y) => surface.Height(x, y).Item(), surface.Levels);
            foreach (var (x, y) in surface.Minima) map.Cross(x, y);
            map.Frame();
        });
        foreach (var (e, run) in runs.Index())
        {
            double left = 24 + e % Columns * Across, top = 116 + e / Columns * Down;
            string colour = Picture.Colours[Entrants[e].Family];
            picture.Use("surface", left, top);
            var panel = picture.Panel(left, top, Width, Height, surface.X, surface.Y);
            panel.Title(Entrants[e].Name, run.Steps?.ToString() ?? "–");
            panel.Line(run.Way, colour, 1.4);
            panel.Ring(run.Way[0].X, run.Way[0].Y, colour);
            if (run.Steps is not null) panel.Dot(run.Way[^1].X, run.Way[^1].Y, colour, 3);
        }
        picture.Save("optimizers-" + surface.Name.ToLowerInvariant());
    }
}
