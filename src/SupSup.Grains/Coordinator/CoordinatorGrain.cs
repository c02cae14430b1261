using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// One model. Reentrant: queries overlap one another and registrations. State is immutable and replaced in one step
/// between awaits; writes that wait at the same time are one write.
/// </summary>
[GrainType("coordinator"), Reentrant]
public sealed class CoordinatorGrain : Grain, ICoordinatorGrain, IDisposable
{
    private readonly IPersistentState<ModelState> _state;
    private readonly NetworkCatalog _networks;
    private readonly string _name;
    private readonly InferenceCompute _compute;
    private readonly QueryBatcher _batcher;
    private InferencePipeline? _pipeline;
    private TaskDirectory _directory = TaskDirectory.Of([]);
    private long _changes;
    private long _durableChanges;
    private Task? _writing;

    /// <summary>Created by Orleans.</summary>
    public CoordinatorGrain(
        IGrainContext context,
        [PersistentState(StorageNames.Model, StorageNames.Provider)] IPersistentState<ModelState> state,
        NetworkCatalog networks,
        InferenceCompute compute,
        IOptions<ComputeOptions> options)
    {
        _state = state;
        _networks = networks;
        _compute = compute;
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        _batcher = new QueryBatcher(
            () => Math.Clamp(options.Value.InferencePassWork / Math.Max(1, _directory.Count), 1, options.Value.InferenceBatchRows),
            options.Value.InferencePasses,
            (inputs, inference, cancellationToken) => Pipeline.InferAsync(_directory, inputs, inference, cancellationToken));
    }

    private ModelSpec Spec => _state.State.Spec
        ?? throw new SupSupException(SupSupError.NotFound, $"there is no model '{_name}'; create it first");

    private InferencePipeline Pipeline => _pipeline ??= new InferencePipeline(
        _name, _networks.Open(Spec), _compute, GrainFactory);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _directory = TaskDirectory.Of(_state.State.Tasks);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task CreateAsync(ModelSpec spec, CancellationToken cancellationToken)
    {
        _networks.Open(spec);
        if (_state.State.Spec is { } present && present != spec)
            throw new SupSupException(SupSupError.Conflict, $"model '{_name}' exists with another definition ({present}) than asked for ({spec}); choose another name");
        if (_state.State.Spec is null) Change(_state.State with { Spec = spec });
        await DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ModelSpec> GetSpecAsync(CancellationToken cancellationToken) => Task.FromResult(Spec);

    /// <inheritdoc/>
    public Task<ModelDescription> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new ModelDescription { Name = _name, Spec = Spec, Tasks = [.. _directory.Tasks] });

    /// <inheritdoc/>
    public async Task<int> AllocateTaskAsync(CancellationToken cancellationToken)
    {
        _ = Spec;
        int task = _state.State.NextTask;
        Change(_state.State with { NextTask = task + 1 });
        await DurableAsync(cancellationToken);
        return task;
    }

    /// <inheritdoc/>
    public async Task RegisterTaskAsync(TaskSummary summary, CancellationToken cancellationToken)
    {
        _ = Spec;
        if (_directory.Find(summary.Task) is { } position)
        {
            if (_directory[position].Version > summary.Version)
                throw new SupSupException(SupSupError.Conflict, $"model '{_name}' knows version {_directory[position].Version} of task {summary.Task}, which is newer than version {summary.Version}; restore the task's newer records");
            if (_directory[position].Version == summary.Version && _directory[position].Checksum != summary.Checksum)
                throw new SupSupException(SupSupError.Conflict, $"model '{_name}' knows another mask as version {summary.Version} of task {summary.Task}; restore the task's records from a backup");
            if (_directory[position].Version == summary.Version) return;
        }

        // What is in memory may not be durable yet, but is then on its way.
        ImmutableList<TaskSummary> tasks = _state.State.Tasks;
        int known = tasks.FindIndex(task => task.Task == summary.Task);
        if (known < 0) Change(_state.State with { Tasks = tasks.Add(summary), NextTask = Math.Max(_state.State.NextTask, summary.Task + 1) });
        else if (tasks[known].Version < summary.Version) Change(_state.State with { Tasks = tasks.SetItem(known, summary) });
        await DurableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        Pipeline.Check(_directory, inputs, options);
        return _batcher.InferAsync(inputs, options, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken) =>
        Pipeline.PredictAsync(_directory, inputs, tasks, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _pipeline?.Dispose();

    private void Change(ModelState next)
    {
        _state.State = next;
        _changes++;
    }

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
        long covered = _changes;
        ModelState written = _state.State;
        try
        {
            await StorageErrors.NamedAsync(_state.WriteStateAsync);
            _durableChanges = covered;

            // In the stored order: positions are where shards keep masks, and must be the same after a restart.
            _directory = _directory.Advance(written.Tasks);
        }
        catch
        {
            // What memory knows is ahead of the store now: start again from what is stored.
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            _writing = null;
        }
    }
}
