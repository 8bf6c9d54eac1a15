using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>How the optimizers of the literature are related: with certain settings one is another.</summary>
public class FamilyTests
{
    // ---- quasi-hyperbolic momentum: an average instead of SGD's sum, so its rate is larger by 1 / (1 − β) ---------------------------

    [Fact]
    public void QHM_along_the_average_is_momentum()
        => Same(x => new QHM([x], lr: 0.5, momentum: 0.8, nu: 1, weightDecay: 0.1), x => new SGD([x], lr: 0.1, momentum: 0.8, weightDecay: 0.1));

    [Fact]
    public void QHM_along_the_gradient_is_plain_descent()
        => Same(x => new QHM([x], lr: 0.1, momentum: 0.8, nu: 0), x => new SGD([x], lr: 0.1));

    [Fact]
    public void QHM_half_way_is_Nesterov()
        => Same(x => new QHM([x], lr: 0.5, momentum: 0.8, nu: 0.8), x => new SGD([x], lr: 0.1, momentum: 0.8, nesterov: true));

    [Fact]
    public void QHAdam_along_the_averages_is_Adam()
        => Same(x => new QHAdam([x], lr: 0.1, betas: (0.8, 0.9), weightDecay: 0.1), x => new Adam([x], lr: 0.1, betas: (0.8, 0.9), weightDecay: 0.1));

    [Fact]
    public void QHAdam_with_decoupled_decay_is_AdamW()
        => Same(x => new QHAdam([x], lr: 0.1, weightDecay: 0.1, decoupledWeightDecay: true), x => new AdamW([x], lr: 0.1, weightDecay: 0.1));

    // ---- aggregated momentum -------------------------------------------------------------------------------------------------

    [Fact]
    public void AggMo_with_one_buffer_is_momentum()
        => Same(x => new AggMo([x], lr: 0.1, betas: [0.8], weightDecay: 0.1), x => new SGD([x], lr: 0.1, momentum: 0.8, weightDecay: 0.1));

    [Fact]
    public void AggMo_with_equal_buffers_is_momentum()
        => Same(x => new AggMo([x], lr: 0.1, betas: [0.8, 0.8, 0.8, 0.8, 0.8, 0.8], weightDecay: 0.1), x => new SGD([x], lr: 0.1, momentum: 0.8, weightDecay: 0.1));

    [Fact]
    public void AggMo_has_an_exponential_form()
    {
        var x = Start();
        AggMo.FromExpForm([x]).ParamGroups[0].Betas.ShouldBe([0, 0.9, 0.99], 1e-15);
        AggMo.FromExpForm([x], a: 0.5, k: 5).ParamGroups[0].Betas.ShouldBe([0, 0.5, 0.75, 0.875, 0.9375]);
        Should.Throw<ArgumentOutOfRangeException>(() => AggMo.FromExpForm([x], a: 0)).Message.ShouldStartWith("AggMo: a must be in (0, 1], got 0.");
        Should.Throw<ArgumentOutOfRangeException>(() => AggMo.FromExpForm([x], k: 0)).Message.ShouldStartWith("AggMo: k must be positive, got 0.");
    }

    [Fact]
    public void AggMo_keeps_the_number_of_its_buffers()
    {
        var group = new AggMo([Start()]).ParamGroups[0];
        group.Betas = [0, 0.8, 0.95];
        Should.Throw<ArgumentException>(() => group.Betas = [0.9]).Message.ShouldStartWith("AggMo: the group has 3 betas and a buffer for each, got 1.");
        group.Betas.ShouldBe([0, 0.8, 0.95]);
        Should.Throw<ArgumentOutOfRangeException>(() => new AggMo([Start()], betas: [])).Message.ShouldStartWith("AggMo: betas must not be empty");
        Should.Throw<ArgumentOutOfRangeException>(() => new AggMo([Start()], betas: [0, 1])).Message.ShouldStartWith("AggMo: betas[1] must be in [0, 1), got 1.");
    }

    // ---- from Adam to SGD: ε stands elsewhere than in Adam, so it is 0 -----------------------------------------------------------

    [Fact]
    public void AdaBound_with_open_bounds_is_Adam()
    {
        Same(x => new AdaBound([x], lr: 0.1, gamma: 0, eps: 0, weightDecay: 0.1), x => new Adam([x], lr: 0.1, eps: 0, weightDecay: 0.1));
        Same(x => new AMSBound([x], lr: 0.1, gamma: 0, eps: 0, betas: (0, 0.8)), x => new AdaBound([x], lr: 0.1, gamma: 0, eps: 0, betas: (0, 0.8), amsbound: true));
    }

    [Fact]
    public void AdaBound_ends_at_its_final_rate_in_proportion_to_the_rate()
    {
        var x = Start();
        var opt = new AdaBound([x], lr: 0.1, finalLr: 0.02, gamma: 0.5);
        Moved(opt, x, 20_000).ShouldBe(0.02, 1e-5);
        opt.ParamGroups[0].Lr *= 0.1;
        Moved(opt, x, 1).ShouldBe(0.002, 1e-6);

        var other = new AdaBound([x], lr: 5, finalLr: 0.02, gamma: 0.5);
        other.LoadStateDict(opt.StateDict());
        Moved(other, x, 1).ShouldBe(0.002, 1e-6);                                      // the rate at the beginning is saved too
        other.ParamGroups[0].Lr = 0;
        Moved(other, x, 1).ShouldBe(0);
        Moved(new AdaBound([x], lr: 0), x, 1).ShouldBe(0);

        static double Moved(Optimizer opt, Tensor x, int steps)
        {
            double before = 0;
            for (int i = 0; i < steps; i++)
            {
                before = x[0].Item();
                x.Grad = Torch.OnesLike(x);
                opt.Step();
            }
            return before - x[0].Item();
        }
    }

    [Fact]
    public void SWATS_is_Adam_before_the_switch()
        => Same(x => new SWATS([x], lr: 0.1, eps: 0, weightDecay: 0.1, switchTolerance: 0), x => new Adam([x], lr: 0.1, eps: 0, weightDecay: 0.1));

    // ---- what goes in bad comes out bad, and nothing else does ------------------------------------------------------------------

    public static TheoryData<Func<Tensor, Optimizer>> All() => new(
    [
        x => new NadaMax([x]), x => new AdaBound([x]), x => new AMSBound([x]), x => new SWATS([x]), x => new QHM([x]), x => new QHAdam([x], nus: (0.7, 0.9)),
        x => new AggMo([x]), x => new AggMo([x], betas: [0, 0.1, 0.2, 0.3, 0.4], weightDecay: 0.1),
    ]);

    [Theory, MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void A_gradient_that_is_no_number_shows_in_its_weight_alone(Func<Tensor, Optimizer> make)
    {
        var x = Start();
        var opt = make(x);
        for (int step = 0; step < 3; step++)
        {
            x.Grad = Torch.Tensor([1, step == 1 ? double.NaN : 1, -1, 2, 0], DType.Float64);
            opt.Step();
        }
        x.ToArray<double>().Select(double.IsNaN).ShouldBe([false, true, false, false, false]);
    }

    // ---- what is refused -----------------------------------------------------------------------------------------------------

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        var x = Start();
        Error(() => new NadaMax([x], betas: (1, 0.9))).ShouldStartWith("NadaMax: betas.Item1 must be in [0, 1), got 1.");
        Error(() => new NadaMax([x], momentumDecay: -1)).ShouldStartWith("NadaMax: momentumDecay must not be negative, got -1.");
        Error(() => new AdaBound([x], gamma: 1)).ShouldStartWith("AdaBound: gamma must be in [0, 1), got 1.");
        Error(() => new AMSBound([x], finalLr: -1)).ShouldStartWith("AMSBound: finalLr must not be negative, got -1.");
        Error(() => new QHM([x], momentum: 1)).ShouldStartWith("QHM: momentum must be in [0, 1), got 1.");
        Error(() => new QHM([x], nu: double.NaN)).ShouldStartWith("QHM: nu must be finite, got NaN.");
        Error(() => new QHAdam([x], nus: (1, 1.5))).ShouldStartWith("QHAdam: nus.Item2 must be in [0, 1], got 1.5.");
        Error(() => new SWATS([x], switchTolerance: -1)).ShouldStartWith("SWATS: switchTolerance must not be negative, got -1.");

        static string Error(Func<Optimizer> make) => Should.Throw<ArgumentOutOfRangeException>(() => make()).Message;
    }

    private static Tensor Start() => Torch.Tensor([1.5, -2, 0.3, 4, -0.7], DType.Float64, requiresGrad: true);

    /// <summary>40 steps on a bowl: both go the same way.</summary>
    private static void Same(Func<Tensor, Optimizer> a, Func<Tensor, Optimizer> b)
    {
        var (x, y) = (Start(), Start());
        var (forX, forY) = (a(x), b(y));
        for (int step = 0; step < 40; step++)
        {
            foreach (var (opt, z) in ((Optimizer, Tensor)[])[(forX, x), (forY, y)])
            {
                opt.ZeroGrad();
                (Torch.Tensor([0.2, 1, 0.5, 2, 1.2], DType.Float64) * (z - 0.5).Pow(2)).Sum().Backward();
                opt.Step();
            }
            foreach (var (p, q) in x.ToArray<double>().Zip(y.ToArray<double>())) p.ShouldBe(q, 1e-12, $"step {step + 1}");
        }
        x[0].Item().ShouldNotBe(1.5);
    }
}
