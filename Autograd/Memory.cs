using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>
/// Where storages get their bytes. Fresh arrays are slow (zeroed, and cold in the cache), so buffers are used again without anybody having
/// to dispose a tensor: the pool remembers each buffer beside a weak handle of the storage that owns it, and when much has gone out it
/// lets the collector look at the two younger generations and takes back the buffers whose owners are gone.
/// <para>A span does not keep a storage alive: kernels run below <see cref="Kernels.Dispatch"/>, which does, and a storage whose span the
/// user got leaves the pool for good (<see cref="Forget"/>).</para>
/// </summary>
internal static class Memory
{
    private const int Smallest = 4 << 10;              // arrays up to this size are best left to the collector
    private const int Stagger = 576;                   // keeps buffers from lying whole pages apart: a load would wait for a store at the same place in another page
    private const int PerOctave = 4;                   // size classes per power of two: at most a quarter of a buffer is unused
    private const double Impatient = 0.5;              // limits that go out between two looks in a forward, at least;
    private const double Patient = 4, Resigned = 64;   // at most, where no buffer is left; and at most, where one is
    private const double Brief = 0.25;                 // and at the end of a backward pass, which leaves little alive

    /// <summary>The slot of an array that is not the pool's.</summary>
    internal const int NoLoan = -1;

    private static int Most => Array.MaxLength - Stagger;

    private static readonly Lock Gate = new();
    private static readonly Stack<byte[]>[] Free = CreateFree();
    private static readonly long[] LastRent = new long[Free.Length];    // by size class, in rents
    private static long rents;
    private static readonly List<Loan> Loans = [];
    private static readonly Stack<int> FreeSlots = new();
    private static long level;                         // the least that was outstanding since the last look
    private static long survivors;                     // outstanding after the last full collection
    private static long recentPeak;
    private static double patience = 1;                // how many limits a forward may take before the pool looks
    private static int collections;

    private struct Loan
    {
        internal GCHandle Owner;
        internal byte[]? Array;
    }

    /// <summary>How many bytes may become outstanding before the pool looks for owners that are gone; 0 turns the pool off.</summary>
    internal static long Limit { get; set; } = 16 << 20;

    /// <summary>For tests: collect and sweep at every allocation, pool every size, and fill what comes back with NaN.</summary>
    internal static bool Stress { get; set; }

    internal static long InUse { get; private set; }

    internal static long Pooled { get; private set; }

    internal static long Peak { get; private set; }

    internal static void ResetPeak()
    {
        lock (Gate) Peak = InUse;
    }

    /// <summary>A buffer of at least this many bytes for a storage.</summary>
    internal static byte[] Rent(Storage owner, long bytes, bool zero, out int slot)
    {
        slot = NoLoan;
        if (bytes > Most) throw new ArgumentException($"A tensor of {bytes:N0} bytes is larger than the {Most:N0} bytes that one storage holds.");
        if ((bytes <= Smallest && !Stress) || Limit == 0)
            return zero ? new byte[bytes] : GC.AllocateUninitializedArray<byte>((int)bytes);

        byte[] array;
        lock (Gate)
        {
            int size = Class((int)bytes);
            LastRent[size] = ++rents;
            if (Stress) Collect(1);
            if (InUse - level >= (Free[size].Count > 0 ? patience : Math.Min(patience, Patient)) * Limit) ReclaimInForward();
            if (!Free[size].TryPop(out array!))
            {
                array = GC.AllocateUninitializedArray<byte>(ClassBytes(size) + Stagger);
                Pooled += array.Length;
            }
            Pooled -= array.Length;
            InUse += array.Length;
            Peak = Math.Max(Peak, InUse);
            slot = Lend(owner, array);
        }
        if (zero) array.AsSpan(0, (int)bytes + Cache.Line).Clear();                // wherever in the first line it begins
        return array;
    }

    /// <summary>
    /// How far into a buffer the first whole cache line begins. Large arrays do not move; a smaller one may come to lie otherwise after a
    /// collection, which costs some speed at most.
    /// </summary>
    internal static unsafe byte Origin(byte[] array) => (byte)(-(nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) & (Cache.Line - 1));

    /// <summary>Takes a buffer back before its owner is collected. Only for a storage that nobody will read again.</summary>
    internal static void Return(int slot)
    {
        lock (Gate) TakeBack(slot);
    }

    /// <summary>The user holds a span of this buffer: it is never used for anything else. Of two threads that ask at once, one is late.</summary>
    internal static void Forget(ref int slot)
    {
        lock (Gate)
        {
            if (slot == NoLoan) return;
            ref var loan = ref CollectionsMarshal.AsSpan(Loans)[slot];
            Fall(loan.Array!.Length);
            loan.Array = null;
            loan.Owner.Target = null;
            FreeSlots.Push(slot);
            slot = NoLoan;
        }
    }

    /// <summary>
    /// A good moment to look for buffers whose owners are gone: the end of a backward pass, when little is alive.
    /// </summary>
    internal static void Pause()
    {
        if (InUse - level < Brief * Limit || Limit == 0) return;
        lock (Gate)
            if (InUse - level >= Brief * Limit) Reclaim();
    }

    /// <summary>Drops all buffers that are not in use.</summary>
    internal static void Trim()
    {
        lock (Gate)
        {
            Collect(2);
            foreach (var stack in Free) stack.Clear();
            Pooled = 0;
        }
    }

    // ---- finding what is free ----------------------------------------------------------------------------------------------

    /// <summary>
    /// Between two backward passes, or where there is none. In the middle of a large forward everything is alive and would only grow older:
    /// a look in vain makes the pool wait twice as long next time, as far as there are buffers to go on with. Where nearly all is dead, as
    /// in a loop without a graph, it waits half as long: what comes back soon is still in the cache, and that is worth more than the 30 µs
    /// of a look as long as 8 MB go out between two of them.
    /// </summary>
    private static void ReclaimInForward()
    {
        long before = InUse, fresh = before - level;
        Reclaim();
        if (Stress) return;                                                   // all is old, which says nothing about the program
        double dead = (double)(before - InUse) / fresh;
        if (dead > 2.0 / 3) patience = Math.Max(patience / 2, Impatient);
        if (dead < 1.0 / 3) patience = Math.Min(patience * 2, Resigned);
    }

    private static void Reclaim()
    {
        long before = InUse, fresh = before - level;
        if (GC.CollectionCount(0) != collections) Sweep();                    // the collector ran by itself
        if (before - InUse <= fresh / 2) Collect(1);                       // generation 1 too: what was alive at the last look is there
        if (InUse > 2 * survivors + 8 * Limit) Collect(2);
        level = InUse;
        recentPeak = Math.Max(before, recentPeak - recentPeak / 64);
        Shrink(Math.Max(8 * Limit, recentPeak));
    }

    private static void Collect(int generation)
    {
        GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
        Sweep();
        if (generation == 2) survivors = InUse;
    }

    private static void Sweep()
    {
        collections = GC.CollectionCount(0);
        for (int slot = 0; slot < Loans.Count; slot++)
            if (Loans[slot].Array is not null && Loans[slot].Owner.Target is null) TakeBack(slot);
    }

    /// <summary>Gives memory back to the collector when far more is pooled than was lately in use at once: first the sizes that were not asked for the longest.</summary>
    private static void Shrink(long most)
    {
        while (Pooled > most)
        {
            int oldest = -1;
            for (int size = 0; size < Free.Length; size++)
                if (Free[size].Count > 0 && (oldest < 0 || LastRent[size] < LastRent[oldest])) oldest = size;
            while (Pooled > most && Free[oldest].TryPop(out var array)) Pooled -= array.Length;
        }
    }

    // ---- loans ---------------------------------------------------------------------------------------------------------------

    private static int Lend(Storage owner, byte[] array)
    {
        if (!FreeSlots.TryPop(out int slot))
        {
            slot = Loans.Count;
            Loans.Add(new() { Owner = GCHandle.Alloc(owner, GCHandleType.Weak) });
        }
        ref var loan = ref CollectionsMarshal.AsSpan(Loans)[slot];
        loan.Owner.Target = owner;
        loan.Array = array;
        return slot;
    }

    private static void TakeBack(int slot)
    {
        ref var loan = ref CollectionsMarshal.AsSpan(Loans)[slot];
        byte[] array = loan.Array!;
        if (Stress) array.AsSpan().Fill(0xFF);                                // a NaN in every floating-point type
        loan.Array = null;
        loan.Owner.Target = null;
        FreeSlots.Push(slot);
        Free[Class(array.Length - Stagger)].Push(array);
        Fall(array.Length);
        Pooled += array.Length;
    }

    private static void Fall(int bytes)
    {
        InUse -= bytes;
        level = Math.Min(level, InUse);
    }

    // ---- size classes: 4 per octave, so 4, 5, 6, 7, 8, 10, 12, 14, 16 … times a power of two ------------------------------------

    private static int Class(int bytes)
    {
        uint last = (uint)Math.Max(bytes, 8) - 1;
        int octave = BitOperations.Log2(last);
        return (octave - 2) * PerOctave + (int)(last >> (octave - 2) & (PerOctave - 1)) + 1;
    }

    private static int ClassBytes(int size)
    {
        int octave = (size - 1) / PerOctave + 2;
        long bytes = (long)(PerOctave + (size - 1) % PerOctave + 1) << (octave - 2);
        return (int)Math.Min(bytes, Most);
    }

    private static Stack<byte[]>[] CreateFree()
    {
        var free = new Stack<byte[]>[Class(Most) + 1];
        for (int i = 0; i < free.Length; i++) free[i] = new();
        return free;
    }
}

public static partial class Torch
{
    /// <summary>The memory of tensors: buffers are used again as soon as no tensor refers to them. Nothing needs to be disposed.</summary>
    public static class Memory
    {
        /// <summary>
        /// How many bytes of buffers may go out before the library looks for those whose tensors are gone, by collecting the two younger
        /// generations; half as many where nearly all are found, a quarter when a backward pass ends, and more where nearly none are.
        /// Small enough that buffers come back warm in the cache: 16 MB. 0 turns the pool and these collections off.
        /// </summary>
        /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
        public static long Limit
        {
            get => MiniTorch.Memory.Limit;
            set => MiniTorch.Memory.Limit = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Memory.Limit must not be negative; 0 turns the pool off.");
        }

        /// <summary>For testing: collects at every allocation and fills every buffer that comes back with NaN, so that a use of freed memory shows. Very slow.</summary>
        public static bool Stress
        {
            get => MiniTorch.Memory.Stress;
            set => MiniTorch.Memory.Stress = value;
        }

        /// <summary>Bytes of pooled buffers that tensors use now (or did until lately). Tensors below 4 kB are not counted.</summary>
        public static long InUse => MiniTorch.Memory.InUse;

        /// <summary>Bytes of buffers that wait to be used again.</summary>
        public static long Pooled => MiniTorch.Memory.Pooled;

        /// <summary>The largest <see cref="InUse"/> so far.</summary>
        public static long Peak => MiniTorch.Memory.Peak;

        /// <summary>Starts <see cref="Peak"/> anew from what is in use now.</summary>
        public static void ResetPeak() => MiniTorch.Memory.ResetPeak();

        /// <summary>Collects, and gives all buffers that are not in use back to the runtime.</summary>
        public static void Trim() => MiniTorch.Memory.Trim();
    }
}
