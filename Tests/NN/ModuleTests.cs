using System.Collections.Concurrent;
using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>What a module finds in its members, under which names, and how it prints.</summary>
public class ModuleTests
{
    private static readonly ModulesFile Golden = NNGolden.Read<ModulesFile>("modules.json");

    // ---- names and printed forms, as in PyTorch ---------------------------------------------------------------------

    private sealed class Block(int inputs, int outputs) : Module<Tensor, Tensor>
    {
        private readonly Linear fc1 = new(inputs, outputs);
        private readonly ReLU act = new();
        private readonly BatchNorm1d norm = new(outputs);

        protected override Tensor Forward(Tensor x) => norm.Call(act.Call(fc1.Call(x)));
    }

    private sealed class Net : Module
    {
        private readonly Embedding embed = new(5, 4);
        private readonly ModuleList<Block> blocks = new(new Block(4, 6), new Block(6, 4));
        private readonly ModuleDict heads = new(("main", new Linear(4, 2)), ("aux", new Sequential(new Linear(4, 3), new NN.Tanh())));
        private readonly Parameter scale = new(Torch.Ones(1));
        private readonly Linear tied = new(4, 5, bias: false);
        private readonly Tensor plain = Torch.Ones(2);

        public Net()
        {
            RegisterBuffer("mean", Torch.Zeros(3));
            RegisterBuffer("scratch", Torch.Zeros(2), persistent: false);
            tied.Weight = embed.Weight;
        }

        public override string ExtraRepr() => blocks.Count + heads.Count + scale.Numel() + plain.Numel() == 7 ? "" : "changed";
    }

    internal static readonly Dictionary<string, Func<Module>> Made = new()
    {
        ["Net()"] = static () => new Net(),
        ["Block(2, 3)"] = static () => new Block(2, 3),
        ["nn.Sequential()"] = static () => new Sequential(),
        ["nn.ModuleList()"] = static () => new ModuleList(),
        ["nn.ModuleDict()"] = static () => new ModuleDict(),
        ["nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.1), nn.Linear(4, 2, bias=False), nn.Softmax(dim=1))"] =
            static () => new Sequential(new Linear(3, 4), new ReLU(), new Dropout(0.1), new Linear(4, 2, bias: false), new NN.Softmax(dim: 1)),
        ["nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(3, 4), nn.GELU()), nn.LogSoftmax(dim=-1))"] =
            static () => new Sequential(new Flatten(), new Sequential(new Linear(3, 4), new GELU()), new NN.LogSoftmax(dim: -1)),
        ["nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))"] = static () => new Sequential(new Linear(3, 4), new ReLU(), new Sequential(new Linear(4, 2))),
        ["nn.ModuleList([nn.Linear(3, 4), nn.ReLU()])"] = static () => new ModuleList(new Linear(3, 4), new ReLU()),
        ["nn.ModuleDict({'linear': nn.Linear(3, 4), 'act': nn.ReLU()})"] = static () => new ModuleDict(("linear", new Linear(3, 4)), ("act", new ReLU())),
        ["nn.ParameterList([nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(3))])"] = static () => new ParameterList(new(Torch.Zeros(2)), new(Torch.Zeros(3))),
        ["nn.ParameterDict({'a': nn.Parameter(torch.zeros(2)), 'b': nn.Parameter(torch.zeros(3))})"] =
            static () => new ParameterDict(("a", new(Torch.Zeros(2))), ("b", new(Torch.Zeros(3)))),
        ["nn.Identity()"] = static () => new Identity(),
        ["nn.Linear(3, 4)"] = static () => new Linear(3, 4),
        ["nn.Linear(3, 4, bias=False)"] = static () => new Linear(3, 4, bias: false),
        ["nn.Bilinear(2, 3, 4)"] = static () => new Bilinear(2, 3, 4),
        ["nn.Conv1d(3, 8, 5)"] = static () => new Conv1d(3, 8, 5),
        ["nn.Conv2d(3, 8, 3)"] = static () => new Conv2d(3, 8, 3),
        ["nn.Conv2d(4, 8, (3, 5), stride=2, padding=1, dilation=2, groups=4, bias=False, padding_mode='reflect')"] =
            static () => new Conv2d(4, 8, (3, 5), stride: 2, padding: 1, dilation: 2, groups: 4, bias: false, paddingMode: "reflect"),
        ["nn.Conv2d(3, 8, 3, padding='same')"] = static () => new Conv2d(3, 8, 3, padding: "same"),
        ["nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1, output_padding=1)"] = static () => new ConvTranspose2d(3, 8, 3, stride: 2, padding: 1, outputPadding: 1),
        ["nn.MaxPool2d(2)"] = static () => new MaxPool2d(2),
        ["nn.MaxPool2d(3, stride=2, padding=1, dilation=1, ceil_mode=True)"] = static () => new MaxPool2d(3, stride: 2, padding: 1, dilation: 1, ceilMode: true),
        ["nn.AvgPool1d(2)"] = static () => new AvgPool1d(2),
        ["nn.AvgPool2d(2)"] = static () => new AvgPool2d(2),
        ["nn.AdaptiveAvgPool2d((1, 1))"] = static () => new AdaptiveAvgPool2d((1, 1)),
        ["nn.AdaptiveAvgPool2d(1)"] = static () => new AdaptiveAvgPool2d(1),
        ["nn.AdaptiveMaxPool1d(4)"] = static () => new AdaptiveMaxPool1d(4),
        ["nn.ZeroPad2d(1)"] = static () => new ZeroPad2d(1),
        ["nn.Flatten()"] = static () => new Flatten(),
        ["nn.Flatten(0, 2)"] = static () => new Flatten(0, 2),
        ["nn.Unflatten(1, (2, 3))"] = static () => new Unflatten(1, [2, 3]),
        ["nn.Dropout()"] = static () => new Dropout(),
        ["nn.Dropout(0.25, inplace=True)"] = static () => new Dropout(0.25, inplace: true),
        ["nn.Dropout2d(0.1)"] = static () => new Dropout2d(0.1),
        ["nn.ReLU()"] = static () => new ReLU(),
        ["nn.ReLU(inplace=True)"] = static () => new ReLU(inplace: true),
        ["nn.ReLU6()"] = static () => new ReLU6(),
        ["nn.LeakyReLU()"] = static () => new LeakyReLU(),
        ["nn.LeakyReLU(0.2, inplace=True)"] = static () => new LeakyReLU(0.2, inplace: true),
        ["nn.PReLU()"] = static () => new PReLU(),
        ["nn.PReLU(3, init=0.1)"] = static () => new PReLU(3, init: 0.1),
        ["nn.ELU()"] = static () => new ELU(),
        ["nn.ELU(0.5)"] = static () => new ELU(0.5),
        ["nn.CELU()"] = static () => new CELU(),
        ["nn.SELU()"] = static () => new SELU(),
        ["nn.GELU()"] = static () => new GELU(),
        ["nn.GELU(approximate='tanh')"] = static () => new GELU(approximate: "tanh"),
        ["nn.SiLU()"] = static () => new SiLU(),
        ["nn.Mish()"] = static () => new Mish(),
        ["nn.Sigmoid()"] = static () => new NN.Sigmoid(),
        ["nn.LogSigmoid()"] = static () => new LogSigmoid(),
        ["nn.Tanh()"] = static () => new NN.Tanh(),
        ["nn.Hardtanh()"] = static () => new Hardtanh(),
        ["nn.Hardtanh(-2.0, 0.5)"] = static () => new Hardtanh(-2, 0.5),
        ["nn.Hardsigmoid()"] = static () => new Hardsigmoid(),
        ["nn.Hardswish()"] = static () => new Hardswish(),
        ["nn.Hardshrink()"] = static () => new Hardshrink(),
        ["nn.Softshrink(0.25)"] = static () => new Softshrink(0.25),
        ["nn.Tanhshrink()"] = static () => new Tanhshrink(),
        ["nn.Softplus(beta=2.0, threshold=10.0)"] = static () => new Softplus(beta: 2, threshold: 10),
        ["nn.Softsign()"] = static () => new Softsign(),
        ["nn.Softmin(dim=0)"] = static () => new Softmin(dim: 0),
        ["nn.Softmax(dim=1)"] = static () => new NN.Softmax(dim: 1),
        ["nn.LogSoftmax(dim=1)"] = static () => new NN.LogSoftmax(dim: 1),
        ["nn.Threshold(0.1, 20.0)"] = static () => new Threshold(0.1, 20),
        ["nn.GLU()"] = static () => new GLU(),
        ["nn.Embedding(10, 3)"] = static () => new Embedding(10, 3),
        ["nn.Embedding(10, 3, padding_idx=0, max_norm=1.0)"] = static () => new Embedding(10, 3, paddingIdx: 0, maxNorm: 1),
        ["nn.RNN(3, 4)"] = static () => new RNN(3, 4),
        ["nn.LSTM(2, 3, num_layers=2, bidirectional=True)"] = static () => new LSTM(2, 3, numLayers: 2, bidirectional: true),
        ["nn.LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.1, bidirectional=True)"] =
            static () => new LSTM(3, 4, numLayers: 2, batchFirst: true, dropout: 0.1, bidirectional: true),
        ["nn.GRU(2, 3, bias=False)"] = static () => new GRU(2, 3, bias: false),
        ["nn.GRU(3, 4, bias=False)"] = static () => new GRU(3, 4, bias: false),
        ["nn.LSTMCell(3, 4)"] = static () => new LSTMCell(3, 4),
        ["nn.RNNCell(3, 4, nonlinearity='relu')"] = static () => new RNNCell(3, 4, nonlinearity: "relu"),
        ["nn.LayerNorm(4)"] = static () => new LayerNorm(4),
        ["nn.LayerNorm((2, 3), elementwise_affine=False)"] = static () => new LayerNorm([2, 3], elementwiseAffine: false),
        ["nn.BatchNorm1d(4)"] = static () => new BatchNorm1d(4),
        ["nn.BatchNorm2d(3)"] = static () => new BatchNorm2d(3),
        ["nn.BatchNorm2d(3, affine=False)"] = static () => new BatchNorm2d(3, affine: false),
        ["nn.BatchNorm2d(4, eps=1e-3, momentum=None, affine=False, track_running_stats=False)"] =
            static () => new BatchNorm2d(4, eps: 1e-3, momentum: null, affine: false, trackRunningStats: false),
        ["nn.MultiheadAttention(4, 2)"] = static () => new MultiheadAttention(4, 2),
        ["nn.MultiheadAttention(4, 2, kdim=3, vdim=5, bias=False)"] = static () => new MultiheadAttention(4, 2, kdim: 3, vdim: 5, bias: false),
        ["nn.MSELoss()"] = static () => new MSELoss(),
        ["nn.L1Loss()"] = static () => new L1Loss(),
        ["nn.SmoothL1Loss()"] = static () => new SmoothL1Loss(),
        ["nn.HuberLoss()"] = static () => new HuberLoss(),
        ["nn.CrossEntropyLoss()"] = static () => new CrossEntropyLoss(),
        ["nn.NLLLoss()"] = static () => new NLLLoss(),
        ["nn.BCELoss()"] = static () => new BCELoss(),
        ["nn.BCEWithLogitsLoss()"] = static () => new BCEWithLogitsLoss(),
        ["nn.KLDivLoss()"] = static () => new KLDivLoss(),
        ["nn.CosineSimilarity()"] = static () => new CosineSimilarity(),
        ["nn.CrossEntropyLoss(weight=torch.ones(3), label_smoothing=0.1)"] = static () => new CrossEntropyLoss(weight: Torch.Ones(3), labelSmoothing: 0.1),
    };

    public static TheoryData<string> Names => [.. Golden.Names.Select(static n => n.Code).Where(Made.ContainsKey)];

    public static TheoryData<string> Reprs => [.. Golden.Reprs.Select(static r => r.Code).Where(Made.ContainsKey)];

    [Fact]
    public void Every_module_that_is_made_has_a_golden() => Made.Keys.Except([.. Golden.Names.Select(static n => n.Code), .. Golden.Reprs.Select(static r => r.Code)]).ShouldBeEmpty();

    [Theory, MemberData(nameof(Reprs))]
    public void Prints_as_PyTorch(string code) => Made[code]().ToString().ShouldBe(Golden.Reprs.Single(r => r.Code == code).Repr);

    [Theory, MemberData(nameof(Names))]
    public void Names_equal_PyTorch(string code)
    {
        var golden = Golden.Names.Single(n => n.Code == code);
        var module = Made[code]();
        module.StateDict().Select(static s => $"{s.Key} {s.Value.Shape}").ShouldBe(golden.StateDict.Select(static s => $"{s.Key} {(Shape)s.Value}"));
        module.NamedParameters().Select(static p => p.Name).ShouldBe(golden.NamedParameters);
        module.NamedBuffers().Select(static b => b.Name).ShouldBe(golden.NamedBuffers);
        module.NamedModules().Select(static m => m.Name).ShouldBe(golden.NamedModules);
    }

    private sealed record ModulesFile(NamesCase[] Names, ReprCase[] Reprs);

    private sealed record NamesCase(string Code, Dictionary<string, int[]> StateDict, string[] NamedParameters, string[] NamedBuffers, string[] NamedModules);

    private sealed record ReprCase(string Code, string Repr);

    [Fact]
    public void Neighbours_that_print_alike_share_a_line()
        => new ModuleList(new ReLU(), new Linear(2, 2), new Linear(2, 2), new Linear(2, 2), new ReLU()).ToString().ShouldBe(
            "ModuleList(\n  (0): ReLU()\n  (1-3): 3 x Linear(in_features=2, out_features=2, bias=True)\n  (4): ReLU()\n)");

    [Fact]
    public void Parameters_print_as_in_PyTorch()
    {
        new Parameter(Torch.Zeros(2)).ToString().ShouldBe("Parameter containing:\ntensor([0., 0.], requires_grad=True)");
        new ParameterList(new(Torch.Zeros(2)), new(Torch.Zeros(2, 3))).ToString().ShouldBe(
            "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n    (1): Parameter containing: [torch.float32 of size 2x3]\n)");
    }

    // ---- where members are found ------------------------------------------------------------------------------------

    private class Base : Module
    {
        private readonly Parameter first = new(Torch.Zeros(1));

        public override string ExtraRepr() => $"{first.Numel()}";
    }

    private sealed class Collections(Linear captured) : Base
    {
        public Linear Property { get; init; } = new(1, 1);

        private readonly Linear[] array = [new(1, 1), new(1, 1)];

        private List<Module<Tensor, Tensor>> List { get; } = [new Linear(1, 1), new ReLU()];

        private readonly Dictionary<string, Linear> byName = new() { ["a"] = new(1, 1), ["b"] = new(1, 1) };

        private readonly (Linear Left, Parameter Right) pair = (new(1, 1), new(Torch.Zeros(1)));

        private readonly IReadOnlyList<Linear[]> nested = [[new(1, 1)], [new(1, 1)]];

        [Name("W1")] private readonly Parameter w = new(Torch.Zeros(1));

        public Parameter? Missing { get; init; }
        private readonly Tensor plain = Torch.Zeros(1);
        private readonly List<Tensor> plainList = [Torch.Zeros(1)];
        private readonly object boxed = new Linear(1, 1);
        private readonly Func<Tensor, Tensor> function = static x => x;
        private readonly float[] numbers = new float[10];

        [Buffer] private readonly Tensor[] states = [Torch.Zeros(1), Torch.Zeros(2)];

        public override string ExtraRepr() => string.Join(' ', captured, array, List, byName, pair, nested, w, Missing, plain, plainList, boxed, function, numbers, states);
    }

    [Fact]
    public void Members_are_found_in_the_order_of_their_declaration_base_class_first()
    {
        var module = new Collections(new Linear(1, 1, bias: false));
        module.NamedParameters().Select(static p => p.Name).Where(static n => !n.EndsWith("bias", StringComparison.Ordinal)).ShouldBe(
        [
            "first", "pair.1", "W1",
            "captured.weight", "property.weight", "array.0.weight", "array.1.weight", "list.0.weight", "by_name.a.weight", "by_name.b.weight", "pair.0.weight",
            "nested.0.0.weight", "nested.1.0.weight", "boxed.weight",
        ]);
        module.NamedBuffers().Select(static b => b.Name).ShouldBe(["states.0", "states.1"]);
        module.NamedChildren().Select(static c => c.Name).ShouldContain("list.1");
        module.GetSubmodule("by_name.a").ShouldBeOfType<Linear>();
        module.GetParameter("array.0.bias").Shape.ShouldBe([1]);
        module.GetBuffer("states.1").Shape.ShouldBe([2]);
        Should.Throw<KeyNotFoundException>(() => module.GetSubmodule("array.7")).Message.ShouldStartWith("GetSubmodule: Collections has no module `array.7`.  It has");
    }

    private sealed class Holder<T>(T things) : Module
    {
        private readonly T things = things;

        public override string ExtraRepr() => $"{things}";
    }

    private static string Refused<T>(T things) => Should.Throw<InvalidOperationException>(() => new Holder<T>(things).Parameters()).Message;

    [Fact]
    public void A_collection_without_order_or_names_is_an_error_that_names_the_member()
    {
        Refused(new HashSet<Linear> { new(1, 1) }).ShouldBe(
            "Holder`1.things: parameters and modules cannot be found in a HashSet, which has no order or no count.  " +
            "Use an array, a List, a ModuleList, or a Dictionary or ModuleDict with string keys.");
        Refused(new Linear[1, 1]).ShouldContain("things: parameters and modules cannot be found in an array of 2 dimensions");
        Refused(new ConcurrentDictionary<string, Linear> { ["a"] = new(1, 1) }).ShouldContain("a ConcurrentDictionary, which has no order of its own");
        Refused(new Dictionary<Type, Linear> { [typeof(int)] = new(1, 1) }).ShouldContain("a dictionary whose keys are of type RuntimeType");
        Refused(new Dictionary<string, Linear> { ["a.b"] = new(1, 1) }).ShouldContain("a dictionary with the key \"a.b\"");
        Refused(Enumerable.Range(1, 2).Select(static n => new Linear(n, n))).ShouldContain("which has no order or no count");

        new Holder<HashSet<Tensor>>([Torch.Zeros(1)]).Parameters().ShouldBeEmpty();
        new Holder<Dictionary<Type, object>>(new() { [typeof(int)] = 1 }).Parameters().ShouldBeEmpty();
    }

    private sealed class Twice : Base
    {
        private readonly Parameter first = new(Torch.Zeros(2));

        public override string ExtraRepr() => $"{first.Numel()}";
    }

    [Fact]
    public void Two_members_of_one_name_are_an_error()
        => Should.Throw<InvalidOperationException>(static () => new Twice().Parameters()).Message.ShouldBe("Twice: two members are called `first`.  Give one another name with [Name(\"…\")].");

    private sealed class Loop : Module
    {
        public Loop? Inner { get; set; }
    }

    [Fact]
    public void A_module_that_contains_itself_is_an_error_where_all_paths_are_asked_for()
    {
        var loop = new Loop();
        loop.Inner = new Loop { Inner = loop };
        loop.Modules().Count.ShouldBe(2);
        Should.Throw<InvalidOperationException>(() => loop.StateDict()).Message.ShouldStartWith("Loop: the module at `inner.inner` contains itself.");
    }

    [Theory]
    [InlineData("fc1", "fc1")]
    [InlineData("RunningMean", "running_mean")]
    [InlineData("_runningMean", "running_mean")]
    [InlineData("numBatchesTracked", "num_batches_tracked")]
    [InlineData("QProjWeight", "q_proj_weight")]
    [InlineData("weightIhL0", "weight_ih_l0")]
    [InlineData("weight_ih_l0", "weight_ih_l0")]
    [InlineData("HTTPProxy", "http_proxy")]
    [InlineData("Linear1", "linear1")]
    [InlineData("W1", "w1")]
    public void Names_become_snake_case(string member, string name) => Module.SnakeCase(member).ShouldBe(name);

    // ---- what is done to all inside ---------------------------------------------------------------------------------

    [Fact]
    public void Modes_reach_all_inside()
    {
        var net = new Sequential(new Linear(1, 1), new Sequential(new Dropout()));
        net.Eval().ShouldBeSameAs(net);
        net.Modules().ShouldAllBe(static m => !m.Training);
        net.Train();
        net.Modules().ShouldAllBe(static m => m.Training);
    }

    [Fact]
    public void Apply_goes_from_the_inside_out()
    {
        var names = new List<string>();
        new Sequential(new Linear(1, 1), new Sequential(new ReLU())).Apply(m => names.Add(m.GetType().Name));
        names.ShouldBe(["Linear", "ReLU", "Sequential", "Sequential"]);
    }

    [Fact]
    public void Another_dtype_keeps_the_parameters_and_converts_values_and_gradients()
    {
        var net = new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1));
        var before = net.Parameters();
        net.Call(Torch.Ones(1, 2)).Sum().Backward();
        net.To(DType.Float64);

        net.Parameters().ShouldBe(before);
        net.Parameters().ShouldAllBe(static p => p.DType == DType.Float64 && p.Grad!.DType == DType.Float64 && p.IsLeaf && p.RequiresGrad);
        net.ZeroGrad();
        net.Call(Torch.Ones([1, 2], DType.Float64)).Sum().Backward();
        before[0].Grad!.DType.ShouldBe(DType.Float64);
        Should.Throw<ArgumentException>(() => net.To(DType.Int64)).Message.ShouldStartWith("To: a module computes with floating-point numbers");
    }

    [Fact]
    public void Gradients_are_cleared_to_null_or_zero()
    {
        var layer = new Linear(2, 1);
        layer.Call(Torch.Ones(1, 2)).Sum().Backward();
        layer.ZeroGrad(setToNone: false);
        layer.Weight.Grad!.ToArray<float>().ShouldBe([0, 0]);
        layer.ZeroGrad();
        layer.Weight.Grad.ShouldBeNull();
    }

    [Fact]
    public void Frozen_parameters_learn_nothing()
    {
        var layer = new Linear(2, 1).RequiresGrad_(false);
        layer.Call(Torch.Ones(1, 2)).RequiresGrad.ShouldBeFalse();
        layer.RequiresGrad_().Call(Torch.Ones(1, 2)).RequiresGrad.ShouldBeTrue();
    }

    [Fact]
    public void A_parameter_shares_the_memory_of_its_data()
    {
        var data = Torch.Zeros(2);
        var p = new Parameter(data);
        using (Torch.NoGrad()) p.Fill_(3);
        data.ToArray<float>().ShouldBe([3, 3]);
        p.IsLeaf.ShouldBeTrue();
        p.RequiresGrad.ShouldBeTrue();
        new Parameter(p * 2).IsLeaf.ShouldBeTrue();
        new Parameter(Torch.Tensor([1, 2]), requiresGrad: false).DType.ShouldBe(DType.Int64);
        Should.Throw<InvalidOperationException>(static () => new Parameter(Torch.Tensor([1, 2]))).Message.ShouldContain("only floating-point tensors have gradients");
    }

    [Fact]
    public void Sequential_is_a_list()
    {
        var net = new Sequential { new Linear(2, 3), new ReLU() };
        net.Append(new Linear(3, 1));
        net.Count.ShouldBe(3);
        net[^1].ShouldBeOfType<Linear>();
        net[..2].Count.ShouldBe(2);
        net[..2][0].ShouldBeSameAs(net[0]);
        net.Call(Torch.Ones(4, 2)).Shape.ShouldBe([4, 1]);
        new Sequential(("a", new Linear(1, 1)), ("b", new ReLU())).NamedChildren().Select(static c => c.Name).ShouldBe(["a", "b"]);
        Should.Throw<ArgumentException>(static () => new Sequential(("a", new ReLU()), ("a", new ReLU()))).Message.ShouldStartWith("Sequential: there is a \"a\" already.");
    }
}
