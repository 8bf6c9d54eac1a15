using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests.Docs;

/// <summary>The programs of the README and the docs. Each is run as a test, and what it prints is compared with the page.</summary>
public static class Snippets
{
    public static void FirstExample()
    {
        ManualSeed(0);
        var x = Randn(200, 2);
        var y = x.Matmul(Tensor([3.0, -2.0])) + 1;                  // the truth to be found: w = [3, -2], b = 1

        var model = new Linear(2, 1);
        var optimizer = new SGD(model.Parameters(), lr: 0.1);
        for (int step = 0; step <= 40; step++)
        {
            var loss = F.MseLoss(model.Call(x).Squeeze(1), y);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            if (step % 20 == 0) Console.WriteLine($"step {step,2}  loss {loss.Item():F6}");
        }
        Console.WriteLine(model.Weight.Detach());
        Console.WriteLine(model.Bias!.Detach());
    }

    public static void CheckedCube()
    {
        var x = Tensor([-1.0, 0.5, 2.0], DType.Float64, requiresGrad: true).Named("x");
        Console.WriteLine(Autograd.Gradcheck(x => new Cube().Apply(x), x));
    }

    public static void DrawnGraph()
    {
        var w = Tensor([0.5, -0.2], requiresGrad: true).Named("w");
        var x = Tensor([1.0, 2.0]).Named("x");
        Console.WriteLine(GraphView.ToMermaid((w * x).Sum().Tanh()));
    }

    // ---- docs/how-backward-works.md ------------------------------------------------------------------------------------

    public static void BackwardForward()
    {
        var w = Tensor(3.0, requiresGrad: true).Named("w");
        var b = Tensor(1.0, requiresGrad: true).Named("b");
        var h = w * 2 + b;
        var loss = (h - 5).Square().Named("loss");
        Console.WriteLine($"h = {h.Item()}, loss = {loss.Item()}");
    }

    public static void BackwardPicture()
    {
        var w = Tensor(3.0, requiresGrad: true).Named("w");
        var b = Tensor(1.0, requiresGrad: true).Named("b");
        var h = w * 2 + b;
        var loss = (h - 5).Square().Named("loss");
        h.RetainGrad();
        loss.Backward(retainGraph: true);
        Console.Write(GraphView.ToMermaid(loss, [("h", h)], values: true));
    }

    public static void BackwardWalk()
    {
        var w = Tensor(3.0, requiresGrad: true);
        var loss = (w * 2 + 1 - 5).Square();

        for (var node = loss.GradFn; node is not null; node = node.NextFunctions is [var next, ..] ? next : null)
            Console.WriteLine(node.Name);
    }

    public static void BackwardSums()
    {
        var x = Tensor(3.0, requiresGrad: true);
        var y = x * x + x * 5;                                  // x leaves in three arrows
        y.Backward();
        Console.WriteLine(x.Grad!.Item());                      // x + x + 5

        var rows = Ones([4, 2]);
        var bias = Tensor([1.0, 2.0], requiresGrad: true);
        (rows + bias).Sum().Backward();                         // the bias goes to four rows
        Console.WriteLine(bias.Grad);

        (rows + bias).Sum().Backward();                         // a second pass adds to the first
        Console.WriteLine(bias.Grad);
    }

    public static void BackwardSaved()
    {
        var x = Tensor([1.0, 2.0], requiresGrad: true);
        var h = (x * 3).Named("h");
        var loss = h.Square().Sum();
        h.Add_(1);
        try
        {
            loss.Backward();
        }
        catch (InvalidOperationException e)
        {
            Console.WriteLine(e.Message);
        }
    }

    public static void BackwardTwice()
    {
        var x = Tensor(2.0, requiresGrad: true);
        var y = x.Pow(3);
        var dx = Grad(y, x, createGraph: true);                 // 3x²
        var ddx = Grad(dx, x);                                  // 6x
        Console.WriteLine($"{y.Item()}, {dx.Item()}, {ddx.Item()}");
    }

    public static void BackwardChecked()
    {
        var x = Tensor([1.0, -2.0], DType.Float64, requiresGrad: true).Named("x");
        try
        {
            Autograd.Gradcheck(x => x * x.Detach(), x);
        }
        catch (GradcheckException e)
        {
            Console.WriteLine(e.Message);
        }
    }

    // ---- docs/optimizers.md ------------------------------------------------------------------------------------------------

    public static void ExplainedStep()
    {
        var w = Tensor([0.5, -1.0], requiresGrad: true).Named("w");
        var optimizer = new Adam([w], lr: 0.1) { RecordSteps = true };
        (w * Tensor([2.0, -3.0])).Sum().Backward();
        optimizer.Step();
        Console.WriteLine(optimizer.Explain(w, 1));
    }

    public static void PreviewedSchedule()
    {
        var optimizer = new SGD([Zeros(1)], lr: 0.1);
        var schedule = new WarmupLR(optimizer, warmupSteps: 4, after: new CosineAnnealingLR(optimizer, tMax: 6), startFactor: 0.25);
        Console.WriteLine(string.Join("  ", schedule.Preview(10).Select(rates => $"{rates[0]:F3}")));
    }

    private sealed class Cube : Function
    {
        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            return x[0] * x[0] * x[0];
        }

        // y = x³   ⇒   dx = 3x² · dy
        protected override Grads Backward(Tensor dy) => 3 * A.Square() * dy;
    }
}
