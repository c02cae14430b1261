using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Grains.Catalog;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tasks;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Streams;

/// <summary>
/// One stream without task identity. Reentrant, so that what is not wanted is answered at once; whatever changes the
/// stream takes its turn. The batches of a segment train its task, which counts them and stores how far it came.
/// </summary>
#pragma warning disable CA1001 // Semaphores without wait handles hold nothing, and callers may still wait for their turn when the grain ends.
[GrainType("stream"), Reentrant]
public sealed partial class StreamGrain : Grain, IStreamGrain
{
    private readonly GrainRecord<StreamState> _record;
    private readonly StreamSamples _samples;
    private readonly NetworkCatalog _networks;
    private readonly CatalogListing _listing;
    private readonly TrainingMetrics _metrics;
    private readonly ILogger<StreamGrain> _logger;
    private readonly ComputeOptions _options;
    private readonly string _name;
    private readonly string _model;

    private readonly SemaphoreSlim _turn = new(1);
    private ModelNetwork _network = null!;
    private StreamMasks _masks = null!;
    private StreamState _state = new();
    private bool _inStep;
    private int _waiting;
    private long _next;
    private long _durable;
    private bool _segmentIsLearned;

    /// <summary>Created by Orleans.</summary>
    public StreamGrain(
        IGrainContext context, GrainRecords records, NetworkCatalog networks, IOptions<ComputeOptions> options, TimeProvider time, TrainingMetrics metrics, ILogger<StreamGrain> logger)
    {
        _name = context.GrainId.Key.ToString()!;
        _model = GrainKeys.ModelOfStream(_name);
        _record = records.Open<StreamState>(StorageNames.Stream, context.GrainId, DeactivateOnIdle);
        _samples = new StreamSamples(records, _name, DeactivateOnIdle);
        _networks = networks;
        _listing = new CatalogListing(
            $"Stream {_name}", () => GrainFactory.GetGrain<ICatalogGrain>(GrainKeys.Catalog).AddStreamAsync(_model, _name[(_model.Length + 1)..], CancellationToken.None), time, logger);
        _metrics = metrics;
        _logger = logger;
        _options = options.Value;
    }

    private ICoordinatorGrain Coordinator => GrainFactory.GetGrain<ICoordinatorGrain>(_model);

    private StreamSpec Spec => _state.Spec!;

    private StreamAnswer Answer => new()
    {
        Next = _next,
        Durable = _durable,
        Allocation = _state.Allocations.IsEmpty ? null : _state.Allocations[^1],
        Masks = _state.Tasks.Length,
    };

    /// <inheritdoc/>
    public async Task<StreamAnswer> OpenAsync(StreamSpec spec, CancellationToken cancellationToken)
    {
        Check(spec);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await Coordinator.GetSpecAsync(cancellationToken);
            StreamState state = await _record.ReadAsync();
            if (state.Spec is { } present && present != spec)
                throw new SupSupException(SupSupError.Conflict, $"stream {_name} is open with another definition ({present}) than asked for ({spec}); choose another name");
            if (state.Spec is null) await _record.WriteAsync(state with { Spec = spec });
        }
        finally
        {
            _turn.Release();
        }

        await _listing.EnterAsync(cancellationToken);
        return await InTurnAsync(() => Task.CompletedTask, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<StreamAnswer> SubmitAsync(long number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        if (_inStep && (number != _next || _waiting >= _options.StreamWindow)) return Answer;
        return await InTurnAsync(() => TakeAsync(number, batch, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StreamAnswer> FlushAsync(CancellationToken cancellationToken) => InTurnAsync(() => SaveAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<StreamAnswer> CompleteAsync(CancellationToken cancellationToken) => InTurnAsync(
        async () =>
        {
            await SaveAsync(cancellationToken);
            if (_state.Segment is not null) await WriteAsync(_state with { Ended = _next, Segment = null });
            _durable = _next;
            foreach (StreamTask task in _state.Tasks.Where(task => task.IsOpen))
            {
                await WriteAsync(await LearnedAsync(_state, task));
                await MergeIfPossibleAsync(task.Task, cancellationToken);
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<StreamMerge?> MergeAsync(int task, CancellationToken cancellationToken)
    {
        StreamMerge? merged = null;
        await InTurnAsync(async () => merged = await MergeInTurnAsync(task, cancellationToken), cancellationToken);
        return merged;
    }

    /// <inheritdoc/>
    public async Task<StreamDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        StreamAnswer position = await InTurnAsync(() => Task.CompletedTask, cancellationToken);
        return new StreamDescription
        {
            Spec = Spec,
            Position = position,
            Allocations = _state.Allocations,
            Learned = [.. _state.Tasks.Where(task => !task.IsOpen).Select(task => task.Task)],
            InTraining = [.. _state.Tasks.Where(task => task.IsOpen).Select(task => task.Task)],
            Merges = _state.Merges,
            CrowdedSegments = _state.CrowdedSegments,
            RefusedSegments = _state.RefusedSegments,
        };
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_inStep) await InTurnAsync(() => SaveAsync(cancellationToken), cancellationToken);
    }

    private static void Check(StreamSpec spec)
    {
        Order(spec).Recipe();
        if (spec.SegmentBatches < 1) throw new SupSupException(SupSupError.InvalidRequest, $"a segment of {spec.SegmentBatches} batches is not possible; use 1 or more");
        if (spec.MaskCap < 1) throw new SupSupException(SupSupError.InvalidRequest, $"a stream of at most {spec.MaskCap} masks learns nothing; use 1 or more, or leave the cap out");
        if (!(spec.Fit > 0 && spec.Fit <= 1)) throw new SupSupException(SupSupError.InvalidRequest, $"a fit of {spec.Fit} is not possible; use a share above 0 and at most 1");
    }

    private static TrainingOrder Order(StreamSpec spec) => new() { Data = null, Recipe = spec.Recipe, Batches = spec.Batches };

    // After any failure the stream is read anew, and its task asked how far it came.
    private async Task<StreamAnswer> InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        _waiting++;
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting--;
        }

        bool done = false;
        try
        {
            if (!_inStep) await GetInStepAsync(cancellationToken);
            await work();
            done = true;
            return Answer;
        }
        finally
        {
            _inStep = done;
            _turn.Release();
        }
    }

    private async Task GetInStepAsync(CancellationToken cancellationToken)
    {
        _state = await _record.ReadAsync();
        if (_state.Spec is null) throw new SupSupException(SupSupError.NotFound, $"there is no stream {_name}; open it first");
        _listing.Begin(); // streams of before there was a catalogue, and those whose opening was cut off
        _network ??= _networks.Open(await Coordinator.GetSpecAsync(cancellationToken));
        _masks ??= new StreamMasks(_model, _network.Spec.Inputs, GrainFactory);
        await RemoveAsync();
        _next = _durable = _state.Ended + (_state.Segment?.Passed ?? 0);
        _segmentIsLearned = false;
        if (_state.Segment is not { Trains: true } segment) return;
        try
        {
            Take(segment, await EnterAsync(segment, cancellationToken));
        }
        catch (SupSupException e) when (IsLost(e))
        {
            await LoseAsync(_next); // how far it came is not known: the segment begins again
            return;
        }

        // The last batch ends the segment, and must come again where that was not stored.
        _next = Math.Min(_next, segment.Start + Spec.SegmentBatches - 1);
    }

    private async Task TakeAsync(long number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        _network.Check(batch, _options.StreamBatchRows);
        if (number != _next) return;
        try
        {
            await PassAsync(number, batch, cancellationToken);
        }
        catch (SupSupException e) when (IsLost(e))
        {
            await LoseAsync(number);
            await PassAsync(number, batch, cancellationToken);
        }

        if (_state.Segment is { } segment && _next == segment.Start + Spec.SegmentBatches) await EndAsync(segment, batch, cancellationToken);
    }

    private async Task PassAsync(long number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        StreamSegment segment = _state.Segment ?? await BeginAsync(batch, cancellationToken);
        if (segment.Trains && !_segmentIsLearned) Take(segment, await Mask(segment).SubmitAsync(segment.Base + (int)(number - segment.Start), batch, cancellationToken));
        else _next = number + 1;
    }

    // The decision is stored before the first batch trains.
    private async Task<StreamSegment> BeginAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        StreamAllocator allocator = new(Spec, _network.Spec.Classes, _masks, Coordinator);
        StreamState state = await allocator.WithoutDeletedAsync(_state, cancellationToken);
        (StreamAllocation allocation, StreamTask? task) = await allocator.DecideAsync(state, batch, cancellationToken);
        StreamSegment segment = new() { Allocation = allocation };
        if (segment.Trains && allocation.Kind != StreamAllocationKind.Allocated)
            segment = segment with { Base = (await EnterAsync(segment, cancellationToken)).Trained };
        if (task is not null && (task.IsOpen || state.Find(task.Task) is not null)) state = state.With(task);
        while (state.Tasks.Count(known => known.IsOpen) > StreamAllocator.MostOpen)
            state = await LearnedAsync(state, state.Tasks.Where(known => known.IsOpen).MinBy(known => known.LastServed)!);
        await WriteAsync(state.With(segment));
        _metrics.Decided(_model, allocation.Kind);
        _segmentIsLearned = false;
        if (segment.Trains) Take(segment, await EnterAsync(segment, cancellationToken));
        return segment;
    }

    // What the mask can do now is what it is held to when its task comes back.
    private async Task EndAsync(StreamSegment segment, LabelledBatch last, CancellationToken cancellationToken)
    {
        if (segment.Trains && !_segmentIsLearned)
        {
            Take(segment, await Mask(segment).FlushAsync(cancellationToken));
            if (_next < segment.Start + Spec.SegmentBatches) return; // its silo was lost: what it had not stored must come again
        }

        StreamState state = _state with { Ended = _next, Segment = null };
        if (segment.Allocation.Kind != StreamAllocationKind.Refused && state.Find(segment.Allocation.Task) is { } task)
        {
            task = task with { IsOpen = task.IsOpen && !_segmentIsLearned };
            state = state.With(task with { Usual = await _masks.AccuracyAsync(task, last, cancellationToken) ?? task.Usual });
            if (segment.Trains && segment.Allocation.Kind != StreamAllocationKind.Crowded) await _samples.WriteAsync(task.Task, _masks.First(last, StreamSamples.Rows));
        }

        await WriteAsync(state);
        _durable = _next;
        if (segment.Trains && _segmentIsLearned) await MergeIfPossibleAsync(segment.Allocation.Task!.Value, cancellationToken);
    }

    // That two masks serve one task costs memory, but no answer: the stream does not wait for a merge that fails.
    private async Task MergeIfPossibleAsync(int task, CancellationToken cancellationToken)
    {
        try
        {
            await MergeInTurnAsync(task, cancellationToken);
        }
        catch (SupSupException e)
        {
            LogMergeFailed(e, _name, task);
        }
    }

    private async Task<StreamMerge?> MergeInTurnAsync(int task, CancellationToken cancellationToken)
    {
        if (_state.Find(task) is not { IsOpen: false } known || StreamMerger.IsInHand(_state, known)) return null;
        if (await Coordinator.IsRemovedAsync(task, cancellationToken))
        {
            await WriteAsync(_state.Without(task)); // by another caller
            return null;
        }

        if (await new StreamMerger(_network.Spec.Classes, _masks, _samples).FindAsync(_state, known, cancellationToken) is not { } merge) return null;
        await RemoveAsync();
        await WriteAsync(_state.With(merge));
        await RemoveAsync();
        return merge;
    }

    // The stream stores what it is about to remove, so that a crash leaves nothing that no one knows of.
    private async Task RemoveAsync()
    {
        if (_state.Removing is not { } task) return;
        try
        {
            await Coordinator.RemoveTaskAsync(task, CancellationToken.None);
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            // it was never learned
        }

        await _samples.DeleteAsync(task);
        await WriteAsync(_state with { Removing = null });
    }

    // Also where an index that was allocated here is trained by another caller's order.
    private bool IsLost(SupSupException error) => error.Error == SupSupError.NotFound
        || (error.Error == SupSupError.Conflict && _state.Segment is { Allocation.Kind: StreamAllocationKind.Allocated });

    // The task of the segment was removed or cancelled by another caller: what it had of the segment is gone with it, and
    // who serves the rest is decided anew.
    private async Task LoseAsync(long at)
    {
        _next = _durable = at;
        if (_state.Segment is { } segment) await WriteAsync(_state.Without(segment.Allocation.Task) with { Ended = at, Segment = null });
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (_state.Segment is not { } segment) return;
        if (segment.Trains && !_segmentIsLearned)
        {
            Take(segment, await Mask(segment).FlushAsync(cancellationToken));
        }
        else if (_next > _durable)
        {
            await WriteAsync(_state with { Segment = segment with { Passed = (int)(_next - segment.Start) } });
            _durable = _next;
        }
    }

    private async Task WriteAsync(StreamState state)
    {
        await _record.WriteAsync(state);
        _state = state;
    }

    // A task that is away for longest is completed with what it has had.
    private async Task<StreamState> LearnedAsync(StreamState state, StreamTask task)
    {
        try
        {
            await _masks.Task(task.Task).FinishAsync(CancellationToken.None);
            return state.With(task with { IsOpen = false });
        }
        catch (SupSupException e) when (e.Error is SupSupError.NotFound or SupSupError.InvalidRequest)
        {
            return state.Without(task.Task); // it was removed, or was lost before its first batch
        }
    }

    private ITaskGrain Mask(StreamSegment segment) => _masks.Task(segment.Allocation.Task!.Value);

    private async Task<StreamPosition> EnterAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        await Mask(segment).TrainAsync(Order(Spec), cancellationToken);
        return await Mask(segment).FlushAsync(cancellationToken);
    }

    private void Take(StreamSegment segment, StreamPosition position)
    {
        if (position.Trained < segment.Base) throw new SupSupException(SupSupError.NotFound, $"task {_model}/{segment.Allocation.Task} has forgotten batches of stream {_name}");
        long At(int trained) => segment.Start + Math.Max(segment.Passed, trained - segment.Base);
        _next = At(position.Trained);
        _durable = Math.Min(At(position.Durable), segment.Start + Spec.SegmentBatches - 1);
        _segmentIsLearned = position.Summary is not null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stream {Stream} could not look for another mask of task {Task}'s; it can be merged later")]
    private partial void LogMergeFailed(Exception exception, string stream, int task);
}
