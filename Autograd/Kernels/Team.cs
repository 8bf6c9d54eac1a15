using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace MiniTorch.Kernels;

/// <summary>Work in pieces that need nothing from each other, and may run in any order and at the same time.</summary>
internal interface IChunks
{
    void Run(int chunk);
}

/// <summary>Work on elements, rows or the like, that may be cut anywhere without changing a bit.</summary>
internal interface IRange
{
    void Run(int start, int count);
}

/// <summary>
/// The threads that share the work of one kernel: the caller, and helpers that wait for something to do. Into how many chunks the work is
/// cut is decided by its size alone, so the bits of a result do not depend on how many threads there are.
/// </summary>
/// <remarks>
/// Nobody is assigned a chunk: whoever is free claims one, the caller from the front and the helpers from the back, so that what one op
/// leaves in the cache of a core is there for the next. The caller starts at once, and waits only for chunks that a helper has claimed. So
/// a helper that the system does not let run costs nothing, and where the other cores are taken the work simply takes as long as on one
/// thread. A helper without work spins for a moment, because in a training step the next job is microseconds away, then sleeps: an idle
/// process uses no processor.
/// </remarks>
internal static unsafe class Team
{
    private const int Politeness = 300;                     // rounds of 30 ns for which a thread that waits keeps its processor
    private const int Patience = Politeness + 500;          // rounds after which a helper sleeps; the later ones take 0.3 µs or longer

    private static readonly long WorthWaking = Stopwatch.Frequency / 10_000;               // 100 µs of work that a helper could have shared

    internal const int Least = 8;                           // pieces of a range that is worth sharing

    private static readonly Lock Gate = new();
    private static readonly SemaphoreSlim Alarm = new(0);
    private static int wanted = Environment.ProcessorCount - 1;
    private static int hired, asleep;
    private static long missed;
    private static ExceptionDispatchInfo? failure;
    private static Job job;

    /// <summary>The running job. What threads write at the same time lies on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 4 * Line)]
    private struct Job
    {
        private const int Line = 128;                       // two cache lines of 64 bytes: processors fetch them in pairs

        [FieldOffset(0)] internal int Taken;                // 1 while somebody's job is here
        [FieldOffset(Line)] internal ulong State;           // number of the job << 32 | first unclaimed chunk << 16 | unclaimed chunks
        [FieldOffset(2 * Line)] internal uint Done;         // chunks that helpers have run
        [FieldOffset(3 * Line)] internal int Start;         // of the chunks that fit into the state
        [FieldOffset(3 * Line + 8)] internal void* Body;
        [FieldOffset(3 * Line + 16)] internal delegate*<void*, int, void> Run;
    }

    /// <summary>How many threads work on a kernel, the caller included. At the start, as many as the process has processors.</summary>
    internal static int Threads
    {
        get => Volatile.Read(ref wanted) + 1;
        set
        {
            Interlocked.Exchange(ref wanted, value - 1);
            while (TryWake()) { }                           // who is not wanted any more leaves
        }
    }

    /// <summary>
    /// Runs the chunks 0 to <paramref name="chunks"/> − 1, and returns when all are done. Where the team is at work already, for another
    /// thread or for the job that this call is part of, they run here, one after the other. The first exception of a chunk keeps the
    /// chunks that were not started from running, and comes out of this call.
    /// </summary>
    /// <param name="chunks">
    /// A function of the size of the work, never of the number of threads. Good chunks take 2 to 50 µs: below, claiming them shows; above,
    /// the last one is waited for.
    /// </param>
    /// <param name="body">
    /// May hold tensors, spans and references, and needs to pin nothing: it stays on the caller's stack, where the collector finds and
    /// updates them, and the other threads read them from there. Dispatch keeps the owners alive, as for any kernel.
    /// </param>
    internal static void Run<TBody>(int chunks, TBody body)
        where TBody : struct, IChunks, allows ref struct
    {
        if (chunks < 2 || wanted == 0 || Interlocked.Exchange(ref job.Taken, 1) != 0)
            for (int chunk = 0; chunk < chunks; chunk++) body.Run(chunk);
        else
            Share(chunks, &Run<TBody>, Unsafe.AsPointer(ref body));
    }

    /// <summary>
    /// Runs a range of <paramref name="n"/>, in pieces of <paramref name="grain"/>: as many as take some microseconds. Less than eight
    /// pieces stay with the caller. Others would have to fetch the operands from its cache, which between two cores that share no cache
    /// goes at little more than 1 GB/s: small layers trained at half their speed so.
    /// </summary>
    internal static void Run<TBody>(int n, int grain, TBody body)
        where TBody : struct, IRange, allows ref struct
    {
        if (n / grain < Least) body.Run(0, n);
        else Run((n - 1) / grain + 1, new Pieces<TBody>(n, grain, body));
    }

    private readonly ref struct Pieces<TBody>(int n, int grain, TBody body) : IChunks
        where TBody : struct, IRange, allows ref struct
    {
        private readonly TBody body = body;

        public void Run(int chunk) => body.Run(chunk * grain, Math.Min(grain, n - chunk * grain));
    }

    private static void Run<TBody>(void* body, int chunk)
        where TBody : struct, IChunks, allows ref struct
        => Unsafe.AsRef<TBody>(body).Run(chunk);

    private static void Share(int chunks, delegate*<void*, int, void> run, void* body)
    {
        Hire();
        job.Run = run;
        job.Body = body;
        for (job.Start = 0; job.Start < chunks; job.Start += ushort.MaxValue) Share((uint)Math.Min(chunks - job.Start, ushort.MaxValue));

        var thrown = failure;
        failure = null;
        Volatile.Write(ref job.Taken, 0);
        thrown?.Throw();
    }

    private static void Share(uint chunks)
    {
        job.Done = 0;
        Interlocked.Exchange(ref job.State, ((job.State >> 32) + 1) << 32 | chunks);
        uint own = 0;
        if (Volatile.Read(ref asleep) > 0)
        {
            long start = Stopwatch.GetTimestamp();
            if (WorkOn(OneFromFront)) own++;
            WakeIfWorthIt(Stopwatch.GetTimestamp() - start);
        }
        while (WorkOn(OneFromFront)) own++;
        for (int round = 0; own + Volatile.Read(ref job.Done) != chunks; round++) Wait(round);
    }

    private static void Wait(int round)
    {
        if (round < Politeness) Thread.SpinWait(1);
        else Thread.Yield();                                // maybe what we wait for needs this processor
    }

    private const ulong OneFromFront = (1 << 16) - 1, OneFromBack = unchecked((ulong)-1);          // claims, as they are added to the state

    private static int Unclaimed(ulong state) => (ushort)state;

    /// <summary>Claims a chunk and runs it; false if none is left.</summary>
    private static bool WorkOn(ulong claim)
    {
        while (true)
        {
            ulong state = Volatile.Read(ref job.State);
            int left = Unclaimed(state);
            if (left == 0) return false;

            // Read before the claim: if it succeeds, the job has been the same all the time, and stays until the chunk is done.
            var run = job.Run;
            void* body = job.Body;
            int chunk = job.Start + (ushort)(state >> 16) + (claim == OneFromFront ? 0 : left - 1);
            if (Interlocked.CompareExchange(ref job.State, state + claim, state) != state) continue;
            try
            {
                if (failure is null) run(body, chunk);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
            return true;
        }
    }

    /// <summary>
    /// Waking a helper takes the caller 5 to 10 µs, and the helper comes a good while later. So the caller runs a chunk first, and judges
    /// by its time what the sleepers miss: by this job if it is long, else by some more of them.
    /// </summary>
    private static void WakeIfWorthIt(long ticksOfChunk)
    {
        int left = Unclaimed(Volatile.Read(ref job.State));
        missed += ticksOfChunk * left;
        if (missed < WorthWaking) return;
        missed = 0;
        for (int helper = 0; helper < left && TryWake(); helper++) { }
    }

    // ---- helpers ---------------------------------------------------------------------------------------------------

    /// <summary>Sees to it that there are as many helpers as wanted.</summary>
    private static void Hire()
    {
        if (hired >= wanted) return;
        lock (Gate)
            for (; hired < wanted; hired++)
                new Thread(Help) { IsBackground = true, Name = "MiniTorch helper" }.UnsafeStart();          // without the caller's async state
    }

    private static void Help()
    {
        while (!Superfluous())
        {
            for (int round = 0; round < Patience; round++)
            {
                uint chunks = 0;
                while (WorkOn(OneFromBack)) chunks++;
                if (chunks > 0)
                {
                    Interlocked.Add(ref job.Done, chunks);              // only now can the job end, so it is still the same
                    round = 0;
                }
                Wait(round);
            }
            Sleep();
        }
    }

    private static bool Superfluous()
    {
        lock (Gate)
        {
            if (hired <= wanted) return false;
            hired--;
            return true;
        }
    }

    private static void Sleep()
    {
        Interlocked.Increment(ref asleep);
        bool missed = Unclaimed(Volatile.Read(ref job.State)) != 0 || hired > wanted;         // it came before anybody could see who sleeps
        if (!(missed && TryLeaveBed())) Alarm.Wait();
    }

    private static bool TryWake()
    {
        if (!TryLeaveBed()) return false;
        Alarm.Release();
        return true;
    }

    /// <summary>Takes one helper off those who sleep. Whoever succeeds for another owes it a ring of the alarm.</summary>
    private static bool TryLeaveBed()
    {
        for (int sleepers = Volatile.Read(ref asleep); sleepers > 0; sleepers = Volatile.Read(ref asleep))
            if (Interlocked.CompareExchange(ref asleep, sleepers - 1, sleepers) == sleepers) return true;
        return false;
    }
}
