using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch.Optim;

/// <summary>
/// The base of an optimizer whose equation treats each element by itself. It is written once, for a vector register of elements
/// (<see cref="IUpdate{T}"/> and its like), and runs in a single pass over the parameter, its gradient and its buffers, without
/// allocating.
/// </summary>
/// <typeparam name="TGroup">The type of its parameter groups.</typeparam>
/// <typeparam name="TBuffers">The type of what it remembers of a parameter.</typeparam>
public abstract class ElementwiseOptimizer<TGroup, TBuffers>(IEnumerable<TGroup> groups, TGroup defaults) : Optimizer<TGroup, TBuffers>(groups, defaults)
    where TGroup : ParamGroup, new()
    where TBuffers : ParamBuffers
{
    /// <summary>The equation, for elements of type <typeparamref name="T"/>: <c>pass.Run(new Equation&lt;T&gt;(group, ++b.Step), b.ExpAvg)</c>.</summary>
    protected abstract void Update<T>(Pass<T> pass, TGroup group, TBuffers buffers)
        where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>;

    /// <inheritdoc/>
    protected sealed override void Update(Tensor parameter, Tensor gradient, TGroup group, TBuffers buffers)
        => Dispatch.Floats(parameter.DType, new Kernel(this, parameter, gradient, group, buffers), parameter, gradient, buffers);

    /// <summary>A number of an equation in every lane of a register: computed in double, rounded to <typeparamref name="T"/> once.</summary>
    protected static Vector<T> Rounded<T>(double x)
        where T : INumberBase<T>
        => new(T.CreateTruncating(x));

    private readonly struct Kernel(ElementwiseOptimizer<TGroup, TBuffers> optimizer, Tensor parameter, Tensor gradient, TGroup group, TBuffers buffers) : IFloatKernel
    {
        void IFloatKernel.Run<T>() => optimizer.Update(new Pass<T>(parameter, gradient), group, buffers);
    }
}

/// <summary>An equation without buffers: changes the parameter θ by the gradient g.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IUpdate<T>
{
    /// <summary>The equation, over one vector register. Mark it for aggressive inlining.</summary>
    void Apply(ref Vector<T> θ, Vector<T> g);
}

/// <summary>An equation with one buffer.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IUpdate1<T>
{
    /// <inheritdoc cref="IUpdate{T}.Apply"/>
    void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a);
}

/// <summary>An equation with two buffers.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IUpdate2<T>
{
    /// <inheritdoc cref="IUpdate{T}.Apply"/>
    void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b);
}

/// <summary>An equation with three buffers.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IUpdate3<T>
{
    /// <inheritdoc cref="IUpdate{T}.Apply"/>
    void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c);
}

/// <summary>An equation with four buffers.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IUpdate4<T>
{
    /// <inheritdoc cref="IUpdate{T}.Apply"/>
    void Apply(ref Vector<T> θ, Vector<T> g, ref Vector<T> a, ref Vector<T> b, ref Vector<T> c, ref Vector<T> d);
}
