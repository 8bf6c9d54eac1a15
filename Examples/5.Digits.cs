using System.Diagnostics;
using MiniTorch.Data;
using MiniTorch.NN;
using MiniTorch.Optim;
using Spectre.Console;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Examples;

/// <summary>
/// A network on real data: the 1,797 handwritten digits of 8×8 pixels from the UCI repository. Data, model, gradient check, training, test.
/// </summary>
internal static class Digits
{
    private sealed class Net : Module<Tensor, Tensor>
    {
        private readonly Linear fc1 = new(64, 128);
        private readonly Dropout dropout = new(0.2);
        private readonly Linear fc2 = new(128, 10);

        protected override Tensor Forward(Tensor x) => fc2.Call(dropout.Call(fc1.Call(x.Flatten(1)).Relu()));
    }

    internal static void Run(bool quick)
    {
        ManualSeed(0);
        var clock = Stopwatch.StartNew();

        // The data. Every fifth digit or so, drawn at random, is kept back: the network never sees it in training. (Digits of the same
        // writers are on both sides. For a harder test, digits.Train and digits.Test split by writers.)
        var digits = Data.Digits.Load(normalize: true);
        var (train, test) = digits.RandomSplit([0.8, 0.2]);
        Show(train);
        Console.WriteLine($"{train.Count} digits to learn from, {test.Count} to be tested on");

        // The model.
        var model = new Net();
        Console.WriteLine(model);
        Console.WriteLine($"{model.Parameters().Sum(p => p.Numel()):N0} parameters");

        // Are its gradients right? Compare them with numeric ones, in double precision, on a few samples.
        CheckGradients(model, train);

        // Training: forward, loss, backward, step.
        int epochs = quick ? 8 : 40;
        var loader = new DataLoader(train, batchSize: 32, shuffle: true);
        var optimizer = new AdamW(model.Parameters(), lr: 3e-3);
        var scheduler = new CosineAnnealingLR(optimizer, tMax: epochs);
        Progress.Over(epochs, epoch =>
        {
            model.Train();
            double sum = 0;
            foreach (var (images, labels) in loader)
            {
                var loss = F.CrossEntropy(model.Call(images), labels);
                optimizer.ZeroGrad();
                loss.Backward();
                optimizer.Step();
                sum += loss.Item();
            }
            scheduler.Step();
            return $"loss {sum / loader.Count:F4}  test accuracy {Accuracy(model, test):F3}";
        });

        Console.WriteLine($"{clock.Elapsed.TotalSeconds:F1} s");
        Console.WriteLine($"test accuracy {Accuracy(model, test):F3}");
    }

    private static double Accuracy(Net model, Dataset<(Tensor Input, Tensor Target)> data)
    {
        model.Eval();                                               // no dropout
        using (NoGrad())                                            // and no graph
        {
            long right = 0;
            foreach (var (images, labels) in new DataLoader(data, batchSize: 256))
                right += model.Call(images).Argmax(1).Eq(labels).Sum().Item<long>();
            return (double)right / data.Count;
        }
    }

    private static void CheckGradients(Net model, Dataset<(Tensor Input, Tensor Target)> data)
    {
        var (images, labels) = new DataLoader(data, batchSize: 3).First();
        model.Double().Eval();
        var x = images.Double().RequiresGrad_();
        Autograd.Gradcheck(x => F.CrossEntropy(model.Call(x), labels), x);
        Console.WriteLine("gradient check: the analytic and the numeric gradient of the loss agree");
        model.Float();
    }

    /// <summary>The first digits as they were written.</summary>
    private static void Show(Dataset<(Tensor Input, Tensor Target)> data)
    {
        const string Ink = " .:-=+*#%@";
        for (int row = 0; row < 8; row++)
        {
            for (int i = 0; i < 6; i++)
            {
                var image = data[i].Input;
                for (int col = 0; col < 8; col++)
                {
                    char ink = Ink[(int)Math.Min(image[row, col].Item() * Ink.Length, Ink.Length - 1)];
                    Console.Write(new string(ink, 2));
                }
                Console.Write("  ");
            }
            Console.WriteLine();
        }
        Console.WriteLine(string.Concat(Enumerable.Range(0, 6).Select(i => $"{data[i].Target.Item<long>(),-18}")));
    }
}
