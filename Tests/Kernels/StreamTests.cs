using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// Results larger than the cache are written by other loops: they must hold the bits that the same numbers get in small pieces, at any
/// offset, for any number of threads, and leave alone what lies beside them.
/// </summary>
[Collection(Seeded.Name)]
public class StreamTests
{
    private const int Piece = 1000;

    [Theory]
    [InlineData(DType.Float32, 1 << 20)]
    [InlineData(DType.Float32, (1 << 21) + 1013)]
    [InlineData(DType.Float64, (1 << 20) + 7)]
    [InlineData(DType.Float32, (1 << 20) + 9)]
    [InlineData(DType.Int64, 1 << 20)]
    public void Long_results_have_the_bits_of_short_ones(DType dtype, int n)
    {
        Torch.ManualSeed(3);
        var whole = (100 * Torch.Randn([n + 5], DType.Float64)).To(dtype);
        foreach (int threads in (int[])[1, 3])
            WithThreads(threads, () =>
            {
                foreach (int offset in (int[])[0, 1, 5])
                {
                    Tensor a = whole[offset..(offset + n)], b = whole[(5 - offset)..(5 - offset + n)];
                    Same(a, b, (x, y) => x + y);
                    Same(a, b, (x, _) => x * 3);
                    Same(a, b, (x, _) => x.Relu());
                    if (dtype != DType.Int64) Same(a, b, (x, _) => x.Tanh());
                }
            });
    }

    [Fact]
    public void An_operand_is_overwritten_in_place()
    {
        var x = Torch.Arange(1 << 21, DType.Float32);
        var beside = x.Clone();
        x[1..^1].Add_(1).Mul_(2);
        x[0].Item().ShouldBe(0);
        x[-1].Item().ShouldBe((1 << 21) - 1);
        Torch.Equal(x[1..^1], (beside[1..^1] + 1) * 2).ShouldBeTrue();
        x[7].Item().ShouldBe(16);
    }

    /// <summary>Short rows that are whole cache lines of a result larger than the cache; and such rows beside others that must stay as they are.</summary>
    [Theory]
    [InlineData(DType.Float32, 16, 0)]
    [InlineData(DType.Float32, 48, 3)]
    [InlineData(DType.Float64, 8, 1)]
    [InlineData(DType.Int64, 8, 0)]
    [InlineData(DType.Float32, 12, 0)]
    public void Permuted_rows_find_their_places(DType dtype, int n, int offset)
    {
        int[] shape = [8, 33, 28_000 / n, n];
        int count = shape.Aggregate((a, b) => a * b);
        var x = Torch.Arange(offset + count, dtype)[offset..].Reshape(shape).Permute(0, 2, 1, 3);
        var beside = Torch.Full([8, shape[2], 33, 2 * n], -1, dtype);
        beside[Torch.Ellipsis, ..n].Copy_(x);

        long[] expected = new long[count];
        for (int i = 0, at = 0; i < 8; i++)
            for (int k = 0; k < shape[2]; k++)
                for (int j = 0; j < 33; j++)
                    for (int c = 0; c < n; c++) expected[at++] = offset + ((i * 33 + j) * shape[2] + k) * n + c;
        x.Contiguous().ToArray<long>().AsSpan().SequenceEqual(expected).ShouldBeTrue("as a whole");
        beside[Torch.Ellipsis, ..n].ToArray<long>().AsSpan().SequenceEqual(expected).ShouldBeTrue("row by row");
        beside[Torch.Ellipsis, n..].Eq(-1).All().Item().ShouldBe(1, "what lies beside the rows");
    }

    private static void Same(Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> op)
    {
        var y = op(a, b);
        int n = y.Count;
        for (int start = 0; start < n; start += 61 * Piece)
        {
            var range = start..Math.Min(start + Piece, n);
            Torch.Equal(y[range], op(a[range], b[range])).ShouldBeTrue($"from {start}");
        }
        Torch.Equal(y[^Piece..], op(a[^Piece..], b[^Piece..])).ShouldBeTrue("at the end");
    }

    private static void WithThreads(int count, Action run)
    {
        int before = Torch.GetNumThreads();
        Torch.SetNumThreads(count);
        try
        {
            run();
        }
        finally
        {
            Torch.SetNumThreads(before);
        }
    }
}
