using System.Text.RegularExpressions;
using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Pictures of graphs. The snapshots were looked at as pictures; a change of one wants another look: <c>dot -Tpng</c>.</summary>
public class GraphViewTests
{
    private static Tensor Leaf(string name, params double[] values) => FromArray(values).Named(name).RequiresGrad_();

    private static Tensor Diamond()
    {
        var x = Leaf("x", 2);
        return (x.Square() * x.Exp()).Sum().Named("y");
    }

    private static (Tensor Loss, Tensor Hidden) Perceptron()
    {
        Tensor x = Zeros(64, 784), target = Zeros([64], DType.Int64);
        Tensor w1 = Zeros([784, 100], requiresGrad: true).Named("w1"), b1 = Zeros([100], requiresGrad: true).Named("b1");
        Tensor w2 = Zeros([100, 10], requiresGrad: true).Named("w2"), b2 = Zeros([10], requiresGrad: true).Named("b2");
        var h = (x.Matmul(w1) + b1).Tanh();
        var logits = h.Matmul(w2) + b2;
        var loss = (logits.Logsumexp(1) - logits.Gather(1, target.Unsqueeze(1)).Squeeze(1)).Mean().Named("loss");
        return (loss, h);
    }

    private static Tensor InPlace()
    {
        Tensor x = Leaf("x", 1, 2, 3, 4).Reshape(2, 2), w = Leaf("w", 5, 6), h = x * 2, column = h[.., 0];
        h[0] = w;
        return (column.Sum() + h.Square().Sum()).Named("loss");
    }

    [Fact]
    public void Diamond_as_dot() => Snapshots.Match(GraphView.ToDot(Diamond()));

    [Fact]
    public void Diamond_as_mermaid() => Snapshots.Match(GraphView.ToMermaid(Diamond()));

    [Fact]
    public void Perceptron_as_dot()
    {
        var (loss, h) = Perceptron();
        Snapshots.Match(GraphView.ToDot(loss, [("h", h)]));
    }

    [Fact]
    public void Perceptron_as_mermaid()
    {
        var (loss, h) = Perceptron();
        Snapshots.Match(GraphView.ToMermaid(loss, [("h", h)]));
    }

    [Fact]
    public void Changes_in_place_as_dot() => Snapshots.Match(GraphView.ToDot(InPlace()));

    [Fact]
    public void Values_and_gradients_as_dot()
    {
        Tensor w = Leaf("w", 3), x = FromArray([2.0]), b = Leaf("b", 1), h = w * x + b, loss = (h - 5).Square().Sum().Named("loss");
        h.RetainGrad();
        loss.Backward(retainGraph: true);
        Snapshots.Match(GraphView.ToDot(loss, [("h", h)], values: true));
    }

    [Fact]
    public void Several_roots_share_what_they_have_in_common()
    {
        Tensor x = Leaf("x", 1), h = x.Exp();
        string dot = GraphView.ToDot([h.Sin().Named("a"), h.Cos().Named("b")]);
        Regex.Count(dot, "Exp").ShouldBe(1);
        dot.ShouldContain("a = Sin");
        dot.ShouldContain("b = Cos");
    }

    [Fact]
    public void A_leaf_alone_is_a_graph()
    {
        Regex.Count(GraphView.ToMermaid(Leaf("w", 1)), "w<br/>").ShouldBe(1);
        Should.Throw<InvalidOperationException>(() => GraphView.ToDot(Ones(2))).Message.ShouldContain("no graph was recorded");
    }

    [Fact]
    public void A_tensor_used_twice_has_two_arrows()
    {
        var x = Leaf("x", 1);
        Regex.Count(GraphView.ToMermaid(x * x), "n1 --> n2").ShouldBe(2);
    }

    [Fact]
    public void A_long_chain_is_abridged()
    {
        Tensor x = Leaf("x", 1), y = x;
        for (int i = 0; i < 1_000_000; i++) y = y + 1;
        string dot = GraphView.ToDot(y, maxNodes: 3);
        dot.ShouldContain("999,998 more nodes before");
        Regex.Count(dot, "<b>Add</b>").ShouldBe(3);
        dot.ShouldContain("n0 -> n1 [style=dashed]");
        GraphView.ToMermaid(y, maxNodes: 3).ShouldContain("n0 -.-> n1");
        Should.Throw<ArgumentOutOfRangeException>(() => GraphView.ToDot(y, maxNodes: 0));
    }

    [Fact]
    public void Names_are_escaped()
    {
        var x = Leaf("a<b> & \"c\" #1 `d` _e_ [f]\n{g}", 1);
        GraphView.ToDot(x * 2).ShouldContain("<b>a&lt;b&gt; &amp; &quot;c&quot; #1 `d` _e_ [f] {g}</b>");
        GraphView.ToMermaid(x * 2).ShouldContain("(\"a#60;b#62; #38; #34;c#34; #35;1 #96;d#96; #95;e#95; [f] {g}<br/>");
    }

    [Fact]
    public void The_same_graph_gives_the_same_text() => GraphView.ToDot(Diamond()).ShouldBe(GraphView.ToDot(Diamond()));

    [Fact]
    public void A_released_graph_says_so()
    {
        var y = Diamond();
        y.Backward();
        GraphView.ToDot(y).ShouldContain("released by Backward");
    }
}
