using System.Runtime.CompilerServices;
using MiniTorch.NN;
using MiniTorch.Optim;
using Shouldly;
using static MiniTorch.Torch;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Buffers are used again, and never too early. These tests run alone: the pool belongs to all threads.</summary>
[Collection(Seeded.Name)]
public class MemoryTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public void Dropped_tensors_give_their_buffers_back_without_Dispose()
    {
        Torch.Memory.Trim();
        long before = Torch.Memory.InUse;
        Torch.Memory.ResetPeak();
        for (int i = 0; i < 500; i++) Empty([Megabyte], DType.UInt8).Fill_(i & 1);
        (Torch.Memory.Peak - before).ShouldBeLessThan(Slack(5), "500 MB went through");
    }

    /// <summary>The few buffers that are still in the cache go round, however many others wait.</summary>
    [Fact]
    public void Buffers_come_back_while_they_are_warm()
    {
        static void Loop()
        {
            for (int i = 0; i < 2000; i++) Empty([1 << 18], DType.UInt8).Fill_(1);
        }

        static void Many() => Enumerable.Range(0, 300).Select(_ => Empty([1 << 18], DType.UInt8)).ToArray().Length.ShouldBe(300);

        Many();
        Loop();
        long before = Torch.Memory.InUse;
        Torch.Memory.ResetPeak();
        Loop();
        if (!Torch.Memory.Stress) (Torch.Memory.Peak - before).ShouldBeLessThan(Slack(1), "500 MB went through");   // under stress all is old
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 3)]
    public unsafe void Large_buffers_begin_on_a_cache_line(int n)
    {
        var x = Zeros(n);
        ((nuint)Unsafe.AsPointer(ref x.First<float>()) % 64).ShouldBe((nuint)0);
        x.ToArray<float>().ShouldAllBe(v => v == 0);
    }

    [Fact]
    public void A_training_loop_stays_flat()
    {
        ManualSeed(0);
        var model = new Sequential(new Linear(256, 256), new ReLU(), new Linear(256, 10));
        var optimizer = new Adam(model.Parameters());
        var (x, y) = (Randn(64, 256), Randint(10, [64]));
        void Steps(int n)
        {
            for (int i = 0; i < n; i++)
            {
                var loss = F.CrossEntropy(model.Call(x), y);
                optimizer.ZeroGrad();
                loss.Backward();
                optimizer.Step();
            }
        }

        Steps(50);
        Torch.Memory.ResetPeak();
        long peak = Torch.Memory.Peak;
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        Steps(200);
        Torch.Memory.Peak.ShouldBeLessThan(peak + Slack(2));
        if (!Torch.Memory.Stress) ((GC.GetAllocatedBytesForCurrentThread() - bytes) / 200).ShouldBeLessThan(100_000, "bytes per step");
    }

    /// <summary>What a small op costs is mostly its objects: a tensor, a storage and a node.</summary>
    [Fact]
    public void An_op_on_a_number_allocates_little()
    {
        var x = Tensor(0.5, requiresGrad: true);
        var y = x + 0.01;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) y = y + 0.01;
        ((GC.GetAllocatedBytesForCurrentThread() - before) / 100).ShouldBeLessThanOrEqualTo(56 + 48 + 112);
        y.Backward();
        x.Grad!.Item().ShouldBe(1);
    }

    /// <summary>A span keeps an array alive, but not the storage: memory that the user can see must leave the pool.</summary>
    [Fact]
    public void A_span_stays_valid_after_its_tensor_is_gone()
    {
        var span = Escaping();
        Collected();
        for (int i = 0; i < 50; i++) Empty([Megabyte], DType.Float32).Fill_(-1);
        span.ToArray().ShouldAllBe(v => v == 7);

        static Span<float> Escaping() => Full([Megabyte], 7.0).AsSpan<float>();
    }

    /// <summary>Of two threads that ask for the same span at once, the second must not strike out what is somebody else's loan by then.</summary>
    [Fact]
    public void A_buffer_leaves_the_pool_once()
    {
        MiniTorch.Memory.Rent(new Storage(sizeof(long), zero: false), Megabyte, zero: false, out int slot);
        MiniTorch.Memory.Forget(ref slot);
        var next = Full([Megabyte], 7.0);                    // takes the slot
        long inUse = Torch.Memory.InUse;
        MiniTorch.Memory.Forget(ref slot);
        Torch.Memory.InUse.ShouldBe(inUse);
        next[0].Item().ShouldBe(7);
    }

    [Fact]
    public void Living_tensors_keep_their_values_while_others_come_and_go()
    {
        bool before = Torch.Memory.Stress;
        Torch.Memory.Stress = true;
        try
        {
            Tensor[] kept = [.. Enumerable.Range(0, 20).Select(i => Full([5000 + i], (double)i))];
            for (int i = 0; i < 100; i++) _ = kept[i % 20] * 2 + kept[(i + 7) % 20].Sum();
            foreach (var (i, x) in kept.Index()) x.ToArray<float>().ShouldAllBe(v => v == i);
        }
        finally
        {
            Torch.Memory.Stress = before;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(300)]
    public void A_gradient_that_was_read_is_never_recycled(int n)
    {
        var w = Randn([n, n], requiresGrad: true);
        (w * w).Sum().Backward();
        var seen = w.Grad!;
        float[] values = seen.ToArray<float>();
        w.Grad = null;
        Collected();
        for (int i = 0; i < 50; i++)
        {
            Full([n, n], -1.0);
            (Ones([n, n], requiresGrad: true) * -1 * -1).Sum().Backward();
        }
        seen.ToArray<float>().ShouldBe(values);
    }

    [Fact]
    public void Small_gradients_of_one_pass_serve_the_next()
    {
        var x = Tensor(0.5, requiresGrad: true);
        long Bytes(int n)
        {
            var y = x;
            for (int i = 0; i < n; i++) y = y.Tanh();
            x.Grad = null;
            long before = GC.GetAllocatedBytesForCurrentThread();
            y.Backward();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Bytes(100);
        Bytes(100).ShouldBe(Bytes(10), "a longer chain makes more gradients, but no more objects");
    }

    [Fact]
    public void A_limit_of_zero_turns_the_pool_off()
    {
        long limit = Torch.Memory.Limit, before = Torch.Memory.InUse;
        Torch.Memory.Limit = 0;
        try
        {
            var x = Zeros(Megabyte);
            Torch.Memory.InUse.ShouldBe(before);
            x.Sum().Item().ShouldBe(0);
        }
        finally
        {
            Torch.Memory.Limit = limit;
        }
        Should.Throw<ArgumentOutOfRangeException>(() => Torch.Memory.Limit = -1);
    }

    /// <summary>
    /// What may lie about beyond what is alive, in limits. Under stress the collector runs so often that all becomes old at once, and the pool
    /// looks at the oldest generation only beyond eight limits.
    /// </summary>
    private static long Slack(int limits) => (limits + (Torch.Memory.Stress ? 9 : 0)) * Torch.Memory.Limit;

    private static void Collected()
    {
        GC.Collect();
        Torch.Memory.Trim();
    }
}
