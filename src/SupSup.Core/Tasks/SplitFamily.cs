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
    public string Description => "each task has the examples of two classes of its own";

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
        int[] train = Examples(dataset.Train, index);
        int[] test = Examples(dataset.Test, index);
        for (int label = index * ClassesPerTask; label < (index + 1) * ClassesPerTask; label++)
            if (!train.Any(example => dataset.Train.Labels[example] == label))
                throw new ArgumentException(
                    $"task {index} of family '{Name}' needs examples of each of its classes, but {dataset.Name} has no training example of "
                        + $"class {dataset.ClassText(label)}");
        if (test.Length == 0)
            throw new ArgumentException($"task {index} of family '{Name}' has no test example in {dataset.Name}");
        return new(dataset, [.. Enumerable.Range(0, dataset.Shape.Length)], train, test);
    }

    private static int[] Examples(ExampleSet set, int task) =>
        [.. Enumerable.Range(0, set.Count).Where(example => set.Labels[example] / ClassesPerTask == task)];
}
