using System.Text;
using SupSup.Cli.Output;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Storage;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Cli.Backups;

/// <summary>Puts a backup into a store, and checks backups.</summary>
internal static class StoreRestore
{
    // The order in which they are written: a store in between has no models, rather than models without their records.
    private static readonly string[] HeadsLast = [StorageNames.DirectoryPage, StorageNames.Model, StorageNames.Catalog];

    /// <summary>Compares every record of a backup with its manifest.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="display">Shows how far it is.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="SupSupException">NotFound: there is no complete backup. Damaged: it is not what was written.</exception>
    public static async Task<(BackupSummary Summary, IReadOnlyList<BackupRecord> Records)> VerifyAsync(
        string path, ProgressDisplay display, CancellationToken cancellationToken)
    {
        (BackupSummary summary, IReadOnlyList<BackupRecord> records) = BackupFolder.Open(path);
        await using DirectoryRecords backup = DirectoryRecords.OpenToRead(path);
        Refuse(
            await RecordCheck.RunAsync("checking the backup", backup, records, display, cancellationToken), $"the backup in {path}",
            "use another one");
        return (summary, records);
    }

    /// <summary>Checks a backup, writes it into a store and checks the store.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="target">The store; no silo may use it.</param>
    /// <param name="replace">Asked where the store has other records, with their number: whether these are to be deleted.</param>
    /// <param name="display">Shows how far it is.</param>
    /// <param name="cancellationToken">Ends it; the same call goes on later.</param>
    /// <returns>The backup; null where the records are to stay.</returns>
    /// <exception cref="SupSupException">As <see cref="VerifyAsync"/>; Damaged, too, where the store has other records then.</exception>
    public static async Task<BackupSummary?> RunAsync(
        string path, RecordContainer target, Func<int, bool> replace, ProgressDisplay display, CancellationToken cancellationToken)
    {
        (BackupSummary summary, IReadOnlyList<BackupRecord> records) = await VerifyAsync(path, display, cancellationToken);
        await using DirectoryRecords backup = DirectoryRecords.OpenToRead(path);
        string marker = target.PlaceOf(RecordNames.Restoring);
        byte[] mark = Encoding.UTF8.GetBytes(summary.Manifest);
        List<string> present = await OthersAsync(target, marker, cancellationToken);
        bool goesOn = (await target.ReadAsync(marker, cancellationToken))?.Payload.AsSpan().SequenceEqual(mark) == true;
        if (goesOn) display.Line($"going on with the restore of {path}");
        else if (present.Count > 0 && !replace(present.Count)) return null;
        await target.WriteAsync(marker, mark, cancellationToken);

        HashSet<string> places = [.. records.Select(record => target.PlaceOf(record.Name))];
        foreach (string head in present.Where(IsHead).OrderByDescending(RankOf)) await target.DeleteAsync(head, cancellationToken);
        string[] strangers = [.. present.Where(place => !IsHead(place) && !places.Contains(place))];
        if (strangers.Length > 0) await EachAsync("deleting what was there", strangers, target.DeleteAsync);

        await EachAsync("writing", [.. records.Where(record => RankOf(record) < 0)], CopyAsync);
        foreach (BackupRecord head in records.Where(record => RankOf(record) >= 0).OrderBy(RankOf))
            await CopyAsync(head, cancellationToken);

        Refuse(
            await RecordCheck.RunAsync("checking the store", target, records, display, cancellationToken), $"the store {target.Location}",
            "stop every silo that uses it, and restore again");
        int others = (await OthersAsync(target, marker, cancellationToken)).Count - records.Count;
        if (others > 0)
            throw new SupSupException(
                SupSupError.Damaged,
                $"the store {target.Location} has {others} records more than the backup: a silo writes to it; stop it, and restore again");
        await target.DeleteAsync(marker, cancellationToken);
        return summary;

        async Task CopyAsync(BackupRecord record, CancellationToken stop)
        {
            if (await RecordCheck.ProblemAsync(target, record, stop) is null) return;
            StoredRecord read = (await backup.ReadAsync(backup.PlaceOf(record.Name), stop))!;
            await target.WriteAsync(target.PlaceOf(record.Name), read.Payload, stop);
        }

        Task EachAsync<T>(string stage, IReadOnlyList<T> all, Func<T, CancellationToken, Task> work) => display.RunAsync(
            stage, Math.Max(1, all.Count), progress => Parallel.ForEachAsync(
                all,
                new ParallelOptions { MaxDegreeOfParallelism = RecordCheck.AtOnce, CancellationToken = cancellationToken },
                async (one, stop) =>
                {
                    await work(one, stop);
                    progress.Advance(1);
                }));
    }

    private static async Task<List<string>> OthersAsync(RecordContainer target, string marker, CancellationToken cancellationToken)
    {
        List<string> places = [];
        await foreach (string place in target.PlacesAsync("", cancellationToken))
            if (place != marker) places.Add(place);
        return places;
    }

    private static int RankOf(BackupRecord record) => Array.IndexOf(HeadsLast, record.Name.State);

    private static int RankOf(string place) => Array.IndexOf(HeadsLast, place.Split('-', 2)[0]);

    private static bool IsHead(string place) => RankOf(place) >= 0;

    private static void Refuse(IReadOnlyList<string> problems, string what, string remedy)
    {
        if (problems is [var first, ..])
            throw new SupSupException(
                SupSupError.Damaged,
                $"{what} is damaged in {problems.Count} record{(problems.Count == 1 ? "" : "s")}, the first: {first}; {remedy}");
    }
}
