using SupSup.Cli.Output;
using SupSup.Grains.Catalog;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Storage;

namespace SupSup.Cli.Backups;

/// <summary>Copies a store into a folder, model by model; see <see cref="ModelCopy"/>.</summary>
internal static class StoreBackup
{
    private const int MostPasses = 20;

    /// <summary>Copies a store, or goes on with it.</summary>
    /// <param name="source">The store; silos may use it meanwhile.</param>
    /// <param name="path">The folder.</param>
    /// <param name="display">Shows how far it is.</param>
    /// <param name="cancellationToken">Ends it; the same call goes on later.</param>
    /// <exception cref="SupSupException">Conflict: the folder holds something else. Unavailable: the store changes too fast.</exception>
    /// <exception cref="DamagedGrainStateException">A record that leads to others is damaged.</exception>
    public static async Task<BackupSummary> RunAsync(
        RecordContainer source, string path, ProgressDisplay display, CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        if (await source.ReadAsync(source.PlaceOf(RecordNames.Restoring), cancellationToken) is not null)
            throw new SupSupException(
                SupSupError.Conflict, $"a backup is being restored into {source.Location}; run that `supsup restore` to its end first");
        await using BackupFolder folder = BackupFolder.Begin(path, source.Location);
        using StoredStates states = new();
        if (folder.Earlier > 0)
            display.Line($"going on: {folder.Earlier} records of an earlier run are in {path}; those that are unchanged stay");

        Dictionary<string, ModelCopy> copies = [];
        (string ETag, BackupRecord Record)? catalog = null;

        // Names that no file or blob has as they are can be read from the catalogue only.
        ILookup<bool, string> listed = (await source.ListAsync(StorageNames.Model, RecordNames.Coordinator, "", cancellationToken))
            .ToLookup(name => name.Contains('%', StringComparison.Ordinal));
        HashSet<string> models = [.. listed[false]];
        bool isChanged = true;
        for (int pass = 0; isChanged && pass < MostPasses; pass++)
        {
            catalog = await folder.CopyAsync(source, RecordNames.Catalog, cancellationToken);
            CatalogEntry[] entries = catalog is null ? [] :
            [
                .. states.Read<CatalogState>(
                    RecordNames.Catalog, source.Location, await folder.ReadAsync(RecordNames.Catalog, cancellationToken)).Models,
            ];
            models.UnionWith(entries.Select(entry => entry.Model));

            // A model that was not there may have been made anew before this catalogue was read.
            HashSet<string> named = [.. entries.Select(entry => entry.Model)];
            foreach (string model in models.Order(StringComparer.Ordinal))
            {
                if (copies.TryGetValue(model, out ModelCopy? copied) && (copied.IsThere || !named.Contains(model))) continue;
                ModelCopy copy = new(
                    source, folder, states, model, entries.FirstOrDefault(entry => entry.Model == model)?.Streams ?? []);
                await copy.RunAsync(
                    (tasks, work) => display.RunAsync($"model {model}, {tasks} tasks", Math.Max(1, tasks), work), cancellationToken);
                copies[model] = copy;
            }

            // The catalogue is read before the models that it names, so that they are there, unless one was deleted meanwhile. In the end
            // it may name one that is not, as it may when a silo is killed.
            isChanged = entries.Any(entry => !copies[entry.Model].IsThere)
                && await source.ETagAsync(source.PlaceOf(RecordNames.Catalog), cancellationToken) != catalog?.ETag;
        }

        ModelCopy[] found = [.. copies.Values];
        List<BackupRecord> records = [.. found.SelectMany(copy => copy.Records)];
        if (catalog is { } listing) records.Add(listing.Record);
        string[] places = [.. models.Select(model => source.PlaceOf(RecordNames.Model(model)))];
        IEnumerable<string> leftOut =
        [
            .. listed[true].Where(name => !places.Any(place => place.Contains(name, StringComparison.Ordinal)))
                .Select(name => $"the model with the record {name} is not in the catalogue; open it once, and run the backup again"),
            .. found.SelectMany(copy => copy.LeftOut),
        ];
        return await folder.CompleteAsync(
            records,
            manifest => new BackupSummary
            {
                Started = started,
                Completed = DateTimeOffset.UtcNow,
                Source = source.Location,
                Models = found.Count(copy => copy.IsThere),
                Tasks = found.Sum(copy => copy.Tasks),
                Records = records.Count,
                Bytes = records.Sum(record => record.Bytes),
                Manifest = manifest,
                LeftOut = [.. leftOut.Order(StringComparer.Ordinal)],
            },
            cancellationToken);
    }
}
