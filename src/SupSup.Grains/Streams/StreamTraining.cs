using SupSup.Core.Streams;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tasks;

namespace SupSup.Grains.Streams;

/// <summary>
/// How the batches of a stream train its masks, segment by segment. The batches of a segment train its task, which counts
/// them and stores how far it came. Used in the stream's turn; after any failure <see cref="GetInStepAsync"/> comes first.
/// </summary>
/// <param name="name">The stream, `model/stream`.</param>
/// <param name="stream">The stream.</param>
/// <param name="masks">Its masks.</param>
/// <param name="algorithm">Decides who serves a segment.</param>
/// <param name="merging">Merges masks that are learned.</param>
/// <param name="metrics">Counts decisions.</param>
internal sealed class StreamTraining(
    string name,
    GrainRecord<StreamState> stream,
    StreamMasks masks,
    StreamAlgorithm<StreamTask, LabelledBatch> algorithm,
    StreamMerging merging,
    TrainingMetrics metrics)
{
    private readonly string _model = GrainKeys.ModelOfStream(name);
    private bool _segmentIsLearned;

    /// <summary>Number of the batch expected next.</summary>
    public long Next { get; private set; }

    /// <summary>Batches that a crash cannot undo.</summary>
    public long Durable { get; private set; }

    private StreamState State => stream.Value;

    private StreamSpec Spec => State.Spec!;

    /// <summary>What a stream orders of each of its tasks.</summary>
    public static TrainingOrder Order(StreamSpec spec) =>
        new() { Data = null, Recipe = spec.Recipe, Batches = spec.Batches, Normalization = spec.Normalization };

    /// <summary>Finds where the stream stands: its task is asked how far it came.</summary>
    public async Task GetInStepAsync(CancellationToken cancellationToken)
    {
        await merging.RemoveAsync();
        Next = Durable = State.Ended + (State.Segment?.Passed ?? 0);
        _segmentIsLearned = false;
        if (State.Segment is not { Trains: true } segment) return;
        try
        {
            Take(segment, await EnterAsync(segment, cancellationToken));
        }
        catch (SupSupException e) when (IsLost(e))
        {
            await LoseAsync(Next); // how far it came is not known: the segment begins again
            return;
        }

        WantLastAgain(segment);
    }

    /// <summary>Takes the batch expected next.</summary>
    public async Task TakeAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        long number = Next;
        try
        {
            await PassAsync(number, batch, cancellationToken);
        }
        catch (SupSupException e) when (IsLost(e))
        {
            await LoseAsync(number);
            await PassAsync(number, batch, cancellationToken);
        }

        if (State.Segment is { } segment && Next == End(segment)) await EndAsync(segment, batch, cancellationToken);
    }

    /// <summary>Stores what was submitted so far, as far as it can be.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (State.Segment is not { } segment) return;
        if (segment.Trains && !_segmentIsLearned)
        {
            Take(segment, await Mask(segment).FlushAsync(cancellationToken));
            WantLastAgain(segment);
        }
        else if (Next > Durable)
        {
            await stream.WriteAsync(State with { Segment = segment with { Passed = (int)(Next - segment.Start) } });
            Durable = Next;
        }
    }

    /// <summary>Ends the segment in hand, and completes the masks in training with what they have had.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        long sent = Next;
        await SaveAsync(cancellationToken);
        if (Next < sent) return; // a silo was lost: what it had not stored must come again first
        if (State.Segment is not null) await stream.WriteAsync(State with { Ended = Next, Segment = null });
        Durable = Next;
        foreach (StreamTask task in State.Tasks.Where(task => task.IsOpen))
        {
            await stream.WriteAsync(await LearnedAsync(State, task));
            await merging.MergeIfPossibleAsync(task.Task, cancellationToken);
        }
    }

    private async Task PassAsync(long number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        StreamSegment segment = State.Segment ?? await BeginAsync(batch, cancellationToken);
        int place = segment.Base + (int)(number - segment.Start);
        if (segment.Trains && !_segmentIsLearned) Take(segment, await Mask(segment).SubmitAsync(place, batch, cancellationToken));
        else Next = number + 1;
    }

    // The decision is stored before the first batch trains.
    private async Task<StreamSegment> BeginAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        await masks.ForgetDeletedAsync(cancellationToken);
        SegmentDecision<StreamTask> decision = await algorithm.DecideAsync(batch, cancellationToken);
        StreamSegment segment = new() { Allocation = StreamSegment.Of(decision, State.Ended) };
        if (segment.Trains && !decision.IsNew) segment = segment with { Base = (await EnterAsync(segment, cancellationToken)).Trained };
        StreamState state = State;
        if (decision.Mask is { } mask && (mask.IsOpen || (decision.Fits && state.Find(mask.Task) is not null)))
            state = state.With(mask with { LastServed = state.Ended });
        while (state.Tasks.Count(known => known.IsOpen) > VerifiedAllocation.MostOpen)
            state = await LearnedAsync(state, state.Tasks.Where(known => known.IsOpen).MinBy(known => known.LastServed)!);
        await stream.WriteAsync(state.With(segment));
        metrics.Decided(_model, segment.Allocation.Kind);
        _segmentIsLearned = false;
        if (segment.Trains) Take(segment, await EnterAsync(segment, cancellationToken));
        return segment;
    }

    private async Task EndAsync(StreamSegment segment, LabelledBatch last, CancellationToken cancellationToken)
    {
        if (segment.Trains && !_segmentIsLearned)
        {
            Take(segment, await Mask(segment).FlushAsync(cancellationToken));
            if (Next < End(segment)) return; // its silo was lost: what it had not stored must come again
        }

        StreamState state = State with { Ended = Next, Segment = null };
        if (segment.Allocation.Kind != StreamAllocationKind.Refused && state.Find(segment.Allocation.Task) is { } task)
        {
            task = task with { IsOpen = task.IsOpen && !_segmentIsLearned };
            bool isTrained = segment.Trains && segment.Allocation.Kind != StreamAllocationKind.Crowded;
            state = state.With(task with { Usual = await algorithm.EndAsync(task, last, isTrained, cancellationToken) });
        }

        await stream.WriteAsync(state);
        Durable = Next;
        if (segment.Trains && _segmentIsLearned) await merging.MergeIfPossibleAsync(segment.Allocation.Task!.Value, cancellationToken);
    }

    // Also where the task is trained by another caller's order: the index that was allocated here, or a learned task once more.
    private bool IsLost(SupSupException error) => error.Error == SupSupError.NotFound
        || (error.Error == SupSupError.Conflict && State.Segment is { Trains: true });

    // The task of the segment was removed or cancelled by another caller: what it had of the segment is gone with it, and
    // who serves the rest is decided again.
    private async Task LoseAsync(long at)
    {
        Next = Durable = at;
        if (State.Segment is not { } segment) return;
        await stream.WriteAsync(State.Without(segment.Allocation.Task) with { Ended = at, Segment = null });
    }

    // A task that is away for longest is completed with what it has had.
    private async Task<StreamState> LearnedAsync(StreamState state, StreamTask task)
    {
        try
        {
            await masks.Task(task.Task).FinishAsync(CancellationToken.None);
            return state.With(task with { IsOpen = false });
        }
        catch (SupSupException e) when (e.Error is SupSupError.NotFound or SupSupError.InvalidRequest)
        {
            return state.Without(task.Task); // it was removed, or was lost before its first batch
        }
    }

    private ITaskGrain Mask(StreamSegment segment) => masks.Task(segment.Allocation.Task!.Value);

    private async Task<StreamPosition> EnterAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        await Mask(segment).TrainAsync(Order(Spec), cancellationToken);
        return await Mask(segment).FlushAsync(cancellationToken);
    }

    // Number of the first batch that is not of the segment.
    private long End(StreamSegment segment) => segment.Start + Spec.SegmentBatches;

    // The last batch ends the segment: it must come again where its task has it and that end was not stored, lest the next one pass it by.
    private void WantLastAgain(StreamSegment segment) => Next = Math.Min(Next, End(segment) - 1);

    private void Take(StreamSegment segment, StreamPosition position)
    {
        if (position.Trained < segment.Base)
        {
            string task = GrainKeys.Task(_model, segment.Allocation.Task!.Value);
            throw new SupSupException(SupSupError.NotFound, $"task {task} has forgotten batches of stream {name}");
        }

        long At(int trained) => segment.Start + Math.Max(segment.Passed, trained - segment.Base);
        Next = At(position.Trained);
        Durable = Math.Min(At(position.Durable), End(segment) - 1);
        _segmentIsLearned = position.Summary is not null;
    }
}
