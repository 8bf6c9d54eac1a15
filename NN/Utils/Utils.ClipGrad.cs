namespace MiniTorch.NN;

/// <summary>PyTorch's <c>torch.nn.utils</c>: gradient clipping, and parameters as one vector.</summary>
public static partial class Utils
{
    /// <summary>
    /// Scales the gradients so that their norm, taken over all of them together, is at most <paramref name="maxNorm"/>. Call it between
    /// <c>Backward</c> and <c>Step</c>.
    /// </summary>
    /// <param name="parameters">Whose gradients; those without one are passed over.</param>
    /// <param name="maxNorm">The largest norm.</param>
    /// <param name="normType">The p of the norm; ∞ for the largest element.</param>
    /// <param name="errorIfNonfinite">True to throw, instead of scaling, when the norm is infinite or NaN.</param>
    /// <returns>The norm before.</returns>
    /// <exception cref="InvalidOperationException">The norm is infinite or NaN, and <paramref name="errorIfNonfinite"/> is set.</exception>
    public static Tensor ClipGradNorm_(IEnumerable<Tensor> parameters, double maxNorm, double normType = 2, bool errorIfNonfinite = false)
    {
        Tensor[] withGrad = [.. WithGrad(parameters)];
        var totalNorm = GetTotalNorm(Grads(withGrad), normType, errorIfNonfinite);
        ClipGradsWithNorm_(withGrad, maxNorm, totalNorm);
        return totalNorm;
    }

    /// <inheritdoc cref="ClipGradNorm_(IEnumerable{Tensor}, double, double, bool)"/>
    public static Tensor ClipGradNorm_(Tensor parameters, double maxNorm, double normType = 2, bool errorIfNonfinite = false)
        => ClipGradNorm_([parameters], maxNorm, normType, errorIfNonfinite);

    /// <summary>The norm of several tensors, taken over all of their elements together, as a 0-dim tensor.</summary>
    /// <param name="tensors">The tensors, gradients mostly.</param>
    /// <param name="normType">The p of the norm; ∞ for the largest element.</param>
    /// <param name="errorIfNonfinite">True to throw when the norm is infinite or NaN.</param>
    /// <exception cref="InvalidOperationException">The norm is infinite or NaN, and <paramref name="errorIfNonfinite"/> is set.</exception>
    public static Tensor GetTotalNorm(IEnumerable<Tensor> tensors, double normType = 2, bool errorIfNonfinite = false)
    {
        using var _ = GradMode.Off();
        Tensor[] norms = [.. tensors.Select(x => x.Norm(normType))];
        var total = norms.Length == 0 ? Torch.Tensor(0.0) : Torch.Stack(norms).Norm(normType);
        if (errorIfNonfinite && !total.Isfinite().Item<bool>())
            throw new InvalidOperationException($"ClipGradNorm_: the gradients' norm of order {normType} is {total.Item()}, so they cannot be clipped.  Look for an infinite loss, or pass errorIfNonfinite: false to scale them all the same.");
        return total;
    }

    /// <summary>Scales the gradients by maxNorm / (totalNorm + 1e-6), if that is below 1.</summary>
    /// <param name="parameters">Whose gradients; those without one are passed over.</param>
    /// <param name="maxNorm">The largest norm.</param>
    /// <param name="totalNorm">Their norm, from <see cref="GetTotalNorm"/>.</param>
    public static void ClipGradsWithNorm_(IEnumerable<Tensor> parameters, double maxNorm, Tensor totalNorm)
    {
        using var _ = GradMode.Off();
        var factor = (maxNorm / (totalNorm + 1e-6)).Clamp(max: 1.0);
        foreach (var g in Grads(WithGrad(parameters))) g.Mul_(factor);
    }

    /// <summary>Limits every element of the gradients to ±<paramref name="clipValue"/>.</summary>
    /// <param name="parameters">Whose gradients; those without one are passed over.</param>
    /// <param name="clipValue">The largest absolute value.</param>
    public static void ClipGradValue_(IEnumerable<Tensor> parameters, double clipValue)
    {
        using var _ = GradMode.Off();
        foreach (var g in Grads(WithGrad(parameters))) g.Clamp_(-clipValue, clipValue);
    }

    /// <inheritdoc cref="ClipGradValue_(IEnumerable{Tensor}, double)"/>
    public static void ClipGradValue_(Tensor parameters, double clipValue) => ClipGradValue_([parameters], clipValue);

    private static IEnumerable<Tensor> WithGrad(IEnumerable<Tensor> parameters) => parameters.Where(static p => p.GradInternal is not null);

    private static IEnumerable<Tensor> Grads(IEnumerable<Tensor> parameters) => parameters.Select(static p => p.GradInternal!.Detach());
}
