using System.Globalization;
using System.Reflection;
using Shouldly;

namespace MiniTorch.Tests;

/// <summary>What PyTorch has as a function and as a method is both here.</summary>
public class TorchFunctionsTests
{
    private const string PyTorch = """
        abs acos add addcdiv addcmul addmm all allclose amax amin any argmax argmin argsort asin atan bincount bitwise_and bitwise_not
        bitwise_or bitwise_xor bmm broadcast_to ceil chunk clamp clone cos cosh count_nonzero cummax cummin cumprod cumsum diag diagonal div
        dot eq equal erf exp expm1 flatten flip floor floor_divide fmod gather ge gt index_add index_put index_select isclose isfinite isinf
        isnan le lerp log log1p log2 log_softmax logical_and logical_not logical_or logical_xor logsumexp lt masked_fill masked_select matmul
        max maximum mean min minimum mm movedim mul mv narrow ne neg nonzero norm outer permute pow prod reciprocal remainder reshape roll
        round rsqrt scatter scatter_add select sigmoid sign sin sinh softmax sort split sqrt square squeeze std sub sum swapaxes
        take_along_dim tan tanh topk trace transpose tril triu trunc unbind unflatten unsqueeze var where
        """;

    public static TheoryData<string> Names => [.. PyTorch.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];

    [Theory, MemberData(nameof(Names))]
    public void Is_a_function_and_a_method(string name)
    {
        string ours = string.Concat(name.Split('_').Select(CultureInfo.InvariantCulture.TextInfo.ToTitleCase));
        typeof(Torch).GetMember(ours, BindingFlags.Public | BindingFlags.Static).ShouldNotBeEmpty($"Torch.{ours}");
        typeof(Tensor).GetMember(ours, BindingFlags.Public | BindingFlags.Instance).ShouldNotBeEmpty($"Tensor.{ours}");
    }

    /// <summary>Torch.F(input, …) takes and gives what input.F(…) does, defaults included.</summary>
    [Fact]
    public void Functions_have_the_signatures_of_the_methods()
    {
        var methods = typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance).Select(static m => Signature(m, skip: 0)).ToHashSet();
        typeof(Torch).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(static f => f.GetParameters() is [{ Name: "input" } input, ..] && input.ParameterType == typeof(Tensor) && f.ReturnType != typeof(void))
            .Where(static f => typeof(Tensor).GetMember(f.Name).Length > 0)
            .Select(static f => Signature(f, skip: 1)).Except(methods).ShouldBeEmpty();
    }

    private static string Signature(MethodInfo method, int skip)
        => $"{method.ReturnType.Name} {method.Name}({string.Join(", ", method.GetParameters().Skip(skip).Select(static p => $"{p.ParameterType} {p.Name} = {p.RawDefaultValue}"))})";
}
