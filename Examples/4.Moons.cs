using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;

namespace MiniTorch.Examples;

/// <summary>
/// The demo of Andrej Karpathy's micrograd: two interleaved half circles, a 2-16-16-1 network, the max-margin loss with weight decay, and
/// a picture of the plane as the network sees it.
/// </summary>
internal static class Moons
{
    internal static void Run(bool quick)
    {
        ManualSeed(1337);
        var (x, y) = Points(100);
        var model = new Sequential(new Linear(2, 16), new ReLU(), new Linear(16, 16), new ReLU(), new Linear(16, 1));
        Console.WriteLine(model);

        int steps = quick ? 40 : 100;
        var optimizer = new SGD(model.Parameters(), lr: 1.0);
        for (int step = 0; step < steps; step++)
        {
            var scores = model.Call(x).Squeeze(1);
            var margin = (1 - y * scores).Relu().Mean();            // every point should lie at least 1 on its own side
            Tensor size = 0;
            foreach (var p in model.Parameters()) size = size + p.Square().Sum();
            var loss = margin + 1e-4 * size;

            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.ParamGroups[0].Lr = 1.0 - 0.9 * step / steps;
            optimizer.Step();

            double accuracy = (scores.Sign() * y).Gt(0).To(DType.Float32).Mean().Item();
            if (step % 10 == 0 || step == steps - 1) Console.WriteLine($"step {step,3}  loss {loss.Item():F4}  accuracy {accuracy:P0}");
        }
        Draw(model, x, y);
    }

    /// <summary>Half of the points on an upper half circle (label 1), half on a lower one shifted into it (label −1), with noise.</summary>
    private static (Tensor X, Tensor Y) Points(int n)
    {
        var angle = Linspace(0, Math.PI, n / 2);
        var upper = Stack([angle.Cos(), angle.Sin()], 1);
        var lower = Stack([1 - angle.Cos(), 0.5 - angle.Sin()], 1);
        var x = Cat([upper, lower]) + 0.1 * Randn(n, 2);
        return (x, Cat([Ones(n / 2), -Ones(n / 2)]));
    }

    /// <summary>The plane: shaded where the network says 1, with the points on it (o upper, x lower).</summary>
    private static void Draw(Module<Tensor, Tensor> model, Tensor x, Tensor y)
    {
        const int Width = 64, Height = 24;
        const double Left = -1.6, Right = 2.6, Top = 1.6, Bottom = -1.1;
        var grid = new char[Height, Width];

        using (NoGrad())
        {
            var across = Linspace(Left, Right, Width).Expand(Height, Width);
            var down = Linspace(Top, Bottom, Height).Unsqueeze(1).Expand(Height, Width);
            var score = model.Call(Stack([across, down], -1).Reshape(-1, 2)).Reshape(Height, Width);
            for (int r = 0; r < Height; r++)
                for (int c = 0; c < Width; c++) grid[r, c] = score[r, c].Item() > 0 ? '░' : ' ';
        }
        for (int i = 0; i < x.Size(0); i++)
        {
            int c = (int)Math.Round((x[i, 0].Item() - Left) / (Right - Left) * (Width - 1));
            int r = (int)Math.Round((Top - x[i, 1].Item()) / (Top - Bottom) * (Height - 1));
            if (c is >= 0 and < Width && r is >= 0 and < Height) grid[r, c] = y[i].Item() > 0 ? 'o' : 'x';
        }

        Console.WriteLine($"┌{new string('─', Width)}┐");
        for (int r = 0; r < Height; r++)
            Console.WriteLine($"│{string.Concat(Enumerable.Range(0, Width).Select(c => grid[r, c]))}│");
        Console.WriteLine($"└{new string('─', Width)}┘");
    }
}
