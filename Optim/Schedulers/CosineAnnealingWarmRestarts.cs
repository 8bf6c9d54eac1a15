namespace MiniTorch.Optim;

/// <summary>
/// Lowers the rates along half a cosine, again and again, each time m times as slowly:
/// <code>
/// lr = η_min + (base − η_min) · (1 + cos(π · T_cur / Tᵢ)) / 2        T₀, T₁ = m · T₀, T₂ = m² · T₀, …
/// </code>
/// with T_cur the epochs since the last restart and Tᵢ the length of the period.
/// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (ICLR 2017, arXiv:1608.03983), equation 5.
/// <para>For a training of open length: just before each restart the model is a usable one. For a known length, <see cref="CosineAnnealingLR"/>.</para>
/// </summary>
/// <remarks>
/// As in PyTorch the rates come from the base rates alone: a change from outside is forgotten at the next step. Resuming by <c>lastEpoch</c>
/// finds the right period (PyTorch takes the first: pytorch#52236), and so does <see cref="Step(double)"/> at the very start of one, where
/// PyTorch's logarithm may round to the one before.
/// </remarks>
/// <param name="optimizer">The optimizer whose rates change.</param>
/// <param name="t0">T₀: the number of epochs until the first restart.</param>
/// <param name="tMult">m: how many times as long as the last each period is.</param>
/// <param name="etaMin">η_min: the lowest rate.</param>
/// <param name="lastEpoch">The epoch to resume after; −1 to start.</param>
public sealed class CosineAnnealingWarmRestarts(Optimizer optimizer, int t0, int tMult = 1, double etaMin = 0, int lastEpoch = -1)
    : RecurrentLR(optimizer, lastEpoch)
{
    private Place? now;                 // null: nothing but LastEpoch tells the place
    private Place next;

    /// <summary>T_cur of Tᵢ: the epochs since the last restart, and from that to the next.</summary>
    private readonly record struct Place(double Cur, long Length);

    /// <summary>T₀: the number of epochs until the first restart.</summary>
    public int T0 { get; private set; } = t0;

    /// <summary>m: how many times as long as the last each period is.</summary>
    public int TMult { get; private set; } = tMult;

    /// <summary>η_min: the lowest rate.</summary>
    public double EtaMin { get; private set; } = etaMin;

    /// <inheritdoc/>
    protected override double GetLr(int t, double lr, int group)
        => EtaMin + (BaseLrs[group] - EtaMin) * (1 + Math.Cos(Math.PI * next.Cur / next.Length)) / 2;

    /// <summary>
    /// Goes to any epoch, forwards or backwards, and between two epochs: <c>scheduler.Step(epoch + i / (double)batches)</c> after each batch.
    /// A <see cref="LRScheduler.Step()"/> then goes on from there.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative.</exception>
    public void Step(double epoch)
    {
        new Requirements(Name).Hold(epoch is >= 0 and <= int.MaxValue, nameof(epoch), "must not be negative", epoch);
        Run(rates => Prepare(rates, (int)Math.Floor(epoch), At(epoch)));
    }

    internal override Action Prepare(Rates rates) => Prepare(rates, LastEpoch + 1, now switch
    {
        null => At(LastEpoch + 1),
        { } place when place.Cur + 1 < place.Length => place with { Cur = place.Cur + 1 },
        { } place => new(place.Cur + 1 - place.Length, place.Length * TMult),
    });

    private Action Prepare(Rates rates, int t, Place place)
    {
        next = place;
        Action finish = base.Prepare(rates);
        return () =>
        {
            finish();
            (LastEpoch, now) = (t, place);
        };
    }

    private Place At(double epoch)
    {
        if (TMult == 1) return new(epoch % T0, T0);
        long start = 0, length = T0;
        for (; epoch - start >= length; length *= TMult) start += length;
        return new(epoch - start, length);
    }

    internal override void Rewind()
    {
        base.Rewind();
        now = null;
    }

    /// <inheritdoc/>
    protected override void Visit(FieldVisitor visitor)
    {
        base.Visit(visitor);
        T0 = visitor.Field("T_0", T0);
        TMult = visitor.Field("T_mult", TMult);
        EtaMin = visitor.Field("eta_min", EtaMin);
        double cur = visitor.Field("T_cur", now?.Cur ?? -1);
        long length = visitor.Field("T_i", now?.Length ?? T0);
        now = cur < 0 ? null : new(cur, length);
    }

    /// <inheritdoc/>
    protected override void Validate(Requirements must)
    {
        must.Hold(T0 >= 1, nameof(T0), "must be at least 1", T0);
        must.Hold(TMult >= 1, nameof(TMult), "must be at least 1", TMult);
        must.Hold(now is not { Length: < 1 }, "T_i", "must be at least 1", now?.Length);
        must.NotBeNegative(EtaMin);
    }
}
