using System.Runtime.InteropServices;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>Whole rows of a table, against a loop over elements, with nothing to read behind the table and nothing to write behind the result.</summary>
public class IndexedTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(50, 17)]
    [InlineData(300_000, 5)]             // beyond the caches, rows smaller than the way ahead
    [InlineData(2000, 784)]              // beyond the caches
    [InlineData(20_000, 67)]             // beyond the caches, rows of some lines and a rest
    [InlineData(300, 5000)]              // beyond the caches, rows larger than the way ahead
    [InlineData(4, 300_000)]             // beyond the caches, rows larger than what is called at once
    public void Rows_are_those_of_the_index(int tableRows, int length)
    {
        var random = new Random(tableRows);
        int total = tableRows * length;
        using GuardedMemory table = new(total * sizeof(float)), result = new((total + length) * sizeof(float));
        var x = table.Last<float>(total);
        for (int i = 0; i < total; i++) x[i] = i;
        foreach (int rows in new[] { 0, 1, 2, 5, tableRows })
        {
            long[] index = [.. Enumerable.Range(0, 2 * rows).Select(_ => random.NextInt64(tableRows))];
            if (rows > 0) index[^2] = tableRows - 1;                                                  // the last one that the stride meets
            var y = result.Last<float>(rows * length);
            Indexed.GatherRows(ref MemoryMarshal.GetArrayDataReference(index), 2, ref MemoryMarshal.GetReference(x), total, ref MemoryMarshal.GetReference(y), rows, length);
            for (int r = 0; r < rows; r++)
                y.Slice(r * length, length).SequenceEqual(x.Slice((int)index[2 * r] * length, length)).ShouldBeTrue($"row {r} of {rows}");
        }
    }
}
