using MiniTorch.Examples.Drawing;
using MiniTorch.Optim;
using static MiniTorch.Torch;

namespace MiniTorch.Examples;

/// <summary>
/// Where the gradient is zero a descent stands still, whether it has arrived or not. Two small functions with a flat point and a saddle,
/// the gradient and the curvatures there, and what plain descent and momentum make of them.
/// </summary>
internal static class CriticalPoints
{
    internal static void Run(bool quick)
    {
        FlatPoint();
        Saddle();
    }

    /// <summary>y = x³ falls without end to the left, but at x = 0 it is flat.</summary>
    private static void FlatPoint()
    {
        Console.WriteLine("y = x³, from x = 1: the gradient 3x² vanishes at 0, although y falls on both sides of it in the same direction");
        Describe(p => p[0].Pow(3), 0.0);

        double[] plain = Descend(momentum: 0), heavy = Descend(momentum: 0.9);
        Console.WriteLine("\nstep   plain descent   momentum 0.9");
        foreach (int step in (int[])[0, 2, 4, 6, 8, 10, 20, 50, 100])
            Console.WriteLine($"{step,4}   {plain[step],13:F5}   {(heavy[step] < -10 ? "far below" : $"{heavy[step]:F5}"),12}");
        Console.WriteLine("Plain descent slows down on its way to the flat point and never gets past it; momentum has speed left and does.\n");

        static double[] Descend(double momentum)
        {
            var x = Tensor([1.0], DType.Float64, requiresGrad: true);
            var optimizer = new SGD([x], lr: 0.05, momentum: momentum);
            var path = new double[101];
            for (int step = 0; step < path.Length; step++)
            {
                path[step] = x.Item();
                if (path[step] < -10) continue;                      // on its way to −∞
                optimizer.ZeroGrad();
                x.Pow(3).Sum().Backward();
                optimizer.Step();
            }
            return path;
        }
    }

    /// <summary>The smallest network with two layers, y = w₁·w₂·x, learns the one datum (x, y) = (1, 1).</summary>
    private static void Saddle()
    {
        Console.WriteLine("loss = (w₁·w₂·x − y)² with the datum (1, 1): every w₁ = 1 / w₂ is perfect, and 0 is critical too");
        foreach (double[] point in (double[][])[[0, 0], [1, 1], [-2, -0.5], [0.5, 1]]) Describe(Loss, point);

        (double, double)[] starts = [(1.6, 1.9), (-0.3, 1.5), (-1.2, 1.195), (-1.2, 1.2), (-1.8, -0.2)];
        var picture = new Picture(560, 560, "Two weights in a row: y = w₁·w₂·x", "loss (w₁w₂ − 1)²: the ways of plain descent, from the rings to the dots");
        var panel = picture.Panel(56, 80, 470, 420, new Axis(-2, 2), new Axis(-2, 2));
        panel.Contours((a, b) => (a * b - 1) * (a * b - 1), [0.01, 0.05, 0.2, 0.5, 0.8, 1, 1.3, 2, 3.5, 6, 10, 16]);
        panel.Axes("w₁", "w₂", grid: false);
        panel.Label(0, 0, "saddle", Picture.Ink);
        foreach (var (a, b) in ((double, double)[])[(1.35, 0.74), (-0.62, -1.6)]) panel.Label(a, b, "minima: w₁w₂ = 1", Picture.Ink, right: 0, anchor: "middle");
        foreach (var (start, colour) in starts.Zip(Picture.Colours))
        {
            var path = Descent(start);
            panel.Line(path, colour);
            panel.Ring(path[0].X, path[0].Y, colour);
            panel.Dot(path[^1].X, path[^1].Y, colour);
            Console.WriteLine($"from ({start.Item1,4}, {start.Item2,5}) plain descent ends in {Show([path[^1].X, path[^1].Y])}");
        }
        Console.WriteLine("Where w₂ = −w₁ exactly it runs into the saddle and stays; a hair beside that, it turns away in time.");
        picture.Save("critical-points");
    }

    private static Tensor Loss(Tensor w) => (w[0] * w[1] - 1).Square();

    private static List<(double X, double Y)> Descent((double, double) start)
    {
        var w = Tensor([start.Item1, start.Item2], DType.Float64, requiresGrad: true);
        var optimizer = new SGD([w], lr: 0.03);
        var path = new List<(double, double)>();
        for (int step = 0; step <= 250; step++)
        {
            path.Add((w[0].Item(), w[1].Item()));
            optimizer.ZeroGrad();
            Loss(w).Backward();
            optimizer.Step();
        }
        return path;
    }

    /// <summary>Prints the gradient and the Hessian's eigenvalues at a point, and says what kind of point it is.</summary>
    private static void Describe(Func<Tensor, Tensor> f, params double[] at)
    {
        var w = Tensor(at, DType.Float64, requiresGrad: true);
        var gradient = Grad(f(w), w, createGraph: true);
        var hessian = new double[at.Length, at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            var row = Grad(gradient[i], w, retainGraph: true);
            for (int j = 0; j < at.Length; j++) hessian[i, j] = row[j].Item();
        }
        double[] curvatures = Eigenvalues(hessian);
        string kind =
            gradient.Abs().Max().Item() > 1e-9 ? "not critical" :
            curvatures.All(c => c > 1e-9) ? "a minimum" :
            curvatures.All(c => c < -1e-9) ? "a maximum" :
            curvatures[0] < -1e-9 && curvatures[^1] > 1e-9 ? "a saddle" :
            curvatures[^1] > 1e-9 ? "a minimum, one of a whole valley: flat along one direction" :
            "flat: the second derivative does not tell";
        Console.WriteLine($"  at {Show(at),-12}  gradient {Show(gradient.ToArray<double>()),-10}  eigenvalues of the Hessian {Show(curvatures),-15}  {kind}");
    }

    /// <summary>Of a symmetric matrix of one or two rows, in rising order.</summary>
    private static double[] Eigenvalues(double[,] h)
    {
        if (h.GetLength(0) == 1) return [h[0, 0]];
        double mean = (h[0, 0] + h[1, 1]) / 2, half = Math.Sqrt(Math.Pow((h[0, 0] - h[1, 1]) / 2, 2) + h[0, 1] * h[1, 0]);
        return [mean - half, mean + half];
    }

    private static string Show(double[] x) => $"({string.Join(", ", x.Select(v => (Math.Round(v, 3) + 0.0).ToString("0.###")))})";
}
