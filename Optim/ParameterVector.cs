namespace MiniTorch.Optim;

/// <summary>Parameters as one long vector θ, for optimizers that move all of them together.</summary>
internal sealed class ParameterVector(Tensor[] parameters)
{
    /// <summary>Their gradients one after the other, copied; zeros for those that have none.</summary>
    internal Tensor Gradient() => Torch.Cat(Array.ConvertAll(parameters, p => (p.GradInternal?.Detach() ?? p.ZerosLike()).Reshape(-1)));

    /// <summary>θ ← θ + t·d</summary>
    internal void Move(double t, Tensor d)
    {
        int start = 0;
        foreach (var p in parameters)
        {
            p.Add_(d.Narrow(0, start, p.Count).Reshape(p.Shape), alpha: t);
            p.Storage.Changed(Change.Optimizer);
            start += p.Count;
        }
    }

    internal Tensor[] Copy() => Array.ConvertAll(parameters, p => p.Detach().Clone());

    internal void Restore(Tensor[] copy)
    {
        foreach (var (p, value) in parameters.Zip(copy))
        {
            p.Copy_(value);
            p.Storage.Changed(Change.Optimizer);
        }
    }
}

/// <summary>The line θ + t·d that begins where the parameters are.</summary>
internal sealed class Line(ParameterVector θ, Tensor d, Func<Tensor> closure)
{
    private readonly Tensor[] start = θ.Copy();

    /// <summary>The largest component of the direction.</summary>
    internal double Largest { get; } = d.Abs().Max().Item();

    /// <summary>Evaluates the closure at θ + t·d. The parameters return to the line's beginning, also if the closure fails.</summary>
    internal LinePoint At(double t)
    {
        θ.Move(t, d);
        try
        {
            double loss = closure().Item();
            var gradient = θ.Gradient();
            return new LinePoint(t, loss, gradient, gradient.Dot(d).Item());
        }
        finally
        {
            θ.Restore(start);
        }
    }
}

/// <summary>A point of a line.</summary>
/// <param name="T">How far along the direction it lies.</param>
/// <param name="Loss">The loss there.</param>
/// <param name="Gradient">The gradient there.</param>
/// <param name="Slope">The derivative of the loss by t.</param>
internal sealed record LinePoint(double T, double Loss, Tensor Gradient, double Slope);
