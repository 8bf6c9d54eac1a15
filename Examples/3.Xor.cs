using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;

namespace MiniTorch.Examples;

/// <summary>Exclusive or: no line separates its four points, so a hidden layer has to bend the plane.</summary>
internal static class Xor
{
    internal static void Run(bool quick)
    {
        ManualSeed(1);
        var x = Tensor(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } });
        var y = Tensor(new double[,] { { 0 }, { 1 }, { 1 }, { 0 } });

        var model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
        var lossOf = new BCEWithLogitsLoss();
        var optimizer = new Adam(model.Parameters(), lr: 0.05);
        Console.WriteLine(model);

        int steps = quick ? 200 : 500;
        for (int step = 0; step <= steps; step++)
        {
            var loss = lossOf.Call(model.Call(x), y);
            if (step % 100 == 0) Console.WriteLine($"step {step,3}  loss {loss.Item():F5}");
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        using (NoGrad())
        {
            var p = model.Call(x).Sigmoid();
            for (int i = 0; i < 4; i++)
                Console.WriteLine($"{x[i, 0].Item()} xor {x[i, 1].Item()} = {y[i, 0].Item()}   the network says {p[i, 0].Item():F3}");
        }
    }
}
