namespace MiniTorch;

public partial class Tensor : IFormattable
{
    /// <summary>The tensor as PyTorch prints it: aligned, four digits, abridged beyond 1,000 elements. See <see cref="Torch.SetPrintoptions"/>.</summary>
    public override string ToString()
    {
        var gradFn = GradFn;
        return Printing.Format(DType, Shape.Span, new Elements(this), RequiresGrad && gradFn is null, gradFn is null ? null : $"{gradFn.Name}Backward0");
    }

    /// <summary>With a format, the number that a 0-dim tensor holds: <c>$"{loss:F4}"</c>. Without one, <see cref="ToString()"/>.</summary>
    /// <exception cref="FormatException">A format for a tensor with dimensions.</exception>
    public string ToString(string? format, IFormatProvider? formatProvider)
    {
        if (string.IsNullOrEmpty(format)) return ToString();
        if (Ndim > 0) throw new FormatException($"ToString: the format \"{format}\" is for a number, and this tensor has shape {Shape}.  Reduce it first, or see Torch.SetPrintoptions.");
        return DType.IsFloat() ? At(0).ToDouble().ToString(format, formatProvider) : At(0).ToInt64().ToString(format, formatProvider);
    }

    private sealed class Elements(Tensor x) : IElements
    {
        public double Float(long i) => x.At(i).ToDouble();

        public long Integer(long i) => x.At(i).ToInt64();
    }

    /// <summary>The element at a row-major index.</summary>
    internal Scalar At(long i)
    {
        int at = Offset;
        for (int d = Ndim - 1; d >= 0; i /= Shape[d--]) at += (int)(i % Shape[d]) * Strides[d];
        Scalar value = DType switch
        {
            DType.Float32 => System.Runtime.CompilerServices.Unsafe.Add(ref Storage.First<float>(), at),
            DType.Float64 => System.Runtime.CompilerServices.Unsafe.Add(ref Storage.First<double>(), at),
            DType.Int64 => System.Runtime.CompilerServices.Unsafe.Add(ref Storage.First<long>(), at),
            DType.Int32 => System.Runtime.CompilerServices.Unsafe.Add(ref Storage.First<int>(), at),
            _ => (long)System.Runtime.CompilerServices.Unsafe.Add(ref Storage.First<byte>(), at),
        };
        GC.KeepAlive(this);
        return value;
    }
}

public static partial class Torch
{
    /// <summary>How tensors are printed, as <c>torch.set_printoptions</c>; what is not given stays as it is, but for <paramref name="sciMode"/>, where null means "as fits".</summary>
    public static void SetPrintoptions(int? precision = null, double? threshold = null, int? edgeitems = null, int? linewidth = null, string? profile = null, bool? sciMode = null)
        => PrintOptions.Current = PrintOptions.Current.With(precision, threshold, edgeitems, linewidth, profile, sciMode);
}
