using System.Text;
using static MiniTorch.Examples.Drawing.Picture;

namespace MiniTorch.Examples.Drawing;

/// <summary>A rectangle of a picture with a horizontal and a vertical axis; what leaves it is cut off.</summary>
internal sealed class Panel(Picture picture, double left, double top, double width, double height, Axis x, Axis y)
{
    private readonly string clip = picture.Clip(left, top, width, height);

    internal double X(double value) => left + width * x.Share(value);

    internal double Y(double value) => top + height * (1 - y.Share(value));

    /// <summary>The frame, with marks at round numbers.</summary>
    internal void Axes(string? xLabel = null, string? yLabel = null, int xTicks = 6, int yTicks = 5, bool grid = true)
    {
        foreach (double tick in y.Ticks(yTicks))
        {
            if (grid) picture.Line(left, Y(tick), left + width, Y(tick), Grid);
            picture.Text(left - 6, Y(tick) + 4, Axis.Text(tick), size: 11, colour: Faint, anchor: "end");
        }
        foreach (double tick in x.Ticks(xTicks))
        {
            picture.Line(X(tick), top + height, X(tick), top + height + 4, Faint);
            picture.Text(X(tick), top + height + 16, Axis.Text(tick), size: 11, colour: Faint, anchor: "middle");
        }
        Frame(bottomOnly: true);
        if (xLabel is not null) picture.Text(left + width / 2, top + height + 34, xLabel, size: 12, colour: Faint, anchor: "middle");
        if (yLabel is not null) picture.Text(left - 6, top - 10, yLabel, size: 12, colour: Faint, anchor: "end");
    }

    internal void Frame(bool bottomOnly = false)
    {
        if (bottomOnly) picture.Line(left, top + height, left + width, top + height, Faint);
        else picture.Path($"M{Number(left)} {Number(top)}h{Number(width)}v{Number(height)}h{Number(-width)}z", Grid, 1);
    }

    /// <summary>Words above the panel: a title, and more to its right or under it.</summary>
    internal void Title(string title, string? right = null, string? under = null)
    {
        picture.Text(left, top - (under is null ? 7 : 22), title, size: 12.5, weight: 600);
        if (right is not null) picture.Text(left + width, top - 7, right, size: 11, colour: Faint, anchor: "end");
        if (under is not null) picture.Text(left, top - 8, under, size: 11, colour: Faint);
    }

    /// <summary>A line through points; it breaks off where a number is not finite.</summary>
    internal void Line(IEnumerable<(double X, double Y)> points, string colour, double width = 2, double opacity = 1, string? dash = null)
        => picture.Path(Data(points), colour, width, opacity: opacity, clip: clip, dash: dash);

    /// <summary>The area between two curves over the same places.</summary>
    internal void Band(IEnumerable<(double X, double Low, double High)> points, string colour, double opacity = 0.18)
    {
        var all = points.ToList();
        picture.Path(Data([.. all.Select(p => (p.X, p.High)), .. all.AsEnumerable().Reverse().Select(p => (p.X, p.Low))]) + "z", null, fill: colour, opacity: opacity, clip: clip);
    }

    internal void Dot(double x, double y, string colour, double radius = 4) => picture.Dot(X(x), Y(y), radius, colour);

    internal void Ring(double x, double y, string colour) => picture.Dot(X(x), Y(y), 3.5, "white", colour);

    internal void Cross(double x, double y)
    {
        foreach (int sign in (int[])[1, -1]) picture.Line(X(x) - 3.5, Y(y) - 3.5 * sign, X(x) + 3.5, Y(y) + 3.5 * sign, Ink, 1.3);
    }

    /// <summary>Vertical lines over the whole height, with words at their tops, one below the other.</summary>
    internal void Marks(IEnumerable<(double At, string Text, string Colour)> marks)
    {
        var all = marks.ToList();
        foreach (var (at, _, colour) in all) picture.Line(X(at), top, X(at), top + height, colour, 1.2, "4 3");
        foreach (var (i, (at, text, colour)) in all.Index()) picture.Text(X(at) + 5, top + 14 + 18 * i, text, size: 12, colour: colour, halo: true);
    }

    internal void Label(double x, double y, string text, string colour, double right = 6, double down = 4, string anchor = "start")
        => picture.Text(X(x) + right, Y(y) + down, text, size: 12, colour: colour, anchor: anchor, weight: 600, halo: true);

    /// <summary>The lines on which a surface has these heights: light where it is high, dark where it is low.</summary>
    internal void Contours(Func<double, double, double> height, double[] levels)
    {
        var map = new ContourMap(height, x, y);
        for (int i = 0; i < levels.Length; i++)
        {
            double light = levels.Length == 1 ? 0 : (double)i / (levels.Length - 1);
            string colour = $"rgb({120 + (int)(100 * light)},{135 + (int)(90 * light)},{160 + (int)(75 * light)})";
            var data = new StringBuilder();
            foreach (var line in map.Lines(levels[i])) data.Append(Data(line));
            picture.Path(data.ToString(), colour, 0.8, clip: clip);
        }
    }

    /// <summary>The points as a path. One that moves by less than half a pixel is left out: a long way stays a short file.</summary>
    private string Data(IEnumerable<(double X, double Y)> points)
    {
        var data = new StringBuilder();
        (double X, double Y)? before = null;
        foreach (var (px, py) in points)
        {
            // A point far outside is drawn just outside: a file must not hold numbers of forty digits.
            double sx = Math.Clamp(X(px), left - 1e4, left + width + 1e4), sy = Math.Clamp(Y(py), top - 1e4, top + height + 1e4);
            if (!double.IsFinite(sx) || !double.IsFinite(sy)) before = null;
            else if (before is not { } last || Math.Abs(sx - last.X) + Math.Abs(sy - last.Y) >= 0.5)
            {
                data.Append(before is null ? 'M' : 'L').Append(Number(sx)).Append(' ').Append(Number(sy));
                before = (sx, sy);
            }
        }
        return data.ToString();
    }
}
