using MiniTorch.Data;
using Shouldly;

namespace MiniTorch.Tests.Data;

public class DataLoaderTests
{
    private static readonly Tensor X = Torch.Arange(20).Reshape(10, 2).Float();
    private static readonly Tensor Y = Torch.Arange(10);

    [Fact]
    public void A_pair_dataset_gives_pairs_of_batches()
    {
        int batches = 0;
        foreach (var (x, y) in new DataLoader(new TensorDataset(X, Y), batchSize: 4))
        {
            int size = batches++ < 2 ? 4 : 2;
            x.Shape.ShouldBe([size, 2]);
            y.Shape.ShouldBe([size]);
            x.Select(1, 0).ToArray<long>().ShouldBe(y.ToArray<long>().Select(i => 2 * i));
        }
        batches.ShouldBe(3);
    }

    [Fact]
    public void LINQ_works_on_a_loader()
    {
        var loader = new DataLoader(new TensorDataset(X, Y), batchSize: 4);
        loader.Take(1).Single().Target.ToArray<int>().ShouldBe([0, 1, 2, 3]);
        loader.Select(batch => batch.Input).ToArray().Length.ShouldBe(loader.Count);
        loader.First().Input.Shape.ShouldBe([4, 2]);
    }

    [Theory, InlineData(0), InlineData(3)]
    public void Gathering_whole_batches_gives_what_stacking_rows_gives(int workers)
    {
        var digits = Digits.Load();
        var parts = new Dataset<(Tensor, Tensor)>[] { digits, digits.Test, digits.Train.Subset([5, 3, 5, -1]), new TensorDataset(X.T.MT[.., 1..], Y) };
        foreach (var fast in parts)
        {
            var slow = fast.Map(sample => sample);
            fast.TryGetBatch([0], out _).ShouldBeTrue();
            slow.TryGetBatch([0], out _).ShouldBeFalse();

            DataLoader Loader(Dataset<(Tensor, Tensor)> dataset) => new(dataset, batchSize: 100, shuffle: true, numWorkers: workers, generator: new Generator().ManualSeed(1));
            foreach (var ((x, y), (expectedX, expectedY)) in Loader(fast).Zip(Loader(slow)))
            {
                x.Equal(expectedX).ShouldBeTrue();
                y.Equal(expectedY).ShouldBeTrue();
                (x.DType, y.DType).ShouldBe((expectedX.DType, expectedY.DType));
                x.IsContiguous().ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void A_batch_shares_no_memory_with_the_dataset()
    {
        var dataset = TensorDataset.Of(Torch.Zeros(4, 2));
        foreach (var x in new DataLoader<Tensor>(dataset, batchSize: 2)) x.Fill_(1);
        dataset.Tensors[0].Sum().Item().ShouldBe(0);
    }

    [Fact]
    public void Gradients_flow_through_batches_to_the_data()
    {
        var x = Torch.Ones([3, 2], requiresGrad: true);
        new DataLoader<Tensor>(TensorDataset.Of(x), sampler: [2, 0, 2], batchSize: 3).Single().Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([1, 1, 0, 0, 2, 2]);
    }

    [Fact]
    public void Every_kind_of_sample_has_its_batch()
    {
        Batch<float, Tensor>([1, 2]).DType.ShouldBe(DType.Float32);
        Batch<long, Tensor>([1, 2]).DType.ShouldBe(DType.Int64);
        Batch<byte, Tensor>([1, 2]).DType.ShouldBe(DType.UInt8);
        Batch<string, string[]>(["a", "b"]).ShouldBe(["a", "b"]);
        Batch<float[], Tensor>([[1, 2], [3, 4]]).ToArray<int>().ShouldBe([1, 2, 3, 4]);
        Batch<double[], Tensor>([[1, 2]]).DType.ShouldBe(DType.Float64);
        Batch<int[], Tensor>([[1, 2]]).DType.ShouldBe(DType.Int64);
        Batch<Tensor[], Tensor[]>([[X, Y], [X, Y]])[1].Shape.ShouldBe([2, 10]);
        Batch<(int, Tensor, float, bool), (Tensor, Tensor, Tensor, Tensor)>([(1, Y, 2, true)]).Item4.DType.ShouldBe(DType.Bool);
        Batch<Dictionary<string, Tensor>, Dictionary<string, Tensor>>([new() { ["x"] = X }, new() { ["x"] = X }])["x"].Shape.ShouldBe([2, 10, 2]);
    }

    [Fact]
    public void A_collate_function_may_make_anything()
    {
        var loader = new DataLoader<string, int>(["a", "bb", "ccc"], batchSize: 2, collateFn: words => words.Sum(w => w.Length));
        loader.ShouldBe([3, 3]);
    }

    [Fact]
    public void A_stream_is_read_once_in_its_order_however_many_workers_there_are()
    {
        foreach (int workers in new[] { 0, 1, 3 })
        {
            Numbers(new DataLoader<int, Tensor>(Stream(10), batchSize: 4, numWorkers: workers)).ShouldBe([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
            Numbers(new DataLoader<int, Tensor>(Stream(10), batchSize: 4, numWorkers: workers, dropLast: true)).ShouldBe([[0, 1, 2, 3], [4, 5, 6, 7]]);
            Numbers(new DataLoader<int, Tensor>(Stream(8), batchSize: 4, numWorkers: workers)).Count().ShouldBe(2);
            Numbers(new DataLoader<int, Tensor>(Stream(0), batchSize: 4, numWorkers: workers)).ShouldBeEmpty();
            new DataLoader<int>(Stream(3), batchSize: null, numWorkers: workers).ShouldBe([0, 1, 2]);
        }
    }

    [Fact]
    public void A_stream_may_know_its_length()
    {
        new DataLoader<int, Tensor>(new Counting(10), batchSize: 4).Count.ShouldBe(3);
        new DataLoader<int, Tensor>(new Counting(10), batchSize: 4, dropLast: true).Count.ShouldBe(2);
        var unknown = new DataLoader<int, Tensor>(Stream(10), batchSize: 4);
        Should.Throw<InvalidOperationException>(() => unknown.Count).Message.ShouldContain("the length is not known");
    }

    [Fact]
    public void Any_indices_serve_as_a_sampler()
    {
        Numbers(new DataLoader<Tensor>(TensorDataset.Of(Y), batchSize: 2, sampler: [3, 1, -1])).ShouldBe([[3, 1], [9]]);
        Numbers(new DataLoader<Tensor>(TensorDataset.Of(Y), batchSampler: new List<int>[] { [1], [2, 3] })).ShouldBe([[1], [2, 3]]);
        var endless = new DataLoader<Tensor>(TensorDataset.Of(Y), batchSize: 2, sampler: Forever());
        endless.Take(3).Last().ToArray<int>().ShouldBe([4, 5]);
        Should.Throw<InvalidOperationException>(() => endless.Count).Message.ShouldContain("has no Count");

        static IEnumerable<int> Forever()
        {
            for (int i = 0; ; i = (i + 1) % 10) yield return i;
        }
    }

    [Fact]
    public void A_dataset_may_grow_between_epochs()
    {
        List<int> growing = [0, 1];
        var loader = new DataLoader<int, Tensor>(growing, batchSize: 2, shuffle: true);
        loader.ToArray().Length.ShouldBe(1);
        growing.Add(2);
        loader.ToArray().Length.ShouldBe(2);
        loader.Count.ShouldBe(2);
    }

    [Fact]
    public void Options_that_exclude_each_other_are_refused()
    {
        var data = new TensorDataset(X, Y);
        int[][] batches = [[0]];
        Refused(() => new DataLoader(data, shuffle: true, sampler: [0])).ShouldContain("sampler and shuffle exclude each other");
        Refused(() => new DataLoader(data, batchSize: 2, batchSampler: batches)).ShouldContain("batchSampler excludes");
        Refused(() => new DataLoader(data, batchSize: null, batchSampler: batches)).ShouldContain("batchSampler excludes");
        Refused(() => new DataLoader(data, shuffle: true, batchSampler: batches)).ShouldContain("batchSampler excludes");
        Refused(() => new DataLoader(data, sampler: [0], batchSampler: batches)).ShouldContain("batchSampler excludes");
        Refused(() => new DataLoader(data, dropLast: true, batchSampler: batches)).ShouldContain("batchSampler excludes");
        Refused(() => new DataLoader(data, batchSize: null, dropLast: true)).ShouldContain("dropLast");
        Refused(() => new DataLoader(data, batchSize: null, collateFn: x => x[0])).ShouldContain("collateFn");
        Refused(() => new DataLoader<int, Tensor>([1], batchSize: null)).ShouldContain("dataset.Map(...)");
        Refused(() => new DataLoader(data, batchSize: 0)).ShouldContain("batchSize must be positive, got 0");
        Refused(() => new DataLoader(data, numWorkers: -1)).ShouldContain("numWorkers must not be negative, got -1");
        Refused(() => new DataLoader(data, prefetchFactor: 2)).ShouldContain("prefetchFactor means nothing without workers");
        Refused(() => new DataLoader(data, numWorkers: 1, prefetchFactor: 0)).ShouldContain("prefetchFactor must be positive, got 0");
        Refused(() => new DataLoader<int, Tensor>(Stream(3), shuffle: true)).ShouldContain("a stream comes in its own order");
        Refused(() => new DataLoader<int, Tensor>(Stream(3), sampler: [0])).ShouldContain("a stream comes in its own order");
        Refused(() => new DataLoader<int, Tensor>(Stream(3), batchSampler: batches)).ShouldContain("a stream comes in its own order");
        Refused(() => new DataLoader<int, Tensor>([], shuffle: true)).ShouldContain("numSamples must be positive, got 0, the length of the data source");
        Refused(() => new RandomSampler(10, numSamples: 0)).ShouldContain("numSamples must be positive, got 0");
        Refused(() => new WeightedRandomSampler([1, 2], 0)).ShouldContain("numSamples must be positive, got 0");
        Refused(() => new WeightedRandomSampler(Torch.Ones(2, 2), 1)).ShouldContain("must be a vector, got shape [2, 2]");
        Refused(() => new BatchSampler([1], 0, false)).ShouldContain("batchSize must be positive, got 0");
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void A_failing_sample_is_named(int workers)
    {
        var loader = new DataLoader<int, Tensor>(new Failing(at: 5), batchSize: 2, numWorkers: workers);
        using var batches = loader.GetEnumerator();

        batches.MoveNext().ShouldBeTrue();
        batches.MoveNext().ShouldBeTrue();
        var error = Should.Throw<DataLoaderException>(() => batches.MoveNext());

        error.Index.ShouldBe(5);
        error.InnerException.ShouldBeOfType<IOException>();
        string where = workers == 0 ? "" : $" (worker {2 % workers} of {workers})";
        error.Message.ShouldBe($"DataLoader: sample 5 could not be fetched{where}.  IOException: the disk is gone");
        batches.MoveNext().ShouldBeTrue();                // the rest of the epoch is unharmed
        batches.Current.ToArray<int>().ShouldBe([6, 7]);
    }

    [Fact]
    public void A_failing_batch_names_its_samples()
    {
        var ragged = new DataLoader<Tensor>([Torch.Zeros(2), Torch.Zeros(3)], batchSize: 2);
        Should.Throw<DataLoaderException>(() => ragged.First()).Message.ShouldStartWith("DataLoader: no batch could be made of the samples 0, 1.  ArgumentException: Stack: ");

        var far = new DataLoader<Tensor>(TensorDataset.Of(Y), batchSize: 2, sampler: [0, 10]);
        Should.Throw<DataLoaderException>(() => far.First()).Message.ShouldContain("there is no sample 10 among 10");

        var stream = new DataLoader<int, Tensor>(Stream(9, failAt: 3), batchSize: 2);
        Should.Throw<DataLoaderException>(() => stream.ToArray()).Index.ShouldBe(3);

        var mistyped = new DataLoader<(Tensor, int)>([(X, 1)]);
        Should.Throw<DataLoaderException>(() => mistyped.First()).Message.ShouldContain(
            "samples of type (Tensor, Int32) make a batch of type (Tensor, Tensor), not (Tensor, Int32).  Write DataLoader<(Tensor, Int32), (Tensor, Tensor)>");

        var unknown = new DataLoader<Version>([new Version(1, 0)]);
        Should.Throw<DataLoaderException>(() => unknown.First()).Message.ShouldContain("no rule for samples of type Version");

        var mixed = new DataLoader<object, Tensor>([1, 2.0], batchSize: 2);
        Should.Throw<DataLoaderException>(() => mixed.First()).Message.ShouldContain("found Int32 and Double");

        var empty = new DataLoader<Tensor>(TensorDataset.Of(Y), batchSampler: new int[][] { [] });
        Should.Throw<DataLoaderException>(() => empty.First()).Message.ShouldContain("there are no samples");
    }

    private static TBatch Batch<TItem, TBatch>(TItem[] items) => new DataLoader<TItem, TBatch>(items, batchSize: items.Length).Single();

    private static IEnumerable<int[]> Numbers(IEnumerable<Tensor> batches) => batches.Select(x => x.ToArray<int>());

    private static string Refused(Func<object> action) => Should.Throw<ArgumentException>(action).Message;

    private static IEnumerable<int> Stream(int n, int failAt = -1)
    {
        for (int i = 0; i < n; i++) yield return i == failAt ? throw new IOException("the disk is gone") : i;
    }

    private sealed class Counting(int n) : IterableDataset<int>
    {
        public override int? Count => n;

        public override IEnumerator<int> GetEnumerator() => Stream(n).GetEnumerator();
    }

    private sealed class Failing(int at) : Dataset<int>
    {
        public override int Count => 10;

        public override int this[int index] => index == at ? throw new IOException("the disk is gone") : index;
    }
}
