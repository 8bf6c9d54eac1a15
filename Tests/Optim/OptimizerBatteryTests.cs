using System.Text.Json;
using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>
/// What every optimizer must do, whatever its equation. Optimizers are found by reflection, and each must have a row.
/// </summary>
public class OptimizerBatteryTests
{
    /// <summary>An optimizer, its arguments, and how many steps take it how near to the minimum of <see cref="Bowl"/>.</summary>
    private sealed record Row(string Optimizer, object Args, int Steps)
    {
        internal double Within { get; init; } = 0.02;

        /// <summary>The shape of the parameter, for one that takes only matrices.</summary>
        internal int[] Shape { get; init; } = [8];

        /// <summary>Whether elements know nothing of each other: not so where something is decided over all of them.</summary>
        internal bool AnyLength { get; init; } = true;

        /// <summary>Whether it takes several groups, and leaves parameters without a gradient alone.</summary>
        internal bool Several { get; init; } = true;

        internal Type Type => Make.All<Optimizer>().Single(type => type.Name == Optimizer);

        /// <summary>Whether its equation treats each element by itself: then it has the same bits in any length and layout, allocates nothing, and explains itself.</summary>
        internal bool Elementwise => Bases(Type).Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ElementwiseOptimizer<,>));

        private static IEnumerable<Type> Bases(Type type) => type.BaseType is { } up ? [up, .. Bases(up)] : [];
    }

    private static readonly Row[] Rows =
    [
        new("SGD", new { lr = 0.3 }, 100),
        new("SGD", new { lr = 0.1, momentum = 0.8, nesterov = true }, 200),
        new("SGD", new { lr = 0.1, momentum = 0.8, dampening = 0.5 }, 300),
        new("SGD", new { lr = 0.1, momentum = 0.8, weight_decay = 1e-3 }, 300),
        new("Adam", new { lr = 0.1 }, 300),
        new("Adam", new { lr = 0.1, betas = new[] { 0.8, 0.95 }, weight_decay = 1e-4, amsgrad = true }, 300),
        new("AdamW", new { lr = 0.1, weight_decay = 1e-4 }, 300),

        // PyTorch's other element-wise ones
        new("NAdam", new { lr = 0.1 }, 200),
        new("NAdam", new { lr = 0.1, betas = new[] { 0.8, 0.999 }, eps = 1e-3, weight_decay = 1e-4, momentum_decay = 0.02 }, 150),
        new("NAdam", new { lr = 0.1, weight_decay = 1e-4, decoupled_weight_decay = true }, 200),
        new("RAdam", new { lr = 0.1 }, 300),
        new("RAdam", new { lr = 0.3, betas = new[] { 0.8, 0.5 }, weight_decay = 1e-4 }, 100),
        new("RAdam", new { lr = 0.1, weight_decay = 1e-4, decoupled_weight_decay = true }, 300),
        new("Adamax", new { lr = 0.1 }, 200),
        new("Adamax", new { lr = 0.1, betas = new[] { 0.8, 0.95 }, weight_decay = 1e-4 }, 100),
        new("Adagrad", new { lr = 0.5 }, 100),
        new("Adagrad", new { lr = 0.5, lr_decay = 1e-3, weight_decay = 1e-4, initial_accumulator_value = 0.1 }, 100),
        new("Adadelta", new { eps = 1e-2 }, 100),
        new("Adadelta", new { lr = 0.8, rho = 0.8, eps = 1e-2, weight_decay = 1e-4 }, 100),
        new("RMSprop", new { lr = 0.02 }, 300),
        new("RMSprop", new { lr = 0.005, momentum = 0.8, weight_decay = 1e-4 }, 250),
        new("RMSprop", new { lr = 0.02, alpha = 0.95, eps = 1e-2, centered = true }, 200),
        new("RMSprop", new { lr = 0.005, alpha = 0.9, eps = 1e-2, momentum = 0.5, centered = true }, 150),
        new("Rprop", new { lr = 0.02 }, 60),
        new("Rprop", new { lr = 0.1, etas = new[] { 0.4, 1.3 }, step_sizes = new[] { 1e-4, 0.5 } }, 60),
        new("ASGD", new { lr = 0.3 }, 60),
        new("ASGD", new { lr = 0.3, lambd = 1e-3, alpha = 0.5, t0 = 5, weight_decay = 1e-4 }, 60),
        // From the literature: NadaMax, AdaBound, SWATS, the quasi-hyperbolic ones, aggregated momentum
        new("NadaMax", new { lr = 0.1 }, 300),
        new("NadaMax", new { lr = 0.1, betas = new[] { 0.8, 0.99 }, weight_decay = 1e-4, momentum_decay = 0.05 }, 300),
        new("AdaBound", new { lr = 0.1, final_lr = 0.1, gamma = 0.01 }, 300),
        new("AdaBound", new { lr = 0.1, final_lr = 0.1, gamma = 0.01, weight_decay = 1e-4, amsbound = true }, 300),
        new("AMSBound", new { lr = 0.1, betas = new[] { 0.8, 0.95 }, final_lr = 0.5 }, 300),
        new("SWATS", new { lr = 0.1, switch_tolerance = 0 }, 300),
        new("SWATS", new { lr = 0.1, betas = new[] { 0.8, 0.95 }, weight_decay = 1e-4, switch_tolerance = 0.01 }, 300) { AnyLength = false },
        new("QHM", new { lr = 0.3, momentum = 0.9 }, 300),
        new("QHM", new { lr = 0.3, momentum = 0.9, nu = 1, weight_decay = 1e-4 }, 300),
        new("QHM", new { lr = 0.3, momentum = 0.9, nu = 0.5, weight_decay = 1e-4, decoupled_weight_decay = true }, 300),
        new("QHAdam", new { lr = 0.1 }, 300),
        new("QHAdam", new { lr = 0.1, betas = new[] { 0.8, 0.95 }, nus = new[] { 0.7, 0.9 }, weight_decay = 1e-4 }, 300),
        new("QHAdam", new { lr = 0.1, nus = new[] { 0.7, 1 }, weight_decay = 1e-4, decoupled_weight_decay = true }, 300),
        new("AggMo", new { lr = 0.1 }, 1500),
        new("AggMo", new { lr = 0.1, betas = new[] { 0.8 } }, 300),
        new("AggMo", new { lr = 0.1, betas = new[] { 0, 0.8 }, weight_decay = 1e-4 }, 300),
        new("AggMo", new { lr = 0.1, betas = new[] { 0, 0.5, 0.8, 0.9 }, weight_decay = 1e-4 }, 300),
        new("AggMo", new { lr = 0.1, betas = new[] { 0, 0.3, 0.5, 0.7, 0.8 } }, 300),
        new("AggMo", new { lr = 0.1, betas = new[] { 0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85 }, weight_decay = 1e-4 }, 300),
        // All parameters together, by closures; whole matrices; factored moments.
        new("LBFGS", new { }, 1) { Several = false, Within = 1e-3 },
        new("LBFGS", new { lr = 0.5, max_iter = 3, history_size = 2 }, 20) { Several = false, Within = 1e-3 },
        new("LBFGS", new { max_iter = 2, history_size = 4, line_search_fn = "strong_wolfe" }, 10) { Several = false, Within = 1e-3 },
        new("Newton", new { }, 1) { Several = false, Within = 1e-5 },
        new("Newton", new { damping = 0.3, backtracking = true }, 30) { Several = false, Within = 1e-3 },
        new("Muon", new { lr = 0.02, weight_decay = 0 }, 600) { Shape = [2, 4], Within = 0.05 },
        new("Muon", new { lr = 0.05, weight_decay = 1e-3, momentum = 0.8, nesterov = false, adjust_lr_fn = "match_rms_adamw" }, 600) { Shape = [4, 2], Within = 0.05 },
        new("Adafactor", new { lr = 0.02 }, 1000),
        new("Adafactor", new { lr = 0.02, beta2_decay = -0.6, eps = new double?[] { null, 1e-2 }, d = 2, weight_decay = 1e-5 }, 1000) { Shape = [2, 4], Within = 0.05 },
        // Decoupled decay, signs, layers
        new("SGDW", new { lr = 0.3, weight_decay = 1e-4 }, 100),
        new("SGDW", new { lr = 0.1, momentum = 0.8, nesterov = true, weight_decay = 1e-3 }, 200),
        new("SGDW", new { lr = 0.1, momentum = 0.8, dampening = 0.5 }, 300),
        new("Lion", new { lr = 0.006 }, 900),
        new("Lion", new { lr = 0.005, betas = new[] { 0.9, 0.95 }, weight_decay = 1e-3 }, 800),
        new("LAMB", new { lr = 0.003 }, 1500),
        new("LAMB", new { lr = 0.003, betas = new[] { 0.9, 0.99 }, weight_decay = 1e-4, norm_bounds = new[] { 0.5, 10 }, bias_correction = false }, 1500),

        // Wrappers. After the three steps of a test slow and fast weights have met: else they would later, without a gradient too. And the noise
        // that a parameter gets depends on those before it.
        new("Lookahead", new { k = 3, alpha = 0.5, inner = new { SGD = new { lr = 0.2, momentum = 0.5 } } }, 300),
        new("Lookahead", new { k = 3, alpha = 0.3, inner = new { Adam = new { lr = 0.1 } } }, 600),
        new("GradientNoise", new { eta = 1e-4, generator = 1, inner = new { SGD = new { lr = 0.1 } } }, 300) { Several = false },
        new("GradientNoise", new { eta = 1e-4, generator = 2, inner = new { Lookahead = new { k = 5, inner = new { Adam = new { lr = 0.1 } } } } }, 600) { Several = false },
    ];

    private static readonly double[] Targets = [1.5, -0.5, 0.25, 3, -2, 0.125, 1, -1];

    /// <summary>The rows for which <paramref name="applies"/> holds.</summary>
    private static TheoryData<int, string> Where(Func<Row, bool> applies)
    {
        var rows = new TheoryData<int, string>();
        foreach (var (i, row) in Rows.Index())
            if (applies(row)) rows.Add(i, $"{row.Optimizer} {JsonSerializer.Serialize(row.Args)}");
        return rows;
    }

    public static TheoryData<int, string> All() => Where(_ => true);

    public static TheoryData<int, string> Elementwise() => Where(row => row.Elementwise);

    public static TheoryData<int, string> AnyLength() => Where(row => row.Elementwise && row.AnyLength);

    public static TheoryData<int, string> Several() => Where(row => row.Several);

    public static TheoryData<int, string> Maximizing() => Where(row => Make.GroupType(row.Type)?.GetProperty("Maximize") is not null);
    [Fact]
    public void Every_optimizer_has_a_row() => Make.All<Optimizer>().Select(type => type.Name).ShouldBeSubsetOf(Rows.Select(row => row.Optimizer));

    [Theory, MemberData(nameof(All))]
    public void Reaches_the_minimum_and_keeps_the_dtype(int row, string _)
    {
        foreach (var dtype in (DType[])[DType.Float32, DType.Float64])
        {
            var x = Begin(row, dtype);
            var opt = New(row, x);
            Descend(opt, Rows[row].Steps, x);
            x.DType.ShouldBe(dtype);
            foreach (var (a, target) in x.ToArray<double>().Zip(Targets)) a.ShouldBe(target, Rows[row].Within);
            foreach (var tensor in opt.StateDict().State.Values.SelectMany(entry => entry.Values).OfType<Tensor>().Where(tensor => tensor.Ndim > 0)) tensor.DType.ShouldBe(dtype);
        }
    }

    [Theory, MemberData(nameof(Several))]
    public void Groups_are_optimized_as_if_each_were_alone(int row, string _)
    {
        var (a, b) = (Begin(row), Begin(row));
        var slow = JsonSerializer.SerializeToElement(new { lr = 0.01 });
        Descend(Make.Optimizer(Rows[row].Optimizer, Args(row), [([a], Make.NoArguments), ([b], slow)]), 20, a, b);

        var (aAlone, bAlone) = (Begin(row), Begin(row));
        Descend(New(row, aAlone), 20, aAlone);
        Descend(Make.Optimizer(Rows[row].Optimizer, Args(row), [([bAlone], slow)]), 20, bAlone);
        a.ToArray<float>().ShouldBe(aAlone.ToArray<float>());
        b.ToArray<float>().ShouldBe(bAlone.ToArray<float>());
        a.ToArray<float>().ShouldNotBe(b.ToArray<float>());
    }

    [Theory, MemberData(nameof(Maximizing))]
    public void Maximizing_the_negative_is_minimizing(int row, string _)
    {
        var (x, y) = (Begin(row), Begin(row));
        var args = Args(row).Deserialize<Dictionary<string, JsonElement>>()!;
        args["maximize"] = JsonSerializer.SerializeToElement(true);
        var ascent = Make.Optimizer(Rows[row].Optimizer, JsonSerializer.SerializeToElement(args), y);
        Descend(New(row, x), 20, x);
        for (int step = 0; step < 20; step++)
        {
            ascent.Step(() =>
            {
                ascent.ZeroGrad();
                var height = -Bowl(y);
                height.Backward();
                return height;
            });
        }
        y.ToArray<float>().ShouldBe(x.ToArray<float>());
    }

    [Theory, MemberData(nameof(All))]
    public void A_state_dict_in_the_middle_of_a_run_goes_on_bit_for_bit(int row, string _)
    {
        foreach (var dtype in (DType[])[DType.Float32, DType.Float64])
        {
            var x = Begin(row, dtype);
            var opt = New(row, x);
            opt.ParamGroups[0].Lr *= 0.5;
            Descend(opt, 7, x);

            var y = x.Detach().Clone().RequiresGrad_();
            var other = New(row, y);
            other.LoadStateDict(opt.StateDict());
            Descend(opt, 10, x);
            Descend(other, 10, y);
            y.ToArray<double>().ShouldBe(x.ToArray<double>());
        }
    }

    [Theory, MemberData(nameof(Several))]
    public void Without_a_gradient_nothing_changes(int row, string _)
    {
        var (x, y) = (Begin(row), Begin(row));
        var opt = Make.Optimizer(Rows[row].Optimizer, Args(row), x, y);
        Descend(opt, 3, x, y);
        var before = (Values: y.ToArray<float>(), State: State(opt, 1));
        for (int i = 0; i < 3; i++)
        {
            opt.ZeroGrad();
            Bowl(x).Backward();
            opt.Step();
        }
        y.ToArray<float>().ShouldBe(before.Values);
        State(opt, 1).ShouldBe(before.State);

        static double[] State(Optimizer opt, int i) => opt.StateDict().State.TryGetValue(i, out var entry) ? [.. entry.Values.OfType<Tensor>().SelectMany(x => x.ToArray<double>())] : [];
    }

    /// <summary>Whether an element is in a full register or in the tail, its bits are the same.</summary>
    [Theory, MemberData(nameof(AnyLength))]
    public void Every_length_gives_the_same_bits(int row, string _)
    {
        foreach (var dtype in (DType[])[DType.Float32, DType.Float64])
        {
            var whole = Start(70, dtype);
            Descend(New(row, whole), 3, whole);
            double[] expected = whole.ToArray<double>();
            for (int n = 1; n <= 70; n++)
            {
                var x = Start(n, dtype);
                Descend(New(row, x), 3, x);
                x.ToArray<double>().ShouldBe(expected[..n]);
            }
        }
    }

    [Theory, MemberData(nameof(Elementwise))]
    public void Any_layout_gives_the_same_bits(int row, string _)
    {
        var x = Start(42).Detach().Reshape(6, 7).Clone().RequiresGrad_();
        var whole = Torch.Zeros(9, 14);
        var y = whole[1..7, Torch.Slice(step: 2)].RequiresGrad_();                       // every second column of a larger matrix
        var z = Torch.Zeros(7, 6).T.RequiresGrad_();
        foreach (var view in (Tensor[])[y, z])
            using (Torch.NoGrad()) view.Copy_(x);
        y.IsContiguous().ShouldBeFalse();
        z.IsContiguous().ShouldBeFalse();

        var (forX, forY, forZ) = (New(row, x), New(row, y), New(row, z));
        for (int step = 0; step < 4; step++)
        {
            var g = Torch.Linspace(-1, 2, 42).Reshape(6, 7) * (1 + step);
            x.Grad = step % 2 == 0 ? g : g.T.Contiguous().T;
            y.Grad = g;
            z.Grad = g.T.Contiguous().T;
            foreach (var opt in (Optimizer[])[forX, forY, forZ]) opt.Step();
        }
        y.ToArray<float>().ShouldBe(x.ToArray<float>());
        z.ToArray<float>().ShouldBe(x.ToArray<float>());
        whole.Pow(2).Sum().Item().ShouldBe(y.Detach().Pow(2).Sum().Item(), 1e-4);              // nothing beside the view was touched
    }

    /// <summary>Not one byte per step, once the buffers are there: gradients come and go, and an optimizer must not add to them.</summary>
    [Theory, MemberData(nameof(Elementwise))]
    public void A_step_allocates_nothing(int row, string _)
    {
        var (x, y) = (Start(1000), Start(3));
        x.Grad = Torch.OnesLike(x);
        y.Grad = Torch.OnesLike(y);
        var opt = Make.Optimizer(Rows[row].Optimizer, Args(row), x, y);
        BytesOf50Steps();
        Enumerable.Range(0, 4).Min(_ => BytesOf50Steps()).ShouldBe(0);        // the runtime may allocate once, when it exchanges code

        long BytesOf50Steps()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++) opt.Step();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>The explanation computes the equation again in scalars: it must come out where the step did.</summary>
    [Theory, MemberData(nameof(Elementwise))]
    public void Explains_every_weight_of_every_step(int row, string _)
    {
        foreach (var (dtype, tolerance) in (ReadOnlySpan<(DType, double)>)[(DType.Float32, 1e-5), (DType.Float64, 1e-13)])
        {
            var x = Start(4, dtype).Detach().Reshape(2, 2).RequiresGrad_();
            var opt = New(row, x);
            opt.RecordSteps = true;
            for (int step = 0; step < 12; step++)
            {
                Descend(opt, 1, x);
                for (int i = 0; i < 4; i++)
                {
                    var explained = opt.Explained(x, [i / 2, i % 2]);
                    explained.Result.ShouldBe(x[i / 2, i % 2].Item(), tolerance);
                    foreach (var (key, value) in explained.After) At(opt.StateDict().State[0][key], i).ShouldBe(value, tolerance, key);
                    opt.Explain(x, i / 2, i % 2).ShouldEndWith($"= {Term.Text(explained.Result)}");
                }
            }
        }

        static double At(object? remembered, int i) => remembered is Tensor { Ndim: 2 } x ? x[i / 2, i % 2].Item() : ((Tensor)remembered!).Item();
    }

    private static JsonElement Args(int row) => JsonSerializer.SerializeToElement(Rows[row].Args);

    private static Optimizer New(int row, Tensor x) => Make.Optimizer(Rows[row].Optimizer, Args(row), x);

    private static Tensor Begin(int row, DType dtype = DType.Float32) => Start(8, dtype).Detach().Reshape(Rows[row].Shape).RequiresGrad_();

    private static Tensor Start(int n, DType dtype = DType.Float32)
        => Torch.FromArray<double>(Enumerable.Range(0, n).Select(i => Math.Sin(i)).ToArray()).To(dtype).RequiresGrad_();

    /// <summary>Σ cᵢ (xᵢ − tᵢ)² / 2 with curvatures from 1/2 to 2, its minimum at the targets.</summary>
    private static Tensor Bowl(Tensor x)
    {
        int n = x.Numel();
        var t = Torch.FromArray<double>(Enumerable.Range(0, n).Select(i => Targets[i % 8]).ToArray()).To(x.DType);
        var c = Torch.FromArray<double>(Enumerable.Range(0, n).Select(i => 0.5 + 0.2 * (i % 8)).ToArray()).To(x.DType);
        return (c * (x.Reshape(-1) - t).Pow(2)).Sum() / 2;
    }

    private static void Descend(Optimizer opt, int steps, params Tensor[] parameters)
    {
        for (int step = 0; step < steps; step++)
        {
            opt.Step(() =>
            {
                opt.ZeroGrad();
                var loss = parameters.Select(Bowl).Aggregate((a, b) => a + b);
                loss.Backward();
                return loss;
            });
        }
    }
}
