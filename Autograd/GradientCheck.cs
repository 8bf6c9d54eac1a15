namespace MiniTorch;

/// <summary>The procedure behind <c>Gradcheck</c> and <c>Gradgradcheck</c>.</summary>
internal sealed class GradientCheck(string op, Func<Tensor[], Tensor[]> func, Tensor[] inputs, GradientCheck.Settings settings)
{
    internal readonly record struct Settings(double Eps, double Atol, double Rtol, double NondetTol, bool CheckUndefinedGrad, bool CheckGradDtypes)
    {
        /// <summary>|analytic − numeric| ≤ atol + rtol · |numeric|; false for NaN.</summary>
        internal bool Close(double analytic, double numeric) => analytic == numeric || Math.Abs(analytic - numeric) <= Allowed(numeric);

        internal double Allowed(double numeric) => Atol + Rtol * Math.Abs(numeric);
    }

    private readonly Tensor[] wanted = Jacobian.Wanted(inputs);

    // In a check of second order the outputs are themselves gradients, and called after what they are the gradients of.
    private Func<int, string> outputName = o => $"output {o}";
    private Func<int, string> elementName = _ => "output";

    // ---- second order ----------------------------------------------------------------------------------------------------

    /// <summary>The check of (x, dy) ↦ dx, whose derivatives are the second ones of the function.</summary>
    internal static GradientCheck OfSecondOrder(Func<Tensor[], Tensor[]> func, Tensor[] inputs, IReadOnlyList<Tensor>? gradOutputs, Settings settings)
    {
        const string op = "Gradgradcheck";
        CheckInputs(op, inputs);
        Tensor[] outputs;
        using (Torch.EnableGrad()) outputs = Differentiable(func(inputs));
        if (gradOutputs is not null && gradOutputs.Count != outputs.Length)
            throw new ArgumentException($"{op}: {outputs.Length} outputs require a gradient, but there are {gradOutputs.Count} incoming gradients.", nameof(gradOutputs));

        var random = new Random(0);
        Tensor[] dy = gradOutputs is not null ? [.. gradOutputs] : Array.ConvertAll(
            outputs, y => Torch.FromArray<double>(Numbers(random, y.Count), y.Shape).Named(outputs.Length == 1 ? "dy" : $"dy{Array.IndexOf(outputs, y)}").RequiresGrad_());
        var wanted = Jacobian.Wanted(inputs);
        int[] used = [];
        return new GradientCheck(op, Gradient, [.. inputs, .. dy], settings)
        {
            outputName = o => $"the derivative by {Called(wanted[used[o]], Array.IndexOf(inputs, wanted[used[o]]))}",
            elementName = o => $"d{wanted[used[o]].Name ?? "input"}",
        };

        Tensor[] Gradient(Tensor[] all)
        {
            var dx = Autograd.Grad(
                Differentiable(func(all[..inputs.Length])), wanted, all[inputs.Length..], createGraph: true, allowUnused: true);
            used = [.. Enumerable.Range(0, dx.Length).Where(i => dx[i] is not null)];
            return Array.ConvertAll(used, i => dx[i]);
        }
    }

    // ---- the steps ---------------------------------------------------------------------------------------------------------

    internal void Run()
    {
        CheckInputs(op, inputs);
        var grads = Array.ConvertAll(inputs, x => x.GradInternal);        // an input that retains its gradient would collect them
        try
        {
            using (Torch.EnableGrad()) Check();
        }
        finally
        {
            for (int i = 0; i < inputs.Length; i++) inputs[i].GradInternal = grads[i];
        }
    }

    private void Check()
    {
        var all = Forward();
        var outputs = Differentiable(all);
        CheckOutputs(all, outputs);
        if (outputs.Length == 0)
        {
            CheckConstant();
            return;
        }
        var numerical = Jacobian.Numerical(x => Differentiable(func(x)), inputs, settings.Eps);
        for (int o = 0; o < outputs.Length; o++)
        {
            var analytical = Analytical(outputs, o);
            for (int i = 0; i < wanted.Length; i++) Compare(analytical[i], numerical[i][o], i, o, outputs[o]);
            CheckReentrant(analytical, outputs[o], o);
            CheckLinear(analytical, outputs[o], o);
        }
        if (outputs.Length > 1) CheckTogether(outputs);
        if (settings.CheckGradDtypes) CheckDtypes(outputs);
    }

    internal static void CheckInputs(string op, Tensor[] inputs)
    {
        if (!Array.Exists(inputs, x => x.RequiresGrad))
            throw new ArgumentException($"{op}: no input requires a gradient, so there is nothing to check.  Set RequiresGrad on those to check: x.RequiresGrad_().", nameof(inputs));
        for (int i = 0; i < inputs.Length; i++)
        {
            var x = inputs[i];
            if (!x.RequiresGrad) continue;
            if (x.DType != DType.Float64)
            {
                throw new ArgumentException(
                    $"{op}: {Called(x, i)} is {x.DType}, which rounds at about 1e-7 of its size: a difference over eps = 1e-6 would be noise.  " +
                    "Check in double precision: x.Detach().To(DType.Float64).RequiresGrad_().", nameof(inputs));
            }
            var places = new HashSet<int>();
            for (int e = 0; e < x.Count && !x.IsContiguous(); e++)
            {
                if (!places.Add(Jacobian.Place(x, e)))
                    throw new ArgumentException($"{op}: several elements of {Called(x, i)} (shape {x.Shape}, strides {Shape.Text(x.Strides)}) are the same memory, so none can be moved alone.  Pass x.Clone().", nameof(inputs));
            }
            for (int j = 0; j < inputs.Length; j++)
            {
                if (!ReferenceEquals(inputs[j], x) && ReferenceEquals(inputs[j].Storage, x.Storage) && Overlap(x, inputs[j]))
                    throw new ArgumentException($"{op}: {Called(x, i)} and {Called(inputs[j], j)} share memory: moving an element of one moves the other.  Pass a Clone() of one.", nameof(inputs));
            }
        }
    }

    private static bool Overlap(Tensor a, Tensor b)
    {
        var places = Enumerable.Range(0, a.Count).Select(e => Jacobian.Place(a, e)).ToHashSet();
        return Enumerable.Range(0, b.Count).Any(e => places.Contains(Jacobian.Place(b, e)));
    }

    /// <summary>The outputs, from the first of two runs that must agree.</summary>
    private Tensor[] Forward()
    {
        int[] versions = Array.ConvertAll(inputs, x => x.Storage.Version);
        var first = func(inputs);
        for (int i = 0; i < inputs.Length; i++)
            if (inputs[i].Storage.Version != versions[i])
                throw new GradcheckException($"{op}: the function changed {Called(inputs[i], i)} in place.  Work on a Clone() of it.");

        var second = func(inputs);
        for (int o = 0; o < first.Length; o++)
        {
            double[] a = first[o].ToArray<double>(), b = second[o].ToArray<double>();
            if (a.Length != b.Length || Largest(a, b) > settings.NondetTol)
            {
                throw new GradcheckException(
                    $"{op}: the function is not deterministic: two runs on the same inputs gave different values of {outputName(o)}.  " +
                    "If it draws random numbers (dropout), call Torch.ManualSeed(…) inside of it; for small differences pass nondetTol.");
            }
        }
        return first;
    }

    private void CheckOutputs(Tensor[] all, Tensor[] outputs)
    {
        for (int o = 0; o < outputs.Length; o++)
        {
            if (outputs[o].DType != DType.Float64)
            {
                throw new GradcheckException(
                    $"{op}: {outputName(Array.IndexOf(all, outputs[o]))} is {outputs[o].DType}, which rounds away what moving an input by {Text(settings.Eps)} changes.  " +
                    "Compute in Float64 throughout.");
            }
        }
    }

    /// <summary>No output requires a gradient: then none may depend on the inputs.</summary>
    private void CheckConstant()
    {
        foreach (var (byOutput, i) in Jacobian.Numerical(func, inputs, settings.Eps).Select((j, i) => (j, i)))
        {
            for (int o = 0; o < byOutput.Length; o++)
            {
                for (int row = 0; row < byOutput[o].Rows; row++)
                {
                    for (int column = 0; column < byOutput[o].Columns; column++)
                    {
                        if (settings.Close(0, byOutput[o][row, column])) continue;
                        throw new GradcheckException(
                            $"{op}: no output requires a gradient, but {outputName(o)} depends on {Called(wanted[i], Position(i))}.  " +
                            "Is it detached on the way: Detach(), Item(), ToArray(), or NoGrad?");
                    }
                }
            }
        }
    }

    /// <summary>The Jacobians of one output. The others have no gradient then, which a derivative must bear.</summary>
    private Jacobian[] Analytical(Tensor[] outputs, int o)
    {
        if (outputs.Length == 1) return Jacobian.Analytical(inputs, outputs[o]);
        try
        {
            return Jacobian.Analytical(inputs, outputs[o]);
        }
        catch (Exception e) when (settings.CheckUndefinedGrad && e is NullReferenceException or ArgumentNullException)
        {
            throw new GradcheckException(
                $"{op}: the derivative fails when only {outputName(o)}{GradientReport.MadeBy(outputs[o])} has a gradient: that of an output nothing used is null.  " +
                "Test for null, or add up with Sum(…).", e);
        }
    }

    private void Compare(Jacobian analytical, Jacobian numerical, int i, int o, Tensor output)
    {
        for (int row = 0; row < numerical.Rows; row++)
        {
            for (int column = 0; column < numerical.Columns; column++)
            {
                if (settings.Close(analytical[row, column], numerical[row, column])) continue;
                var report = new GradientReport(op, analytical, numerical, settings)
                {
                    Input = wanted[i],
                    InputName = Called(wanted[i], Position(i)),
                    Output = output,
                    OutputName = outputName(o),
                    ElementName = elementName(o),
                    Slopes = (element, from, to) => Jacobian.Slopes(x => Differentiable(func(x)), inputs, wanted[i], element, from, to)[o],
                };
                throw report.ToException();
            }
        }
    }

    private void CheckReentrant(Jacobian[] first, Tensor output, int o)
    {
        var second = Jacobian.Analytical(inputs, output);
        for (int i = 0; i < first.Length; i++)
            for (int row = 0; row < first[i].Rows; row++)
                for (int column = 0; column < first[i].Columns; column++)
                    if (Math.Abs(first[i][row, column] - second[i][row, column]) > settings.NondetTol)
                    {
                        throw new GradcheckException(
                            $"{op}: the derivative of {outputName(o)}{GradientReport.MadeBy(output)} by {Called(wanted[i], Position(i))} is not deterministic: run twice, it gives " +
                            $"{Text(first[i][row, column])} and {Text(second[i][row, column])}, although the first agrees with the numeric one.  Does it change what it saved?  For small differences pass nondetTol.");
                    }
    }

    /// <summary>A derivative is linear in the incoming gradient: its value at 0 is 0, and at any dy it is the Jacobian times dy.</summary>
    private void CheckLinear(Jacobian[] jacobians, Tensor output, int o)
    {
        var random = new Random(1);
        foreach (double[] dy in new[] { new double[output.Count], Numbers(random, output.Count) })
        {
            var dx = Jacobian.VectorJacobian([output], [dy], wanted);
            for (int i = 0; i < wanted.Length; i++)
            {
                for (int row = 0; row < dx[i]?.Length; row++)
                {
                    double expected = 0;
                    for (int column = 0; column < dy.Length; column++) expected += jacobians[i][row, column] * dy[column];
                    if (settings.Close(dx[i]![row], expected)) continue;
                    string what = Array.TrueForAll(dy, g => g == 0) ? "for dy = 0 it is not 0" : "for another dy than ones and zeros it gives something else";
                    throw new GradcheckException(
                        $"{op}: the derivative of {outputName(o)}{GradientReport.MadeBy(output)} by {Called(wanted[i], Position(i))} is not linear in dy: {what} " +
                        $"({Text(dx[i]![row])} instead of {Text(expected)} at {GradientReport.Element(wanted[i].Name ?? "input", wanted[i].Shape, row)}).  Is dy multiplied, exactly once?");
                }
            }
        }
    }

    /// <summary>Several outputs: the gradients that come together must give the sum of what each gives alone.</summary>
    private void CheckTogether(Tensor[] outputs)
    {
        var random = new Random(2);
        double[][] dy = Array.ConvertAll(outputs, y => Numbers(random, y.Count));
        var together = Jacobian.VectorJacobian(outputs, dy, wanted);
        var sum = Array.ConvertAll(wanted, x => new double[x.Count]);
        for (int o = 0; o < outputs.Length; o++)
        {
            var alone = Jacobian.VectorJacobian(outputs, [.. dy.Select((g, k) => k == o ? g : null)], wanted);
            for (int i = 0; i < sum.Length; i++)
                for (int row = 0; row < alone[i]?.Length; row++) sum[i][row] += alone[i]![row];
        }
        for (int i = 0; i < sum.Length; i++)
        {
            for (int row = 0; row < sum[i].Length; row++)
            {
                double both = together[i]?[row] ?? 0;
                if (settings.Close(both, sum[i][row])) continue;
                throw new GradcheckException(
                    $"{op}: when all {outputs.Length} outputs have a gradient, the derivative by {Called(wanted[i], Position(i))} is not the sum of what each gives alone " +
                    $"({Text(both)} instead of {Text(sum[i][row])} at {GradientReport.Element(wanted[i].Name ?? "input", wanted[i].Shape, row)}).  Is one of them left out?");
            }
        }
    }

    private void CheckDtypes(Tensor[] outputs)
    {
        var dx = Autograd.Grad(outputs, wanted, Array.ConvertAll(outputs, y => Torch.OnesLike(y)), retainGraph: true, allowUnused: true);
        for (int i = 0; i < dx.Length; i++)
            if (dx[i] is { } g && g.DType != wanted[i].DType)
                throw new GradcheckException($"{op}: the gradient of {Called(wanted[i], Position(i))} is {g.DType}, the input {wanted[i].DType}.");
    }

    // ---- small things -------------------------------------------------------------------------------------------------------

    private static Tensor[] Differentiable(Tensor[] outputs) => Array.FindAll(outputs, y => y.RequiresGrad && y.IsFloatingPoint());

    private int Position(int i) => Array.IndexOf(inputs, wanted[i]);

    private static string Called(Tensor x, int i) => x.Name is null ? $"input {i}" : $"input {i} (`{x.Name}`)";

    private static double[] Numbers(Random random, int count)
    {
        var numbers = new double[count];
        for (int i = 0; i < count; i++) numbers[i] = 2 * random.NextDouble() - 1;
        return numbers;
    }

    private static double Largest(double[] a, double[] b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
            if (!a[i].Equals(b[i])) largest = Math.Max(largest, double.IsNaN(a[i] - b[i]) ? double.PositiveInfinity : Math.Abs(a[i] - b[i]));
        return largest;
    }

    private static string Text(double value) => GradientReport.Text(value);
}
