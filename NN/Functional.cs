namespace MiniTorch.NN;

/// <summary>
/// The functions behind the modules, PyTorch's <c>torch.nn.functional</c>: <c>using F = MiniTorch.NN.Functional;</c> and then
/// <c>F.CrossEntropy(logits, target)</c>.
/// </summary>
public static partial class Functional
{
    /// <summary>An op in place: x becomes f(x), and keeps a copy of its value before where f's derivative will read it.</summary>
    private static Tensor InPlace(Tensor x, Change change, Func<Tensor, Tensor> f) => x.Become(f(x.Before(x.RequiresGrad, change)), change);

    /// <summary>The last step of a loss: the mean or the sum of its elements, or all of them.</summary>
    private static Tensor Reduced(Tensor loss, string reduction, string op) => reduction switch
    {
        "mean" => loss.Mean(),
        "sum" => loss.Sum(),
        "none" => loss,
        _ => throw NoReduction(reduction, op, "\"mean\", \"sum\" and \"none\""),
    };

    private static ArgumentException NoReduction(string reduction, string op, string known) => new($"{op}: reduction is one of {known}, got \"{reduction}\".", nameof(reduction));

    /// <summary>Input and target of a loss must have one shape.</summary>
    private static void CheckSameShape(Tensor input, Tensor target, string op)
    {
        if (input.Shape == target.Shape) return;
        string hint = input.Numel() == target.Numel()
            ? $"Did you mean target.Reshape({string.Join(", ", input.Shape)})?"
            : "Expand one of them first if they are to be broadcast.";
        throw new ArgumentException($"{op}: input {input.Shape} and target {target.Shape} differ in shape.  {hint}", nameof(target));
    }
}

/// <summary>The recorded ops of this assembly; each stands in the file of its function.</summary>
internal static partial class Ops
{
}
