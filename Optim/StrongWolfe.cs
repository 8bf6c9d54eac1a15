namespace MiniTorch.Optim;

/// <summary>
/// A line search for a point that is low enough and flat enough, the strong Wolfe conditions with c₁ = 1e-4 and c₂ = 0.9:
/// <code>
/// f(t) ≤ f(0) + c₁·t·f′(0)   and   |f′(t)| ≤ c₂·|f′(0)|
/// </code>
/// Nocedal and Wright, "Numerical optimization" (2006), Algorithms 3.5 (go out until such a point lies in between) and 3.6 (zoom in), with
/// cubic interpolation; the safeguards and their constants are PyTorch's, which come from minFunc.
/// </summary>
/// <param name="line">The line that is searched.</param>
/// <param name="start">Its beginning, t = 0.</param>
internal sealed class StrongWolfe(Line line, LinePoint start)
{
    private const int MaxRounds = 25;
    private const double SmallestChange = 1e-9;                       // a bracket in which no parameter changes by as much is not refined

    /// <summary>How often the closure was evaluated.</summary>
    internal int Evaluations { get; private set; }

    /// <summary>Searches from a first guess. If no point satisfies the conditions, the lowest one of the last bracket is returned.</summary>
    internal LinePoint Search(double t)
    {
        var (before, point) = (start, Evaluate(t));
        for (int round = 0; round < MaxRounds; round++)
        {
            if (IsTooHigh(point) || round > 1 && point.Loss >= before.Loss) return Zoom([before, point], round);
            if (IsFlat(point)) return point;
            if (point.Slope >= 0) return Zoom([before, point], round);
            double next = Cubic(before, point, point.T + 0.01 * (point.T - before.T), 10 * point.T);
            (before, point) = (point, Evaluate(next));
        }
        return start.Loss <= point.Loss ? start : point;
    }

    private LinePoint Zoom(LinePoint[] bracket, int round)
    {
        int low = Lower(bracket);
        bool wasNearEnd = false;
        for (; round < MaxRounds && !(Math.Abs(bracket[1].T - bracket[0].T) * line.Largest < SmallestChange); round++)
        {
            double from = Math.Min(bracket[0].T, bracket[1].T), to = Math.Max(bracket[0].T, bracket[1].T);
            double t = Cubic(bracket[0], bracket[1], from, to);

            // Near an end twice running, or on it: a tenth of the bracket away from it instead.
            double margin = 0.1 * (to - from);
            bool nearEnd = Math.Min(to - t, t - from) < margin;
            if (nearEnd && (wasNearEnd || t >= to || t <= from))
            {
                t = Math.Abs(t - to) < Math.Abs(t - from) ? to - margin : from + margin;
                nearEnd = false;
            }
            wasNearEnd = nearEnd;

            var point = Evaluate(t);
            int high = 1 - low;
            if (IsTooHigh(point) || point.Loss >= bracket[low].Loss)
            {
                bracket[high] = point;
                low = Lower(bracket);
                continue;
            }
            if (IsFlat(point)) return point;
            if (point.Slope * (bracket[high].T - bracket[low].T) >= 0) bracket[high] = bracket[low];
            bracket[low] = point;
        }
        return bracket[low];
    }

    private LinePoint Evaluate(double t)
    {
        Evaluations++;
        return line.At(t);
    }

    /// <summary>The bound is rounded as the loss is: a decrease that the loss cannot show is not asked for.</summary>
    private bool IsTooHigh(LinePoint point)
    {
        double bound = start.Loss + 1e-4 * point.T * start.Slope;
        return point.Loss > (start.Gradient.DType == DType.Float32 ? (float)bound : bound);
    }

    private bool IsFlat(LinePoint point) => Math.Abs(point.Slope) <= -0.9 * start.Slope;

    private static int Lower(LinePoint[] bracket) => bracket[0].Loss <= bracket[1].Loss ? 0 : 1;

    /// <summary>The minimum of the cubic through two points with their slopes, limited to [from, to]; the middle if the cubic has none. (Nocedal and Wright, equation 3.59.)</summary>
    private static double Cubic(LinePoint a, LinePoint b, double from, double to)
    {
        if (a.T > b.T) (a, b) = (b, a);
        double d1 = a.Slope + b.Slope - 3 * (a.Loss - b.Loss) / (a.T - b.T);
        double square = d1 * d1 - a.Slope * b.Slope;
        if (!(square >= 0)) return (from + to) / 2;
        double d2 = Math.Sqrt(square);
        double t = b.T - (b.T - a.T) * ((b.Slope + d2 - d1) / (b.Slope - a.Slope + 2 * d2));
        return Math.Min(Math.Max(t, from), to);
    }
}
