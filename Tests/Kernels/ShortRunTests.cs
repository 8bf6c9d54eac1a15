using System.Numerics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

/// <summary>
/// Runs of elements around the length of a register, most of them shorter, against one element at a time. Operands end where readable memory
/// ends, and the element before the result is a guard.
/// </summary>
public class ShortRunTests
{
    [Fact]
    public void Floats() => Check<float>();

    [Fact]
    public void Doubles() => Check<double>();

    [Fact]
    public void Longs() => Check<long>();

    [Fact]
    public void Bytes() => Check<byte>();

    private static void Check<T>()
        where T : unmanaged, INumber<T>
    {
        using GuardedMemory memoryA = new(1 << 10), memoryB = new(1 << 10), memoryC = new(1 << 10), memoryY = new(1 << 10);
        T guard = T.CreateChecked(77);
        for (int n = 1; n <= 2 * Vector<T>.Count; n++)
            for (int steps = 0; steps < 8; steps++)
            {
                int stepA = steps & 1, stepB = steps >> 1 & 1, stepC = steps >> 2;
                Span<T> a = Numbers<T>(memoryA, n, stepA, 3), b = Numbers<T>(memoryB, n, stepB, 20), c = Numbers<T>(memoryC, n, stepC, 40), y = memoryY.Last<T>(n + 1);

                y.Fill(guard);
                Elementwise.Unary<Twice, T>(ref a[0], 1, ref y[1], 1, a.Length);
                for (int i = 0; i < a.Length; i++) y[1 + i].ShouldBe(a[i] + a[i], $"2a, {a.Length} elements");
                y[0].ShouldBe(guard);

                y.Fill(guard);
                Elementwise.Binary<Difference, T>(ref b[0], stepB, ref a[0], stepA, ref y[1], 1, n);
                for (int i = 0; i < n; i++) y[1 + i].ShouldBe(b[i * stepB] - a[i * stepA], $"b − a, {n} elements, steps {stepB} and {stepA}");
                y[0].ShouldBe(guard);

                y.Fill(guard);
                Elementwise.Ternary<TimesPlus, T>(ref a[0], stepA, ref b[0], stepB, ref c[0], stepC, ref y[1], 1, n);
                for (int i = 0; i < n; i++) y[1 + i].ShouldBe(a[i * stepA] * b[i * stepB] + c[i * stepC], $"a·b + c, {n} elements, steps {stepA}, {stepB} and {stepC}");
                y[0].ShouldBe(guard);
            }
    }

    /// <summary>n numbers that differ, or one that repeats.</summary>
    private static Span<T> Numbers<T>(GuardedMemory memory, int n, int step, int first)
        where T : unmanaged, INumber<T>
    {
        var numbers = memory.Last<T>(step == 0 ? 1 : n);
        for (int i = 0; i < numbers.Length; i++) numbers[i] = T.CreateTruncating(first + i % 17);
        return numbers;
    }

    private readonly struct Twice : IUnary
    {
        static Vector<T> IUnary.Many<T>(Vector<T> x) => x + x;
    }

    private readonly struct Difference : IBinary
    {
        static Vector<T> IBinary.Many<T>(Vector<T> a, Vector<T> b) => a - b;
    }

    private readonly struct TimesPlus : ITernary
    {
        static Vector<T> ITernary.Many<T>(Vector<T> a, Vector<T> b, Vector<T> c) => a * b + c;
    }
}
