using Shouldly;
using static MiniTorch.Torch;

namespace MiniTorch.Tests;

/// <summary>Where ops are recorded: NoGrad and its kin, nested, over awaits, into tasks, and not beyond.</summary>
public class GradModeTests
{
    [Fact]
    public void Scopes_nest_and_restore()
    {
        IsGradEnabled().ShouldBeTrue();
        using (NoGrad())
        {
            IsGradEnabled().ShouldBeFalse();
            using (EnableGrad())
            {
                IsGradEnabled().ShouldBeTrue();
                using (SetGradEnabled(false)) IsGradEnabled().ShouldBeFalse();
                IsGradEnabled().ShouldBeTrue();
            }
            using (NoGrad()) IsGradEnabled().ShouldBeFalse();
            IsGradEnabled().ShouldBeFalse();
        }
        IsGradEnabled().ShouldBeTrue();
    }

    [Fact]
    public void A_scope_ends_with_an_exception_too()
    {
        Should.Throw<ArithmeticException>(() =>
        {
            using var scope = NoGrad();
            throw new ArithmeticException();
        });
        IsGradEnabled().ShouldBeTrue();
    }

    [Fact]
    public async Task The_mode_flows_over_awaits_and_into_tasks()
    {
        using (NoGrad())
        {
            await Task.Yield();
            IsGradEnabled().ShouldBeFalse();
            (await Task.Run(IsGradEnabled)).ShouldBeFalse();
            await Task.Delay(1);
            IsGradEnabled().ShouldBeFalse();
        }
        IsGradEnabled().ShouldBeTrue();
        (await Task.Run(IsGradEnabled)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_task_does_not_change_the_mode_of_its_caller()
    {
        await Task.Run(async () =>
        {
            var scope = NoGrad();                               // left open
            await Task.Yield();
            IsGradEnabled().ShouldBeFalse();
            _ = scope;
        });
        IsGradEnabled().ShouldBeTrue();
        (await Task.Run(IsGradEnabled)).ShouldBeTrue();
    }

    [Fact]
    public void Threads_have_modes_of_their_own()
    {
        using var both = new Barrier(2);
        bool other = false;
        var thread = new Thread(() =>
        {
            both.SignalAndWait();
            other = IsGradEnabled();
            both.SignalAndWait();
        });
        thread.Start();
        using (NoGrad())
        {
            both.SignalAndWait();
            both.SignalAndWait();
        }
        thread.Join();
        other.ShouldBeTrue();
    }

    [Fact]
    public void Many_flows_at_once_do_not_mix()
    {
        Parallel.For(0, 64, i =>
        {
            bool on = i % 2 == 0;
            using var scope = SetGradEnabled(on);
            for (int k = 0; k < 100; k++)
            {
                var y = Ones([1], requiresGrad: true) * 2;
                y.RequiresGrad.ShouldBe(on);
                if (on) y.Sum().Backward();
            }
        });
    }

    [Fact]
    public void Backward_works_where_nothing_is_recorded()
    {
        var x = Ones([2], requiresGrad: true);
        var y = (x * 3).Sum();
        using (NoGrad()) y.Backward();
        x.Grad!.ToArray<double>().ShouldBe([3, 3]);
    }

    [Fact]
    public void A_leaf_stays_a_leaf_under_NoGrad()
    {
        using (NoGrad())
        {
            var x = Ones([2], requiresGrad: true);
            (x.RequiresGrad, x.IsLeaf).ShouldBe((true, true));
            (x * 2).RequiresGrad.ShouldBeFalse();
        }
    }
}
