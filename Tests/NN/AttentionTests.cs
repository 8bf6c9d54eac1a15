using MiniTorch.NN;
using MiniTorch.Tests.Kernels;
using Shouldly;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Attention: the fused kernels against ordinary ops, and the layer against PyTorch.</summary>
[Collection(Seeded.Name)]
public class AttentionTests
{
    // ---- fused against composed ------------------------------------------------------------------------------------------

    /// <summary>The definition, in ordinary ops.</summary>
    private static Tensor Composed(Tensor q, Tensor k, Tensor v, Tensor? mask, double p, bool causal)
    {
        var scores = q.Matmul(k.MT) / Math.Sqrt(q.Size(-1));
        if (causal) mask = Torch.Ones([q.Size(-2), k.Size(-2)], DType.Bool).Tril();
        if (mask is not null) scores = mask.DType == DType.Bool ? scores.MaskedFill(mask.LogicalNot(), double.NegativeInfinity) : scores + mask;
        return F.Dropout(scores.Softmax(-1), p).Matmul(v);
    }

    private static readonly Func<Tensor, Tensor>[] AllLayouts = [static x => x, Layouts.Gaps, Layouts.Transposed, SplitHeads];

    /// <summary>As heads are split off a row: <c>[n, l, heads, size]</c> with two dimensions exchanged.</summary>
    private static Tensor SplitHeads(Tensor x) => x.Ndim < 3 ? x : x.Transpose(-2, -3).Contiguous().Transpose(-2, -3).Detach().RequiresGrad_(x.RequiresGrad);

    public static TheoryData<int> Draws => [.. Enumerable.Range(0, 120)];

    [Theory, MemberData(nameof(Draws))]
    public void Fused_equals_composed(int seed)
    {
        var draw = new Random(seed);
        int l = draw.Next(1, 40), s = draw.Next(1, 40), e = draw.Next(1, 20), d = draw.Next(1, 20), heads = draw.Next(1, 4), n = draw.Next(1, 3);
        bool causal = draw.Next(3) == 0;
        double p = draw.Next(3) == 0 ? 0.3 : 0;
        Torch.ManualSeed(seed);
        Tensor[] inputs =
        [
            Layout(Torch.Randn([n, heads, l, e], DType.Float64)), Layout(Torch.Randn([draw.Next(2) == 0 ? n : 1, heads, s, e], DType.Float64)),
            Layout(Torch.Randn(draw.Next(4) == 0 ? [s, d] : [n, 1, s, d], DType.Float64)),
        ];
        Tensor? mask = causal ? null : draw.Next(4) switch
        {
            0 => Layout(Torch.Randn([heads, l, s], DType.Float64)),
            1 => Layout(Torch.Randn([n, 1, 1, s], DType.Float64)),
            2 => Torch.Rand([n, 1, l, s]).Lt(0.7).LogicalOr(Torch.Eye(l, s).Gt(0)).LogicalOr(Torch.Arange(s).Eq(0)),      // some key for every query
            _ => null,
        };
        if (mask is not null && mask.IsFloatingPoint()) inputs = [.. inputs, mask];
        var dy = Layout(Torch.Randn([n, heads, l, d], DType.Float64)).Detach();

        var fused = Results(x => F.ScaledDotProductAttention(x[0], x[1], x[2], x.Length > 3 ? x[3] : mask, p, causal));
        var composed = Results(x => Composed(x[0], x[1], x[2], x.Length > 3 ? x[3] : mask, p, causal));
        for (int i = 0; i < fused.Length; i++) fused[i].Allclose(composed[i], 1e-10, 1e-10).ShouldBeTrue($"l {l}, s {s}, e {e}, d {d}, causal {causal}, p {p}, result {i}");

        Tensor Layout(Tensor x) => AllLayouts[draw.Next(AllLayouts.Length)](x.RequiresGrad_());

        Tensor[] Results(Func<Tensor[], Tensor> f)
        {
            Torch.ManualSeed(seed + 1);
            var y = f(inputs);
            var recorded = MiniTorch.Autograd.Grad([y], inputs, [dy], createGraph: true);
            var grads = MiniTorch.Autograd.Grad([y], inputs, [dy]);
            for (int i = 0; i < grads.Length; i++) grads[i]!.Allclose(recorded[i]!, 1e-10, 1e-10).ShouldBeTrue($"gradient {i}, recorded and not");
            return [y.Detach(), .. grads!];
        }
    }

    [Fact]
    public void With_dropout_gradients_equal_differences()
    {
        Torch.ManualSeed(3);
        Tensor[] inputs = [.. new Shape[] { [2, 3, 2], [2, 4, 2], [2, 4, 3] }.Select(static shape => Torch.Randn(shape, DType.Float64).RequiresGrad_())];
        MiniTorch.Autograd.Gradcheck(Attend, inputs).ShouldBeTrue();
        MiniTorch.Autograd.Gradgradcheck(Attend, inputs).ShouldBeTrue();

        static Tensor[] Attend(Tensor[] x)
        {
            Torch.ManualSeed(4);                                     // the same mask at every call
            return [F.ScaledDotProductAttention(x[0], x[1], x[2], dropoutP: 0.4)];
        }
    }

    [Fact]
    public void A_gradient_that_nobody_wants_is_not_computed()
    {
        Tensor q = Torch.Randn([2, 3]).RequiresGrad_(), k = Torch.Randn(4, 3), v = Torch.Randn(4, 2);
        F.ScaledDotProductAttention(q, k, v).Sum().Backward();
        (q.Grad is not null, k.Grad, v.Grad).ShouldBe((true, null, null));
    }

    // ---- layout, edges, errors -----------------------------------------------------------------------------------------------

    [Fact]
    public void The_result_lies_as_the_queries_do()
    {
        var q = Torch.Randn(2, 5, 3, 4).Transpose(1, 2);
        F.ScaledDotProductAttention(q, q, q).Transpose(1, 2).IsContiguous().ShouldBeTrue();
        F.ScaledDotProductAttention(q.Contiguous(), q, q).IsContiguous().ShouldBeTrue();
    }

    [Fact]
    public void Nothing_to_attend_to()
    {
        Tensor q = Torch.Ones([2, 3]).RequiresGrad_(), none = Torch.Ones([0, 3]).RequiresGrad_();
        var y = F.ScaledDotProductAttention(q, none, none);
        y.ToArray<float>().ShouldAllBe(static v => v == 0);
        y.Sum().Backward();
        q.Grad!.ToArray<float>().ShouldAllBe(static v => v == 0);
        F.ScaledDotProductAttention(none, q, q).Shape.ShouldBe([0, 3]);
        F.ScaledDotProductAttention(q, q, q, Torch.Zeros([2, 2], DType.Bool)).ToArray<float>().ShouldAllBe(static v => float.IsNaN(v));
    }

    [Fact]
    public void Kernels_stay_within_their_spans()
    {
        const int l = 5, s = 11, e = 3, d = 7;
        using GuardedMemory a = new(l * e * 4), b = new(s * e * 4), c = new(s * d * 4), m = new(l * s * 4), n = new(l * s * 4), o = new(l * d * 4);
        using GuardedMemory da = new(l * e * 4), db = new(s * e * 4), dc = new(s * d * 4), ds = new(l * s * 4), w = new(l * s * 4);
        MiniTorch.Kernels.Matrix<float> q = Of(a, l, e), k = Of(b, s, e), v = Of(c, s, d), mask = Of(m, l, s), p = Of(n, l, s), y = Of(o, l, d);
        MiniTorch.Kernels.Attention.Forward(q, k, v, mask, mask, 0.5f, true, p, Of(w, l, s), y);
        MiniTorch.Kernels.Attention.Backward(q, k, v, mask, 0.5f, p, Of(w, l, s), y, Of(da, l, e), Of(db, s, e), Of(dc, s, d), Of(ds, l, s));
        p.Row(1)[..2].ToArray().ShouldBe([0.5f, 0.5f]);
        p.Row(1)[2..].ToArray().ShouldAllBe(static x => x == 0);

        static MiniTorch.Kernels.Matrix<float> Of(GuardedMemory memory, int rows, int columns) => new(memory.Last<float>(rows * columns), rows, columns, columns);
    }

    [Fact]
    public void Errors_name_shapes_and_the_way_out()
    {
        Tensor q = Torch.Zeros(2, 3), k = Torch.Zeros(4, 3), v = Torch.Zeros(4, 5);
        Refused(() => F.ScaledDotProductAttention(q, v, v)).ShouldContain("queries [2, 3] and keys [4, 5] must have the same last dimension, 3 and 5 differ.");
        Refused(() => F.ScaledDotProductAttention(q, k, q)).ShouldContain("there must be a value for each key, but keys [4, 3] are 4 and values [2, 3] are 2.");
        Refused(() => F.ScaledDotProductAttention(q, k, v.Double())).ShouldContain("must have one floating-point dtype");
        Refused(() => F.ScaledDotProductAttention(q[0], k, v)).ShouldContain("are matrices or batches of matrices");
        Refused(() => F.ScaledDotProductAttention(q, k, v, Torch.Zeros(2, 4), isCausal: true)).ShouldContain("isCausal is a mask of its own.");
        Refused(() => F.ScaledDotProductAttention(q, k, v, Torch.Zeros(4, 2))).ShouldContain("a mask of shape [4, 2] does not broadcast to the scores [2, 4].");
        Refused(() => F.ScaledDotProductAttention(q, k, v, Torch.Zeros([2, 4], DType.Int64))).ShouldContain("a mask is Bool or has the dtype Float32 of the queries, got Int64.");
        Refused(() => F.ScaledDotProductAttention(q, k, v, dropoutP: 1.5)).ShouldContain("dropoutP must be in [0, 1], got 1.5.");

        var layer = new MultiheadAttention(4, 2);
        var x = Torch.Zeros(3, 2, 4);
        Refused(static () => _ = new MultiheadAttention(4, 3)).ShouldContain("3 heads do not share 4 features evenly.");
        Refused(() => layer.Call(Torch.Zeros(3), x, x)).ShouldContain("expected query, key and value with 3 dimensions ([l, n, embed])");
        Refused(() => layer.Call(Torch.Zeros(3, 2, 5), x, x)).ShouldContain("the query [3, 2, 5] must have 4 features, got 5.");
        Refused(() => layer.Call(x, x, Torch.Zeros(2, 2, 4))).ShouldContain("keys [3, 2, 4] and values [2, 2, 4] must agree in all but the last dimension.");
        Refused(() => layer.Call(Torch.Zeros(3, 1, 4), x, x)).ShouldContain("have batches of 1 and 2 in dimension 1.");
        Refused(() => layer.Call(x, x, x, Torch.Zeros([3, 2], DType.Bool))).ShouldContain("keyPaddingMask must have shape [2, 3], got [3, 2].");
        Refused(() => layer.Call(x, x, x, attnMask: Torch.Zeros([3, 3], DType.Int64))).ShouldContain("attnMask is Bool or has the dtype Float32 of the query, got Int64.");
    }

    private static string Refused(Action call) => Should.Throw<ArgumentException>(call).Message;

    // ---- the layer ---------------------------------------------------------------------------------------------------------------

    private static readonly Dictionary<string, Func<MultiheadAttention>> Made = new()
    {
        ["nn.MultiheadAttention(6, 2, dtype=torch.float64)"] = static () => new(6, 2, dtype: DType.Float64),
        ["nn.MultiheadAttention(6, 3, bias=False, kdim=3, vdim=5, dtype=torch.float64)"] = static () => new(6, 3, bias: false, kdim: 3, vdim: 5, dtype: DType.Float64),
        ["nn.MultiheadAttention(6, 2, batch_first=True, dtype=torch.float64)"] = static () => new(6, 2, batchFirst: true, dtype: DType.Float64),
        ["nn.MultiheadAttention(6, 2, add_bias_kv=True, add_zero_attn=True, dtype=torch.float64)"] = static () => new(6, 2, addBiasKv: true, addZeroAttn: true, dtype: DType.Float64),
        ["nn.MultiheadAttention(6, 2, dropout=0.5, dtype=torch.float64)"] = static () => new(6, 2, dropout: 0.5, dtype: DType.Float64),
    };

    public static TheoryData<string> Cases => [.. LayersGolden.File.Attention.Select(static c => c.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void The_layer_equals_PyTorch(string name)
    {
        var golden = LayersGolden.File.Attention.Single(c => c.Name == name);
        Torch.ManualSeed(0);
        var layer = Made[golden.Layer]();
        var inputs = golden.Inputs.ToDictionary(static i => i.Key, static i => Torch.Randn((Shape)i.Value, DType.Float64).RequiresGrad_());
        string[] order = golden.Order.Split(", ");
        var (y, weights) = layer.Call(
            inputs[order[0]], inputs[order[1]], inputs[order[2]], Mask("key_padding_mask"), Flag("need_weights"), Mask("attn_mask"), Flag("average_attn_weights"));
        y.Shape.ShouldBe((Shape)golden.YShape);
        Close(y, golden.Y, "the output");
        var loss = (y * Torch.Randn(y.Shape, DType.Float64)).Sum();
        if (golden.Weights is null)
        {
            weights.ShouldBeNull();
        }
        else
        {
            weights.ShouldNotBeNull().Shape.ShouldBe((Shape)golden.WeightsShape!);
            Close(weights, golden.Weights, "the weights");
            loss = loss + (weights * Torch.Arange(weights.Numel()).Reshape(weights.Shape)).Sum();
        }
        loss.Backward();
        foreach (var (key, x) in inputs) Close(x.Grad!, golden.Grads[key], $"the gradient of {key}");
        foreach (var (key, p) in layer.NamedParameters()) Close(p.Grad!, golden.Grads[key], $"the gradient of {key}");
        Torch.Rand(1).Item().ShouldBe(golden.NextRand[0]);

        bool Flag(string key) => golden.Flags.GetValueOrDefault(key, true);

        Tensor? Mask(string key) => golden.Masks.TryGetValue(key, out var mask)
            ? Torch.FromArray<double>(mask.Values, mask.Shape).To(Enum.Parse<DType>(mask.Dtype, ignoreCase: true))
            : null;
    }

    private static void Close(Tensor x, double[] expected, string what)
    {
        double[] values = x.Detach().ToArray<double>();
        values.Length.ShouldBe(expected.Length, what);
        for (int i = 0; i < values.Length; i++) values[i].ShouldBe(expected[i], 1e-12 * Math.Max(1, Math.Abs(expected[i])), $"{what}, element {i}");
    }
}
