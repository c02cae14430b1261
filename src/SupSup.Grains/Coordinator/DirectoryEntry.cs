using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>One position of a model's directory.</summary>
/// <param name="Task">The task that lies or lay there; of a removed one the version is one more than that of
/// its mask, so that revisions grow.</param>
/// <param name="IsRemoved">Whether the task was removed: the position stays empty, and the index is never used again.</param>
internal readonly record struct DirectoryEntry(TaskSummary Task, bool IsRemoved)
{
    /// <summary>What shards and replicas are told of it.</summary>
    public ShardSlot Slot => IsRemoved
        ? ShardSlot.Empty(Task.Version + Task.Renames)
        : new ShardSlot(
            Task.Task, Task.Version, Task.UsualEvidence, Task.Classes ?? 0, Task.Names is not null,
            Task.EvidenceSpread, Task.Renames, Task.StoredAs);

    /// <summary>The entry once its task is removed.</summary>
    public DirectoryEntry Removed() => new(Task with { Version = Task.Version + 1 }, IsRemoved: true);
}
