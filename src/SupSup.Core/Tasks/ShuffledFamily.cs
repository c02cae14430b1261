using System.Globalization;
using SupSup.Core.Datasets;
using SupSup.Core.Random;

namespace SupSup.Core.Tasks;

/// <summary>
/// As many classes a task as one says, in an order drawn from the seed, as the SplitCIFAR100 and SplitImageNet of the paper's code: task t
/// of n classes each has the examples of classes p[tn] to p[tn + n - 1], which it numbers from 0, p being
/// <c>numpy.random.RandomState(seed).permutation(classes)</c>. What is left over is in no task.
/// </summary>
public sealed class ShuffledFamily : ITaskFamily
{
    private readonly int _classes;

    /// <summary>Makes the family.</summary>
    /// <param name="classes">Classes per task, as text.</param>
    /// <exception cref="ArgumentException">It is no number from 2 on.</exception>
    public ShuffledFamily(string classes)
    {
        if (!int.TryParse(classes, NumberStyles.None, CultureInfo.InvariantCulture, out _classes) || _classes < 2)
            throw new ArgumentException($"task family 'shuffled:{classes}' does not say how many classes a task has; use 2 or more");
    }

    /// <inheritdoc/>
    public string Name => $"shuffled:{_classes}";

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return dataset.Classes / _classes;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The family has no such task, the dataset lacks examples for it, or the seed is none of
    /// numpy's.</exception>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        if (seed > uint.MaxValue)
            throw new ArgumentException($"task family '{Name}' draws as numpy does, by seeds up to {uint.MaxValue}, not {seed}");
        int[] order = new MersenneTwister((uint)seed).NextPermutation(dataset.Classes);
        return ClassExamples.Find($"task {index} of family '{Name}'", dataset, order[(index * _classes)..((index + 1) * _classes)])
            .Task(relabel: true);
    }
}
