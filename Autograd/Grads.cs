using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// What a derivative returns: one gradient per input, null where none is needed. Written as a collection expression,
/// <c>[dy * b, dy * a]</c>, or for one input as the tensor itself. A struct: up to three gradients allocate nothing.
/// </summary>
[CollectionBuilder(typeof(Grads), nameof(Create))]
[SuppressMessage("Performance", "CA1815", Justification = "a return value, never compared")]
public readonly struct Grads : IEnumerable<Tensor?>
{
    private readonly Tensor? a, b, c;
    private readonly Tensor?[]? all;                                       // four and more

    private Grads(Tensor? a, Tensor? b, Tensor? c, Tensor?[]? all, int count) => (this.a, this.b, this.c, this.all, Count) = (a, b, c, all, count);

    /// <summary>The number of gradients, which must be the number of inputs.</summary>
    public int Count { get; }

    /// <summary>The gradient of one input.</summary>
    public Tensor? this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => all is not null ? all[index] : index switch { 0 => a, 1 => b, 2 => c, _ => null };
    }

    /// <summary>The builder behind <c>[da, db]</c>.</summary>
    public static Grads Create(ReadOnlySpan<Tensor?> grads) => grads.Length switch
    {
        0 => default,
        1 => new(grads[0], null, null, null, 1),
        2 => new(grads[0], grads[1], null, null, 2),
        3 => new(grads[0], grads[1], grads[2], null, 3),
        _ => new(null, null, null, grads.ToArray(), grads.Length),
    };

    /// <summary>The gradient of an op with one input.</summary>
    public static implicit operator Grads(Tensor? grad) => new(grad, null, null, null, 1);

    /// <summary>The gradients in the order of the inputs.</summary>
    public IEnumerator<Tensor?> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
