using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Hooks on tensors and nodes, and retained gradients.</summary>
public class HookTests
{
    private static Tensor Leaf(params double[] values) => FromArray(values).RequiresGrad_();

    [Fact]
    public void A_hook_on_a_leaf_sees_the_sum_once_per_pass()
    {
        var x = Leaf(3);
        var seen = new List<double>();
        x.RegisterHook(g =>
        {
            seen.Add(g.Item());
            return null;
        });
        (x * x + x).Backward();
        (x * 5).Backward();
        seen.ShouldBe([7, 5]);
        x.Grad!.Item().ShouldBe(12);
    }

    [Fact]
    public void What_a_hook_returns_takes_the_place_of_the_gradient_and_the_next_hook_sees_it()
    {
        Tensor x = Leaf(1, 2), h = x * 2;
        h.RegisterHook(g => g + 1);
        h.RegisterHook(g => g * 10);
        h.Sum().Backward();
        x.Grad!.ToArray<double>().ShouldBe([40, 40]);
    }

    [Fact]
    public void A_hook_is_removed_by_its_handle()
    {
        var x = Leaf(1);
        int calls = 0;
        var handle = x.RegisterHook(_ =>
        {
            calls++;
            return null;
        });
        (x * 2).Backward();
        handle.Remove();
        handle.Remove();
        (x * 2).Backward();
        calls.ShouldBe(1);
        using (x.RegisterHook(g => g * 100)) (x * 2).Backward();
        (x * 2).Backward();
        x.Grad!.Item().ShouldBe(2 + 2 + 200 + 2);
    }

    [Fact]
    public void A_prehook_of_a_node_is_a_hook_of_its_result()
    {
        Tensor x = Leaf(1), h = x * 2;
        h.GradFn!.RegisterPrehook(g => g * 3);
        h.Backward();
        x.Grad!.Item().ShouldBe(6);
    }

    [Fact]
    public void Hooks_stay_with_the_value_they_were_put_on()
    {
        // The hook sees the gradient of h as it was before the change.
        Tensor x = Leaf(1), h = x * 2;
        double seen = 0;
        h.RegisterHook(g =>
        {
            seen = g.Item();
            return null;
        });
        h.Mul_(10);
        h.Backward();
        seen.ShouldBe(10);
    }

    [Fact]
    public void A_hook_must_return_what_fits()
    {
        Tensor x = Leaf(1, 2), h = x * 2;
        h.RegisterHook(_ => Ones(3));
        Should.Throw<InvalidOperationException>(() => h.Sum().Backward()).Message.ShouldContain("a hook of Mul returned a gradient of shape [3] in place of [2]");
    }

    [Fact]
    public void Hooks_need_a_tensor_that_requires_a_gradient()
    {
        Should.Throw<InvalidOperationException>(() => Ones(2).RegisterHook(g => g));
        Should.Throw<InvalidOperationException>(() => Ones(2).RetainGrad());
    }

    [Fact]
    public void What_a_hook_keeps_stays_as_it_was()
    {
        Tensor x = Leaf(1, 2), kept = x;
        var h = x * 2;
        h.RegisterHook(g =>
        {
            kept = g;
            return null;
        });
        (h + h).Backward(FromArray([3.0, 4.0]));
        for (int i = 0; i < 10; i++) (Leaf(1, 2) * 2).Sum().Backward();
        kept.ToArray<double>().ShouldBe([6, 8]);
    }

    [Fact]
    public void A_result_keeps_its_gradient_when_told_and_adds_up()
    {
        Tensor x = Leaf(1, 2), h = x * 2;
        h.Sum().Backward(retainGraph: true);
        h.Grad.ShouldBeNull();
        h.RetainGrad();
        h.RetainGrad();
        h.Sum().Backward(retainGraph: true);
        h.Grad!.ToArray<double>().ShouldBe([1, 1]);
        (h * 3).Sum().Backward();
        h.Grad!.ToArray<double>().ShouldBe([4, 4]);
        x.RetainGrad();
        x.Grad!.ToArray<double>().ShouldBe([10, 10]);
    }

    [Fact]
    public void A_retained_gradient_is_what_the_hooks_made_of_it()
    {
        Tensor x = Leaf(1), h = x * 2;
        h.RetainGrad();
        h.RegisterHook(g => g * 5);
        h.Backward();
        h.Grad!.Item().ShouldBe(5);
    }

    [Fact]
    public async Task A_hook_may_read_numbers_and_switch_the_grad_mode()
    {
        Tensor x = Leaf(1), h = x * 2;
        bool inside = true;
        h.RegisterHook(g =>
        {
            _ = g.ToArray<double>();                            // uses NoGrad itself
            using (EnableGrad()) (x * x).Backward();
            inside = IsGradEnabled();
            return null;
        });
        h.Backward();
        inside.ShouldBeFalse();
        IsGradEnabled().ShouldBeTrue();
        using (NoGrad()) (x * 2).RequiresGrad.ShouldBeFalse();
        (await Task.Run(IsGradEnabled)).ShouldBeTrue();
        (x * 2).RequiresGrad.ShouldBeTrue();
    }
}
