using System.Text.Json;
using MiniTorch.Data;
using Shouldly;

namespace MiniTorch.Tests.Data;

/// <summary>What is visited in which order, against PyTorch: Goldens/generate_data.py has the Python of every case.</summary>
[Collection(Serial.Name)]
public class DataGoldenTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Golden Goldens = JsonSerializer.Deserialize<Golden>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "data.json")), SnakeCase)!;

    private static readonly Dictionary<string, Func<Generator, Sampler<int>>> Samplers = new()
    {
        ["sequential"] = own => new SequentialSampler(5),
        ["random"] = own => new RandomSampler(10),
        ["random, more samples than items"] = own => new RandomSampler(10, numSamples: 14),
        ["random, twice the items"] = own => new RandomSampler(5, numSamples: 10),
        ["random, fewer samples than items"] = own => new RandomSampler(10, numSamples: 3),
        ["random, own generator"] = own => new RandomSampler(10, generator: own),
        ["random, own generator, more samples"] = own => new RandomSampler(10, numSamples: 14, generator: own),
        ["replacement"] = own => new RandomSampler(10, replacement: true),
        ["replacement, 70 samples"] = own => new RandomSampler(1000, replacement: true, numSamples: 70),
        ["replacement, 64 samples, own generator"] = own => new RandomSampler(1000, replacement: true, numSamples: 64, generator: own),
        ["subset"] = own => new SubsetRandomSampler([10, 11, 12, 13, 14]),
        ["subset, own generator"] = own => new SubsetRandomSampler([3, 1, 4, 1, 5, 9], own),
        ["weighted"] = own => new WeightedRandomSampler([.1, .9, .4, .7, 3, .6], 5),
        ["weighted, no replacement"] = own => new WeightedRandomSampler([.9, .4, .05, .2, .3, .1], 5, replacement: false),
        ["weighted, own generator"] = own => new WeightedRandomSampler([1, 0, 2, 3], 20, generator: own),
    };

    private static readonly Dictionary<string, (int N, Func<int[], Generator, DataLoader<int, Tensor>> Make)> Loaders = new()
    {
        ["in order"] = (10, (x, own) => new(x, batchSize: 4)),
        ["shuffled"] = (10, (x, own) => new(x, batchSize: 4, shuffle: true)),
        ["shuffled, drop last"] = (10, (x, own) => new(x, batchSize: 4, shuffle: true, dropLast: true)),
        ["shuffled, own generator"] = (10, (x, own) => new(x, batchSize: 4, shuffle: true, generator: own)),
        ["in order, own generator"] = (10, (x, own) => new(x, batchSize: 4, generator: own)),
        ["shuffled, 2 workers"] = (10, (x, own) => new(x, batchSize: 4, shuffle: true, numWorkers: 2)),
        ["shuffled, own generator, 3 workers"] = (50, (x, own) => new(x, batchSize: 4, shuffle: true, generator: own, numWorkers: 3)),
        ["sampler"] = (10, (x, own) => new(x, batchSize: 4, sampler: new RandomSampler(10, replacement: true, numSamples: 37))),
        ["sampler and loader share a generator"] = (10, (x, own) => new(x, batchSize: 4, sampler: new RandomSampler(10, true, 70, own), generator: own)),
        ["weighted sampler"] = (4, (x, own) => new(x, batchSize: 3, sampler: new WeightedRandomSampler([1, 0, 2, 3], 8))),
        ["batch sampler"] = (10, (x, own) => new(x, batchSampler: new BatchSampler(new RandomSampler(10, generator: own), 3, true))),
        ["one by one"] = (5, (x, own) => new(x, shuffle: true)),
        ["a batch larger than the dataset"] = (3, (x, own) => new(x, batchSize: 8, shuffle: true)),
        ["no samples"] = (0, (x, own) => new(x, batchSize: 4)),
    };

    public static TheoryData<string> SamplerNames => [.. Goldens.Samplers.Select(c => c.Sampler).Distinct()];

    public static TheoryData<string> LoaderNames => [.. Goldens.Loaders.Select(c => c.Loader).Distinct()];

    public static TheoryData<int> Splits => [.. Enumerable.Range(0, Goldens.Splits.Length)];

    [Theory, MemberData(nameof(SamplerNames))]
    public void Samplers_draw_as_PyTorch(string name)
    {
        foreach (var golden in Goldens.Samplers.Where(c => c.Sampler == name))
        {
            Torch.ManualSeed(golden.Seed);
            var own = new Generator().ManualSeed(7);
            var sampler = Samplers[name](own);

            foreach (var pass in golden.Passes) sampler.ShouldBe(pass);
            Next().ShouldBe(golden.Next);
            Next(own).ShouldBe(golden.NextOwn);
            sampler.Count.ShouldBe(golden.Passes[0].Length);
        }
    }

    [Theory, MemberData(nameof(LoaderNames))]
    public void Loaders_visit_as_PyTorch(string name)
    {
        foreach (var golden in Goldens.Loaders.Where(c => c.Loader == name))
        {
            Torch.ManualSeed(golden.Seed);
            var own = new Generator().ManualSeed(7);

            if (name == "single samples") Check(new DataLoader<int>([0, 1, 2, 3, 4], batchSize: null, shuffle: true), x => [x], golden);
            else Check(Loaders[name].Make([.. Enumerable.Range(0, Loaders[name].N)], own), x => x.ToArray<int>(), golden);
            Next().ShouldBe(golden.Next);
            Next(own).ShouldBe(golden.NextOwn);
        }
    }

    [Theory, InlineData(0), InlineData(2)]
    public void Draws_between_batches_fall_where_they_do_in_PyTorch(int workers)
    {
        var golden = Goldens.Interleaved.Single(c => c.Workers == workers);
        var own = Torch.ManualSeed(golden.Seed);
        var loader = new DataLoader<int, Tensor>([.. Enumerable.Range(0, 50)], batchSize: 8, sampler: new RandomSampler(50, true, 80, own), numWorkers: workers, generator: own);

        var steps = loader.Select(batch => (Batch: batch.ToArray<int>(), Draw: Next())).ToArray();

        steps.Select(s => s.Batch).ShouldBe(golden.Batches);
        steps.Select(s => s.Draw).ShouldBe(golden.Draws);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Workers_draw_from_the_streams_of_PyTorchs_workers(int workers)
    {
        var golden = Goldens.Noise.Single(c => c.Workers == workers);
        Torch.ManualSeed(golden.Seed);
        var noise = new DataLoader<Tensor>(new Noise(), batchSize: 2, numWorkers: workers);

        foreach (var epoch in golden.Epochs)
            noise.Select(batch => batch.ToArray<double>()).ShouldBe(epoch);
    }

    [Theory, InlineData(0), InlineData(2)]
    public void An_epoch_that_is_left_early_does_not_disturb_the_next(int workers)
    {
        var golden = Goldens.Left.Single(c => c.Workers == workers);
        Torch.ManualSeed(golden.Seed);
        var loader = new DataLoader<int, Tensor>([.. Enumerable.Range(0, 40)], batchSize: 3, shuffle: true, numWorkers: workers);

        loader.First().ToArray<int>().ShouldBe(golden.First);
        Numbers(loader).ShouldBe(golden.Epoch);
        Next().ShouldBe(golden.Next);
    }

    [Theory, MemberData(nameof(Splits))]
    public void Splits_are_PyTorchs(int i)
    {
        var golden = Goldens.Splits[i];
        Torch.ManualSeed(golden.Seed);
        var dataset = TensorDataset.Of(Torch.Arange(golden.N));

        var parts = golden.Lengths is { } lengths ? dataset.RandomSplit(lengths) : dataset.RandomSplit(golden.Fractions);

        parts.Select(p => p.Indices).ShouldBe(golden.Parts);
        Next().ShouldBe(golden.Next);
    }

    [Fact]
    public void Batches_have_the_dtypes_of_PyTorchs_default_collate()
    {
        var batches = new Dictionary<string, Tensor[]>
        {
            ["ints"] = [Collate.Default<int, Tensor>([1, 2, 3])],
            ["floats"] = [Collate.Default<double, Tensor>([0.5, 1.1])],
            ["bools"] = [Collate.Default<bool, Tensor>([true, false])],
            ["tensors"] = [Collate.Default<Tensor, Tensor>([Torch.Tensor([1.0, 2]), Torch.Tensor([3.0, 4])])],
            ["0-dim integer tensors"] = [Collate.Default<Tensor, Tensor>([Torch.Tensor(1), Torch.Tensor(2)])],
            ["pairs"] = Parts(Collate.Default<(Tensor, int), (Tensor, Tensor)>([(Torch.Tensor([1.0, 2]), 3), (Torch.Tensor([4.0, 5]), 6)])),
            ["triples"] = Parts(Collate.Default<(int, double, Tensor), (Tensor, Tensor, Tensor)>([(1, 0.5, Torch.Tensor(true)), (2, 1.1, Torch.Tensor(false))])),
        };
        foreach (var golden in Goldens.Collated)
        {
            var parts = batches[golden.Name];
            parts.Select(x => x.DType.ToString()).ShouldBe(golden.Parts.Select(x => x.Dtype), golden.Name);
            parts.Select(x => x.Shape.ToArray()).ShouldBe(golden.Parts.Select(x => x.Shape), golden.Name);
            parts.Select(x => x.ToArray<double>()).ShouldBe(golden.Parts.Select(x => x.Data.Select(Number)), golden.Name);
        }
    }

    [Fact]
    public void Digits_are_the_file()
    {
        var (golden, digits) = (Goldens.Datasets["digits"], Digits.Load());

        digits.Images.Shape.ShouldBe([1797, 8, 8]);
        digits.Data.Shape.ToArray().ShouldBe(golden.Shape);
        digits.Images.DType.ShouldBe(DType.Float32);
        digits.Data.Sum().Item().ShouldBe(golden.Sum);
        digits.Data.Square().Sum().Item().ShouldBe(golden.Squares);
        digits.Data.Sum(0).ToArray<double>().ShouldBe(golden.Columns);
        digits.Data.Sum(1).ToArray<double>().ShouldBe(golden.Rows);
        digits.Targets.DType.ShouldBe(DType.Int64);
        digits.Targets.ToArray<int>().ShouldBe(golden.Targets);
        ClassCounts(digits.Targets, Digits.ClassNames.Count).ShouldBe(golden.Classes);
    }

    [Fact]
    public void Iris_is_the_file()
    {
        var (golden, iris) = (Goldens.Datasets["iris"], Iris.Load());

        iris.Data.Shape.ToArray().ShouldBe(golden.Shape);
        iris.Data.DType.ShouldBe(DType.Float32);
        iris.Data.Sum(0).ToArray<double>().ShouldBe(golden.Columns, 1e-3);
        iris.Data.Sum(1).ToArray<double>().ShouldBe(golden.Rows, 1e-5);
        iris.Data.Double().Square().Sum().Item().ShouldBe(golden.Squares, 1e-3);
        iris.Targets.ToArray<int>().ShouldBe(golden.Targets);
        ClassCounts(iris.Targets, Iris.ClassNames.Count).ShouldBe(golden.Classes);
    }

    private static void Check<T>(DataLoader<int, T> loader, Func<T, int[]> numbers, LoaderCase golden)
    {
        foreach (var epoch in golden.Epochs) loader.Select(numbers).ShouldBe(epoch);
        loader.Count.ShouldBe(golden.Count);
    }

    private static long Next(Generator? generator = null) => Torch.Randint(1L << 31, [1], generator).Item<long>();

    private static IEnumerable<int[]> Numbers(IEnumerable<Tensor> batches) => batches.Select(x => x.ToArray<int>());

    private static Tensor[] Parts((Tensor, Tensor) x) => [x.Item1, x.Item2];

    private static Tensor[] Parts((Tensor, Tensor, Tensor) x) => [x.Item1, x.Item2, x.Item3];

    private static double Number(JsonElement x) => x.ValueKind switch { JsonValueKind.True => 1, JsonValueKind.False => 0, _ => x.GetDouble() };

    private static IEnumerable<int> ClassCounts(Tensor targets, int classes)
    {
        var labels = targets.ToArray<int>();
        return Enumerable.Range(0, classes).Select(c => labels.Count(x => x == c));
    }

    private sealed class Noise : Dataset<Tensor>
    {
        public override int Count => 12;

        public override Tensor this[int index] => Torch.Rand([], generator: WorkerInfo.Current?.Generator);
    }

    private sealed record Golden(
        SamplerCase[] Samplers, LoaderCase[] Loaders, Interleave[] Interleaved, NoiseCase[] Noise, LeftCase[] Left, SplitCase[] Splits,
        CollateCase[] Collated, Dictionary<string, Facts> Datasets);

    private sealed record SamplerCase(string Sampler, long Seed, int[][] Passes, long Next, long NextOwn);

    private sealed record LoaderCase(string Loader, long Seed, int Count, int[][][] Epochs, long Next, long NextOwn);

    private sealed record Interleave(int Workers, long Seed, int[][] Batches, long[] Draws);

    private sealed record NoiseCase(int Workers, long Seed, double[][][] Epochs);

    private sealed record LeftCase(int Workers, long Seed, int[] First, int[][] Epoch, long Next);

    private sealed record SplitCase(int N, double[]? Fractions, int[]? Lengths, long Seed, int[][] Parts, long Next);

    private sealed record CollateCase(string Name, Part[] Parts);

    private sealed record Part(string Dtype, int[] Shape, JsonElement[] Data);

    private sealed record Facts(int[] Shape, double Sum, double Squares, double[] Columns, double[] Rows, int[] Targets, int[] Classes);
}

/// <summary>Tests that draw from the default generator, or watch the thread pool, and so must not run beside others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Serial
{
    public const string Name = "Serial";
}
