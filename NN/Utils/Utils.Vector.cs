namespace MiniTorch.NN;

public static partial class Utils
{
    /// <summary>All elements of the parameters one after the other: a vector. Gradients flow through it.</summary>
    public static Tensor ParametersToVector(IEnumerable<Tensor> parameters) => Torch.Cat([.. parameters.Select(static p => p.Flatten())]);

    /// <summary>Copies slices of a vector into the parameters, the way back from <see cref="ParametersToVector"/>.</summary>
    /// <exception cref="ArgumentException">The vector has not as many elements as the parameters together.</exception>
    /// <remarks>PyTorch makes the parameters views of the vector, and ignores what is left over; here the values are copied.</remarks>
    public static void VectorToParameters(Tensor vec, IEnumerable<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(vec);
        Tensor[] all = [.. parameters];
        int needed = all.Sum(static p => p.Numel());
        if (vec.Ndim != 1 || vec.Numel() != needed)
            throw new ArgumentException($"VectorToParameters: the parameters have {needed} elements together, the vector has shape {vec.Shape}.", nameof(vec));
        using var _ = GradMode.Off();
        int at = 0;
        foreach (var p in all)
        {
            p.Copy_(vec.Narrow(0, at, p.Numel()).Reshape(p.Shape));
            at += p.Numel();
        }
    }
}
