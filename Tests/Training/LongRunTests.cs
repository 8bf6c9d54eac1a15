using System.Numerics;
using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;
using Xunit.Abstractions;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Memory over many steps of training. MINITORCH_LONG=1 takes 100,000 steps; the numbers are in the test's output.</summary>
[Collection(Seeded.Name)]
public class LongRunTests(ITestOutputHelper output)
{
    private const int Megabyte = 1 << 20;

    private static readonly int Steps = Environment.GetEnvironmentVariable("MINITORCH_LONG") == "1" ? 100_000 : Torch.Memory.Stress ? 200 : 20_000;

    [Fact]
    public void Neither_the_heap_nor_the_process_grows()
    {
        ManualSeed(0);
        var model = new Sequential(new Linear(2, 16), new NN.Tanh(), new Linear(16, 16), new NN.Tanh(), new Linear(16, 1));
        var (x, y) = (Randn(32, 2), Randn(32, 1));
        var step = Training(model, new Adam(model.Parameters()), () => F.MseLoss(model.Call(x), y));
        for (int i = 0; i < Steps / 4; i++) step();
        var (heap, resident) = Measured();
        for (int i = 0; i < Steps; i++) step();
        var (heapAfter, residentAfter) = Measured();

        output.WriteLine($"{Steps} steps: heap {heap / 1024} → {heapAfter / 1024} kB, resident {resident / Megabyte} → {residentAfter / Megabyte} MB");
        (heapAfter - heap).ShouldBeLessThan(Megabyte / 4, "13 bytes per step of the short form");
        (residentAfter - resident).ShouldBeLessThan(16 * Megabyte);
    }

    [Fact]
    public void A_step_leaves_little_to_collect_and_nothing_that_grows_old()
    {
        if (Torch.Memory.Stress) return;                            // which collects all the time
        ManualSeed(0);
        var model = new Sequential(
            new Linear(784, 256), new ReLU(), new Dropout(0.2), new Linear(256, 128), new ReLU(), new Dropout(0.2), new Linear(128, 10));
        var (x, y) = (Rand(64, 784), Randint(10, [64]));
        var step = Training(model, new Adam(model.Parameters()), () => F.CrossEntropy(model.Call(x), y));
        int steps = Vector.IsHardwareAccelerated ? 1000 : 20;       // without vectors a step takes a third of a second
        for (int i = 0; i < 100; i++) step();

        long bytes = GC.GetAllocatedBytesForCurrentThread();
        int old = GC.CollectionCount(2), young = GC.CollectionCount(0);
        for (int i = 0; i < steps; i++) step();
        bytes = (GC.GetAllocatedBytesForCurrentThread() - bytes) / steps;
        (old, young) = (GC.CollectionCount(2) - old, GC.CollectionCount(0) - young);

        output.WriteLine($"{bytes} bytes per step; {young} collections in {steps} steps, {old} of them of generation 2");
        bytes.ShouldBeLessThan(100_000);
        old.ShouldBe(0);
    }

    private static Action Training(Module model, Optimizer optimizer, Func<Tensor> lossOf)
    {
        model.Train();
        return () =>
        {
            optimizer.ZeroGrad();
            lossOf().Backward();
            optimizer.Step();
        };
    }

    private static (long Heap, long Resident) Measured()
    {
        Torch.Memory.Trim();
        return (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
    }
}
