using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// How a task comes to its mask: a run over data that the silo makes, or a stream of submitted batches. Used in grain
/// turns; the training itself runs on the silo's compute threads.
/// </summary>
internal sealed class TaskLearning : IDisposable
{
    private static readonly TimeSpan OpeningPatience = TimeSpan.FromSeconds(3);

    private readonly TaskStore _store;
    private readonly OrderedTraining _ordered;
    private readonly GainLearning _gains;
    private readonly TimeProvider _time;
    private readonly TaskDataLibrary _data;
    private readonly GpuTraining _gpus;
    private readonly string _model;
    private readonly string _name;
    private readonly int _index;

    // Opening and closing wait for one another; training and submitting do not wait for them.
    private readonly SemaphoreSlim _lifecycle = new(1);
    private bool _isCancelled;

    // Of a training that was to take the place of what the task has.
    private bool _isReplacementCancelled;

    public TaskLearning(
        string model, int index, TaskStore store, TrainingServices services, IReservoirGrain reservoir, Action<TimeSpan> keepAlive)
    {
        _model = model;
        _name = GrainKeys.Task(model, index);
        _index = index;
        _store = store;
        _time = services.Time;
        _data = services.Data;
        _gpus = services.Gpus;
        _ordered = new OrderedTraining(_name, index, store, services, keepAlive);
        _gains = new GainLearning(model, index, store, services, reservoir);
        Submitted = new SubmittedTraining(_name, index, store, _lifecycle, services);
    }

    /// <summary>The training on submitted batches.</summary>
    public SubmittedTraining Submitted { get; }

    /// <summary>Whether something is being trained.</summary>
    public bool IsBusy => _ordered.Run is not null || Submitted.Stream is not null;

    /// <summary>Ends when the run has ended; never, when there is none.</summary>
    public Task RunCompletion => _ordered.Run?.Completion ?? Task.Delay(Timeout.Infinite);

    /// <summary>Reads what training must know.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task OpenAsync() => _store.OpenForTrainingAsync();

    /// <summary>Starts, or goes on.</summary>
    public async Task StartAsync(
        TrainingOrder order, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        Recipe? recipe = null;
        if (network.Spec.HasReservoir) GainLearning.Check(order, _model);
        else recipe = order.Recipe();
        if (order is { Data: null, RequireGpu: true })
            throw new SupSupException(SupSupError.InvalidRequest,
                "submitted batches are not trained on a GPU; order without RequireGpu, or name data that a silo can make");
        if (order.Replaces is not null && (order.Data is null || network.Spec.HasReservoir))
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"task {_name} cannot be learned in place of a version "
                    + $"{(order.Data is null ? "from submitted batches" : "in a reservoir")}; learn it under another index, or name data "
                    + "that the silo makes");
        if (order is { Data: not null, Normalization: not null })
            throw new SupSupException(SupSupError.InvalidRequest, "data that the silo makes say how they are normalised; leave it out");
        if (order is { Data: not null, Classes: not null })
            throw new SupSupException(SupSupError.InvalidRequest, "data that the silo makes say how many classes they have; leave it out");
        order.Names?.Check();
        if (order.Data is null)
            new TaskDetails { Normalization = order.Normalization, Classes = order.Classes, Names = order.Names }.Check(network.Spec);
        await CheckAsync(coordinator, cancellationToken);
        using IDisposable turn = await _lifecycle.EnterAsync(cancellationToken);
        await OpenAsync();
        bool replaces = Replaces(order);
        if (replaces)
        {
            await _store.AcknowledgeAsync(coordinator);
            if (_store.Checkpoint.Order is { } left && left.Replaces != order.Replaces) await _store.ClearCheckpointAsync();
        }

        TrainingOrder? underWay = _ordered.Run?.Order ?? Submitted.Stream?.Order ?? _store.Checkpoint.Order;
        TrainingOrder? present = replaces ? underWay : _store.Summary?.Order ?? underWay;
        if (present is not null && !present.Means(order))
            throw new SupSupException(
                SupSupError.Conflict,
                $"task {_name} already has another order ({present}); a mask never changes, so choose another task index or model, cancel "
                    + "the training if it is under way, or say which version the order replaces");
        Forget();
        if (_store.IsTrained && !replaces)
        {
            await CheckUnchangedAsync(_store.Summary!);
            await _store.AcknowledgeAsync(coordinator);
            return;
        }

        if (recipe is null)
        {
            if (IsBusy) return;
            await _gains.CheckRoomAsync(cancellationToken);
            await CheckDataAsync(order, network, cancellationToken);
            _ordered.Start(order, run => _gains.LearnAsync(run, network), coordinator);
            return;
        }

        if (!IsBusy) _store.CheckRead(network);
        if (order.Data is null)
        {
            await Submitted.OpenAsync(order, network, recipe);
        }
        else
        {
            if (!IsBusy) await CheckDataAsync(order, network, cancellationToken);
            _ordered.Start(order, network, recipe, coordinator);
        }
    }

    /// <summary>Has an earlier version in force again; see <see cref="ITaskGrain.RollBackAsync"/>.</summary>
    public async Task<TaskSummary> RollBackAsync(int version, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        await CheckAsync(coordinator, cancellationToken);
        using IDisposable turn = await _lifecycle.EnterAsync(cancellationToken);
        await OpenAsync();
        TaskVersion found = Find(version);
        if (!found.InForce)
        {
            if (IsBusy)
                throw new SupSupException(
                    SupSupError.Conflict, $"task {_name} is being trained; wait for that, or cancel it, then roll back");
            await _store.AcknowledgeAsync(coordinator);
            await _store.RollBackAsync(found);
        }

        await _store.AcknowledgeAsync(coordinator);
        return _store.Summary!;
    }

    /// <summary>A version that can be asked; also by the version that one was rolled back to, whose mask it is.</summary>
    /// <param name="version">The version.</param>
    /// <exception cref="SupSupException">NotFound: the task is not learned, or the version is not kept.</exception>
    public TaskVersion Find(int version)
    {
        TaskVersion[] kept = [.. _store.Versions];
        if (kept.Length == 0) throw new SupSupException(SupSupError.NotFound, $"task {_name} is not learned; train it first");
        return kept.FirstOrDefault(one => one.Summary.Version == version) ?? kept.FirstOrDefault(one => one.RolledBackTo == version)
            ?? throw new SupSupException(
                SupSupError.NotFound,
                $"version {version} of task {_name} is not kept (Tasks:KeepVersionHours); ask for version "
                    + string.Join(" or ", kept.Select(one => one.Summary.Version)));
    }

    /// <summary>Imports a mask that was trained elsewhere; see <see cref="ITaskGrain"/>.</summary>
    public async Task<TaskSummary> ImportAsync(
        byte[] file, TaskDetails details, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        details.Check(network.Spec);
        details = details.Completed(network.Spec);
        TaskMask mask = network.Read(new PackedMaskBlob { Task = _index, Version = 1, File = file }, _name);
        await CheckAsync(coordinator, cancellationToken);
        using IDisposable turn = await _lifecycle.EnterAsync(cancellationToken);
        await OpenAsync();

        // Again, now that the records are read: what an import of many stores from here on is not written over.
        if (await coordinator.IsRemovedAsync(_index, cancellationToken)) throw Removed();
        if (IsBusy || _store.Checkpoint.Order is not null)
            throw new SupSupException(
                SupSupError.Conflict, $"task {_name} is being trained; cancel that first, or import the mask under another index");
        if (_store.IsTrained && _store.Summary!.Checksum != MaskFile.Checksum(file))
            throw new SupSupException(
                SupSupError.Conflict, $"task {_name} has another mask; a mask never changes, so import this one under another index");
        if (_store.IsTrained && !details.AgreesWith(_store.Summary!))
            throw new SupSupException(
                SupSupError.Conflict,
                $"task {_name} has this mask with {Details(_store.Summary!)}, which never change; delete the task, or import the mask "
                    + "under another index");
        if (!_store.IsTrained)
            await _store.StoreAsync(_index, Imported(details), network, Imported(mask, details), _time.GetUtcNow(), details);
        await _store.AcknowledgeAsync(coordinator);
        return _store.Summary!;
    }

    /// <summary>The order of an imported mask.</summary>
    /// <param name="details">What was told of it.</param>
    public static TrainingOrder Imported(TaskDetails details) =>
        new() { Data = null, Recipe = TrainingOrder.Imported, Normalization = details.Normalization };

    /// <summary>What an imported mask is stored as.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="details">What was told of it.</param>
    public static TrainedMask Imported(TaskMask mask, TaskDetails details) =>
        new(mask, 0, TimeSpan.Zero, WireEvidence.ToProfile(details.UsualEvidence, details.EvidenceSpread));

    /// <summary>Stops what is open and forgets how far it came. What is already being stored is stored.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await _lifecycle.EnterAsync(cancellationToken);
        _isCancelled = true;
        int? replaced = _ordered.Run?.Order.Replaces;
        await _ordered.StopAsync(cancellationToken);
        _isReplacementCancelled = replaced is not null && replaced == _store.Summary?.Version;
        await Submitted.CloseAsync(keep: false, cancellationToken);
        _ordered.ForgetFailure();
        await OpenAsync();
        if (!IsBusy) await _store.ClearCheckpointAsync();
    }

    /// <summary>Stops what is open and deletes what is stored; see <see cref="ITaskGrain.DeleteAsync"/>.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await _lifecycle.EnterAsync(cancellationToken);
        await _ordered.StopAsync(cancellationToken);
        await Submitted.CloseAsync(keep: false, cancellationToken);
        await _store.DeleteAsync();
        Forget();
    }

    /// <summary>Stops what is open so that it can go on elsewhere.</summary>
    public async Task SuspendAsync(CancellationToken cancellationToken)
    {
        await _ordered.SuspendAsync(cancellationToken);
        await Submitted.CloseAsync(keep: true, cancellationToken);
    }

    /// <summary>What is being trained, which can still be asked how far it came when it has ended; null for nothing.</summary>
    public TrainingUnderWay? UnderWay => _ordered.Run is { } run ? new TrainingUnderWay(run.Curve, () => run.Progress(_index))
        : Submitted.Stream is { } stream ? new TrainingUnderWay(stream.Curve, () => Progress(stream))
        : null;

    /// <summary>Where the task stands.</summary>
    public TrainingProgress Progress()
    {
        if (UnderWay is { } underWay) return underWay.Progress();
        if (_ordered.Failure is { } failure) return new TrainingProgress { Task = _index, State = TrainingState.Failed, Error = failure };
        bool isTrained = _store.IsTrained && !_isReplacementCancelled;
        return new TrainingProgress
        {
            Task = _index,
            State = isTrained ? TrainingState.Trained : _isCancelled ? TrainingState.Cancelled : TrainingState.Untrained,
            Summary = isTrained ? _store.Summary : null,
        };
    }

    public void Dispose()
    {
        _ordered.Dispose();
        _lifecycle.Dispose();
        Submitted.Dispose();
    }

    private TrainingProgress Progress(BatchStream stream) => new()
    {
        Task = _index,
        State = TrainingState.Training,
        Batches = stream.Recipe.Batches,
        BatchesDone = stream.Trained,
        Loss = stream.Loss,
        Silo = _gpus.Here,
    };

    // Also deletes what a crash left of a removed task.
    private async Task CheckAsync(ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        if (!await coordinator.IsRemovedAsync(_index, cancellationToken)) return;
        await DeleteAsync(cancellationToken);
        throw Removed();
    }

    private SupSupException Removed() =>
        new(SupSupError.NotFound, $"task {_name} was removed, and its index is not used again; allocate another");

    // What cannot work is refused now rather than told later. What takes long to open, may pass, or is read elsewhere is left to the
    // training.
    private async Task CheckDataAsync(TrainingOrder order, ModelNetwork network, CancellationToken cancellationToken)
    {
        bool isGains = network.Spec.HasReservoir; // trained on this silo's processor
        if (!isGains && (order.RequireGpu || _gpus.GoesElsewhere)) return;
        Task<ClassificationTask> opening = _data.OpenAsync(order.Data!, network.Spec, _model);
        using CancellationTokenSource wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(opening, Task.Delay(OpeningPatience, _time, wait.Token));
        await wait.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (!opening.IsCompleted)
        {
            opening.Ignore();
            return;
        }

        try
        {
            ClassificationTask data = await opening;
            SupSupException.Checked(() =>
            {
                data.CheckFits(network.Network.Plan);
                if (isGains) return;
                data.CheckFits(Augmentations.Get(order.Recipe().Augmentation));
                RotatedClasses.CheckFits(order.Recipe(), data, network.Network.Plan);
            });
            data.Details(order).Check(network.Spec);
        }
        catch (SupSupException e) when (e.Error != SupSupError.InvalidRequest)
        {
            // The training meets it too, and tells it in its progress.
        }
    }

    // A mask is of the data as they were: the same order means another mask once they have changed.
    private async Task CheckUnchangedAsync(TaskSummary learned)
    {
        if (learned is { Order.Data: { } data, DataChecksum: { } then }
            && await _data.ChecksumNowAsync(data.Dataset) is { } now && now != then)
            throw new SupSupException(
                SupSupError.Conflict,
                $"task {_name} was learned from {data.Dataset}, which has changed since (checksum {then} then, {now} now); a mask never "
                    + "changes, so learn the changed data under another index, or remove the task");
    }

    // Whether a learned task is to be trained once more; not where that was done.
    private bool Replaces(TrainingOrder order)
    {
        if (order.Replaces is not { } version) return false;
        if (_store.Summary is not { } known)
            throw new SupSupException(
                SupSupError.NotFound, $"task {_name} is not learned, so there is no version {version} to replace; leave that out");
        if (known.Version == version) return true;
        return known.Order.Replaces == version && known.Order.Means(order) ? false : throw new SupSupException(
            SupSupError.Conflict,
            $"task {_name} has version {known.Version}, and the order replaces version {version}; look at the task, then order again");
    }

    private static TaskDetails Details(TaskSummary task) => new()
    {
        Normalization = task.Normalization,
        Classes = task.Classes,
        Names = task.Names,
        DataChecksum = task.DataChecksum,
    };

    private void Forget()
    {
        _ordered.ForgetFailure();
        (_isCancelled, _isReplacementCancelled) = (false, false);
    }
}
