using System.Collections.Immutable;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// How the inputs of a model's tasks are normalised. Tasks learned before that was stored are looked up by their dataset, one dataset
/// after another.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="data">The silo's datasets.</param>
internal sealed class TaskNormalizations(string model, TaskDataLibrary data)
{
    /// <summary>The tasks with their normalisation, as far as it is known.</summary>
    public async Task<ImmutableArray<TaskSummary>> CompleteAsync(ImmutableArray<TaskSummary> tasks)
    {
        Dictionary<string, PixelNormalization?> found = [];
        foreach (string dataset in tasks.Select(Lookup).OfType<string>().Distinct())
            found[dataset] = (await data.NormalizationAsync(dataset)).Normalization;
        if (found.Count == 0) return tasks;
        return [.. tasks.Select(task => Lookup(task) is { } dataset ? task with { Normalization = found[dataset] } : task)];
    }

    /// <summary>The normalisation that all tasks share. The first task at odds with others decides, so few data are read.</summary>
    public async Task<ModelNormalization> CommonAsync(long revision, IEnumerable<TaskSummary> tasks)
    {
        const string Remedy = "send normalised FP32 values instead of pixels, or name the task";
        (TaskSummary Task, PixelNormalization Normalization)? first = null;
        foreach (TaskSummary task in tasks.DistinctBy(task => (task.Normalization, Lookup(task))))
        {
            (PixelNormalization? found, string? problem) = await data.NormalizationAsync(task, model);
            if (first is var (other, known) && found != known)
                problem ??= $"tasks of model '{model}' differ in normalisation, task {other.Task} has {known}, task {task.Task} {found}";
            if (problem is not null || found is null)
            {
                bool isPassing = found is null && task.Order.Data is not null;
                return new() { Revision = isPassing ? ModelNormalization.Passing : revision, Problem = $"{problem}; {Remedy}" };
            }

            first ??= (task, found);
        }

        return new ModelNormalization { Revision = revision, Normalization = first?.Normalization };
    }

    // The dataset to look up; null where the task says how it is normalised, or has none.
    private static string? Lookup(TaskSummary task) => task.Normalization is null ? task.Order.Data?.Dataset : null;
}
