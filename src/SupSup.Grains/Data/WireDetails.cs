using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>What clients and stored tasks know of a task's data.</summary>
internal static class WireDetails
{
    /// <summary>What is kept of the data of a task.</summary>
    /// <param name="task">The task's data.</param>
    /// <param name="order">What was ordered: its names come before those of the data.</param>
    public static TaskDetails Details(this ClassificationTask task, TrainingOrder order)
    {
        TaskNames names = new()
        {
            Task = order.Names?.Task,
            Classes = order.Names is { Classes.IsEmpty: false } told ? told.Classes : [.. task.ClassNames ?? []],
        };
        return new()
        {
            Normalization = task.OnTheWire(),
            Classes = task.Classes,
            Names = names.IsEmpty ? null : names,
            DataChecksum = task.Dataset.Checksum,
        };
    }

    private static PixelNormalization OnTheWire(this ClassificationTask task) =>
        task.Normalization.OnTheWire(task.Dataset.Shape is ExampleShape.Vector);

    public static PixelNormalization OnTheWire(this Normalization normalization, bool ofNumbers = false) =>
        new()
        {
            Means = normalization.Means,
            Deviations = normalization.Deviations,
            Numbers = ofNumbers,
            Even = normalization.IsEven,
        };
}
