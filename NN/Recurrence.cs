using System.Numerics;
using MiniTorch.Kernels;

namespace MiniTorch.NN;

/// <summary>The weights of one layer in one direction, g gates of h units: <c>[g·h, in]</c>, <c>[g·h, h]</c>, two biases <c>[g·h]</c> or none, and an LSTM's projection <c>[p, h]</c>.</summary>
internal sealed record RecurrentWeights(Tensor Ih, Tensor Hh, Tensor? BiasIh = null, Tensor? BiasHh = null, Tensor? Hr = null);

internal static partial class Ops
{
    /// <summary>
    /// A recurrent layer in one direction over a whole sequence, as one op: from x <c>[t, n, in]</c>, the state h′ <c>[n, h]</c> (of an LSTM also
    /// c′) and the weights to h at all steps <c>[t, n, h]</c> (of an LSTM also the last c).
    /// <para>
    /// The input's share of the gates is one matrix product for all steps, the state's one per step; both meet in one pass
    /// (<see cref="Recurrent"/>), which leaves the gates where the input's share was. Backward the same way: per step one pass and one
    /// product, every few steps a product each for dW_ih and dW_hh, while their operands are still in the cache, and at the end one for dx.
    /// </para>
    /// </summary>
    internal abstract class Recurrence<TCell>(bool reverse) : MultiFunction
        where TCell : struct, IRecurrentCell
    {
        private const int RowsAtOnce = 128;                 // gates of so many examples and steps stay in the L2 cache until the weights' gradient has read them

        private Sequence? sequence;                         // what only the derivative reads

        private static int States => TCell.HasCellState ? 2 : 1;

        /// <summary>Runs the op; c is null for a cell without it.</summary>
        internal (Tensor Y, Tensor? C) OverTime(Tensor x, Tensor h, Tensor? c, RecurrentWeights w)
        {
            Tensor[] states = c is null ? [h] : [h, c], biases = w.BiasIh is null || w.BiasHh is null ? [] : [w.BiasIh, w.BiasHh];
            var y = Apply([x, .. states, w.Ih, w.Hh, .. biases]);
            if (!y[0].RequiresGrad) Release();               // nobody will ask for the derivative
            return (y[0], y.Length > 1 ? y[1] : null);
        }

        /// <summary>The same in ordinary ops: the readable meaning, and what is differentiated for derivatives of higher order.</summary>
        internal (Tensor Y, Tensor? C) Composed(Tensor x, Tensor h, Tensor? c, RecurrentWeights w)
        {
            var steps = x.Unbind(0);
            var y = new Tensor[steps.Length];
            for (int s = 0; s < steps.Length; s++)
            {
                int t = Sequence.Time(s, steps.Length, reverse);
                (h, c) = Step(steps[t], h, c, w);
                y[t] = h;
            }
            return (Torch.Stack(y), c);
        }

        /// <summary>One step in ordinary ops: <c>[n, in], [n, h] → [n, h]</c>.</summary>
        private protected abstract (Tensor H, Tensor? C) Step(Tensor x, Tensor h, Tensor? c, RecurrentWeights w);

        private static RecurrentWeights Weights(ReadOnlySpan<Tensor> x)
            => x.Length > States + 3 ? new(x[States + 1], x[States + 2], x[States + 3], x[States + 4]) : new(x[States + 1], x[States + 2]);

        internal override void Release()
        {
            base.Release();
            sequence?.Free();
            sequence = null;
        }

        // ---- forward ----------------------------------------------------------------------------------------------------

        protected override Tensor[] Forward(Tensor[] x)
        {
            foreach (var input in x) Save(input);
            var (w, dtype) = (Weights(x), x[0].DType);
            int steps = x[0].Shape[0], batch = x[0].Shape[1], size = x[1].Shape[1];
            var rows = Linear.Rows(x[0]).Contiguous();
            sequence = new Sequence(
                X: rows,
                H: x[1].Contiguous(),
                C: x[States].Contiguous(),
                Gates: MatrixProduct.Run(rows, w.Ih, transposeB: true, bias: w.BiasIh),
                Inner: new Tensor(TCell.HasInner ? [steps, batch, size] : [0], dtype),
                Y: new Tensor([steps, batch, size], dtype),
                reverse);
            var share = new Tensor([batch, TCell.Gates * size], dtype);
            var (whh, bias) = (steps > 1 ? w.Hh.T.Contiguous() : w.Hh.T, w.BiasHh?.Contiguous());        // row-major, so that no step has to reorder it
            Dispatch.Floats(dtype, new ForwardKernel(sequence, whh, bias, share), sequence, whh, bias, share);
            share.Storage.Return();
            Save(sequence.Y);
            return TCell.HasCellState ? [sequence.Y, sequence.Inner.Select(0, sequence.Time(steps - 1)).Clone()] : [sequence.Y];
        }

        private readonly struct ForwardKernel(Sequence sequence, Tensor whh, Tensor? bias, Tensor share) : IFloatKernel
        {
            void IFloatKernel.Run<T>()
            {
                int batch = share.Shape[0], gates = share.Shape[1], size = sequence.Size, row = whh.Strides[0], column = whh.Strides[1];
                ReadOnlySpan<T> w = whh.Rest<T>(), b = bias is null ? default : bias.Flat<T>();
                var shares = share.Flat<T>();
                for (int s = 0; s < sequence.Steps; s++)
                {
                    int t = sequence.Time(s);
                    Gemm.Run(batch, gates, size, sequence.HBefore<T>(s), size, 1, w, row, column, shares, gates, accumulate: false, b);
                    Recurrent.Forward<TCell, T>(
                        size, sequence.At<T>(sequence.Gates, t), shares, sequence.StateBefore<TCell, T>(s), sequence.At<T>(sequence.Inner, t), sequence.At<T>(sequence.Y, t));
                }
            }
        }

        // ---- backward ---------------------------------------------------------------------------------------------------

        protected override Grads Backward(Tensor?[] dy)
        {
            if (GradMode.Enabled) return ThroughSteps(dy);
            var x = Inputs();
            var (w, h, y) = (Weights(x), x[1], Saved(EdgeCount));
            var d = new Gradients(
                Y: dy[0]?.Contiguous() ?? Torch.ZerosLike(y),
                H: Torch.ZerosLike(h),
                C: TCell.HasCellState ? dy[1]?.Clone() ?? Torch.ZerosLike(h) : Torch.Zeros([0], h.DType),
                Gates: Torch.EmptyLike(sequence!.Gates),
                OfShare: TCell.HasOwnHiddenGradient ? Torch.EmptyLike(sequence.Gates) : null,
                Wih: NeedsInput(States + 1) ? Torch.ZerosLike(w.Ih) : null,
                Whh: Torch.ZerosLike(w.Hh));
            var whh = w.Hh.Contiguous();
            Dispatch.Floats(y.DType, new BackwardKernel(sequence, whh, d), sequence, whh, d);

            var dx = NeedsInput(0) ? d.Gates.Mm(w.Ih).Reshape(x[0].Shape) : null;
            var dBiasIh = w.BiasIh is null ? null : d.Gates.Sum(0);
            var dBiasHh = w.BiasHh is null || d.OfShare is null ? dBiasIh : d.OfShare.Sum(0);
            d.Free();
            Tensor?[] states = TCell.HasCellState ? [d.H, d.C] : [d.H], biases = w.BiasIh is null ? [] : [dBiasIh, dBiasHh];
            return [dx, .. states, d.Wih, d.Whh, .. biases];
        }

        private Tensor[] Inputs()
        {
            var x = new Tensor[EdgeCount];
            for (int i = 0; i < x.Length; i++) x[i] = Saved(i);
            return x;
        }

        private readonly struct BackwardKernel(Sequence sequence, Tensor whh, Gradients d) : IFloatKernel
        {
            void IFloatKernel.Run<T>()
            {
                int batch = d.H.Shape[0], gates = whh.Shape[0], size = sequence.Size, atOnce = Math.Max(RowsAtOnce / Math.Max(batch, 1), 1);
                Span<T> dh = d.H.Flat<T>(), dc = d.C.Flat<T>(), w = whh.Flat<T>();
                for (int s = sequence.Steps - 1; s >= 0; s--)
                {
                    int t = sequence.Time(s);
                    var dShare = sequence.At<T>(d.Share, t);
                    Recurrent.Backward<TCell, T>(
                        size, sequence.At<T>(sequence.Gates, t), sequence.StateBefore<TCell, T>(s), sequence.At<T>(sequence.Inner, t),
                        sequence.At<T>(d.Y, t), dh, dc, sequence.At<T>(d.Gates, t), dShare);
                    Gemm.Run(batch, size, gates, dShare, gates, 1, w, size, 1, dh, size, accumulate: true);
                    if (s % atOnce == 0) AddToWeights<T>(s, Math.Min(atOnce, sequence.Steps - s));
                }
            }

            // dW_ih = Σ dgateᵀ·x,   dW_hh = Σ dshareᵀ·h′, where h′ is the initial state at the first step, and y one step before at all others
            private void AddToWeights<T>(int first, int count)
                where T : unmanaged, INumberBase<T>
            {
                if (d.Wih is not null) Add(d.Wih, sequence.During<T>(d.Gates, first, count), sequence.During<T>(sequence.X, first, count));
                if (first == 0)
                {
                    Add(d.Whh, sequence.During<T>(d.Share, 0, 1), sequence.H.Flat<T>());
                    (first, count) = (1, count - 1);
                }
                if (count > 0) Add(d.Whh, sequence.During<T>(d.Share, first, count), sequence.During<T>(sequence.Y, first - 1, count));
            }

            private static void Add<T>(Tensor dw, Span<T> d, Span<T> x)
                where T : unmanaged, INumberBase<T>
            {
                int gates = dw.Shape[0], size = dw.Shape[1];
                Gemm.Run(gates, size, d.Length / gates, d, 1, gates, x, size, 1, dw.Flat<T>(), size, accumulate: true);
            }
        }

        /// <summary>The derivative as a graph of its own: that of the same steps in ordinary ops.</summary>
        private Grads ThroughSteps(Tensor?[] dy)
        {
            var x = Inputs();
            for (int i = 0; i < x.Length; i++) x[i] = NeedsInput(i) ? x[i].View(x[i].Shape) : x[i].Detach();     // a view: one tensor may be two inputs
            var (y, c) = Composed(x[0], x[1], TCell.HasCellState ? x[2] : null, Weights(x));
            (Tensor Y, Tensor Dy)[] outputs = [.. new[] { y, c! }.Zip(dy).Where(static o => o.Second is not null).Select(static o => (o.First, o.Second!))];
            var wanted = x.Where((_, i) => NeedsInput(i)).ToArray();
            var found = new Queue<Tensor?>(Autograd.Grad([.. outputs.Select(static o => o.Y)], wanted, [.. outputs.Select(static o => o.Dy)], createGraph: true, allowUnused: true));
            return [.. x.Select((_, i) => NeedsInput(i) ? found.Dequeue() : null)];
        }
    }

    /// <summary>The values of a layer at all steps, in the order of time; and the ways to one step.</summary>
    /// <param name="X">The input, a row per step and example.</param>
    /// <param name="H">h before the first step.</param>
    /// <param name="C">The LSTM's c before the first step.</param>
    /// <param name="Gates">The gates.</param>
    /// <param name="Inner">The LSTM's c, the GRU's hidden share of n.</param>
    /// <param name="Y">h.</param>
    /// <param name="Reverse">Do the steps go back in time?</param>
    internal sealed record Sequence(Tensor X, Tensor H, Tensor C, Tensor Gates, Tensor Inner, Tensor Y, bool Reverse)
    {
        internal int Steps => Y.Shape[0];

        internal int Size => Y.Shape[2];

        /// <summary>The time of a step.</summary>
        internal int Time(int step) => Time(step, Steps, Reverse);

        internal static int Time(int step, int steps, bool reverse) => reverse ? steps - 1 - step : step;

        /// <summary>The part of a tensor of all times that belongs to one.</summary>
        internal Span<T> At<T>(Tensor all, int time)
        {
            int n = all.Count / Steps;
            return all.Flat<T>().Slice(time * n, n);
        }

        /// <summary>The part that belongs to some steps: they lie side by side.</summary>
        internal Span<T> During<T>(Tensor all, int first, int count)
        {
            int n = all.Count / Steps;
            return all.Flat<T>().Slice(Math.Min(Time(first), Time(first + count - 1)) * n, count * n);
        }

        /// <summary>h as a step finds it.</summary>
        internal Span<T> HBefore<T>(int step) => step == 0 ? H.Flat<T>() : At<T>(Y, Time(step - 1));

        /// <summary>The state that a cell mixes in, as a step finds it: c where there is one, else h.</summary>
        internal Span<T> StateBefore<TCell, T>(int step)
            where TCell : struct, IRecurrentCell
            => !TCell.HasCellState ? HBefore<T>(step) : step == 0 ? C.Flat<T>() : At<T>(Inner, Time(step - 1));

        /// <summary>Gives back what nobody outside has seen.</summary>
        internal void Free()
        {
            Gates.Storage.Return();
            Inner.Storage.Return();
        }
    }

    /// <summary>The gradients of a layer; H and C run through time.</summary>
    internal sealed record Gradients(Tensor Y, Tensor H, Tensor C, Tensor Gates, Tensor? OfShare, Tensor? Wih, Tensor Whh)
    {
        /// <summary>Of the state's share of the gates: that of the gates, but for a cell that multiplies the share.</summary>
        internal Tensor Share => OfShare ?? Gates;

        internal void Free()
        {
            Gates.Storage.Return();
            OfShare?.Storage.Return();
        }
    }

    // ---- the cells in ordinary ops ------------------------------------------------------------------------------------------

    // i, f, o = σ(…),  g = tanh(…)   ⇒   c = f⊙c′ + i⊙g,   h = o ⊙ tanh c, or W_hr·(o ⊙ tanh c)
    internal sealed class Lstm(bool reverse) : Recurrence<LstmCell>(reverse)
    {
        private protected override (Tensor H, Tensor? C) Step(Tensor x, Tensor h, Tensor? c, RecurrentWeights w)
        {
            var gates = (Functional.Linear(x, w.Ih, w.BiasIh) + Functional.Linear(h, w.Hh, w.BiasHh)).Chunk(4, 1);
            Tensor i = gates[0].Sigmoid(), f = gates[1].Sigmoid(), g = gates[2].Tanh(), o = gates[3].Sigmoid();
            c = f * c! + i * g;
            h = o * c.Tanh();
            return (w.Hr is null ? h : Functional.Linear(h, w.Hr), c);
        }
    }

    // r, z = σ(…),  n = tanh(x + r⊙hidden)   ⇒   h = (1 − z)⊙n + z⊙h′
    internal sealed class Gru(bool reverse) : Recurrence<GruCell>(reverse)
    {
        private protected override (Tensor H, Tensor? C) Step(Tensor x, Tensor h, Tensor? c, RecurrentWeights w)
        {
            Tensor[] input = Functional.Linear(x, w.Ih, w.BiasIh).Chunk(3, 1), hidden = Functional.Linear(h, w.Hh, w.BiasHh).Chunk(3, 1);
            Tensor r = (input[0] + hidden[0]).Sigmoid(), z = (input[1] + hidden[1]).Sigmoid(), n = (input[2] + r * hidden[2]).Tanh();
            return ((1 - z) * n + z * h, null);
        }
    }

    /// <summary>Elman's network with <c>"tanh"</c> or <c>"relu"</c>.</summary>
    internal static Tensor Elman(string nonlinearity, bool reverse, Tensor x, Tensor h, RecurrentWeights w)
        => nonlinearity == "tanh" ? new RnnTanh(reverse).OverTime(x, h, null, w).Y : new RnnRelu(reverse).OverTime(x, h, null, w).Y;

    internal static string CheckNonlinearity(string nonlinearity, string op) => nonlinearity is "tanh" or "relu"
        ? nonlinearity
        : throw new ArgumentException($"{op}: nonlinearity is \"tanh\" or \"relu\", got \"{nonlinearity}\".", nameof(nonlinearity));

    // h = tanh(…)
    internal sealed class RnnTanh(bool reverse) : Recurrence<ElmanCell<TanhActivation>>(reverse)
    {
        private protected override (Tensor H, Tensor? C) Step(Tensor x, Tensor h, Tensor? c, RecurrentWeights w)
            => ((Functional.Linear(x, w.Ih, w.BiasIh) + Functional.Linear(h, w.Hh, w.BiasHh)).Tanh(), null);
    }

    // h = relu(…)
    internal sealed class RnnRelu(bool reverse) : Recurrence<ElmanCell<ReluActivation>>(reverse)
    {
        private protected override (Tensor H, Tensor? C) Step(Tensor x, Tensor h, Tensor? c, RecurrentWeights w)
            => ((Functional.Linear(x, w.Ih, w.BiasIh) + Functional.Linear(h, w.Hh, w.BiasHh)).Relu(), null);
    }
}
