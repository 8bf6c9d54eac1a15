using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Hooks around Forward and Backward, and where an exception came up.</summary>
[Collection(Seeded.Name)]
public class ModuleHookTests
{
    [Fact]
    public void Forward_hooks_see_and_replace_input_and_output_of_nested_modules()
    {
        var inner = new Linear(2, 2);
        var net = new Sequential(new ReLU(), inner);
        var seen = new List<string>();
        net.RegisterForwardHook((m, x, y) => seen.Add($"{m.GetType().Name} {x.Shape} {y.Shape}"));
        inner.RegisterForwardPreHook((m, x) => seen.Add($"before {m.GetType().Name} {x.Shape}"));
        var doubled = inner.RegisterForwardPreHook((_, x) => x * 2);
        var negated = inner.RegisterForwardHook((_, _, y) => -y);

        var x = Torch.Ones(1, 2);
        net.Call(x).Allclose(-Functional.Linear(x * 2, inner.Weight, inner.Bias)).ShouldBeTrue();
        seen.ShouldBe(["before Linear [1, 2]", "Sequential [1, 2] [1, 2]"]);

        doubled.Remove();
        negated.Dispose();
        negated.Remove();
        net.Call(x).Allclose(Functional.Linear(x, inner.Weight, inner.Bias)).ShouldBeTrue();
    }

    [Fact]
    public void A_hook_registered_twice_is_removed_once()
    {
        var layer = new ReLU();
        int calls = 0;
        Func<Module, Tensor, Tensor?> hook = (_, x) =>
        {
            calls++;
            return x;
        };
        using var first = layer.RegisterForwardPreHook(hook);
        layer.RegisterForwardPreHook(hook).Remove();
        layer.Call(Torch.Ones(1));
        calls.ShouldBe(1);
    }

    [Fact]
    public void Backward_hooks_see_and_replace_the_gradients()
    {
        var layer = new Linear(2, 1, bias: false);
        Init.Ones_(layer.Weight);
        var net = new Sequential(layer);
        var seen = new List<double[]?>();
        using var hook = layer.RegisterFullBackwardHook((_, gradInput, gradOutput) =>
        {
            seen.Add(gradInput[0]?.ToArray<double>());
            seen.Add(gradOutput[0]?.ToArray<double>());
            return [gradInput[0]! * 10];
        });
        using var pre = layer.RegisterFullBackwardPreHook((_, gradOutput) => [gradOutput[0]! * 3]);
        var x = Torch.Tensor([1.0, 2.0], requiresGrad: true);
        net.Call(x.Reshape(1, 2)).Sum().Backward();
        seen.ShouldBe([[3, 3], [3]]);
        x.Grad!.ToArray<double>().ShouldBe([30, 30]);
        layer.Weight.Grad!.ToArray<double>().ShouldBe([3, 6]);
    }

    [Fact]
    public void Backward_hooks_fire_when_no_input_requires_a_gradient()
    {
        var layer = new Linear(2, 1);
        int calls = 0;
        var hook = layer.RegisterFullBackwardHook((_, gradInput, gradOutput) =>
        {
            calls++;
            gradInput[0].ShouldBeNull();
            gradOutput[0]!.Shape.ShouldBe([1, 1]);
        });
        layer.Call(Torch.Ones(1, 2)).Sum().Backward();
        calls.ShouldBe(1);
        hook.Remove();
        layer.Call(Torch.Ones(1, 2)).Sum().Backward();
        calls.ShouldBe(1);
    }

    [Fact]
    public void Backward_hooks_of_a_loss_see_both_inputs_and_second_derivatives_pass()
    {
        var loss = new MSELoss("sum");
        using var hook = loss.RegisterFullBackwardHook((_, gradInput, _) => gradInput.Length.ShouldBe(2));
        var x = Torch.Tensor([3.0], DType.Float64, requiresGrad: true);
        var dx = Torch.Grad(loss.Call(x, Torch.Tensor([1.0], DType.Float64)), x, createGraph: true);    // 2(x − t)
        dx.Item().ShouldBe(4);
        Torch.Grad(dx, x).Item().ShouldBe(2);
    }

    /// <summary>The shapes are what PyTorch 1.13.1 gives its hooks.</summary>
    [Fact]
    public void Backward_hooks_see_the_tensors_of_a_tuple()
    {
        var seen = new List<string>();
        void Note(Module module, Tensor?[] gradInput, Tensor?[] gradOutput)
            => seen.Add($"{module.GetType().Name} {string.Join(" ", gradInput.Select(Shape))} <- {string.Join(" ", gradOutput.Select(Shape))}");

        var lstm = new LSTM(3, 4);
        lstm.RegisterFullBackwardHook(Note);
        var x = Torch.Randn([2, 1, 3], requiresGrad: true);
        var (y, (h, c)) = lstm.Call(x);
        y.Sum().Backward();
        seen.ShouldBe(["LSTM [2, 1, 3] null <- [2, 1, 4] null"]);
        (y, (h, c)) = lstm.Call(x);
        (h + c).Sum().Backward();
        seen.Count.ShouldBe(1, "h and c are not seen");

        var gru = new GRU(3, 4);
        gru.RegisterFullBackwardHook(Note);
        var (_, last) = gru.Call(x);
        last.Sum().Backward();
        seen[1].ShouldBe("GRU [2, 1, 3] null <- null [1, 1, 4]");

        var attention = new MultiheadAttention(4, 2);
        attention.RegisterFullBackwardHook(Note);
        var q = Torch.Randn([2, 1, 4], requiresGrad: true);
        var (a, weights) = attention.Call(q, q, q);
        (a.Sum() + weights!.Square().Sum()).Backward();
        seen[2].ShouldBe("MultiheadAttention null <- [2, 1, 4] [1, 2, 2]", "its inputs are one object here");

        static string Shape(Tensor? g) => g is null ? "null" : g.Shape.ToString();
    }

    [Fact]
    public void What_hooks_return_replaces_the_gradients_of_a_tuple()
    {
        Torch.ManualSeed(0);
        var gru = new GRU(3, 4);
        var x = Torch.Randn([2, 1, 3], requiresGrad: true);
        Tensor Loss()
        {
            var (y, h) = gru.Call(x);
            return y.Sum() + h.Sum();
        }

        var expected = 6 * Torch.Grad(Loss(), x);                // gradients are linear: twice as much in, three times out
        using var pre = gru.RegisterFullBackwardPreHook((_, gradOutput) => [gradOutput[0]! * 2, gradOutput[1]! * 2]);
        using var hook = gru.RegisterFullBackwardHook((_, gradInput, _) => [gradInput[0]! * 3, null]);
        Torch.Grad(Loss(), x).Allclose(expected, rtol: 1e-5).ShouldBeTrue();
    }

    private sealed class Split : Module<Tensor, (Tensor, string)>
    {
        protected override (Tensor, string) Forward(Tensor x) => (x * 2, "twice");
    }

    [Fact]
    public void What_is_no_tensor_in_a_tuple_passes_by()
    {
        var split = new Split();
        var lengths = new List<int>();
        split.RegisterFullBackwardHook((_, _, gradOutput) => lengths.Add(gradOutput.Length));
        var x = Torch.Ones([2], requiresGrad: true);
        var (y, word) = split.Call(x);
        word.ShouldBe("twice");
        y.Sum().Backward();
        x.Grad!.ToArray<float>().ShouldBe([2, 2]);
        lengths.ShouldBe([2]);
    }

    // ---- where an exception came up ---------------------------------------------------------------------------------

    private sealed class Net : Module<Tensor, Tensor>
    {
        private readonly Sequential layers = new(new Linear(4, 3), new ReLU(), new Linear(3, 2));
        private readonly Linear head = new(7, 1);

        protected override Tensor Forward(Tensor x) => head.Call(layers.Call(x));
    }

    [Fact]
    public void An_exception_says_in_which_module_it_came_up()
    {
        var e = Should.Throw<ArgumentException>(static () => new Net().Call(Torch.Ones(1, 5)));
        e.ParamName.ShouldBe("x");
        e.Message.ShouldBe(
            $"Linear: an input of shape [1, 5] does not fit 4 input features: its last dimension must be 4.{Environment.NewLine}" +
            "        in layers.0 (Linear) (Parameter 'x')");
        e.Data["MiniTorch.Module"]!.ToString().ShouldBe("in layers.0 (Linear)");
        e.StackTrace!.ShouldContain("CheckLinear");

        Should.Throw<ArgumentException>(static () => new Net().Call(Torch.Ones(1, 4))).Message.ShouldContain("in head (Linear)");
    }

    private sealed class Failing(Exception e) : Module<Tensor, Tensor>
    {
        protected override Tensor Forward(Tensor x) => throw e;
    }

    private sealed class Careful(Module<Tensor, Tensor> inner) : Module<Tensor, Tensor>
    {
        protected override Tensor Forward(Tensor x)
        {
            try
            {
                return inner.Call(x);
            }
            catch (InvalidOperationException)
            {
                throw;
            }
        }
    }

    [Fact]
    public void The_exception_stays_the_one_it_is()
    {
        var thrown = new InvalidOperationException("no.");
        var caught = Should.Throw<InvalidOperationException>(() => new Sequential(new Careful(new Failing(thrown))).Call(Torch.Ones(1)));
        caught.ShouldBeSameAs(thrown);
        caught.Message.ShouldBe($"no.{Environment.NewLine}        in 0.inner (Failing)");
    }
}
