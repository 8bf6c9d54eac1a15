namespace MiniTorch.Kernels;

/// <summary>What a pooling window covers of one dimension: every <paramref name="Step"/>-th element from <paramref name="Start"/> on, up to <paramref name="End"/>, exclusive.</summary>
/// <param name="Start">The first element inside of the input.</param>
/// <param name="End">Behind the last.</param>
/// <param name="Step">The dilation.</param>
/// <param name="Count">By how many elements an average is divided.</param>
internal readonly record struct Window(int Start, int End, int Step, int Count)
{
    /// <summary>Windows of one size, as a convolution has them.</summary>
    /// <param name="size">Elements of the input.</param>
    /// <param name="kernel">Elements of a window.</param>
    /// <param name="stride">Elements from a window to the next.</param>
    /// <param name="padding">Elements beside the input that the first window may cover; no element of them is ever read.</param>
    /// <param name="dilation">Elements from one of the window to the next.</param>
    /// <param name="ceilMode">True for a last window that sticks out at the end.</param>
    /// <param name="countPadding">Whether the padding counts in an average.</param>
    internal static Window[] Sliding(int size, int kernel, int stride, int padding, int dilation = 1, bool ceilMode = false, bool countPadding = false)
    {
        int room = size + 2 * padding - dilation * (kernel - 1) - 1;
        if (room < 0 && !(ceilMode && room + stride > 0)) return [];
        int windows = (room + (ceilMode ? stride - 1 : 0)) / stride + 1;
        if (ceilMode && (windows - 1) * stride >= size + padding) windows--;            // it would begin behind the input
        var result = new Window[windows];
        for (int i = 0; i < windows; i++)
        {
            int start = i * stride - padding, end = start + dilation * (kernel - 1) + 1;
            int inside = start < 0 ? start + (dilation - 1 - start) / dilation * dilation : start;
            int padded = Math.Min(end, size + padding) - start;
            end = Math.Min(end, size);
            result[i] = new(inside, end, dilation, countPadding ? padded : end - inside);
        }
        return result;
    }

    /// <summary>So many windows of about the same size, which together cover everything; they overlap where the sizes do not divide.</summary>
    internal static Window[] Adaptive(int size, int windows)
    {
        var result = new Window[windows];
        for (int i = 0; i < windows; i++)
        {
            int start = (int)((long)i * size / windows), end = (int)(((i + 1L) * size + windows - 1) / windows);
            result[i] = new(start, end, 1, end - start);
        }
        return result;
    }
}
