using System.Globalization;
using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>
/// As many classes a task as one says: task t of n classes each has the examples of classes tn to tn + n - 1, which it numbers from 0. What
/// is left over is in no task. The seed plays no part.
/// </summary>
public sealed class GroupedFamily : ITaskFamily
{
    private readonly int _classes;

    /// <summary>Makes the family.</summary>
    /// <param name="classes">Classes per task, as text.</param>
    /// <exception cref="ArgumentException">It is no number from 2 on.</exception>
    public GroupedFamily(string classes)
    {
        if (!int.TryParse(classes, NumberStyles.None, CultureInfo.InvariantCulture, out _classes) || _classes < 2)
            throw new ArgumentException($"task family 'grouped:{classes}' does not say how many classes a task has; use 2 or more");
    }

    /// <inheritdoc/>
    public string Name => $"grouped:{_classes}";

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return dataset.Classes / _classes;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The family has no such task, or the dataset lacks examples for it.</exception>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        int[] classes = [.. Enumerable.Range(index * _classes, _classes)];
        return ClassExamples.Find($"task {index} of family '{Name}'", dataset, classes).Task(relabel: true);
    }
}
