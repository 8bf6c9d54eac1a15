using System.Globalization;
using System.Xml.Linq;

namespace MiniTorch.Examples.Drawing;

/// <summary>An SVG file that needs nothing but itself: panels with axes, lines, contours and words.</summary>
internal sealed class Picture
{
    internal const string Ink = "#1f2937", Faint = "#6b7280", Grid = "#e5e7eb";

    /// <summary>Colours that stay apart for all eyes (Okabe and Ito, 2008), as far as they are dark enough to read.</summary>
    internal static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#5b4db2", "#2f8fb8"];

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly XElement root;
    private int clips;

    internal Picture(double width, double height, string title, string? subtitle = null)
    {
        root = new XElement(
            Svg + "svg", new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"), new XAttribute("width", Number(width)), new XAttribute("height", Number(height)),
            new XAttribute("font-family", "system-ui, 'DejaVu Sans', Verdana, sans-serif"), new XElement(Svg + "title", title));
        Add("rect", ("width", "100%"), ("height", "100%"), ("fill", "white"));
        Text(24, 32, title, size: 18, weight: 600);
        if (subtitle is not null) Text(24, 52, subtitle, size: 12.5, colour: Faint);
    }

    /// <summary>A rectangle of the picture with axes of its own.</summary>
    internal Panel Panel(double left, double top, double width, double height, Axis x, Axis y) => new(this, left, top, width, height, x, y);

    internal void Text(double x, double y, string text, double size = 12, string colour = Ink, string anchor = "start", int weight = 400, bool halo = false)
    {
        var element = Add("text", ("x", Number(x)), ("y", Number(y)), ("font-size", Number(size)), ("fill", colour));
        if (anchor != "start") element.SetAttributeValue("text-anchor", anchor);
        if (weight != 400) element.SetAttributeValue("font-weight", weight);
        if (halo)
        {
            element.SetAttributeValue("paint-order", "stroke");
            element.SetAttributeValue("stroke", "white");
            element.SetAttributeValue("stroke-width", 3);
        }
        element.Value = text;
    }

    internal void Line(double x1, double y1, double x2, double y2, string colour, double width = 1, string? dash = null)
    {
        var line = Add("line", ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)), ("stroke", colour), ("stroke-width", Number(width)));
        if (dash is not null) line.SetAttributeValue("stroke-dasharray", dash);
    }

    /// <summary>A path in SVG's own words; what is outside of <paramref name="clip"/> is cut off.</summary>
    internal void Path(string data, string? stroke, double width = 1.5, string? fill = null, double opacity = 1, string? clip = null, string? dash = null)
    {
        var path = Add("path", ("d", data), ("fill", fill ?? "none"), ("stroke", stroke ?? "none"), ("stroke-width", Number(width)), ("stroke-linejoin", "round"), ("stroke-linecap", "round"));
        if (opacity != 1) path.SetAttributeValue("opacity", Number(opacity));
        if (clip is not null) path.SetAttributeValue("clip-path", $"url(#{clip})");
        if (dash is not null) path.SetAttributeValue("stroke-dasharray", dash);
    }

    internal void Dot(double x, double y, double radius, string fill, string stroke = "white")
        => Add("circle", ("cx", Number(x)), ("cy", Number(y)), ("r", Number(radius)), ("fill", fill), ("stroke", stroke), ("stroke-width", "1"));

    /// <summary>A drawing to be used many times: its elements are written once.</summary>
    internal void Define(string id, Action draw)
    {
        int before = root.Elements().Count();
        draw();
        XElement[] drawn = [.. root.Elements().Skip(before)];
        drawn.Remove();
        root.Add(new XElement(Svg + "defs", new XElement(Svg + "g", new XAttribute("id", id), drawn)));
    }

    /// <summary>Puts a defined drawing at another place.</summary>
    internal void Use(string id, double x, double y) => Add("use", ("href", "#" + id), ("x", Number(x)), ("y", Number(y)));

    /// <summary>A rectangle to cut paths at; returns its name.</summary>
    internal string Clip(double x, double y, double width, double height)
    {
        string id = $"clip{clips++}";
        root.Add(new XElement(Svg + "clipPath", new XAttribute("id", id), Element("rect", ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)))));
        return id;
    }

    /// <summary>Writes the file into <c>artifacts/pictures</c> of the working folder and says where it is.</summary>
    internal void Save(string name)
    {
        string folder = System.IO.Path.Combine("artifacts", "pictures");
        Directory.CreateDirectory(folder);
        string file = System.IO.Path.Combine(folder, name + ".svg");
        new XDocument(root).Save(file, SaveOptions.DisableFormatting);
        Console.WriteLine($"picture: {file}");
    }

    /// <summary>A tenth of a pixel is fine enough.</summary>
    internal static string Number(double x) => x.ToString("0.#", CultureInfo.InvariantCulture);

    private XElement Add(string name, params (string Name, string Value)[] attributes)
    {
        var element = Element(name, attributes);
        root.Add(element);
        return element;
    }

    private static XElement Element(string name, params (string Name, string Value)[] attributes) => new(Svg + name, attributes.Select(a => new XAttribute(a.Name, a.Value)));
}
