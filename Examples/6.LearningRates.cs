using MiniTorch.Data;
using MiniTorch.Examples.Drawing;
using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Examples;

/// <summary>
/// The same network from the same start with three learning rates: one too small, one right, one too large. What each loss curve looks like
/// is the first thing to look at when a training does not work.
/// </summary>
internal static class LearningRates
{
    internal static void Run(bool quick)
    {
        (string Name, double Lr, string Colour)[] rates = [("too small", 0.002, Picture.Colours[0]), ("right", 0.2, Picture.Colours[2]), ("too large", 8, Picture.Colours[1])];
        int epochs = quick ? 3 : 12;
        var curves = rates.Select(rate => Train(rate.Lr, epochs)).ToArray();

        Console.WriteLine($"loss after epoch   {string.Join("", Enumerable.Range(1, epochs).Select(epoch => $"{epoch,8}"))}");
        int perEpoch = curves[0].Count / epochs;
        foreach (var ((name, lr, _), losses) in rates.Zip(curves))
            Console.WriteLine($"{name,-10} lr {lr,-5:G4} {string.Join("", losses.Chunk(perEpoch).Select(epoch => $"{epoch.Average(),8:F3}"))}");
        Console.WriteLine("""

            too small: the loss falls in a straight line, and is still falling when the time is up: raise the rate.
            right:     it drops at once and then creeps.
            too large: it jumps above where it began and stays there; each step leaps over the valley. Lower the rate.
            """);
        Draw(rates, curves);
    }

    /// <summary>The loss of every step.</summary>
    private static List<double> Train(double lr, int epochs)
    {
        ManualSeed(0);
        var loader = new DataLoader(Data.Digits.Load(normalize: true), batchSize: 64, shuffle: true);
        var model = new Sequential(new Flatten(), new Linear(64, 32), new Tanh(), new Linear(32, 10));
        var optimizer = new SGD(model.Parameters(), lr: lr);
        var losses = new List<double>();
        for (int epoch = 0; epoch < epochs; epoch++)
            foreach (var (images, labels) in loader)
            {
                var loss = F.CrossEntropy(model.Call(images), labels);
                optimizer.ZeroGrad();
                loss.Backward();
                optimizer.Step();
                losses.Add(loss.Item());
            }
        return losses;
    }

    private static void Draw((string Name, double Lr, string Colour)[] rates, List<double>[] curves)
    {
        var picture = new Picture(760, 420, "Three learning rates", "digits, one hidden layer, plain SGD: the loss of each batch, and its running average");
        var panel = picture.Panel(64, 90, 560, 270, new Axis(0, curves[0].Count), Axis.Over(curves.SelectMany(losses => losses), log: true));
        panel.Axes("step", "loss");
        foreach (var ((name, lr, colour), losses) in rates.Zip(curves))
        {
            double average = losses[0];
            double[] smooth = [.. losses.Select(loss => average += 0.08 * (loss - average))];
            panel.Line(losses.Select((loss, step) => ((double)step, loss)), colour, width: 1, opacity: 0.3);
            panel.Line(smooth.Select((loss, step) => ((double)step, loss)), colour, width: 2.2);
            panel.Label(losses.Count - 1, smooth[^1], $"{name}: {Axis.Text(lr)}", colour);
        }
        picture.Save("learning-rates");
    }
}
