using MiniTorch.Examples;

// A numbered course: each example is one file, and reads from top to bottom.
Example[] course =
[
    new("gradients", "what a gradient is: the graph, backward, the numeric check, your own op", Gradients.Run),
    new("linear-regression", "fit a line: by hand, then with a module and an optimizer", LinearRegression.Run),
    new("xor", "the smallest network that has to learn something", Xor.Run),
    new("moons", "two interleaved half circles, and a picture of where the network draws the line", Moons.Run),
    new("digits", "a network on real handwritten digits, from the data to the test accuracy (the default)", Digits.Run),
    new("learning-rates", "the loss curves of a rate that is too small, right, and too large", LearningRates.Run),
    new("critical-points", "a flat point and a saddle: gradients, curvatures, and who gets past them", CriticalPoints.Run),
    new("optimizers", "a race of all optimizers over five surfaces, and a picture of every way", Optimizers.Run),
    new("schedules", "every learning-rate schedule as a curve", Schedules.Run),
    new("lr-finder", "a good learning rate from a hundred steps, with a band over several seeds", FindingARate.Run),
    new("random-search", "the same classifier by guessing, by random changes, and by the gradient", RandomSearch.Run),
];

bool quick = args.Contains("--quick");                             // a short run that shows that all works
string name = args.FirstOrDefault(a => !a.StartsWith('-')) ?? "digits";

if (name == "list")
{
    foreach (var (i, example) in course.Index())
        Console.WriteLine(args.Contains("--names") ? example.Name : $"{i + 1}. {example.Name,-18} {example.Summary}");
    return 0;
}

if (course.FirstOrDefault(e => e.Name == name) is not { } chosen)
{
    Console.Error.WriteLine($"There is no example `{name}`. There are: {string.Join(", ", course.Select(e => e.Name))}.");
    return 1;
}

chosen.Run(quick);
return 0;

internal sealed record Example(string Name, string Summary, Action<bool> Run);
