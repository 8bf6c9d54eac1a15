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
        Console.WriteLine(model.Weight);
        Console.WriteLine(model.Bias);
    }

    public static void CheckedCube()
    {
        var x = Tensor([-1.0, 0.5, 2.0], DType.Float64, requiresGrad: true);
        Console.WriteLine(Autograd.Gradcheck(x => new Cube().Apply(x), x));
        Console.WriteLine(GraphView.ToMermaid(new Cube().Apply(x).Sum()));
    }

    private sealed class Cube : Function
    {
        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            return x[0] * x[0] * x[0];
        }

        // y = x³   ⇒   dx = 3x² · dy
        protected internal override Grads Backward(Tensor dy) => 3 * A.Square() * dy;
    }
}
