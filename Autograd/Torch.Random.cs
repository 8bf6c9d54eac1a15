using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch;

/// <summary>Random numbers: with the same seed, those of PyTorch on a CPU.</summary>
public static partial class Torch
{
    /// <summary>The generator that is used where none is given.</summary>
    public static Generator DefaultGenerator { get; } = new Generator().ManualSeed(Random.Shared.NextInt64());

    /// <summary>Starts the default generator's stream anew; returns it.</summary>
    public static Generator ManualSeed(long seed) => DefaultGenerator.ManualSeed(seed);

    /// <summary>Starts the default generator from a random seed, which is returned.</summary>
    public static long Seed() => DefaultGenerator.Seed();

    /// <summary>The seed that the default generator started from.</summary>
    public static long InitialSeed() => DefaultGenerator.InitialSeed();

    /// <summary>The state of the default generator, in PyTorch's layout.</summary>
    public static byte[] GetRngState() => DefaultGenerator.GetState();

    /// <summary>Puts the default generator into a state taken earlier, here or in PyTorch.</summary>
    public static void SetRngState(ReadOnlySpan<byte> state) => DefaultGenerator.SetState(state);

    /// <summary>Uniform on [0, 1).</summary>
    public static Tensor Rand(params Shape shape) => Empty(shape).Uniform_();

    /// <summary>Uniform on [0, 1).</summary>
    public static Tensor Rand(Shape shape, DType? dtype = null, bool requiresGrad = false, Generator? generator = null)
        => Leaf(Empty(shape, dtype).Uniform_(0, 1, generator), requiresGrad);

    /// <summary>Standard normal.</summary>
    public static Tensor Randn(params Shape shape) => Empty(shape).Normal_();

    /// <summary>Standard normal.</summary>
    public static Tensor Randn(Shape shape, DType? dtype = null, bool requiresGrad = false, Generator? generator = null)
        => Leaf(Empty(shape, dtype).Normal_(0, 1, generator), requiresGrad);

    /// <summary>Uniform on [0, 1), with the shape and dtype of another tensor.</summary>
    public static Tensor RandLike(Tensor input, DType? dtype = null, bool requiresGrad = false) => Rand(input.Shape, dtype ?? input.DType, requiresGrad);

    /// <summary>Standard normal, with the shape and dtype of another tensor.</summary>
    public static Tensor RandnLike(Tensor input, DType? dtype = null, bool requiresGrad = false) => Randn(input.Shape, dtype ?? input.DType, requiresGrad);

    /// <summary>Integers from 0 to <paramref name="high"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static Tensor Randint(long high, Shape size, Generator? generator = null, DType? dtype = null) => Randint(0, high, size, generator, dtype);

    /// <summary>Integers from <paramref name="low"/> to <paramref name="high"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static Tensor Randint(long low, long high, Shape size, Generator? generator = null, DType? dtype = null)
        => low < high
            ? Empty(size, dtype ?? DType.Int64).Random_(low, high, generator)
            : throw new ArgumentOutOfRangeException(nameof(high), high, $"Randint: low must be below high, which is not among the draws; got low = {low}, high = {high}.");

    /// <summary>The numbers 0 to n − 1 in random order.</summary>
    public static Tensor Randperm(int n, Generator? generator = null, DType? dtype = null)
    {
        if (n < 0) throw new ArgumentOutOfRangeException(nameof(n), n, $"Randperm: n must not be negative, got {n}.");
        var y = Empty([n], DType.Int64);
        RandomKernels.Randperm(y.Flat<long>(), generator ?? DefaultGenerator);
        return dtype is { } type ? y.To(type) : y;
    }

    /// <summary>Normal with one mean and standard deviation.</summary>
    /// <exception cref="ArgumentException">A negative standard deviation.</exception>
    public static Tensor Normal(double mean, double std, Shape size, Generator? generator = null, DType? dtype = null, bool requiresGrad = false)
        => Leaf(Empty(size, dtype).Normal_(mean, std, generator), requiresGrad);

    /// <summary>1 with the probability that the input gives for each element, else 0.</summary>
    /// <exception cref="ArgumentException">A probability outside of [0, 1].</exception>
    public static Tensor Bernoulli(Tensor input, Generator? generator = null)
    {
        var y = new Tensor(input.Shape, input.DType);
        var p = input.Detach().Contiguous();
        Dispatch.Floats(input.DType, new BernoulliKernel(p, y, generator ?? DefaultGenerator), p, y);
        return y;
    }

    private readonly struct BernoulliKernel(Tensor p, Tensor y, Generator generator) : IFloatKernel
    {
        void IFloatKernel.Run<T>() => RandomKernels.Bernoulli<T, T>(y.Flat<T>(), p.Flat<T>(), generator);
    }

    /// <summary>Indices drawn with the given weights, a row of them per row of weights: <c>[n] → [k]</c>, <c>[b, n] → [b, k]</c>.</summary>
    /// <exception cref="ArgumentException">No vector or matrix of weights, weights that are negative or all 0, or more draws than weights without replacement.</exception>
    public static Tensor Multinomial(Tensor input, int numSamples, bool replacement = false, Generator? generator = null)
    {
        if (input.Ndim is not (1 or 2)) throw new ArgumentException($"Multinomial: expected a vector or a matrix of weights, got shape {input.Shape}.", nameof(input));
        var y = new Tensor(input.Ndim == 1 ? [numSamples] : [input.Shape[0], numSamples], DType.Int64);
        var weights = input.Detach().Contiguous();
        Dispatch.Floats(input.DType, new MultinomialKernel(weights, y, numSamples, replacement, generator ?? DefaultGenerator), weights, y);
        return y;
    }

    private readonly struct MultinomialKernel(Tensor weights, Tensor y, int count, bool replacement, Generator generator) : IFloatKernel
    {
        void IFloatKernel.Run<T>() => RandomKernels.Multinomial<T>(weights.Flat<T>(), weights.Shape[^1], y.Flat<long>(), count, replacement, generator);
    }
}

public partial class Tensor
{
    /// <summary>Fills with uniform numbers on [from, to).</summary>
    /// <exception cref="ArgumentException">from is larger than to, or the dtype is no floating-point dtype.</exception>
    public Tensor Uniform_(double from = 0, double to = 1, Generator? generator = null)
    {
        var y = ToFill(Change.Uniform_, real: true);
        Dispatch.Floats(DType, new UniformKernel(y, from, to, generator ?? Torch.DefaultGenerator), y);
        return Filled(y, Change.Uniform_);
    }

    private readonly struct UniformKernel(Tensor y, double from, double to, Generator generator) : IFloatKernel
    {
        void IFloatKernel.Run<T>() => RandomKernels.Uniform(y.Flat<T>(), from, to, generator);
    }

    /// <summary>Fills with normal numbers.</summary>
    /// <exception cref="ArgumentException">A negative standard deviation, or the dtype is no floating-point dtype.</exception>
    public Tensor Normal_(double mean = 0, double std = 1, Generator? generator = null)
    {
        var y = ToFill(Change.Normal_, real: true);
        Dispatch.Floats(DType, new NormalKernel(y, mean, std, IsContiguous(), generator ?? Torch.DefaultGenerator), y);
        return Filled(y, Change.Normal_);
    }

    private readonly struct NormalKernel(Tensor y, double mean, double std, bool blocks, Generator generator) : IFloatKernel
    {
        void IFloatKernel.Run<T>()
        {
            if (blocks) RandomKernels.Normal(y.Flat<T>(), mean, std, generator);
            else RandomKernels.NormalOneByOne(y.Flat<T>(), mean, std, generator);
        }
    }

    /// <summary>Fills with numbers of the exponential distribution λe^(−λx).</summary>
    /// <exception cref="ArgumentException">λ is negative, or the dtype is no floating-point dtype.</exception>
    public Tensor Exponential_(double lambd = 1, Generator? generator = null)
    {
        var y = ToFill(Change.Exponential_, real: true);
        Dispatch.Floats(DType, new ExponentialKernel(y, lambd, generator ?? Torch.DefaultGenerator), y);
        return Filled(y, Change.Exponential_);
    }

    private readonly struct ExponentialKernel(Tensor y, double lambda, Generator generator) : IFloatKernel
    {
        void IFloatKernel.Run<T>() => RandomKernels.Exponential(y.Flat<T>(), lambda, generator);
    }

    /// <summary>Fills with 1 (with probability p) and 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is outside of [0, 1].</exception>
    public Tensor Bernoulli_(double p = 0.5, Generator? generator = null)
    {
        var y = ToFill(Change.Bernoulli_, real: false);
        Dispatch.Numbers(DType, new BernoulliKernel(y, p, generator ?? Torch.DefaultGenerator), y);
        return Filled(y, Change.Bernoulli_);
    }

    private readonly struct BernoulliKernel(Tensor y, double p, Generator generator) : INumberKernel
    {
        void INumberKernel.Run<T>() => RandomKernels.Bernoulli(y.Flat<T>(), p, generator);
    }

    /// <summary>Fills with integers from <paramref name="from"/> to <paramref name="to"/> − 1.</summary>
    /// <exception cref="ArgumentException">The range is empty or does not fit the dtype.</exception>
    public Tensor Random_(long from, long to, Generator? generator = null)
    {
        var y = ToFill(Change.Random_, real: false);
        Dispatch.Numbers(DType, new IntegerKernel(y, from, to, generator ?? Torch.DefaultGenerator), y);
        return Filled(y, Change.Random_);
    }

    private readonly struct IntegerKernel(Tensor y, long from, long to, Generator generator) : INumberKernel
    {
        void INumberKernel.Run<T>() => RandomKernels.Random(y.Flat<T>(), from, to, generator);
    }

    /// <summary>Fills with integers over the whole range of the dtype from 0 on (of floating-point dtypes, as far as integers are exact).</summary>
    public Tensor Random_(Generator? generator = null)
    {
        var y = ToFill(Change.Random_, real: false);
        Dispatch.Numbers(DType, new AnyIntegerKernel(y, generator ?? Torch.DefaultGenerator), y);
        return Filled(y, Change.Random_);
    }

    private readonly struct AnyIntegerKernel(Tensor y, Generator generator) : INumberKernel
    {
        void INumberKernel.Run<T>()
        {
            if (y.DType == DType.Bool) RandomKernels.Random(y.Flat<byte>(), 0, 2, generator);
            else RandomKernels.Random(y.Flat<T>(), generator);
        }
    }

    /// <summary>Dense memory to draw into: this tensor's own, or such as is copied into a view afterwards.</summary>
    private Tensor ToFill(Change change, bool real)
    {
        CheckInPlace(change);
        if (real && !DType.IsFloat()) throw Errors.DType(change.ToString(), DType, "a floating-point dtype");
        return IsContiguous() ? this : new Tensor(Shape, DType);
    }

    private Tensor Filled(Tensor y, Change change)
    {
        if (!ReferenceEquals(y, this)) CopyKernel.Run(y, this);
        Storage.Changed(change);
        if (RequiresGrad) TakeHistory(ViewOf is null ? OverwrittenBy(Detach()) : Detach());
        return this;
    }
}
