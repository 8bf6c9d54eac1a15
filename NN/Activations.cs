namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>The positive part: max(x, 0).</summary>
    public static Tensor Relu(Tensor input, bool inplace = false) => inplace ? input.Relu_() : input.Relu();
}

/// <summary>The positive part: max(x, 0).</summary>
/// <param name="inplace">True to overwrite the input.</param>
public class ReLU(bool inplace = false) : Module<Tensor, Tensor>
{
    /// <inheritdoc/>
    public override string ExtraRepr() => inplace ? "inplace=True" : "";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Relu(x, inplace);
}
