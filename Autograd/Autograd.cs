namespace MiniTorch;

/// <summary>Differentiation, as <c>torch.autograd</c>.</summary>
public static partial class Autograd
{
    /// <summary>The sum of the gradients of several tensors with respect to every leaf behind them, added to the leaves' <c>Grad</c>.</summary>
    /// <param name="tensors">The results to differentiate.</param>
    /// <param name="gradTensors">One incoming gradient per result; null stands for 1 where the result has one element.</param>
    /// <param name="retainGraph">Keep what the graph saved, to run it again; by default the value of <paramref name="createGraph"/>.</param>
    /// <param name="createGraph">Record the computation of the gradients, for derivatives of higher order.</param>
    /// <param name="inputs">Accumulate into these tensors only.</param>
    /// <exception cref="InvalidOperationException">A result requires no gradient, is no scalar and has no incoming gradient, or its graph was released.</exception>
    public static void Backward(
        IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor?>? gradTensors = null, bool? retainGraph = null, bool createGraph = false, IReadOnlyList<Tensor>? inputs = null)
    {
        var (roots, seeds) = Roots(tensors, gradTensors, "Backward");
        if (inputs is null)
        {
            Engine.Backward(roots, seeds, retainGraph ?? createGraph, createGraph);
            return;
        }
        var grads = Engine.Grad(roots, seeds, Inputs(inputs, "Backward"), retainGraph ?? createGraph, createGraph);
        for (int i = 0; i < grads.Length; i++)
            if (grads[i] is { } g) inputs[i].Accumulate(g, false, createGraph);
    }

    /// <summary>The sum of the gradients of <paramref name="outputs"/> with respect to each of <paramref name="inputs"/>, returned instead of accumulated.</summary>
    /// <param name="outputs">The results to differentiate.</param>
    /// <param name="inputs">The tensors to differentiate by: leaves or results in between.</param>
    /// <param name="gradOutputs">One incoming gradient per output; null stands for 1 where the output has one element.</param>
    /// <param name="retainGraph">Keep what the graph saved, to run it again; by default the value of <paramref name="createGraph"/>.</param>
    /// <param name="createGraph">Record the computation of the gradients, for derivatives of higher order.</param>
    /// <param name="allowUnused">Return null for an input that no output depends on, instead of an error; by default the value of <paramref name="materializeGrads"/>.</param>
    /// <param name="materializeGrads">Return zeros instead of null for such an input.</param>
    /// <exception cref="InvalidOperationException">An output or input requires no gradient, or an input is not used and <paramref name="allowUnused"/> is false.</exception>
    public static Tensor[] Grad(
        IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?>? gradOutputs = null, bool? retainGraph = null,
        bool createGraph = false, bool? allowUnused = null, bool materializeGrads = false)
    {
        var (roots, seeds) = Roots(outputs, gradOutputs, "Grad");
        var wanted = Inputs(inputs, "Grad");
        var grads = Engine.Grad(roots, seeds, wanted, retainGraph ?? createGraph, createGraph);
        for (int i = 0; i < grads.Length; i++)
        {
            if (grads[i] is not null) continue;
            if (!(allowUnused ?? materializeGrads))
                throw new InvalidOperationException($"Grad: no output depends on input {i}{Called(wanted[i])}.  Pass allowUnused: true to get null for it.");
            if (materializeGrads) grads[i] = wanted[i].ZerosLike();
        }
        return grads!;
    }

    private static string Called(Tensor x) => x.Name is null ? $" (a {x.Shape} tensor)" : $" (`{x.Name}`)";

    private static Tensor[] Inputs(IReadOnlyList<Tensor> inputs, string op)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count == 0) throw new ArgumentException($"{op}: inputs is empty.", nameof(inputs));
        for (int i = 0; i < inputs.Count; i++)
            if (!inputs[i].RequiresGrad)
                throw new InvalidOperationException($"{op}: input {i}{Called(inputs[i])} does not require a gradient.  Set RequiresGrad before computing the output.");
        return [.. inputs];
    }

    /// <summary>The same for a single result.</summary>
    internal static void Backward(Tensor y, Tensor? gradient, bool? retainGraph, bool createGraph)
        => Engine.Backward([y], [Seed(y, gradient, "Backward")], retainGraph ?? createGraph, createGraph);

    private static (Tensor[] Roots, Tensor?[] Seeds) Roots(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor?>? gradients, string op)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        if (gradients is not null && gradients.Count != tensors.Count)
            throw new ArgumentException($"{op}: {tensors.Count} tensors but {gradients.Count} gradients.", nameof(gradients));
        var seeds = new Tensor?[tensors.Count];
        for (int i = 0; i < seeds.Length; i++) seeds[i] = Seed(tensors[i], gradients?[i], op);
        return ([.. tensors], seeds);
    }

    /// <summary>The gradient with which a pass begins: the one that is given; null for 1.</summary>
    private static Tensor? Seed(Tensor y, Tensor? gradient, string op)
    {
        if (!y.RequiresGrad)
            throw new InvalidOperationException($"{op}: this {y.Shape} tensor does not require a gradient and has no history.  Set RequiresGrad on a leaf before computing it, outside of NoGrad.");
        if (gradient is null)
        {
            return y.Count == 1 ? null : throw new InvalidOperationException(
                $"{op}: a tensor of shape {y.Shape} is no scalar, so its gradient is not determined.  Reduce it first (y.Sum().Backward()), or pass the gradient: y.Backward(gradient).");
        }
        if (gradient.Shape != y.Shape)
            throw new ArgumentException($"{op}: a gradient of shape {gradient.Shape} does not fit a tensor of shape {y.Shape}.", "gradients");
        return gradient.To(y.DType);
    }
}

public static partial class Torch
{
    /// <summary>The gradients of one output with respect to each input, returned instead of accumulated: <c>torch.autograd.grad</c>.</summary>
    /// <inheritdoc cref="Autograd.Grad"/>
    public static Tensor[] Grad(
        Tensor output, IReadOnlyList<Tensor> inputs, Tensor? gradOutput = null, bool? retainGraph = null,
        bool createGraph = false, bool? allowUnused = null, bool materializeGrads = false)
        => Autograd.Grad([output], inputs, [gradOutput], retainGraph, createGraph, allowUnused, materializeGrads);

    /// <summary>The gradient of one output with respect to one input: <c>torch.autograd.grad(y, x)[0]</c>.</summary>
    /// <inheritdoc cref="Autograd.Grad"/>
    public static Tensor Grad(
        Tensor output, Tensor input, Tensor? gradOutput = null, bool? retainGraph = null,
        bool createGraph = false, bool? allowUnused = null, bool materializeGrads = false)
        => Autograd.Grad([output], [input], [gradOutput], retainGraph, createGraph, allowUnused, materializeGrads)[0];

    /// <inheritdoc cref="Autograd.Grad"/>
    public static Tensor[] Grad(
        IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?>? gradOutputs = null, bool? retainGraph = null,
        bool createGraph = false, bool? allowUnused = null, bool materializeGrads = false)
        => Autograd.Grad(outputs, inputs, gradOutputs, retainGraph, createGraph, allowUnused, materializeGrads);
}
