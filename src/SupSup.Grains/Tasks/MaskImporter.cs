using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Tasks;

/// <summary>
/// Imports masks of one model, many at once. Masks of new tasks are stored here, each as its task grain would, but side by side and without
/// waking it, and entered in the directory by one write. Whatever else there is of a task is left to its grain.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="grains">Reaches its grains.</param>
/// <param name="networks">Opens its network.</param>
/// <param name="records">The store.</param>
/// <param name="versions">The version of mask files to store.</param>
/// <param name="time">The clock.</param>
internal sealed class MaskImporter(
    string model, IGrainFactory grains, NetworkCatalog networks, GrainRecords records, MaskVersions versions, TimeProvider time)
{
    private const int AtOnce = 32;

    private ICoordinatorGrain Coordinator => grains.Coordinator(model);

    /// <summary>Imports masks; see <see cref="IImportGrain.ImportAsync"/>.</summary>
    public async Task<ImmutableArray<TaskSummary>> ImportAsync(ImmutableArray<MaskImport> masks, CancellationToken cancellationToken)
    {
        if (masks.Length > IImportGrain.MostMasks)
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"{masks.Length} masks in a call are too many; import at most {IImportGrain.MostMasks} at once");
        if (masks.CountBy(mask => mask.Task).FirstOrDefault(same => same.Value > 1) is { Value: > 1 } twice)
            throw new SupSupException(SupSupError.InvalidRequest, $"task {twice.Key} is there {twice.Value} times; import it once");
        ModelNetwork network = networks.Open(await Coordinator.GetSpecAsync(cancellationToken));
        network.Spec.Refuse(model, TaskGrain.NoMask);
        foreach (MaskImport mask in masks) Check(mask, network.Spec);
        TaskSummary?[] stored = await StoreNewAsync(masks, network, cancellationToken);
        foreach (int[] others in Enumerable.Range(0, masks.Length).Where(n => stored[n] is null).Chunk(AtOnce))
            await Task.WhenAll(others.Select(async n => stored[n] =
                await grains.Task(model, masks[n].Task).ImportAsync(masks[n].File, masks[n].Details, cancellationToken)));
        return [.. stored.Select(summary => summary!)];
    }

    private static void Check(MaskImport mask, ModelSpec spec)
    {
        try
        {
            mask.Details.Check(spec);
        }
        catch (SupSupException e)
        {
            throw new SupSupException(e.Error, $"task {mask.Task}: {e.Message}");
        }
    }

    // Those of tasks that nothing is known or stored of; null for the others.
    private async Task<TaskSummary?[]> StoreNewAsync(
        ImmutableArray<MaskImport> masks, ModelNetwork network, CancellationToken cancellationToken)
    {
        TaskSummary?[] stored = new TaskSummary?[masks.Length];
        Guid import = Guid.NewGuid();
        int[] tasks = [.. masks.Select(mask => mask.Task)];
        HashSet<int> free = [.. tasks.Except(await Coordinator.BeginImportAsync(import, tasks, cancellationToken))];

        // After that: no training begins with them from here on.
        free.ExceptWith((await grains.GetGrain<ITrainingBoardGrain>(model).ListAsync(cancellationToken))
            .Where(report => !report.Progress.IsFinal).Select(report => report.Progress.Task));
        using SemaphoreSlim some = new(AtOnce);
        Task storing = Task.WhenAll(Enumerable.Range(0, masks.Length).Where(n => free.Contains(masks[n].Task)).Select(async n =>
        {
            using IDisposable turn = await some.EnterAsync(cancellationToken);
            stored[n] = await TryStoreAsync(network, masks[n]);
        }));
        await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        // Where one failed, the others are learned all the same.
        Task ending = Coordinator.EndImportAsync(import, [.. stored.OfType<TaskSummary>()], CancellationToken.None);
        await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await storing; // whose error comes first
        await ending;
        return stored;
    }

    // The mask first, then the metadata that speak of it. Where there is a record of either, a crash left it, or an import whose answer
    // was lost: its grain reads what it is.
    private async Task<TaskSummary?> TryStoreAsync(ModelNetwork network, MaskImport import)
    {
        string key = GrainKeys.Task(model, import.Task);
        (byte[] file, TaskMask mask) = await Task.Run(() =>
        {
            TaskMask read = network.Read(new PackedMaskBlob { Task = import.Task, Version = 1, File = import.File }, key);
            return (versions.Write(network, read, import.File), read);
        });
        TaskDetails details = import.Details.Completed(network.Spec);
        TaskSummary summary = TaskStore.Describe(
            import.Task, TaskLearning.Imported(details), file, TaskLearning.Imported(mask, details), time.GetUtcNow(), details);
        GrainId task = MaskRecord.Of(key, summary.StoredAs);
        PackedMaskBlob blob = new() { Task = import.Task, Version = summary.Version, File = file };
        return await records.Open<MaskState>(StorageNames.Mask, task).TryCreateAsync(new MaskState { Mask = blob })
            && await records.Open<TaskState>(StorageNames.Task, task).TryCreateAsync(new TaskState { Summary = summary })
            ? summary : null;
    }
}
