using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>The random numbers against PyTorch's, bit for bit: Goldens/generate_random.py says what is drawn.</summary>
public class RandomTests
{
    private static readonly Golden Goldens = JsonSerializer.Deserialize<Golden>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "random.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Cases => [.. Goldens.Cases.Keys];

    [Theory, MemberData(nameof(Cases))]
    public void Equals_PyTorch(string name)
    {
        var generator = new Generator().ManualSeed(Goldens.Cases[name].Seed);
        foreach (var call in Goldens.Cases[name].Calls) Check(call, generator);
    }

    [Fact]
    public void A_state_from_PyTorch_goes_on_here()
    {
        var generator = new Generator().SetState(Goldens.Carried.State);
        generator.InitialSeed().ShouldBe(-1);
        foreach (var call in Goldens.Carried.Calls) Check(call, generator);
    }

    [Fact]
    public void A_state_has_the_bytes_of_PyTorch()
    {
        var generator = new Generator().ManualSeed(-1);
        RandomKernels.Normal(new float[5], 0, 1, generator);
        var (ours, theirs) = (generator.GetState(), Goldens.Carried.State);

        // The normal draw that waits is a double from the C library, see AssertClose.
        const int waiting = 5024;
        AssertClose(BitConverter.ToDouble(theirs, waiting), BitConverter.ToDouble(ours, waiting), scale: 1);
        theirs.AsSpan(waiting, sizeof(double)).CopyTo(ours.AsSpan(waiting));
        ours.ShouldBe(theirs);
    }

    [Theory]
    [InlineData(0)]         // freshly seeded
    [InlineData(1)]
    [InlineData(623)]
    [InlineData(624)]       // the block is spent
    [InlineData(625)]
    public void A_state_returns_to_where_it_was_taken(int draws)
    {
        var generator = new Generator().ManualSeed(5);
        RandomKernels.Uniform(new float[draws], 0, 1, generator);
        var state = generator.GetState();
        var expected = Draw(generator);

        Draw(generator.SetState(state)).ShouldBe(expected);
        Draw(new Generator().SetState(state)).ShouldBe(expected);

        static float[] Draw(Generator generator)
        {
            var y = new float[700];
            RandomKernels.Normal<float>(y.AsSpan(0, 3), 0, 1, generator);
            RandomKernels.Normal<float>(y.AsSpan(3), 0, 1, generator);
            return y;
        }
    }

    [Fact]
    public void Seeds()
    {
        new Generator().InitialSeed().ShouldBe(67280421310721);
        new Generator().ManualSeed(-3).InitialSeed().ShouldBe(-3);

        var generator = new Generator();
        var seed = generator.Seed();
        generator.InitialSeed().ShouldBe(seed);
        seed.ShouldBeInRange(0, (1L << 53) - 1);
        generator.GetState().ShouldBe(new Generator().ManualSeed(seed).GetState());
    }

    [Fact]
    public void Only_the_low_32_bits_of_a_seed_count()
    {
        Draw(7).ShouldBe(Draw(7 + (5L << 32)));
        Draw(7).ShouldNotBe(Draw(8));

        static float[] Draw(long seed)
        {
            var y = new float[20];
            RandomKernels.Uniform<float>(y, 0, 1, new Generator().ManualSeed(seed));
            return y;
        }
    }

    [Fact]
    public void Threads_share_a_generator_fill_by_fill()
    {
        Generator shared = new(), alone = new();
        Parallel.For(0, 64, _ => RandomKernels.Uniform(new float[1001], 0, 1, shared));
        RandomKernels.Uniform(new float[64 * 1001], 0, 1, alone);
        shared.GetState().ShouldBe(alone.GetState());
    }

    [Fact]
    public void A_refused_fill_draws_nothing_and_says_why()
    {
        var generator = new Generator();
        var before = generator.GetState();
        float[] x = new float[4];
        double nan = double.NaN;

        Refuses(() => RandomKernels.Uniform<float>(x, 2, 1, generator), "Uniform: from must not be above to, got from = 2, to = 1.");
        Refuses(() => RandomKernels.Uniform<float>(x, -3e38, 3e38, generator), "Uniform: to - from must fit the dtype, got from = -3E+38, to = 3E+38.");
        Refuses(() => RandomKernels.Normal<float>(x, 0, -1, generator), "Normal: std must be at least 0, got -1.");
        Refuses(() => RandomKernels.Normal<float>(new float[20], 0, nan, generator), "Normal: std must be at least 0, got NaN.");
        Refuses(() => RandomKernels.Exponential<float>(x, -1, generator), "Exponential: lambda must be at least 0, got -1.");
        Refuses(() => RandomKernels.Bernoulli<float>(x, 1.5, generator), "Bernoulli: p must be in [0, 1], got 1.5.");
        Refuses(() => RandomKernels.Bernoulli<float, double>(x, [0, 1, nan, 0], generator), "Bernoulli: every p must be in [0, 1], got NaN at position 2.");
        Refuses(() => RandomKernels.Dropout<float>(x, -0.5, generator), "Dropout: p must be in [0, 1], got -0.5.");
        Refuses(() => RandomKernels.Random<long>(new long[4], 5, 5, generator), "Random: from must be below to, got from = 5, to = 5.");
        Refuses(() => RandomKernels.Random<byte>(new byte[4], 0, 257, generator), "Random: 256 is outside the range of Byte, 0 to 255.");
        Refuses(() => RandomKernels.Random<byte>(new byte[4], -1, 5, generator), "Random: -1 is outside the range of Byte, 0 to 255.");
        Refuses(() => RandomKernels.Random(new bool[4], 0, 3, generator), "Random: a Bool is 0 or 1, got from = 0, to = 3.");
        Refuses(() => RandomKernels.Random<float>(x, (1 << 25) + 1, (1 << 25) + 3, generator), "Random: Single holds no number from [33554433, 33554435).");
        Refuses(() => RandomKernels.RandomFrom<int>(new int[4], 1L << 31, generator), "Random: 2147483648 is outside the range of Int32, -2147483648 to 2147483647.");
        Refuses(() => Multinomial([0, 0, 0], 1), "Multinomial: at least one weight of every row must be above 0, got only zeros.");
        Refuses(() => Multinomial([1, -1, 0], 1), "Multinomial: a weight must be finite and at least 0, got -1 at position 1.");
        Refuses(() => Multinomial([1, 1, float.PositiveInfinity], 2), "Multinomial: a weight must be finite and at least 0, got Infinity at position 2.");
        Refuses(() => Multinomial([1, 1, 1], 0), "Multinomial: numSamples must be above 0, got 0.");
        Refuses(() => Multinomial([1, 1, 1], 4), "Multinomial: cannot draw 4 of 3 categories without replacement. Draw fewer, or pass replacement: true.");
        Refuses(() => generator.SetState(new byte[10]), "SetState: a generator's state has 5056 bytes, got 10.");
        Refuses(() => generator.SetState(new byte[5056]), "SetState: these bytes are not a state that GetState() returned.");

        generator.GetState().ShouldBe(before);

        void Multinomial(float[] weights, int count) =>
            RandomKernels.Multinomial<float>(weights, weights.Length, new long[count], count, replacement: false, generator);

        static void Refuses(Action fill, string message) => Should.Throw<ArgumentException>(fill).Message.ShouldStartWith(message);
    }

    // ---- a call of the golden file -----------------------------------------------------------------------------------

    private static void Check(Call call, Generator generator)
    {
        switch (call.DType)
        {
            case null: generator.ManualSeed(call.Long(0)!.Value); break;
            case "float32": Compare(call, DrawReal<float>(call, generator)); break;
            case "float64": Compare(call, DrawReal<double>(call, generator)); break;
            case "int64": Compare(call, DrawWhole<long>(call, generator)); break;
            case "int32": Compare(call, DrawWhole<int>(call, generator)); break;
            case "uint8": Compare(call, DrawWhole<byte>(call, generator)); break;
            case "bool": Compare(call, DrawBool(call, generator)); break;
            default: throw new InvalidDataException(call.DType);
        }
        var state = generator.GetState();
        Digest([.. state[..5016], .. state[5040..5048]]).ShouldBe(call.State, $"the state after {call}");
    }

    private static Array DrawReal<T>(Call call, Generator generator) where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        var y = new T[call.N];
        switch (call.Op)
        {
            case "uniform": RandomKernels.Uniform<T>(y, call.Double(0), call.Double(1), generator); return y;
            case "normal": RandomKernels.Normal<T>(y, call.Double(0), call.Double(1), generator); return y;
            case "normal_strided": RandomKernels.NormalOneByOne<T>(y, call.Double(0), call.Double(1), generator); return y;
            case "exponential": RandomKernels.Exponential<T>(y, call.Double(0), generator); return y;
            case "dropout": RandomKernels.Dropout<T>(y, call.Double(0), generator); return y;
            case "multinomial":
                var (replacement, rows) = (call.Args[0].GetBoolean(), call.Args[1].GetInt32());
                var row = Goldens.Weights.Select(T.CreateTruncating);
                var samples = new long[rows * call.N];
                RandomKernels.Multinomial<T>(Enumerable.Repeat(row, rows).SelectMany(w => w).ToArray(), Goldens.Weights.Length, samples, call.N, replacement, generator);
                return samples;
            default: return DrawWhole<T>(call, generator);
        }
    }

    private static T[] DrawWhole<T>(Call call, Generator generator) where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        var y = new T[call.N];
        switch (call.Op)
        {
            case "random" when call.Args is []: RandomKernels.Random<T>(y, generator); break;
            case "random" when call.Long(1) is { } to: RandomKernels.Random<T>(y, call.Long(0)!.Value, to, generator); break;
            case "random": RandomKernels.RandomFrom<T>(y, call.Long(0)!.Value, generator); break;
            case "randperm": RandomKernels.Randperm<T>(y, generator); break;
            case "bernoulli": RandomKernels.Bernoulli<T>(y, call.Double(0), generator); break;
            case "bernoulli_float": RandomKernels.Bernoulli<T, float>(y, Probabilities<float>(call.N), generator); break;
            case "bernoulli_double": RandomKernels.Bernoulli<T, double>(y, Probabilities<double>(call.N), generator); break;
            default: throw new InvalidDataException(call.Op);
        }
        return y;
    }

    private static byte[] DrawBool(Call call, Generator generator)
    {
        var y = new bool[call.N];
        if (call.Op == "bernoulli") RandomKernels.Bernoulli(y, call.Double(0), generator);
        else if (call.Args is []) RandomKernels.Random(y, generator);
        else RandomKernels.Random(y, call.Long(0)!.Value, call.Long(1)!.Value, generator);
        return MemoryMarshal.AsBytes<bool>(y).ToArray();
    }

    // 0, ¼, ½, ¾, 1, 0 ...
    private static T[] Probabilities<T>(int n) where T : IFloatingPointIeee754<T> =>
        [.. Enumerable.Range(0, n).Select(i => T.CreateTruncating(i % 5 / 4.0))];

    // ---- the comparison ----------------------------------------------------------------------------------------------

    private static void Compare(Call call, Array y)
    {
        if (y is double[] real && call.Op is "normal" or "normal_strided" or "exponential")
        {
            var expected = call.Shown.Split(' ').Select(bits => BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber))).ToArray();
            var mean = call.Op == "exponential" ? 0 : call.Double(0);
            for (var i = 0; i < expected.Length; i++)
                AssertClose(expected[i], real[Shown(i, expected.Length, real.Length)], Math.Abs(mean) + Math.Abs(expected[i]));
        }
        else
        {
            var bytes = new byte[Buffer.ByteLength(y)];
            Buffer.BlockCopy(y, 0, bytes, 0, bytes.Length);
            Digest(bytes).ShouldBe(call.All, $"{call} should begin {call.Shown}, was {Convert.ToHexString(bytes.AsSpan(0, Math.Min(32, bytes.Length)))}");
        }
    }

    /// <summary>Within 4 ulps of the scale: the one thing we leave to the C library, as PyTorch does, are log, sin and cos in double.</summary>
    /// <remarks>With the GNU C library 2.36 every bit is equal. Others, each right to an ulp or so, may end on another last bit.</remarks>
    private static void AssertClose(double expected, double actual, double scale) =>
        Math.Abs(actual - expected).ShouldBeLessThanOrEqualTo(4 * (Math.BitIncrement(scale) - scale));

    private static int Shown(int i, int shown, int n) => n <= shown ? i : i * (n - 1) / (shown - 1);

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];

    private sealed record Golden(double[] Weights, Carried Carried, Dictionary<string, Case> Cases);

    private sealed record Carried(byte[] State, Call[] Calls);

    private sealed record Case(long Seed, Call[] Calls);

    private sealed record Call(string Op, string? DType, int N, JsonElement[] Args, string Shown, string All, string State)
    {
        public double Double(int i) => Args[i].GetDouble();

        public long? Long(int i) => Args[i].ValueKind == JsonValueKind.Null ? null : Args[i].GetInt64();

        public override string ToString() => $"{Op}({string.Join(", ", Args)}) of {N} {DType}";
    }
}
