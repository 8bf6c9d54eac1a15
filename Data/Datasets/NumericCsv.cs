using System.Globalization;

namespace MiniTorch.Data;

/// <summary>
/// Reads the tables that are embedded in this assembly: numbers and commas only. That needs no CSV library, since nothing in them is ever
/// quoted; files of users' own are another matter.
/// </summary>
internal static class NumericCsv
{
    /// <summary>An embedded file; it is part of the assembly, so it is there.</summary>
    internal static Stream Open(string name) => typeof(NumericCsv).Assembly.GetManifestResourceStream(name)!;

    /// <summary>The table as a Float32 tensor <c>[rows, columns]</c>.</summary>
    /// <param name="file">The text.</param>
    /// <param name="name">How messages call it.</param>
    /// <param name="rows">How many rows there must be.</param>
    /// <param name="columns">How many numbers each must have.</param>
    /// <param name="header">How many lines to pass over at the start.</param>
    /// <exception cref="InvalidDataException">A line has too few or too many numbers or something else, or there are not as many lines.</exception>
    internal static Tensor Read(Stream file, string name, int rows, int columns, int header = 0)
    {
        var values = new float[rows * columns];
        using var reader = new StreamReader(file);
        for (int line = 1; line <= header + rows; line++)
        {
            var text = reader.ReadLine() ?? throw new InvalidDataException($"{name}: the file ends before line {line} of {header + rows}.");
            if (line <= header) continue;
            var cells = text.Split(',');
            if (cells.Length != columns) throw new InvalidDataException($"{name}, line {line}: expected {columns} numbers, found {cells.Length}.");
            for (int i = 0; i < columns; i++)
                if (!float.TryParse(cells[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[(line - header - 1) * columns + i]))
                    throw new InvalidDataException($"{name}, line {line}: \"{cells[i]}\" is no number.");
        }
        if (reader.ReadLine() is not null) throw new InvalidDataException($"{name}: there is more after line {header + rows}, the last one expected.");
        return Torch.FromArray<float>(values, [rows, columns]);
    }
}
