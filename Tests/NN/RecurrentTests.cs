using MiniTorch.Kernels;
using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Recurrent layers and cells: against PyTorch, against the same steps in ordinary ops, and against numeric derivatives.</summary>
[Collection(Seeded.Name)]
public class RecurrentTests
{
    // ---- against PyTorch ----------------------------------------------------------------------------------------------

    private static readonly Dictionary<string, Func<Module>> Made = new()
    {
        ["nn.RNN(3, 4)"] = static () => new RNN(3, 4),
        ["nn.RNN(3, 9, num_layers=2, nonlinearity='relu', batch_first=True)"] = static () => new RNN(3, 9, numLayers: 2, nonlinearity: "relu", batchFirst: true),
        ["nn.RNN(3, 5, bias=False, bidirectional=True)"] = static () => new RNN(3, 5, bias: false, bidirectional: true),
        ["nn.LSTM(3, 4)"] = static () => new LSTM(3, 4),
        ["nn.LSTM(3, 4, batch_first=True)"] = static () => new LSTM(3, 4, batchFirst: true),
        ["nn.LSTM(3, 5, num_layers=2, bidirectional=True)"] = static () => new LSTM(3, 5, numLayers: 2, bidirectional: true),
        ["nn.LSTM(3, 9, bias=False, batch_first=True)"] = static () => new LSTM(3, 9, bias: false, batchFirst: true),
        ["nn.LSTM(3, 4, num_layers=3, dropout=0.5)"] = static () => new LSTM(3, 4, numLayers: 3, dropout: 0.5),
        ["nn.LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.25, bidirectional=True)"] =
            static () => new LSTM(3, 4, numLayers: 2, batchFirst: true, dropout: 0.25, bidirectional: true),
        ["nn.LSTM(3, 5, num_layers=2, bidirectional=True, proj_size=2)"] = static () => new LSTM(3, 5, numLayers: 2, bidirectional: true, projSize: 2),
        ["nn.GRU(3, 4)"] = static () => new GRU(3, 4),
        ["nn.GRU(3, 4, bias=False)"] = static () => new GRU(3, 4, bias: false),
        ["nn.GRU(3, 9, num_layers=2, batch_first=True, bidirectional=True)"] = static () => new GRU(3, 9, numLayers: 2, batchFirst: true, bidirectional: true),
        ["nn.GRU(3, 4, num_layers=2, dropout=0.5)"] = static () => new GRU(3, 4, numLayers: 2, dropout: 0.5),
        ["nn.RNNCell(3, 4)"] = static () => new RNNCell(3, 4),
        ["nn.RNNCell(3, 9, bias=False, nonlinearity='relu')"] = static () => new RNNCell(3, 9, bias: false, nonlinearity: "relu"),
        ["nn.LSTMCell(3, 4)"] = static () => new LSTMCell(3, 4),
        ["nn.LSTMCell(3, 9, bias=False)"] = static () => new LSTMCell(3, 9, bias: false),
        ["nn.GRUCell(3, 4)"] = static () => new GRUCell(3, 4),
        ["nn.GRUCell(3, 9)"] = static () => new GRUCell(3, 9),
    };

    private static readonly GoldenFile Golden = NNGolden.Read<GoldenFile>("recurrent.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.Cases.Length)];

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_and_gradients_equal_PyTorch(int number)
    {
        var golden = Golden.Cases[number];
        var dtype = Enum.Parse<DType>(golden.Dtype, ignoreCase: true);
        Torch.ManualSeed(0);
        var module = Made.ShouldContainKeyAnd(golden.Code)().To(dtype);
        Tensor[] inputs = [.. golden.Inputs.Zip(golden.Shapes, (data, shape) => Torch.FromArray<double>(data, shape).To(dtype).RequiresGrad_())];

        Torch.ManualSeed(1);
        var outputs = Call(module, inputs);
        Torch.Rand(1).Item().ShouldBe(golden.NextRand[0], "as much is drawn");
        MiniTorch.Autograd.Backward(outputs, [.. golden.Dys.Zip(outputs, (dy, y) => Torch.FromArray<double>(dy, y.Shape).To(dtype))]);

        outputs.Select(static y => y.Shape).ShouldBe(golden.OutputShapes.Select(static s => (Shape)s));
        for (int i = 0; i < outputs.Length; i++) ShouldBe(outputs[i], golden.Outputs[i], $"output {i}");
        for (int i = 0; i < inputs.Length; i++) ShouldBe(inputs[i].Grad!, golden.Grads[i], $"gradient of input {i}");
        module.NamedParameters().Select(static p => p.Name).ShouldBe(golden.ParameterGrads.Keys);
        foreach (var (name, p) in module.NamedParameters()) ShouldBe(p.Grad!, golden.ParameterGrads[name], $"gradient of {name}");
    }

    private static Tensor[] Call(Module module, Tensor[] x)
    {
        var h = x.ElementAtOrDefault(1);
        (Tensor, Tensor)? hc = x.Length == 3 ? (x[1], x[2]) : null;
        return module switch
        {
            LSTM lstm => lstm.Call(x[0], hc) is var (y, (hn, cn)) ? [y, hn, cn] : [],
            LSTMCell cell => cell.Call(x[0], hc) is var (hn, cn) ? [hn, cn] : [],
            RNN rnn => rnn.Call(x[0], h) is var (y, hn) ? [y, hn] : [],
            GRU gru => gru.Call(x[0], h) is var (y, hn) ? [y, hn] : [],
            RNNCell cell => [cell.Call(x[0], h)],
            _ => [((GRUCell)module).Call(x[0], h)],
        };
    }

    /// <summary>In float64 to 1e-12, in float32 to 1e-6, relative to max(1, |b|).</summary>
    private static void ShouldBe(Tensor actual, double[] expected, string what)
    {
        double[] elements = actual.Detach().ToArray<double>();
        elements.Length.ShouldBe(expected.Length, what);
        double tolerance = actual.DType == DType.Float64 ? 1e-12 : 1e-6;
        for (int i = 0; i < expected.Length; i++)
            elements[i].ShouldBe(expected[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"{what}, element {i}");
    }

    private sealed record GoldenFile(GoldenModule[] Cases);

    private sealed record GoldenModule(
        string Code, string Dtype, int[][] Shapes, double[][] Inputs, double[][] Outputs, int[][] OutputShapes, double[][] Dys, double[] NextRand,
        double[][] Grads, Dictionary<string, double[]> ParameterGrads);

    // ---- against the same steps in ordinary ops -----------------------------------------------------------------------

    public static TheoryData<string, int> Layers
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string cell in new[] { "lstm", "gru", "tanh", "relu" })
                for (int seed = 0; seed < 12; seed++) data.Add(cell, seed);
            return data;
        }
    }

    /// <summary>Random sizes (tails of every length, one step, one example, and more than the gradient of the weights takes at once), either direction, biases or none, strided inputs, gradients missing.</summary>
    [Theory, MemberData(nameof(Layers))]
    public void The_fused_layer_equals_its_steps(string cell, int seed)
    {
        var random = new Random(seed);
        int steps = random.Next(1, 6), batch = seed % 3 == 2 ? random.Next(30, 140) : random.Next(1, 5), inputs = random.Next(1, 6), size = random.Next(1, 40), gates = cell switch { "lstm" => 4, "gru" => 3, _ => 1 };
        var (reverse, bias, strided, onlyState) = (random.Next(2) == 1, random.Next(2) == 1, random.Next(2) == 1, random.Next(4) == 0);
        foreach (var dtype in new[] { DType.Float64, DType.Float32 })
        {
            var g = new Generator().ManualSeed(seed);
            Tensor Drawn(params Shape shape)
            {
                var x = Torch.Randn(shape, dtype, generator: g);
                return (strided ? Layouts.Gaps(x) : x).RequiresGrad_();
            }
            Tensor x = Drawn(steps, batch, inputs), h = Drawn(batch, size);
            var c = cell == "lstm" ? Drawn(batch, size) : null;
            var w = new RecurrentWeights(
                Drawn(gates * size, inputs), Drawn(gates * size, size), bias ? Drawn(gates * size) : null, bias ? Drawn(gates * size) : null);
            Tensor[] leaves = [.. new[] { x, h, c, w.Ih, w.Hh, w.BiasIh, w.BiasHh }.OfType<Tensor>()];
            Tensor dy = Torch.Randn([steps, batch, size], dtype, generator: g), dc = Torch.Randn([batch, size], dtype, generator: g);

            var (fused, composed) = Both(cell, reverse, x, h, c, w);
            double tolerance = dtype == DType.Float64 ? 1e-12 : 2e-5;
            Close(fused.Y, composed.Y, tolerance);
            if (c is not null) Close(fused.C!, composed.C!, tolerance);
            var expected = Gradients(composed);
            foreach (var (a, b) in Gradients(fused).Zip(expected)) Close(a, b, tolerance);

            Tensor[] Gradients((Tensor Y, Tensor? C) output) => c is null ? MiniTorch.Autograd.Grad([output.Y], leaves, [dy])!
                : onlyState ? MiniTorch.Autograd.Grad([output.C!], leaves, [dc])!
                : MiniTorch.Autograd.Grad([output.Y, output.C!], leaves, [dy, dc])!;
        }

        static void Close(Tensor a, Tensor b, double tolerance)
        {
            a.Shape.ShouldBe(b.Shape);
            double scale = 1 + b.Detach().Abs().Max().Item();
            (a.Detach() - b.Detach()).Abs().Max().Item().ShouldBeLessThan(tolerance * scale);
        }
    }

    private static ((Tensor Y, Tensor? C) Fused, (Tensor Y, Tensor? C) Composed) Both(string cell, bool reverse, Tensor x, Tensor h, Tensor? c, RecurrentWeights w) => cell switch
    {
        "lstm" => (new Ops.Lstm(reverse).OverTime(x, h, c, w), new Ops.Lstm(reverse).Composed(x, h, c, w)),
        "gru" => (new Ops.Gru(reverse).OverTime(x, h, c, w), new Ops.Gru(reverse).Composed(x, h, c, w)),
        "tanh" => (new Ops.RnnTanh(reverse).OverTime(x, h, c, w), new Ops.RnnTanh(reverse).Composed(x, h, c, w)),
        _ => (new Ops.RnnRelu(reverse).OverTime(x, h, c, w), new Ops.RnnRelu(reverse).Composed(x, h, c, w)),
    };

    // ---- against numeric derivatives ------------------------------------------------------------------------------------

    [Theory]
    [InlineData("lstm")]
    [InlineData("lstm projected")]
    [InlineData("gru")]
    [InlineData("rnn")]
    public void First_and_second_derivatives_equal_differences(string kind)
    {
        Torch.ManualSeed(2);
        Module module = kind switch
        {
            "lstm" => new LSTM(2, 2, numLayers: 2, bidirectional: true, dtype: DType.Float64),
            "lstm projected" => new LSTM(2, 3, projSize: 2, batchFirst: true, dtype: DType.Float64),
            "gru" => new GRU(2, 2, numLayers: 2, bidirectional: true, dtype: DType.Float64),
            _ => new RNN(2, 2, numLayers: 2, bidirectional: true, dtype: DType.Float64),
        };
        int layers = kind == "lstm projected" ? 1 : 4;
        Tensor x = Torch.Randn([2, 2, 2], DType.Float64).RequiresGrad_(), h = Torch.Randn([layers, 2, 2], DType.Float64).RequiresGrad_();
        Tensor[] states = module is LSTM lstm ? [h, Torch.Randn([layers, 2, lstm.HiddenSize], DType.Float64).RequiresGrad_()] : [h];
        Tensor[] inputs = [x, .. states, .. module.Parameters()];
        MiniTorch.Autograd.Gradcheck(v => Call(module, v[..(1 + states.Length)]), inputs).ShouldBeTrue();
        MiniTorch.Autograd.Gradgradcheck(v => Call(module, v[..(1 + states.Length)]), inputs).ShouldBeTrue();
    }

    [Fact]
    public void One_tensor_may_be_several_inputs()
    {
        var x = Torch.Randn([1, 3, 3], DType.Float64, requiresGrad: true);
        MiniTorch.Autograd.Gradgradcheck(static x => new Ops.RnnTanh(reverse: false).OverTime(x, x[0], null, new(x[0], x[0])).Y, x).ShouldBeTrue();
    }

    [Fact]
    public void An_output_changed_in_place_is_noticed()
    {
        var y = new LSTM(2, 3).Call(Torch.Randn(4, 2, 2)).Output;
        y.Mul_(2);
        Should.Throw<InvalidOperationException>(() => y.Sum().Backward()).Message.ShouldContain("has since been changed in place by Mul_");
    }

    // ---- memory -----------------------------------------------------------------------------------------------------------

    /// <summary>The least of many runs: until 16 MB are outstanding the pool takes new buffers, and now and then later.</summary>
    [Fact]
    public void A_longer_sequence_makes_no_more_garbage()
    {
        if (Torch.Memory.Stress) return;                    // which pools small buffers too, and collects all the time
        var lstm = new LSTM(32, 32);
        long brief = Garbage(Torch.Randn(8, 8, 32)).Min();
        Garbage(Torch.Randn(64, 8, 32)).ShouldContain(lengthy => lengthy - brief < 1000);           // asked for no more runs than it takes

        IEnumerable<long> Garbage(Tensor x) => Enumerable.Range(0, 600).Select(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var y = lstm.Call(x).Output;
            y.Backward(y.Detach());
            lstm.ZeroGrad();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    // ---- what is refused --------------------------------------------------------------------------------------------------

    [Fact]
    public void Errors_name_shapes_and_the_way_out()
    {
        var lstm = new LSTM(3, 4, batchFirst: true);
        Error(() => lstm.Call(Torch.Zeros(2, 5, 4))).ShouldBe("LSTM: an input of shape [2, 5, 4] does not fit inputSize 3: its last dimension must be 3.");
        Error(() => lstm.Call(Torch.Zeros(3))).ShouldBe("LSTM: the input has shape [n, t, in] (batchFirst), or [t, in] for a single example, got [3].");
        Error(() => lstm.Call(Torch.Zeros(2, 0, 3))).ShouldBe("LSTM: an input of shape [2, 0, 3] has no steps; the shape is [n, t, in] (batchFirst).");
        Error(() => lstm.Call(Torch.Zeros([2, 5, 3], DType.Float64))).ShouldBe("LSTM: input Float64 and weights Float32 differ in dtype.  Convert the input with .To(DType.Float32).");
        Error(() => lstm.Call(Torch.Zeros(2, 5, 3), (Torch.Zeros(2, 1, 4), Torch.Zeros(1, 2, 4)))).ShouldBe(
            "LSTM: h0 must have shape [1, 2, 4] ([layers · directions, n, size], also with batchFirst), got [2, 1, 4].");
        Error(() => new GRU(3, 4).Call(Torch.Zeros(5, 3), Torch.Zeros(1, 1, 4))).ShouldBe("GRU: h0 must have shape [1, 4] ([layers · directions, size], also with batchFirst), got [1, 1, 4].");
        Error(() => new RNN(3, 4, nonlinearity: "sigmoid")).ShouldBe("RNN: nonlinearity is \"tanh\" or \"relu\", got \"sigmoid\".");
        Error(() => new LSTM(3, 4, projSize: 4)).ShouldBe("LSTM: projSize must be smaller than hiddenSize 4, got 4.");
        Error(() => new GRU(3, 4, dropout: 1.5)).ShouldBe("GRU: dropout must be in [0, 1], got 1.5.");
        Error(() => new GRUCell(3, 4).Call(Torch.Zeros(2, 3), Torch.Zeros(1, 4))).ShouldBe("GRUCell: h must have shape [2, 4] for an input of shape [2, 3], got [1, 4].");
        Error(() => new LSTMCell(3, 4).Call(Torch.Zeros(2, 4))).ShouldBe("LSTMCell: the input has shape [n, 3], or [3] for a single example, got [2, 4].");

        static string Error(Func<object> f) => Should.Throw<ArgumentException>(f).Message.Split(" (Parameter")[0].Split(Environment.NewLine)[0];
    }

    [Fact]
    public void Weights_are_at_hand_layer_by_layer()
    {
        var lstm = new LSTM(2, 3, numLayers: 2, bidirectional: true);
        lstm.AllWeights.Count.ShouldBe(4);
        lstm.AllWeights[1][0].ShouldBeSameAs(lstm.GetParameter("weight_ih_l0_reverse"));
        lstm.AllWeights[2].Select(static p => p.Shape).ShouldBe([[12, 6], [12, 3], [12], [12]]);
    }

    [Fact]
    public void Evaluating_nothing_is_dropped()
    {
        var gru = new GRU(2, 3, numLayers: 2, dropout: 0.5).Eval();
        var x = Torch.Randn(4, 2, 2);
        gru.Call(x).Output.Equal(gru.Call(x).Output).ShouldBeTrue();
    }
}
