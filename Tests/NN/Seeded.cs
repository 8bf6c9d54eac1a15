namespace MiniTorch.Tests;

/// <summary>Tests that seed the default generator run alone: it belongs to all threads.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Seeded
{
    public const string Name = "default generator";
}
