using System.Collections.Concurrent;
using System.Diagnostics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>The team of threads. The number of threads belongs to the whole process: these tests run alone.</summary>
[Collection(Seeded.Name)]
public sealed class TeamTests : IDisposable
{
    private readonly int before = Torch.GetNumThreads();

    public void Dispose() => Torch.SetNumThreads(before);

    /// <summary>Counts how often each chunk ran, with a reference into an array: nothing is pinned.</summary>
    private readonly ref struct Counting(Span<int> counts) : IChunks
    {
        private readonly Span<int> counts = counts;

        public void Run(int chunk) => Interlocked.Increment(ref counts[chunk]);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(8)]
    public void Every_chunk_runs_exactly_once(int threads)
    {
        Torch.SetNumThreads(threads);
        for (int n = 0; n < 200; n++)
        {
            int[] counts = new int[n];
            Team.Run(n, new Counting(counts));
            counts.ShouldAllBe(c => c == 1);
        }
    }

    [Fact]
    public void There_may_be_more_chunks_than_the_state_has_room_for()
    {
        Torch.SetNumThreads(3);
        int[] counts = new int[200_000];
        Team.Run(counts.Length, new Counting(counts));
        counts.ShouldAllBe(c => c == 1);
    }

    /// <summary>Takes its time, and notes who ran it.</summary>
    private readonly struct Signing(ConcurrentDictionary<int, bool> threads) : IChunks
    {
        public void Run(int chunk)
        {
            threads[Environment.CurrentManagedThreadId] = true;
            Thread.Sleep(1);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(5)]
    public void So_many_threads_take_part(int threads)
    {
        Torch.SetNumThreads(threads);
        for (int i = 0; i < 3; i++)
        {
            // On a busy machine a helper may have to wait for its turn, to come as well as to leave.
            ConcurrentDictionary<int, bool> seen;
            var clock = Stopwatch.StartNew();
            do
            {
                seen = [];
                for (int round = 0; round < 100 && seen.Count < threads; round++) Team.Run(50, new Signing(seen));
            }
            while (seen.Count != threads && clock.Elapsed.TotalSeconds < 60);
            seen.Count.ShouldBe(threads);
            seen.ShouldContainKey(Environment.CurrentManagedThreadId);
            Thread.Sleep(20);                                                   // the helpers fall asleep, and must be woken
        }
    }

    private readonly struct Failing(int[] ran) : IChunks
    {
        public void Run(int chunk)
        {
            if (chunk == 3) throw new InvalidDataException("chunk 3");
            Interlocked.Increment(ref ran[chunk]);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(8)]
    public void An_exception_comes_out_of_the_call_and_the_team_lives_on(int threads)
    {
        Torch.SetNumThreads(threads);
        for (int i = 0; i < 100; i++)
        {
            Should.Throw<InvalidDataException>(() => Team.Run(100, new Failing(new int[100]))).Message.ShouldBe("chunk 3");
            int[] counts = new int[10];
            Team.Run(10, new Counting(counts));
            counts.ShouldAllBe(c => c == 1);
        }
    }

    private readonly struct Nested(int[] counts) : IChunks
    {
        public void Run(int chunk) => Team.Run(10, new Counting(counts.AsSpan(10 * chunk, 10)));
    }

    [Fact]
    public void A_job_within_a_job_runs_where_it_is()
    {
        Torch.SetNumThreads(3);
        int[] counts = new int[1000];
        Team.Run(100, new Nested(counts));
        counts.ShouldAllBe(c => c == 1);
    }

    /// <summary>Holds a reference to an object that moves, and sees that it always finds it: the collector updates the caller's stack.</summary>
    private readonly ref struct Moving(ref int first, object[] boxes) : IChunks
    {
        private readonly ref int first = ref first;

        public void Run(int chunk)
        {
            if (chunk % 8 == 0) GC.Collect(0);
            if ((int)boxes[chunk] != chunk) throw new InvalidOperationException("read from where the object was");
            Interlocked.Add(ref first, chunk);
        }
    }

    [Fact]
    public void References_follow_what_the_collector_moves()
    {
        Torch.SetNumThreads(4);
        for (int i = 0; i < 50; i++)
        {
            object[] boxes = new object[64];
            for (int k = 0; k < boxes.Length; k++)
            {
                boxes[k] = k;
                _ = new byte[100 * k];                                          // holes between them, so that a collection moves them
            }
            int[] sum = [0];
            Team.Run(boxes.Length, new Moving(ref sum[0], boxes));
            sum[0].ShouldBe(64 * 63 / 2);
        }
    }

    /// <summary>100,000 small jobs from four threads that fight over the team, while the number of threads changes all the time.</summary>
    [Fact]
    public void Many_small_jobs_from_many_threads()
    {
        const int Jobs = 25_000;
        int running = 4, wrong = 0;
        var callers = new Thread[running];
        for (int t = 0; t < callers.Length; t++)
        {
            callers[t] = new(() =>
            {
                Span<int> counts = stackalloc int[7];
                for (int i = 0; i < Jobs; i++)
                {
                    counts.Clear();
                    Team.Run(i % 8, new Counting(counts[..(i % 8)]));
                    if (counts[..(i % 8)].ContainsAnyExcept(1)) Interlocked.Increment(ref wrong);
                }
                Interlocked.Decrement(ref running);
            });
            callers[t].Start();
        }
        var clock = Stopwatch.StartNew();
        for (int threads = 1; Volatile.Read(ref running) > 0 && clock.Elapsed.TotalSeconds < 60; threads = threads % 5 + 1)
        {
            Torch.SetNumThreads(threads);
            Thread.Sleep(1);
        }
        running.ShouldBe(0, "threads that hang");
        wrong.ShouldBe(0);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        Torch.SetNumThreads(2);
        int[] counts = new int[8];
        for (int i = 0; i < 100; i++) Team.Run(8, new Counting(counts));
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Team.Run(8, new Counting(counts));
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBe(0);
    }

    [Fact]
    public void A_team_without_work_uses_no_processor()
    {
        Torch.SetNumThreads(8);
        Team.Run(8, new Counting(new int[8]));
        var process = Process.GetCurrentProcess();
        double least = double.PositiveInfinity;
        for (int i = 0; i < 50 && least > 10; i++)                              // the test host does work of its own now and then
        {
            var used = process.TotalProcessorTime;
            Thread.Sleep(200);
            process.Refresh();
            least = Math.Min(least, (process.TotalProcessorTime - used).TotalMilliseconds);
        }
        least.ShouldBeLessThan(20, "milliseconds of 200, where a single spinning thread would take them all");
    }

    [Fact]
    public void The_number_of_threads_can_be_set_and_is_checked()
    {
        before.ShouldBe(Environment.ProcessorCount);
        Torch.SetNumThreads(3);
        Torch.GetNumThreads().ShouldBe(3);
        Should.Throw<ArgumentOutOfRangeException>(() => Torch.SetNumThreads(0)).Message.ShouldStartWith("SetNumThreads: expected at least 1 thread");
        Torch.GetNumThreads().ShouldBe(3);
    }
}
