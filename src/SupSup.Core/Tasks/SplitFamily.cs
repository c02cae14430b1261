using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>
/// Two classes a task, as the PartitionMNISTV2 of the paper's code: task t has the examples of classes 2t and 2t + 1,
/// unchanged and with the labels they have in the dataset. Of an odd number of classes the last is in no task. The
/// seed plays no part.
/// </summary>
public sealed class SplitFamily : ITaskFamily
{
    public const int ClassesPerTask = 2;

    /// <inheritdoc/>
    public string Name => "split";

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return dataset.Classes / ClassesPerTask;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The family has no such task, or the dataset lacks examples for it.</exception>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        int[] classes = [.. Enumerable.Range(index * ClassesPerTask, ClassesPerTask)];
        return ClassExamples.Find($"task {index} of family '{Name}'", dataset, classes).Task(relabel: false);
    }
}
