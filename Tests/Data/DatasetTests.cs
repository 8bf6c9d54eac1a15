using System.Security.Cryptography;
using System.Text;
using MiniTorch.Data;
using Shouldly;

namespace MiniTorch.Tests.Data;

public class DatasetTests
{
    private static readonly Tensor X = Torch.Arange(12).Reshape(6, 2);
    private static readonly Tensor Y = Torch.Arange(6) * 10;

    [Fact]
    public void A_tensor_dataset_gives_rows_as_views()
    {
        var dataset = new TensorDataset(X, Y);
        var (x, y) = dataset[2];

        dataset.Count.ShouldBe(6);
        x.ToArray<int>().ShouldBe([4, 5]);
        y.Item<int>().ShouldBe(20);
        y.Shape.ShouldBe([]);
        dataset[2].Input.Storage.ShouldBeSameAs(X.Storage);
        dataset[-1].Target.Item<int>().ShouldBe(50);
        dataset[^1].Target.Item<int>().ShouldBe(50);
    }

    [Fact]
    public void A_tensor_dataset_has_a_typed_form_for_one_three_and_any_number_of_tensors()
    {
        Tensor one = TensorDataset.Of(X)[1];
        (Tensor, Tensor, Tensor) three = TensorDataset.Of(X, Y, X)[1];
        Tensor[] four = TensorDataset.Of(X, Y, X, Y)[1];

        one.ToArray<int>().ShouldBe([2, 3]);
        three.Item2.Item<int>().ShouldBe(10);
        four.Length.ShouldBe(4);
    }

    [Fact]
    public void A_dataset_is_a_list()
    {
        var dataset = TensorDataset.Of(Y);
        dataset.Select(y => y.Item<int>()).ShouldBe([0, 10, 20, 30, 40, 50]);
        dataset[1..3].Select(y => y.Item<int>()).ShouldBe([10, 20]);
        dataset[4..].Count.ShouldBe(2);
        Should.Throw<ArgumentOutOfRangeException>(() => dataset[4..9]);
    }

    [Fact]
    public void Datasets_compose()
    {
        var a = TensorDataset.Of(Torch.Arange(3)).Map(x => x.Item<int>());
        var b = TensorDataset.Of(Torch.Arange(3, 5)).Map(x => x.Item<int>());

        (a + b).ShouldBe([0, 1, 2, 3, 4]);
        (a + b + a)[-1].ShouldBe(2);
        new ConcatDataset<int>([a, b, a]).CumulativeSizes.ShouldBe([3, 5, 8]);
        new ConcatDataset<int>([a.Subset([]), b]).ShouldBe([3, 4]);
        (a + b).Subset([4, 0, 4]).ShouldBe([4, 0, 4]);
        new StackDataset<int, int>(a, a.Map(x => -x)).ShouldBe([(0, 0), (1, -1), (2, -2)]);
    }

    [Fact]
    public void A_split_reads_as_variables()
    {
        var (train, test) = TensorDataset.Of(Y).RandomSplit([4, 2], new Generator().ManualSeed(0));
        train.Concat(test).Select(y => y.Item<int>()).Order().ShouldBe([0, 10, 20, 30, 40, 50]);

        var (a, b, c) = TensorDataset.Of(Y).RandomSplit([0.5, 0.25, 0.25], new Generator());
        (a.Count, b.Count, c.Count).ShouldBe((4, 1, 1));
    }

    [Fact]
    public void Digits_have_a_fixed_split()
    {
        var digits = Digits.Load(normalize: true);

        (digits.Count, digits.Train.Count, digits.Test.Count).ShouldBe((1797, 1437, 360));
        digits.Train.Indices.Concat(digits.Test.Indices).ShouldBe(Enumerable.Range(0, 1797));
        digits.Images.Max().Item().ShouldBe(1);
        digits[0].Input.Shape.ShouldBe([8, 8]);
        digits.Test.Select(s => s.Target.Item<int>()).Distinct().Count().ShouldBe(10);
    }

    [Fact]
    public void Iris_has_a_fixed_split_with_equal_classes()
    {
        var iris = Iris.Load();

        iris.Train.Indices.Concat(iris.Test.Indices).Order().ShouldBe(Enumerable.Range(0, 150));
        iris.Train.CountBy(s => s.Target.Item<int>()).Select(c => c.Value).ShouldBe([40, 40, 40]);
        iris.Test.CountBy(s => s.Target.Item<int>()).Select(c => c.Value).ShouldBe([10, 10, 10]);
        iris[0].Input.ToArray<float>().ShouldBe([5.1f, 3.5f, 1.4f, 0.2f]);
    }

    [Theory]
    [InlineData("digits.csv.gz", "46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a")]
    [InlineData("iris.csv", "f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449")]
    public void Embedded_files_have_the_checksums_that_the_readme_states(string file, string sha256)
    {
        using var stream = NumericCsv.Open(file);
        Convert.ToHexStringLower(SHA256.HashData(stream)).ShouldBe(sha256);
    }

    [Theory]
    [InlineData("1,2\n3,4\n", null)]
    [InlineData("1,2\n3,4", null)]
    [InlineData("1,2\n", "t.csv: the file ends before line 2 of 2.")]
    [InlineData("1,2\n3\n", "t.csv, line 2: expected 2 numbers, found 1.")]
    [InlineData("1,2,3\n4,5\n", "t.csv, line 1: expected 2 numbers, found 3.")]
    [InlineData("1,2\n3,x\n", "t.csv, line 2: \"x\" is no number.")]
    [InlineData("1,2\n3,4\n5,6\n", "t.csv: there is more after line 2, the last one expected.")]
    public void A_malformed_table_is_reported_with_its_line(string text, string? error)
    {
        Tensor Read() => NumericCsv.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv", rows: 2, columns: 2);

        if (error is null) Read().ToArray<int>().ShouldBe([1, 2, 3, 4]);
        else Should.Throw<InvalidDataException>(Read).Message.ShouldBe(error);
    }

    [Fact]
    public void Errors_say_what_and_how_many()
    {
        var dataset = TensorDataset.Of(Y);
        Message(() => new TensorDataset(X, Torch.Zeros(5))).ShouldContain("shapes [6, 2] and [5] have 6 and 5 rows");
        Message(() => TensorDataset.Of(Torch.Tensor(1.0))).ShouldContain(".Unsqueeze(0)");
        Message(() => TensorDataset.Of([])).ShouldContain("there are no tensors");
        Message(() => dataset[6]).ShouldContain("TensorDataset: there is no sample 6 among 6.");
        Message(() => dataset[-7]).ShouldContain("no sample -7");
        Message(() => dataset.RandomSplit([4, 3])).ShouldContain("[4, 3] add up to 7, but the dataset has 6");
        Message(() => dataset.RandomSplit([7, -1])).ShouldContain("must not be negative, got -1");
        Message(() => dataset.RandomSplit([0.5, 0.4])).ShouldContain("add up to 0.9, not to 1");
        Message(() => dataset.RandomSplit([1.5, -0.5])).ShouldContain("must be in [0, 1], got 1.5");
        Message(() => dataset.RandomSplit([double.NaN])).ShouldContain("must be in [0, 1]");
        Message(() => { var (_, _) = dataset.RandomSplit([6]); }).ShouldContain("1 parts do not fit 2 variables");
        Message(() => new ConcatDataset<Tensor>([])).ShouldContain("there are no datasets");
        Message(() => new StackDataset<Tensor, Tensor>(dataset, dataset[1..])).ShouldContain("6 samples cannot be paired with 5");
    }

    private static string Message(Func<object> action) => Should.Throw<ArgumentException>(action).Message;

    private static string Message(Action action) => Should.Throw<ArgumentException>(action).Message;
}
