namespace MiniTorch;

public static partial class Autograd
{
    /// <summary>
    /// Compares the gradients that <see cref="Grad"/> computes for a function with those of central differences,
    /// <c>(f(x + eps) − f(x − eps)) / 2eps</c>, for every element of every input that requires a gradient and of every output. A failure
    /// says which element is off, by how much, and, where the numbers show it, what kind of mistake it is.
    /// </summary>
    /// <param name="func">The function, of the inputs in their order. It must be deterministic and leave its inputs as they are.</param>
    /// <param name="inputs">Where to compare: Float64 tensors, at least one of which requires a gradient.</param>
    /// <param name="eps">How far each element is moved.</param>
    /// <param name="atol">The error allowed beside <paramref name="rtol"/>: <c>|analytic − numeric| ≤ atol + rtol · |numeric|</c>.</param>
    /// <param name="rtol">The error allowed in proportion to the numeric derivative.</param>
    /// <param name="raiseException">False: return false on a failure instead of throwing.</param>
    /// <param name="nondetTol">How far two runs, forward or backward, may differ.</param>
    /// <param name="checkUndefinedGrad">Also run the derivative of a function with several outputs when only some of them have a gradient.</param>
    /// <param name="checkGradDtypes">Also demand that each gradient has the dtype of its input.</param>
    /// <returns>True when all agree.</returns>
    /// <exception cref="GradcheckException">The gradients differ, or a derivative fails one of the other checks.</exception>
    /// <exception cref="ArgumentException">The inputs cannot be checked: none requires a gradient, Float32, or elements that share memory.</exception>
    /// <remarks>
    /// As <c>torch.autograd.gradcheck</c>, without its arguments for batched gradients, forward mode, the fast mode and sparse tensors, which
    /// do not exist here. Stricter in three ways: PyTorch only warns about Float32; a function that draws random numbers is named as
    /// such; and a derivative must be linear in the incoming gradient (PyTorch's check lets <c>dy · dy</c> pass).
    /// The inputs, their <see cref="Tensor.Grad"/>, and the random generator are left as they were.
    /// </remarks>
    public static bool Gradcheck(
        Func<Tensor[], Tensor[]> func, IReadOnlyList<Tensor> inputs, double eps = 1e-6, double atol = 1e-5, double rtol = 1e-3,
        bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
    {
        ArgumentNullException.ThrowIfNull(func);
        ArgumentNullException.ThrowIfNull(inputs);
        var check = new GradientCheck("Gradcheck", func, [.. inputs], new(eps, atol, rtol, nondetTol, checkUndefinedGrad, checkGradDtypes));
        return Passes(check, raiseException);
    }

    /// <inheritdoc cref="Gradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, double, double, double, bool, double, bool, bool)"/>
    public static bool Gradcheck(
        Func<Tensor[], Tensor> func, IReadOnlyList<Tensor> inputs, double eps = 1e-6, double atol = 1e-5, double rtol = 1e-3,
        bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
        => Gradcheck(Several(func), inputs, eps, atol, rtol, raiseException, nondetTol, checkUndefinedGrad, checkGradDtypes);

    /// <summary>Compares the gradient of a function of one tensor with central differences: <c>Gradcheck(x => x.Exp(), x)</c>.</summary>
    /// <inheritdoc cref="Gradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, double, double, double, bool, double, bool, bool)"/>
    public static bool Gradcheck(
        Func<Tensor, Tensor> func, Tensor inputs, double eps = 1e-6, double atol = 1e-5, double rtol = 1e-3,
        bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
        => Gradcheck(Several(func), [inputs], eps, atol, rtol, raiseException, nondetTol, checkUndefinedGrad, checkGradDtypes);

    /// <summary>Compares the gradients of a function of two tensors with central differences: <c>Gradcheck((a, b) => a.Matmul(b), [a, b])</c>.</summary>
    /// <inheritdoc cref="Gradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, double, double, double, bool, double, bool, bool)"/>
    public static bool Gradcheck(
        Func<Tensor, Tensor, Tensor> func, IReadOnlyList<Tensor> inputs, double eps = 1e-6, double atol = 1e-5, double rtol = 1e-3,
        bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
        => Gradcheck(Several(func, inputs), inputs, eps, atol, rtol, raiseException, nondetTol, checkUndefinedGrad, checkGradDtypes);

    /// <summary>
    /// Compares second derivatives with central differences: the gradients of a function, as a function of its inputs and of the incoming
    /// gradients, pass <see cref="Gradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, double, double, double, bool, double, bool, bool)"/>.
    /// </summary>
    /// <param name="func">The function, of the inputs in their order.</param>
    /// <param name="inputs">Where to compare: Float64 tensors, at least one of which requires a gradient.</param>
    /// <param name="gradOutputs">One incoming gradient per output that requires one; by default numbers between −1 and 1.</param>
    /// <param name="eps">How far each element is moved.</param>
    /// <param name="atol">The error allowed beside <paramref name="rtol"/>: <c>|analytic − numeric| ≤ atol + rtol · |numeric|</c>.</param>
    /// <param name="rtol">The error allowed in proportion to the numeric derivative.</param>
    /// <param name="raiseException">False: return false on a failure instead of throwing.</param>
    /// <param name="nondetTol">How far two runs, forward or backward, may differ.</param>
    /// <param name="checkUndefinedGrad">Also run the derivatives when only some gradients are there.</param>
    /// <param name="checkGradDtypes">Also demand that each gradient has the dtype of its input.</param>
    /// <returns>True when all agree.</returns>
    /// <exception cref="GradcheckException">The second derivatives differ.</exception>
    /// <exception cref="ArgumentException">The inputs cannot be checked, or the number of incoming gradients is not that of the outputs.</exception>
    /// <remarks>As <c>torch.autograd.gradgradcheck</c>, without its arguments for batched gradients, forward mode and the fast mode. First derivatives are not checked.</remarks>
    public static bool Gradgradcheck(
        Func<Tensor[], Tensor[]> func, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? gradOutputs = null, double eps = 1e-6,
        double atol = 1e-5, double rtol = 1e-3, bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
    {
        ArgumentNullException.ThrowIfNull(func);
        ArgumentNullException.ThrowIfNull(inputs);
        var settings = new GradientCheck.Settings(eps, atol, rtol, nondetTol, checkUndefinedGrad, checkGradDtypes);
        return Passes(GradientCheck.OfSecondOrder(func, [.. inputs], gradOutputs, settings), raiseException);
    }

    /// <inheritdoc cref="Gradgradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, IReadOnlyList{Tensor}?, double, double, double, bool, double, bool, bool)"/>
    public static bool Gradgradcheck(
        Func<Tensor[], Tensor> func, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? gradOutputs = null, double eps = 1e-6,
        double atol = 1e-5, double rtol = 1e-3, bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
        => Gradgradcheck(Several(func), inputs, gradOutputs, eps, atol, rtol, raiseException, nondetTol, checkUndefinedGrad, checkGradDtypes);

    /// <inheritdoc cref="Gradgradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, IReadOnlyList{Tensor}?, double, double, double, bool, double, bool, bool)"/>
    public static bool Gradgradcheck(
        Func<Tensor, Tensor> func, Tensor inputs, Tensor? gradOutputs = null, double eps = 1e-6,
        double atol = 1e-5, double rtol = 1e-3, bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
        => Gradgradcheck(
            Several(func), [inputs], gradOutputs is null ? null : [gradOutputs], eps, atol, rtol, raiseException, nondetTol, checkUndefinedGrad, checkGradDtypes);

    /// <inheritdoc cref="Gradgradcheck(Func{Tensor[], Tensor[]}, IReadOnlyList{Tensor}, IReadOnlyList{Tensor}?, double, double, double, bool, double, bool, bool)"/>
    public static bool Gradgradcheck(
        Func<Tensor, Tensor, Tensor> func, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? gradOutputs = null, double eps = 1e-6,
        double atol = 1e-5, double rtol = 1e-3, bool raiseException = true, double nondetTol = 0.0, bool checkUndefinedGrad = true, bool checkGradDtypes = false)
        => Gradgradcheck(Several(func, inputs), inputs, gradOutputs, eps, atol, rtol, raiseException, nondetTol, checkUndefinedGrad, checkGradDtypes);

    /// <summary>
    /// The derivatives of every element of an output by every element of each input that requires a gradient, from the graph behind it:
    /// one matrix per such input, <c>[elements of the input, elements of the output]</c>, zeros where there is no path.
    /// </summary>
    /// <param name="inputs">The tensors to differentiate by.</param>
    /// <param name="output">A result computed from them. Its graph is kept.</param>
    /// <exception cref="InvalidOperationException">The output has no history.</exception>
    public static Tensor[] GetAnalyticalJacobian(IReadOnlyList<Tensor> inputs, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(output);
        if (!output.RequiresGrad) throw new InvalidOperationException("GetAnalyticalJacobian: the output does not require a gradient and has no history.");
        return [.. Jacobian.Analytical([.. inputs], output).Select(j => j.ToTensor())];
    }

    /// <summary>
    /// The derivatives of a function's output by central differences: one matrix per input that requires a gradient,
    /// <c>[elements of the input, elements of the output]</c>.
    /// </summary>
    /// <param name="func">The function, of the inputs in their order.</param>
    /// <param name="inputs">Where to differentiate: Float64 tensors. They are moved in place and put back.</param>
    /// <param name="eps">How far each element is moved.</param>
    /// <exception cref="ArgumentException">No input requires a gradient, Float32, or elements that share memory.</exception>
    public static Tensor[] GetNumericalJacobian(Func<Tensor[], Tensor> func, IReadOnlyList<Tensor> inputs, double eps = 1e-3)
    {
        ArgumentNullException.ThrowIfNull(func);
        ArgumentNullException.ThrowIfNull(inputs);
        Tensor[] x = [.. inputs];
        GradientCheck.CheckInputs("GetNumericalJacobian", x);
        return [.. Jacobian.Numerical(Several(func), x, eps).Select(byOutput => byOutput[0].ToTensor())];
    }

    /// <inheritdoc cref="GetNumericalJacobian(Func{Tensor[], Tensor}, IReadOnlyList{Tensor}, double)"/>
    public static Tensor GetNumericalJacobian(Func<Tensor, Tensor> func, Tensor inputs, double eps = 1e-3)
        => GetNumericalJacobian(x => func(x[0]), [inputs], eps)[0];

    private static bool Passes(GradientCheck check, bool raiseException)
    {
        try
        {
            check.Run();
            return true;
        }
        catch (GradcheckException) when (!raiseException)
        {
            return false;
        }
    }

    private static Func<Tensor[], Tensor[]> Several(Func<Tensor[], Tensor> func)
    {
        ArgumentNullException.ThrowIfNull(func);
        return x => [func(x)];
    }

    private static Func<Tensor[], Tensor[]> Several(Func<Tensor, Tensor> func)
    {
        ArgumentNullException.ThrowIfNull(func);
        return x => [func(x[0])];
    }

    private static Func<Tensor[], Tensor[]> Several(Func<Tensor, Tensor, Tensor> func, IReadOnlyList<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(func);
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != 2) throw new ArgumentException($"Gradcheck: the function takes 2 tensors, but there are {inputs.Count} inputs.", nameof(inputs));
        return x => [func(x[0], x[1])];
    }
}

/// <summary>What a gradient check found: the message has the element, both numbers, both Jacobians and, where it was recognised, the kind of mistake.</summary>
public sealed class GradcheckException : Exception
{
    /// <summary>A check that failed for a reason without numbers.</summary>
    public GradcheckException(string message)
        : base(message)
    {
    }

    /// <summary>A check that failed because a derivative threw.</summary>
    public GradcheckException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>A check that failed without a message.</summary>
    public GradcheckException()
    {
    }

    /// <summary>The kind of mistake in one sentence; null when the numbers show none.</summary>
    public string? Diagnosis { get; init; }

    /// <summary>The derivatives from the graph, <c>[elements of the input, elements of the output]</c>; null when the check failed otherwise.</summary>
    public Tensor? Analytical { get; init; }

    /// <summary>The derivatives by central differences, <c>[elements of the input, elements of the output]</c>; null when the check failed otherwise.</summary>
    public Tensor? Numerical { get; init; }
}
