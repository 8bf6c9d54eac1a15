using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

/// <summary>How the compiler is to treat methods.</summary>
internal static class Compile
{
    /// <summary>
    /// Of a loop that does the arithmetic: fully optimised at the first call, because the first steps of a training count too, and never made
    /// a part of its caller. There the compiler, which inlines only so much into one method, would leave the formula as calls: tanh was then
    /// five times slower, and only after a while, when the caller was found to be hot.
    /// <para>The price is that the packages cannot bring it compiled. So what draws random numbers does without: a model's weights are drawn
    /// once, before its first step.</para>
    /// </summary>
    internal const MethodImplOptions Kernel = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
