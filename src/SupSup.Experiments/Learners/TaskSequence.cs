using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;

namespace SupSup.Experiments.Learners;

/// <summary>The tasks of an experiment.</summary>
/// <param name="dataset">What they are made of.</param>
/// <param name="family">How.</param>
/// <param name="seed">The family's seed.</param>
internal sealed class TaskSequence(Dataset dataset, ITaskFamily family, ulong seed)
{
    // Images of a test set that are made at a time: as many as take 64 MB, of small ones 1024.
    private const int Chunk = 1024;
    private const int ChunkNumbers = 1 << 24;

    /// <summary>What the tasks are made of.</summary>
    public Dataset Dataset => dataset;

    /// <summary>Number of classes of each task.</summary>
    public int Classes { get; } = family.Make(dataset, seed, 0).Classes;

    /// <summary>What an example is to a network: planes of pictures as they are, else a vector.</summary>
    public PlaneShape Input { get; } = dataset.Shape is ExampleShape.Pixels pixels
        ? new(pixels.Channels, pixels.Rows, pixels.Columns) : PlaneShape.Vector(dataset.Shape.Length);

    /// <summary>How many tasks there are at most; null for no bound.</summary>
    public int? Most => family.Tasks(dataset);

    /// <summary>One task; beyond those learned there may be more.</summary>
    public ClassificationTask this[int task] => family.Make(dataset, seed, task);

    /// <summary>Which of a task's test images a classifier gets right.</summary>
    /// <param name="task">The task.</param>
    /// <param name="classify">Inputs [rows, in] and rows to a class per row.</param>
    public static bool[] Correct(ClassificationTask task, Func<float[], int, int[]> classify)
    {
        bool[] correct = new bool[task.TestCount];
        int chunk = Math.Clamp(ChunkNumbers / task.Inputs, 1, Chunk);
        for (int first = 0; first < correct.Length; first += chunk)
        {
            int rows = Math.Min(chunk, correct.Length - first);
            (float[] inputs, int[] labels) = task.Test(first, rows);
            int[] classes = classify(inputs, rows);
            for (int row = 0; row < rows; row++) correct[first + row] = classes[row] == labels[row];
        }

        return correct;
    }
}
