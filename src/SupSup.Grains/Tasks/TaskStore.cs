using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// The three records of a task. The mask is written first, then the metadata that speak of it, then the checkpoint is
/// cleared: a crash in between leaves an untrained task, which training again makes the same, bit for bit, or a
/// checkpoint that is no longer needed. Used in grain turns only.
/// </summary>
internal sealed class TaskStore(IPersistentState<TaskState> task, IPersistentState<MaskState> mask, IPersistentState<CheckpointState> checkpoint)
{
    /// <summary>The metadata, or null.</summary>
    public TaskSummary? Summary => task.State.Summary;

    /// <summary>The packed mask, or null.</summary>
    public PackedMaskBlob? Mask => mask.State.Mask;

    /// <summary>Whether the task is trained and its mask is there.</summary>
    public bool IsTrained => Summary is not null && Mask is not null;

    /// <summary>The checkpoint; its order is null when there is none.</summary>
    public CheckpointState Checkpoint => checkpoint.State;

    /// <summary>Makes a mask durable.</summary>
    public async Task<TaskSummary> StoreAsync(int index, TrainingOrder order, ModelNetwork network, TrainedMask trained, DateTimeOffset now)
    {
        byte[] file = PackedMaskFile.Write(network.Network, trained.Mask);
        TaskSummary summary = new()
        {
            Task = index,
            Version = 1,
            Order = order,
            Bytes = file.Length,
            Checksum = PackedMaskFile.Checksum(file),
            Loss = trained.Loss,
            TrainSeconds = trained.Duration.TotalSeconds,
            TrainedAt = now,
        };
        await WriteAsync(mask, new MaskState { Mask = new PackedMaskBlob { Task = index, Version = summary.Version, File = file } });
        await WriteAsync(task, new TaskState { Summary = summary });
        await ClearCheckpointAsync();
        return summary;
    }

    /// <summary>Makes a checkpoint durable.</summary>
    public Task SaveAsync(CheckpointState state) => WriteAsync(checkpoint, state);

    /// <summary>Forgets the checkpoint.</summary>
    public async Task ClearCheckpointAsync()
    {
        if (checkpoint.RecordExists) await checkpoint.ClearStateAsync();
    }

    // What could not be stored must not be believed in memory either.
    private static async Task WriteAsync<T>(IPersistentState<T> state, T next)
    {
        T stored = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = stored;
            throw;
        }
    }
}
