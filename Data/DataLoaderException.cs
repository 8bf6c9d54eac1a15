namespace MiniTorch.Data;

/// <summary>A sample could not be fetched, or a batch not be made. The inner exception is what the dataset or the collate function threw.</summary>
public sealed class DataLoaderException : InvalidOperationException
{
    internal DataLoaderException(string message, int? index, Exception inner)
        : base(message, inner) => Index = index;

    /// <summary>The index of the sample in the dataset (in a stream, how many came before it); null when a whole batch failed.</summary>
    public int? Index { get; }

    internal static DataLoaderException Sample(int index, Exception inner)
        => new($"DataLoader: sample {index} could not be fetched{Worker}.  {inner.GetType().Name}: {inner.Message}", index, inner);

    internal static DataLoaderException Batch(ReadOnlySpan<int> indices, Exception inner)
    {
        string shown = string.Join(", ", indices[..Math.Min(indices.Length, 8)].ToArray());
        string more = indices.Length > 8 ? ", …" : "";
        return new($"DataLoader: no batch could be made of the samples {shown}{more}{Worker}.  {inner.GetType().Name}: {inner.Message}", null, inner);
    }

    private static string Worker => WorkerInfo.Current is { } worker ? $" (worker {worker.Id} of {worker.NumWorkers})" : "";
}
