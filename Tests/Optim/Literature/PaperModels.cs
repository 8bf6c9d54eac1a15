namespace MiniTorch.Tests.Optim;

/// <summary>One step of all weights of a group, in place; the gradient of a parameter that is to be skipped is null.</summary>
internal delegate void GroupStep(double[][] w, double[]?[] g);

/// <summary>
/// The optimizers as their papers write them, straight and in scalars: each is made for a learning rate and returns what moves a group.
/// They are the yardstick for our own code, and are written from the papers, not from it.
/// </summary>
internal static class PaperModels
{
    /// <summary>A method that moves each weight by itself: every weight gets its own <paramref name="newWeight"/>.</summary>
    private static GroupStep Each(Func<Func<double, double, double>> newWeight)
    {
        var weights = new Dictionary<(int, int), Func<double, double, double>>();
        return (w, g) =>
        {
            for (int p = 0; p < w.Length; p++)
            {
                for (int i = 0; i < w[p].Length && g[p] is not null; i++)
                {
                    if (!weights.TryGetValue((p, i), out var step)) weights[(p, i)] = step = newWeight();
                    w[p][i] = step(w[p][i], g[p]![i]);
                }
            }
        };
    }

    /// <summary>Dozat's m̄, as PyTorch's NAdam computes it, over Kingma's and Ba's u, as PyTorch's Adamax computes it.</summary>
    internal static GroupStep NadaMax(double lr, double β1 = 0.9, double β2 = 0.999, double ε = 1e-8, double decay = 0, double ψ = 4e-3) => Each(() =>
    {
        double m = 0, u = 0, product = 1;
        int t = 0;
        return (w, g) =>
        {
            t++;
            g += decay * w;
            double μ = β1 * (1 - 0.5 * Math.Pow(0.96, t * ψ)), μNext = β1 * (1 - 0.5 * Math.Pow(0.96, (t + 1) * ψ));
            product *= μ;
            m = β1 * m + (1 - β1) * g;
            u = Math.Max(β2 * u, Math.Abs(g) + ε);
            double mBar = μNext * m / (1 - product * μNext) + (1 - μ) * g / (1 - product);
            return w - lr * mBar / u;
        };
    });

    /// <summary>Luo et al., Algorithms 2 and 3, with the changes of the authors' code: corrected averages, γ, and bounds in proportion to lr.</summary>
    internal static GroupStep AdaBound(
        double lr, double β1 = 0.9, double β2 = 0.999, double finalLr = 0.1, double γ = 1e-3, double ε = 1e-8, double decay = 0, bool amsbound = false) => Each(() =>
    {
        double m = 0, v = 0, vMax = 0;
        int t = 0;
        return (w, g) =>
        {
            t++;
            g += decay * w;
            m = β1 * m + (1 - β1) * g;
            v = β2 * v + (1 - β2) * g * g;
            vMax = Math.Max(vMax, v);
            double root = Math.Sqrt(amsbound ? vMax : v) + ε;
            double stepSize = lr * Math.Sqrt(1 - Math.Pow(β2, t)) / (1 - Math.Pow(β1, t));
            double lower = finalLr * (1 - 1 / (γ * t + 1)), upper = finalLr * (1 + 1 / (γ * t));
            return w - Math.Clamp(stepSize / root, lower, upper) * m;
        };
    });

    /// <summary>Ma and Yarats, the rule of QHM.</summary>
    internal static GroupStep QHM(double lr, double β = 0.999, double ν = 0.7, double decay = 0, bool decoupled = false) => Each(() =>
    {
        double average = 0;
        return (w, g) =>
        {
            if (decoupled) w -= lr * decay * w;
            else g += decay * w;
            average = β * average + (1 - β) * g;
            return w - lr * ((1 - ν) * g + ν * average);
        };
    });

    /// <summary>Ma and Yarats, the rule of QHAdam, with the averages corrected as in Adam.</summary>
    internal static GroupStep QHAdam(
        double lr, double β1 = 0.9, double β2 = 0.999, double ν1 = 1, double ν2 = 1, double decay = 0, bool decoupled = false, double ε = 1e-8) => Each(() =>
    {
        double m = 0, s = 0;
        int t = 0;
        return (w, g) =>
        {
            t++;
            if (decoupled) w -= lr * decay * w;
            else g += decay * w;
            m = β1 * m + (1 - β1) * g;
            s = β2 * s + (1 - β2) * g * g;
            double mHat = m / (1 - Math.Pow(β1, t)), sHat = s / (1 - Math.Pow(β2, t));
            return w - lr * ((1 - ν1) * g + ν1 * mHat) / (Math.Sqrt((1 - ν2) * g * g + ν2 * sHat) + ε);
        };
    });

    /// <summary>Lucas et al., the rule of AggMo: velocities point downhill.</summary>
    internal static GroupStep AggMo(double lr, double[] βs, double decay = 0) => Each(() =>
    {
        double[] v = new double[βs.Length];
        return (w, g) =>
        {
            g += decay * w;
            for (int i = 0; i < βs.Length; i++) v[i] = βs[i] * v[i] - g;
            return w + lr / βs.Length * v.Sum();
        };
    });

    /// <summary>Keskar and Socher, Algorithm 1, its lines in their order; w is the whole group.</summary>
    internal static GroupStep SWATS(double lr, double β1 = 0.9, double β2 = 0.999, double ε = 1e-9, double tolerance = 1e-9, double decay = 0)
    {
        bool sgd = false;
        double λ = 0, Λ = 0;
        int k = 0;
        Dictionary<int, (int K, double[] M, double[] A, double[] V)> memory = [];
        return (w, g) =>
        {
            double pp = 0, pg = 0;
            for (int j = 0; j < w.Length; j++)
            {
                if (g[j] is null) continue;
                int n = w[j].Length;
                var (steps, m, a, v) = memory.TryGetValue(j, out var known) ? known : (0, new double[n], new double[n], new double[n]);
                memory[j] = (++steps, m, a, v);
                for (int i = 0; i < n; i++)
                {
                    double gi = g[j]![i] + decay * w[j][i];
                    if (sgd)
                    {
                        v[i] = β1 * v[i] + gi;
                        w[j][i] -= (1 - β1) * Λ * v[i];
                        continue;
                    }
                    m[i] = β1 * m[i] + (1 - β1) * gi;
                    a[i] = β2 * a[i] + (1 - β2) * gi * gi;
                    double p = -lr * Math.Sqrt(1 - Math.Pow(β2, steps)) / (1 - Math.Pow(β1, steps)) * m[i] / (Math.Sqrt(a[i]) + ε);
                    w[j][i] += p;
                    pp += p * p;
                    pg += p * gi;
                }
            }
            if (sgd || g.All(x => x is null)) return;
            k++;
            if (pg == 0) return;
            double γ = pp / -pg;
            λ = β2 * λ + (1 - β2) * γ;
            double corrected = λ / (1 - Math.Pow(β2, k));
            if (k > 1 && Math.Abs(corrected - γ) < tolerance) (sgd, Λ) = (true, corrected);
        };
    }
}
