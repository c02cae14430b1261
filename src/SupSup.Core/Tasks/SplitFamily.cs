using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>
/// Two classes a task, as the PartitionMNISTV2 of the paper's code: task t has the images of classes 2t and 2t + 1,
/// unchanged and with the labels they have in the dataset. Of an odd number of classes the last is in no task. The
/// seed plays no part.
/// </summary>
public sealed class SplitFamily : ITaskFamily
{
    public const int ClassesPerTask = 2;

    /// <inheritdoc/>
    public string Name => "split";

    /// <inheritdoc/>
    public string Description => "each task has the images of two classes of its own";

    /// <inheritdoc/>
    public int? Tasks(ImageDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return dataset.Classes / ClassesPerTask;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The family has no such task, or the dataset no training or no test image for it.</exception>
    public ClassificationTask Make(ImageDataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        int[] train = Images(dataset.Train, index);
        int[] test = Images(dataset.Test, index);
        if (train.Length == 0 || test.Length == 0)
            throw new ArgumentException(
                $"task {index} of family '{Name}' has {train.Length} training and {test.Length} test images in {dataset.Name}; it needs "
                    + "some of both");
        return new(dataset, [.. Enumerable.Range(0, dataset.Train.PixelsPerImage)], train, test);
    }

    private static int[] Images(ImageSet set, int task) =>
        [.. Enumerable.Range(0, set.Count).Where(image => set.Labels[image] / ClassesPerTask == task)];
}
