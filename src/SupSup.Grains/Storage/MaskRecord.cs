namespace SupSup.Grains.Storage;

/// <summary>Where the masks of a task are. They are the storage layout, so this never changes.</summary>
public static class MaskRecord
{
    /// <summary>The grain that a mask is stored for.</summary>
    /// <param name="task">The task, `model/index`.</param>
    /// <param name="storedAs">0 for the mask that the task was first learned with, else the version that it was stored as.</param>
    public static GrainId Of(string task, int storedAs) => GrainId.Create("task", storedAs == 0 ? task : $"{task}/{storedAs}");
}
