using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>The normalisation of a task's data as clients and stored tasks know it.</summary>
internal static class WireNormalization
{
    public static PixelNormalization OnTheWire(this ClassificationTask task) =>
        task.Normalization.OnTheWire(task.Dataset.Shape is ExampleShape.Vector);

    public static PixelNormalization OnTheWire(this Normalization normalization, bool ofNumbers = false) =>
        new() { Means = normalization.Means, Deviations = normalization.Deviations, Numbers = ofNumbers };
}
