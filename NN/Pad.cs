namespace MiniTorch.NN;

public static partial class Functional
{
    /// <summary>Puts elements around the input, or crops it: <c>[…, h, w] → […, top + h + bottom, left + w + right]</c> for <c>[left, right, top, bottom]</c>.</summary>
    /// <param name="input">Any shape and dtype.</param>
    /// <param name="pad">Elements before and after, two numbers for each dimension, beginning with the last. Negative numbers crop.</param>
    /// <param name="mode">
    /// <c>"constant"</c>: <paramref name="value"/>; <c>"reflect"</c>: mirrored at the outermost element, which is not repeated; <c>"replicate"</c>: the outermost
    /// element again and again; <c>"circular"</c>: from the other end.
    /// </param>
    /// <param name="value">What is put there, for <c>"constant"</c>.</param>
    /// <exception cref="ArgumentException">An odd number of paddings, more than there are dimensions, an unknown mode, or too much to reflect or to wrap.</exception>
    public static Tensor Pad(Tensor input, ReadOnlySpan<int> pad, string mode = "constant", double value = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (pad.Length % 2 != 0 || pad.Length / 2 > input.Ndim)
            throw new ArgumentException($"Pad: expected two numbers for each of at most {input.Ndim} dimensions of {input.Shape}, beginning with the last, got [{string.Join(", ", pad.ToArray())}].", nameof(pad));
        if (mode is not ("constant" or "reflect" or "replicate" or "circular"))
            throw new ArgumentException($"Pad: mode is \"constant\", \"reflect\", \"replicate\" or \"circular\", got \"{mode}\".", nameof(mode));

        for (int i = 0; i < pad.Length / 2; i++)
        {
            int size = input.Shape[^(i + 1)], before = pad[2 * i], after = pad[2 * i + 1], most = Math.Max(before, after);
            if (before + size + after < 0)
                throw new ArgumentException($"Pad: {before} and {after} crop more than the {size} elements of dimension {input.Ndim - 1 - i} of {input.Shape}.", nameof(pad));
            if (most > 0 && (mode == "reflect" && most >= size || mode == "circular" && most > size || mode == "replicate" && size == 0))
                throw new ArgumentException($"Pad: cannot pad the {size} elements of dimension {input.Ndim - 1 - i} of {input.Shape} by {most} with mode \"{mode}\": there are {(mode == "circular" ? size : Math.Max(size - 1, 0))} to take.", nameof(pad));
        }
        if (!pad.ContainsAnyExcept(0)) return input.Clone();
        if (mode == "constant") return Ops.Pad.Of(input, pad.ToArray(), value);

        for (int i = 0; i < pad.Length / 2; i++)
            if (pad[2 * i] != 0 || pad[2 * i + 1] != 0) input = input.IndexSelect(-1 - i, Places(input.Shape[^(i + 1)], pad[2 * i], pad[2 * i + 1], mode));
        return input;
    }

    /// <summary>Which element stands at each place of the padded dimension.</summary>
    private static Tensor Places(int size, int before, int after, string mode)
    {
        var places = new long[before + size + after];
        for (int i = 0; i < places.Length; i++)
        {
            int at = i - before;
            places[i] = mode switch
            {
                "reflect" => at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at,
                "replicate" => Math.Clamp(at, 0, size - 1),
                _ => (at + size) % size,
            };
        }
        return Torch.FromArray<long>(places, [places.Length]);
    }
}

internal static partial class Ops
{
    internal sealed class Pad : Node
    {
        private readonly int[] pad;

        internal static Tensor Of(Tensor x, int[] pad, double value)
        {
            var sizes = x.Shape.ToArray();
            for (int i = 0; i < pad.Length; i++) sizes[^(i / 2 + 1)] += pad[i];
            var y = Torch.Full(sizes, value, x.DType);
            Tensor from = x.Detach(), to = y;
            for (int i = 0; i < pad.Length / 2; i++)
            {
                from = Inside(from, i, -pad[2 * i], -pad[2 * i + 1]);
                to = Inside(to, i, pad[2 * i], pad[2 * i + 1]);
            }
            using (Torch.NoGrad()) to.Copy_(from);
            return Tensor.Recording(x) ? y.Record(new Pad(x, pad)) : y;
        }

        /// <summary>Without the elements before and after, where these numbers are positive.</summary>
        private static Tensor Inside(Tensor x, int fromEnd, int before, int after)
        {
            int size = x.Shape[^(fromEnd + 1)], start = Math.Clamp(before, 0, size);
            return x.Narrow(-1 - fromEnd, start, Math.Max(size - start - Math.Max(after, 0), 0));
        }

        private Pad(Tensor x, int[] pad)
            : base(x) => this.pad = pad;

        // y = x with a border   ⇒   dx = dy without it
        protected override Grads Backward(Tensor dy) => Of(dy, [.. pad.Select(static p => -p)], 0);
    }
}

/// <summary>Zeros around images: <c>[…, h, w] → […, top + h + bottom, left + w + right]</c>.</summary>
public class ZeroPad2d : Module<Tensor, Tensor>
{
    private readonly (int Left, int Right, int Top, int Bottom) padding;

    /// <summary>So many on all sides.</summary>
    public ZeroPad2d(int padding)
        : this((padding, padding, padding, padding))
    {
    }

    /// <summary>So many on each side.</summary>
    public ZeroPad2d((int Left, int Right, int Top, int Bottom) padding) => this.padding = padding;

    /// <inheritdoc/>
    public override string ExtraRepr() => padding.ToString();

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Functional.Pad(x, [padding.Left, padding.Right, padding.Top, padding.Bottom]);
}
