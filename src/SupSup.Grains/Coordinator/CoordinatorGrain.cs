using System.Collections.Immutable;
using Orleans.Concurrency;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// One model. Reentrant: questions and registrations overlap. State is immutable and replaced in one step between awaits;
/// writes that wait at the same time are one write.
/// </summary>
[GrainType("coordinator"), Reentrant]
public sealed class CoordinatorGrain : Grain, ICoordinatorGrain
{
    // Shards whose health is asked for at once.
    private const int ShardsAtOnce = 8;

    private readonly GrainRecord<ModelState> _record;
    private readonly DirectoryPages _pages;
    private readonly NetworkCatalog _networks;
    private readonly string _name;
    private Task? _opening;

    // What is known, and on its way to the store.
    private ModelState _model = new();
    private ImmutableList<TaskSummary> _tasks = [];
    private ImmutableDictionary<int, int> _positions = ImmutableDictionary<int, int>.Empty;
    private readonly List<int> _changedPositions = [];
    private bool _modelChanged;
    private long _changes;

    // What is stored.
    private ModelSpec? _durableSpec;
    private ImmutableList<TaskSummary> _durableTasks = [];
    private TaskDirectory _directory = TaskDirectory.Empty;
    private ChangeLog _log = new(0);
    private long _durableChanges;
    private Task? _writing;

    /// <summary>Created by Orleans.</summary>
    public CoordinatorGrain(IGrainContext context, GrainRecords records, NetworkCatalog networks)
    {
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        _record = records.Open<ModelState>(StorageNames.Model, context.GrainId, DeactivateOnIdle);
        _pages = new DirectoryPages(records, _name, DeactivateOnIdle);
        _networks = networks;
    }

    private ModelSpec Spec => _durableSpec
        ?? throw new SupSupException(SupSupError.NotFound, $"there is no model '{_name}'; create it first");

    /// <inheritdoc/>
    public async Task CreateAsync(ModelSpec spec, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _networks.Open(spec);
        if (_model.Spec is { } present && present != spec)
            throw new SupSupException(SupSupError.Conflict, $"model '{_name}' exists with another definition ({present}) than asked for ({spec}); choose another name");
        if (_model.Spec is null) Change(_model with { Spec = spec });
        await DurableAsync(cancellationToken);
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
        return new ModelDescription { Name = _name, Spec = Spec, Tasks = [.. _durableTasks] };
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
    public async Task RegisterTaskAsync(TaskSummary summary, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;

        // What is in memory may not be durable yet, but is then on its way.
        if (!_positions.TryGetValue(summary.Task, out int position)) Enter(_tasks.Count, summary);
        else if (_tasks[position].Version < summary.Version) Enter(position, summary);
        else Check(_tasks[position], summary);
        await DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<DirectoryChanges?> GetChangesAsync(long revision, CancellationToken cancellationToken)
    {
        await OpenAsync();
        _ = Spec;
        return _log.Since(revision, _directory);
    }

    /// <inheritdoc/>
    public async Task<ModelHealth> CheckHealthAsync(CancellationToken cancellationToken)
    {
        await OpenAsync();
        TaskDirectory directory = _directory;
        ShardCalls shards = new(_name, Spec, GrainFactory);
        List<ShardHealth> health = [];
        foreach (int[] some in Enumerable.Range(0, directory.Shards).Chunk(ShardsAtOnce))
            health.AddRange((await Task.WhenAll(some.Select(shard => shards.AskAsync(
                directory, shard, grain => grain.CheckHealthAsync(directory.ShardRevision(shard), cancellationToken), answer => answer is null))))!);
        return new ModelHealth { Model = _name, Tasks = directory.Count, Shards = [.. health] };
    }

    private void Check(TaskSummary known, TaskSummary summary)
    {
        if (known.Version > summary.Version)
            throw new SupSupException(SupSupError.Conflict, $"model '{_name}' knows version {known.Version} of task {summary.Task}, which is newer than version {summary.Version}; restore the task's newer records");
        if (known.Checksum != summary.Checksum)
            throw new SupSupException(SupSupError.Conflict, $"model '{_name}' knows another mask as version {summary.Version} of task {summary.Task}; restore the task's records from a backup");
    }

    private void Enter(int position, TaskSummary summary)
    {
        _tasks = position == _tasks.Count ? _tasks.Add(summary) : _tasks.SetItem(position, summary);
        _positions = _positions.SetItem(summary.Task, position);
        _changedPositions.Add(position);
        _changes++;

        // The pages tell it as well: the record is not written for it.
        if (summary.Task >= _model.NextTask) _model = _model with { NextTask = summary.Task + 1 };
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
        ImmutableList<TaskSummary> tasks = model.Spec is null ? [] : await _pages.ReadAsync();
        if (!model.Tasks.IsEmpty)
        {
            // Stored before there were pages. A crash in between leaves both, and the list is then the same.
            tasks = model.Tasks;
            await _pages.WriteAsync(tasks, Enumerable.Range(0, tasks.Count));
            await _record.WriteAsync(model = model with { Tasks = [] });
        }

        _durableSpec = model.Spec;
        _model = model with { NextTask = Math.Max(model.NextTask, tasks.IsEmpty ? 0 : tasks.Max(task => task.Task) + 1) };
        _tasks = _durableTasks = tasks;
        _positions = tasks.Select((task, position) => KeyValuePair.Create(task.Task, position)).ToImmutableDictionary();
        _directory = TaskDirectory.Empty.With(Entries(tasks, Enumerable.Range(0, tasks.Count)));
        _log = new ChangeLog(_directory.Revision);
    }

    private static IEnumerable<DirectoryChange> Entries(ImmutableList<TaskSummary> tasks, IEnumerable<int> positions) =>
        positions.Select(position => new DirectoryChange(position, new ShardSlot(tasks[position].Task, tasks[position].Version)));

    // Returns when every change made so far is stored. Changes that come while a write is under way share the next one.
    private async Task DurableAsync(CancellationToken cancellationToken)
    {
        long mine = _changes;
        while (_durableChanges < mine)
        {
            _writing ??= WriteAsync();
            await _writing.WaitAsync(cancellationToken);
        }
    }

    private async Task WriteAsync()
    {
        // A write that completed at once would end before it is known as the one under way.
        await Task.Yield();
        (long covered, ModelState model, ImmutableList<TaskSummary> tasks, int[] changed, bool modelChanged) = (_changes, _model, _tasks, [.. _changedPositions.Distinct().Order()], _modelChanged);
        _changedPositions.Clear();
        _modelChanged = false;
        try
        {
            if (modelChanged) await _record.WriteAsync(model);
            await _pages.WriteAsync(tasks, changed);
            _durableChanges = covered;
            _durableSpec = model.Spec;
            _durableTasks = tasks;
            _directory = _directory.With(Entries(tasks, changed));
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
        finally
        {
            _writing = null;
        }
    }
}
