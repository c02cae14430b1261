using System.Collections.Concurrent;
using SupSup.Cli.Output;
using SupSup.Storage;

namespace SupSup.Cli.Backups;

/// <summary>Compares records with a manifest.</summary>
internal static class RecordCheck
{
    /// <summary>Records that are read at once.</summary>
    public const int AtOnce = 16;

    /// <summary>Reads every record.</summary>
    /// <param name="stage">What is done, for the display.</param>
    /// <param name="container">Where they are.</param>
    /// <param name="records">The manifest.</param>
    /// <param name="display">Shows how far it is.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>What is wrong, a line for each record; in order.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string stage, RecordContainer container, IReadOnlyList<BackupRecord> records, ProgressDisplay display,
        CancellationToken cancellationToken)
    {
        ConcurrentBag<string> problems = [];
        await display.RunAsync(stage, Math.Max(1, records.Count), progress => Parallel.ForEachAsync(
            records,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (record, stop) =>
            {
                if (await ProblemAsync(container, record, stop) is { } problem) problems.Add($"{record.Name} {problem}");
                progress.Advance(1);
            }));
        return [.. problems.Order(StringComparer.Ordinal)];
    }

    /// <summary>What is wrong with a record, or null.</summary>
    public static async Task<string?> ProblemAsync(RecordContainer container, BackupRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await container.ReadAsync(container.PlaceOf(record.Name), cancellationToken) is not { } read ? "is missing"
                : record.Is(read.Payload) ? null
                : $"is another: its SHA-256 is not {record.Sha256}";
        }
        catch (DamagedGrainStateException e)
        {
            return $"is damaged: {e.Problem}";
        }
    }
}
