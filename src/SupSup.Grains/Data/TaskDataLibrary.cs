using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Sent;

namespace SupSup.Grains.Data;

/// <summary>One per silo: the datasets in use, loaded once and shared by all tasks. Of data by path, and of those that were sent, the most
/// recent are kept.</summary>
/// <param name="options">Where datasets lie.</param>
/// <param name="sent">Opens data that were sent.</param>
/// <param name="logger">Hears what is to be known of data that are opened.</param>
public sealed partial class TaskDataLibrary(IOptions<ComputeOptions> options, SentDataArchive sent, ILogger<TaskDataLibrary> logger)
{
    private const int MostKept = 16;

    private readonly DatasetStore _store = new(options.Value.DataFolder);
    private readonly DataRoots _roots = new(options.Value.DataRoots);
    private readonly ConcurrentDictionary<(string Name, string Stamp), Lazy<Task<Dataset>>> _datasets = new();
    private readonly ConcurrentDictionary<(string Name, string Stamp), PixelNormalization> _normalizations = new();
    private readonly ConcurrentQueue<(string Name, string Stamp)> _kept = new();

    /// <summary>Makes a task's data, normalised as its dataset is.</summary>
    /// <param name="data">Which.</param>
    /// <exception cref="SupSupException">InvalidRequest: no such dataset, family or task of it. Unavailable:
    /// the dataset is damaged or cannot be fetched.</exception>
    public Task<ClassificationTask> OpenAsync(TaskData data) => MakeAsync(data, dataset => dataset);

    private async Task<ClassificationTask> MakeAsync(TaskData data, Func<Dataset, Dataset> prepare)
    {
        try
        {
            ITaskFamily family = TaskFamilies.Get(data.Family);
            return family.Make(prepare(await OpenDatasetAsync(data.Dataset)), data.Seed, data.Index);
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, e.Message);
        }
    }

    /// <summary>Opens a dataset.</summary>
    /// <param name="name">Its name, a path that the silo can read, or the name of data that were sent; the latter two with options.</param>
    /// <exception cref="SupSupException">InvalidRequest: no such dataset. Unavailable: it is damaged or cannot be fetched.</exception>
    public async Task<Dataset> OpenDatasetAsync(string name)
    {
        try
        {
            string canonical = Canonical(name);
            return await DatasetAsync(canonical, await StampAsync(canonical));
        }
        catch (DatasetException e)
        {
            bool isRequest = e is DatasetOptionException || SentDataArchive.Names(name) || !_store.Knows(name);
            throw new SupSupException(isRequest ? SupSupError.InvalidRequest : SupSupError.Unavailable, e.Message);
        }
    }

    /// <summary>Makes a task's data for a model: normalised by the model's format of inputs where it has one.</summary>
    /// <param name="data">Which.</param>
    /// <param name="spec">The model's definition.</param>
    /// <param name="model">The model's name.</param>
    /// <exception cref="SupSupException">As <see cref="OpenAsync(TaskData)"/>; and InvalidRequest: more
    /// classes than the model has outputs, or examples of another shape than the model's.</exception>
    public async Task<ClassificationTask> OpenAsync(TaskData data, ModelSpec spec, string model)
    {
        ClassificationTask task = await MakeAsync(
            data, dataset => spec.InputFormat is { } format ? format.Fit(dataset, $"model {model}") : dataset);
        return task.Classes <= spec.Outputs
            ? task
            : throw new SupSupException(
                SupSupError.InvalidRequest, $"the data have {task.Classes} classes, but model {model} has {spec.Outputs} outputs");
    }

    /// <summary>The checksum of data that can change as they are now; null of a named dataset, which never does, and where there are none
    /// any more.</summary>
    /// <param name="dataset">Name or path.</param>
    /// <exception cref="SupSupException">Unavailable: they cannot be read.</exception>
    public async Task<string?> ChecksumNowAsync(string dataset)
    {
        if (!SentDataArchive.Names(dataset)) _roots.Check(dataset);
        bool isThere = SentDataArchive.Names(dataset)
            ? await sent.ChecksumAsync(dataset) is not null
            : DatasetStore.IsPath(dataset) && _store.Knows(dataset);
        if (!isThere) return null;
        return (await OpenDatasetAsync(dataset)).Checksum;
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
            string name = Canonical(dataset);
            (string, string) key = (name, await StampAsync(name));
            if (_normalizations.TryGetValue(key, out PixelNormalization? known)) return (known, null);
            Normalization found = SentDataArchive.Names(name)
                ? (await OpenDatasetAsync(name)).Normalization
                : await _store.NormalizationAsync(name);
            return (_normalizations[key] = found.OnTheWire(), null);
        }
        catch (SupSupException e)
        {
            return (null, e.Message);
        }
        catch (DatasetException e)
        {
            return (null, e.Message);
        }
    }

    // One load per dataset, which no single caller's cancellation ends; a failed load is forgotten, so that a mended dataset is found. Data
    // by path that have changed since are loaded anew.
    private async Task<Dataset> DatasetAsync(string name, string stamp)
    {
        (string Name, string) key = (name, stamp);
        if (!_datasets.ContainsKey(key))
            foreach ((string Name, string) old in _datasets.Keys.Where(old => old.Name == name).ToArray())
                if (_datasets.TryRemove(old, out _)) LogRemark($"{name} has changed and is read again");
        Lazy<Task<Dataset>> load = _datasets.GetOrAdd(key, _ => new(() => Task.Run(() => LoadAsync(name, stamp))));
        try
        {
            Dataset dataset = await load.Value;
            if (stamp.Length > 0) Keep(key);
            return dataset;
        }
        catch
        {
            _datasets.TryRemove(KeyValuePair.Create(key, load));
            throw;
        }
    }

    // Those that were loaded longest ago are let go: there may be as many as there are tasks.
    private void Keep((string Name, string Stamp) key)
    {
        if (_kept.Contains(key)) return;
        _kept.Enqueue(key);
        while (_kept.Count > MostKept && _kept.TryDequeue(out (string, string) oldest)) _datasets.TryRemove(oldest, out _);
    }

    private string Canonical(string name)
    {
        if (SentDataArchive.Names(name)) return name;
        _roots.Check(name);
        return _store.Canonical(name);
    }

    // Named datasets never change: their files are verified when they are opened.
    private async Task<string> StampAsync(string name) =>
        SentDataArchive.Names(name) ? await sent.ChecksumAsync(name) ?? "none"
        : DatasetStore.IsPath(name) ? await Task.Run(() => DatasetFiles.Stamp(name))
        : "";

    private async Task<Dataset> LoadAsync(string name, string stamp)
    {
        Dataset dataset = SentDataArchive.Names(name) ? await sent.OpenAsync(name, stamp) : await _store.OpenAsync(name);
        _ = dataset.Checksum; // computed here, where it holds up no grain's turn
        foreach (string remark in dataset.Remarks) LogRemark(remark);
        return dataset;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Data: {Remark}")]
    private partial void LogRemark(string remark);
}
