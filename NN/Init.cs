using MiniTorch.Kernels;

namespace MiniTorch.NN;

/// <summary>
/// Initial values, in place and without recording, PyTorch's <c>torch.nn.init</c>: with the same seed, the same numbers. Every function
/// returns the tensor it filled.
/// </summary>
public static class Init
{
    /// <summary>Uniform on [a, b).</summary>
    /// <exception cref="ArgumentException">a is larger than b.</exception>
    public static Tensor Uniform_(Tensor tensor, double a = 0, double b = 1, Generator? generator = null)
    {
        using (GradMode.Off()) return tensor.Uniform_(a, b, generator);
    }

    /// <summary>Normal.</summary>
    /// <exception cref="ArgumentException">A negative standard deviation.</exception>
    public static Tensor Normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
    {
        using (GradMode.Off()) return tensor.Normal_(mean, std, generator);
    }

    /// <summary>One value everywhere.</summary>
    public static Tensor Constant_(Tensor tensor, double val)
    {
        using (GradMode.Off()) return tensor.Fill_(val);
    }

    /// <summary>Ones.</summary>
    public static Tensor Ones_(Tensor tensor) => Constant_(tensor, 1);

    /// <summary>Zeros.</summary>
    public static Tensor Zeros_(Tensor tensor) => Constant_(tensor, 0);

    /// <summary>The identity matrix: <c>[n, m]</c> with ones on the diagonal.</summary>
    /// <exception cref="ArgumentException">The tensor is no matrix.</exception>
    public static Tensor Eye_(Tensor tensor)
    {
        CheckMatrix(tensor, "Eye_");
        using (GradMode.Off()) return tensor.Copy_(Torch.Eye(tensor.Shape[0], tensor.Shape[1], tensor.DType));
    }

    /// <summary>The kernel of a convolution that hands its channels through: <c>[out, in, k…]</c>, k of one to three dimensions.</summary>
    /// <param name="tensor">The kernel.</param>
    /// <param name="groups">Into how many groups the output channels fall; each starts over with the first input channel.</param>
    /// <exception cref="ArgumentException">Not three to five dimensions, or the groups do not divide the output channels.</exception>
    public static Tensor Dirac_(Tensor tensor, int groups = 1)
    {
        if (tensor.Ndim is < 3 or > 5) throw new ArgumentException($"Dirac_: the kernel of a convolution has 3 to 5 dimensions, got shape {tensor.Shape}.", nameof(tensor));
        if (groups < 1 || tensor.Shape[0] % groups != 0) throw new ArgumentException($"Dirac_: {tensor.Shape[0]} output channels do not fall into {groups} groups.", nameof(groups));
        int perGroup = tensor.Shape[0] / groups;
        using (GradMode.Off())
        {
            tensor.Zero_();
            for (int channel = 0; channel < tensor.Shape[0]; channel++)
            {
                if (channel % perGroup >= tensor.Shape[1]) continue;
                var kernel = tensor.Select(0, channel).Select(0, channel % perGroup);
                while (kernel.Ndim > 0) kernel = kernel.Select(0, kernel.Shape[0] / 2);
                kernel.Fill_(1);
            }
            return tensor;
        }
    }

    /// <summary>Uniform on ±gain·√(6 / (fan_in + fan_out)): signals keep their size forwards and backwards (Glorot, Bengio 2010).</summary>
    /// <exception cref="ArgumentException">The tensor has less than two dimensions.</exception>
    public static Tensor XavierUniform_(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        var (fanIn, fanOut) = Fans(tensor, "XavierUniform_");
        double bound = Math.Sqrt(3.0) * (gain * Math.Sqrt(2.0 / (fanIn + fanOut)));
        return Uniform_(tensor, -bound, bound, generator);
    }

    /// <summary>Normal with standard deviation gain·√(2 / (fan_in + fan_out)) (Glorot, Bengio 2010).</summary>
    /// <exception cref="ArgumentException">The tensor has less than two dimensions.</exception>
    public static Tensor XavierNormal_(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        var (fanIn, fanOut) = Fans(tensor, "XavierNormal_");
        return Normal_(tensor, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)), generator);
    }

    /// <summary>Uniform on ±gain·√(3 / fan): signals keep their size through rectifiers (He et al. 2015).</summary>
    /// <param name="tensor">The weight, <c>[out, in, …]</c>.</param>
    /// <param name="a">The negative slope, for <c>"leaky_relu"</c>.</param>
    /// <param name="mode"><c>"fan_in"</c> keeps the size forwards, <c>"fan_out"</c> backwards.</param>
    /// <param name="nonlinearity">What follows; see <see cref="CalculateGain"/>.</param>
    /// <param name="generator">By default <see cref="Torch.DefaultGenerator"/>.</param>
    /// <exception cref="ArgumentException">The tensor has less than two dimensions; an unknown mode or nonlinearity.</exception>
    public static Tensor KaimingUniform_(Tensor tensor, double a = 0, string mode = "fan_in", string nonlinearity = "leaky_relu", Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Numel() == 0) return tensor;
        double bound = Math.Sqrt(3.0) * KaimingStd(tensor, a, mode, nonlinearity, "KaimingUniform_");
        return Uniform_(tensor, -bound, bound, generator);
    }

    /// <summary>Normal with standard deviation gain / √fan (He et al. 2015).</summary>
    /// <inheritdoc cref="KaimingUniform_"/>
    public static Tensor KaimingNormal_(Tensor tensor, double a = 0, string mode = "fan_in", string nonlinearity = "leaky_relu", Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Numel() == 0 ? tensor : Normal_(tensor, 0, KaimingStd(tensor, a, mode, nonlinearity, "KaimingNormal_"), generator);
    }

    /// <summary>Normal, cut off at the bounds: what would fall outside is drawn inside, with the shape of the density kept.</summary>
    /// <param name="tensor">The tensor to fill.</param>
    /// <param name="mean">The mean of the normal distribution before the cut.</param>
    /// <param name="std">Its standard deviation.</param>
    /// <param name="a">The lower bound, as a value, not in standard deviations.</param>
    /// <param name="b">The upper bound.</param>
    /// <param name="generator">By default <see cref="Torch.DefaultGenerator"/>.</param>
    /// <exception cref="ArgumentException">The lower bound lies above the upper.</exception>
    public static Tensor TruncNormal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!(a <= b)) throw new ArgumentException($"TruncNormal_: the lower bound a must not lie above b, got a = {a}, b = {b}.", nameof(a));
        double low = NormalCdf((a - mean) / std), high = NormalCdf((b - mean) / std);
        using (GradMode.Off())
        {
            tensor.Uniform_(2 * low - 1, 2 * high - 1, generator);                  // uniform in the distribution function, times 2 less 1,
            var z = tensor.To(DType.Float64).Contiguous();
            foreach (ref double x in z.AsSpan<double>()) x = InverseErf(x);         // then back to the variable
            return tensor.Copy_(z).Mul_(std * Math.Sqrt(2.0)).Add_(mean).Clamp_(a, b);
        }
    }

    private static double NormalCdf(double x) => (1 + ErrorFunction.Erf(x / Math.Sqrt(2.0))) / 2;

    /// <summary>The inverse of erf on (−1, 1): Giles' approximation for single precision, made exact by two steps of Newton's method.</summary>
    private static double InverseErf(double y)
    {
        if (Math.Abs(y) >= 1) return y * double.PositiveInfinity;
        double w = -Math.Log((1 - y) * (1 + y)), x;
        if (w < 5)
        {
            w -= 2.5;
            x = 2.81022636e-08;
            foreach (double c in (ReadOnlySpan<double>)[3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941])
                x = x * w + c;
        }
        else
        {
            w = Math.Sqrt(w) - 3;
            x = -0.000200214257;
            foreach (double c in (ReadOnlySpan<double>)[0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682])
                x = x * w + c;
        }
        x *= y;
        for (int i = 0; i < 2; i++) x -= (ErrorFunction.Erf(x) - y) / (2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x));
        return x;
    }

    /// <summary>A matrix with orthonormal rows or columns, whichever are fewer; more dimensions are flattened behind the first (Saxe et al. 2013).</summary>
    /// <exception cref="ArgumentException">The tensor has less than two dimensions.</exception>
    public static Tensor Orthogonal_(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Ndim < 2) throw new ArgumentException($"Orthogonal_: expected at least two dimensions, got shape {tensor.Shape}.", nameof(tensor));
        if (tensor.Numel() == 0) return tensor;
        int rows = tensor.Shape[0], cols = tensor.Numel() / rows;
        using (GradMode.Off())
        {
            var a = Torch.Empty([rows, cols], tensor.DType).Normal_(0, 1, generator).To(DType.Float64);
            if (rows < cols) a = a.T.Contiguous();
            Orthonormalize(a.AsSpan<double>(), a.Shape[0], a.Shape[1]);
            return tensor.Copy_((rows < cols ? a.T : a).Reshape(tensor.Shape)).Mul_(gain);
        }
    }

    /// <summary>
    /// Turns the columns of a row-major n×m matrix, n ≥ m, into the Q of its QR decomposition with a positive diagonal of R, which is
    /// unique: each column less its projections on those before, twice, and scaled to length 1 (Gram–Schmidt; twice is enough).
    /// </summary>
    private static void Orthonormalize(Span<double> a, int n, int m)
    {
        for (int j = 0; j < m; j++)
        {
            for (int pass = 0; pass < 2; pass++)
                for (int k = 0; k < j; k++)
                {
                    double dot = 0;
                    for (int i = 0; i < n; i++) dot += a[i * m + k] * a[i * m + j];
                    for (int i = 0; i < n; i++) a[i * m + j] -= dot * a[i * m + k];
                }
            double norm = 0;
            for (int i = 0; i < n; i++) norm += a[i * m + j] * a[i * m + j];
            norm = Math.Sqrt(norm);
            for (int i = 0; i < n; i++) a[i * m + j] /= norm;
        }
    }

    /// <summary>A matrix whose columns have a given share of zeros, the rest normal (Martens 2010).</summary>
    /// <exception cref="ArgumentException">The tensor is no matrix.</exception>
    public static Tensor Sparse_(Tensor tensor, double sparsity, double std = 0.01, Generator? generator = null)
    {
        CheckMatrix(tensor, "Sparse_");
        if (!(sparsity is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(sparsity), sparsity, $"Sparse_: sparsity must be in [0, 1], got {sparsity}.");
        int rows = tensor.Shape[0], zeros = (int)Math.Ceiling(sparsity * rows);
        using (GradMode.Off())
        {
            tensor.Normal_(0, std, generator);
            for (int col = 0; col < tensor.Shape[1]; col++)
            {
                var column = tensor.Select(1, col);
                foreach (long row in Torch.Randperm(rows, generator).ToArray<long>()[..zeros]) column.Select(0, (int)row).Fill_(0);
            }
            return tensor;
        }
    }

    /// <summary>By how much weights must be scaled for a nonlinearity, so that signals keep their size.</summary>
    /// <param name="nonlinearity"><c>"linear"</c>, <c>"conv1d"</c> and its kin, <c>"sigmoid"</c>: 1; <c>"tanh"</c>: 5/3; <c>"relu"</c>: √2; <c>"leaky_relu"</c>: √(2/(1 + a²)); <c>"selu"</c>: 3/4.</param>
    /// <param name="param">The negative slope a of <c>"leaky_relu"</c>, by default 0.01.</param>
    /// <exception cref="ArgumentException">Another name.</exception>
    public static double CalculateGain(string nonlinearity, double? param = null) => nonlinearity switch
    {
        "linear" or "conv1d" or "conv2d" or "conv3d" or "conv_transpose1d" or "conv_transpose2d" or "conv_transpose3d" or "sigmoid" => 1,
        "tanh" => 5.0 / 3,
        "relu" => Math.Sqrt(2.0),
        "leaky_relu" => Math.Sqrt(2.0 / (1 + Math.Pow(param ?? 0.01, 2))),
        "selu" => 3.0 / 4,
        _ => throw new ArgumentException($"CalculateGain: unknown nonlinearity \"{nonlinearity}\".  Known are linear, conv1d to conv3d, conv_transpose1d to 3d, sigmoid, tanh, relu, leaky_relu, selu.", nameof(nonlinearity)),
    };

    private static double KaimingStd(Tensor tensor, double a, string mode, string nonlinearity, string op)
    {
        var (fanIn, fanOut) = Fans(tensor, op);
        int fan = mode switch
        {
            "fan_in" => fanIn,
            "fan_out" => fanOut,
            _ => throw new ArgumentException($"{op}: mode is \"fan_in\" or \"fan_out\", got \"{mode}\".", nameof(mode)),
        };
        return CalculateGain(nonlinearity, a) / Math.Sqrt(fan);
    }

    /// <summary>How many inputs each output has, and how many outputs each input has: <c>[out, in, k…]</c> → (in·k, out·k).</summary>
    private static (int In, int Out) Fans(Tensor tensor, string op)
    {
        if (tensor.Ndim < 2) throw new ArgumentException($"{op}: a weight has at least two dimensions [out, in], got shape {tensor.Shape}.", nameof(tensor));
        int field = 1;
        foreach (int k in tensor.Shape.Span[2..]) field *= k;
        return (tensor.Shape[1] * field, tensor.Shape[0] * field);
    }

    private static void CheckMatrix(Tensor tensor, string op)
    {
        if (tensor.Ndim != 2) throw new ArgumentException($"{op}: expected a matrix, got shape {tensor.Shape}.", nameof(tensor));
    }
}
