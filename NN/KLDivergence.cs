namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>The Kullback–Leibler divergence t·(ln t − x), element by element: how far a distribution x is from the true t.</summary>
    /// <param name="input">x: log-probabilities.</param>
    /// <param name="target">t: probabilities, or their logarithms with <paramref name="logTarget"/>; broadcast.</param>
    /// <param name="reduction"><c>"mean"</c> over all elements, <c>"batchmean"</c> for the true divergence (the sum divided by the size of dimension 0), <c>"sum"</c> or <c>"none"</c>.</param>
    /// <param name="logTarget">True when the target holds logarithms: eᵗ·(t − x).</param>
    public static Tensor KlDiv(Tensor input, Tensor target, string reduction = "mean", bool logTarget = false)
    {
        if (reduction is not ("mean" or "batchmean" or "sum" or "none")) throw NoReduction(reduction, "KlDiv", "\"mean\", \"batchmean\", \"sum\" and \"none\"");
        var loss = logTarget ? target.Exp() * (target - input) : Divergence(input, target);
        return reduction == "batchmean" && input.Ndim > 0 ? loss.Sum() / input.Shape[0] : Reduced(loss, reduction == "batchmean" ? "sum" : reduction, "KlDiv");
    }

    private static Tensor Divergence(Tensor input, Tensor target)
    {
        var (x, t) = Promotion.Common(Real(input, "KlDiv"), Real(target, "KlDiv"));
        Tensor y;
        using (GradMode.Off()) y = (t * t.Log()).MaskedFill(t.Eq(0), 0) - t * x;             // 0 ln 0 = 0
        return Tensor.Recording(x, t) ? y.Record(new Ops.KlDiv(x, t)) : y;
    }
}

internal static partial class Ops
{
    internal sealed class KlDiv : Node
    {
        internal KlDiv(Tensor x, Tensor t)
            : base(x, t)
        {
            Save(t.RequiresGrad ? x : null);
            Save(t);
        }

        // y = t(ln t − x)   ⇒   dx = −dy ⊙ t,   dt = dy ⊙ (ln t + t/t − x): NaN at t = 0, as in PyTorch
        protected override Grads Backward(Tensor dy) => [NeedsA ? -dy * B : null, NeedsB ? dy * (B.Log() + B / B - A) : null];
    }
}

/// <summary>The Kullback–Leibler divergence: <see cref="Functional.KlDiv"/>.</summary>
/// <param name="reduction"><c>"mean"</c>, <c>"batchmean"</c> (the true divergence), <c>"sum"</c> or <c>"none"</c>.</param>
/// <param name="logTarget">True when the target holds logarithms.</param>
public class KLDivLoss(string reduction = "mean", bool logTarget = false) : Module<Tensor, Tensor, Tensor>
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input, Tensor target) => Functional.KlDiv(input, target, reduction, logTarget);
}
