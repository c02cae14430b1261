using SupSup.Core.Datasets;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>A model's format of inputs, and datasets.</summary>
public static class WireFormats
{
    /// <summary>The format that the examples of a dataset have.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="stretch">Whether pictures are stretched to the shape.</param>
    public static InputFormat Of(Dataset dataset, bool stretch = false) => new()
    {
        Shape = dataset.Shape is ExampleShape.Pixels pixels ? [pixels.Channels, pixels.Rows, pixels.Columns] : [dataset.Shape.Length],
        Normalization = dataset.Normalization.OnTheWire(dataset.Shape is ExampleShape.Vector),
        Names = [.. dataset.FeatureNames ?? []],
        Stretch = stretch,
    };

    /// <summary>The examples of a dataset as those of a model.</summary>
    /// <param name="format">The model's.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="model">What messages call the model.</param>
    /// <returns>The same examples, normalised by the format.</returns>
    /// <exception cref="SupSupException">InvalidRequest: they have another shape, or their numbers other names.</exception>
    public static Dataset Fit(this InputFormat format, Dataset dataset, string model)
    {
        InputFormat own = Of(dataset);
        if (!own.Shape.SequenceEqual(format.Shape))
        {
            string remedy = format.IsImages
                ? $"have them made so by options, as '{dataset.Name.Split('?')[0]}?{format.PictureOptions()}'"
                : "give the table the same columns";
            throw Invalid($"examples of {dataset.Name} are {own.ShapeText}, but those of {model} are {format.ShapeText}; {remedy}");
        }

        if (own.Normalization.Even != format.Normalization.Even)
        {
            string remedy = format.Normalization.Even ? "give the option levels=even" : "leave the option levels out";
            throw Invalid($"images of {dataset.Name} are {Levels(own)}, but those of {model} are {Levels(format)}; {remedy}");
        }

        int other = format.Names.IsEmpty || own.Names.IsEmpty
            ? -1
            : Enumerable.Range(0, format.Names.Length).FirstOrDefault(n => format.Names[n] != own.Names[n], -1);
        return other < 0
            ? dataset.NormalizedBy(new Normalization(format.Normalization.Means, format.Normalization.Deviations)
            {
                IsEven = format.Normalization.Even,
            })
            : throw Invalid($"input {other} of {dataset.Name} is '{own.Names[other]}', but that of {model} is '{format.Names[other]}'; "
                + "give the table the same columns in the same order");
    }

    /// <summary>The options by which pictures are read in the format, as in an address of data.</summary>
    /// <param name="format">The format, of images.</param>
    public static string PictureOptions(this InputFormat format) =>
        $"size={format.Shape[1]}x{format.Shape[2]}&{(format.Shape[0] == 1 ? "grey" : "colour")}{(format.Stretch ? "&fit=stretch" : "")}"
            + (format.Normalization.Even ? "&levels=even" : "");

    private static string Levels(InputFormat format) => format.Normalization.Even ? "equally bright" : "as bright as they are";

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
