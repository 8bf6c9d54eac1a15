using MiniTorch.NN;
using F = MiniTorch.NN.Functional;

namespace MiniTorch.Tests;

/// <summary>Embedding, and recurrent layers of one direction. See Goldens/rows_recurrent.py.</summary>
internal static partial class OpTable
{
    private static IEnumerable<Op> Recurrences =>
    [
        new("embedding", (i, w) => F.Embedding(i, w)),
        new("embedding.padding_idx", (i, w) => F.Embedding(i, w, paddingIdx: 2)),
        new("embedding.padding_idx_negative", (i, w) => F.Embedding(i, w, paddingIdx: -1)),
        new("embedding.scale_grad_by_freq", (i, w) => F.Embedding(i, w, scaleGradByFreq: true)),
        new("lstm", 7, Lstm),
        new("lstm.no_bias", 5, Lstm),
        new("gru", 6, x => OneState(new Ops.Gru(reverse: false), x)),
        new("gru.no_bias", 4, x => OneState(new Ops.Gru(reverse: false), x)),
        new("rnn_tanh", 6, x => OneState(new Ops.RnnTanh(reverse: false), x)),
        new("rnn_relu", 6, x => OneState(new Ops.RnnRelu(reverse: false), x)),
    ];

    private static Tensor[] Lstm(Tensor[] x)
    {
        var (y, c) = new Ops.Lstm(reverse: false).OverTime(x[0], x[1].Select(0, 0), x[2].Select(0, 0), Weights(x[3..]));
        return [y, y.Narrow(0, y.Shape[0] - 1, 1), c!.Unsqueeze(0)];
    }

    private static Tensor[] OneState<TCell>(Ops.Recurrence<TCell> op, Tensor[] x)
        where TCell : struct, MiniTorch.Kernels.IRecurrentCell
    {
        var y = op.OverTime(x[0], x[1].Select(0, 0), null, Weights(x[2..])).Y;
        return [y, y.Narrow(0, y.Shape[0] - 1, 1)];
    }

    private static RecurrentWeights Weights(Tensor[] w) => w.Length == 2 ? new(w[0], w[1]) : new(w[0], w[1], w[2], w[3]);
}
