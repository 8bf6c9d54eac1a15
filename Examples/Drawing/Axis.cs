using System.Globalization;

namespace MiniTorch.Examples.Drawing;

/// <summary>From numbers to pixels, linearly or by their logarithm, with round numbers to mark.</summary>
internal sealed class Axis(double from, double to, bool log = false)
{
    internal double From => from;

    internal double To => to;

    /// <summary>An axis over all of these numbers; what is not finite, or not positive for a logarithm, has no place on it.</summary>
    internal static Axis Over(IEnumerable<double> values, bool log = false)
    {
        double[] shown = [.. values.Where(x => double.IsFinite(x) && (!log || x > 0))];
        return new(shown.Min(), shown.Max(), log);
    }

    /// <summary>Where a number stands: 0 at the beginning, 1 at the end.</summary>
    internal double Share(double x) => log ? Math.Log(x / from) / Math.Log(to / from) : (x - from) / (to - from);

    /// <summary>The number at a share of the axis.</summary>
    internal double At(double share) => log ? from * Math.Pow(to / from, share) : from + share * (to - from);

    /// <summary>About this many round numbers: powers of ten, or multiples of 1, 2 or 5.</summary>
    internal IEnumerable<double> Ticks(int about)
    {
        if (log)
        {
            int first = (int)Math.Ceiling(Math.Log10(from) - 1e-9), last = (int)Math.Floor(Math.Log10(to) + 1e-9);
            int step = Math.Max(1, (last - first + about - 1) / about);
            for (int power = first; power <= last; power += step) yield return Math.Pow(10, power);
            yield break;
        }
        double rough = (to - from) / about, unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double stride = unit * (rough / unit < 1.5 ? 1 : rough / unit < 3.5 ? 2 : rough / unit < 7.5 ? 5 : 10);
        for (double k = Math.Ceiling(from / stride - 1e-9); k * stride <= to + stride * 1e-9; k++) yield return k * stride + 0.0;                // not −0
    }

    /// <summary>A mark's number as it is written beside it.</summary>
    internal static string Text(double x)
        => x != 0 && Math.Abs(x) is < 1e-3 or >= 1e5
            ? x.ToString("0.#e0", CultureInfo.InvariantCulture).Replace("-", "−", StringComparison.Ordinal)
            : x.ToString("0.####", CultureInfo.InvariantCulture).Replace("-", "−", StringComparison.Ordinal);
}
