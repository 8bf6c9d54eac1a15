using MiniTorch.Data;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Examples;

/// <summary>
/// Why gradients: a linear classifier of digits, found by guessing, by small random changes, and by following the gradient. Each may look
/// at the training data equally often.
/// </summary>
internal static class RandomSearch
{
    internal static void Run(bool quick)
    {
        var digits = Data.Digits.Load(normalize: true);
        var (train, test) = (Batch(digits.Train), Batch(digits.Test));
        int looks = quick ? 200 : 1000;
        Console.WriteLine($"a matrix of 64 × 10 weights for {train.Images.Size(0):N0} digits; each way may evaluate the loss {looks:N0} times\n");
        Console.WriteLine("                                        loss   accuracy on other writers");

        ManualSeed(0);
        using (NoGrad())
        {
            Report("guessing: the best of all guesses", Guess());
            Report("local search: keep what is better", Wander());
        }
        Report("gradient descent", Descend());
        Console.WriteLine("\nA random change of 640 weights has little chance to be good. The gradient says for every one of them which way is down, for the price of two evaluations.");

        Tensor Guess()
        {
            Tensor best = Zeros(64, 10);
            double least = double.PositiveInfinity;
            for (int look = 0; look < looks; look++)
            {
                var w = Randn(64, 10) * 0.1;
                if (Loss(w).Item() is var loss && loss < least) (best, least) = (w, loss);
            }
            return best;
        }

        Tensor Wander()
        {
            Tensor best = Zeros(64, 10);
            double least = Loss(best).Item();
            for (int look = 1; look < looks; look++)
            {
                var w = best + Randn(64, 10) * 0.02;
                if (Loss(w).Item() is var loss && loss < least) (best, least) = (w, loss);
            }
            return best;
        }

        Tensor Descend()
        {
            var w = Zeros([64, 10], requiresGrad: true);
            var optimizer = new Optim.SGD([w], lr: 0.5, momentum: 0.9);
            for (int step = 0; step < looks / 3; step++)             // a backward pass costs about two forward passes
            {
                optimizer.ZeroGrad();
                Loss(w).Backward();
                optimizer.Step();
            }
            return w.Detach();
        }

        Tensor Loss(Tensor w) => F.CrossEntropy(train.Images.Matmul(w), train.Labels);

        void Report(string way, Tensor w)
            => Console.WriteLine($"{way,-36} {Loss(w).Item(),7:F3} {test.Images.Matmul(w).Argmax(1).Eq(test.Labels).To(DType.Float32).Mean().Item(),11:P1}");
    }

    /// <summary>All digits at once, each a row.</summary>
    private static (Tensor Images, Tensor Labels) Batch(Dataset<(Tensor Input, Tensor Target)> digits)
    {
        var (images, labels) = new DataLoader(digits, batchSize: digits.Count).First();
        return (images.Flatten(1), labels);
    }
}
