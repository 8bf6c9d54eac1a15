using System.Numerics;
using MiniTorch.Kernels;
using Shouldly;

namespace MiniTorch.Tests.Kernels;

public class FusedTests
{
    /// <summary>Also without the instruction: run with DOTNET_EnableAVX2=0. Where c is the rounded −a·b, what is left is the rounding's error, or 0.</summary>
    [Fact]
    public void A_product_of_floats_is_not_rounded_before_the_sum()
    {
        var draw = new Random(1);
        for (int i = 0; i < 1000; i++)
        {
            float[] a = Drawn(), b = Drawn(), c = i % 2 > 0 ? Drawn() : [.. a.Zip(b, static (x, y) => -(x * y))];
            var fused = Fused.MultiplyAdd(new Vector<float>(a), new(b), new(c));
            for (int k = 0; k < a.Length; k++)
            {
                float once = MathF.FusedMultiplyAdd(a[k], b[k], c[k]);
                fused[k].ShouldBe(once);
                Fused.MultiplyAdd(a[k], b[k], c[k]).ShouldBe(once);
            }
        }

        float[] Drawn() => [.. Enumerable.Range(0, Vector<float>.Count).Select(_ => (float)(draw.NextDouble() * 2 - 1))];
    }
}
