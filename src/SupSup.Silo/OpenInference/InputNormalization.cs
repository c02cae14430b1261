using System.Collections.Concurrent;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;
using SupSup.Silo.Security;

namespace SupSup.Silo.OpenInference;

/// <summary>How pixels become a model's inputs: as those of the data that its tasks were learned on.</summary>
/// <param name="grains">The silo.</param>
/// <param name="library">The silo's datasets, for tasks learned before their normalisation was stored.</param>
/// <param name="callers">Knows which tasks are a caller's.</param>
internal sealed class InputNormalization(IGrainFactory grains, TaskDataLibrary library, LimitedCallers callers)
{
    private readonly ConcurrentDictionary<string, ModelNormalization> _known = new(StringComparer.Ordinal);

    /// <summary>What all tasks of a model that are the caller's share. The coordinator is asked only whether what is known still
    /// holds.</summary>
    /// <exception cref="SupSupException">NotFound: there is no such model.</exception>
    public async Task<ModelNormalization> OfModelAsync(CallerLimits limits, string model, CancellationToken cancellationToken)
    {
        if (limits.LimitsTasks) return OfOwn(await callers.DescribeAsync(limits, model, cancellationToken));
        ModelNormalization? known = _known.GetValueOrDefault(model);
        ModelNormalization? changed = await grains.Coordinator(model)
            .GetNormalizationAsync(known?.Revision ?? ModelNormalization.Passing, cancellationToken);
        return changed is null ? known! : _known[model] = changed;
    }

    /// <summary>What pixels are normalised by.</summary>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="task">The task, where it is known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="version">The version of the task, where it is not the one in force.</param>
    /// <exception cref="SupSupException">NotFound: no such model or task. InvalidRequest: none is known, or tasks differ.</exception>
    public async Task<PixelNormalization> FindAsync(
        CallerLimits limits, string model, int? task, CancellationToken cancellationToken, int? version = null)
    {
        if (task is { } index)
        {
            TaskSummary summary = (version is { } kept
                ? (await grains.Task(model, index).ListVersionsAsync(cancellationToken)).FirstOrDefault(
                    one => one.Summary.Version == kept || one.RolledBackTo == kept)?.Summary
                : null) ?? await grains.Task(model, index).DescribeAsync(cancellationToken)
                ?? throw new SupSupException(SupSupError.NotFound, $"task {index} of model '{model}' is not learned; train it first");
            (PixelNormalization? found, string? problem) = await library.NormalizationAsync(summary, model);
            return found
                ?? throw new SupSupException(SupSupError.InvalidRequest, $"{problem}; send normalised FP32 values instead of pixels");
        }

        ModelNormalization common = await OfModelAsync(limits, model, cancellationToken);
        return common.Normalization ?? throw (common.Problem is { } line
            ? new SupSupException(SupSupError.InvalidRequest, line)
            : new SupSupException(SupSupError.NotFound, $"model '{model}' has learned no task yet; train one first"));
    }

    private static ModelNormalization OfOwn(ModelDescription own)
    {
        PixelNormalization? common = own.Spec.InputFormat?.Normalization ?? own.Normalization;
        return new()
        {
            Revision = ModelNormalization.Passing,
            Normalization = common,
            Problem = common is not null || own.Tasks.IsEmpty
                ? null
                : $"your tasks of model '{own.Name}' differ in normalisation, or it is not known; send normalised FP32 values instead of "
                    + "pixels, or name the task",
        };
    }
}
