using Shouldly;

namespace MiniTorch.Tests;

/// <summary>Functions of one number in place, where nothing is recorded: they write where the numbers lie.</summary>
public class InPlaceTests
{
    public static TheoryData<string> Functions =>
        [.. typeof(Tensor).GetMethods().Where(m => m.Name.EndsWith('_') && m.GetParameters().Length == 0 && m.Name is not ("Zero_" or "Detach_")).Select(m => m.Name)];

    [Theory, MemberData(nameof(Functions))]
    public void The_same_values_where_they_lie(string name)
    {
        var function = typeof(Tensor).GetMethod(name[..^1], [])!.CreateDelegate<Func<Tensor, Tensor>>();
        var inPlace = typeof(Tensor).GetMethod(name, [])!.CreateDelegate<Func<Tensor, Tensor>>();
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var whole = Torch.Linspace(-1.5, 1.5, 37 * 41).Reshape(37, 41).To(dtype);
            foreach (var part in new Func<Tensor, Tensor>[] { x => x, x => x[1..^1], x => x[.., 1..^2], x => x[.., Torch.Slice(step: 3)], x => x.T, x => x[5, 7] })
            {
                var expected = whole.Clone();
                part(expected).Copy_(function(part(whole)));
                var changed = whole.Clone();
                var at = part(changed);
                inPlace(at).ShouldBeSameAs(at);
                changed.ToArray<double>().ShouldBe(expected.ToArray<double>(), $"{name} of {at.Shape}, {dtype}");
            }
        }
    }

    [Theory, MemberData(nameof(Functions))]
    public void Who_saved_the_old_value_notices(string name)
    {
        Tensor w = Torch.Ones([3], requiresGrad: true), x = Torch.Tensor([0.25, 0.5, 0.75]);
        var y = w * x;
        typeof(Tensor).GetMethod(name, [])!.Invoke(x, null);
        Should.Throw<InvalidOperationException>(() => y.Sum().Backward()).Message.ShouldContain(name);
    }
}
