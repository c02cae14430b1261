using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// The three records of a task. The mask is written first, then the metadata that speak of it, then the checkpoint is
/// cleared: a crash in between leaves an untrained task, which training again makes anew, or a checkpoint that is no
/// longer needed. What is being written is not told before it is durable. Used in grain turns only.
/// </summary>
internal sealed class TaskStore
{
    private readonly IPersistentState<TaskState> _task;
    private readonly IPersistentState<MaskState> _mask;
    private readonly IPersistentState<CheckpointState> _checkpoint;

    /// <summary>Wraps the records; they are read when the grain is activated, after this.</summary>
    public TaskStore(IPersistentState<TaskState> task, IPersistentState<MaskState> mask, IPersistentState<CheckpointState> checkpoint)
    {
        _task = task;
        _mask = mask;
        _checkpoint = checkpoint;
    }

    /// <summary>The durable metadata, or null.</summary>
    public TaskSummary? Summary { get; private set; }

    /// <summary>The durable packed mask, or null.</summary>
    public PackedMaskBlob? Mask { get; private set; }

    /// <summary>The durable checkpoint; its order is null when there is none.</summary>
    public CheckpointState Checkpoint { get; private set; } = new();

    /// <summary>Whether the task is trained and its mask is there.</summary>
    public bool IsTrained => Summary is not null && Mask is not null;

    /// <summary>Takes over what was read at activation.</summary>
    public void Open()
    {
        Summary = _task.State.Summary;
        Mask = _mask.State.Mask;
        Checkpoint = _checkpoint.State;
    }

    /// <summary>Makes a mask durable: under the version that the metadata already name where it is the same mask, else under a new one.</summary>
    public async Task StoreAsync(int index, TrainingOrder order, ModelNetwork network, TrainedMask trained, DateTimeOffset now)
    {
        byte[] file = PackedMaskFile.Write(network.Network, trained.Mask);
        string checksum = PackedMaskFile.Checksum(file);
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
        };
        MaskState mask = new() { Mask = new PackedMaskBlob { Task = index, Version = summary.Version, File = file } };
        await WriteAsync(_mask, mask);
        await WriteAsync(_task, new TaskState { Summary = summary });
        (Mask, Summary) = (mask.Mask, summary);
    }

    /// <summary>Makes a checkpoint durable.</summary>
    public async Task SaveAsync(CheckpointState state)
    {
        await WriteAsync(_checkpoint, state);
        Checkpoint = state;
    }

    /// <summary>Forgets the checkpoint.</summary>
    public async Task ClearCheckpointAsync()
    {
        if (_checkpoint.RecordExists) await StorageErrors.NamedAsync(_checkpoint.ClearStateAsync);
        Checkpoint = new CheckpointState();
    }

    private static async Task WriteAsync<T>(IPersistentState<T> state, T next)
    {
        T stored = state.State;
        state.State = next;
        try
        {
            await StorageErrors.NamedAsync(state.WriteStateAsync);
        }
        catch
        {
            state.State = stored;
            throw;
        }
    }
}
