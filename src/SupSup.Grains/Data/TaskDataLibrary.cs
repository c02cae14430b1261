using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>One per silo: the datasets in use, loaded once and shared by all tasks.</summary>
/// <param name="options">Where datasets lie.</param>
/// <param name="logger">Hears what is to be known of data that are opened.</param>
public sealed partial class TaskDataLibrary(IOptions<ComputeOptions> options, ILogger<TaskDataLibrary> logger)
{
    private readonly DatasetStore _store = new(options.Value.DataFolder);
    private readonly ConcurrentDictionary<string, Lazy<Task<Dataset>>> _datasets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PixelNormalization> _normalizations = new(StringComparer.Ordinal);

    /// <summary>Makes a task's data.</summary>
    /// <param name="data">Which.</param>
    /// <exception cref="SupSupException">InvalidRequest: no such dataset, family or task of it. Unavailable:
    /// the dataset is damaged or cannot be fetched.</exception>
    public async Task<ClassificationTask> OpenAsync(TaskData data)
    {
        try
        {
            ITaskFamily family = TaskFamilies.Get(data.Family);
            return family.Make(await OpenDatasetAsync(data.Dataset), data.Seed, data.Index);
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message);
        }
    }

    /// <summary>Opens a dataset.</summary>
    /// <param name="name">Its name, or a path that the silo can read, with options.</param>
    /// <exception cref="SupSupException">InvalidRequest: no such dataset. Unavailable: it is damaged or cannot be fetched.</exception>
    public async Task<Dataset> OpenDatasetAsync(string name)
    {
        try
        {
            return await DatasetAsync(_store.Canonical(name));
        }
        catch (DatasetException e)
        {
            bool isRequest = e is DatasetOptionException || !_store.Knows(name);
            throw new SupSupException(isRequest ? SupSupError.InvalidRequest : SupSupError.Unavailable, e.Message);
        }
    }

    /// <summary>Makes a task's data for a model.</summary>
    /// <param name="data">Which.</param>
    /// <param name="spec">The model's definition.</param>
    /// <param name="model">The model's name.</param>
    /// <exception cref="SupSupException">As <see cref="OpenAsync(TaskData)"/>; and InvalidRequest: more
    /// classes than the model has.</exception>
    public async Task<ClassificationTask> OpenAsync(TaskData data, ModelSpec spec, string model)
    {
        ClassificationTask task = await OpenAsync(data);
        return task.Classes <= spec.Classes
            ? task
            : throw new SupSupException(
                SupSupError.InvalidRequest, $"the data have {task.Classes} classes, but model {model} has {spec.Classes}");
    }

    /// <summary>How the inputs of a task are normalised: as stored with it or, of one learned before that, as its dataset is.</summary>
    /// <param name="task">The task.</param>
    /// <param name="model">The model's name.</param>
    /// <returns>The normalisation, or why it is not known.</returns>
    public async Task<(PixelNormalization? Normalization, string? Problem)> NormalizationAsync(TaskSummary task, string model)
    {
        if (task.Normalization is { } known) return (known, null);
        if (task.Order.Data is not { } data)
        {
            string origin = task.Order.Recipe == TrainingOrder.Imported ? "imported" : "learned from submitted batches";
            return (null, $"task {model}/{task.Task} was {origin}, and how its inputs are normalised was not told");
        }

        (PixelNormalization? normalization, string? problem) = await NormalizationAsync(data.Dataset);
        if (normalization is not null) return (normalization, null);
        return (null, $"task {model}/{task.Task} does not say how its inputs are normalised, and its data cannot be read ({problem})");
    }

    /// <summary>How the pixels of a dataset are normalised; its images are not kept.</summary>
    /// <param name="dataset">Its name, or a path that the silo can read, with options.</param>
    /// <returns>The normalisation, or why the dataset cannot be read.</returns>
    public async Task<(PixelNormalization? Normalization, string? Problem)> NormalizationAsync(string dataset)
    {
        try
        {
            string name = _store.Canonical(dataset);
            if (_normalizations.TryGetValue(name, out PixelNormalization? known)) return (known, null);
            return (_normalizations[name] = (await _store.NormalizationAsync(name)).OnTheWire(), null);
        }
        catch (DatasetException e)
        {
            return (null, e.Message);
        }
    }

    // One load per dataset, which no single caller's cancellation ends; a failed load is forgotten, so that a mended dataset is found.
    private async Task<Dataset> DatasetAsync(string name)
    {
        Lazy<Task<Dataset>> load = _datasets.GetOrAdd(
            name, key => new(() => Task.Run(() => LoadAsync(key))));
        try
        {
            return await load.Value;
        }
        catch
        {
            _datasets.TryRemove(KeyValuePair.Create(name, load));
            throw;
        }
    }

    private async Task<Dataset> LoadAsync(string name)
    {
        Dataset dataset = await _store.OpenAsync(name);
        foreach (string remark in dataset.Remarks) LogRemark(remark);
        return dataset;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Data: {Remark}")]
    private partial void LogRemark(string remark);
}
