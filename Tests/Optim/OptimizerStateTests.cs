using MiniTorch.Optim;
using Shouldly;

namespace MiniTorch.Tests.Optim;

/// <summary>What an optimizer remembers: saved in the structure of PyTorch, and loaded only where it fits.</summary>
public class OptimizerStateTests
{
    private readonly Tensor w = Torch.Tensor([1.0, 2, 3], requiresGrad: true), b = Torch.Tensor([0.5], requiresGrad: true);

    [Fact]
    public void A_state_dict_has_the_structure_of_PyTorch()
    {
        var opt = new Adam([new() { Params = [w] }, new() { Params = [b], Lr = 0.5 }], lr: 0.1, betas: (0.8, 0.9));
        b.Grad = Torch.Ones(1);
        opt.Step();
        var saved = opt.StateDict();
        saved.ParamGroups.Count.ShouldBe(2);
        saved.ParamGroups[0].Keys.ShouldBe(["lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "decoupled_weight_decay", "params"]);
        saved.ParamGroups[1]["lr"].ShouldBe(0.5);
        saved.ParamGroups[1]["betas"].ShouldBe(new[] { 0.8, 0.9 });
        saved.ParamGroups[1]["params"].ShouldBe(new[] { 1 });
        saved.State.Keys.ShouldBe([1]);                                                  // w never had a gradient
        saved.State[1].Keys.ShouldBe(["step", "exp_avg", "exp_avg_sq"]);
        var step = (Tensor)saved.State[1]["step"]!;
        (step.DType, step.Ndim, step.Item()).ShouldBe((DType.Float32, 0, 1));
        new SGD([w]).StateDict().State.ShouldBeEmpty();
    }

    /// <summary>As another program may have written it: lists, integers, a plain number as step, keys that mean nothing here, flags missing.</summary>
    [Fact]
    public void A_state_dict_from_elsewhere_is_read()
    {
        var opt = new AdamW([w, b], amsgrad: true);
        opt.LoadStateDict(new()
        {
            ParamGroups = [new Dictionary<string, object?> { ["lr"] = 1, ["betas"] = new List<object> { 0.5, 0.25 }, ["eps"] = 0.5f, ["weight_decay"] = 0L, ["foreach"] = null, ["params"] = new List<object> { 7L, 3L } }],
            State = { [3] = new Dictionary<string, object?> { ["step"] = 4, ["exp_avg"] = Torch.Tensor([2.0], DType.Float64), ["exp_avg_sq"] = Torch.Ones(1), ["max_exp_avg_sq"] = null } },
        });
        var group = opt.ParamGroups[0];
        (group.Lr, group.Betas, group.Eps, group.WeightDecay, group.Amsgrad, group.DecoupledWeightDecay).ShouldBe((1, (0.5, 0.25), 0.5, 0, true, true));
        opt.State.Keys.ShouldBe([b]);
        (opt.State[b].Step, opt.State[b].ExpAvg.Item(), opt.State[b].ExpAvg.DType).ShouldBe((4, 2, DType.Float32));
    }

    /// <summary>In PyTorch too AdamW stays AdamW; so does AMSBound, which is AdaBound with a flag.</summary>
    [Fact]
    public void A_class_stays_what_it_is_when_a_sibling_is_loaded()
    {
        var adamW = new AdamW([w], weightDecay: 0.5);
        adamW.LoadStateDict(new Adam([w], lr: 0.25, weightDecay: 0.125).StateDict());
        (adamW.ParamGroups[0].DecoupledWeightDecay, adamW.ParamGroups[0].WeightDecay, adamW.ParamGroups[0].Lr).ShouldBe((true, 0.125, 0.25));
        var amsBound = new AMSBound([w]);
        amsBound.LoadStateDict(new AdaBound([w]).StateDict());
        amsBound.ParamGroups[0].Amsbound.ShouldBeTrue();
        var adam = new Adam([w]);
        adam.LoadStateDict(adamW.StateDict());
        adam.ParamGroups[0].DecoupledWeightDecay.ShouldBeTrue();
    }

    /// <summary>As a schedule of the momentum may leave it: refused at the beginning, but what was saved can be loaded.</summary>
    [Fact]
    public void Nesterov_whose_momentum_has_become_0_is_loaded()
    {
        var opt = new SGD([b], momentum: 0.9, nesterov: true);
        opt.ParamGroups[0].Momentum = 0;
        var resumed = new SGD([b], momentum: 0.9, nesterov: true);
        resumed.LoadStateDict(opt.StateDict());
        (resumed.ParamGroups[0].Momentum, resumed.ParamGroups[0].Nesterov).ShouldBe((0, true));
    }

    [Fact]
    public void What_is_loaded_is_a_copy()
    {
        var (opt, other) = (new SGD([b], momentum: 0.9), new SGD([w[..1].Detach()], momentum: 0.9));
        b.Grad = Torch.Ones(1);
        opt.Step();
        other.LoadStateDict(opt.StateDict());
        opt.Step();
        other.State.Values.Single().MomentumBuffer!.Item().ShouldBe(1);
    }

    [Fact]
    public void A_state_dict_that_does_not_fit_changes_nothing()
    {
        var opt = new Adam([new() { Params = [w, b], Names = ["w", "b"] }]);
        (w.Grad, b.Grad) = (Torch.Ones(3), Torch.Ones(1));
        opt.Step();

        Refused(s => s.ParamGroups.Add(s.ParamGroups[0])).ShouldStartWith("Adam.LoadStateDict: 2 parameter groups were saved, this optimizer has 1.");
        Refused(s => s.ParamGroups[0]["params"] = new[] { 0 }).ShouldStartWith("Adam.LoadStateDict: param_groups[0] has 1 parameters, this optimizer's group 2.");
        Refused(s => s.ParamGroups[0].Remove("betas")).ShouldStartWith("Adam.LoadStateDict: param_groups[0] has no `betas`, only `lr`, `eps`");
        Refused(s => s.ParamGroups[0]["betas"] = new[] { 0.5 }).ShouldContain("param_groups[0]: `betas` is");
        Refused(s => s.ParamGroups[0]["eps"] = "x").ShouldStartWith("Adam.LoadStateDict: param_groups[0]: `eps` is x (String), which does not fit System.Double.");
        Refused(s => s.ParamGroups[0]["params"] = new[] { 0, 1e30 }).ShouldContain("`params` is");
        Refused(s => s.ParamGroups[0]["betas"] = new[] { 7, 0.5 }).ShouldStartWith("Adam.LoadStateDict: betas.Item1 must be in [0, 1), got 7.");
        Refused(s => s.State[1].Remove("exp_avg")).ShouldStartWith("Adam.LoadStateDict: the state of parameter 1 (`b`, [1]) has no `exp_avg`");
        Refused(s => s.State[1]["exp_avg"] = Torch.Ones(3)).ShouldStartWith("Adam.LoadStateDict: the state of parameter 1 (`b`, [1]): `exp_avg` has the shape [3], expected [1].");
        Refused(s => s.State[1]["exp_avg"] = "x").ShouldContain("`exp_avg` is x (String), expected a tensor.");
        Refused(s => s.State[1]["exp_avg"] = null).ShouldStartWith("Adam.LoadStateDict: the state of parameter 1 (`b`, [1]): `exp_avg` is null.");
        Refused(s => s.State[1] = null!).ShouldStartWith("Adam.LoadStateDict: the state of parameter 1 (`b`, [1]), state[1], is null.");
        Refused(s => s.ParamGroups[0]["eps"] = null).ShouldStartWith("Adam.LoadStateDict: param_groups[0]: `eps` is null.");
        Refused(s => s.ParamGroups[0] = null!).ShouldStartWith("Adam.LoadStateDict: param_groups[0] is null.");
        Refused(s => s.State[1]["momentum_buffer"] = Torch.Ones(1)).ShouldContain("has `momentum_buffer`, which Adam does not know");
        Refused(s => s.State[5] = s.State[0]).ShouldStartWith("Adam.LoadStateDict: there is a state of parameter 5, but no group has it.");

        string Refused(Action<OptimizerStateDict> spoil)
        {
            var saved = opt.StateDict();
            saved.ParamGroups[0]["lr"] = 77.0;
            saved.State[0]["exp_avg"] = Torch.Full([3], 77);
            spoil(saved);
            string message = Should.Throw<ArgumentException>(() => opt.LoadStateDict(saved)).Message;
            opt.ParamGroups[0].Lr.ShouldBe(1e-3);
            opt.State[w].ExpAvg[0].Item().ShouldBe(0.1, 1e-6);
            return message;
        }
    }
}
