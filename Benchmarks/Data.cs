using MiniTorch.Optim;

namespace MiniTorch.Benchmarks;

/// <summary>What the workloads are made of. Data without a library: the counter-based generator splitmix64, the same as in pytorch/data.py.</summary>
internal static class Data
{
    /// <summary>Uniform on [a, b), 24 bits per number.</summary>
    internal static Tensor U(ulong seed, Shape shape, double a = 0, double b = 1, DType dtype = DType.Float32)
    {
        var x = new float[shape.Numel()];
        for (int i = 0; i < x.Length; i++) x[i] = (Bits(seed, i) >> 40) * (1f / (1 << 24));
        var u = Torch.FromArray<float>(x, shape).To(dtype);
        return (a, b) == (0, 1) ? u : a + (b - a) * u;
    }

    /// <summary>Integers from 0 to n − 1.</summary>
    internal static Tensor K(ulong seed, Shape shape, ulong n)
    {
        var x = new long[shape.Numel()];
        for (int i = 0; i < x.Length; i++) x[i] = (long)((Bits(seed, i) >> 33) % n);
        return Torch.FromArray<long>(x, shape);
    }

    /// <summary>Parameter k uniform on ±scales[k].</summary>
    internal static void Fill(IEnumerable<Tensor> parameters, params double[] scales)
    {
        using var _ = Torch.NoGrad();
        foreach (var (k, p) in parameters.Index()) p.Copy_(U(1000 + (ulong)k, p.Shape, -scales[k], scales[k], p.DType));
    }

    /// <summary>Every weight and bias uniform on ±1/√fan_in.</summary>
    internal static T FanIn<T>(T model)
        where T : NN.Module
    {
        double[] scales = [];
        foreach (var p in model.Parameters())
            scales = [.. scales, p.Ndim > 1 ? Math.Pow(p.Numel() / p.Size(0), -0.5) : scales[^1]];      // a bias follows its weight
        Fill(model.Parameters(), scales);
        return model;
    }

    /// <summary>One step of training; gives back the loss from before the update.</summary>
    internal static Func<Tensor> Training(Optimizer optimizer, Func<Tensor> lossOf) => () =>
    {
        optimizer.ZeroGrad();
        var loss = lossOf();
        loss.Backward();
        optimizer.Step();
        return loss;
    };

    private static ulong Bits(ulong seed, int i)
    {
        ulong z = unchecked(seed * 0xD1342543DE82EF95 + ((ulong)i + 1) * 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
