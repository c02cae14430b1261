using SupSup.Core.Masks;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Storage;

/// <summary>
/// One per silo: reads stored masks for those who hold copies. A mask never changes once it is acknowledged, so the task
/// grain, its authority, need not be woken for it: a shard that is rebuilt reads a thousand records, and wakes nobody.
/// </summary>
/// <param name="records">The store.</param>
/// <param name="metrics">Counts what is read.</param>
public sealed class MaskArchive(GrainRecords records, MaskMetrics metrics)
{
    /// <summary>Reads an acknowledged mask.</summary>
    /// <param name="network">The model.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="slot">The task, and the version that was acknowledged.</param>
    /// <exception cref="SupSupException">Damaged: the record is missing, damaged or of another network.
    /// Unavailable: the store failed.</exception>
    public async Task<TaskMask> ReadAsync(ModelNetwork network, string model, ShardSlot slot)
    {
        try
        {
            TaskMask mask = await ReadRecordAsync(network, model, slot);
            metrics.Read(model);
            return mask;
        }
        catch (SupSupException e)
        {
            metrics.Failed(model, e.Error);
            throw;
        }
    }

    /// <summary>Reads an acknowledged mask, or says why it cannot be read.</summary>
    /// <param name="network">The model.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="slot">The task, and the version that was acknowledged.</param>
    /// <exception cref="SupSupException">Unavailable: the store failed.</exception>
    internal async Task<ReadMask> TryReadAsync(ModelNetwork network, string model, ShardSlot slot)
    {
        try
        {
            return new ReadMask(await ReadAsync(network, model, slot), null);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            return new ReadMask(null, new MaskFailure(slot.Task, e.Message));
        }
    }

    private async Task<TaskMask> ReadRecordAsync(ModelNetwork network, string model, ShardSlot slot)
    {
        string key = GrainKeys.Task(model, slot.Task);
        MaskState stored = await records.Open<MaskState>(StorageNames.Mask, MaskRecord.Of(key, slot.StoredAs)).ReadAsync();
        PackedMaskBlob blob = Checked(stored.Mask, key, slot.Task, slot.StoredAs > 0 ? slot.StoredAs : slot.Version);

        // Many are read at once: they are decoded side by side.
        return await Task.Run(() => network.Read(blob, key));
    }

    /// <summary>Checks that a stored mask is that of a task.</summary>
    /// <param name="mask">What is stored.</param>
    /// <param name="key">The task, `model/index`.</param>
    /// <param name="task">Its index.</param>
    /// <param name="version">The version that was acknowledged. A newer one was acknowledged after the caller looked, and serves as well.
    /// </param>
    /// <exception cref="SupSupException">Damaged: the mask is missing, older or another task's.</exception>
    internal static PackedMaskBlob Checked(PackedMaskBlob? mask, string key, int task, int version)
    {
        if (mask is null)
            throw new SupSupException(
                SupSupError.Damaged,
                $"the stored mask of task {key} is missing; restore it from a backup, or give the task its order again to make the same "
                    + "mask");
        if (mask.Task != task)
            throw new SupSupException(
                SupSupError.Damaged, $"the stored mask of task {key} is that of a task {mask.Task}; restore its own from a backup");
        return mask.Version >= version ? mask : throw new SupSupException(
            SupSupError.Damaged,
            $"the stored mask of task {key} has version {mask.Version}, but version {version} was acknowledged; restore the newer one "
                + "from a backup");
    }
}
