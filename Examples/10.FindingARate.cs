using MiniTorch.Data;
using MiniTorch.Examples.Drawing;
using MiniTorch.NN;
using MiniTorch.Optim;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Examples;

/// <summary>
/// The learning rate range test: a hundred steps of training while the rate grows from far too small to far too large. Where the loss falls
/// fastest is a good rate, for the price of one epoch. Several seeds show how far to trust it; afterwards the suggestions are tried.
/// </summary>
internal static class FindingARate
{
    internal static void Run(bool quick)
    {
        var digits = Data.Digits.Load(normalize: true);
        int seeds = quick ? 2 : 8, epochs = quick ? 3 : 5;

        var band = LRFinder.Band(Enumerable.Range(0, seeds).Select(seed => (long)seed), seed =>
        {
            var (model, optimizer) = Start(seed, lr: 1e-3);
            var batches = Endless(digits).GetEnumerator();
            return LRFinder.Run(model, optimizer, () => Loss(model, optimizer, batches), startLr: 1e-4, endLr: 30, numIter: 120, smoothing: 0.9);
        });
        var curve = band.Mean;

        (string Name, double Lr)[] suggestions = [("steepest", curve.Steepest), ("valley", curve.Valley), ("minimum / 10", curve.MinimumOver10)];
        (string Name, double Lr)[] tried = [("far too small", 1e-3), .. suggestions, ("where it turns", curve.MinimumOver10 * 10)];
        Console.WriteLine($"{"",-16} {"rate",8}   loss after {epochs} epochs");
        foreach (var (name, lr) in tried) Console.WriteLine($"{name,-16} {lr,8:G2}   {Train(digits, lr, epochs):F3}");
        Console.WriteLine("All three suggestions train, although they differ by a factor of ten. A thousandth hardly moves, and where the curve turns up it is too late.");
        Draw(band, suggestions, seeds);
    }

    private static (Module<Tensor, Tensor> Model, Optimizer Optimizer) Start(long seed, double lr)
    {
        ManualSeed(seed);
        var model = new Sequential(new Flatten(), new Linear(64, 64), new ReLU(), new Linear(64, 10));
        return (model, new SGD(model.Parameters(), lr: lr, momentum: 0.9));
    }

    /// <summary>The loss of the next batch, with its gradients.</summary>
    private static Tensor Loss(Module<Tensor, Tensor> model, Optimizer optimizer, IEnumerator<(Tensor Input, Tensor Target)> batches)
    {
        batches.MoveNext();
        optimizer.ZeroGrad();
        var loss = F.CrossEntropy(model.Call(batches.Current.Input), batches.Current.Target);
        loss.Backward();
        return loss;
    }

    /// <summary>Epoch after epoch.</summary>
    private static IEnumerable<(Tensor Input, Tensor Target)> Endless(Dataset<(Tensor Input, Tensor Target)> data)
    {
        while (true)
            foreach (var batch in new DataLoader(data, batchSize: 64, shuffle: true)) yield return batch;
    }

    /// <summary>Trains with one rate; returns the mean loss of the last epoch.</summary>
    private static double Train(Dataset<(Tensor Input, Tensor Target)> digits, double lr, int epochs)
    {
        var (model, optimizer) = Start(seed: 0, lr);
        var batches = Endless(digits).GetEnumerator();
        int perEpoch = (digits.Count + 63) / 64;
        double sum = 0;
        for (int step = 0; step < epochs * perEpoch; step++)
        {
            if (step % perEpoch == 0) sum = 0;
            sum += optimizer.Step(() => Loss(model, optimizer, batches)).Item();
        }
        return sum / perEpoch;
    }

    private static void Draw(LRBand band, (string Name, double Lr)[] suggestions, int seeds)
    {
        var picture = new Picture(760, 440, "The learning rate range test", $"digits, SGD with momentum; thick: the smoothed loss, mean and range of {seeds} seeds; thin: the mean unsmoothed");
        double high = 1.6 * band.Mean.Smoothed[0];
        var panel = picture.Panel(64, 90, 660, 290, new Axis(band.Lrs[0], band.Lrs[^1], log: true), new Axis(0, high));
        panel.Axes("learning rate", "loss");
        panel.Band(band.Lrs.Select((lr, i) => (lr, band.Min[i], band.Max[i])), Picture.Colours[0]);
        panel.Line(band.Lrs.Zip(band.Mean.Losses), Picture.Colours[0], 1, opacity: 0.35);
        panel.Line(band.Lrs.Zip(band.Mean.Smoothed), Picture.Colours[0], 2.4);
        panel.Marks(suggestions.OrderBy(s => s.Lr).Zip(Picture.Colours.Skip(1), (s, colour) => (s.Lr, $"{s.Name}: {s.Lr:G2}", colour)));
        picture.Save("lr-finder");
    }
}
