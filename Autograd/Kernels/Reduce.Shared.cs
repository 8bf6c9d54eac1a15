using System.Numerics;
using System.Runtime.CompilerServices;

namespace MiniTorch.Kernels;

internal static partial class Reduce
{
    private const int LeastLong = 1 << 20;              // elements from which a row is shared out: beyond the cache of one core
    private const int MostBranches = 64;

    /// <summary>
    /// <see cref="Row"/>, shared out among threads: they take the branches at one height of the same tree, and the caller folds those.
    /// </summary>
    internal static T LongRow<TFold, T>(ref T x, int n)
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        if (n < LeastLong) return Row<TFold, T>(ref x, n);
        int branches = 2;
        while (branches < MostBranches && n / branches >= LeastLong / 8) branches *= 2;
        Span<T> y = stackalloc T[MostBranches];
        Team.Run(branches, new Branches<TFold, T>(ref x, n, branches, y));
        for (; branches > 1; branches /= 2)
            for (int i = 0; i < branches / 2; i++) y[i] = TFold.One(y[2 * i], y[2 * i + 1]);
        return y[0];
    }

    private readonly ref struct Branches<TFold, T>(ref T x, int n, int branches, Span<T> y) : IChunks
        where TFold : struct, IFold
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        private readonly ref T x = ref x;
        private readonly Span<T> y = y;

        /// <summary>The way from the root to a branch is in the bits of its number: left for 0, right for 1.</summary>
        public void Run(int chunk)
        {
            int start = 0, count = n;
            for (int fork = branches / 2; fork > 0; fork /= 2)
            {
                int half = Half<T>(count);
                (start, count) = (chunk & fork) == 0 ? (start, half) : (start + half, count - half);
            }
            y[chunk] = Row<TFold, T>(ref Unsafe.Add(ref x, start), count);
        }
    }
}
