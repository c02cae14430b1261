namespace SupSup.Core.Random;

/// <summary>Derives the seed of one task from the pair (model seed, task index), so that no two pairs share tasks.</summary>
public static class TaskSeed
{
    /// <summary>The seed from which a task draws its initial scores and its batch order.</summary>
    /// <param name="seed">The model's seed.</param>
    /// <param name="task">Task index, not negative.</param>
    public static ulong Derive(ulong seed, int task) =>
        new RandomStream(seed, StreamPurpose.TaskSeed, task).NextUInt64();
}
