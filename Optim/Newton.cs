using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MiniTorch.Kernels;
using MiniTorch.NN;

namespace MiniTorch.Optim;

/// <summary>
/// Newton's method, for small problems: to where the loss would be flat if it were a quadratic, with the exact Hessian H.
/// <code>
/// (H + λI)·d = −g
/// θ ← θ + lr · d             with backtracking lr is halved until f(θ + lr · d) ≤ f(θ) + 1e-4 · lr · g·d
/// </code>
/// Nocedal and Wright, "Numerical optimization" (2006), section 3.3; the damping λ of Levenberg, "A method for the solution of certain
/// non-linear problems in least squares" (1944), here of a Hessian that is not approximated; the backtracking is Algorithm 3.1.
/// <para>Near a minimum the number of correct digits doubles with every step, and a quadratic takes one step. To see what curvature
/// does, and to reach a minimum to the last digit; for anything larger take <see cref="LBFGS"/>.</para>
/// <code>
/// var opt = new Newton([w]);
/// opt.Step(() =&gt; (w - target).Square().Sum());
/// </code>
/// </summary>
/// <remarks>
/// <b>Newton's method does not descend.</b> Without damping it goes to the nearest point where the gradient vanishes, and that may as well be
/// a saddle or a maximum. With λ larger than −(the smallest eigenvalue of H) the direction leads down; backtracking refuses one that does not.
/// <para>PyTorch has no such optimizer. The closure computes the loss and returns it; whether it calls <c>Backward</c> does not matter here,
/// so closures for other optimizers serve, and their graphs are kept until the step ends. Parameters on which the loss does not depend
/// stay as they are. A step that fails changes nothing.</para>
/// <para>A step of n parameters makes n + 2 backward passes, n³/3 multiplications and allocates n² numbers in Float64: at
/// 1000 parameters 8 MB. The equations are solved in Float64, whatever dtype H comes in.</para>
/// </remarks>
public sealed class Newton : JointOptimizer<Newton.Group, Newton.Buffers>
{
    private const int MaxHalvings = 50;

    /// <summary>Newton's method on these parameters.</summary>
    /// <param name="params">The parameters.</param>
    /// <param name="lr">How much of Newton's step is made; 1 is the method itself.</param>
    /// <param name="damping">λ: what is added to all eigenvalues of the Hessian. It shortens the step and turns it towards −g.</param>
    /// <param name="backtracking">Halve lr until the loss has fallen enough.</param>
    /// <param name="maxParameters">How many numbers the parameters may hold together.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the parameters are too many or cannot be optimized together.</exception>
    public Newton(IEnumerable<Tensor> @params, double lr = 1, double damping = 0, bool backtracking = false, int maxParameters = 1000)
        : this(GroupOf(@params), lr, damping, backtracking, maxParameters)
    {
    }

    /// <summary>Newton's method on parameters with names.</summary>
    /// <inheritdoc cref="Newton(IEnumerable{Tensor}, double, double, bool, int)"/>
    public Newton(IEnumerable<(string Name, Parameter Value)> @params, double lr = 1, double damping = 0, bool backtracking = false, int maxParameters = 1000)
        : this(GroupOf(@params), lr, damping, backtracking, maxParameters)
    {
    }

    /// <summary>Newton's method on one group of parameters; what the group does not set itself, it takes from the arguments.</summary>
    /// <inheritdoc cref="Newton(IEnumerable{Tensor}, double, double, bool, int)"/>
    [OverloadResolutionPriority(1)]
    public Newton(IEnumerable<Group> @params, double lr = 1, double damping = 0, bool backtracking = false, int maxParameters = 1000)
        : base(@params, new() { Lr = lr, Damping = damping, Backtracking = backtracking, MaxParameters = maxParameters })
    {
    }

    /// <inheritdoc/>
    protected override Buffers NewBuffers(Tensor parameter, Group group) => new();

    private protected override Tensor Minimize(Func<Tensor> closure, Group group)
    {
        Tensor loss;
        using (Engine.KeepGraphs()) loss = closure();
        Tensor[] candidates = Array.FindAll(group.Parameters, p => p.RequiresGrad);
        var gradients = candidates.Length == 0 ? [] : Torch.Grad(loss, candidates, createGraph: true, allowUnused: true);
        Tensor[] parameters = [.. candidates.Where((_, i) => gradients[i] is { Count: > 0 })];
        if (parameters.Length == 0) throw new InvalidOperationException("Newton: the loss does not depend on any of the parameters.");
        var θ = new ParameterVector(parameters);

        double[] g, h;
        using (Torch.EnableGrad())
        {
            var gradient = Torch.Cat([.. gradients.Where(x => x is { Count: > 0 }).Select(x => x.Reshape(-1))]);
            (g, h) = (gradient.ToArray<double>(), Hessian(gradient, parameters));
        }
        double[] step = Direction(g, h, group.Damping, loss.DType);
        var d = Torch.FromArray<double>(step).To(loss.DType);
        double t = group.Backtracking ? Backtrack(new Line(θ, d, closure), group.Lr, loss.Item(), TensorPrimitives.Dot<double>(g, step)) : group.Lr;
        θ.Move(t, d);
        return loss;
    }

    /// <summary>The derivatives of every element of the gradient, row-major: a backward pass for each.</summary>
    private static double[] Hessian(Tensor gradient, Tensor[] parameters)
    {
        int n = gradient.Count;
        double[] h = new double[n * n];
        if (!gradient.RequiresGrad) return h;                         // the loss is linear
        for (int i = 0, at = 0; i < n; i++)
        {
            foreach (var part in Torch.Grad(gradient[i], parameters, retainGraph: true, materializeGrads: true))
            {
                part.ToArray<double>().CopyTo(h, at);
                at += part.Count;
            }
        }
        return h;
    }

    /// <summary>d = −(H + λI)⁻¹·g</summary>
    private static double[] Direction(double[] g, double[] h, double λ, DType dtype)
    {
        int n = g.Length;
        for (int i = 0; i < n; i++) h[i * n + i] += λ;
        double largest = TensorPrimitives.MaxMagnitude<double>(h);
        double[] d = Array.ConvertAll(g, x => -x);
        if (LinearSystem.Solve(h, d, n * dtype.Eps() * Math.Abs(largest)) is not { } failure) return d;
        throw new InvalidOperationException(double.IsFinite(largest)
            ? $"Newton: the Hessian of the {n} parameters is singular: pivot {failure.Column} is {failure.Pivot:G3}, where its largest element is {largest:G3}.  Raise damping, now {λ}; nothing was changed."
            : $"Newton: the Hessian of the {n} parameters is not finite.  Begin elsewhere, or raise damping earlier; nothing was changed.");
    }

    /// <summary>The first of lr, lr/2, lr/4, … with which the loss falls enough; 0 if there is none, as at a minimum.</summary>
    private static double Backtrack(Line line, double t, double loss, double slope)
    {
        if (slope > 0)
            throw new InvalidOperationException($"Newton: the step climbs (g·d = {slope:G3}): the Hessian is not positive definite here.  Raise damping above −(its smallest eigenvalue); nothing was changed.");
        for (int i = 0; i < MaxHalvings; i++, t /= 2)
            if (line.At(t).Loss <= loss + 1e-4 * t * slope) return t;
        return 0;
    }

    /// <summary>The parameters with their settings.</summary>
    public sealed class Group : ParamGroup
    {
        private double? damping;
        private bool? backtracking;
        private int? maxParameters;

        /// <summary>λ: what is added to all eigenvalues of the Hessian.</summary>
        public double Damping { get => damping!.Value; set => damping = value; }

        /// <summary>Whether lr is halved until the loss has fallen enough.</summary>
        public bool Backtracking { get => backtracking!.Value; set => backtracking = value; }

        /// <summary>How many numbers the parameters may hold together.</summary>
        public int MaxParameters { get => maxParameters!.Value; set => maxParameters = value; }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
            base.Visit(visitor);
            damping = visitor.Field("damping", damping);
            backtracking = visitor.Field("backtracking", backtracking);
            maxParameters = visitor.Field("max_parameters", maxParameters);
        }

        /// <inheritdoc/>
        protected internal override void Validate(Requirements must)
        {
            base.Validate(must);
            must.NotBeNegative(Damping);
            long count = Parameters.Sum(p => (long)p.Count);
            must.Hold(count <= MaxParameters, "params", $"must hold at most maxParameters = {MaxParameters} numbers, as the Hessian has a row and a column for each", count);
        }
    }

    /// <summary>Newton's method remembers nothing.</summary>
    public sealed class Buffers : ParamBuffers
    {
        internal Buffers()
        {
        }

        /// <inheritdoc/>
        protected internal override void Visit(FieldVisitor visitor)
        {
        }
    }
}
