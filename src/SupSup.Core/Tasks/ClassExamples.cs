using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>The examples of some classes of a dataset.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="Classes">The classes, in the order in which a task numbers them.</param>
/// <param name="Train">The training examples, by their numbers.</param>
/// <param name="Test">The test examples.</param>
internal sealed record ClassExamples(Dataset Dataset, int[] Classes, int[] Train, int[] Test)
{
    /// <summary>Finds them.</summary>
    /// <param name="task">What errors call the task.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="classes">Classes of it.</param>
    /// <exception cref="ArgumentException">A class has no training example, or all together no test example.</exception>
    public static ClassExamples Find(string task, Dataset dataset, int[] classes)
    {
        HashSet<int> wanted = [.. classes];
        int[] Of(ExampleSet set) => [.. Enumerable.Range(0, set.Count).Where(example => wanted.Contains(set.Labels[example]))];
        ClassExamples found = new(dataset, classes, Of(dataset.Train), Of(dataset.Test));
        HashSet<int> there = [.. found.Train.Select(example => dataset.Train.Labels[example])];
        foreach (int label in classes)
            if (!there.Contains(label))
                throw new ArgumentException(
                    $"{task} needs examples of each of its classes, but {dataset.Name} has no training example of class "
                        + dataset.ClassText(label));
        if (found.Test.Length == 0) throw new ArgumentException($"{task} has no test example in {dataset.Name}");
        return found;
    }

    /// <summary>The task of these classes, with inputs as they are.</summary>
    /// <param name="relabel">Whether the task numbers its classes from 0, or as the dataset does.</param>
    public ClassificationTask Task(bool relabel) =>
        new(Dataset, [.. Enumerable.Range(0, Dataset.Shape.Length)], Train, Test, relabel ? Classes : null);
}
