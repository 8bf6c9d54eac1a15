using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Examples;

/// <summary>Fit y = 3x₀ − 2x₁ + 1 to noisy points: first by hand, then with a module and an optimizer.</summary>
internal static class LinearRegression
{
    internal static void Run(bool quick)
    {
        ManualSeed(0);
        var x = Randn(200, 2);
        var y = x.Matmul(Tensor([3.0, -2.0])) + 1 + 0.1 * Randn(200);

        // By hand. The loss is a function of w and b; Backward says how it changes with them, and we step downhill.
        Console.WriteLine("By hand: gradient descent on w and b");
        var w = Zeros([2], requiresGrad: true);
        var b = Zeros([], requiresGrad: true);
        for (int step = 0; step <= 50; step++)
        {
            var loss = (x.Matmul(w) + b - y).Square().Mean();
            if (step % 10 == 0) Console.WriteLine($"  step {step,2}  loss {loss.Item():F4}  w [{w[0].Item():F3}, {w[1].Item():F3}]  b {b.Item():F3}");
            loss.Backward();
            using (NoGrad())                                        // the step itself is not part of what we differentiate
            {
                w -= 0.1 * w.Grad!;
                b -= 0.1 * b.Grad!;
            }
            w.Grad = b.Grad = null;                                 // gradients add up until they are cleared
        }

        // The same with the tools: a module holds the parameters, an optimizer makes the step.
        Console.WriteLine("With a module and an optimizer");
        var model = new Linear(2, 1);
        var optimizer = new SGD(model.Parameters(), lr: 0.1);
        for (int step = 0; step <= 50; step++)
        {
            var loss = F.MseLoss(model.Call(x).Squeeze(1), y);
            if (step % 10 == 0) Console.WriteLine($"  step {step,2}  loss {loss.Item():F4}");
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }
        Console.WriteLine($"  weight {model.Weight.Detach()}");
        Console.WriteLine($"  bias   {model.Bias!.Detach()}");
        Console.WriteLine("The true line: w = [3, -2], b = 1, and noise of standard deviation 0.1, so the loss ends near 0.01.");
    }
}
