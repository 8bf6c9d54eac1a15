using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MiniTorch;

/// <summary>
/// The memory behind one or more tensors: bytes for every dtype, or a single value of at most 8 bytes kept inline, so that a number
/// costs no array. Views share the storage, and with it the version counter that counts changes in place.
/// </summary>
internal sealed class Storage
{
    private byte[]? data;
    private Inline inline;
    private readonly byte origin;                        // of the bytes of an array, where the first element begins

    /// <summary>How often the contents were changed in place. A saved tensor remembers it; backward compares.</summary>
    internal int Version;

    /// <summary>The backward run that allocated this storage, 0 outside of one: only that run may write into it.</summary>
    internal int Born;

    /// <summary>How many gradient slots of the running backward refer to this storage.</summary>
    internal int Pending;

    /// <summary>The last change in place, for the message of a failed version check.</summary>
    internal Change ChangedBy;

    /// <summary>True for a gradient that the user may hold: the engine neither overwrites nor returns it.</summary>
    internal bool Kept;

    internal Storage(long bytes, bool zero)
    {
        Born = Spares.Current?.Run ?? 0;
        if (bytes <= sizeof(long)) return;
        data = Memory.Rent(this, bytes, zero, out inline.Slot);
        inline.Bytes = (int)bytes;
        if (inline.Slot != Memory.NoLoan) origin = Memory.Origin(data);
    }

    /// <summary>The size of the memory; what holds a single value holds any.</summary>
    internal int Bytes => data is null ? sizeof(long) : inline.Bytes;

    /// <summary>The first element. The reference does not keep the storage alive: see <see cref="Kernels.Dispatch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref T First<T>()
        => ref data is null ? ref Unsafe.As<Inline, T>(ref inline) : ref Unsafe.As<byte, T>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(data), origin));

    /// <summary>Counts a change in place.</summary>
    internal void Changed(Change by)
    {
        Version++;
        ChangedBy = by;
    }

    /// <summary>The user gets a span of the contents: the memory is never used for anything else.</summary>
    internal void Escape()
    {
        Kept = true;
        if (IsPooled) Memory.Forget(ref inline.Slot);
    }

    /// <summary>Gives the memory back to the pool at once: of a gradient that nobody refers to. False when it is not from the pool.</summary>
    internal bool Return()
    {
        if (!IsPooled) return false;
        Memory.Return(inline.Slot);
        data = null;
        return true;
    }

    /// <summary>Forgets everything but the contents; under stress those too.</summary>
    internal void Clear()
    {
        if (Memory.Stress && data is null) inline.Value = -1;  // a NaN in every floating-point type
        (Version, ChangedBy, Born, Pending, Kept) = (0, Change.None, 0, 0, false);
    }

    private bool IsPooled => data is not null && inline.Slot != Memory.NoLoan;

    /// <summary>A single value; beside an array, which loan of the pool the array is, and how many of its bytes are used.</summary>
    [StructLayout(LayoutKind.Explicit)]
    private struct Inline
    {
        [FieldOffset(0)] internal long Value;
        [FieldOffset(0)] internal int Slot;
        [FieldOffset(sizeof(int))] internal int Bytes;
    }
}

/// <summary>The ops that change a tensor in place, named as the user calls them.</summary>
internal enum Change : byte
{
    None, Add_, Sub_, Mul_, Div_, Pow_, Neg_, Abs_, Sign_, Exp_, Expm1_, Log_, Log1p_, Log2_, Sqrt_, Rsqrt_, Square_, Reciprocal_,
    Sin_, Cos_, Tan_, Asin_, Acos_, Atan_, Sinh_, Cosh_, Tanh_, Sigmoid_, Erf_, Relu_, LeakyRelu_, Elu_, Silu_, Hardtanh_, Threshold_,
    Clamp_, Lerp_, Floor_, Ceil_, Round_, Trunc_, Copy_, Fill_, Zero_, Setitem, MaskedFill_, Scatter_, ScatterAdd_, IndexPut_, IndexAdd_, Cumsum_,
    Triu_, Tril_, Uniform_, Normal_, Random_, Bernoulli_, Exponential_, Dropout_, Addmm_, Addcmul_, Addcdiv_, Optimizer,
}
