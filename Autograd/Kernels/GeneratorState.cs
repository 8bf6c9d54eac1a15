using static System.Buffers.Binary.BinaryPrimitives;

namespace MiniTorch.Kernels;

/// <summary>The layout of PyTorch's <c>CPUGeneratorImplState</c>, little-endian and padded as x86-64 and arm64 do it.</summary>
internal static class GeneratorState
{
    private const int
        Seed = 0,                               // u64
        Left = 8,                               // i32: 1 + the draws left in the block
        Seeded = 12,                            // i32: 1
        Next = 16,                              // u64: the draws taken from the block
        Words = 24,                             // u64 × 624, the upper halves 0
        Normal = Words + 8 * Mt19937.N + 8,     // f64, between two that are always 0
        HasNormal = Normal + 16,                // i32, then 4 bytes of padding
        FloatNormal = HasNormal + 8,            // f32
        HasFloatNormal = FloatNormal + 4,       // bool, then 3 bytes of padding
        Size = HasFloatNormal + 4;

    public static byte[] Write(Mt19937 engine, double? normal, float? floatNormal)
    {
        var bytes = new byte[Size];
        WriteUInt64LittleEndian(bytes.AsSpan(Seed), engine.Seed);
        WriteInt32LittleEndian(bytes.AsSpan(Left), LeftAt(engine.Position));
        WriteInt32LittleEndian(bytes.AsSpan(Seeded), 1);
        WriteInt32LittleEndian(bytes.AsSpan(Next), engine.Position);
        for (var i = 0; i < Mt19937.N; i++)
            WriteUInt32LittleEndian(bytes.AsSpan(Words + 8 * i), engine.State[i]);
        WriteDoubleLittleEndian(bytes.AsSpan(Normal), normal ?? 0);
        bytes[HasNormal] = normal.HasValue ? (byte)1 : (byte)0;
        WriteSingleLittleEndian(bytes.AsSpan(FloatNormal), floatNormal ?? 0);
        bytes[HasFloatNormal] = floatNormal.HasValue ? (byte)1 : (byte)0;
        return bytes;
    }

    public static (double? Normal, float? FloatNormal) Read(ReadOnlySpan<byte> state, Mt19937 engine)
    {
        if (state.Length != Size)
            throw new ArgumentException($"SetState: a generator's state has {Size} bytes, got {state.Length}.", nameof(state));

        var position = ReadUInt64LittleEndian(state[Next..]);
        if (ReadInt32LittleEndian(state[Seeded..]) != 1 || position > Mt19937.N || ReadInt32LittleEndian(state[Left..]) != LeftAt((int)position))
            throw new ArgumentException("SetState: these bytes are not a state that GetState() returned.", nameof(state));

        Span<uint> words = stackalloc uint[Mt19937.N];
        for (var i = 0; i < Mt19937.N; i++)
            words[i] = ReadUInt32LittleEndian(state[(Words + 8 * i)..]);
        engine.SetState(ReadUInt64LittleEndian(state[Seed..]), words, (int)position);

        return (ReadInt32LittleEndian(state[HasNormal..]) == 0 ? null : ReadDoubleLittleEndian(state[Normal..]),
                state[HasFloatNormal] == 0 ? null : ReadSingleLittleEndian(state[FloatNormal..]));
    }

    // A freshly seeded engine (position 0) counts 1, so that its first draw twists.
    private static int LeftAt(int position) => position == 0 ? 1 : Mt19937.N + 1 - position;
}
