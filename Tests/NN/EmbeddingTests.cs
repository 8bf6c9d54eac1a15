using MiniTorch.NN;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>What of an embedding the table of ops does not show: the length limit, given tables, second derivatives, errors.</summary>
public class EmbeddingTests
{
    // w = torch.tensor([[3., 4.], [.3, .4], [6., 8.], [0., 5.]]); F.embedding(torch.tensor([2, 1, 2]), w, max_norm=5.0), then w
    [Fact]
    public void Long_rows_that_are_looked_up_are_scaled_down_in_place()
    {
        var w = Torch.Tensor(new double[,] { { 30, 40 }, { .3, .4 }, { 6, 8 }, { 0, 5 } }).Double();
        var y = F.Embedding(Torch.Tensor([2, 1, 2]), w, maxNorm: 5);
        double scale = 5 / (10 + 1e-7);
        y.Flatten().ToArray<double>().ShouldBe([6 * scale, 8 * scale, .3f, .4f, 6 * scale, 8 * scale], 1e-15);
        w[0].ToArray<double>().ShouldBe([30, 40]);
        w[2].ToArray<double>().ShouldBe([6 * scale, 8 * scale], 1e-15);

        F.Embedding(Torch.Tensor([0]), w, maxNorm: 7, normType: 1);
        w[0].Abs().Sum().Item().ShouldBe(7, 1e-6);
    }

    [Fact]
    public void The_length_limit_is_a_change_in_place()
    {
        var w = Torch.Tensor(new double[,] { { 3, 4 } }).RequiresGrad_();
        var before = w.Square();
        F.Embedding(Torch.Tensor([0]), w, maxNorm: 1);
        Should.Throw<InvalidOperationException>(() => before.Sum().Backward()).Message.ShouldContain("changed in place");
    }

    [Fact]
    public void A_given_table_is_shared_and_frozen()
    {
        var table = Torch.Tensor(new double[,] { { 1, 2 }, { 3, 4 } });
        var layer = Embedding.FromPretrained(table);
        layer.Weight.RequiresGrad.ShouldBeFalse();
        table[1, 0] = 7.0;
        layer.Call(Torch.Tensor([1])).ToArray<double>().ShouldBe([7, 4]);
        Embedding.FromPretrained(table, freeze: false, paddingIdx: -2).ShouldSatisfyAllConditions(
            static e => e.Weight.RequiresGrad.ShouldBeTrue(), static e => e.PaddingIdx.ShouldBe(0), static e => e.ToString().ShouldBe("Embedding(2, 2, padding_idx=0)"));
    }

    [Fact]
    public void The_gradient_is_the_same_with_and_without_a_graph_of_its_own()
    {
        var w = Torch.Randn([5, 3], requiresGrad: true);
        var (i, dy) = (Torch.Tensor([4, 0, 4, 2, 0, 4]), Torch.Randn(6, 3));
        foreach (int? padding in new int?[] { null, 4 })
        {
            foreach (bool byFrequency in new[] { false, true })
            {
                var y = F.Embedding(i, w, padding, scaleGradByFreq: byFrequency);
                var g = Torch.Grad(y, w, dy, retainGraph: true);
                g.Allclose(Torch.Grad(y, w, dy, createGraph: true)).ShouldBeTrue();
                if (padding is not null) g[4].Abs().Sum().Item().ShouldBe(0);
            }
        }
    }

    [Fact]
    public void Integers_of_32_bits_are_indices_too()
        => F.Embedding(Torch.Tensor([1, 0]).Int(), Torch.Tensor(new double[,] { { 1 }, { 2 } })).Flatten().ToArray<double>().ShouldBe([2, 1]);

    [Fact]
    public void Errors_name_shapes_and_the_way_out()
    {
        var w = Torch.Zeros(3, 2);
        Error(() => F.Embedding(Torch.Tensor([0, 3]), w)).ShouldStartWith("Embedding: index 3 is out of range for dimension 0, which has size 3.");
        Error(() => F.Embedding(Torch.Tensor([0.5]), w)).ShouldStartWith("Embedding: expected indices of DType.Int64 or DType.Int32, got Float32.");
        Error(() => F.Embedding(Torch.Tensor([0]), w[0])).ShouldBe("Embedding: the weight is a matrix [rows, features], got shape [2].");
        Error(() => new Embedding(3, 2, paddingIdx: 3)).ShouldBe("Embedding: paddingIdx 3 is no row of 3.");
        Error(() => Embedding.FromPretrained(w[0])).ShouldBe("FromPretrained: the embeddings are a matrix [rows, features], got shape [2].");

        static string Error(Func<object> f) => Should.Throw<ArgumentException>(f).Message.Split(" (Parameter")[0];
    }
}
