using SupSup.Core.Streams;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Streams;

/// <summary>The masks of a stream: those that it holds, and those of its model that inference names.</summary>
/// <param name="model">The model's name.</param>
/// <param name="inputs">Input size.</param>
/// <param name="stream">The stream.</param>
/// <param name="samples">The stream's samples.</param>
/// <param name="grains">Finds the tasks.</param>
internal sealed class StreamMasks(string model, int inputs, GrainRecord<StreamState> stream, StreamSamples samples, IGrainFactory grains)
    : IStreamMasks<StreamTask, LabelledBatch>
{
    // Rows that each candidate is run on.
    private const int MostRows = 256;
    private const int MostNamed = 8;

    private ICoordinatorGrain Coordinator => grains.Coordinator(model);

    private IInferenceGrain Inference => grains.GetGrain<IInferenceGrain>(model);

    private StreamState State => stream.Value;

    public ITaskGrain Task(int task) => grains.Task(model, task);

    /// <inheritdoc/>
    public IEnumerable<Task<StreamTask[]>> Candidates(LabelledBatch batch, CancellationToken cancellationToken) =>
        [CandidatesAsync(batch, cancellationToken)];

    /// <inheritdoc/>
    /// <exception cref="SupSupException">Unavailable.</exception>
    public async Task<double?> AccuracyAsync(StreamTask mask, LabelledBatch batch, CancellationToken cancellationToken)
    {
        LabelledBatch some = First(batch, MostRows);
        try
        {
            TaskPredictions predictions = mask.IsOpen
                ? await Task(mask.Task).PredictSoFarAsync(some.Inputs, cancellationToken)
                : await Inference.PredictAsync(some.Inputs, [.. Enumerable.Repeat(mask.Task, some.Labels.Length)], cancellationToken);
            return (double)predictions.Classes.Zip(some.Labels).Count(row => row.First == row.Second) / some.Labels.Length;
        }
        catch (SupSupException e) when (e.Error is SupSupError.NotFound or SupSupError.Damaged)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>At worst a task index is left out.</remarks>
    public async Task<StreamTask?> AllocateAsync(CancellationToken cancellationToken) => State.Tasks.Length >= State.Spec!.MaskCap
        ? null
        : new StreamTask { Task = await Coordinator.AllocateTaskAsync(cancellationToken), IsOpen = true };

    /// <inheritdoc/>
    public StreamTask? Nearest(LabelledBatch batch, IEnumerable<(StreamTask Mask, double Accuracy)> tried) =>
        tried.OrderByDescending(run => run.Accuracy).FirstOrDefault().Mask;

    /// <inheritdoc/>
    public Task KeepSampleAsync(StreamTask mask, LabelledBatch batch) =>
        samples.WriteAsync(mask.Task, First(batch, VerifiedAllocation.SampleRows));

    /// <inheritdoc/>
    public Task<LabelledBatch?> SampleAsync(StreamTask mask) => samples.ReadAsync(mask.Task);

    /// <inheritdoc/>
    public async Task<IEnumerable<StreamTask>> TwinsAsync(LabelledBatch sample, CancellationToken cancellationToken) =>
        (await NamedAsync(sample, cancellationToken)).Select(task => State.Find(task)).OfType<StreamTask>().Where(State.MayGo);

    /// <summary>Where the stream holds as many masks as it may, forgets those that others have deleted.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ForgetDeletedAsync(CancellationToken cancellationToken)
    {
        if (!(State.Tasks.Length >= State.Spec!.MaskCap)) return;
        TaskDirectory present = TaskDirectory.Empty.With((await Coordinator.GetChangesAsync(-1, cancellationToken))?.Changes ?? []);
        IEnumerable<StreamTask> deleted = State.Tasks.Where(task => !task.IsOpen && present.Find(task.Task) is null);
        StreamState left = deleted.Aggregate(State, (left, task) => left.Without(task.Task));
        if (left != State) await stream.WriteAsync(left);
    }

    // The masks in training, that of the segment before, and those that inference names.
    private async Task<StreamTask[]> CandidatesAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        int? last = State.Allocations.IsEmpty ? null : State.Allocations[^1].Task;
        int[] named = await NamedAsync(batch, cancellationToken);
        return
        [
            .. State.Tasks.Where(task => task.IsOpen || task.Task == last)
                .Concat(named.Select(task => State.Find(task) ?? new StreamTask { Task = task }))
                .DistinctBy(task => task.Task),
        ];
    }

    // The learned tasks that inference names for some images of a batch, the likeliest first.
    private async Task<int[]> NamedAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            InputBatch some = First(batch, VerifiedAllocation.ImagesAsked).Inputs;
            Prediction[] predictions = await Inference.InferAsync(some, new InferenceOptions { Shortlist = MostNamed }, cancellationToken);
            return VerifiedAllocation.Likeliest(
                predictions.Select(named => named.RunnersUp.Select(candidate => candidate.Task).Prepend(named.Task)), MostNamed);
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            return []; // nothing is learned yet
        }
    }

    private LabelledBatch First(LabelledBatch batch, int rows) => batch.Labels.Length <= rows
        ? batch
        : new LabelledBatch
        {
            Inputs = new InputBatch { Rows = rows, Values = batch.Inputs.Values[..(rows * inputs)] },
            Labels = batch.Labels[..rows],
        };
}
