using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests.Optim;

/// <summary>Averages of models, and the statistics of batch norm, against PyTorch's: Goldens/generate_swa.py.</summary>
[Collection(Seeded.Name)]
public class AveragedModelTests
{
    private static readonly GoldenFile Golden = NNGolden.Read<GoldenFile>("swa.json");

    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>, AveragedModel>> Made = new()
    {
        ["swa"] = static model => new(model),
        ["swa with buffers"] = static model => new(model, useBuffers: true),
        ["ema 0.9"] = static model => new(model, SwaUtils.GetEmaAvgFn(0.9)),
        ["ema 0.5 with buffers"] = static model => new(model, SwaUtils.GetEmaAvgFn(0.5), useBuffers: true),
    };

    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>, AveragedModel>> MadeAtOnce = new()
    {
        ["swa"] = static model => new(model, multiAvgFn: SwaUtils.GetSwaMultiAvgFn()),
        ["swa with buffers"] = static model => new(model, multiAvgFn: SwaUtils.GetSwaMultiAvgFn(), useBuffers: true),
        ["ema 0.9"] = static model => new(model, multiAvgFn: SwaUtils.GetEmaMultiAvgFn(0.9)),
        ["ema 0.5 with buffers"] = static model => new(model, multiAvgFn: SwaUtils.GetEmaMultiAvgFn(0.5), useBuffers: true),
    };

    private static Sequential Model()
        => new Sequential(new Linear(3, 4), new BatchNorm1d(4), new NN.Tanh(), new Linear(4, 2), new BatchNorm1d(2, momentum: null)).Double();

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var golden in Golden.Cases)
            {
                data.Add(golden.Name, false);
                data.Add(golden.Name, true);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Averages_and_statistics_equal_PyTorch(string name, bool atOnce)
    {
        var golden = Golden.Cases.Single(c => c.Name == name);
        var model = Model();
        using (Torch.NoGrad())
            foreach (var (key, x) in model.StateDict()) x.Copy_(Values(Golden.Initial[key], x.Shape));
        var averaged = (atOnce ? MadeAtOnce : Made)[name](model);
        averaged.StateDict().Keys.ShouldBe(golden.Keys);

        var opt = new SGD(model.Parameters(), lr: 0.1, momentum: 0.9);
        Tensor[] batches = [.. Golden.X.Select(static x => Values(x, [x.Length / 3, 3]))], targets = [.. Golden.Y.Select(static y => Values(y, [y.Length / 2, 2]))];
        for (int i = 0; i < batches.Length; i++)
        {
            opt.ZeroGrad();
            F.MseLoss(model.Call(batches[i]), targets[i]).Backward();
            opt.Step();
            averaged.UpdateParameters(model);
            Compare(golden.Updates[i], averaged.StateDict());
            averaged.NAveraged.Item<long>().ShouldBe(i + 1);
            if (!name.EndsWith("with buffers", StringComparison.Ordinal)) averaged.Module.Buffers().Zip(model.Buffers()).ShouldAllBe(static b => b.First.Equal(b.Second));
        }

        averaged.Eval();
        var norm = ((Sequential)averaged.Module)[1].Train();
        SwaUtils.UpdateBn(batches, averaged);
        Compare(golden.Buffers.Where(static b => b.Key != "n_averaged").ToDictionary(), averaged.StateDict());
        averaged.Modules().Where(static m => m.Training).ShouldBe([norm]);
        averaged.Modules().OfType<NN.BatchNorm>().Select(static m => m.Momentum).ShouldBe([0.1, null]);
        averaged.Eval().Call(batches[0]).Allclose(Values(golden.Evaluated, [4, 2]), 1e-11, 1e-11).ShouldBeTrue();
    }

    private static Tensor Values(object data, Shape shape) => data switch
    {
        System.Text.Json.JsonElement { ValueKind: System.Text.Json.JsonValueKind.Array } list => Torch.FromArray<double>([.. list.EnumerateArray().Select(static v => v.GetDouble())], shape),
        System.Text.Json.JsonElement number => Torch.Full([], number.GetDouble(), DType.Float64),
        double[] values => Torch.FromArray<double>(values, shape),
        _ => throw new ArgumentException($"{data}"),
    };

    private static void Compare(Dictionary<string, System.Text.Json.JsonElement> golden, OrderedDictionary<string, Tensor> state)
    {
        golden.ShouldNotBeEmpty();
        foreach (var (key, values) in golden) (state[key].Double() - Values(values, state[key].Shape)).Abs().Max().Item().ShouldBeLessThan(1e-12, key);
    }

    private sealed record GoldenFile(Dictionary<string, System.Text.Json.JsonElement> Initial, double[][] X, double[][] Y, Case[] Cases);

    private sealed record Case(
        string Name, string[] Keys, Dictionary<string, System.Text.Json.JsonElement>[] Updates, Dictionary<string, System.Text.Json.JsonElement> Buffers, double[] Evaluated);

    // ---- averages ------------------------------------------------------------------------------------------------------------

    [Fact]
    public void The_average_starts_as_a_copy_and_the_first_update_replaces_it()
    {
        var model = new Linear(1, 1);
        var averaged = new AveragedModel(model);
        var start = Value(model.Weight);
        Set(model.Weight, 2);
        Value(averaged.Module.Parameters()[0]).ShouldBe(start);
        averaged.UpdateParameters(model);
        Value(averaged.Module.Parameters()[0]).ShouldBe(2);
        Set(model.Weight, 4);
        averaged.UpdateParameters(model);
        Value(averaged.Module.Parameters()[0]).ShouldBe(3);
        Value(model.Weight).ShouldBe(4);
        averaged.Call(Torch.Ones(1, 1)).Item<float>().ShouldBe(3 + (float)Value(model.Bias!));
    }

    private sealed class Two : Module<Tensor, Tensor, Tensor>
    {
        internal Parameter Scale { get; } = new(Torch.Ones(1));

        protected override Tensor Forward(Tensor x1, Tensor x2) => (x1 + x2) * Scale;
    }

    [Fact]
    public void A_model_with_several_inputs_is_called_itself()
    {
        var model = new Two();
        var averaged = new AveragedModel<Two>(model, SwaUtils.GetEmaAvgFn(0.75));
        averaged.StateDict().Keys.ShouldBe(["n_averaged", "module.scale"]);
        averaged.UpdateParameters(model);
        Set(model.Scale, 5);
        averaged.UpdateParameters(model);
        averaged.Module.Call(Torch.Ones(1), Torch.Ones(1)).Item().ShouldBe(4);
    }

    [Fact]
    public void A_saved_average_goes_on_where_it_was()
    {
        var model = new Linear(2, 2);
        var (one, other) = (new AveragedModel(model), new AveragedModel(new Linear(2, 2)));
        for (int i = 0; i < 5; i++)
        {
            Set(model.Weight, i * i);
            if (i == 3) other.LoadStateDict(one.StateDict());
            one.UpdateParameters(model);
            if (i >= 3) other.UpdateParameters(model);
        }
        other.StateDict().Zip(one.StateDict()).ShouldAllBe(static s => s.First.Value.Equal(s.Second.Value));
    }

    [Fact]
    public void Errors_name_what_differs_and_change_nothing()
    {
        var averaged = new AveragedModel(new Linear(2, 3));
        var before = averaged.StateDict().Values.Select(static x => x.Clone()).ToArray();
        Should.Throw<ArgumentException>(() => averaged.UpdateParameters(new Linear(2, 4))).Message.ShouldStartWith(
            "AveragedModel.UpdateParameters: the model's parameters are not those of the average: number 0 is `weight` [4, 2], expected `weight` [3, 2].");
        Should.Throw<ArgumentException>(() => averaged.UpdateParameters(new Linear(2, 3, bias: false))).Message.ShouldContain("number 1 is none, expected `bias` [3].");
        averaged.StateDict().Values.Zip(before).ShouldAllBe(static x => x.First.Equal(x.Second));
        Should.Throw<ArgumentException>(static () => new AveragedModel(new Linear(1, 1), SwaUtils.GetSwaAvgFn(), SwaUtils.GetSwaMultiAvgFn())).Message.ShouldStartWith("AveragedModel: avgFn and multiAvgFn were both given.");
        Should.Throw<ArgumentOutOfRangeException>(static () => SwaUtils.GetEmaAvgFn(1.5)).Message.ShouldStartWith("GetEmaAvgFn: decay must be in [0, 1], got 1.5.");
        Should.Throw<ArgumentOutOfRangeException>(static () => SwaUtils.GetEmaMultiAvgFn(double.NaN));
    }

    // ---- batch norm ----------------------------------------------------------------------------------------------------------

    [Fact]
    public void Statistics_of_one_pass_are_those_of_the_data()
    {
        var layer = new BatchNorm1d(3);
        layer.Call(Torch.Ones(2, 3) * 1000);                                             // forgotten
        var x = Torch.Randn([4, 5, 3], generator: new Generator().ManualSeed(3));
        SwaUtils.UpdateBn(x.Unbind(0).Select(static b => (b, "a target")), layer);
        layer.RunningMean!.Allclose(x.Mean([0, 1]), 1e-6, 1e-6).ShouldBeTrue();
        layer.RunningVar!.Allclose(x.Var(1).Mean(0), 1e-5, 1e-6).ShouldBeTrue();
        layer.NumBatchesTracked!.Item<long>().ShouldBe(4);
    }

    [Fact]
    public void Mode_and_momentum_come_back_after_an_exception()
    {
        var net = new Sequential(new BatchNorm1d(3), new Sequential(new BatchNorm1d(3, momentum: 0.5)));
        net.Eval();
        net[1].Train();
        Should.Throw<InvalidOperationException>(() => SwaUtils.UpdateBn([Torch.Ones(2, 3)], net, static _ => throw new InvalidOperationException()));
        net.Modules().Select(static m => m.Training).ShouldBe([false, false, true, true]);
        net.Modules().OfType<NN.BatchNorm>().Select(static m => m.Momentum).ShouldBe([0.1, 0.5]);
    }

    [Fact]
    public void A_model_without_running_statistics_is_not_run()
        => SwaUtils.UpdateBn([1], new Sequential(new Linear(1, 1), new BatchNorm1d(1, trackRunningStats: false)), static _ => throw new InvalidOperationException());

    [Fact]
    public void Gradients_are_neither_recorded_nor_forbidden_afterwards()
    {
        var layer = new BatchNorm1d(3);
        bool recorded = true;
        SwaUtils.UpdateBn([Torch.Ones(2, 3)], layer, x => recorded = layer.Call(x).RequiresGrad);
        recorded.ShouldBeFalse();
        layer.Call(Torch.Ones(2, 3)).RequiresGrad.ShouldBeTrue();
    }

    private static double Value(Parameter x) => x.Flatten()[0].Item();

    private static void Set(Parameter p, double value)
    {
        using (Torch.NoGrad()) p.Fill_(value);
    }
}
