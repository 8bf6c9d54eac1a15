namespace MiniTorch.NN;

/// <summary>
/// Marks a tensor of a module as a buffer: state that is no parameter (running statistics), but moves with the module and is saved with it.
/// <code>[Buffer] private readonly Tensor runningMean = Torch.Zeros(3);       // "running_mean" in the state dict</code>
/// </summary>
/// <param name="persistent">False leaves the buffer out of the state dict.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class BufferAttribute(bool persistent = true) : Attribute
{
    /// <summary>True when the buffer is part of the state dict.</summary>
    public bool Persistent { get; } = persistent;
}

/// <summary>
/// Gives a parameter, module or buffer another name in the state dict than the snake_case form of the member's: <c>[Name("W1")]</c>.
/// The empty name puts the elements of a collection directly under the module: <c>0.weight</c> instead of <c>layers.0.weight</c>.
/// </summary>
/// <param name="name">The name, as PyTorch's attribute would be called.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class NameAttribute(string name) : Attribute
{
    /// <summary>The name in the state dict.</summary>
    public string Name { get; } = name;
}
