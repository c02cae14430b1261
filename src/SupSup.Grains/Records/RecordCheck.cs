using System.Collections.Immutable;
using System.Globalization;
using SupSup.Core.Masks;
using SupSup.Grains.Catalog;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Reservoirs;
using SupSup.Grains.Sent;
using SupSup.Grains.Storage;
using SupSup.Grains.Streams;
using SupSup.Grains.Tasks;

namespace SupSup.Grains.Records;

/// <summary>
/// Reads all that is stored of a model once, kind by kind, each from the store, and notes what is damaged, missing where another record
/// speaks of it, or another's. Used in grain turns.
/// </summary>
internal sealed class RecordCheck(GrainRecords records, NetworkCatalog networks, string model, TimeProvider time)
{
    private const int AtOnce = 16;

    // Callers may choose indices, which no record then tells of but those of the task.
    private const int IndicesBeyond = 16;

    private const string Restore = "restore it from a backup";

    // Later kinds go by what the earlier ones say.
    private static readonly (string Kind, Func<RecordCheck, Task> CheckAsync)[] All =
    [
        (StorageNames.Catalog, check => check.CatalogAsync()),
        (StorageNames.Model, check => check.ModelAsync()),
        (StorageNames.DirectoryPage, check => check.DirectoryAsync()),
        (StorageNames.Task, check => check.TasksAsync()),
        (StorageNames.Mask, check => check.MasksAsync()),
        (StorageNames.Checkpoint, check => check.CheckpointsAsync()),
        (StorageNames.Stream, check => check.StreamsAsync()),
        (StorageNames.StreamSample, check => check.SamplesAsync()),
        (StorageNames.SentData, check => check.SentDataAsync()),
        (StorageNames.SentPart, check => check.SentPartsAsync()),
        (StorageNames.Reservoir, check => check.ReservoirAsync()),
        (StorageNames.ReservoirPart, check => check.ReservoirPartsAsync()),
    ];

    private readonly List<RecordFailure> _failures = [];
    private int _read;
    private CatalogEntry? _listed;
    private ModelState _model = new();
    private ImmutableList<DirectoryEntry> _entries = [];
    private bool _hasDirectory;
    private readonly List<TaskSummary> _earlier = [];
    private readonly Dictionary<string, StreamState> _streams = [];
    private readonly Dictionary<int, SentDataState> _data = [];
    private ReservoirState _reservoir = new();
    private string _kind = "";

    /// <summary>The kinds that are checked.</summary>
    public static IEnumerable<string> Kinds => All.Select(kind => kind.Kind);

    /// <summary>Entries of the directory that are known to be stored; null where nothing is known of the model.</summary>
    public required int? Acknowledged { get; init; }

    /// <summary>Tasks whose masks are told to be unreadable already.</summary>
    public required ImmutableHashSet<int> Reported { get; init; }

    /// <summary>Tasks that are in training, or were lately: they may be stored and not be listed yet.</summary>
    public required ImmutableHashSet<int> InTraining { get; init; }

    private IEnumerable<TaskSummary> Learned => _entries.Where(entry => !entry.IsRemoved).Select(entry => entry.Task);

    private IEnumerable<int> Unlisted =>
        Enumerable.Range(0, _model.NextTask + IndicesBeyond).Except(_entries.Select(entry => entry.Task.Task));

    /// <summary>Checks every kind.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SupSupException">Unavailable: the store does not answer.</exception>
    public async Task<ImmutableArray<RecordHealth>> RunAsync(CancellationToken cancellationToken)
    {
        List<RecordHealth> health = [];
        foreach ((string kind, Func<RecordCheck, Task> checkAsync) in All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (_kind, _read) = (kind, 0);
            _failures.Clear();
            await checkAsync(this);
            health.Add(new() { Kind = kind, Read = _read, Failures = [.. _failures] });
        }

        return [.. health];
    }

    private async Task CatalogAsync()
    {
        if ((await ReadAsync<CatalogState>("catalog", GrainKeys.Catalog)).Value is { } catalog)
            _listed = catalog.Models.FirstOrDefault(entry => entry.Model == model);
        if (_listed is null && Acknowledged is not null && _failures.Count == 0)
            Fail("catalog", GrainKeys.Catalog,
                $"model '{model}' is not listed in it; it enters itself when the silos are restarted, or {Restore}");
    }

    private async Task ModelAsync()
    {
        (ModelState? state, bool isDamaged) = await ReadAsync<ModelState>("coordinator", model);
        _model = state ?? _model;
        if (_model.Spec is not null || isDamaged) return;
        if (Acknowledged is not null || (await PageAsync(0)).Value is { Tasks.IsEmpty: false })
            Fail("coordinator", model, $"the definition of model '{model}' is missing; {Restore}");
    }

    private async Task DirectoryAsync()
    {
        int pages = (Math.Max(_model.NextTask, Acknowledged ?? 0) / DirectoryPage.Size) + 1;
        _hasDirectory = true;
        for (int page = 0; page < pages; page++)
        {
            (DirectoryPage? read, bool isDamaged) = await PageAsync(page);
            if (page == 0) _hasDirectory = read is not null || isDamaged;
        }

        if (_failures.Count > 0) return;
        try
        {
            _entries = await new DirectoryPages(records, model, () => { }).ReadAsync();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            Fail("directory", model, e.Message);
            return;
        }

        if (_entries.Count < Acknowledged)
            Fail("directory", $"{model}/{_entries.Count / DirectoryPage.Size}",
                $"the directory of model '{model}' has {_entries.Count} tasks, and {Acknowledged} were acknowledged; {Restore}, and do "
                    + "not stop the silos before: they know all of them");
    }

    private async Task TasksAsync()
    {
        await EachAsync(Learned, async task =>
        {
            string key = GrainKeys.Task(model, task.Task);
            (TaskState? state, bool isDamaged) = await ReadAsync<TaskState>("task", key);
            if (isDamaged) return;
            if (state?.Earlier is { } earlier && state.EarlierUntil > time.GetUtcNow()) _earlier.Add(earlier);
            if (state?.Summary is not { } summary)
                Fail("task", key, $"the record of task {key} is missing; {Restore}, or give the task its order again");
            else if (summary.Task != task.Task || summary.Version < task.Version
                || (summary.Version == task.Version && summary.Checksum != task.Checksum))
                Fail("task", key,
                    $"it speaks of version {summary.Version} of task {summary.Task}, and version {task.Version} of task {key} was "
                        + $"acknowledged, with another mask; {Restore}");
        });

        // A restored backup may well have records of tasks that were listed later, but it has a directory.
        if (_hasDirectory || _failures.Count > 0) return;
        await EachAsync(Unlisted.Except(InTraining), async task =>
        {
            string key = GrainKeys.Task(model, task);
            if ((await ReadAsync<TaskState>("task", key)).Value?.Summary is not null)
                Fail("task", key,
                    $"task {key} is learned, and the directory of model '{model}' is missing; restore that from a backup, or give each "
                        + "task its order again, which enters it");
        });
    }

    private Task MasksAsync()
    {
        if (_model.Spec is not { HasReservoir: false } spec) return Task.CompletedTask;
        ModelNetwork network = networks.Open(spec);
        return EachAsync(Learned.Where(task => !Reported.Contains(task.Task)).Concat(_earlier), async task =>
        {
            string key = GrainKeys.Task(model, task.Task), record = MaskRecord.Of(key, task.StoredAs).Key.ToString()!;
            (MaskState? state, bool isDamaged) = await ReadAsync<MaskState>("task", record);
            if (isDamaged) return;
            int version = task.StoredAs > 0 ? task.StoredAs : task.Version;
            try
            {
                PackedMaskBlob blob = MaskArchive.Checked(state?.Mask, key, task.Task, version);
                await Task.Run(() => network.Read(blob, key));
                if (blob.Version == version && MaskFile.Checksum(blob.File) != task.Checksum)
                    Fail("task", record, $"the stored mask of task {key} is another than was acknowledged; {Restore}");
            }
            catch (SupSupException e) when (e.Error == SupSupError.Damaged)
            {
                Fail("task", record, e.Message);
            }
        });
    }

    private Task CheckpointsAsync() => EachAsync(
        Learned.Select(task => task.Task).Concat(Unlisted).Concat(_model.Reserved.Values).Concat(_model.DataBytes.Keys).Distinct(),
        task => ReadAsync<CheckpointState>("task", GrainKeys.Task(model, task)));

    private Task StreamsAsync() => EachAsync(_model.Streams.Union(_listed?.Streams ?? []), async name =>
    {
        string key = GrainKeys.Stream(model, name);
        if ((await ReadAsync<StreamState>("stream", key)).Value is { } stream) _streams[key] = stream;
    });

    private Task SamplesAsync() => EachAsync(
        _streams.SelectMany(stream => stream.Value.Tasks.Select(task => $"{stream.Key}/{task.Task}")),
        key => ReadAsync<StreamSample>("stream-sample", key));

    private Task SentDataAsync() => EachAsync(_model.DataBytes.Keys, async task =>
    {
        if ((await ReadAsync<SentDataState>("sent-data", GrainKeys.Task(model, task))).Value is { } data) _data[task] = data;
    });

    // A part of data that are not complete may not be there yet.
    private Task SentPartsAsync() => EachAsync(
        _data.SelectMany(data => data.Value.Used.Values.Select(part => (Task: data.Key, Part: part))), async sent =>
        {
            string key = GrainKeys.Task(model, sent.Task), record = $"{key}/{sent.Part.Checksum}";
            (SentPartState? state, bool isDamaged) = await ReadAsync<SentPartState>("sent-part", record);
            bool mayBeMissing = _data[sent.Task].Data?.Parts.Contains(sent.Part) != true;
            if (isDamaged || (state is null && mayBeMissing)) return;
            if (state is null) Fail("sent-part", record, $"a part of the data of task {key} is missing; {Restore}, or send the data again");
            else if (SentParts.Checksum(state.Content) != sent.Part.Checksum)
                Fail("sent-part", record, $"a part of the data of task {key} is damaged; {Restore}, or send the data again");
        });

    private async Task ReservoirAsync()
    {
        if (_model.Spec?.HasReservoir != true) return;
        (ReservoirState? state, bool isDamaged) = await ReadAsync<ReservoirState>("reservoir", model);
        _reservoir = state ?? _reservoir;
        if (!isDamaged && Learned.Select(task => task.Task).Except(_reservoir.Masks.Select(mask => mask.Task)).ToArray() is [var lost, ..])
            Fail("reservoir", model, $"it lacks the mask of task {model}/{lost}; {Restore}");
    }

    private Task ReservoirPartsAsync() => EachAsync(_reservoir.Parts, async name =>
    {
        (ReservoirPartState? state, bool isDamaged) = await ReadAsync<ReservoirPartState>("reservoir", $"{model}/{name}");
        if (!isDamaged && (state is null || ReservoirStore.PartName(state.Content) != name))
            Fail("reservoir", $"{model}/{name}",
                $"a part of the reservoir of model '{model}' is {(state is null ? "missing" : "damaged")}; {Restore}, or delete the model "
                    + "and learn its tasks again");
    });

    private Task<(DirectoryPage? Value, bool IsDamaged)> PageAsync(int page) =>
        ReadAsync<DirectoryPage>("directory", string.Create(CultureInfo.InvariantCulture, $"{model}/{page}"), StorageNames.DirectoryPage);

    // Null where it is not there, or is damaged, which is noted.
    private async Task<(T? Value, bool IsDamaged)> ReadAsync<T>(string type, string key, string? kind = null)
        where T : class, new()
    {
        GrainRecord<T> record = records.Open<T>(kind ?? _kind, GrainId.Create(type, key));
        try
        {
            T value = await record.ReadAsync();
            if (!record.Exists) return (null, false);
            _read++;
            return (value, false);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            Fail(type, key, e.Message, kind);
            return (null, true);
        }
    }

    private void Fail(string type, string key, string message, string? kind = null) =>
        _failures.Add(new($"{kind ?? _kind}-{type}/{key}", message));

    private static async Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> check)
    {
        foreach (T[] some in items.ToArray().Chunk(AtOnce)) await Task.WhenAll(some.Select(check));
    }
}
