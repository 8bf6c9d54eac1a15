namespace MiniTorch.Data;

/// <summary>
/// Fisher's 150 iris flowers, scikit-learn's <c>load_iris()</c>. A sample is four measures in centimetres <c>[4]</c> (Float32: length and
/// width of the sepal, length and width of the petal) and the species <c>[]</c> (Int64, 0 to 2).
/// </summary>
/// <remarks>
/// Source: R. A. Fisher (1936), <i>The use of multiple measurements in taxonomic problems</i>, Annals of Eugenics 7, 179–188; UCI Machine
/// Learning Repository, <see href="https://doi.org/10.24432/C56C76"/>, licensed under CC BY 4.0. In the form that scikit-learn distributes, which
/// has the numbers of the paper where two samples at UCI differ from it.
/// </remarks>
public sealed class Iris : TensorDataset
{
    private const int Rows = 150, Features = 4, Fold = 5;

    private Iris(Tensor data, Tensor targets)
        : base(data, targets)
    {
    }

    /// <summary>The names of the classes: setosa, versicolor, virginica, 50 flowers each, in this order.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["setosa", "versicolor", "virginica"];

    /// <summary>The names of the four measures.</summary>
    public static IReadOnlyList<string> FeatureNames { get; } = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];

    /// <summary>The measures: <c>[150, 4]</c>, Float32, in centimetres.</summary>
    public Tensor Data => Tensors[0];

    /// <summary>The species: <c>[150]</c>, Int64.</summary>
    public Tensor Targets => Tensors[1];

    /// <summary>The 120 samples that are not in <see cref="Test"/>, 40 of each species.</summary>
    public Subset<(Tensor Input, Tensor Target)> Train => Subset([.. Enumerable.Range(0, Rows).Where(static i => !IsTest(i))]);

    /// <summary>Every fifth sample, 30 in all, 10 of each species. The file is sorted by species, so its end would be one species only.</summary>
    public Subset<(Tensor Input, Tensor Target)> Test => Subset([.. Enumerable.Range(0, Rows).Where(IsTest)]);

    /// <summary>Reads the flowers, which are part of the assembly.</summary>
    public static Iris Load()
    {
        using var file = NumericCsv.Open("iris.csv");
        var table = NumericCsv.Read(file, "iris.csv", Rows, Features + 1, header: 1);
        return new(table[.., ..^1].Contiguous(), table[.., ^1].Long());
    }

    private static bool IsTest(int index) => index % Fold == Fold - 1;
}
