using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>State dicts: what is in them, and what they do not fit.</summary>
public class StateDictTests
{
    private sealed class Net : Module
    {
        private readonly Linear fc1 = new(2, 3);
        private readonly Linear fc2 = new(3, 1);

        [Buffer] private readonly Tensor mean = Torch.Zeros(3);

        [Buffer(persistent: false)] private readonly Tensor scratch = Torch.Zeros(3);

        public override string ExtraRepr() => $"{fc1}{fc2}{mean}{scratch}";
    }

    [Fact]
    public void A_state_dict_shares_memory_and_has_no_history()
    {
        var net = new Net();
        var state = net.StateDict();
        state.Keys.ShouldBe(["mean", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
        state.Values.ShouldAllBe(static x => !x.RequiresGrad);
        state["fc1.bias"].Fill_(7);
        net.GetParameter("fc1.bias").ToArray<float>().ShouldBe([7, 7, 7]);
        net.StateDict("net.", keepVars: true)["net.fc1.bias"].ShouldBeSameAs(net.GetParameter("fc1.bias"));
    }

    [Fact]
    public void Loading_copies_and_converts()
    {
        Net from = new(), to = new();
        var state = from.StateDict();
        state["fc1.weight"] = state["fc1.weight"].To(DType.Float64);
        var parameters = to.Parameters();
        var keys = to.LoadStateDict(state);
        keys.ToString().ShouldBe("<All keys matched successfully>");
        to.Parameters().ShouldBe(parameters);
        foreach (var (name, x) in from.StateDict()) to.StateDict()[name].Equal(x).ShouldBeTrue(name);
        to.GetParameter("fc1.weight").DType.ShouldBe(DType.Float32);
        to.GetParameter("fc1.weight").RequiresGrad.ShouldBeTrue();
    }

    [Fact]
    public void One_error_lists_all_that_does_not_fit_and_nothing_is_changed()
    {
        var net = new Net();
        var before = net.StateDict().Select(static s => s.Value.Clone()).ToArray();
        var state = new Net().StateDict();
        state.Remove("fc1.bias");
        state["fc3.weight"] = Torch.Zeros(1);
        state["fc2.weight"] = Torch.Zeros(1, 4);
        state["mean"] = Torch.Zeros(2);
        Should.Throw<ArgumentException>(() => net.LoadStateDict(state)).Message.ShouldBe(
            "LoadStateDict: the state dict does not fit Net, which stays as it is.\n" +
            "  Missing: fc1.bias.\n" +
            "  Unexpected: fc3.weight.\n" +
            "  Of another shape: mean is [3] in the model, [2] in the dict, fc2.weight is [1, 3] in the model, [1, 4] in the dict. (Parameter 'stateDict')");
        net.StateDict().Values.Zip(before).ShouldAllBe(static pair => pair.First.Equal(pair.Second));
        Should.Throw<ArgumentException>(() => net.LoadStateDict(state, strict: false)).Message.ShouldContain("Of another shape");
    }

    [Fact]
    public void A_tensor_that_is_null_is_refused_by_name()
    {
        var net = new Net();
        var before = net.StateDict().Select(static s => s.Value.Clone()).ToArray();
        var state = new Net().StateDict();
        state["fc2.bias"] = null!;
        Should.Throw<ArgumentException>(() => net.LoadStateDict(state)).Message.ShouldStartWith("LoadStateDict: `fc2.bias` is null in the state dict, expected a tensor.");
        net.StateDict().Values.Zip(before).ShouldAllBe(static pair => pair.First.Equal(pair.Second));
    }

    [Fact]
    public void Without_strict_the_common_keys_are_loaded()
    {
        var net = new Net();
        var keys = net.LoadStateDict(new Dictionary<string, Tensor> { ["fc1.bias"] = Torch.Ones(3), ["other"] = Torch.Zeros(1) }, strict: false);
        keys.MissingKeys.ShouldBe(["mean", "fc1.weight", "fc2.weight", "fc2.bias"]);
        keys.UnexpectedKeys.ShouldBe(["other"]);
        net.GetParameter("fc1.bias").ToArray<float>().ShouldBe([1, 1, 1]);
    }

    [Fact]
    public void Assigning_takes_memory_and_dtype_and_keeps_the_parameter()
    {
        var layer = new Linear(2, 1, bias: false);
        var weight = layer.Weight;
        var given = Torch.Ones([1, 2], DType.Float64);
        layer.LoadStateDict(new Dictionary<string, Tensor> { ["weight"] = given }, assign: true);
        layer.Weight.ShouldBeSameAs(weight);
        layer.Weight.DType.ShouldBe(DType.Float64);
        given.Fill_(5);
        layer.Weight.ToArray<double>().ShouldBe([5, 5]);
        layer.Call(Torch.Ones([1, 2], DType.Float64)).Sum().Backward();
        layer.Weight.Grad!.DType.ShouldBe(DType.Float64);
    }
}
