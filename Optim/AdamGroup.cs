namespace MiniTorch.Optim;

/// <summary>
/// The settings that <see cref="Adam"/> and its relatives have in common: two running averages, of the gradients and of their size, and a
/// quotient of the two. Each has a group of its own, with what it adds.
/// </summary>
public abstract class AdamGroup : ParamGroup, IHasMomentum
{
    private (double, double)? betas;
    private double? eps, weightDecay;
    private bool? maximize;

    /// <summary>β₁ and β₂: how much of the average of the gradients, and of that of their size, is kept in a step.</summary>
    public (double, double) Betas { get => betas!.Value; set => betas = value; }

    /// <summary>ε: keeps the quotient finite.</summary>
    public double Eps { get => eps!.Value; set => eps = value; }

    /// <summary>λ: the strength of the weight decay.</summary>
    public double WeightDecay { get => weightDecay!.Value; set => weightDecay = value; }

    /// <summary>Whether to ascend.</summary>
    public bool Maximize { get => maximize!.Value; set => maximize = value; }

    /// <summary>β₁.</summary>
    double IHasMomentum.Momentum { get => Betas.Item1; set => Betas = (value, Betas.Item2); }

    /// <inheritdoc/>
    protected internal override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        betas = visitor.Field("betas", betas);
        eps = visitor.Field("eps", eps);
        weightDecay = visitor.Field("weight_decay", weightDecay);
        VisitBeforeMaximize(visitor);
        maximize = visitor.Field("maximize", maximize);
    }

    /// <summary>Visits what a relative adds and PyTorch saves before <c>maximize</c>; what comes after it belongs into <see cref="Visit"/>.</summary>
    protected virtual void VisitBeforeMaximize(FieldVisitor visitor)
    {
    }

    /// <inheritdoc/>
    protected internal override void Validate(Requirements must)
    {
        base.Validate(must);
        must.BeAFraction(Betas.Item1);
        must.BeAFraction(Betas.Item2);
        must.NotBeNegative(Eps);
        must.NotBeNegative(WeightDecay);
    }
}

/// <summary>What <see cref="Adam"/> and its nearest relatives remember of a parameter.</summary>
public abstract class AdamBuffers : ParamBuffers
{
    /// <summary>Averages that begin at 0, of the parameter's shape and dtype.</summary>
    protected AdamBuffers(Tensor parameter) => (ExpAvg, ExpAvgSq) = (parameter.ZerosLike(), parameter.ZerosLike());

    /// <summary>t: how many steps the parameter has made.</summary>
    public double Step { get; protected internal set; }

    /// <summary>m: the running average of the gradients.</summary>
    public Tensor ExpAvg { get; private set; }

    /// <summary>v: the running average of their squares.</summary>
    public Tensor ExpAvgSq { get; private set; }

    /// <inheritdoc/>
    protected internal override void Visit(FieldVisitor visitor)
    {
        Step = visitor.Field("step", Step);
        ExpAvg = visitor.Field("exp_avg", ExpAvg);
        ExpAvgSq = visitor.Field("exp_avg_sq", ExpAvgSq);
    }
}
