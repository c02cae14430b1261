namespace SupSup.Experiments.Learners;

/// <summary>Work for all cores.</summary>
internal static class Cores
{
    /// <summary>Does something with every item, as many at once as there are cores.</summary>
    /// <param name="items">The items.</param>
    /// <param name="body">What is done; its token stops when another item failed, too.</param>
    /// <param name="cancellationToken">Stops between items.</param>
    public static Task ForEachAsync(IEnumerable<int> items, Action<int, CancellationToken> body, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
            (item, stop) =>
            {
                body(item, stop);
                return ValueTask.CompletedTask;
            });
}
