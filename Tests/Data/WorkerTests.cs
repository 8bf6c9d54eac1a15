using System.Collections.Concurrent;
using MiniTorch.Data;
using Shouldly;

namespace MiniTorch.Tests.Data;

[Collection(Serial.Name)]
public class WorkerTests
{
    [Theory, InlineData(1, 1), InlineData(2, 2), InlineData(5, 3)]
    public void Batches_come_in_order_however_long_each_takes(int workers, int prefetchFactor)
    {
        var uneven = new Probe(60) { Work = i => Thread.Sleep(i * 7919 % 5) };
        var loader = new DataLoader<int, Tensor>(uneven, batchSize: 3, numWorkers: workers, prefetchFactor: prefetchFactor);

        loader.SelectMany(x => x.ToArray<int>()).ShouldBe(Enumerable.Range(0, 60));
        uneven.MostAtOnce.ShouldBeLessThanOrEqualTo(workers);
    }

    [Fact]
    public void Workers_run_at_the_same_time()
    {
        using var both = new Barrier(2);                      // passes only when two samples are being fetched at once
        var dataset = new Probe(4) { Work = _ => both.SignalAndWait(TimeSpan.FromSeconds(20)).ShouldBeTrue() };

        new DataLoader<int, Tensor>(dataset, numWorkers: 2).ToArray().Length.ShouldBe(4);
    }

    [Fact]
    public void No_more_is_made_ahead_than_asked_for()
    {
        var dataset = new Probe(100);
        using var batches = new DataLoader<int, Tensor>(dataset, batchSize: 2, numWorkers: 2, prefetchFactor: 3).GetEnumerator();
        batches.MoveNext();

        SpinWait.SpinUntil(() => dataset.Fetched == 14, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        Thread.Sleep(30);
        dataset.Fetched.ShouldBe(14);                         // 1 batch handed out and 2 · 3 ahead
    }

    [Fact]
    public void Leaving_the_loop_stops_the_workers()
    {
        var dataset = new Probe(1000) { Work = _ => Thread.Sleep(1) };
        foreach (var _ in new DataLoader<int, Tensor>(dataset, batchSize: 10, numWorkers: 3)) break;

        dataset.Running.ShouldBe(0);                          // at once: Dispose has waited
        int fetched = dataset.Fetched;
        Thread.Sleep(50);
        dataset.Fetched.ShouldBe(fetched);
    }

    [Fact]
    public void Many_epochs_leave_no_threads_behind()
    {
        var loader = new DataLoader<int, Tensor>(new Probe(50), numWorkers: 8);
        loader.ToArray().Length.ShouldBe(50);
        int before = ThreadPool.ThreadCount + Environment.ProcessorCount;
        for (int epoch = 0; epoch < 200; epoch++) loader.First().Item<int>().ShouldBe(0);
        ThreadPool.ThreadCount.ShouldBeLessThanOrEqualTo(before + 8);
        ThreadPool.PendingWorkItemCount.ShouldBeLessThan(50);
    }

    [Fact]
    public void An_epoch_that_is_forgotten_finishes_by_itself()
    {
        var dataset = new Probe(100);
        var loader = new DataLoader<int, Tensor>(dataset, batchSize: 2, numWorkers: 2);
        _ = loader.GetEnumerator();                           // never moved, never disposed

        SpinWait.SpinUntil(() => dataset.Fetched == 8 && dataset.Running == 0, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        Thread.Sleep(30);
        dataset.Fetched.ShouldBe(8);
    }

    [Fact]
    public void Errors_of_batches_that_nobody_asked_for_stay_unseen()
    {
        var unobserved = new ConcurrentQueue<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Enqueue(e.Exception);
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            Abandon();
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            unobserved.ShouldNotContain(e => e.InnerException is DataLoaderException);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        static void Abandon()
        {
            var failing = new Probe(20) { Work = i => { if (i > 0) throw new IOException(); } };
            foreach (var _ in new DataLoader<int, Tensor>(failing, numWorkers: 2)) break;
        }
    }

    [Fact]
    public void A_worker_knows_itself()
    {
        var seen = new ConcurrentDictionary<int, (int Id, int Of, long Seed)>();
        var dataset = new Probe(12) { Work = i => seen[i] = (WorkerInfo.Current!.Id, WorkerInfo.Current.NumWorkers, WorkerInfo.Current.Seed) };

        new DataLoader<int, Tensor>(dataset, batchSize: 2, numWorkers: 3).ToArray().Length.ShouldBe(6);

        for (int i = 0; i < 12; i++) (seen[i].Id, seen[i].Of).ShouldBe((i / 2 % 3, 3));
        seen[2].Seed.ShouldBe(seen[0].Seed + 1);
        WorkerInfo.Current.ShouldBeNull();
    }

    [Fact]
    public void The_consumers_grad_mode_reaches_the_workers()
    {
        var modes = new ConcurrentQueue<bool>();
        var loader = new DataLoader<int, Tensor>(new Probe(4) { Work = _ => modes.Enqueue(Torch.IsGradEnabled()) }, numWorkers: 2);
        using (Torch.NoGrad()) loader.ToArray().Length.ShouldBe(4);
        modes.ShouldBe([false, false, false, false]);
    }

    [Theory, InlineData(0), InlineData(2)]
    public async Task An_epoch_can_be_awaited(int workers)
    {
        var loader = new DataLoader<int, Tensor>(new Probe(10), batchSize: 4, shuffle: true, numWorkers: workers, generator: new Generator().ManualSeed(0));
        var awaited = new List<int[]>();
        await foreach (var x in loader.AsAsyncEnumerable()) awaited.Add(x.ToArray<int>());

        var again = new DataLoader<int, Tensor>(new Probe(10), batchSize: 4, shuffle: true, generator: new Generator().ManualSeed(0));
        awaited.ShouldBe(again.Select(x => x.ToArray<int>()));
    }

    [Fact]
    public async Task An_awaited_epoch_throws_what_a_worker_threw()
    {
        var failing = new Probe(6) { Work = i => { if (i == 3) throw new IOException(); } };
        var error = await Should.ThrowAsync<DataLoaderException>(async () =>
        {
            await foreach (var _ in new DataLoader<int, Tensor>(failing, numWorkers: 2).AsAsyncEnumerable()) continue;
        });
        error.Index.ShouldBe(3);
    }

    [Theory, InlineData(0, true), InlineData(2, true), InlineData(2, false)]
    public async Task An_awaited_epoch_can_be_cancelled(int workers, bool atTheLoader)
    {
        using var cancel = new CancellationTokenSource();
        var dataset = new Probe(1000) { Work = i => { if (i == 25) cancel.Cancel(); } };
        var loader = new DataLoader<int, Tensor>(dataset, batchSize: 10, numWorkers: workers);
        var batches = atTheLoader ? loader.AsAsyncEnumerable(cancel.Token) : loader.AsAsyncEnumerable();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in batches.WithCancellation(atTheLoader ? default : cancel.Token)) continue;
        });

        dataset.Running.ShouldBe(0);
        dataset.Fetched.ShouldBeLessThan(100);
    }

    [Fact]
    public async Task Waiting_for_a_batch_does_not_hold_up_the_thread()
    {
        using var release = new ManualResetEventSlim();
        var loader = new DataLoader<int, Tensor>(new Probe(1) { Work = _ => release.Wait() }, numWorkers: 1);
        await using var batches = loader.AsAsyncEnumerable().GetAsyncEnumerator();

        var first = batches.MoveNextAsync();
        first.IsCompleted.ShouldBeFalse();
        release.Set();
        (await first).ShouldBeTrue();
    }

    /// <summary>The numbers below n, with something done at each, and a count of who is fetching.</summary>
    private sealed class Probe(int n) : Dataset<int>
    {
        private readonly Lock gate = new();

        public Action<int> Work { get; init; } = _ => { };

        public int Fetched { get; private set; }

        public int Running { get; private set; }

        public int MostAtOnce { get; private set; }

        public override int Count => n;

        public override int this[int index]
        {
            get
            {
                lock (gate) MostAtOnce = Math.Max(MostAtOnce, ++Running);
                try
                {
                    Work(index);
                    return index;
                }
                finally
                {
                    lock (gate) (Running, Fetched) = (Running - 1, Fetched + 1);
                }
            }
        }
    }
}
