namespace MiniTorch.Optim;

/// <summary>
/// Lowers the rates to 0 along a polynomial, over T epochs:
/// <code>
/// lr = base · (1 − min(t, T) / T)ᵖ
/// </code>
/// <para>Usual for segmentation (p = 0.9) and for fine-tuning transformers (p = 1, after a warm-up).</para>
/// </summary>
/// <remarks>As in PyTorch each rate follows from the one before, so a change in between is kept.</remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="totalIters">T: the number of epochs until the rates are 0.</param>
/// <param name="power">p: 1 for a straight line; above, the rates fall faster first and slower in the end.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class PolynomialLR(Optimizer optimizer, int totalIters = 5, double power = 1, int lastEpoch = -1) : RecurrentLR(optimizer, lastEpoch)
{
    /// <summary>T: the number of epochs until the rates are 0.</summary>
    public int TotalIters { get; private set; } = totalIters;

    /// <summary>p: the power of the polynomial.</summary>
    public double Power { get; private set; } = power;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
        => t == 0 || t > TotalIters ? lr : lr * Math.Pow(Remaining(t) / Remaining(t - 1), Power);

    /// <summary>1 − t / T: from 1 down to 0.</summary>
    private double Remaining(int t) => 1 - (double)t / TotalIters;

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        TotalIters = visitor.Field("total_iters", TotalIters);
        Power = visitor.Field("power", Power);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(TotalIters >= 1, nameof(TotalIters), "must be at least 1", TotalIters);
        must.NotBeNegative(Power);
    }
}
