using MiniTorch.NN;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Deep copies of modules: the same values, and nothing in common.</summary>
public class DeepcopyTests
{
    public static TheoryData<string> Modules => [.. ModuleTests.Made.Keys];

    [Theory, MemberData(nameof(Modules))]
    public void A_copy_is_alike_and_shares_no_memory(string code)
    {
        var module = ModuleTests.Made[code]();
        var copy = module.Deepcopy();
        copy.ShouldBeOfType(module.GetType());
        copy.ToString().ShouldBe(module.ToString());
        copy.NamedModules().Select(static m => m.Name).ShouldBe(module.NamedModules().Select(static m => m.Name));
        copy.Modules().ShouldAllBe(m => !module.Modules().Contains(m));
        var (theirs, ours) = (Tensors(module), Tensors(copy));
        ours.Keys.ShouldBe(theirs.Keys);
        foreach (var (name, x) in theirs)
        {
            ours[name].Equal(x).ShouldBeTrue(name);
            ours[name].GetType().ShouldBe(x.GetType());
            ours[name].RequiresGrad.ShouldBe(x.RequiresGrad);
        }
        ours.Values.Select(static x => x.Storage).Intersect(theirs.Values.Select(static x => x.Storage)).ShouldBeEmpty();

        static Dictionary<string, Tensor> Tensors(Module m)
            => m.NamedParameters().Select(static p => (p.Name, (Tensor)p.Parameter)).Concat(m.NamedBuffers()).ToDictionary(static t => t.Item1, static t => t.Item2);
    }

    /// <summary>What a layer keeps besides its parameters, in arrays and records of its own, is copied too.</summary>
    [Fact]
    public void A_copy_goes_on_when_the_original_changes()
    {
        var (x, t) = (Torch.Randn([3, 2, 4], generator: new Generator()), Torch.Randn([3, 2, 4], generator: new Generator().ManualSeed(5)));
        Check(new LSTM(4, 4, numLayers: 2, bidirectional: true), static (m, x) => m.Call(x).Item1);
        Check(new GRU(4, 4), static (m, x) => m.Call(x).Item1);
        Check(new MultiheadAttention(4, 2), (m, x) => m.Call(x, t, t).Item1);
        Check(new Sequential(new Linear(4, 3), new BatchNorm1d(2), new ReLU(), new Linear(3, 2)), static (m, x) => m.Call(x));
        Check(new Hidden(), static (m, x) => m.Call(x));

        void Check<T>(T module, Func<T, Tensor, Tensor> f)
            where T : Module
        {
            var copy = module.Eval().Deepcopy();
            var before = f(module, x);
            using (Torch.NoGrad())
                foreach (var p in module.Parameters()) p.Fill_(7);
            f(module, x).Allclose(before).ShouldBeFalse(module.GetType().Name);
            f(copy, x).Equal(before).ShouldBeTrue(module.GetType().Name);
            copy.RequiresGrad_().ZeroGrad();
            f(copy, x).Sum().Backward();
            copy.Parameters().ShouldAllBe(static p => p.Grad != null);
            module.Parameters().ShouldAllBe(static p => p.Grad == null);
        }
    }

    /// <summary>Layers in functions, a lambda over a local variable, a tuple, a read-only list, a dictionary and a class beside the modules.</summary>
    private sealed class Hidden : Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> own, captured;
        private readonly Func<Tensor, Tensor>[] several;
        private readonly Linear first = new(4, 4);
        private readonly (Linear Layer, string Name) pair = (new(4, 4), "pair");
        private readonly IReadOnlyList<Linear> list = [new(4, 4), new(4, 4)];
        private readonly Dictionary<string, Linear> byName = new(StringComparer.OrdinalIgnoreCase) { ["a"] = new(4, 4) };
        private readonly Extra extra = new();

        public Hidden()
        {
            own = x => first.Call(x);
            var layer = RegisterModule("inside", new Linear(4, 4));
            captured = x => layer.Call(x);
            several = [pair.Layer.Call, own + (x => captured(x) * 2)];
        }

        protected override Tensor Forward(Tensor x)
        {
            x = several[1](several[0](own(captured(x))));
            return byName["A"].Call(list[1].Call(list[0].Call(x))) * extra.Scale.Value;
        }

        private sealed class Extra
        {
            internal (Tensor Value, int Number) Scale { get; } = (Torch.Tensor(3.0), 5);
        }

        internal Tensor Scale => extra.Scale.Value;
    }

    [Fact]
    public void Tensors_of_classes_beside_the_modules_are_copied()
    {
        var module = new Hidden();
        var copy = module.Deepcopy();
        module.Scale.Fill_(0);
        copy.Scale.Item().ShouldBe(3);
    }

    [Fact]
    public void Tied_parameters_stay_tied()
    {
        var net = ModuleTests.Made["Net()"]().Deepcopy();
        net.GetParameter("tied.weight").ShouldBeSameAs(net.GetParameter("embed.weight"));

        var shared = new Linear(2, 2);
        var twice = new Sequential(shared, shared).Deepcopy();
        twice[0].ShouldBeSameAs(twice[1]);
        twice[0].ShouldNotBeSameAs(shared);
    }

    [Fact]
    public void Mode_dtype_and_frozen_parameters_are_kept_and_gradients_are_not()
    {
        var net = new Sequential(new Linear(2, 2), new Dropout()).Double();
        net[1].Eval();
        ((Linear)net[0]).Bias!.RequiresGrad = false;
        net.Call(Torch.Ones([1, 2], DType.Float64)).Sum().Backward();
        var copy = net.Deepcopy();
        (copy.Training, copy[0].Training, copy[1].Training).ShouldBe((true, true, false));
        copy.Parameters().Select(static p => (p.DType, p.RequiresGrad, p.Grad)).ShouldBe([(DType.Float64, true, null), (DType.Float64, false, null)]);
    }

    [Fact]
    public void Hooks_are_not_copied_and_stay_where_they_were()
    {
        var net = new Sequential(new Linear(2, 2));
        int calls = 0;
        net.RegisterForwardHook((_, _, _) => { calls++; });
        net[0].RegisterForwardPreHook((_, _) => { calls++; });
        net[0].RegisterFullBackwardHook((_, _, _) => { calls++; });
        var copy = net.Deepcopy();
        copy.Call(Torch.Ones(1, 2)).Sum().Backward();
        calls.ShouldBe(0);
        copy.RegisterForwardHook((_, _, _) => { calls += 10; });
        net.Call(Torch.Ones(1, 2)).Sum().Backward();
        calls.ShouldBe(3);
    }

    private sealed class Keyed : Module
    {
        internal Dictionary<Module, int> Numbers { get; } = new() { [new ReLU()] = 1 };

        internal Dictionary<Type, object> Types { get; } = new() { [typeof(int)] = 1 };
    }

    [Fact]
    public void Modules_as_keys_are_refused()
        => Should.Throw<InvalidOperationException>(static () => new Keyed().Deepcopy()).Message.ShouldStartWith("Deepcopy: a Dictionary with tensors, modules or objects as keys cannot be copied");

    private sealed class Settings : Module
    {
        internal Dictionary<Type, object> Types { get; } = new() { [typeof(int)] = Torch.Ones(1) };

        internal Generator Generator { get; } = new();

        internal int[,] Numbers { get; } = { { 1, 2 }, { 3, 4 } };

        internal Tensor?[,] Table { get; } = { { Torch.Ones(1), null }, { Torch.Zeros(1), Torch.Ones(2) } };
    }

    [Fact]
    public void Other_objects_are_shared_and_tables_of_tensors_copied()
    {
        var module = new Settings();
        var copy = module.Deepcopy();
        copy.Generator.ShouldBeSameAs(module.Generator);
        copy.Numbers.ShouldBeSameAs(module.Numbers);
        copy.Types[typeof(int)].ShouldNotBeSameAs(module.Types[typeof(int)]);
        copy.Table[0, 1].ShouldBeNull();
        copy.Table[1, 1]!.Shape.ShouldBe([2]);
        copy.Table.Cast<Tensor?>().ShouldAllBe(x => x == null || !module.Table.Cast<Tensor?>().Contains(x));
    }
}
