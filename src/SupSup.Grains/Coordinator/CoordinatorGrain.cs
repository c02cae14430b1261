using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Masks;
using SupSup.Grains.Catalog;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// One model. Reentrant: questions and registrations overlap. State is immutable and replaced in one step between awaits;
/// changes share writes.
/// </summary>
[GrainType("coordinator"), Reentrant]
public sealed class CoordinatorGrain : Grain, ICoordinatorGrain
{
    // Shards whose health is asked for at once.
    private const int ShardsAtOnce = 8;
    private const int MostReserved = 10_000;

    // Less than a call may take.
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestDeletion = TimeSpan.FromDays(1);

    private readonly GrainRecord<ModelState> _record;
    private readonly DirectoryPages _pages;
    private readonly NetworkCatalog _networks;
    private readonly MaskVersions _versions;
    private readonly ComputeOptions _options;
    private readonly CatalogListing _listing;
    private readonly TaskNormalizations _normalizations;
    private readonly string _name;
    private readonly ModelDeletion _deletion;
    private readonly TimeProvider _time;
    private Task? _opening;
    private Task? _deleting;

    // What is known, and on its way to the store.
    private ModelState _model = new();
    private ImmutableList<DirectoryEntry> _entries = [];
    private ImmutableDictionary<int, int> _positions = ImmutableDictionary<int, int>.Empty;
    private readonly List<int> _changedPositions = [];
    private bool _modelChanged;
    private long _changes;

    // What is stored.
    private ModelSpec? _durableSpec;
    private ImmutableList<DirectoryEntry> _durableEntries = [];
    private TaskDirectory _directory = TaskDirectory.Empty;
    private ChangeLog _log = new(0);
    private ModelNormalization? _normalization;
    private long _durableChanges;
    private readonly SharedWrite _writes;

    /// <summary>Created by Orleans.</summary>
    public CoordinatorGrain(
        IGrainContext context,
        GrainRecords records,
        MaskVersions versions,
        NetworkCatalog networks,
        TaskDataLibrary data,
        IOptions<ComputeOptions> options,
        TimeProvider time,
        ILogger<CoordinatorGrain> logger)
    {
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        _record = records.Open<ModelState>(StorageNames.Model, context.GrainId, DeactivateOnIdle);
        _pages = new DirectoryPages(records, _name, DeactivateOnIdle);
        _writes = new SharedWrite(WriteAsync);
        _deletion = new ModelDeletion(_name, GrainFactory);
        _time = time;
        (_networks, _versions) = (networks, versions);
        _options = options.Value;
        _normalizations = new TaskNormalizations(_name, data);
        _listing = new CatalogListing($"Model {_name}",
            () => GrainFactory.Catalog().AddModelAsync(_name, CancellationToken.None), time, logger);
    }

    private IEnumerable<TaskSummary> DurableTasks => _durableEntries.Where(entry => !entry.IsRemoved).Select(entry => entry.Task);

    private ModelSpec Spec => (_model.IsDeleting ? null : _durableSpec)
        ?? throw new SupSupException(SupSupError.NotFound, $"there is no model '{_name}'; create it first");

    /// <inheritdoc/>
    public async Task CreateAsync(ModelSpec spec, CancellationToken cancellationToken)
    {
        await OpenAsync();

        // Models over pictures created by earlier builds without a rule have that of linear layers.
        if (spec.MaskRule.Length == 0 && _model.Spec?.MaskRule == MaskRules.Default) spec = spec with { MaskRule = MaskRules.Default };
        ModelNetwork network = _networks.Open(spec);
        spec = network.Spec;
        if (_model.IsDeleting)
            throw new SupSupException(SupSupError.Conflict, $"model '{_name}' is being deleted; ask again when that is done");
        if (_model.Spec is { } present && present != spec)
            throw new SupSupException(SupSupError.Conflict,
                $"model '{_name}' exists with another definition ({present}) than asked for ({spec}); choose another name");
        if (_model.Spec is null)
        {
            _versions.CheckRead(network.Network.Plan, begins: true);
            Change(_model with { Spec = spec });
        }

        await DurableAsync(cancellationToken);
        await _listing.EnterAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ModelSpec> GetSpecAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        return Spec;
    }

    /// <inheritdoc/>
    public async Task<ModelDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        (ModelSpec spec, ImmutableArray<TaskSummary> tasks) = (Spec, [.. DurableTasks]);
        return new ModelDescription { Name = _name, Spec = spec, Tasks = await _normalizations.CompleteAsync(tasks) };
    }

    /// <inheritdoc/>
    public async Task<int> AllocateTaskAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        int task = _model.NextTask;
        Change(_model with { NextTask = task + 1 });
        await DurableAsync(cancellationToken);
        return task;
    }

    /// <inheritdoc/>
    public async Task<int> AllocateTaskAsync(string name, CancellationToken cancellationToken)
    {
        new TaskNames { Task = name }.Check();
        await OpenAsync();
        _ = Spec;
        int[] called = [.. _entries.Where(entry => !entry.IsRemoved && entry.Task.Names?.Task == name).Select(entry => entry.Task.Task)];
        if (called.Length == 0)
            called = [.. _entries.Where(entry => !entry.IsRemoved && entry.Task.Answers(name)).Select(entry => entry.Task.Task)];
        if (called.Length > 1)
            throw new SupSupException(
                SupSupError.Conflict, $"tasks {string.Join(", ", called)} of model '{_name}' are all called '{name}'; use the index");
        if (called is [int learned])
        {
            await DurableAsync(cancellationToken);
            return learned;
        }

        if (_model.Reserved.TryGetValue(name, out int task) && !_positions.ContainsKey(task))
        {
            await DurableAsync(cancellationToken);
            return task;
        }

        // Indices of tasks that were learned, or learned and removed, are reserved no more.
        ImmutableDictionary<string, int> open = _model.Reserved.RemoveRange(
            _model.Reserved.Where(pair => _positions.ContainsKey(pair.Value)).Select(pair => pair.Key));
        if (open.Count >= MostReserved)
            throw new SupSupException(
                SupSupError.Conflict,
                $"{open.Count} names of model '{_name}' wait for their tasks to be learned; learn some, or allocate indices without names");
        task = _model.NextTask;
        Change(_model with { NextTask = task + 1, Reserved = open.SetItem(name, task) });
        await DurableAsync(cancellationToken);
        return task;
    }

    /// <inheritdoc/>
    public async Task RegisterTaskAsync(TaskSummary summary, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;

        // What is in memory may not be durable yet, but is then on its way.
        if (!_positions.TryGetValue(summary.Task, out int position)) Enter(_entries.Count, new DirectoryEntry(summary, IsRemoved: false));
        else if (_entries[position].IsRemoved) throw new SupSupException(
            SupSupError.NotFound, $"task {summary.Task} of model '{_name}' was removed, and its index is not used again; allocate another");
        else if (_entries[position].Task.Version < summary.Version)
            Enter(position, new DirectoryEntry(summary.Named(_entries[position].Task), IsRemoved: false));
        else Check(_entries[position].Task, summary);
        await DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveTaskAsync(int task, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        if (!_positions.TryGetValue(task, out int position))
            throw new SupSupException(
                SupSupError.NotFound, $"task {task} of model '{_name}' is not learned; where it is being trained, cancel that");
        if (!_entries[position].IsRemoved) Enter(position, _entries[position].Removed());

        // A crash in between leaves records that no one refers to; a mask without its records would be damage.
        await DurableAsync(cancellationToken);
        await GrainFactory.Task(_name, task).DeleteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RenameTaskAsync(int task, string name, CancellationToken cancellationToken)
    {
        new TaskNames { Task = name }.Check();
        await OpenAsync();
        _ = Spec;
        if (!_positions.TryGetValue(task, out int position) || _entries[position].IsRemoved)
            throw new SupSupException(SupSupError.NotFound, $"task {task} of model '{_name}' is not learned; train it first");
        DirectoryEntry called = _entries.FirstOrDefault(entry => !entry.IsRemoved && entry.Task.Task != task && entry.Task.Answers(name));
        if (called.Task is { } other)
            throw new SupSupException(
                SupSupError.Conflict, $"task {other.Task} of model '{_name}' is called '{name}', or was; choose another name");
        if (_model.Reserved.TryGetValue(name, out int reserved) && reserved != task && !_positions.ContainsKey(reserved))
            throw new SupSupException(
                SupSupError.Conflict,
                $"task {reserved} of model '{_name}' is to be called '{name}' once it is learned; choose another name");
        TaskSummary known = _entries[position].Task;
        if (known.Names?.Task != name) Enter(position, new DirectoryEntry(known.Renamed(name), IsRemoved: false));
        await DurableAsync(cancellationToken);
        await GrainFactory.Task(_name, task).RenameAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        if (!_model.IsDeleting)
        {
            // One that was deleted is asked about again where the answer was lost.
            if (_model.Spec is null && _model.Incarnation > 0)
            {
                await GrainFactory.Catalog().RemoveModelAsync(_name, cancellationToken); // a stream may have entered it late
                return;
            }

            _ = Spec;
            Change(_model with { IsDeleting = true });
        }

        await DurableAsync(cancellationToken); // whoever set the mark: nothing is deleted before it is stored
        try
        {
            await (_deleting ??= DeleteRecordsAsync()).WaitAsync(DeletionPatience, _time, cancellationToken);
        }
        catch (TimeoutException) when (_deleting is { IsCompleted: false })
        {
            (int done, int all) = _deletion.Progress;
            throw new SupSupException(
                SupSupError.Unavailable, $"model '{_name}' is being deleted, {done} of {all} tasks so far; it goes on by itself");
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsRemovedAsync(int task, CancellationToken cancellationToken)
    {
        await OpenAsync();
        if (!_positions.TryGetValue(task, out int position) || !_entries[position].IsRemoved) return false;

        // Who hears it deletes the task's records: the removal must not be lost after that.
        await DurableAsync(cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public async Task EnterStreamAsync(string stream, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        if (!_model.Streams.Contains(stream)) Change(_model with { Streams = _model.Streams.Add(stream) });
        await DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ReserveDataAsync(int task, long bytes, CancellationToken cancellationToken)
    {
        await OpenAsync();
        if (bytes == 0 && (_model.IsDeleting || _durableSpec is null)) return; // the model's own deletion
        _ = Spec;
        if (bytes > 0 && _positions.TryGetValue(task, out int position) && _entries[position].IsRemoved)
            throw new SupSupException(
                SupSupError.NotFound, $"task {task} of model '{_name}' was removed, and its index is not used again; allocate another");
        long known = _model.DataBytes.GetValueOrDefault(task), all = _model.DataBytes.Values.Sum() - known + bytes;
        if (bytes > known && all > _options.ModelDataBytes)
            throw new SupSupException(
                SupSupError.Conflict,
                $"the data of model '{_name}' would have {all:N0} bytes, more than the {_options.ModelDataBytes:N0} of "
                    + "Compute:ModelDataBytes; delete data of tasks that are learned, or have the limit raised");
        if (known != bytes)
            Change(_model with { DataBytes = bytes > 0 ? _model.DataBytes.SetItem(task, bytes) : _model.DataBytes.Remove(task) });
        await DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DirectoryChanges?> GetChangesAsync(long revision, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return _log.Since(revision, _directory, Spec);
    }

    /// <inheritdoc/>
    public async Task<ModelNormalization?> GetNormalizationAsync(long revision, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return revision == _directory.Revision ? null : await NormalizationAsync();
    }

    /// <inheritdoc/>
    public async Task<TaskNames?[]> GetNamesAsync(int[] tasks, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return [.. tasks.Select(task => _directory.Find(task) is { } position ? _durableEntries[position].Task.Names : null)];
    }

    /// <inheritdoc/>
    public Task<ModelHealth> ShowShardsAsync(CancellationToken cancellationToken) =>
        HealthAsync((grain, revision) => grain.ShowAsync(revision, cancellationToken));

    /// <inheritdoc/>
    public Task<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken) =>
        HealthAsync((grain, revision) => grain.CheckHealthAsync(revision, cancellationToken));

    private async Task<ModelHealth> HealthAsync(Func<IShardGrain, long, Task<ShardHealth?>> ask)
    {
        await OpenAsync();
        TaskDirectory directory = _directory;
        ShardCalls shards = new(_name, Spec, GrainFactory);
        List<ShardHealth> health = [];
        foreach (int[] some in Enumerable.Range(0, directory.Shards).Chunk(ShardsAtOnce))
            health.AddRange((await Task.WhenAll(some.Select(shard => shards.AskAsync(
                directory, shard, grain => ask(grain, directory.ShardRevision(shard)), answer => answer is null))))!);
        return new ModelHealth { Model = _name, Tasks = directory.Count, Shards = [.. health] };
    }

    private async Task DeleteRecordsAsync()
    {
        await Task.Yield(); // one that ended at once would end before it is known as the one under way
        DelayDeactivation(LongestDeletion);
        try
        {
            await _deletion.RunAsync(
                [.. _entries.Select(entry => entry.Task.Task), .. _model.Reserved.Values, .. _model.DataBytes.Keys], _model.NextTask,
                _model.Streams);
            await _pages.DeleteAsync(_entries.Count);
            await _record.WriteAsync(new ModelState { Incarnation = _model.Incarnation + 1 });
            _opening = null; // from here on it is as one that was never made
            _listing.Reset();
        }
        finally
        {
            _deleting = null;
            DelayDeactivation(TimeSpan.Zero);
        }
    }

    // Looked for once for each revision of the directory.
    private async Task<ModelNormalization> NormalizationAsync()
    {
        if (_normalization is { } known && known.Revision == _directory.Revision) return known;
        return _normalization = Spec.InputFormat is { } format
            ? new ModelNormalization { Revision = _directory.Revision, Normalization = format.Normalization }
            : await _normalizations.CommonAsync(_directory.Revision, DurableTasks);
    }

    private void Check(TaskSummary known, TaskSummary summary)
    {
        if (known.Version > summary.Version)
            throw new SupSupException(
                SupSupError.Conflict,
                $"model '{_name}' knows version {known.Version} of task {summary.Task}, which is newer than version {summary.Version}; "
                    + "restore the task's newer records");
        if (known.Checksum != summary.Checksum)
            throw new SupSupException(
                SupSupError.Conflict,
                $"model '{_name}' knows another mask as version {summary.Version} of task {summary.Task}; restore the task's records "
                    + "from a backup");
    }

    private void Enter(int position, DirectoryEntry entry)
    {
        _entries = position == _entries.Count ? _entries.Add(entry) : _entries.SetItem(position, entry);
        _positions = _positions.SetItem(entry.Task.Task, position);
        _changedPositions.Add(position);
        _changes++;

        // The pages tell it as well: the record is not written for it.
        if (entry.Task.Task >= _model.NextTask) _model = _model with { NextTask = entry.Task.Task + 1 };
    }

    private void Change(ModelState next)
    {
        _model = next;
        _modelChanged = true;
        _changes++;
    }

    private async Task OpenAsync()
    {
        Task opening = _opening ??= ReadAsync();
        try
        {
            await opening;
        }
        catch when (_opening == opening)
        {
            _opening = null; // the next call tries again
            throw;
        }
    }

    private async Task ReadAsync()
    {
        ModelState model = await _record.ReadAsync();
        ImmutableList<DirectoryEntry> entries = model.Spec is null ? [] : await _pages.ReadAsync();
        if (!model.Tasks.IsEmpty)
        {
            // Stored before there were pages. A crash in between leaves both, and the list is then the same.
            entries = [.. model.Tasks.Select(task => new DirectoryEntry(task, IsRemoved: false))];
            await _pages.WriteAsync(entries, Enumerable.Range(0, entries.Count));
            await _record.WriteAsync(model = model with { Tasks = [] });
        }

        _changedPositions.Clear();
        (_modelChanged, _normalization) = (false, null);
        _durableSpec = model.Spec;
        _model = model with { NextTask = Math.Max(model.NextTask, entries.IsEmpty ? 0 : entries.Max(entry => entry.Task.Task) + 1) };
        _entries = _durableEntries = entries;
        _positions = entries.Select((entry, position) => KeyValuePair.Create(entry.Task.Task, position)).ToImmutableDictionary();
        _directory = TaskDirectory.Of(model.Incarnation).With(Changes(entries, Enumerable.Range(0, entries.Count)));
        _log = new ChangeLog(_directory.Revision);

        // Models created before the catalogue existed, or whose creation was interrupted.
        if (model is { Spec: not null, IsDeleting: false }) _listing.Begin();
        if (model.IsDeleting) (_deleting ??= DeleteRecordsAsync()).Ignore(); // it is asked for again where it fails
    }

    private static IEnumerable<DirectoryChange> Changes(ImmutableList<DirectoryEntry> entries, IEnumerable<int> positions) =>
        positions.Select(position => new DirectoryChange(position, entries[position].Slot));

    // Returns when every change made so far is stored.
    private Task DurableAsync(CancellationToken cancellationToken)
    {
        long mine = _changes;
        return _writes.UntilAsync(() => _durableChanges >= mine, cancellationToken);
    }

    private async Task WriteAsync()
    {
        (long covered, ModelState model, ImmutableList<DirectoryEntry> entries, int[] changed, bool modelChanged) =
            (_changes, _model, _entries, [.. _changedPositions.Distinct().Order()], _modelChanged);
        _changedPositions.Clear();
        _modelChanged = false;
        try
        {
            if (modelChanged) await _record.WriteAsync(model);
            await _pages.WriteAsync(entries, changed);
            _durableChanges = covered;
            _durableSpec = model.Spec;
            _durableEntries = entries;
            _directory = _directory.With(Changes(entries, changed));
            _log.Add(_directory.Revision, changed);
        }
        catch (Exception e)
        {
            // What memory knows is ahead of the store now, and who comes next writes all of it. A store that does not answer
            // must not keep those from what is durable who only ask; after anything else, start again from what is stored.
            _changedPositions.AddRange(changed);
            _modelChanged |= modelChanged;
            if (modelChanged || e is not SupSupException { Error: SupSupError.Unavailable }) DeactivateOnIdle();
            throw;
        }
    }
}
