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
/// One model. Reentrant: questions and registrations overlap, over what <see cref="StoredModel"/> knows.
/// </summary>
[GrainType("coordinator"), Reentrant]
public sealed partial class CoordinatorGrain : Grain, ICoordinatorGrain
{
    // Shards whose health is asked for at once.
    private const int ShardsAtOnce = 8;
    private const int MostReserved = 10_000, MostReservedAmong = 1_000;

    // Less than a call may take.
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestDeletion = TimeSpan.FromDays(1);

    private readonly StoredModel _stored;
    private readonly NetworkCatalog _networks;
    private readonly MaskVersions _versions;
    private readonly ComputeOptions _options;
    private readonly ModelLimits _limits;
    private readonly ILogger _logger;
    private readonly CatalogListing _listing;
    private readonly TaskNormalizations _normalizations;
    private readonly string _name;
    private readonly ModelDeletion _deletion;
    private readonly TimeProvider _time;
    private readonly ImportReservations _imports;
    private Task? _opening;
    private Task? _deleting;

    private ModelNormalization? _normalization;

    /// <summary>Created by Orleans.</summary>
    public CoordinatorGrain(
        IGrainContext context,
        GrainRecords records,
        MaskVersions versions,
        NetworkCatalog networks,
        TaskDataLibrary data,
        IOptions<ComputeOptions> options,
        IOptions<ModelLimits> limits,
        TimeProvider time,
        ILogger<CoordinatorGrain> logger)
    {
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        _stored = new StoredModel(records, context.GrainId, _name, DeactivateOnIdle);
        _deletion = new ModelDeletion(_name, GrainFactory);
        _time = time;
        _imports = new ImportReservations(time);
        (_networks, _versions) = (networks, versions);
        (_options, _limits, _logger) = (options.Value, limits.Value, logger);
        _normalizations = new TaskNormalizations(_name, data);
        _listing = new CatalogListing($"Model {_name}",
            () => GrainFactory.Catalog().AddModelAsync(_name, CancellationToken.None), time, logger);
    }

    private ModelState Model => _stored.Model;

    private ImmutableList<DirectoryEntry> Entries => _stored.Entries;

    private IEnumerable<TaskSummary> DurableTasks => _stored.DurableEntries.Where(entry => !entry.IsRemoved).Select(entry => entry.Task);

    private ModelSpec Spec => (Model.IsDeleting ? null : _stored.DurableSpec)
        ?? throw new SupSupException(SupSupError.NotFound, $"there is no model '{_name}'; create it first");

    /// <inheritdoc/>
    public async Task CreateAsync(ModelSpec spec, CancellationToken cancellationToken)
    {
        await OpenAsync();

        // Models over pictures created by earlier builds without a rule have that of linear layers.
        if (spec.MaskRule.Length == 0 && Model.Spec?.MaskRule == MaskRules.Default) spec = spec with { MaskRule = MaskRules.Default };
        ModelNetwork network = _networks.Open(spec);
        spec = network.Spec;
        if (Model is { Spec: null, IsDeleting: false })
        {
            _limits.Check(network.Network.Plan);
            await AdmitAsync(cancellationToken);
        }

        if (Model.IsDeleting)
            throw new SupSupException(SupSupError.Conflict, $"model '{_name}' is being deleted; ask again when that is done");
        if (Model.Spec is { } present && present != spec)
            throw new SupSupException(SupSupError.Conflict,
                $"model '{_name}' exists with another definition ({present}) than asked for ({spec}); choose another name");
        if (Model.Spec is null)
        {
            _versions.CheckRead(network.Network.Plan, begins: true);
            _stored.Change(Model with { Spec = spec });
        }

        await _stored.DurableAsync(cancellationToken);
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
        return new ModelDescription
        {
            Name = _name,
            Spec = spec,
            Tasks = await _normalizations.CompleteAsync(tasks),
            Reservoir = spec.HasReservoir ? await GrainFactory.Reservoir(_name).DescribeAsync(cancellationToken) : null,
        };
    }

    /// <inheritdoc/>
    public async Task<TaskList> ListTasksAsync(int offset, int count, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        (TaskDirectory directory, ImmutableList<DirectoryEntry> entries) = (_stored.Directory, _stored.DurableEntries);
        ImmutableArray<TaskSummary> tasks = [.. directory.Skip(offset).Take(count).Select(position => entries[position].Task)];
        return new TaskList(directory.Count, await _normalizations.CompleteAsync(tasks));
    }

    /// <inheritdoc/>
    public async Task<int> AllocateTaskAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        int task = Model.NextTask;
        _stored.Change(Model with { NextTask = task + 1 });
        await _stored.DurableAsync(cancellationToken);
        return task;
    }

    /// <inheritdoc/>
    public Task<int> AllocateTaskAsync(string name, CancellationToken cancellationToken) =>
        AllocateTaskAsync(name, [], cancellationToken);

    /// <inheritdoc/>
    public async Task<int> AllocateTaskAsync(string name, ImmutableArray<string> among, CancellationToken cancellationToken)
    {
        new TaskNames { Task = name }.Check();
        await OpenAsync();
        _ = Spec;
        TaskSummary[] answering = [.. _stored.Called(name)], now = [.. answering.Where(other => other.Names?.Task == name)];
        int[] called = [.. (now.Length > 0 ? now : answering).Select(other => other.Task)];
        if (called.Length > 1)
            throw new SupSupException(
                SupSupError.Conflict, $"tasks {string.Join(", ", called)} of model '{_name}' are all called '{name}'; use the index");
        if (called is [int learned])
        {
            await _stored.DurableAsync(cancellationToken);
            return learned;
        }

        if (Model.Reserved.TryGetValue(name, out int task) && !_stored.Has(task))
        {
            await _stored.DurableAsync(cancellationToken);
            return task;
        }

        // Indices of tasks that were learned, or learned and removed, are reserved no more.
        ImmutableDictionary<string, int> open = Model.Reserved.RemoveRange(
            Model.Reserved.Where(pair => _stored.HasDurably(pair.Value)).Select(pair => pair.Key));
        if (open.Count >= MostReserved)
            throw new SupSupException(
                SupSupError.Conflict,
                $"{open.Count} names of model '{_name}' wait for their tasks to be learned; learn some, give their "
                    + "indices back by deleting them, or allocate indices without names");
        if (!among.IsEmpty && open.Keys.Count(other => NamePatterns.AnyMatches(among, other)) >= MostReservedAmong)
            throw new SupSupException(
                SupSupError.Conflict,
                $"{MostReservedAmong} names like {string.Join(", ", among)} of model '{_name}' wait for their tasks to be learned; learn "
                    + "some, or give their indices back by deleting them");
        task = Model.NextTask;
        _stored.Change(Model with { NextTask = task + 1, Reserved = open.SetItem(name, task) });
        await _stored.DurableAsync(cancellationToken);
        return task;
    }

    /// <inheritdoc/>
    public async Task RegisterTaskAsync(TaskSummary summary, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        Check(summary);
        Enter(summary);
        await _stored.DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int[]> BeginImportAsync(Guid import, int[] tasks, CancellationToken cancellationToken)
    {
        int[] learned = [];
        await OpenAsync();
        _ = Spec;
        foreach (int task in tasks)
        {
            if (!_stored.TryFind(task, out int position)) continue;
            if (Entries[position].IsRemoved) throw Removed(task);
            learned = [.. learned, task];
        }

        _imports.Begin(import, tasks.Except(learned), _name);
        return learned;
    }

    /// <inheritdoc/>
    public async Task EndImportAsync(Guid import, ImmutableArray<TaskSummary> summaries, CancellationToken cancellationToken)
    {
        await OpenAsync();
        IReadOnlySet<int> reserved = _imports.End(import);
        _ = Spec;
        foreach (TaskSummary summary in summaries)
        {
            Check(summary);
            if (!reserved.Contains(summary.Task) && !_stored.Has(summary.Task))
                throw new SupSupException(
                    SupSupError.Unavailable,
                    $"task {summary.Task} of model '{_name}' was not kept for its import, which took too long or met a restart; ask again");
        }

        foreach (TaskSummary summary in summaries) Enter(summary);
        await _stored.DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveTaskAsync(int task, CancellationToken cancellationToken)
    {
        await OpenAsync();
        Spec.Refuse(_name, $"task {task} cannot be taken out of it; rename the task, or delete the model and learn the others again");
        if (!_stored.TryFind(task, out int position))
        {
            // A name that waits for its task is free again; the index is not.
            _imports.Check(task, _name);
            if (Model.Reserved.FirstOrDefault(pair => pair.Value == task).Key is not { } name)
                throw new SupSupException(
                    SupSupError.NotFound, $"task {task} of model '{_name}' is not learned; where it is being trained, cancel that");
            _stored.Change(Model with { Reserved = Model.Reserved.Remove(name) });
            await _stored.DurableAsync(cancellationToken);
            await GrainFactory.Task(_name, task).DeleteAsync(cancellationToken); // what was sent for it, and its training
            return;
        }

        if (!Entries[position].IsRemoved) _stored.Enter(position, Entries[position].Removed());

        // A crash in between leaves records that no one refers to; a mask without its records would be damage.
        await _stored.DurableAsync(cancellationToken);
        await GrainFactory.Task(_name, task).DeleteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RenameTaskAsync(int task, string name, CancellationToken cancellationToken)
    {
        new TaskNames { Task = name }.Check();
        await OpenAsync();
        _ = Spec;
        if (!_stored.TryFind(task, out int position) || Entries[position].IsRemoved)
            throw new SupSupException(SupSupError.NotFound, $"task {task} of model '{_name}' is not learned; train it first");
        if (_stored.Called(name).FirstOrDefault(called => called.Task != task) is { } other)
            throw new SupSupException(
                SupSupError.Conflict, $"task {other.Task} of model '{_name}' is called '{name}', or was; choose another name");
        if (Model.Reserved.TryGetValue(name, out int reserved) && reserved != task && !_stored.Has(reserved))
            throw new SupSupException(
                SupSupError.Conflict,
                $"task {reserved} of model '{_name}' is to be called '{name}' once it is learned; choose another name");
        TaskSummary known = Entries[position].Task;
        if (known.Names?.Task != name) _stored.Enter(position, new DirectoryEntry(known.Renamed(name), IsRemoved: false));
        await _stored.DurableAsync(cancellationToken);
        await GrainFactory.Task(_name, task).RenameAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        if (!Model.IsDeleting)
        {
            // One that was deleted is asked about again where the answer was lost.
            if (Model.Spec is null && Model.Incarnation > 0)
            {
                await GrainFactory.Catalog().RemoveModelAsync(_name, cancellationToken); // a stream may have entered it late
                return;
            }

            _ = Spec;
            _stored.Change(Model with { IsDeleting = true });
        }

        await _stored.DurableAsync(cancellationToken); // whoever set the mark: nothing is deleted before it is stored
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
        _imports.Check(task, _name);
        if (!_stored.TryFind(task, out int position) || !Entries[position].IsRemoved) return false;

        // Who hears it deletes the task's records: the removal must not be lost after that.
        await _stored.DurableAsync(cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public async Task EnterStreamAsync(string stream, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        if (!Model.Streams.Contains(stream)) _stored.Change(Model with { Streams = Model.Streams.Add(stream) });
        await _stored.DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ReserveDataAsync(int task, long bytes, CancellationToken cancellationToken)
    {
        await OpenAsync();
        if (bytes == 0 && (Model.IsDeleting || _stored.DurableSpec is null)) return; // the model's own deletion
        _ = Spec;
        if (bytes > 0 && _stored.TryFind(task, out int position) && Entries[position].IsRemoved)
            throw Removed(task);
        long known = Model.DataBytes.GetValueOrDefault(task), all = Model.DataBytes.Values.Sum() - known + bytes;
        if (bytes > known && all > _options.ModelDataBytes)
            throw new SupSupException(
                SupSupError.Conflict,
                $"the data of model '{_name}' would have more than the {_options.ModelDataBytes:N0} bytes of "
                    + "Compute:ModelDataBytes; delete data of tasks that are learned, or have the limit raised");
        if (known != bytes)
            _stored.Change(Model with { DataBytes = bytes > 0 ? Model.DataBytes.SetItem(task, bytes) : Model.DataBytes.Remove(task) });
        await _stored.DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DirectoryChanges?> GetChangesAsync(long revision, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return _stored.Log.Since(revision, _stored.Directory, Spec);
    }

    /// <inheritdoc/>
    public async Task<ModelNormalization?> GetNormalizationAsync(long revision, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return revision == _stored.Directory.Revision ? null : await NormalizationAsync();
    }

    /// <inheritdoc/>
    public async Task<TaskNames?[]> GetNamesAsync(int[] tasks, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return [.. tasks.Select(task => _stored.Directory.Find(task) is { } position ? _stored.DurableEntries[position].Task.Names : null)];
    }

    /// <inheritdoc/>
    public async Task<string?> CalledAsync(int task, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        if (_stored.TryFind(task, out int position)) return Entries[position].IsRemoved ? null : Entries[position].Task.Names?.Task;
        return Model.Reserved.FirstOrDefault(pair => pair.Value == task).Key;
    }

    /// <inheritdoc/>
    public Task<ModelHealth> ShowShardsAsync(CancellationToken cancellationToken) =>
        HealthAsync(read: false, (grain, revision, end) => grain.ShowAsync(revision, end), cancellationToken);

    /// <inheritdoc/>
    public async Task<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken)
    {
        ModelHealth health = new() { Model = _name, Tasks = 0, Shards = [] };
        SupSupException? closed = null;
        try
        {
            health = await HealthAsync(read: true, (grain, revision, end) => grain.CheckHealthAsync(revision, end), cancellationToken);
        }
        catch (SupSupException e) when (e.Error is SupSupError.Damaged or SupSupError.NotFound)
        {
            closed = e; // its records tell why
        }

        int[] reported = [.. health.Shards.SelectMany(shard => shard.Failures).Select(failure => failure.Task)];
        health = health with
        {
            Records = await GrainFactory.GetGrain<IRecordsGrain>(_name).CheckAsync(
                closed is null ? _stored.DurableEntries.Count : null, reported, cancellationToken),
        };
        return closed is null || !health.IsWhole ? health : throw closed;
    }

    // The catalogue is no authority: where it cannot be asked, the model is made all the same.
    private async Task AdmitAsync(CancellationToken cancellationToken)
    {
        if (_limits.Models == 0) return;
        try
        {
            await GrainFactory.Catalog().AdmitModelAsync(_name, _limits.Models, CancellationToken.None)
                .WaitAsync(CatalogListing.Patience, _time, cancellationToken);
        }
        catch (Exception e) when (e is not (SupSupException { Error: SupSupError.Conflict } or OperationCanceledException))
        {
            LogNotAdmitted(e, _name);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Model {Model} is made though it is not known how many there are (Limits:Models)")]
    private partial void LogNotAdmitted(Exception exception, string model);

    private async Task<ModelHealth> HealthAsync(
        bool read, Func<IShardGrain, long, CancellationToken, Task<ShardHealth?>> ask, CancellationToken cancellationToken)
    {
        await OpenAsync();
        TaskDirectory directory = _stored.Directory;
        if (Spec.HasReservoir)
        {
            int[] tasks = [.. DurableTasks.Select(task => task.Task)];
            ShardHealth reservoir = await GrainFactory.Reservoir(_name).CheckHealthAsync(tasks, read, cancellationToken);
            return new ModelHealth { Model = _name, Tasks = tasks.Length, Shards = [reservoir] };
        }

        ShardCalls shards = new(_name, Spec, GrainFactory, _time);
        List<ShardHealth> health = [];
        foreach (int[] some in Enumerable.Range(0, directory.Shards).Chunk(ShardsAtOnce))
            health.AddRange((await Task.WhenAll(some.Select(shard => shards.AskAsync(
                directory, shard, (grain, end) => ask(grain, directory.ShardRevision(shard), end), answer => answer is null,
                cancellationToken)))).Select(asked => asked.Answer!));
        return new ModelHealth { Model = _name, Tasks = directory.Count, Shards = [.. health] };
    }

    private async Task DeleteRecordsAsync()
    {
        await Task.Yield(); // one that ended at once would end before it is known as the one under way
        DelayDeactivation(LongestDeletion);
        try
        {
            await _deletion.RunAsync(
                [.. Entries.Select(entry => entry.Task.Task), .. Model.Reserved.Values, .. Model.DataBytes.Keys], Model.NextTask,
                Model.Streams, Model.Spec?.HasReservoir == true);
            await _stored.DeleteAsync();
            _imports.Clear();
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
        if (_normalization is { } known && known.Revision == _stored.Directory.Revision) return known;
        return _normalization = Spec.InputFormat is { } format
            ? new ModelNormalization { Revision = _stored.Directory.Revision, Normalization = format.Normalization }
            : await _normalizations.CommonAsync(_stored.Directory.Revision, DurableTasks);
    }

    private SupSupException Removed(int task) => new(
        SupSupError.NotFound, $"task {task} of model '{_name}' was removed, and its index is not used again; allocate another");

    // What is in memory may not be durable yet, but is then on its way.
    private void Check(TaskSummary summary)
    {
        if (!_stored.TryFind(summary.Task, out int position)) return;
        if (Entries[position].IsRemoved) throw Removed(summary.Task);
        TaskSummary known = Entries[position].Task;
        if (known.Version > summary.Version)
            throw new SupSupException(
                SupSupError.Conflict,
                $"model '{_name}' knows version {known.Version} of task {summary.Task}, which is newer than version {summary.Version}; "
                    + "restore the task's newer records");
        if (known.Version == summary.Version && known.Checksum != summary.Checksum)
            throw new SupSupException(
                SupSupError.Conflict,
                $"model '{_name}' knows another mask as version {summary.Version} of task {summary.Task}; restore the task's records "
                    + "from a backup");
    }

    private void Enter(TaskSummary summary)
    {
        if (!_stored.TryFind(summary.Task, out int position)) _stored.Enter(Entries.Count, new DirectoryEntry(summary, IsRemoved: false));
        else if (Entries[position].Task.Version < summary.Version)
            _stored.Enter(position, new DirectoryEntry(summary.Named(Entries[position].Task), IsRemoved: false));
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
        await _stored.ReadAsync();
        _normalization = null;

        // Models created before the catalogue existed, or whose creation was interrupted.
        if (Model is { Spec: not null, IsDeleting: false }) _listing.Begin();
        if (Model.IsDeleting) (_deleting ??= DeleteRecordsAsync()).Ignore(); // it is asked for again where it fails
    }
}
