using System.Collections.Immutable;
using SupSup.Core.Tasks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>Classes of data that a task was not learned from.</summary>
public static class ClassNumbers
{
    /// <summary>The task's number of each class of the data, by their names where both have some.</summary>
    /// <param name="data">The data.</param>
    /// <param name="own">What the task's classes are called; none where the data are its own.</param>
    /// <param name="task">What messages call the task.</param>
    /// <exception cref="SupSupException">InvalidRequest: the data have a class that the task has not.</exception>
    public static int[] Of(ClassificationTask data, ImmutableArray<string> own, string task)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.ClassNames is not { } names || own.IsEmpty) return [.. Enumerable.Range(0, data.Classes)];
        int[] numbers = [.. names.Select(name => own.IndexOf(name))];
        int other = Array.IndexOf(numbers, -1);

        // A task whose classes were named otherwise than its data name them has them in the order of the data.
        if (other >= 0 && names.Count == own.Length && !names.Any(own.Contains)) return [.. Enumerable.Range(0, data.Classes)];
        return other < 0 ? numbers : throw new SupSupException(
            SupSupError.InvalidRequest,
            $"{data.Dataset.Name} has class '{names[other]}', which task {task} has not; its classes are {string.Join(", ", own)}");
    }
}
