using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Tasks;

/// <summary>
/// The three records of a task. The mask is written first, then the metadata that speak of it, then the checkpoint is
/// cleared: a crash in between leaves an untrained task, which training makes again, or a checkpoint that is no
/// longer needed. Each record is read when it is first needed, and masks are not kept. Used in grain turns only.
/// </summary>
internal sealed class TaskStore
{
    private readonly GrainRecord<TaskState> _task;
    private readonly GrainRecord<MaskState> _mask;
    private readonly GrainRecord<CheckpointState> _checkpoint;
    private readonly MaskVersions _versions;
    private readonly string _key;
    private readonly int _index;
    private readonly WeakReference<PackedMaskBlob?> _recent = new(null);
    private bool _maskIsMissing;

    /// <summary>Opens the records; nothing is read yet.</summary>
    /// <param name="records">The store.</param>
    /// <param name="versions">The version of mask files to store.</param>
    /// <param name="grain">The task grain.</param>
    /// <param name="onConflict">Called when another activation wrote one of the records.</param>
    public TaskStore(GrainRecords records, MaskVersions versions, GrainId grain, Action onConflict)
    {
        _versions = versions;
        _key = grain.Key.ToString()!;
        _index = GrainKeys.Split(_key).Index;
        _task = records.Open<TaskState>(StorageNames.Task, grain, onConflict);
        _mask = records.Open<MaskState>(StorageNames.Mask, grain, onConflict);
        _checkpoint = records.Open<CheckpointState>(StorageNames.Checkpoint, grain, onConflict);
    }

    /// <summary>The durable metadata, or null.</summary>
    public TaskSummary? Summary => _task.Value.Summary;

    /// <summary>The losses of the training that made the mask; empty where they are not known.</summary>
    public ImmutableArray<LossPoint> Curve => _task.Value.Curve;

    /// <summary>The durable checkpoint; its order is null when there is none.</summary>
    public CheckpointState Checkpoint => _checkpoint.Value;

    /// <summary>Whether the task is trained and its mask is there.</summary>
    public bool IsTrained => Summary is not null && !_maskIsMissing;

    /// <summary>Checks, before it is trained, that every silo will read the mask.</summary>
    /// <param name="network">Its network.</param>
    /// <exception cref="SupSupException">Unavailable: it names the silos that will not.</exception>
    public void CheckRead(ModelNetwork network) => _versions.CheckRead(network.Network.Plan, begins: true);

    /// <summary>Reads the metadata, unless that was done.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task OpenAsync()
    {
        if ((await _task.ReadAsync()).Summary is not { } summary || summary.Task == _index) return;
        throw new SupSupException(
            SupSupError.Damaged,
            $"the stored record of task {_key} is that of a task {summary.Task}; restore its own from a backup, or delete it and give the "
                + "task its order again");
    }

    /// <summary>Reads, besides, what training must know: whether the mask is there, and if not, how far it had come.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task OpenForTrainingAsync()
    {
        await OpenAsync();
        _maskIsMissing = Summary is { Bytes: > 0 } && await MaskAsync() is null; // of none it is in the reservoir
        await _checkpoint.ReadAsync();
    }

    /// <summary>The durable packed mask, or null.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<PackedMaskBlob?> MaskAsync()
    {
        if (_recent.TryGetTarget(out PackedMaskBlob? recent)) return recent;
        PackedMaskBlob? mask = (await _mask.ReadAsync()).Mask;
        if (mask is not null) MaskArchive.Checked(mask, _key, _index, version: 0);
        _recent.SetTarget(mask);
        _mask.Release();
        return mask;
    }

    /// <summary>Makes a mask durable: under the version that the metadata already name where it is the same
    /// mask, else under a new one.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task StoreAsync(
        int index,
        TrainingOrder order,
        ModelNetwork network,
        TrainedMask trained,
        DateTimeOffset now,
        TaskDetails details,
        LossCurve? curve = null)
    {
        await OpenAsync();
        byte[] file = File(network, trained.Mask);
        string checksum = MaskFile.Checksum(file);
        TaskSummary summary = new()
        {
            Task = index,
            Version = Summary is not { } known ? 1 : known.Checksum == checksum ? known.Version : known.Version + 1,
            Order = order,
            Bytes = file.Length,
            Checksum = checksum,
            Loss = trained.Loss,
            TrainSeconds = trained.Duration.TotalSeconds,
            TrainedAt = now,
            Normalization = details.Normalization,
            UsualEvidence = trained.UsualEvidence?.Mean,
            EvidenceSpread = WireEvidence.ToWire(trained.UsualEvidence),
            Classes = details.Classes,
            Names = details.Names,
            DataChecksum = details.DataChecksum,
        };
        MaskState mask = new() { Mask = new PackedMaskBlob { Task = index, Version = summary.Version, File = file } };
        await _mask.WriteAsync(mask);
        _mask.Release();
        await StoreAsync(summary, curve);
        _recent.SetTarget(mask.Mask);
    }

    /// <summary>Makes a task durable whose mask is.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task StoreAsync(TaskSummary summary, LossCurve? curve)
    {
        await OpenAsync();
        if (Summary is { } before) summary = summary.Named(before);
        await _task.WriteAsync(new TaskState { Summary = summary, Curve = curve?.Points() ?? [] });
        _maskIsMissing = false;
    }

    /// <summary>Makes another name of the task durable, if it is learned.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task RenameAsync(string name)
    {
        if (Summary is { } known && known.Names?.Task != name)
            await _task.WriteAsync(new TaskState { Summary = known.Renamed(name), Curve = Curve });
    }

    /// <summary>Makes a checkpoint durable.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task SaveAsync(CheckpointState state) => _checkpoint.WriteAsync(state);

    /// <summary>Deletes all records. What is damaged cannot be deleted, and stays where no one looks for it.</summary>
    /// <exception cref="SupSupException">Unavailable.</exception>
    public async Task DeleteAsync()
    {
        await DeleteAsync(_task.ClearAsync);
        await DeleteAsync(_mask.ClearAsync);
        await DeleteAsync(_checkpoint.ClearAsync);
        _recent.SetTarget(null);
        _maskIsMissing = false;
    }

    private byte[] File(ModelNetwork network, TaskMask mask)
    {
        _versions.CheckRead(network.Network.Plan, begins: false);
        return MaskFile.Write(network.Network, mask, Math.Max(_versions.Stored, MaskFile.OldestVersion(network.Network.Plan)));
    }

    private static async Task DeleteAsync(Func<Task> clear)
    {
        try
        {
            await clear();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
        }
    }

    /// <summary>Enters the trained task in the directory. A crash may have come between the mask and what
    /// follows it: repeating that is harmless.</summary>
    /// <exception cref="SupSupException">Conflict: the directory knows another mask. Damaged or Unavailable.</exception>
    public async Task AcknowledgeAsync(ICoordinatorGrain coordinator)
    {
        await coordinator.RegisterTaskAsync(Summary!, CancellationToken.None);
        await ClearCheckpointAsync();
    }

    /// <summary>Forgets the checkpoint.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task ClearCheckpointAsync() => _checkpoint.ClearAsync();
}
