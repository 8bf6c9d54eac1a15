namespace MiniTorch.Examples.Drawing;

/// <summary>
/// Lines of equal height on a surface, by marching squares: in each cell of a grid the line enters and leaves where the height, taken as
/// linear along the cell's edges, has the value; the pieces are then joined to long lines.
/// </summary>
internal sealed class ContourMap
{
    private const int Columns = 120, Rows = 90;

    private readonly double[,] heights = new double[Columns + 1, Rows + 1];
    private readonly Axis x, y;

    internal ContourMap(Func<double, double, double> height, Axis x, Axis y)
    {
        (this.x, this.y) = (x, y);
        for (int i = 0; i <= Columns; i++)
            for (int j = 0; j <= Rows; j++) heights[i, j] = height(x.At((double)i / Columns), y.At((double)j / Rows));
    }

    /// <summary>The lines of one height.</summary>
    internal IEnumerable<IReadOnlyList<(double X, double Y)>> Lines(double level)
    {
        // Each edge of the grid that the line crosses joins at most two pieces.
        var pieces = new Dictionary<int, List<int>>();
        for (int i = 0; i < Columns; i++)
            for (int j = 0; j < Rows; j++)
                foreach (var (a, b) in Pieces(i, j, level))
                {
                    Add(a, b);
                    Add(b, a);
                }

        while (pieces.Count > 0)
        {
            int start = pieces.FirstOrDefault(entry => entry.Value.Count == 1, pieces.First()).Key;          // an open end, or anywhere on a ring
            var line = new List<(double, double)> { Crossing(start, level) };
            for (int here = start; pieces.TryGetValue(here, out var next);)
            {
                int there = next[^1];
                Remove(here, there);
                Remove(there, here);
                line.Add(Crossing(there, level));
                here = there;
            }
            yield return line;
        }

        void Add(int a, int b)
        {
            if (!pieces.TryGetValue(a, out var list)) pieces[a] = list = [];
            list.Add(b);
        }

        void Remove(int a, int b)
        {
            pieces[a].Remove(b);
            if (pieces[a].Count == 0) pieces.Remove(a);
        }
    }

    /// <summary>The pieces of the line within a cell, each from an edge to an edge.</summary>
    private IEnumerable<(int From, int To)> Pieces(int i, int j, double level)
    {
        int bottom = Edge(i, j, up: false), top = Edge(i, j + 1, up: false), left = Edge(i, j, up: true), right = Edge(i + 1, j, up: true);
        int corners = (Above(i, j) ? 1 : 0) | (Above(i + 1, j) ? 2 : 0) | (Above(i + 1, j + 1) ? 4 : 0) | (Above(i, j + 1) ? 8 : 0);
        return corners switch
        {
            1 or 14 => [(left, bottom)],
            2 or 13 => [(bottom, right)],
            3 or 12 => [(left, right)],
            4 or 11 => [(right, top)],
            6 or 9 => [(bottom, top)],
            7 or 8 => [(left, top)],
            5 => [(left, top), (bottom, right)],
            10 => [(left, bottom), (right, top)],
            _ => [],
        };

        bool Above(int i, int j) => heights[i, j] > level;
    }

    /// <summary>The number of the edge that goes right or up from a grid point.</summary>
    private static int Edge(int i, int j, bool up) => 2 * (i * (Rows + 1) + j) + (up ? 1 : 0);

    /// <summary>Where the line crosses an edge.</summary>
    private (double X, double Y) Crossing(int edge, double level)
    {
        bool up = edge % 2 == 1;
        int i = edge / 2 / (Rows + 1), j = edge / 2 % (Rows + 1);
        double a = heights[i, j], b = up ? heights[i, j + 1] : heights[i + 1, j], share = (level - a) / (b - a);
        return (x.At((i + (up ? 0 : share)) / Columns), y.At((j + (up ? share : 0)) / Rows));
    }
}
