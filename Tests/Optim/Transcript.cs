using MiniTorch.Optim;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// Runs an optimizer beside a transcription of its paper's pseudo-code in plain numbers: 60 steps on two problems, for two parameters in two groups, the
/// second of which has no gradient at some of the steps.
/// </summary>
internal static class Transcript
{
    internal const int Steps = 60;

    private static readonly int[] Missing = [1, 7, 8, 20, 33, 34];

    /// <summary>A step of one parameter: changes θ; what it remembers, its closure holds. Without a gradient, g is null.</summary>
    internal delegate void Step(double[] θ, double[]? g);

    /// <summary>Where to begin, with two parameters, and their gradients at any point.</summary>
    internal sealed record Problem(double[][] Start, Func<double[], double[]> Slope)
    {
        /// <summary>The gradients of both parameters.</summary>
        internal double[][] Gradients(double[][] θ)
        {
            double[] g = Slope([.. θ[0], .. θ[1]]);
            return [g[..θ[0].Length], g[θ[0].Length..]];
        }
    }

    internal static readonly Problem Rosenbrock = new([[-1.2, 1, 0.5, -0.3], [0.2, 0.8]], x =>
    {
        double[] g = new double[x.Length];                            // f = Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²
        for (int i = 0; i + 1 < x.Length; i++)
        {
            double gap = x[i + 1] - x[i] * x[i];
            g[i] += -400 * x[i] * gap - 2 * (1 - x[i]);
            g[i + 1] += 200 * gap;
        }
        return g;
    });

    internal static readonly Problem Quadratic = new([[3, -2, 1, 0.5, -1], [2, -1, 0.25]], x =>
    {
        double mean = x.Average();                                    // f = Σ cᵢ (xᵢ − sin i)² / 2 + mean², curvatures from 1 to 1000
        return [.. x.Select((xi, i) => Math.Pow(1000, i / 7.0) * (xi - Math.Sin(i)) + 2 * mean / x.Length)];
    });

    /// <summary>Both must go the same way, to 1e-12 in double precision and 1e-5 in single.</summary>
    /// <param name="make">The optimizer of the two parameters.</param>
    /// <param name="transcribe">The transcription, made anew: a step for each parameter.</param>
    internal static void Check(Func<Tensor, Tensor, Optimizer> make, Func<Step[]> transcribe)
    {
        foreach (var problem in (Problem[])[Rosenbrock, Quadratic])
            foreach (var (dtype, tolerance) in (ReadOnlySpan<(DType, double)>)[(DType.Float64, 1e-12), (DType.Float32, 1e-5)])
            {
                double[][] θ = [.. problem.Start.Select(x => (double[])x.Clone())];
                Tensor[] p = [.. θ.Select(x => Torch.FromArray<double>((double[])x.Clone()).To(dtype).RequiresGrad_())];
                var opt = make(p[0], p[1]);
                var steps = transcribe();
                for (int t = 0; t < Steps; t++)
                {
                    var (ours, theirs) = (problem.Gradients([.. p.Select(x => x.ToArray<double>())]), problem.Gradients(θ));
                    for (int i = 0; i < 2; i++)
                    {
                        bool missing = i == 1 && Missing.Contains(t);
                        p[i].Grad = missing ? null : Torch.FromArray<double>(ours[i]).To(dtype);
                        steps[i](θ[i], missing ? null : theirs[i]);
                    }
                    opt.Step();
                    for (int i = 0; i < 2; i++) ShouldBeClose(p[i].ToArray<double>(), θ[i], tolerance, $"{dtype}, step {t}, parameter {i}");
                }
            }
    }

    internal static void ShouldBeClose(double[] actual, double[] expected, double tolerance, string what)
    {
        for (int i = 0; i < expected.Length; i++)
            if (!(Math.Abs(actual[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])))) Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}");
    }
}
