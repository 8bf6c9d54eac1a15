using static MiniTorch.Torch;

namespace MiniTorch.Examples;

/// <summary>A tour of what MiniTorch is about: what a gradient is, where it comes from, and how to know that it is right.</summary>
internal static class Gradients
{
    internal static void Run(bool quick)
    {
        Title("1. A function, and how it changes");
        var a = Tensor(2.0, requiresGrad: true).Named("a");
        var b = Tensor(3.0, requiresGrad: true).Named("b");
        var y = (a * b + a.Square()).Named("y");
        Console.WriteLine($"y = ab + a² = {y.Item()}   at a = {a.Item()}, b = {b.Item()}");
        y.Backward();
        Console.WriteLine($"dy/da = b + 2a = {a.Grad!.Item()}");
        Console.WriteLine($"dy/db = a      = {b.Grad!.Item()}");

        Title("2. The graph that was recorded on the way");
        Console.WriteLine(GraphView.ToMermaid(a * b + a.Square()));

        Title("3. Is it true? Nudge a by a little and look");
        double h = 1e-4;
        double up = (2 + h) * 3 + (2 + h) * (2 + h), down = (2 - h) * 3 + (2 - h) * (2 - h);
        Console.WriteLine($"(y(a + h) − y(a − h)) / 2h = {(up - down) / (2 * h):F6}");
        var m = Rand([3, 2], DType.Float64, requiresGrad: true);
        Autograd.Gradcheck(x => x.Tanh().Sum(0).Logsumexp(0), m);
        Console.WriteLine("Autograd.Gradcheck does this for every element of every input: passed.");

        Title("4. A derivative is a function too: second and third derivatives");
        var t = Tensor(0.5, requiresGrad: true);
        var f = t.Pow(3);
        var first = Grad(f, t, createGraph: true);
        var second = Grad(first, t, createGraph: true);
        var third = Grad(second, t);
        Console.WriteLine($"f = t³ at 0.5: f = {f.Item()}, f′ = 3t² = {first.Item()}, f″ = 6t = {second.Item()}, f‴ = {third.Item()}");

        Title("5. Your own op: forward above, derivative below");
        var x = Tensor([-1.0, 0.5, 2.0], DType.Float64, requiresGrad: true);
        var cubed = new Cube().Apply(x);
        cubed.Sum().Backward();
        Console.WriteLine($"x³     = {cubed.Detach()}");
        Console.WriteLine($"dy/dx  = {x.Grad}");
        Autograd.Gradcheck(x => new Cube().Apply(x), x);
        Autograd.Gradgradcheck(x => new Cube().Apply(x), x);
        Console.WriteLine("Its first and second derivative pass the check.");

        Title("6. And a wrong one is caught");
        try
        {
            Autograd.Gradcheck(x => new WrongCube().Apply(x), x);
        }
        catch (GradcheckException e)
        {
            Console.WriteLine(e.Message);
        }
    }

    private sealed class Cube : Function
    {
        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            return x[0] * x[0] * x[0];
        }

        // y = x³   ⇒   dx = 3x² · dy
        protected override Grads Backward(Tensor dy) => 3 * A.Square() * dy;
    }

    private sealed class WrongCube : Function
    {
        protected override Tensor Forward(Tensor[] x)
        {
            Save(x[0]);
            return x[0] * x[0] * x[0];
        }

        // y = x³   ⇒   dx = 2x² · dy ?
        protected override Grads Backward(Tensor dy) => 2 * A.Square() * dy;
    }

    private static void Title(string text) => Console.WriteLine($"{Environment.NewLine}{text}{Environment.NewLine}{new string('─', text.Length)}");
}
