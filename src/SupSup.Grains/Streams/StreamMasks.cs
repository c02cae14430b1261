using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Streams;

/// <summary>What a stream asks of its model's masks: which of them may serve some examples, and how each does on them.</summary>
/// <param name="model">The model's name.</param>
/// <param name="inputs">Input size.</param>
/// <param name="grains">Finds the tasks.</param>
internal sealed class StreamMasks(string model, int inputs, IGrainFactory grains)
{
    // Images that inference is asked about, and rows that each candidate is run on.
    private const int ImagesAsked = 16;
    private const int MostRows = 256;
    private const int MostNamed = 8;

    private IInferenceGrain Inference => grains.GetGrain<IInferenceGrain>(model);

    /// <summary>A task of the model.</summary>
    public ITaskGrain Task(int task) => grains.GetGrain<ITaskGrain>(GrainKeys.Task(model, task));

    /// <summary>The first rows of a batch.</summary>
    public LabelledBatch First(LabelledBatch batch, int rows) => batch.Labels.Length <= rows
        ? batch
        : new LabelledBatch { Inputs = new InputBatch { Rows = rows, Values = batch.Inputs.Values[..(rows * inputs)] }, Labels = batch.Labels[..rows] };

    /// <summary>The learned tasks that inference names for some images of a batch: at most eight, the likeliest first.</summary>
    /// <exception cref="SupSupException">Damaged: no mask can be read. Unavailable.</exception>
    public async Task<int[]> NamedAsync(LabelledBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            Prediction[] predictions = await Inference.InferAsync(First(batch, ImagesAsked).Inputs, new InferenceOptions { Shortlist = MostNamed }, cancellationToken);
            return
            [
                .. predictions
                    .SelectMany(prediction => prediction.RunnersUp.Select(candidate => candidate.Task).Prepend(prediction.Task).Index())
                    .GroupBy(named => named.Item, named => 1.0 / (1 + named.Index))
                    .OrderByDescending(votes => votes.Sum()).ThenBy(votes => votes.Key)
                    .Take(MostNamed).Select(votes => votes.Key),
            ];
        }
        catch (SupSupException e) when (e.Error == SupSupError.NotFound)
        {
            return []; // nothing is learned yet
        }
    }

    /// <summary>Share of a batch that a mask classifies right; null where there is no such mask, or it cannot be read.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
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
}
