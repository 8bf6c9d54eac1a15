using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What Muon's step is beside its equation, which <see cref="OptimizerGoldenTests"/> compares with a transcription.</summary>
public class MuonTests
{
    private static readonly (double, double, double) Default = (3.4445, -4.775, 2.0315);

    /// <summary>XᵀX (or XXᵀ of a wide one) is near the identity: all singular values are near 1, whatever those of G were.</summary>
    [Theory]
    [InlineData(6, 6)]
    [InlineData(3, 20)]
    [InlineData(20, 3)]
    [InlineData(1, 7)]
    public void The_direction_has_singular_values_near_one(int n, int m)
    {
        foreach (var dtype in (DType[])[DType.Float32, DType.Float64])
        {
            Torch.ManualSeed(3);
            var g = Torch.Randn([n, m], dtype);
            var x = Muon.Orthogonal(g, Default, 1e-7, 10);
            x.Shape.ShouldBe(g.Shape);
            foreach (double σ in SingularValues(x)) σ.ShouldBeInRange(0.65, 1.25);
            var exact = Muon.Orthogonal(g, (2, -1.5, 0.5), 1e-7, 60);                  // this polynomial converges to 1
            foreach (double σ in SingularValues(exact)) σ.ShouldBe(1, dtype == DType.Float32 ? 1e-5 : 1e-12);
        }
    }

    [Fact]
    public void The_scale_of_the_gradient_does_not_matter()
    {
        Torch.ManualSeed(3);
        var g = Torch.Randn([4, 5], DType.Float64);
        (Muon.Orthogonal(g * 1e6, Default, 1e-7, 5) - Muon.Orthogonal(g, Default, 1e-7, 5)).Abs().Max().Item().ShouldBeLessThan(1e-12);
        Muon.Orthogonal(Torch.Zeros(2, 3), Default, 1e-7, 5).ToArray<float>().ShouldAllBe(x => x == 0);
    }

    [Fact]
    public void Only_matrices_are_taken()
    {
        Tensor w = Torch.Zeros([2, 3], requiresGrad: true), b = Torch.Zeros([3], requiresGrad: true).Named("bias");
        Should.Throw<ArgumentException>(() => new Muon([w, b])).Message.ShouldStartWith("Muon: parameter 1 (`bias`, [3]) is no matrix.  Give biases");
        var opt = new Muon([w]);
        Should.Throw<ArgumentException>(() => opt.AddParamGroup(new() { Params = [b] }));
        opt.ParamGroups.Count.ShouldBe(1);
        new Adam([b]).ParamGroups.Count.ShouldBe(1);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        var w = Torch.Zeros([2, 3], requiresGrad: true);
        Throws(() => new Muon([w], momentum: -0.1), "Muon: momentum must not be negative, got -0.1.");
        Throws(() => new Muon([w], weightDecay: double.NaN), "Muon: weightDecay must not be negative, got NaN.");
        Throws(() => new Muon([w], nsSteps: 100), "Muon: nsSteps must be in [0, 100), got 100.");
        Throws(() => new Muon([w], adjustLrFn: "rms"), "Muon: adjustLrFn must be null, \"original\" or \"match_rms_adamw\", got \"rms\".");

        static void Throws(Func<object> make, string message) => Should.Throw<ArgumentOutOfRangeException>(make).Message.ShouldStartWith(message);
    }

    [Fact]
    public void A_nan_in_the_gradient_is_not_hidden()
    {
        var w = Torch.Zeros([2, 2], requiresGrad: true);
        w.Grad = Torch.Tensor([[1, double.NaN], [0, 1]]);
        new Muon([w]).Step();
        w.ToArray<float>().ShouldAllBe(x => float.IsNaN(x));
    }

    [Fact]
    public void There_is_no_equation_of_one_weight()
    {
        var w = Torch.Zeros([2, 2], requiresGrad: true);
        var opt = new Muon([w]) { RecordSteps = true };
        w.Grad = Torch.Ones(2, 2);
        opt.Step();
        Should.Throw<NotSupportedException>(() => opt.Explain(w, 0, 0)).Message.ShouldBe("Muon.Explain: Muon moves all weights of a parameter together; there is no equation of one weight to show.");
    }

    /// <summary>The roots of the eigenvalues of the smaller Gram matrix, by Jacobi's rotations.</summary>
    private static double[] SingularValues(Tensor x)
    {
        if (x.Size(0) > x.Size(1)) x = x.T;
        int n = x.Size(0);
        double[] a = x.Double().Matmul(x.Double().T).ToArray<double>();
        for (int sweep = 0; sweep < 30; sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    double φ = 0.5 * Math.Atan2(2 * a[p * n + q], a[q * n + q] - a[p * n + p]), c = Math.Cos(φ), s = Math.Sin(φ);
                    for (int k = 0; k < n; k++) (a[k * n + p], a[k * n + q]) = (c * a[k * n + p] - s * a[k * n + q], s * a[k * n + p] + c * a[k * n + q]);
                    for (int k = 0; k < n; k++) (a[p * n + k], a[q * n + k]) = (c * a[p * n + k] - s * a[q * n + k], s * a[p * n + k] + c * a[q * n + k]);
                }
            }
        }
        return [.. Enumerable.Range(0, n).Select(i => Math.Sqrt(Math.Max(0, a[i * n + i])))];
    }
}
