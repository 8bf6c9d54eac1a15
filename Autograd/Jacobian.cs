using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>The derivatives of every element of an output by every element of an input: a row per input element, a column per output element.</summary>
internal sealed class Jacobian(Tensor input, Tensor output)
{
    private readonly double[,] values = new double[input.Count, output.Count];

    internal Shape Input { get; } = input.Shape;

    internal Shape Output { get; } = output.Shape;

    internal int Rows => values.GetLength(0);

    internal int Columns => values.GetLength(1);

    /// <summary>False when no path in the graph leads from the output to the input.</summary>
    internal bool HasPath { get; private set; } = true;

    internal ref double this[int row, int column] => ref values[row, column];

    internal Tensor ToTensor() => Torch.Tensor(values, DType.Float64);

    /// <summary>From the graph behind an output: a backward pass per element, with a gradient of 1 there and 0 elsewhere.</summary>
    internal static Jacobian[] Analytical(Tensor[] inputs, Tensor output)
    {
        var wanted = Wanted(inputs);
        var jacobians = Array.ConvertAll(wanted, x => new Jacobian(x, output));
        for (int column = 0; column < output.Count; column++)
        {
            var seed = new double[output.Count];
            seed[column] = 1;
            var dx = VectorJacobian([output], [seed], wanted);
            for (int i = 0; i < dx.Length; i++)
            {
                jacobians[i].HasPath = dx[i] is not null;
                for (int row = 0; row < dx[i]?.Length; row++) jacobians[i][row, column] = dx[i]![row];
            }
        }
        return jacobians;
    }

    /// <summary>Σ dyₒ · ∂yₒ/∂x for each input, from the graph; null where there is no path. A null gradient means that none comes to this output.</summary>
    internal static double[]?[] VectorJacobian(Tensor[] outputs, double[]?[] dy, Tensor[] inputs)
    {
        int[] seeded = [.. Enumerable.Range(0, outputs.Length).Where(o => dy[o] is not null)];
        var gradients = Array.ConvertAll(seeded, o => Torch.FromArray<double>(dy[o]!, outputs[o].Shape).To(outputs[o].DType));
        var dx = Autograd.Grad(Array.ConvertAll(seeded, o => outputs[o]), inputs, gradients, retainGraph: true, allowUnused: true);
        return Array.ConvertAll(dx, g => (double[]?)g?.ToArray<double>());
    }

    /// <summary>By central differences: one matrix per input that requires a gradient, per output.</summary>
    internal static Jacobian[][] Numerical(Func<Tensor[], Tensor[]> func, Tensor[] inputs, double eps)
    {
        var outputs = func(inputs);
        return Array.ConvertAll(Wanted(inputs), x =>
        {
            var jacobians = Array.ConvertAll(outputs, y => new Jacobian(x, y));
            for (int row = 0; row < x.Count; row++)
            {
                var slopes = Slopes(func, inputs, x, row, -eps, eps);
                for (int o = 0; o < jacobians.Length; o++)
                {
                    if (slopes[o].Length != jacobians[o].Columns)
                        throw new GradcheckException($"Gradcheck: the shape of output {o} depends on the values of the inputs; such a function has no derivative.");
                    for (int column = 0; column < slopes[o].Length; column++) jacobians[o][row, column] = slopes[o][column];
                }
            }
            return jacobians;
        });
    }

    /// <summary>The slopes of all outputs between two values of one input element, given as distances from where it is.</summary>
    internal static double[][] Slopes(Func<Tensor[], Tensor[]> func, Tensor[] inputs, Tensor x, int element, double from, double to)
    {
        var (before, x0) = Moved(func, inputs, x, element, from);
        var (after, x1) = Moved(func, inputs, x, element, to);
        return [.. before.Zip(after, (f0, f1) => f0.Zip(f1, (y0, y1) => (y1 - y0) / (x1 - x0)).ToArray())];
    }

    /// <summary>The outputs with one input element moved, and where it was moved to. Autograd does not notice: no version is counted.</summary>
    private static (double[][] Outputs, double At) Moved(Func<Tensor[], Tensor[]> func, Tensor[] inputs, Tensor x, int element, double by)
    {
        ref double value = ref Unsafe.Add(ref x.First<double>(), Place(x, element) - x.Offset);
        double home = value, moved = home + by;
        value = moved;
        try
        {
            return (Array.ConvertAll(func(inputs), y => y.ToArray<double>()), moved);
        }
        finally
        {
            value = home;
            GC.KeepAlive(x);
        }
    }

    /// <summary>The index in the storage of a row-major element.</summary>
    internal static int Place(Tensor x, int element)
    {
        int place = x.Offset;
        for (int d = x.Ndim - 1; d >= 0; element /= x.Shape[d--]) place += element % x.Shape[d] * x.Strides[d];
        return place;
    }

    internal static Tensor[] Wanted(Tensor[] inputs) => Array.FindAll(inputs, x => x.RequiresGrad);
}
