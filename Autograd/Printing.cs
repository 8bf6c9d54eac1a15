using System.Globalization;
using System.Text;

namespace MiniTorch;

/// <summary>Where the printer reads elements, by row-major index: a big tensor is never copied to show its corners.</summary>
internal interface IElements
{
    /// <summary>Element <paramref name="i"/> of a floating dtype, float32 widened.</summary>
    double Float(long i);

    /// <summary>Element <paramref name="i"/> of any other dtype, bool as 0 or 1.</summary>
    long Integer(long i);
}

/// <summary>Tensors as text, letter for letter as PyTorch 1.13 prints them.</summary>
internal static class Printing
{
    private const string Prefix = "tensor(";

    /// <summary>The text of a tensor, such as <c>tensor([1., 2.], grad_fn=&lt;MulBackward0&gt;)</c>.</summary>
    /// <param name="dtype">The element type, shown where the elements do not tell it.</param>
    /// <param name="shape">The shape; none for a scalar.</param>
    /// <param name="elements">The elements; only those shown are read.</param>
    /// <param name="requiresGrad">Adds <c>requires_grad=True</c> to a leaf.</param>
    /// <param name="gradFn">The name of the node that made the tensor, without angle brackets; null for a leaf.</param>
    /// <param name="options">The options; null for <see cref="PrintOptions.Current"/>.</param>
    public static string Format(
        DType dtype, ReadOnlySpan<int> shape, IElements elements,
        bool requiresGrad = false, string? gradFn = null, PrintOptions? options = null)
    {
        options ??= PrintOptions.Current;
        bool empty = shape.Contains(0);
        string text = Prefix + (empty ? "[]" : Body(dtype, shape, elements, options));

        int column = text.Length - text.LastIndexOf('\n') + 1;          // two too many; PyTorch breaks the line that early
        foreach (string suffix in Suffixes(dtype, shape, empty, requiresGrad, gradFn))
        {
            bool fits = column + 2 + suffix.Length <= options.Linewidth;
            text += (fits ? ", " : NewLine(1, Prefix.Length)) + suffix;
            column = (fits ? column + 2 : Prefix.Length) + suffix.Length;
        }
        return text + ")";
    }

    private static List<string> Suffixes(DType dtype, ReadOnlySpan<int> shape, bool empty, bool requiresGrad, string? gradFn)
    {
        var suffixes = new List<string>();
        if (empty && shape.Length != 1)
            suffixes.Add($"size=({string.Join(", ", shape.ToArray())})");
        // The elements of an int64 or bool tensor show what they are, unless there are none.
        if (dtype != DType.Float32 && (empty || dtype is not (DType.Int64 or DType.Bool)))
            suffixes.Add($"dtype=torch.{dtype.ToString().ToLowerInvariant()}");
        if (gradFn is not null)
            suffixes.Add($"grad_fn=<{gradFn}>");
        else if (requiresGrad)
            suffixes.Add("requires_grad=True");
        return suffixes;
    }

    private static string Body(DType dtype, ReadOnlySpan<int> shape, IElements elements, PrintOptions options)
    {
        long count = 1;
        foreach (int size in shape)
            count *= size;
        int edge = count > options.Threshold ? options.Edgeitems : int.MaxValue;

        var shown = new List<long>();
        Pick(shape, edge, 0, shown);
        var (cells, width) = dtype switch
        {
            DType.Float32 or DType.Float64 => Floats([.. shown.Select(elements.Float)], options),
            DType.Bool => Integers([.. shown.Select(i => elements.Integer(i) != 0 ? "True" : "False")]),
            _ => Integers([.. shown.Select(i => elements.Integer(i).ToString(CultureInfo.InvariantCulture))]),
        };
        return new Layout(cells, width, edge, options.Linewidth).Write(shape);
    }

    /// <summary>How many of a dimension's elements are shown: all, or both edges where they leave something out.</summary>
    private static int Shown(int size, int edge) => (int)Math.Min(size, 2L * edge);

    /// <summary>Collects the row-major indices of the elements shown; <paramref name="index"/> counts the blocks before this one.</summary>
    private static void Pick(ReadOnlySpan<int> shape, int edge, long index, List<long> shown)
    {
        if (shape.IsEmpty)
        {
            shown.Add(index);
            return;
        }
        int size = shape[0], skipped = size - Shown(size, edge);
        for (int i = 0; i < size - skipped; i++)
            Pick(shape[1..], edge, index * size + (i < edge ? i : i + skipped), shown);
    }

    private static (string[] Cells, int Width) Integers(string[] cells) => (cells, cells.Max(cell => cell.Length));

    /// <summary>Writes all floats in one style. The finite nonzero ones alone decide it, and the width.</summary>
    private static (string[] Cells, int Width) Floats(double[] values, PrintOptions options)
    {
        double[] telling = [.. values.Where(x => double.IsFinite(x) && x != 0)];
        bool integral = telling.All(double.IsInteger);
        var style = new FloatStyle(integral, Scientific: false, options.Precision);
        int width = 1;
        if (telling.Length > 0)
        {
            double min = telling.Min(Math.Abs), max = telling.Max(Math.Abs);
            style = style with { Scientific = max / min > 1000 || max > 1e8 || (!integral && min < 1e-4) };
            // PyTorch measures before it obeys sci_mode, and obeys it only here.
            width = telling.Max(x => style.Write(x).Length);
            style = style with { Scientific = options.SciMode ?? style.Scientific };
        }
        return ([.. values.Select(style.Write)], width);
    }

    private readonly record struct FloatStyle(bool Integral, bool Scientific, int Precision)
    {
        private static readonly NumberFormatInfo Python =
            new() { NaNSymbol = "nan", PositiveInfinitySymbol = "inf", NegativeInfinitySymbol = "-inf" };

        // .NET rounds the exact binary value, ties to even, as Python does; only its exponent has a third digit.
        public string Write(double x) =>
            Scientific ? x.ToString($"e{Precision}", Python).Replace("e+0", "e+").Replace("e-0", "e-")
            : !Integral ? x.ToString($"F{Precision}", Python)
            : x.ToString("F0", Python) + (double.IsFinite(x) ? "." : "");
    }

    private static string NewLine(int lines, int indent) => "," + new string('\n', lines) + new string(' ', indent);

    /// <summary>Sets the cells, taken in order, between brackets, and breaks the lines.</summary>
    private sealed class Layout(string[] cells, int width, int edge, int linewidth)
    {
        private readonly StringBuilder _text = new();
        private int _next;

        public string Write(ReadOnlySpan<int> shape)
        {
            Block(shape, Prefix.Length);
            return _text.ToString();
        }

        private void Block(ReadOnlySpan<int> shape, int indent)
        {
            if (shape.IsEmpty)
            {
                _text.Append(cells[_next++].PadLeft(width));
                return;
            }
            bool row = shape.Length == 1;
            bool cut = Shown(shape[0], edge) < shape[0];
            int items = Shown(shape[0], edge) + (cut ? 1 : 0);
            int perLine = row ? Math.Max(1, (linewidth - indent) / (width + 2)) : 1;
            string newLine = NewLine(Math.Max(1, shape.Length - 1), indent + 1);      // blank lines set higher dimensions apart

            _text.Append('[');
            for (int i = 0; i < items; i++)
            {
                if (i > 0)
                    _text.Append(i % perLine == 0 ? newLine : ", ");
                if (cut && i == edge)
                    _text.Append(row ? " ..." : "...");
                else
                    Block(shape[1..], indent + 1);
            }
            _text.Append(']');
        }
    }
}
