using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Inference;

/// <summary>Answers of a model whose masks live in a reservoir: the grain that holds it recovers the mask of a whole request.</summary>
/// <param name="model">The model's name.</param>
/// <param name="spec">Its definition.</param>
/// <param name="grains">Finds the grain.</param>
internal sealed class ReservoirPath(string model, ModelSpec spec, IGrainFactory grains) : IInferencePath
{
    /// <inheritdoc/>
    public ModelSpec Spec => spec;

    /// <inheritdoc/>
    public async Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken)
    {
        Check(options);
        RecoveredBatch found = await grains.Reservoir(model).RecoverAsync(inputs, cancellationToken);
        TaskNames? names = found.Task is { } task ? (await grains.Coordinator(model).GetNamesAsync([task], cancellationToken))[0] : null;
        int classes = found.Probabilities.Length / inputs.Rows;
        return [.. found.Classes.Select((label, row) => new Prediction
        {
            Task = found.Task ?? -1,
            Class = label,
            Entropy = found.Entropies[row],
            Lead = found.Task is null ? 0 : double.PositiveInfinity,
            IsUnknown = found.Task is null,
            TaskName = names?.Task,
            ClassName = names?.ClassName(label),
            Recovery = new()
            {
                IsStored = found.Task is not null,
                Steps = found.Steps,
                Probabilities = ImmutableArray.Create(found.Probabilities, row * classes, classes),
            },
        })];
    }

    /// <inheritdoc/>
    public Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken) =>
        throw ReservoirModels.Refusal(model, "a task cannot be given; leave the task out, and send 16 images of one task or more");

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Check(InferenceOptions options)
    {
        string? asked = !options.Candidates.IsDefault ? "candidates" : options.UnknownUpTo is not null ? "UnknownUpTo"
            : options.UnknownRate is not null ? "UnknownRate" : options.Objective is not null ? "an objective"
            : options.FirstLayerOnly ? "FirstLayerOnly" : options.ExactRunnersUp ? "exact runners-up" : null;
        if (asked is not null)
            throw ReservoirModels.Refusal(model, $"{asked} cannot be asked for: the mask is recovered from the images alone; leave it out");
    }
}
