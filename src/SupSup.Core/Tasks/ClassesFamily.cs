using System.Globalization;
using SupSup.Core.Datasets;

namespace SupSup.Core.Tasks;

/// <summary>
/// Some classes of the data: one task, whose class c is the c-th of the list. The seed plays no part.
/// </summary>
/// <param name="list">Classes by name or, where the dataset names none, by number; commas between.</param>
public sealed class ClassesFamily(string list) : ITaskFamily
{
    private readonly string[] _classes = list.Split(',', StringSplitOptions.TrimEntries);

    /// <inheritdoc/>
    public string Name => $"classes:{list}";

    /// <inheritdoc/>
    public int? Tasks(Dataset dataset) => 1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The dataset has no such class, or no examples of it; a class is named twice, or just one
    /// is.</exception>
    public ClassificationTask Make(Dataset dataset, ulong seed, int index)
    {
        this.CheckHas(dataset, index);
        int[] classes = [.. _classes.Select(name => Find(dataset, name))];
        if (classes.Length < 2)
            throw new ArgumentException($"task family '{Name}' has one class; name two at least, with commas between, as in 'classes:3,7'");
        if (classes.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"task family '{Name}' names class {dataset.ClassText(twice.Key)} twice; name each once");
        return ClassExamples.Find($"task family '{Name}'", dataset, classes).Task(relabel: true);
    }

    // A name that looks like a number is a name.
    private int Find(Dataset dataset, string name)
    {
        for (int label = 0; label < dataset.ClassNames?.Count; label++)
            if (dataset.ClassNames[label] == name) return label;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < dataset.Classes) return number;
        string known = dataset.ClassNames is { } names ? string.Join(", ", names) : $"0 to {dataset.Classes - 1}";
        throw new ArgumentException($"task family '{Name}': {dataset.Name} has no class '{name}'; its classes are {known}");
    }
}
