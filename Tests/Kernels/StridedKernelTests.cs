using System.Numerics;
using System.Numerics.Tensors;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// The kernels that walk strided memory, against one element at a time: random shapes, orders of dimensions, gaps, repeated dimensions and
/// tails. What lies between and around the elements is NaN where it must not be read, and must be unchanged where it must not be written.
/// </summary>
public class StridedKernelTests
{
    private const int Rounds = 400;

    /// <summary>One operand: its elements lie somewhere in memory.</summary>
    private sealed class Operand<T>
        where T : unmanaged
    {
        private const int Guard = 40;
        public readonly T[] Memory;
        public readonly int[] Strides;
        private readonly int[] shape;
        private readonly int start;

        public Operand(int[] shape, Random random, T around, Func<T> element, bool repeats)
        {
            this.shape = shape;
            Strides = new int[shape.Length];
            int[] order = [.. Enumerable.Range(0, shape.Length)];
            if (random.Next(3) == 0) random.Shuffle(order);
            int stride = random.Next(4) == 0 ? 2 : 1;
            foreach (int d in order.Reverse())
            {
                Strides[d] = repeats && random.Next(4) == 0 ? 0 : stride;
                if (Strides[d] != 0) stride *= shape[d];
                if (random.Next(5) == 0) stride += 3;
            }
            start = Guard + random.Next(9);
            Memory = new T[start + stride + Guard];
            Array.Fill(Memory, around);
            foreach (int at in Places()) Memory[at] = element();
        }

        public ref T First => ref Memory[start];

        /// <summary>Where the elements are, in row-major order.</summary>
        public IEnumerable<int> Places()
        {
            var index = new int[shape.Length];
            if (shape.Contains(0)) yield break;
            while (true)
            {
                yield return start + index.Zip(Strides, (i, s) => i * s).Sum();
                int d = shape.Length - 1;
                while (d >= 0 && ++index[d] == shape[d]) index[d--] = 0;
                if (d < 0) yield break;
            }
        }
    }

    /// <summary>Runs a kernel on random operands and the formula on each element.</summary>
    private static void Check<TIn, TOut>(int seed, Func<Random, TIn> element, TIn around, TOut guard, Run<TIn, TOut> run, Func<TIn, TIn, TIn, TOut> formula)
        where TIn : unmanaged
        where TOut : unmanaged
    {
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            int[] shape = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(5) switch { 0 => 1, 1 => random.Next(60, 300), _ => random.Next(1, 20) })];
            if (TensorPrimitives.Product<int>(shape) > 20_000) continue;
            Operand<TIn> Input() => new(shape, random, around, () => element(random), repeats: true);
            var (a, b, c) = (Input(), Input(), Input());
            var y = new Operand<TOut>(shape, random, guard, () => guard, repeats: false);
            var expected = (TOut[])y.Memory.Clone();
            foreach (var (at, (pa, (pb, pc))) in y.Places().Zip(a.Places().Zip(b.Places().Zip(c.Places()))))
                expected[at] = formula(a.Memory[pa], b.Memory[pb], c.Memory[pc]);

            var scratch = new int[Odometer.Scratch(shape.Length)];
            var o = new Odometer(scratch, shape, y.Strides, a.Strides, b.Strides, c.Strides);
            run(ref a.First, ref b.First, ref c.First, ref y.First, o);
            y.Memory.ShouldBe(expected, $"shape [{string.Join(", ", shape)}], strides of y [{string.Join(", ", y.Strides)}], a [{string.Join(", ", a.Strides)}], b [{string.Join(", ", b.Strides)}]");
        }
    }

    private delegate void Run<TIn, TOut>(ref TIn a, ref TIn b, ref TIn c, ref TOut y, Odometer o);

    private static float Small(Random random) => random.Next(-9, 10);

    [Fact]
    public void Unary() => Check(1, Small, float.NaN, 77f, static (ref float a, ref float _, ref float _, ref float y, Odometer o) => Elementwise.Unary<Doubled, float>(ref a, ref y, o), static (a, _, _) => a + a);

    [Fact]
    public void Binary() => Check(2, Small, float.NaN, 77f, static (ref float a, ref float b, ref float _, ref float y, Odometer o) => Elementwise.Binary<Sub.Kernel, float>(ref a, ref b, ref y, o), static (a, b, _) => a - b);

    [Fact]
    public void BinaryOfLongs() => Check(3, r => r.NextInt64(-9, 10), 55L, 77L, static (ref long a, ref long b, ref long _, ref long y, Odometer o) => Elementwise.Binary<Sub.Kernel, long>(ref a, ref b, ref y, o), static (a, b, _) => a - b);

    [Fact]
    public void Ternary() => Check(4, Small, float.NaN, 77f, static (ref float a, ref float b, ref float c, ref float y, Odometer o) => Elementwise.Ternary<TimesPlus, float>(ref a, ref b, ref c, ref y, o), static (a, b, c) => a * b + c);

    [Fact]
    public void RelationOfFloats() => Check(5, NumberOrNaN, float.NaN, (byte)7, static (ref float a, ref float b, ref float _, ref byte y, Odometer o) => Elementwise.Relation<Below, float>(ref a, ref b, ref y, o), static (a, b, _) => (byte)(a < b ? 1 : 0));

    [Fact]
    public void RelationOfDoubles() => Check(6, r => (double)NumberOrNaN(r), double.NaN, (byte)7, static (ref double a, ref double b, ref double _, ref byte y, Odometer o) => Elementwise.Relation<Below, double>(ref a, ref b, ref y, o), static (a, b, _) => (byte)(a < b ? 1 : 0));

    [Fact]
    public void RelationOfBytes() => Check(7, r => (byte)r.Next(250, 256), (byte)3, (byte)7, static (ref byte a, ref byte b, ref byte _, ref byte y, Odometer o) => Elementwise.Relation<Below, byte>(ref a, ref b, ref y, o), static (a, b, _) => (byte)(a < b ? 1 : 0));

    [Fact]
    public void Predicate() => Check(8, NumberOrNaN, 5f, (byte)7, static (ref float a, ref float _, ref float _, ref byte y, Odometer o) => Elementwise.Predicate<NaN, float>(ref a, ref y, o), static (a, _, _) => (byte)(float.IsNaN(a) ? 1 : 0));

    [Fact]
    public void CastToBool() => Check(9, NumberOrNaN, 5f, (byte)7, static (ref float a, ref float _, ref float _, ref byte y, Odometer o) => Conversion.ToBool(ref a, ref y, o), static (a, _, _) => (byte)(a == 0 ? 0 : 1));

    [Fact]
    public void CopyOfFloats() => Check(10, Small, float.NaN, 77f, static (ref float a, ref float _, ref float _, ref float y, Odometer o) => Conversion.Run(ref a, ref y, o), static (a, _, _) => a);

    [Fact]
    public void CopyOfDoubles() => Check(11, r => (double)Small(r), double.NaN, 77.0, static (ref double a, ref double _, ref double _, ref double y, Odometer o) => Conversion.Run(ref a, ref y, o), static (a, _, _) => a);

    [Fact]
    public void CopyOfBytes() => Check(12, r => (byte)r.Next(256), (byte)3, (byte)7, static (ref byte a, ref byte _, ref byte _, ref byte y, Odometer o) => Conversion.Run(ref a, ref y, o), static (a, _, _) => a);

    [Fact]
    public void CastToDouble() => Check(13, r => r.NextSingle() - 0.5f, float.NaN, 77.0, static (ref float a, ref float _, ref float _, ref double y, Odometer o) => Conversion.Run(ref a, ref y, o), static (a, _, _) => a);

    [Fact]
    public void CastToLong() => Check(14, r => 2000 * r.NextSingle() - 1000, float.NaN, 77L, static (ref float a, ref float _, ref float _, ref long y, Odometer o) => Conversion.Run(ref a, ref y, o), static (a, _, _) => (long)a);

    /// <summary>The mask is a tensor of its own: its elements are of another size.</summary>
    [Fact]
    public void Choose()
    {
        CheckChoose(15, Small, float.NaN, 77f);
        CheckChoose(16, r => (double)Small(r), double.NaN, 77.0);
        CheckChoose(17, r => (byte)r.Next(256), (byte)3, (byte)7);
    }

    private static void CheckChoose<T>(int seed, Func<Random, T> element, T around, T guard)
        where T : unmanaged
    {
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            int[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(3) == 0 ? random.Next(30, 200) : random.Next(1, 12))];
            if (TensorPrimitives.Product<int>(shape) > 20_000) continue;
            var mask = new Operand<byte>(shape, random, 1, () => (byte)random.Next(2), repeats: true);
            Operand<T> a = new(shape, random, around, () => element(random), repeats: true), b = new(shape, random, around, () => element(random), repeats: true);
            var y = new Operand<T>(shape, random, guard, () => guard, repeats: false);
            var expected = (T[])y.Memory.Clone();
            foreach (var (at, (pm, (pa, pb))) in y.Places().Zip(mask.Places().Zip(a.Places().Zip(b.Places()))))
                expected[at] = mask.Memory[pm] != 0 ? a.Memory[pa] : b.Memory[pb];
            var scratch = new int[Odometer.Scratch(shape.Length)];
            Elementwise.Choose(ref mask.First, ref a.First, ref b.First, ref y.First, new Odometer(scratch, shape, y.Strides, mask.Strides, a.Strides, b.Strides));
            y.Memory.ShouldBe(expected);
        }
    }

    /// <summary>The result on top of an operand, from every alignment: each element is read before it is overwritten.</summary>
    [Fact]
    public void InPlace()
    {
        for (int offset = 0; offset < 17; offset++)
            for (int n = 0; n < 400; n += n < 70 ? 1 : 41)
            {
                float[] x = [.. Enumerable.Range(0, n + 40).Select(i => (float)i)], y = [.. x], b = [.. x];
                for (int i = offset; i < offset + n; i++) x[i] += x[i];
                Elementwise.Unary<Doubled, float>(ref y[offset], 1, ref y[offset], 1, n);
                y.ShouldBe(x, $"{n} from {offset}");
                Elementwise.Binary<MiniTorch.Sub.Kernel, float>(ref y[offset], 1, ref b[offset], 1, ref y[offset], 1, n);
                y.ShouldBe(b, $"{n} from {offset}");
            }
    }

    private static float NumberOrNaN(Random random) => random.Next(5) switch { 0 => float.NaN, 1 => 0, 2 => float.PositiveInfinity, _ => random.Next(-3, 4) };

    private readonly struct Doubled : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => x + x;
    }

    private readonly struct TimesPlus : ITernary
    {
        static Vector<T> ITernary.Many<T>(Vector<T> a, Vector<T> b, Vector<T> c) => a * b + c;
    }

    private readonly struct Below : IRelation
    {
        static bool IRelation.Holds<T>(T a, T b) => a < b;

        static Vector<T> IRelation.Many<T>(Vector<T> a, Vector<T> b) => Vector.LessThan(a, b);
    }

    private readonly struct NaN : IPredicate
    {
        static bool IPredicate.Holds<T>(T x) => T.IsNaN(x);

        static Vector<T> IPredicate.Many<T>(Vector<T> x) => ~Vector.Equals(x, x);
    }
}
